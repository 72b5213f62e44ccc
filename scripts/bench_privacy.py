"""How many faces `--blur-faces` leaves uncovered, and what it costs.

Every clip (by default those of ``../shared/data/video``) is analysed twice: as by default, whose results go through
the veil, and, for the truth, with the detector on every frame, no tracking, and each pose averaged with that of the
mirrored picture. Noses, eyes and ears that score above 0.5 there are face points. Pictures are replaced by white ones
before they are veiled, so that a pixel is covered when it is not white any more. A point counts as covered when the
disc around it is, whose radius is a third of the extent of the face's points.

``tracked`` are the faces of people whom the default analysis tracks in that very frame; ``others`` those whom it has
not found yet, has lost, or does not believe in. ``at once`` is what a live picture shows, ``written`` what files get.
The truth is this program's own models' and knows no face that they cannot see.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from vitpose_live.app.privacy import Veil, with_picture  # noqa: E402
from vitpose_live.app.session import wire  # noqa: E402
from vitpose_live.app.settings import Settings  # noqa: E402
from vitpose_live.data import Detections, Frame, FrameResult, Poses, SourceInfo, Tracks, load_skeleton  # noqa: E402
from vitpose_live.models import load_detector, load_pose_estimator  # noqa: E402
from vitpose_live.rendering import SkeletonRenderer  # noqa: E402
from vitpose_live.rendering.privacy import veiled  # noqa: E402
from vitpose_live.sources import open_source  # noqa: E402
from vitpose_live.tracking.geometry import iou  # noqa: E402
from vitpose_live.tracking.head_times import HeadTimes  # noqa: E402

FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
SURE = 0.5
WHITE = np.full(3, 255, np.uint8)
TURNS = {0: None, 90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass
class Face:
    """Points (m, 2) of one face, the radius to be covered around them, and whether the person is tracked."""

    points: NDArray[np.float32]
    radius: int
    tracked: bool


@dataclass
class Score:
    """Counts of points, faces and frames, each as (all, covered)."""

    counts: Counter[str] = field(default_factory=Counter)
    missed: dict[str, list[int]] = field(default_factory=dict)

    def add(self, index: int, faces: list[Face], image: NDArray[np.uint8], how: str) -> None:
        """Compare the `faces` of a frame with its veiled white picture."""
        covered = image[..., 0] < 255
        self.counts[f"{how} covered"] += int(1e6 * covered.mean())
        bare = set()
        for face in faces:
            who = "tracked" if face.tracked else "others"
            hits = [_covered(covered, point, face.radius) for point in face.points]
            self.counts[f"{how} {who} points"] += len(hits)
            self.counts[f"{how} {who} points covered"] += sum(hits)
            if not all(hits):
                bare.add(who)
        for who in bare:
            self.missed.setdefault(f"{how} {who}", []).append(index)

    def lines(self, frames: int) -> Iterator[str]:
        """Yield what there is to print."""
        for how in ("at once", "written"):
            yield f"  {how:8} {1e-4 * self.counts[f'{how} covered'] / frames:.2f} % of the pictures covered"
            for who in ("tracked", "others"):
                points = self.counts[f"{how} {who} points"]
                if points:
                    share = self.counts[f"{how} {who} points covered"] / points
                    missed = self.missed.get(f"{how} {who}", [])
                    which = f", first {missed[:6]}" if missed else ""
                    yield (
                        f"  {how:8} {who:8} {100 * share:7.3f} % of {points:6} points; "
                        f"bare faces in {len(missed)} of {frames} frames{which}"
                    )


def _covered(covered: NDArray[np.bool_], point: NDArray[np.float32], radius: int) -> bool:
    height, width = covered.shape
    x, y = (round(float(value)) for value in point)
    part = covered[max(0, y - radius) : max(0, y + radius + 1), max(0, x - radius) : max(0, x + radius + 1)]
    if not part.size or not 0 <= x < width or not 0 <= y < height:
        return True
    rows, columns = np.ogrid[: part.shape[0], : part.shape[1]]
    disc = (rows - min(y, radius)) ** 2 + (columns - min(x, radius)) ** 2 <= radius**2
    return bool(part[disc].all())


def truth(frame: Frame, found: Detections, estimate: object, result: FrameResult) -> list[Face]:
    """Return the faces in `frame`."""
    n = len(found)
    if not n:
        return []
    tracks = Tracks(found.boxes, np.arange(n), np.ones(n, bool), found.scores)
    poses: Poses = estimate.estimate(frame, tracks)  # type: ignore[attr-defined]
    joints = [poses.skeleton.index(name) for name in FACE]
    known = iou(found.boxes.astype(float), result.tracks.boxes.astype(float)).max(axis=1, initial=0.0) >= 0.3
    faces = []
    for row in range(n):
        good = poses.scores[row, joints] > SURE
        points = poses.keypoints[row, joints][good]
        if len(points) >= 2:
            faces.append(Face(points, max(1, round(float(np.ptp(points, axis=0).max()) / 3)), bool(known[row])))
    return faces


def frames_of(path: Path, turn: int, seconds: float | None) -> Iterator[Frame]:
    """Yield the frames of a clip, turned clockwise by so many degrees."""
    with open_source(path, duration=seconds) as source:
        for frame in source:
            code = TURNS[turn]
            yield frame if code is None else replace(frame, image=np.asarray(cv2.rotate(frame.image, code), np.uint8))


Analysed = tuple[FrameResult, list[Face]]


def analysed(path: Path, options: argparse.Namespace) -> list[Analysed]:
    """Return what the default analysis found in each frame of a clip, without the picture, and the faces there."""
    kept = options.keep and options.keep / f"{path.stem}_{options.turn}_{options.det_frequency}_{options.people}.pickle"
    if kept and kept.exists():
        return [(revived(row), faces) for row, faces in pickle.loads(kept.read_bytes())]
    detector, best = load_detector(), load_pose_estimator(flip_test=True)
    settings = Settings.of(det_frequency=options.det_frequency, number_people_max=options.people)
    analyzer = wire(settings, SourceInfo(str(path), 1, 1), detector, load_pose_estimator())
    rows = []
    for frame in frames_of(path, options.turn, options.seconds):
        result = analyzer.analyze(frame)
        due = frame.index % options.truth_every == 0
        rows.append((flattened(result), truth(frame, detector.detect(frame), best, result) if due else []))
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(rows))
    return [(revived(row), faces) for row, faces in rows]


def flattened(result: FrameResult) -> tuple[Any, ...]:
    """Return what can be kept in a file."""
    frame, tracks, poses, raw, found = result.frame, result.tracks, result.poses, result.raw, result.detections
    assert raw is not None
    return (
        (frame.height, frame.width, frame.index, frame.time),
        (tracks.boxes, tracks.ids, tracks.observed, tracks.scores),
        (poses.keypoints, poses.scores, poses.track_ids, poses.boxes),
        (raw.keypoints, raw.scores, raw.track_ids, raw.boxes),
        (found.boxes, found.scores, result.detected_time),
    )


def revived(row: tuple[Any, ...]) -> FrameResult:
    """Return the result that was `flattened`, with a white picture."""
    (height, width, index, at), tracks, poses, raw, (boxes, scores, detected) = row
    skeleton = load_skeleton("coco17")
    frame = Frame(np.broadcast_to(WHITE, (height, width, 3)), index, at)
    people, unsmoothed = Poses(*poses, skeleton), Poses(*raw, skeleton)
    return FrameResult(frame, Tracks(*tracks), people, (), {}, unsmoothed, Detections(boxes, scores), detected)


def run(path: Path, options: argparse.Namespace) -> None:
    """Measure one clip and print what came of it."""
    rows = analysed(path, options)
    veil, score, spent = Veil("faces hidden"), Score(), 0.0
    expected = {result.frame.index: faces for result, faces in rows}
    for result, faces in rows:
        started = time.perf_counter()
        shown = veil.show(result)
        settled = list(veil.settled())
        spent += time.perf_counter() - started
        score.add(result.frame.index, faces, shown.frame.image, "at once")
        for each in settled:
            score.add(each.frame.index, expected[each.frame.index], each.frame.image, "written")
    for each in veil.flush():
        score.add(each.frame.index, expected[each.frame.index], each.frame.image, "written")
    print(
        f"{path.stem}, turned {options.turn}: {len(rows)} frames, {1e3 * spent / max(len(rows), 1):.2f} ms a frame",
        flush=True,
    )
    for line in score.lines(len(rows)):
        print(line, flush=True)
    if options.pictures:
        draw(path, options, [result for result, _ in rows])


def draw(path: Path, options: argparse.Namespace, results: list[FrameResult]) -> None:
    """Write some of the pictures that files would get."""
    veil, renderer = Veil("faces hidden"), SkeletonRenderer()

    def save(ready: Iterator[FrameResult]) -> None:
        for each in ready:
            if each.frame.index % options.every == 0:
                image = renderer.draw(each) if options.drawn else each.frame.image
                name = f"{path.stem}_{options.turn}_{each.frame.index:05d}.png"
                cv2.imwrite(str(options.pictures / name), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))

    for frame, result in zip(frames_of(path, options.turn, options.seconds), results, strict=True):
        veil.show(with_picture(result, frame.image))
        save(veil.settled())
    save(veil.flush())


def cost() -> None:
    """Print the milliseconds of a processor that a 720p frame takes."""
    skeleton, rng = load_skeleton("coco17"), np.random.default_rng(0)
    image = rng.integers(0, 256, (720, 1280, 3), np.uint8)
    right = [(4, 16), (12, 18), (28, 60), (36, 110), (38, 150), (18, 150), (18, 240), (18, 330)]
    body = np.array([(0, 20), *((side * x, y) for x, y in right for side in (1, -1))], np.float32)
    for people, scale in ((1, 1.0), (4, 1.0), (1, 3.0)):
        keypoints = np.array([scale * body + (160 + 300 * place, 200) for place in range(people)], np.float32)
        boxes = np.array([[*(p.min(axis=0) - 10), *(p.max(axis=0) + 10)] for p in keypoints], np.float32)
        ids = np.arange(1, people + 1)
        tracks = Tracks(boxes, ids, np.ones(people, bool))
        poses = Poses(keypoints, np.full(keypoints.shape[:2], 0.9), ids, boxes, skeleton)
        veil, spent = Veil("faces hidden"), []
        for index in range(200):
            result = FrameResult(Frame(image, index, index / 30), tracks, poses)
            started = time.process_time()
            veil.show(result)
            for _ in veil.settled():
                pass
            spent.append(time.process_time() - started)
        heads, draw = HeadTimes(), []
        heads.observe(result)
        for _ in range(100):
            started = time.process_time()
            veiled(image, heads.at(result.frame.time))
            draw.append(time.process_time() - started)
        low, high = np.percentile(spent, [50, 95]) * 1e3
        drawing = 1e3 * float(np.median(draw))
        print(f"720p, {people} people, {350 * scale:.0f} px tall: {low:.2f} ms (p95 {high:.2f}), drawing {drawing:.2f}")


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clips", nargs="*", type=Path, help="video files; none takes those of the shared data")
    parser.add_argument("--seconds", type=float, help="of each clip")
    parser.add_argument("--turn", type=int, choices=TURNS, default=0, help="degrees clockwise")
    parser.add_argument("--det-frequency", type=int, default=5)
    parser.add_argument("--truth-every", type=int, default=1, help="of so many frames one is looked at for the truth")
    parser.add_argument("--people", type=int, help="follow at most so many")
    parser.add_argument("--keep", type=Path, help="folder for what was analysed, so that it need not be again")
    parser.add_argument("--pictures", type=Path, help="folder for veiled pictures")
    parser.add_argument("--every", type=int, default=30, help="of so many frames one is kept")
    parser.add_argument("--drawn", action="store_true", help="with skeletons")
    parser.add_argument("--cost", action="store_true", help="only say what it costs")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.cost:
        cost()
        return
    clips = options.clips or sorted((ROOT.parent / "shared" / "data" / "video").glob("*.mp4"))
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    for clip in clips:
        run(clip, options)


if __name__ == "__main__":
    main()
