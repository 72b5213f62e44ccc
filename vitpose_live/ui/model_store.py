"""Which models the pickers offer, and bringing those here that are not. No Qt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from vitpose_live.app.models import fetch, is_here
from vitpose_live.errors import VitposeLiveError
from vitpose_live.models import catalog
from vitpose_live.models.catalog import ModelKind, ModelRow

Fetch = Callable[..., Path]
OFFERED = "vitpose-plus-small"
"""What the first start offers: the lightest ViTPose+, which a machine without a GPU can run too."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a picker.

    Parameters
    ----------
    name
        As the settings take it.
    text
        As the person reads it.
    here
        Whether it needs no download.
    detail
        What sets it apart.
    """

    name: str
    text: str
    here: bool
    detail: str


def choices(kind: ModelKind) -> list[Choice]:
    """Return what a picker of `kind` offers: automatic first, then the catalogue with what is here in front."""
    rows = [(row, is_here(row)) for row in catalog.rows(kind)]
    rows.sort(key=lambda pair: not pair[1])
    auto = Choice("auto", "Automatic", True, "The best model on this machine that its processor can keep up with")
    return [auto, *(Choice(row.name, _text(row, here), here, _detail(row)) for row, here in rows)]


def offered() -> ModelRow | None:
    """Return the model to offer for download; None when it, or another ViTPose, is here already."""
    rows = [row for row in catalog.rows(ModelKind.POSE) if row.architecture == "vitpose"]
    return None if any(map(is_here, rows)) else catalog.find(OFFERED)


def _text(row: ModelRow, here: bool) -> str:
    if here:
        return row.name
    size = row.download_bytes
    return f"{row.name}  ·  {size / 1e6:,.0f} MB" if size else row.name


def _detail(row: ModelRow) -> str:
    parts = [row.summary]
    if row.average_precision is not None:
        parts.append(f"AP {row.average_precision:.3f}")
    parts.append(row.licence)
    return "  ·  ".join(part for part in parts if part)


class _Cancelled(Exception):  # noqa: N818  not an error: the person asked for it
    """Raised inside a download to end it."""


class Download:
    """Brings one model here on a thread of its own, from `start` on.

    Parameters
    ----------
    name
        Of the catalogue.
    progress
        Called on that thread with the bytes here and in all.
    ended
        Called on that thread with what went wrong, or None when the model is here; not called after `cancel`.
    get
        Does the work, as `vitpose_live.app.models.fetch`.
    """

    def __init__(
        self,
        name: str,
        progress: Callable[[int, int], None],
        ended: Callable[[VitposeLiveError | None], None],
        get: Fetch = fetch,
    ) -> None:
        self.name = name
        self._progress = progress
        self._ended = ended
        self._get = get
        self._cancelled = threading.Event()
        # it may wait for a server that says nothing; the process must be able to end meanwhile
        self._thread = threading.Thread(target=self._work, name="vitpose-download", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def cancel(self) -> None:
        """Ask it to end; what has come stays, and the next attempt goes on from there. Returns at once."""
        self._cancelled.set()

    def join(self, timeout: float) -> bool:
        """Wait for its end; return whether it came within `timeout` seconds."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        error: VitposeLiveError | None = None
        try:
            self._get(self.name, progress=self._tell)
        except _Cancelled:
            return
        except VitposeLiveError as problem:
            error = problem
        except Exception as problem:  # noqa: BLE001  the guard of this thread: the window says it
            error = VitposeLiveError(f"{type(problem).__name__}: {problem}", hint="this is a bug; please report it")
            error.__cause__ = problem
        if not self._cancelled.is_set():
            self._ended(error)

    def _tell(self, done: int, total: int) -> None:
        if self._cancelled.is_set():
            raise _Cancelled
        self._progress(done, total)
