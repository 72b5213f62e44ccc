"""What keeps people from being recognised: between the analysis and everything that shows or writes a picture.

Whatever is downstream gets results whose pictures are veiled already, and the untouched ones are let go of at once.
What is written waits for a second in a delay line, as veiled as can be without knowing what comes; on its way out it is
veiled once more where somebody was found later, who must have been there before.

People are hidden whom the detector finds. A face that it does not find, too small, on a poster or in a mirror, stays
visible: skeletons only is the choice where that matters.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from threading import Lock
from typing import TYPE_CHECKING, Any

from vitpose_live.app.settings import Settings
from vitpose_live.data import FrameResult
from vitpose_live.pipeline.outlets import Outlets
from vitpose_live.pipeline.protocols import Sink
from vitpose_live.rendering.privacy import canvas, veiled
from vitpose_live.tracking.head_times import LOOK_BACK, HeadTimes

if TYPE_CHECKING:
    from vitpose_live.tracking.heads import Area

MOST_BYTES = 1 << 30
"""Upper limit of the pictures that wait: a second of 720p at 30 frames takes 83 MB, of 1080p 187, of 4K 746."""


def privacy_of(settings: Settings) -> str:
    """Return how people are kept from being recognised: ``"off"``, ``"faces hidden"`` or ``"skeletons only"``."""
    if settings.skeleton_only:
        return "skeletons only"
    return "faces hidden" if settings.blur_faces else "off"


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A result whose picture is veiled in the `areas`; None where none are looked for."""

    result: FrameResult
    areas: tuple[Area, ...] | None


class Veil:
    """Hides the people in one result after the other, some of it at once and the rest when more is known.

    Used from one thread at a time, but for `waiting`.

    Parameters
    ----------
    privacy
        As `privacy_of` says; with ``"off"`` results are passed on as they are.
    seconds
        For how long results wait where faces are hidden.
    most_bytes
        What the waiting pictures may take; the wait is shorter where that is not enough.
    """

    def __init__(self, privacy: str, *, seconds: float = LOOK_BACK, most_bytes: int = MOST_BYTES) -> None:
        self.privacy = privacy
        """What `show` goes by; may be changed between two results."""
        self.problems: tuple[str, ...] = ()
        """What went wrong without ending the run, a line each."""
        self._seconds = seconds
        self._most_bytes = most_bytes
        self._lock = Lock()
        self._heads = HeadTimes()
        self._line: deque[_Waiting] = deque()
        self._bytes = 0

    def show(self, result: FrameResult) -> FrameResult:
        """Return `result` as it may be seen at once, and let it wait for `settled`."""
        frame, areas = result.frame, None
        if self.privacy == "skeletons only":
            result = with_picture(result, canvas(frame.height, frame.width))
        elif self.privacy != "off":
            with self._lock:
                if self._line and frame.time <= self._line[-1].result.frame.time:
                    self._heads = HeadTimes()  # another scene
                self._heads.observe(result)
                areas = self._heads.at(frame.time)
            result = with_picture(result, veiled(frame.image, areas))
        with self._lock:
            self._line.append(_Waiting(result, areas))
            self._bytes += frame.image.nbytes
        return result

    def settled(self) -> Iterator[FrameResult]:
        """Yield, in order, what has waited for long enough, as it may be written."""
        while self._line and self._due():
            yield self._out()

    def flush(self) -> Iterator[FrameResult]:
        """Yield, in order, all that waits: nothing more will be known of it."""
        while self._line:
            yield self._out()

    def waiting(self) -> list[FrameResult]:
        """Return what waits, as it may be written with what is known by now; it goes on waiting."""
        with self._lock:
            return [self._again(each) for each in self._line]

    def forget(self) -> None:
        """Let go of what waits."""
        with self._lock:
            self._line.clear()
            self._bytes = 0
            self._heads = HeadTimes()

    def _due(self) -> bool:
        first, last = self._line[0], self._line[-1]
        oldest, latest = first.result.frame.time, last.result.frame.time
        if first.areas is None or latest - oldest >= self._seconds or latest < oldest:
            return True
        if self._bytes <= self._most_bytes:
            return False
        if not self.problems:
            self.problems = (
                f"faces were looked for only {latest - oldest:.1f} s back, as the pictures are too large for more",
            )
        return True

    def _out(self) -> FrameResult:
        with self._lock:
            waiting = self._line.popleft()
            self._bytes -= waiting.result.frame.image.nbytes
            result = self._again(waiting)
            self._heads.forget(result.frame.time)
            return result

    def _again(self, waiting: _Waiting) -> FrameResult:
        """Return what waits, veiled where that has become known since, too."""
        result = waiting.result
        if waiting.areas is None:
            return result
        more = set(self._heads.at(result.frame.time)).difference(waiting.areas)
        return with_picture(result, veiled(result.frame.image, sorted(more))) if more else result


def with_picture(result: FrameResult, image: Any) -> FrameResult:
    """Return `result` with another picture (h, w, 3) of its frame."""
    return result if image is result.frame.image else replace(result, frame=replace(result.frame, image=image))


class Veiled:
    """A sink in front of others, which never see an untouched picture.

    Parameters
    ----------
    sinks
        Get everything, in order, veiled and a second later; closed and aborted with this one.
    veil
        Hides people.
    """

    def __init__(self, sinks: Sequence[Sink], veil: Veil) -> None:
        self._outlets = Outlets(sinks)
        self._veil = veil

    def write(self, result: FrameResult) -> None:
        """Veil one result, and hand on what has waited for long enough."""
        self._veil.show(result)
        for each in self._veil.settled():
            self._outlets.write(each)

    def close(self) -> None:
        """Hand on what waits, and close the sinks."""
        for each in self._veil.flush():
            self._outlets.write(each)
        self._outlets.close()

    def abort(self) -> None:
        """Let go of what waits, and abort the sinks."""
        self._veil.forget()
        self._outlets.abort()


def veiled_results(results: Iterable[FrameResult], settings: Settings) -> Iterator[FrameResult]:
    """Yield `results` as they may be written, as `settings` ask for; leaving early closes what they come from."""
    veil = Veil(privacy_of(settings))
    with closing(iter(results)) as given:  # type: ignore[type-var]  # those of a generator
        for result in given:
            veil.show(result)
            yield from veil.settled()
    yield from veil.flush()
