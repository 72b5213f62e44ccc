"""What the window remembers from one day to the next, in an INI file among the person's settings."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import get_args
from urllib.parse import quote

from platformdirs import user_config_path
from PyQt6.QtCore import QByteArray, QSettings

from vitpose_live.app.live_rerun import MOST_LATE
from vitpose_live.app.settings import Layout, Settings
from vitpose_live.sources.address import masked
from vitpose_live.ui.camera_modes import CameraWish
from vitpose_live.ui.overlay_options import OverlayOptions
from vitpose_live.ui.theme import ThemeName
from vitpose_live.ui.traces import DEFAULT, NAMES

RECENT = 8
"""How many sources are remembered."""
DELAY = 5.0
"""Seconds by which the delayed mirror is late until another delay is chosen."""
_KEPT_SETTINGS = ("detector", "pose", "precision")
_KEPT_CHOICES = {"layout": tuple(Layout), "quality": get_args(Settings.model_fields["quality"].annotation)}
_KEPT_SWITCHES = ("blur_faces", "skeleton_only")


def default_path() -> Path:
    """Return where the file belongs on this system."""
    return user_config_path("vitpose-live", appauthor=False) / "window.ini"


class Preferences:
    """Reads and writes the file; a value that makes no sense is taken for its default.

    Parameters
    ----------
    path
        The INI file; made when something is first kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store = QSettings(str(path), QSettings.Format.IniFormat)

    @property
    def theme(self) -> ThemeName:
        """The theme; dark, unless another was chosen."""
        text = self._text("window/theme")
        return ThemeName(text) if text in set(ThemeName) else ThemeName.DARK

    @theme.setter
    def theme(self, theme: ThemeName) -> None:
        self._keep("window/theme", str(theme))

    @property
    def geometry(self) -> QByteArray | None:
        """Where the window was, as Qt packs it."""
        value = self._store.value("window/geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, geometry: QByteArray) -> None:
        self._keep("window/geometry", geometry)

    @property
    def side_panel(self) -> bool:
        """Whether the side panel is shown."""
        return self._text("window/side_panel", "true") == "true"

    @side_panel.setter
    def side_panel(self, shown: bool) -> None:
        self._keep("window/side_panel", "true" if shown else "false")

    @property
    def delay(self) -> float:
        """Seconds by which the delayed mirror is late, whether it is on or not."""
        seconds = _number(self._text("mirror/delay"))
        return seconds if seconds is not None and 0 < seconds <= MOST_LATE else DELAY

    @delay.setter
    def delay(self, seconds: float) -> None:
        self._keep("mirror/delay", f"{seconds:g}")

    @property
    def late(self) -> bool:
        """Whether the delayed mirror is on."""
        return self._text("mirror/late") == "true"

    @late.setter
    def late(self, late: bool) -> None:
        self._keep("mirror/late", "true" if late else "false")

    @property
    def earlier(self) -> float:
        """Seconds before the key with which recordings of a live source begin."""
        seconds = _number(self._text("recording/earlier"))
        return seconds if seconds is not None and 0 <= seconds <= MOST_LATE else 0.0

    @earlier.setter
    def earlier(self, seconds: float) -> None:
        self._keep("recording/earlier", f"{seconds:g}")

    @property
    def sessions(self) -> bool:
        """Whether recordings of a live source keep a session, too."""
        return self._text("recording/sessions") == "true"

    @sessions.setter
    def sessions(self, kept: bool) -> None:
        self._keep("recording/sessions", "true" if kept else "false")

    @property
    def microphone(self) -> str:
        """Name of the microphone that recordings of a live source are made with; empty for none."""
        return self._text("recording/microphone")

    @microphone.setter
    def microphone(self, name: str) -> None:
        self._keep("recording/microphone", name)

    @property
    def traces(self) -> bool:
        """Whether the traces of angles are shown."""
        return self._text("window/traces") == "true"

    @traces.setter
    def traces(self, shown: bool) -> None:
        self._store.setValue("window/traces", "true" if shown else "false")

    @property
    def traced(self) -> tuple[str, ...]:
        """Names of the angles to trace."""
        kept = self._text("window/traced", " ".join(DEFAULT)).split()
        return tuple(name for name in NAMES if name in kept)

    @traced.setter
    def traced(self, names: tuple[str, ...]) -> None:
        self._store.setValue("window/traced", " ".join(names))

    @property
    def coach(self) -> bool:
        """Whether the coach's panel is shown."""
        return self._text("coach/panel") == "true"

    @coach.setter
    def coach(self, shown: bool) -> None:
        self._keep("coach/panel", "true" if shown else "false")

    @property
    def exercise(self) -> str:
        """Name of the exercise that was coached the last time; empty for none."""
        return self._text("coach/exercise")

    @exercise.setter
    def exercise(self, name: str) -> None:
        self._keep("coach/exercise", name)

    @property
    def spoken(self) -> bool:
        """Whether cues are said aloud."""
        return self._text("coach/spoken") == "true"

    @spoken.setter
    def spoken(self, spoken: bool) -> None:
        self._keep("coach/spoken", "true" if spoken else "false")

    @property
    def keep_training(self) -> bool:
        """Whether what is trained is kept, on this machine."""
        return self._text("coach/keep", "true") == "true"

    @keep_training.setter
    def keep_training(self, keep: bool) -> None:
        self._keep("coach/keep", "true" if keep else "false")

    @property
    def offer_declined(self) -> bool:
        """Whether the person does not want to be offered a better model any more."""
        return self._text("models/offer_declined") == "true"

    @offer_declined.setter
    def offer_declined(self, declined: bool) -> None:
        self._keep("models/offer_declined", "true" if declined else "false")

    @property
    def recent(self) -> list[str]:
        """Sources opened before, the latest first."""
        value = self._store.value("sources/recent")
        names = value if isinstance(value, list) else [value]
        return [name for name in names if isinstance(name, str) and name][:RECENT]

    def remember(self, source: str) -> None:
        """Put `source` first among the recent ones; an address with a password only where nobody else can read it."""
        if masked(source) != source and not self._private():
            return
        self._keep("sources/recent", [source, *(name for name in self.recent if name != source)][:RECENT])

    def forget(self) -> None:
        """Forget every recent source."""
        self._store.remove("sources/recent")

    @property
    def overlay(self) -> OverlayOptions:
        """What is drawn over the picture."""
        found: dict[str, bool | float] = {}
        for field in fields(OverlayOptions):
            text = self._text(f"overlay/{field.name}")
            if isinstance(field.default, bool):
                if text in ("true", "false"):
                    found[field.name] = text == "true"
            elif (number := _number(text)) is not None:
                found[field.name] = number
        options = OverlayOptions().with_(**found)
        return options.with_(
            thickness=min(max(options.thickness, 0.25), 4.0), threshold=min(max(options.threshold, 0.0), 1.0)
        )

    @overlay.setter
    def overlay(self, options: OverlayOptions) -> None:
        for name, value in asdict(options).items():
            self._keep(f"overlay/{name}", str(value).lower())

    def camera_wish(self, name: str) -> CameraWish:
        """Return what the camera called `name` is asked for."""
        return CameraWish.of(self._text(_of_camera(name)))

    def keep_camera_wish(self, name: str, wish: CameraWish) -> None:
        """Remember what the camera called `name` is asked for."""
        self._keep(_of_camera(name), str(wish))

    def settings(self, base: Settings) -> Settings:
        """Return `base` with what was chosen in the window before.

        That is models and what recordings are like, where it leaves the choice open, and privacy.
        """
        kept = {
            name: text
            for name in _KEPT_SETTINGS
            if getattr(base, name) == "auto" and (text := self._text(f"models/{name}"))
        }
        for name, known in _KEPT_CHOICES.items():
            text = self._text(f"recording/{name}")
            if text in known and getattr(base, name) == Settings.model_fields[name].default:
                kept[name] = text
        private = {name: True for name in _KEPT_SWITCHES if self._text(f"privacy/{name}") == "true"}
        return Settings.of(**{**base.model_dump(), **kept, **private})

    def keep_settings(self, settings: Settings) -> None:
        """Remember the models, the privacy and the recordings chosen."""
        for name in _KEPT_CHOICES:
            self._keep(f"recording/{name}", str(getattr(settings, name)))
        for name in _KEPT_SETTINGS:
            self._keep(f"models/{name}", str(getattr(settings, name)))
        for name in _KEPT_SWITCHES:
            self._keep(f"privacy/{name}", str(getattr(settings, name)).lower())

    def save(self) -> None:
        """Write the file."""
        self._store.sync()

    def _private(self) -> bool:
        """Whether only this person can read the file."""
        if os.name == "nt":  # there it lies in a folder of this person's own, and the mode says nothing
            return True
        self._make()
        try:
            return not self._path.stat().st_mode & 0o077
        except OSError:
            return False

    def _keep(self, key: str, value: object) -> None:
        self._make()
        self._store.setValue(key, value)

    def _make(self) -> None:
        """Make the file, for this person alone, before Qt makes it for everybody."""
        with suppress(OSError):  # then Qt cannot write it either, and nothing is kept
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch(mode=0o600)

    def _text(self, key: str, default: str = "") -> str:
        value = self._store.value(key, default)
        return value if isinstance(value, str) else default


def _of_camera(name: str) -> str:
    return f"cameras/{quote(name, safe='')}"  # a slash would be a group


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if -1e6 < number < 1e6 else None
