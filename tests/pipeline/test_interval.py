"""The detector is due soon while things happen and late while they do not, whatever the frame rate."""

import numpy as np
import pytest
from fakes import BoxDetector, CentrePose, ListSink, ListSource, frame
from hypothesis import given, settings
from hypothesis import strategies as st

import vitpose_live as vl
from vitpose_live.pipeline import Runner
from vitpose_live.pipeline.interval import CALM_SECONDS, EMPTY_SECONDS, SOON_SECONDS, WEAK_SECONDS, AdaptiveInterval

SIZE = (100_000, 600)
PICTURE = (1000, 600)
COCO17 = vl.load_skeleton("coco17")
STANDING = (400.0, 200.0, 480.0, 400.0)
"""200 px tall, clear of the border."""


def people(boxes, ids=None, scores=0.8):
    boxes = np.array(boxes, np.float32).reshape(-1, 4)
    ids = np.arange(1, len(boxes) + 1) if ids is None else np.array(ids, np.int64)
    tracks = vl.Tracks(boxes, ids, np.ones(len(boxes), bool))
    points = np.repeat((boxes[:, None, :2] + boxes[:, None, 2:]) / 2, 17, axis=1)
    return tracks, vl.Poses(points, np.full((len(boxes), 17), scores), ids, boxes, COCO17)


def looks(scene, *, fps=30.0, seconds=8.0, interval=None):
    """Seconds at which the detector was due while `scene(seconds)` gave boxes, or boxes and more of `people`."""
    interval = AdaptiveInterval() if interval is None else interval
    due = []
    for index in range(round(fps * seconds)):
        time = index / fps
        asked = interval.due(time)
        if asked:
            due.append(time)
        given = scene(time)
        tracks, poses = people(**given) if isinstance(given, dict) else people(given)
        interval.observe(time, SIZE, tracks, poses, len(tracks) if asked else None)
    return due


def usual(due):
    """The interval once the scene has settled."""
    return float(np.median(np.diff(due)[1:]))


def moved(box, x, y=0.0):
    return tuple(np.add(box, (x, y, x, y)))


def walk(speed, start=STANDING):
    """Straight on, at `speed` body sizes (200 px) per second."""
    return lambda time: [moved(start, 200 * speed * time)]


@pytest.mark.parametrize("fps", [10, 15, 25, 29.97, 30, 60, 120])
def test_whoever_stands_still_is_looked_at_seldom_at_any_frame_rate(fps):
    due = looks(lambda _: [STANDING], fps=fps)
    assert due[0] == 0
    assert usual(due) == pytest.approx(CALM_SECONDS, abs=1 / fps)


@pytest.mark.parametrize("speed", [1.0, 2.0])
def test_the_interval_of_whoever_moves_does_not_depend_on_the_frame_rate(speed):
    intervals = [usual(looks(walk(speed), fps=fps)) for fps in (15, 30, 60)]
    assert max(intervals) < 0.35 / speed + 1 / 15
    assert np.ptp(intervals) <= 1 / 15 + 1e-6


def test_the_faster_the_sooner():
    intervals = [usual(looks(walk(speed), fps=60)) for speed in (0.1, 0.7, 1.5, 3.0, 6.0)]
    assert intervals == sorted(intervals, reverse=True)
    assert intervals[0] == pytest.approx(CALM_SECONDS, abs=1 / 60)
    assert intervals[-1] < 0.08


def test_jitter_is_no_speed():
    rng = np.random.default_rng(5)
    due = looks(lambda _: [moved(STANDING, *rng.normal(0, 2, 2))])  # a hundredth of the body
    assert usual(due) > 0.5


def test_the_size_of_the_picture_does_not_matter():
    """A person half as large, half as fast in pixels."""
    small = tuple(np.divide(STANDING, 2) + 100)
    assert looks(lambda time: [moved(small, 100 * time)]) == looks(walk(1.0))


@pytest.mark.parametrize(
    ("name", "other"),
    [("who goes with somebody", moved(STANDING, 75)), ("who is clear of everybody", moved(STANDING, 85))],
)
def test_people_whose_boxes_overlap_are_looked_at_sooner(name, other):
    due = looks(lambda time: [*walk(0.6)(time), *walk(0.6, other)(time)])
    assert (usual(due) < 0.3) is (name == "who goes with somebody")


def test_people_who_move_at_the_border_are_looked_at_sooner_but_not_those_who_only_sit_there():
    cut_off = (400.0, 400.0, 480.0, 600.0)
    assert usual(looks(walk(0.6, cut_off))) < 0.3
    assert usual(looks(walk(0.6))) > 0.4
    assert usual(looks(lambda _: [cut_off])) > 0.6


def test_falling_scores_are_looked_into():
    due = looks(lambda time: {"boxes": [STANDING], "scores": 0.8 if time < 4 else 0.45})
    assert min(np.diff([seconds for seconds in due if seconds < 4])[1:]) > 0.6
    after = [seconds for seconds in due if 4.0 <= seconds < 4.6]
    assert len(after) >= 2
    assert min(np.diff(after)) == pytest.approx(WEAK_SECONDS, abs=1 / 30)
    assert usual([seconds for seconds in due if seconds > 6]) > 0.6  # that is what they are now


def test_a_pose_that_carries_nobody_calls_for_the_detector():
    assert usual(looks(lambda _: {"boxes": [STANDING], "scores": 0.1})) == pytest.approx(WEAK_SECONDS, abs=1 / 30)


def test_an_empty_room_waits_for_somebody():
    assert usual(looks(lambda _: [])) == pytest.approx(EMPTY_SECONDS, abs=1 / 30)


def test_whoever_is_lost_is_looked_for_at_once():
    due = looks(lambda time: [STANDING, (10, 10, 60, 200)] if time < 4.4 else [STANDING])
    assert any(4.4 < seconds < 4.4 + SOON_SECONDS + 1 / 30 for seconds in due)


def test_doubts_are_settled_soon_but_not_for_ever():
    interval = AdaptiveInterval()
    due = []
    for index in range(300):
        time = index / 30
        asked = interval.due(time)
        if asked:
            due.append(time)
        interval.observe(time, SIZE, *people([STANDING]), 2 if asked else None)  # the detector sees one more
    gaps = np.diff(due)
    assert gaps[0] <= 2 * SOON_SECONDS + 1 / 30
    assert (np.diff(gaps) > -1 / 30).all()
    assert gaps[-1] == pytest.approx(CALM_SECONDS, abs=1 / 30)


@given(st.lists(st.tuples(st.floats(0.001, 3.0), st.integers(0, 3), st.booleans()), max_size=60), st.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_never_longer_than_calm_and_the_same_again_after_a_reset(steps, seed):
    def play(interval):
        rng = np.random.default_rng(seed)
        time, asked = 0.0, []
        for step, count, good in steps:
            due = interval.due(time)
            asked.append((time, due))
            corners = rng.uniform(0, 500, (count, 2))
            boxes = np.concatenate([corners, corners + rng.uniform(0, 200, (count, 2))], axis=1)
            ids = rng.permutation(5)[:count] + 1
            interval.observe(time, SIZE, *people(boxes, ids, 0.9 if good else 0.0), count if due else None)
            time += step
        return asked

    interval = AdaptiveInterval()
    first = play(interval)
    interval.reset()
    assert play(interval) == first
    looked = [time for time, due in first if due]
    assert not steps or looked[0] == 0
    assert all(min(time - seen for seen in looked if seen <= time) < CALM_SECONDS for time, _ in first)


def test_time_that_runs_backwards_is_another_scene():
    interval = AdaptiveInterval()
    looks(lambda _: [STANDING], interval=interval)
    assert interval.due(1.0)


class Crossing:
    """Two people who walk through each other, seen as they are, and poses at their centres that always know."""

    name, device, precision = "crossing", "none", "fp32"
    notices = ()

    def __init__(self):
        self.asked = []

    def detect(self, given):
        self.asked.append(given.index)
        left, right = 200.0 + 5 * given.index, 700.0 - 5 * given.index
        boxes = [(left, 100, left + 80, 300), (right, 110, right + 80, 310)]
        return vl.Detections(np.array(boxes, np.float32), np.array([0.9, 0.8]))


def analyzer():
    return vl.Analyzer(Crossing(), CentrePose(), det_frequency="auto")


def test_threaded_equals_plain():
    frames = [frame(index, size=PICTURE) for index in range(90)]
    plain_analyzer, threaded_analyzer = analyzer(), analyzer()
    plain = [plain_analyzer.analyze(given) for given in frames]
    sink = ListSink()
    runner = Runner(ListSource(frames), threaded_analyzer, [sink])
    runner.run()
    asked = plain_analyzer.detector.asked
    assert threaded_analyzer.detector.asked == asked
    assert runner.status().detected == len(asked)
    assert 4 < len(asked) < 80
    assert len(set(np.diff(asked))) > 1
    for one, other in zip(plain, sink.results, strict=True):
        assert one.poses.keypoints.tobytes() == other.poses.keypoints.tobytes()
        assert one.tracks.boxes.tobytes() == other.tracks.boxes.tobytes()
        assert one.tracks.ids.tolist() == other.tracks.ids.tolist()


def test_a_live_picture_asks_when_it_is_due_and_one_thing_at_a_time():
    live = vl.Analyzer(BoxDetector(STANDING), CentrePose(), det_frequency="auto")
    asked = []
    late = None
    for index in range(90):
        given = frame(index, size=PICTURE)
        if late is not None and index == asked[-1] + 3:
            live.fuse(late)
            late = None
        if live.ask(given):
            assert late is None
            asked.append(index)
            late = live.detect(given)
        live.follow(vl.pipeline.analyzer.Look(given, None, 0.0))
    assert asked[0] == 0
    assert np.diff(asked)[1:].tolist() == [21] * (len(asked) - 2)  # 0.7 s


def test_reset_looks_at_the_first_frame():
    chosen = analyzer()
    for index in range(5):
        chosen.analyze(frame(index, size=PICTURE))
    chosen.reset()
    chosen.detector.asked.clear()
    chosen.analyze(frame(5, size=PICTURE))
    assert chosen.detector.asked == [5]


def test_the_frequency_can_change_while_it_runs():
    chosen = analyzer()
    chosen.det_frequency = 2
    ahead = [chosen.look(frame(index, size=PICTURE)) for index in range(4)]
    chosen.det_frequency = "auto"
    for look in ahead:
        chosen.follow(look)
    assert chosen.detector.asked == [0, 2]
    chosen.analyze(frame(4, size=PICTURE))
    assert chosen.detector.asked == [0, 2, 4]


def test_where_time_stands_still_every_frame_is_due():
    assert looks(lambda _: [STANDING], fps=1e12, seconds=30e-12) == pytest.approx([0.0], abs=1e-9)
    interval = AdaptiveInterval()
    for _ in range(5):
        assert interval.due(0.0)
        interval.observe(0.0, SIZE, *people([STANDING]), 1)
