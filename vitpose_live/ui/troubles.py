"""What goes wrong or is worth knowing becomes a message, once."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject

from vitpose_live.errors import OutputError, VitposeLiveError
from vitpose_live.ui.banner import Banners, Kind
from vitpose_live.ui.controller import Controller
from vitpose_live.ui.readout import Snapshot, worth_telling


class Troubles(QObject):
    """Watches snapshots and tells what is new in them.

    Parameters
    ----------
    banners
        Where it is told.
    controller
        Knows what was asked for.
    reopen
        Opens a source again.
    record
        Begins a recording again.
    """

    def __init__(
        self,
        banners: Banners,
        controller: Controller,
        reopen: Callable[[str], None],
        record: Callable[[], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._banners = banners
        self._controller = controller
        self._reopen = reopen
        self._record = record
        self._error: VitposeLiveError | None = None
        self._notices: tuple[str, ...] = ()

    def forget(self) -> None:
        """Take away what concerned the source before."""
        self._error = None
        for key in ("error", "trouble", "notice", "camera"):
            self._banners.drop(key)

    def tell(self, error: VitposeLiveError, again: Callable[[], None] | None = None) -> None:
        """Say what went wrong, what to do, and offer to try again: with `again`, or else with what must have failed."""
        again = again or self._remedy(error)

        def retry() -> None:
            self._banners.drop("error")
            assert again is not None
            again()

        buttons = [] if again is None else [(self.tr("Try again"), retry)]
        self._banners.tell("error", Kind.ERROR, error.message, error.hint, buttons)

    def watch(self, snapshot: Snapshot) -> None:
        """Tell what is new in `snapshot`."""
        if snapshot.error is not self._error:
            self._error = snapshot.error
            if snapshot.error is not None:
                self.tell(snapshot.error)
            else:
                self._banners.drop("error")
        trouble = snapshot.status.trouble
        if not trouble:
            self._banners.drop("trouble")
        elif "trouble" not in self._banners:
            self._banners.tell("trouble", Kind.WARNING, trouble, self.tr("The picture comes back by itself."))
        fresh = worth_telling([notice for notice in snapshot.notices if notice not in self._notices])
        self._notices = snapshot.notices
        if fresh:
            self._banners.tell("notice", Kind.INFO, fresh[0], "\n".join(fresh[1:]), brief=True)

    def _remedy(self, error: VitposeLiveError) -> Callable[[], None] | None:
        """Return what does again what failed; a run that goes on is not begun anew for it."""
        control = self._controller
        source, wanted = control.source, control.wanted
        if not source:
            return None
        if isinstance(error, OutputError):
            return self._record
        if control.snapshot().state in ("opening", "failed"):
            return lambda: self._reopen(source)
        return (lambda: control.change(wanted)) if wanted != control.settings else None
