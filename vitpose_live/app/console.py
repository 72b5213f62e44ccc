"""What a person at a terminal sees of a run: a progress line while it lasts, a summary at the end."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Self

import cv2
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from vitpose_live.data import SourceInfo
from vitpose_live.data.training import TrainingSession
from vitpose_live.pipeline import Status

if TYPE_CHECKING:
    from vitpose_live.app.process import Report
    from vitpose_live.models.catalog import ModelKind


def prepare_process() -> None:
    """Set what belongs to the whole process, not to a library call."""
    # decoding, networks and encoding have threads of their own; OpenCV's would only fight them for the cores
    cv2.setNumThreads(1)


class _Line:
    """A progress bar with `columns` behind it, on stderr; silent when stderr is not a terminal."""

    def __init__(self, *columns: ProgressColumn) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"), BarColumn(), *columns, console=Console(stderr=True), transient=True
        )
        self._progress.disable = not self._progress.console.is_terminal
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()


class ProgressLine(_Line):
    """Frames, speed, people, and the time left of the whole work, in however many steps it is done."""

    def __init__(self) -> None:
        super().__init__(
            TextColumn("{task.fields[frames]}"),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[people]}"),
        )

    def __enter__(self) -> Self:
        super().__enter__()
        self._task = self._progress.add_task("loading models", total=None, frames="", speed="", people="")
        self._begun = self._ends = 0.0
        return self

    def begin(self, step: str, share: float) -> None:
        """Go on with `step`, at whose end `share` of the whole work is done."""
        assert self._task is not None
        if not self._ends:  # what the models took to load says nothing of the time left
            self._progress.reset(self._task)
        self._progress.update(self._task, description=step, frames="")
        self._begun, self._ends = self._ends, share

    def fetch(self, name: str, kind: ModelKind) -> None:
        """Download the model `name`, with a line of its own."""
        from vitpose_live.app.models import fetch  # noqa: PLC0415  whoever renders a session has no models

        self._progress.stop()
        with DownloadLine(name) as progress:
            fetch(name, kind, progress=progress.update)
        self._progress.start()

    def tell(self, notice: str) -> None:
        """Print a line above the progress."""
        self._progress.console.print(f"note: {notice}", markup=False, highlight=False, soft_wrap=True)

    def update(self, status: Status, info: SourceInfo) -> None:
        """Show `status`; `info` says how many frames to expect."""
        assert self._task is not None
        total = info.frame_count
        done = self._begun + (self._ends - self._begun) * status.delivered / total if total else 0.0
        self._progress.update(
            self._task,
            completed=done,
            total=1.0 if total else None,
            frames=f"{status.delivered}/{total or '?'}",
            speed=f"{status.fps:.1f} fps",
            people=f"{status.people} {'person' if status.people == 1 else 'people'}",
        )


class DownloadLine(_Line):
    """Bytes, speed and time left of one download."""

    def __init__(self, name: str) -> None:
        super().__init__(DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
        self._name = name

    def update(self, done: int, total: int) -> None:
        """Show `done` of `total` bytes; what was here at the first call does not count as speed."""
        if self._task is None:
            self._task = self._progress.add_task(f"downloading {self._name}", total=total, completed=done)
        self._progress.update(self._task, completed=done, total=total)


def summary(report: Report) -> Iterator[str]:
    """Yield the lines that tell a person what was done, how fast, and where the results are."""
    status = report.status
    speed = status.delivered / report.seconds if report.seconds else 0.0
    people = f"{status.people_seen} {'person' if status.people_seen == 1 else 'people'}"
    yield f"{status.delivered} frames, {report.duration:.2f} s, {people}, {speed:.1f} fps"
    yield f"detector  {report.detector}   pose  {report.pose}   on {report.device} in {report.precision}"
    if report.training is not None:
        yield from trained(report.training)
    stages = "   ".join(f"{stage} {time.p50:.1f}" for stage, time in status.timings.items())
    if stages:
        yield f"median ms  {stages}"
    outputs = report.written
    written = [
        ("video", outputs.video),
        *(("keypoints", path) for path in outputs.keypoints),
        ("sheet", outputs.sheet),
        ("report", outputs.report),
        ("session", outputs.session),
    ]
    for what, path in written:
        if path is not None:
            yield f"{what:<9} {path.resolve()}"
    if not any(path for _, path in written):
        yield "nothing was written; add -o OUT.mp4 for a video, --keypoints OUT.parquet for a table"


def trained(session: TrainingSession) -> Iterator[str]:
    """Yield a line for each set, or one that says that there was none."""
    for one in session.sets:
        partial = f" and {one.partial} partial" if one.partial else ""
        yield f"person {one.person}   {one.count} x {one.exercise}{partial}, {one.start:.1f} s to {one.end:.1f} s"
    if not session.sets:
        yield "no repetition was counted"
    if session.id:
        yield f"history   session {session.id}"
