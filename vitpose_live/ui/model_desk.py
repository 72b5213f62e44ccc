"""Choosing models in the window: what is here is used at once, what is not is brought here first."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from vitpose_live.app.models import fetch
from vitpose_live.app.settings import Settings
from vitpose_live.errors import VitposeLiveError
from vitpose_live.models.catalog import ModelKind
from vitpose_live.ui import readout
from vitpose_live.ui.banner import Banners, Kind
from vitpose_live.ui.controller import Controller
from vitpose_live.ui.model_store import Download, Fetch, choices, offered
from vitpose_live.ui.preferences import Preferences
from vitpose_live.ui.side_panel import SidePanel

_KEY = "download"
_MODELS = ("detector", "pose")


class ModelDesk(QObject):
    """Keeps the pickers, the settings and the downloads in step.

    Parameters
    ----------
    get
        Brings a model here, as `vitpose_live.app.models.fetch`.
    """

    _progressed = pyqtSignal(object, int, int)
    _ended = pyqtSignal(object, object)
    _listed = pyqtSignal(object)

    def __init__(
        self,
        controller: Controller,
        panel: SidePanel,
        banners: Banners,
        preferences: Preferences,
        get: Fetch = fetch,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._controller = controller
        self._panel = panel
        self._banners = banners
        self._preferences = preferences
        self._get = get
        self._download: Download | None = None
        self._cancelled: Download | None = None
        self._kind = ModelKind.POSE
        self._shown = controller.settings
        self._progressed.connect(self._show_progress)
        self._ended.connect(self._finish)
        panel.model_chosen.connect(self.choose)
        panel.precision_chosen.connect(lambda precision: self._use(precision=precision))
        panel.privacy.chosen.connect(lambda blur, only: self._use(blur_faces=blur, skeleton_only=only))
        controller.refreshed.connect(self._follow)

    @property
    def downloading(self) -> str:
        """Name of the model on its way; empty when there is none."""
        return "" if self._download is None else self._download.name

    def list_models(self) -> None:
        """Fill the pickers."""
        settings = self._controller.settings
        chosen = {ModelKind.DETECTOR: settings.detector, ModelKind.POSE: settings.pose}
        for kind, name in chosen.items():
            self._panel.offer(kind, choices(kind), name)
        self._panel.show_settings(settings)

    def make_offer(self) -> None:
        """Offer the download of a better model, unless one is here or the person has declined."""
        row = None if self._preferences.offer_declined else offered()
        if row is None:
            return
        size = readout.size(row.download_bytes or 0)
        self._banners.tell(
            "offer",
            Kind.INFO,
            self.tr("More exact poses with ViTPose"),
            self.tr(
                "{0} ({1}, {2}) is downloaded once and then works offline. Until then the built-in models run."
            ).format(row.name, size, row.licence),
            [(self.tr("Download"), lambda: self.fetch(ModelKind.POSE, row.name))],
            closed=self._decline,
        )

    def choose(self, kind: ModelKind, name: str, here: bool) -> None:
        """Use the model `name`, downloading it first where it is not here."""
        if here:
            self._use(**{str(kind): name})
        else:
            self.fetch(kind, name)

    def fetch(self, kind: ModelKind, name: str) -> None:
        """Download the model `name`, then use it."""
        self.cancel()
        self._banners.drop("offer")
        self._kind = kind
        banner = self._banners.tell(
            _KEY, Kind.INFO, self.tr("Downloading {0}").format(name), self.tr("Asking the server…"), closed=self.cancel
        )
        banner.add_button(self.tr("Cancel"), self.cancel)
        banner.show_progress(0, 0, self.tr("Asking the server…"))
        self._download = download = Download(
            name,
            lambda done, total: self._progressed.emit(download, done, total),
            lambda error: self._ended.emit(download, error),
            self._get,
        )
        download.start()

    def cancel(self) -> None:
        """End the download; what has come is kept for the next attempt."""
        if self._download is not None:
            self._download.cancel()
            self._cancelled, self._download = self._download, None
            self._banners.drop(_KEY)
            self._panel.show_settings(self._controller.settings)

    def close(self, timeout: float) -> bool:
        """Cancel, and return whether nothing was left of it within `timeout` seconds."""
        self.cancel()
        return self._cancelled is None or self._cancelled.join(timeout)

    def _decline(self) -> None:
        self._preferences.offer_declined = True

    def _follow(self) -> None:
        """Show what is really used once a change has failed."""
        settings = self._controller.settings
        if settings != self._shown and not self._download:
            self._shown = settings
            self._panel.show_settings(settings)
            self._preferences.keep_settings(settings)

    def _use(self, **changes: str | bool) -> None:
        settings = Settings.of(**{**self._controller.settings.model_dump(), **changes})
        self._controller.change(settings)
        self._follow()

    def _show_progress(self, download: Download, done: int, total: int) -> None:
        if download is self._download and _KEY in self._banners:
            text = self.tr("{0} of {1}").format(readout.size(done), readout.size(total))
            self._banners[_KEY].show_progress(done, total, text)

    def _finish(self, download: Download, error: VitposeLiveError | None) -> None:
        if download is not self._download:
            return
        self._download = None
        self._banners.drop(_KEY)
        kind, name = self._kind, download.name
        if error is not None:
            self._panel.show_settings(self._controller.settings)
            again = (self.tr("Try again"), lambda: self.fetch(kind, name))
            self._banners.tell(_KEY, Kind.ERROR, error.message, error.hint, [again])
            return
        self._use(**{str(kind): name})
        self.list_models()
        self._banners.tell(_KEY, Kind.DONE, self.tr("{0} is here and in use").format(name), brief=True)
