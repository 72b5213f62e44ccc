"""``vitpose-live evaluate``: how good the results are, measured against the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

from vitpose_live.cli.common import whole
from vitpose_live.cli.output import print_line, print_result, say

if TYPE_CHECKING:
    from vitpose_live.app.evaluate import Evaluation

evaluate = App(name="evaluate", help="Measure the results against the truth.")


@evaluate.command
def mot(
    *,
    detections: Path,
    ground_truth: Path,
    det_frequency: Annotated[int, Parameter(converter=whole)] = 1,
    fps: float | None = None,
    json: bool = False,
) -> int:
    """Follow the people in a file of boxes; print HOTA, IDF1, MOTA and the counts behind them.

    Boxes only, no image and no pose. The files are text as in the MOT challenges: frame, id, left, top, width,
    height, score, separated by commas. Ground truth flagged 0 is left out, as in MOT15.

    Parameters
    ----------
    detections
        What the detector found.
    ground_truth
        Who really is there.
    det_frequency
        Give the tracker the detections of every N-th frame only; all frames are scored.
    fps
        Frames per second. [default: as seqinfo.ini beside the detections or one folder up says, else 30]
    json
        Print one JSON object instead of the summary.
    """
    from vitpose_live.app.evaluate import evaluate_mot  # noqa: PLC0415

    result = evaluate_mot(detections, ground_truth, det_frequency=det_frequency, fps=fps)
    if result.fps_from == "assumed":
        say(f"warning: the frame rate is not known; {result.fps:g} frames per second are assumed, set it with --fps")
    print_result(result, _print_summary, as_json=json)
    return 0


def _print_summary(result: Evaluation) -> None:
    """Print the figures for a person."""
    it = result.measured
    print_line(
        f"HOTA {it.hota:.1f}   IDF1 {it.idf1:.1f}   MOTA {it.mota:.1f}   (DetA {it.deta:.1f}, AssA {it.assa:.1f})"
    )
    print_line(f"{it.true_people} people, {it.ids} ids, {it.switches} switches, {it.fragments} interruptions")
    print_line(f"{it.true_boxes} true boxes: {it.matched} found, {it.missed} missed, {it.false} false")
    print_line(f"{result.frames} frames at {result.fps:g} per second, detections on every {result.det_frequency}.")
