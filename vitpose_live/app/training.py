"""What is trained in front of a source, kept: counted for the report of a run, in the history, on a page of HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from math import inf, isfinite
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from platformdirs import user_data_path

from vitpose_live.app.exercises import moving_joints
from vitpose_live.app.keeping import Keeping
from vitpose_live.data import Feedback, FrameResult, RepetitionRecord
from vitpose_live.data.training import TrainingSession
from vitpose_live.errors import OutputError
from vitpose_live.fitness.logbook import Entry, Logbook, Said
from vitpose_live.fitness.recognition import MEMORY_S, UNKNOWN
from vitpose_live.fitness.report import report_page
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.sinks.history import History
from vitpose_live.sinks.pages import PAGE_SUFFIXES, write_text
from vitpose_live.sources.address import masked

_PICTURE_HEIGHT = 480
"""Pixels of the report's pictures, twice as many as they are shown with: paper and good screens have more."""
_ROLL_EVERY_S = 0.5
_JUMP_S = 3.0
"""Between two pictures; more is a jump, after which another stretch of a film is seen."""
_AWAY_S = 30.0
"""Whoever has been away for so long does not finish a repetition."""
_AROUND = 0.15
"""How much of the picture is shown around a person, as a share of their box's longer side."""


def own_history() -> History:
    """Return the person's history."""
    return History(user_data_path("vitpose-live", appauthor=False) / "history.sqlite3")


class TrainingLog:
    """A sink that keeps what the coach says of one source, in a `history` if there is one.

    Parameters
    ----------
    uri
        Where the pictures come from; passwords are left out.
    history
        Told of each repetition when it is over; a session begins there with the first one.
    exercise
        What the settings ask for.
    report
        HTML to write at the end.
    overwrite
        Whether `report` may be replaced.
    kpt_thr
        Least score of the joints to draw on its pictures.
    enduring
        Whether trouble with the history, noted in `problems`, is no reason to end.
    last
        Returns, at the end, what the coach has counted but not recorded.
    now
        Returns the time of day.
    """

    def __init__(
        self,
        uri: str,
        history: History | None = None,
        *,
        exercise: str | None = None,
        report: Path | None = None,
        overwrite: bool = False,
        kpt_thr: float = 0.3,
        enduring: bool = False,
        last: Callable[[], Iterable[Feedback]] = tuple,
        now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
    ) -> None:
        self._session = TrainingSession(masked(uri).encode("utf-8", "replace").decode(), now())
        self._keeping = Keeping(history, self._session) if history is not None else None
        self._book = Logbook(lambda name: moving_joints(name, exercise))
        self._ending = last
        self._enduring = enduring
        self.problems: tuple[str, ...] = ()
        """What went wrong with the history without ending the run, a line each."""
        self._report, self._overwrite = report, overwrite
        self._camera = _Camera(kpt_thr) if report is not None else None
        self._ended = False
        self._written: tuple[Path, ...] = ()
        self._from, self._last = inf, -inf  # of the stretch that is being seen
        self._stretches: list[tuple[float, float]] = []  # that were seen before

    @property
    def counts(self) -> dict[int, int]:
        """Complete repetitions of everybody who was coached, by the track id under which they were known first."""
        return self._book.counts

    @property
    def cues(self) -> tuple[Said, ...]:
        """All cues that were given."""
        return self._book.cues

    @property
    def session(self) -> TrainingSession:
        """All so far."""
        return replace(self._keeping.session if self._keeping else self._session, sets=self._book.sets)

    def write(self, result: FrameResult) -> None:
        """Take in what the coach says of one picture; of a part of a file that is seen again nothing is kept twice.

        Raises
        ------
        OutputError
            When the history cannot be written.
        """
        time = result.frame.time
        if not 0 <= time - self._last <= _JUMP_S:
            if self._from <= self._last:
                self._stretches.append((self._from, self._last))
            self._from = time
        self._last = time
        if self._camera is not None:
            self._camera.look(result)
        self._take(result.feedback, time)

    def coached_by(self, last: Callable[[], Iterable[Feedback]]) -> None:
        """Take in what the coach before counted but had not recorded; from now on another one has the `last` word."""
        if last != self._ending:
            self._take(self._ending(), self._last)
            self._ending = last

    def close(self) -> None:
        """Keep the traces, and write the report.

        Raises
        ------
        OutputError
            When one of them cannot be written.
        """
        if self._ended:
            return
        self._ended = True
        self._take(self._ending(), self._last)
        with self._perhaps_enduring():
            if self._keeping is not None:
                self._keeping.finish(self._book.sets)
        if self._report is not None:
            page = report_page(self.session, self._camera.pictures if self._camera is not None else {})
            write_text(self._report, page, PAGE_SUFFIXES, overwrite=self._overwrite)
            self._written = (self._report,)

    def keep(self) -> tuple[Path, ...]:
        """Keep the traces and write the report, of what was seen until now; return where it is."""
        self.close()
        return self._written

    def abort(self) -> None:
        """Write no report; the repetitions are kept already."""

    def _take(self, said: Iterable[Feedback], time: float) -> None:
        feedback = [replace(one, finished=tuple(self._new(one))) for one in said]
        entries = self._book.observe(feedback, time)
        with self._perhaps_enduring():
            if self._keeping is not None:
                self._keeping.put(entries)
        if self._camera is not None:
            for entry in entries:
                self._camera.take(entry)

    def _new(self, one: Feedback) -> list[RepetitionRecord]:
        return [
            repetition for repetition in one.finished if not any(a <= repetition.end <= b for a, b in self._stretches)
        ]

    @contextmanager
    def _perhaps_enduring(self) -> Iterator[None]:
        """Where trouble with the history is to be endured, give it up and say so."""
        try:
            yield
        except OutputError as error:
            if not self._enduring:
                raise
            self._session, self._keeping = replace(self.session, sets=()), None
            self.problems = (*self.problems, f"{error}: what is trained from here on is not in the history")


@dataclass(slots=True)
class _Furthest:
    level: float
    result: FrameResult
    track: int


class _Camera:
    """Takes a picture of everybody at the far end of each repetition.

    As long as it is not known what somebody does, nor is what the far end is: of them pictures are taken all the time,
    and the one in the middle of a repetition is kept.
    """

    def __init__(self, kpt_thr: float) -> None:
        self.pictures: dict[tuple[int, int], bytes] = {}
        self._renderer = SkeletonRenderer(kpt_thr=kpt_thr)
        self._furthest: dict[int, _Furthest] = {}
        self._rolls: dict[int, list[tuple[float, bytes]]] = {}
        self._present: dict[int, float] = {}  # when each was last there

    def look(self, result: FrameResult) -> None:
        """See who is further in their repetition than before."""
        time = result.frame.time
        for one in result.feedback:
            self._present[one.person] = time
        for person in [person for person, last in self._present.items() if not 0 <= time - last <= _AWAY_S]:
            for kept in (self._present, self._furthest, self._rolls):
                kept.pop(person, None)
        for one in result.feedback:
            furthest = self._furthest.get(one.person)
            if one.exercise == UNKNOWN:
                self._roll_on(result, one)
            elif one.phase == "rest" and not one.finished:
                self._furthest.pop(one.person, None)
            elif isfinite(one.level) and (furthest is None or one.level >= furthest.level):
                self._furthest[one.person] = _Furthest(one.level, result, one.track_id)
            if one.exercise != UNKNOWN and not one.finished:
                self._rolls.pop(one.person, None)

    def take(self, entry: Entry) -> None:
        """Keep the picture of a repetition that is over."""
        furthest, repetition = self._furthest.pop(entry.person, None), entry.repetition
        middle = (repetition.start + repetition.end) / 2
        roll = self._rolls.get(entry.person, ())
        seen = [taken for taken in roll if repetition.start <= taken[0] <= repetition.end]
        if seen:
            self.pictures[entry.number, entry.place] = min(seen, key=lambda taken: abs(taken[0] - middle))[1]
        elif furthest is not None and repetition.start <= furthest.result.frame.time <= repetition.end:
            self.pictures[entry.number, entry.place] = self._picture(furthest.result, furthest.track)

    def _roll_on(self, result: FrameResult, one: Feedback) -> None:
        roll, time = self._rolls.setdefault(one.person, []), result.frame.time
        if roll and 0 <= time - roll[-1][0] < _ROLL_EVERY_S:
            return
        roll.append((time, self._picture(result, one.track_id)))
        del roll[: -round(MEMORY_S / _ROLL_EVERY_S)]

    def _picture(self, result: FrameResult, track_id: int) -> bytes:
        """Return a JPEG of one person, drawn."""
        image = self._renderer.draw(replace(result, feedback=()))
        box = result.poses.boxes[result.poses.track_ids == track_id][0]
        part = _around(image, box)
        height, width = part.shape[:2]
        scale = min(1.0, _PICTURE_HEIGHT / height)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
        _, encoded = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 85])
        return encoded.tobytes()


def _around(image: NDArray[np.uint8], box: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Return the part of a picture around a box; all of it where they have nothing in common."""
    margin = float(max(box[2] - box[0], box[3] - box[1])) * _AROUND
    height, width = image.shape[:2]
    left, right = (round(min(max(float(x), 0), width)) for x in (box[0] - margin, box[2] + margin))
    top, bottom = (round(min(max(float(y), 0), height)) for y in (box[1] - margin, box[3] + margin))
    return image[top:bottom, left:right] if top < bottom and left < right else image
