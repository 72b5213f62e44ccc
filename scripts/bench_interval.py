#!/usr/bin/env python3
"""Measure what an adaptive detection interval saves, and what it costs in people and poses.

    .venv/bin/python scripts/bench_interval.py [CLIP ...] [--every auto 5 10]

Each clip (by default the bundled one and those of ../shared/data/video) is analysed with the detector on every frame,
and then as the settings say. The first is taken for the truth: HOTA and IDF1 say how well the others agree with it on
who was where (needs `trackeval`, the `evaluate` extra), ``missing`` which share of its people and frames has nobody
there, and ``apart`` how far, at the median, their joints are from its joints, in percent of the box's longer side.
Nothing is smoothed. The figures do not depend on the machine's speed.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from vitpose_live.app.evaluate import find_trackeval, measure  # noqa: E402
from vitpose_live.app.mot_files import People  # noqa: E402
from vitpose_live.app.session import build_analyzer  # noqa: E402
from vitpose_live.app.settings import Settings  # noqa: E402
from vitpose_live.bundled import bundled_path  # noqa: E402
from vitpose_live.data import Poses  # noqa: E402
from vitpose_live.errors import VitposeLiveError  # noqa: E402
from vitpose_live.pipeline import Runner  # noqa: E402
from vitpose_live.sources import open_source  # noqa: E402

CLIPS = ROOT.parent / "shared" / "data" / "video"
LEAST_SCORE = 0.3


@dataclass(frozen=True)
class Run:
    """Who was where, frame by frame, and how often the detector ran."""

    people: list[People]
    poses: list[Poses]
    seconds: float
    looks: int


def analyse(clip: Path, every: int | str, seconds: float | None) -> Run:
    """Analyse `clip` with the detector on `every` frame, unsmoothed."""
    settings = Settings.of(det_frequency=every, smoothing="none")
    with open_source(clip, duration=seconds) as source:
        runner = Runner(source, build_analyzer(settings, source.info))
        people, poses = [], []
        for result in runner:
            people.append((result.tracks.ids, result.tracks.boxes.astype(np.float64)))
            poses.append(result.poses)
        lasts = runner.status().time + 1 / source.info.fps
    return Run(people, poses, lasts, runner.status().detected)


def joints_apart(truth: list[Poses], found: list[Poses]) -> float:
    """Median distance of the joints of `found` from those of the nearest person of `truth`, percent of their size."""
    away = []
    for true, seen in zip(truth, found, strict=True):
        if not len(true) or not len(seen):
            continue
        sure = (true.scores[:, None] >= LEAST_SCORE) & (seen.scores[None] >= LEAST_SCORE)
        gaps = np.linalg.norm(true.keypoints[:, None] - seen.keypoints[None], axis=-1)
        gaps = np.where(sure, gaps, np.nan) / (true.boxes[:, 2:] - true.boxes[:, :2]).max(axis=1)[:, None, None]
        nearest = np.where(sure.any(axis=2), np.nan_to_num(gaps).sum(axis=2) / np.maximum(sure.sum(axis=2), 1), np.inf)
        for row, column in enumerate(nearest.argmin(axis=1)):
            if nearest[row, column] < 0.5:
                away.append(gaps[row, column][sure[row, column]])
    return 100 * float(np.median(np.concatenate(away))) if away else float("nan")


def main() -> int:
    """Print a Markdown table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("clips", nargs="*", type=Path)
    parser.add_argument("--every", nargs="+", default=["5", "auto"], metavar="N")
    parser.add_argument("--seconds", type=float, help="only so much of each clip")
    given = parser.parse_args()
    clips = given.clips or [bundled_path("demo.mp4"), *sorted(CLIPS.glob("*.mp4"))]
    try:
        find_trackeval()  # if it is missing say so before the work
    except VitposeLiveError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("| clip | detector every | runs per s | people | HOTA | IDF1 | missing | apart |\n|" + "---|" * 8)
    runs: dict[str, list[tuple[Run, Run]]] = {}
    for clip in clips:
        truth = analyse(clip, 1, given.seconds)
        for every in given.every:
            pair = truth, analyse(clip, every if every == "auto" else int(every), given.seconds)
            runs.setdefault(every, []).append(pair)
            print(row(clip.stem, every, [pair]), flush=True)
    for every, pairs in runs.items():
        print(row("all", every, pairs))
    return 0


def row(name: str, every: str, pairs: list[tuple[Run, Run]]) -> str:
    """Return one line of the table for one clip or several."""
    it = measure([(truth.people, run.people) for truth, run in pairs])
    rate = sum(run.looks for _, run in pairs) / sum(run.seconds for _, run in pairs)
    truth, found = ([pose for pair in pairs for pose in pair[side].poses] for side in (0, 1))
    apart = joints_apart(truth, found)
    cells = (
        name, every, f"{rate:.1f}", f"{it.ids} of {it.true_people}", f"{it.hota:.1f}", f"{it.idf1:.1f}",
        f"{100 * it.missed / max(it.true_boxes, 1):.1f} %", f"{apart:.2f} %",
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    sys.exit(main())
