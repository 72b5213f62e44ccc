"""Where recordings and screenshots go, and what they are called. No Qt but for the system's folders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PyQt6.QtCore import QStandardPaths

from vitpose_live.errors import OutputError


@dataclass(frozen=True, slots=True)
class OutputFiles:
    """Names files by the time they are made.

    Parameters
    ----------
    videos, pictures
        Folders; made when needed.
    now
        The clock on the wall.
    """

    videos: Path
    pictures: Path
    now: Callable[[], datetime] = datetime.now

    @classmethod
    def of_this_person(cls) -> OutputFiles:
        """Take the folders where this system keeps a person's videos and pictures."""
        location = QStandardPaths.StandardLocation
        videos, pictures = (
            Path(QStandardPaths.writableLocation(kind) or str(Path.home())) / "vitpose-live"
            for kind in (location.MoviesLocation, location.PicturesLocation)
        )
        return cls(videos, pictures)

    def recording(self) -> Path:
        """Return a name for the next recording."""
        return self._next(self.videos, ".mp4")

    def screenshot(self) -> Path:
        """Return a name for the next screenshot."""
        return self._next(self.pictures, ".png")

    def _next(self, folder: Path, suffix: str) -> Path:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(
                f"cannot make the folder {folder}: {error.strerror}",
                hint="free the disk or the name, or change where this system keeps videos and pictures",
            ) from error
        stem = f"vitpose-live {self.now():%Y-%m-%d %H.%M.%S}"
        candidates = (folder / f"{stem}{extra}{suffix}" for extra in ("", *(f" {number}" for number in range(2, 1000))))
        return next(path for path in candidates if not path.exists())
