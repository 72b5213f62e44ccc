"""The window: puts the parts together and passes word between them."""

from __future__ import annotations

from time import monotonic

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QCloseEvent, QResizeEvent
from PyQt6.QtWidgets import QMainWindow, QStackedWidget

from vitpose_live.app.settings import Settings
from vitpose_live.errors import VitposeLiveError
from vitpose_live.ui import readout
from vitpose_live.ui.actions import build_actions, enable
from vitpose_live.ui.address_line import AddressLine
from vitpose_live.ui.arrangement import arranged
from vitpose_live.ui.banner import Banners
from vitpose_live.ui.camera_desk import CameraDesk
from vitpose_live.ui.cameras import CameraList
from vitpose_live.ui.coach_desk import CoachDesk
from vitpose_live.ui.coach_panel import CoachPanel
from vitpose_live.ui.commands import Commands
from vitpose_live.ui.controller import CLOSE_SECONDS, Controller
from vitpose_live.ui.dressing import Dressing
from vitpose_live.ui.drops import Drops
from vitpose_live.ui.engine import EngineFactory, live_engine
from vitpose_live.ui.errands import Errands
from vitpose_live.ui.full_screen import FullScreen
from vitpose_live.ui.help_sheet import HelpSheet
from vitpose_live.ui.mark import PrivacyMark
from vitpose_live.ui.microphone import MicrophoneDesk
from vitpose_live.ui.model_desk import ModelDesk
from vitpose_live.ui.model_store import Fetch
from vitpose_live.ui.output_files import OutputFiles
from vitpose_live.ui.overlay_options import OverlayOptions
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.readout import Snapshot
from vitpose_live.ui.recordings import Recordings
from vitpose_live.ui.replay_desk import ReplayDesk
from vitpose_live.ui.side_panel import SidePanel
from vitpose_live.ui.status_line import StatusLine
from vitpose_live.ui.steps import Steps
from vitpose_live.ui.theme import ThemeName
from vitpose_live.ui.tool_bar import SourceMenu, ToolBar, add_menus
from vitpose_live.ui.trace_panel import TracePanel
from vitpose_live.ui.transport import Transport
from vitpose_live.ui.troubles import Troubles
from vitpose_live.ui.video_view import VideoView
from vitpose_live.ui.welcome import Welcome

TITLE = "vitpose_live"
_LOOK_AROUND_MS = 100


class MainWindow(QMainWindow):
    """Everything a person sees.

    Parameters
    ----------
    preferences
        What was kept from the last time.
    settings
        What to analyse with where the person has chosen nothing else in the window.
    factory
        Builds the engine when the first source is opened.
    cameras
        Watches the cameras; None watches this machine's.
    files
        Names recordings and screenshots; None uses the person's own folders.
    get
        Downloads a model; None does it as the command line.
    """

    def __init__(
        self,
        preferences: Preferences,
        settings: Settings | None = None,
        *,
        factory: EngineFactory = live_engine,
        cameras: CameraList | None = None,
        files: OutputFiles | None = None,
        get: Fetch | None = None,
    ) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.preferences = preferences
        self.files = files or OutputFiles.of_this_person()
        self.view = VideoView()
        self.privacy = PrivacyMark(self.view)
        self.controller = Controller(
            factory, preferences.settings(settings or Settings()), lambda: self.view.fit, parent=self
        )
        self.controller.age_ms = lambda: self.view.age_ms
        self.controller.paint_ms = lambda: self.view.paint_ms[0]
        self.errands = Errands(self.controller.failed.emit, name="vitpose-files")
        self.cameras = cameras or CameraList(parent=self)
        self.commands = Commands(self)
        self.actions_by_name = build_actions(self, self.commands.handlers())
        self._build()
        options = {} if get is None else {"get": get}
        self.models = ModelDesk(self.controller, self.panel, self.banners, preferences, parent=self, **options)
        self.replays = ReplayDesk(
            self.controller, self.actions_by_name, self.view, self.panel, preferences, parent=self
        )
        self.camera_desk = CameraDesk(self.cameras, self.panel.camera, preferences, self.open_source, self)
        self.coach_desk = CoachDesk(self.controller, self.coach, self.actions_by_name["coach"], preferences, self)
        self.microphone_desk = MicrophoneDesk(
            self.controller, self.transport.recording.microphones, self.transport.meter, self.banners, preferences, self
        )
        self.steps = Steps(self)
        coloured = (
            self.tools, self.sources, self.welcome, self.transport, self.traces, self.panel, self.banners, self.coach
        )  # fmt: skip
        panes = (self.bar, self.address, self.view, self.status_line, *coloured)
        self.dressing = Dressing(panes, self.actions_by_name, (*coloured, self.sheet), self.steps, preferences, self)
        self._connect()
        self.full_screen = FullScreen(
            self, (self.bar, self.tools), self.panel, self.actions_by_name["fullscreen"], preferences
        )
        self.set_theme(preferences.theme)
        self.set_overlay(preferences.overlay)
        self.transport.recording.show_earlier(preferences.earlier)
        self.transport.recording.session.setChecked(preferences.sessions)
        self.transport.recording.show_settings(self.controller.settings)
        self.panel.setVisible(preferences.side_panel)
        self.actions_by_name["panel"].setChecked(preferences.side_panel)
        self.setWindowTitle(TITLE)
        self.resize(1280, 800)
        if preferences.geometry is not None:
            self.restoreGeometry(preferences.geometry)
        self._show_snapshot(Snapshot())
        self.setFocus()
        # the window is painted first; looking for cameras and models takes a moment
        QTimer.singleShot(_LOOK_AROUND_MS, self._look_around)

    def open_source(self, source: str) -> None:
        """Open `source` in place of whatever is open."""
        self.troubles.forget()
        self.view.clear()
        self.traces.clear()
        self.coach_desk.clear()
        self.address.hide()
        self.preferences.remember(source)
        self._show_recent()
        self.camera_desk.show_source(source)
        self.controller.open(source, **self.camera_desk.options(source))
        self.view.setFocus()  # keys are the window's again, not a line edit's

    def close_source(self) -> None:
        """Close what is open and show how to begin."""
        self.troubles.forget()
        self.camera_desk.show_source("")
        self.controller.stop()
        self.view.clear()
        self.traces.clear()
        self.coach_desk.clear()
        self.setFocus()  # or else a button of the beginning has it, and Space presses that

    def show_error(self, error: VitposeLiveError) -> None:
        """Say what went wrong."""
        self.troubles.tell(error)

    def set_overlay(self, options: OverlayOptions) -> None:
        """Draw as `options` say, and show that everywhere."""
        self.view.options = options
        self.panel.show_overlay(options)
        self.preferences.overlay = options
        for name, on in {
            "overlay": options.visible,
            "trails": options.trails,
            "angles": options.angles,
            "mirror": options.mirror,
            "black": options.black,
        }.items():
            self.actions_by_name[name].setChecked(on)

    @property
    def theme_name(self) -> ThemeName:
        """The theme."""
        return self.dressing.name

    def set_theme(self, name: ThemeName) -> None:
        """Dress everything in the theme called `name`."""
        self.dressing.put_on(name)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: N802  Qt's name
        """Keep the sheet over everything."""
        super().resizeEvent(event)
        self.sheet.setGeometry(self.rect())

    def closeEvent(self, event: QCloseEvent | None) -> None:  # noqa: N802  Qt's name
        """End everything that runs, at most two seconds, unseen."""
        deadline = monotonic() + CLOSE_SECONDS
        if not self.isFullScreen():
            self.preferences.geometry = self.saveGeometry()
        self.preferences.save()
        self.hide()
        self.steps.stop()
        self.models.cancel()
        self.microphone_desk.close()
        self.controller.close(deadline - monotonic())
        self.models.close(max(0.0, deadline - monotonic()))
        self.errands.close(max(0.05, deadline - monotonic()))
        super().closeEvent(event)

    def _build(self) -> None:
        self.sources = SourceMenu(self.actions_by_name, self)
        self.tools = ToolBar(self.actions_by_name, self.sources, self)
        self.addToolBar(self.tools)
        self.bar = add_menus(self, self.actions_by_name)
        self.welcome = Welcome()
        self.banners = Banners()
        self.recordings = Recordings(
            self.controller, self.files, self.errands, lambda: self.view.options, self.preferences, self
        )
        self.troubles = Troubles(self.banners, self.controller, self.open_source, self.recordings.begin, self)
        self.traces = TracePanel(self.errands.run, self.preferences)
        self.transport = Transport(self.actions_by_name)
        self.coach = CoachPanel()
        self.panel = SidePanel()
        self.address = AddressLine()
        self.drops = Drops(self)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        self.stack.addWidget(self.view)
        self.stack.setMinimumSize(320, 180)
        above, below = (self.address, self.banners), (self.traces, self.transport)
        self.setCentralWidget(arranged(self.coach, above, self.stack, below, self.panel))
        self.status_line = StatusLine()
        self.setStatusBar(self.status_line)
        self.sheet = HelpSheet(self)

    def _connect(self) -> None:
        self.controller.pictures.arrived.connect(self._show_picture)
        self.controller.refreshed.connect(self._show_snapshot)
        self.controller.failed.connect(self.show_error)
        self.coach_desk.failed.connect(self.show_error)
        self.coach_desk.person_chosen.connect(self.view.lock_on)
        self.cameras.changed.connect(self._show_cameras)
        self.dressing.changed.connect(self.controller.refresh)
        self.recordings.saved.connect(self.commands.tell_recorded)
        for part in (self.sources, self.welcome):
            part.opened.connect(self.open_source)
        self.welcome.file_wanted.connect(self.commands.ask_for_file)
        self.welcome.demo_wanted.connect(self.actions_by_name["demo"].trigger)
        self.address.entered.connect(self.open_source)
        self.drops.dropped.connect(self.open_source)
        self.drops.left.connect(self.commands.tell_left)
        self.drops.hovering.connect(lambda over: self.welcome.show_drop(over=over))
        self.transport.sought.connect(self.controller.seek)
        self.transport.speed_chosen.connect(self.controller.set_speed)
        self.panel.overlay_changed.connect(self.set_overlay)
        self.transport.recording.chosen.connect(lambda changes: self.models.use(**changes))
        self.transport.recording.earlier_chosen.connect(lambda seconds: setattr(self.preferences, "earlier", seconds))
        self.transport.recording.session_chosen.connect(lambda on: setattr(self.preferences, "sessions", on))
        self.sheet.shown.connect(self.actions_by_name["help"].setChecked)
        self.view.double_clicked.connect(self.actions_by_name["fullscreen"].trigger)

    def _look_around(self) -> None:
        self.steps.run(
            self._show_recent,
            self.models.list_models,
            self.coach_desk.list_exercises,
            self.cameras.prepare,
            self.cameras.start,
            self._show_cameras,
            self.models.make_offer,
            self.controller.warm_up,
        )

    def _show_picture(self) -> None:
        picture = self.controller.pictures.take()
        if picture is not None and self.controller.source:
            self.view.show_picture(picture)
            self.traces.follow(picture.result, self.view.person, self.view.options.threshold)
            if self.controller.showing.replay is None:  # what is seen again is not done again
                self.coach_desk.follow(picture.result, self.view.person)

    def _show_snapshot(self, snapshot: Snapshot) -> None:
        self.status_line.show_snapshot(snapshot)
        self.privacy.show_settings(self.controller.settings)
        self.transport.show_snapshot(snapshot, self.controller.loop)
        # what failed before its first picture leads back to the beginning, with the banner above it
        begun = bool(snapshot.source) and (snapshot.state != "failed" or self.view.picture is not None)
        self.transport.setVisible(begun)
        self.traces.setVisible(begun and self.preferences.traces)
        self.actions_by_name["traces"].setChecked(self.preferences.traces)
        self.stack.setCurrentWidget(self.view if begun else self.welcome)
        self.view.message = self.tr("Loading…") if snapshot.state == "opening" else ""
        self.actions_by_name["record"].setChecked(snapshot.recorded is not None)
        self.actions_by_name["loop"].setChecked(self.controller.loop != (None, None))
        self.setWindowTitle(f"{readout.source_name(snapshot.source)} - {TITLE}" if snapshot.source else TITLE)
        enable(self.actions_by_name, snapshot)
        self.troubles.watch(snapshot)

    def _show_recent(self) -> None:
        for part in (self.sources, self.welcome):
            part.show_recent(self.preferences.recent)

    def _show_cameras(self) -> None:
        for part in (self.sources, self.welcome):
            part.show_cameras(self.cameras.cameras)
