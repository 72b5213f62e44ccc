"""How well people are followed, by the measures of the MOT challenges, from text files of boxes."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from vitpose_live.app.mot_files import NOBODY, People, read_about, read_detections, read_truth
from vitpose_live.data import Detections
from vitpose_live.errors import SettingsError, VitposeLiveError
from vitpose_live.tracking import BoxTracker
from vitpose_live.tracking.geometry import iou

ASSUMED_FPS = 30.0

INSTALL = "pip install --no-deps trackeval; what else it asks for is here or not needed"


@dataclass(frozen=True, slots=True)
class Measured:
    """What `trackeval` says of one or several sequences; shares in percent.

    Parameters
    ----------
    hota, deta, assa
        Higher order tracking accuracy, and its detection and association parts.
    idf1
        Share of boxes with the right identity throughout.
    mota
        Share of true boxes found, less false ones and switched identities; below 0 when those are more.
    true_people, ids
        How many there are, and how many ids they were given.
    true_boxes, boxes
        In all frames.
    matched, missed, false, switches, fragments
        Counts behind MOTA: true boxes found and not, false boxes, changes of id, interruptions.
    id_matched, id_missed, id_false
        Counts behind IDF1.
    """

    hota: float
    deta: float
    assa: float
    idf1: float
    mota: float
    true_people: int
    ids: int
    true_boxes: int
    boxes: int
    matched: int
    missed: int
    false: int
    switches: int
    fragments: int
    id_matched: int
    id_missed: int
    id_false: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One sequence followed and measured.

    Parameters
    ----------
    measured
        The figures.
    frames, fps, det_frequency
        How many frames were scored, how many there are in a second, and on every how many there were detections.
    fps_from
        ``given``, ``seqinfo.ini`` or ``assumed``.
    """

    measured: Measured
    frames: int
    fps: float
    fps_from: str
    det_frequency: int

    def as_json(self) -> dict[str, Any]:
        """Return a flat object; the three headline figures are spelled as everybody does."""
        figures = asdict(self.measured)
        named = {name.upper(): round(figures.pop(name), 3) for name in ("hota", "idf1", "mota")}
        parts = {"DetA": round(figures.pop("deta"), 3), "AssA": round(figures.pop("assa"), 3)}
        about = {"frames": self.frames, "fps": self.fps, "fps_from": self.fps_from, "det_frequency": self.det_frequency}
        return {**named, **parts, **figures, **about}


def evaluate_mot(
    detections: Path, ground_truth: Path, *, det_frequency: int = 1, fps: float | None = None
) -> Evaluation:
    """Follow the people in `detections` and measure the result against `ground_truth`.

    The tracker gets the detections of every `det_frequency`-th frame, the first included, and nothing on the others;
    every frame is scored. It sees boxes only, and never the truth. Scored as MOT15 is: ground truth flagged 0 is left
    out, and there are no classes.

    Parameters
    ----------
    detections, ground_truth
        Text files of the MOT challenges. ``seqinfo.ini`` beside the detections or one folder up tells the length and
        the frame rate.
    det_frequency
        At least 1.
    fps
        Frames per second; None for what ``seqinfo.ini`` says, or else 30.

    Raises
    ------
    SettingsError
        When `det_frequency` or `fps` is out of range.
    SourceError
        When a file is missing or a line of it is wrong.
    VitposeLiveError
        When `trackeval` is not installed.
    """
    if det_frequency < 1:
        raise SettingsError(f"det_frequency: expected a whole number of at least 1, got {det_frequency}")
    if fps is not None and not 0 < fps <= 1e4:
        raise SettingsError(f"fps: expected frames per second above 0, got {fps:g}")
    find_trackeval()  # if it is missing say so before the work
    found, true = read_detections(detections), read_truth(ground_truth)
    told_fps, told_length = read_about(detections)
    frames = max(told_length, *found, *true, 1)
    rate, origin = (fps, "given") if fps else (told_fps, "seqinfo.ini") if told_fps else (ASSUMED_FPS, "assumed")
    followed = follow((found.get(frame, Detections.empty()) for frame in range(1, frames + 1)), rate, det_frequency)
    measured = measure([([true.get(frame, NOBODY) for frame in range(1, frames + 1)], followed)])
    return Evaluation(measured, frames, rate, origin, det_frequency)


def follow(frames: Iterable[Detections], fps: float, every: int) -> list[People]:
    """Run a new tracker over `frames`, of which it is shown every `every`-th; return whom it emits on each."""
    tracker, people = BoxTracker(), []
    for number, found in enumerate(frames):
        tracks = tracker.update(found if number % every == 0 else None, number / fps)
        people.append((tracks.ids, tracks.boxes.astype(np.float64)))
    return people


def measure(sequences: Sequence[tuple[list[People], list[People]]]) -> Measured:
    """Measure pairs of truth and result, frame by frame, over all `sequences` together.

    Raises
    ------
    VitposeLiveError
        When `trackeval` is not installed.
    """
    metrics = find_trackeval()
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its settings and timings
        quiet = {"PRINT_CONFIG": False}
        measures = [metrics.HOTA(), metrics.Identity(quiet), metrics.CLEAR(quiet)]
        tables = [_as_trackeval(true, found) for true, found in sequences]
        hota, identity, clear = (
            measure.combine_sequences({str(row): measure.eval_sequence(table) for row, table in enumerate(tables)})
            for measure in measures
        )

    def total(name: str) -> int:
        return sum(table[name] for table in tables)

    return Measured(
        hota=100 * float(np.mean(hota["HOTA"])),
        deta=100 * float(np.mean(hota["DetA"])),
        assa=100 * float(np.mean(hota["AssA"])),
        idf1=100 * float(identity["IDF1"]),
        mota=100 * float(clear["MOTA"]),
        true_people=total("num_gt_ids"),
        ids=total("num_tracker_ids"),
        true_boxes=total("num_gt_dets"),
        boxes=total("num_tracker_dets"),
        matched=int(clear["CLR_TP"]),
        missed=int(clear["CLR_FN"]),
        false=int(clear["CLR_FP"]),
        switches=int(clear["IDSW"]),
        fragments=int(clear["Frag"]),
        id_matched=int(identity["IDTP"]),
        id_missed=int(identity["IDFN"]),
        id_false=int(identity["IDFP"]),
    )


def find_trackeval() -> Any:
    """Return the module of measures of the package `trackeval`.

    Raises
    ------
    VitposeLiveError
        When it is not installed.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it complains of challenges it cannot read
            return import_module("trackeval.metrics")
    except ImportError as error:
        missing = (error.name or "trackeval").partition(".")[0]
        raise VitposeLiveError(f"{missing} is not installed", hint=INSTALL) from error


def _as_trackeval(true: list[People], found: list[People]) -> dict[str, Any]:
    """Return one sequence as the measures take it: ids numbered from 0, and every frame's overlaps."""
    table: dict[str, Any] = {"num_timesteps": len(true)}
    for side, people in (("gt", true), ("tracker", found)):
        ids = np.unique(np.concatenate([ids for ids, _ in people]))
        table[f"num_{side}_ids"] = len(ids)
        table[f"num_{side}_dets"] = sum(len(ids) for ids, _ in people)
        table[f"{side}_ids"] = [np.searchsorted(ids, frame) for frame, _ in people]
    table["similarity_scores"] = [iou(truth[1], seen[1]) for truth, seen in zip(true, found, strict=True)]
    return table
