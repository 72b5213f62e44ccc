"""Somebody who was gone for seconds keeps the id, and nobody else gets it."""

import numpy as np
import pytest
from contracts.tracker_contract import COCO17
from hypothesis import given, settings
from hypothesis import strategies as st

import vitpose_live as vl
from vitpose_live.data import Detections, Frame, Poses
from vitpose_live.pipeline.analyzer import Look
from vitpose_live.tracking import BoxTracker
from vitpose_live.tracking.evidence import EvidenceRules, Judge
from vitpose_live.tracking.motion import MotionModel
from vitpose_live.tracking.reunion import Guess, Way, recognise
from vitpose_live.tracking.scene import Scene
from vitpose_live.tracking.track import Track

FPS = 15.0
RED, BLUE, GREEN, BLACK = (190, 40, 40), (40, 60, 180), (50, 150, 60), (25, 25, 25)
SIZE = (360, 640)
GRAIN = np.random.default_rng(0).normal(0, 6, (*SIZE, 3)).astype(np.float32)
LEVEL = [0.06, 0.05, 0.05, 0.06, 0.06, 0.2, 0.2, 0.35, 0.35, 0.48, 0.48, 0.52, 0.52, 0.74, 0.74, 0.95, 0.95]
ASIDE = [0.5, 0.53, 0.47, 0.56, 0.44, 0.75, 0.25, 0.85, 0.15, 0.85, 0.15, 0.66, 0.34, 0.66, 0.34, 0.66, 0.34]
STANDING = np.stack([ASIDE, LEVEL], axis=1)


def box_at(x, height=200.0):
    return np.array([x - 0.2 * height, 300 - height, x + 0.2 * height, 300])


class World:
    """Pictures, detections and poses of people: {second: [(x, colour), ...]}, the latest one at or before counts."""

    name, device, precision, notices = "world", "none", "fp32", ()
    skeleton = COCO17

    def __init__(self, light=lambda time: 1.0, faceless=(), fps=FPS):
        self._light, self._faceless, self._fps = light, faceless, fps
        self.people = self.visible = []

    def picture(self, index, people):
        """What there is to see; the later of `people` stand before the earlier."""
        self.people = people
        self.visible = [
            one for row, one in enumerate(people) if all(abs(one[0] - other) > 45 for other, _ in people[row + 1 :])
        ]
        time = index / self._fps
        image = np.full((*SIZE, 3), 120.0, np.float32)
        for x, colour in people:
            x1, y1, x2, y2 = box_at(x).round().astype(int)
            image[y1:y2, max(x1, 0) : max(x2, 0)] = colour[-3:]
        grain = np.roll(GRAIN, index, axis=1)
        return Frame(np.clip(image * self._light(time) + grain, 0, 255).astype(np.uint8), index, time, 0)

    def detect(self, frame):
        boxes = np.array([box_at(x) for x, _ in self.visible]).reshape(-1, 4)
        return Detections(boxes, np.full(len(boxes), 0.9))

    def estimate(self, frame, tracks):
        points = np.full((len(tracks), 17, 2), np.nan)
        scores = np.zeros((len(tracks), 17))
        for row, box in enumerate(tracks.boxes):
            near = min(self.visible, key=lambda one: abs(one[0] - (box[0] + box[2]) / 2), default=None)
            if near is not None:
                true = box_at(near[0])
                points[row] = true[:2] + STANDING * (true[2:] - true[:2])
                scores[row] = 0.9
                if near[0] in self._faceless:
                    points[row, 5:13], scores[row, 5:13] = np.nan, 0
        return Poses(points, scores, tracks.ids, tracks.boxes, COCO17)


def watch(script, seconds, *, tracker=None, every=3, fps=FPS, **world):
    """Ids of each frame, by x of the person, of `script(time) -> [(x, colour), ...]`."""
    world = World(fps=fps, **world)
    analyzer = vl.Analyzer(world, world, tracker=tracker or BoxTracker(), det_frequency=every)
    seen = []
    for index in range(round(seconds * fps)):
        people = script(index / fps)
        result = analyzer.analyze(world.picture(index, people))
        at = (result.tracks.boxes[:, 0] + result.tracks.boxes[:, 2]) / 2
        assert result.tracks.ids.tolist() == result.poses.track_ids.tolist()
        here = {}
        for identity, x in zip(result.tracks.ids.tolist(), at.tolist(), strict=True):
            if people:
                here[min(people, key=lambda one: abs(one[0] - x))] = identity
        seen.append(here)
    return seen


def away(seconds, colour=RED, then=None, back=320, leave=2.0):
    """Somebody who stands there for two seconds, is away, and comes back, or another one `then` does."""

    def script(time):
        if time < leave:
            return [(300, colour)]
        return [(back, then or colour)] if time >= leave + seconds else []

    return script


def ids_shown(seen):
    return [sorted(here.values()) for here in seen if here]


@pytest.mark.parametrize("seconds", [1, 3, 5])
def test_who_comes_back_in_time_is_known(seconds):
    seen = watch(away(seconds), seconds + 4)
    assert {tuple(ids) for ids in ids_shown(seen)} == {(1,)}
    assert seen[-1]


def test_who_comes_back_too_late_is_new():
    assert ids_shown(watch(away(6), 9))[-1] == [2]


@pytest.mark.parametrize("other", [BLUE, GREEN, BLACK])
def test_another_one_in_other_clothes_is_new(other):
    seen = watch(away(3, then=other), 7)
    assert ids_shown(seen)[-1] == [2]


def test_it_can_be_turned_off():
    seen = watch(away(3), 7, tracker=BoxTracker(reidentify_seconds=0))
    assert ids_shown(seen)[-1] == [2]


def test_numbers_go_on_where_they_were():
    """Whoever was known again took no number away from those who come after."""

    def script(time):
        return away(3)(time) + ([(560, BLUE)] if time > 6 else [])

    seen = watch(script, 8)
    assert ids_shown(seen)[-1] == [1, 2]


@pytest.mark.parametrize("factor", [0.6, 1.35])
def test_light_that_changes_meanwhile_does_not_matter(factor):
    seen = watch(away(3), 7, light=lambda time: factor if time > 3 else 1.0)
    assert ids_shown(seen)[-1] == [1]


def test_two_who_left_in_the_same_clothes_are_not_guessed_at():
    def script(time):
        if time < 2:
            return [(200, RED), (420, RED)]
        return [(310, RED)] if time > 5 else []

    assert ids_shown(watch(script, 8))[-1] == [3]


def test_two_who_left_in_different_clothes_both_are_known_wherever_they_come_back():
    def script(time):
        if time < 2:
            return [(200, RED), (420, BLUE)]
        return [(180, BLUE), (440, RED)] if time > 5 else []

    seen = watch(script, 8)
    assert seen[-1] == {(180, BLUE): 2, (440, RED): 1}


def test_the_clothes_of_somebody_who_is_there_prove_nothing_far_away():
    def script(time):
        there = [(80, RED)]
        return there + ([(330, RED)] if time < 2 else [(600, RED)] if time > 2.3 else [])

    seen = watch(script, 5)
    assert seen[-1][(80, RED)] == 1
    assert seen[-1][(600, RED)] == 3


def test_nobody_is_shown_under_a_number_that_changes():
    """The torso cannot be seen for the first moment: better late than under two numbers."""
    came_back = 321

    def script(time):
        return [(came_back if 5 <= time < 5.3 else 320, RED)] if time >= 5 else away(9)(time)

    seen = watch(script, 8, faceless={came_back})
    assert {tuple(ids) for ids in ids_shown(seen)} == {(1,)}
    late = next(index for index in range(75, len(seen)) if seen[index])
    assert 75 < late < 75 + 0.7 * FPS


def test_a_newcomer_whose_clothes_never_show_is_shown_all_the_same():
    seen = watch(lambda time: [(321, RED)] if time >= 5 else away(9)(time), 7, faceless={321})
    assert ids_shown(seen)[-1] == [2]


@pytest.mark.parametrize("other", [RED, BLUE])
@pytest.mark.parametrize("seconds", [1.0, 2.5, 4.5])
def test_who_leaves_behind_another_comes_out_as_before(other, seconds):
    """On the same side or on the other, in other clothes or in the same as the one in front, who keeps the id."""
    in_at, out_at = 1.7, 1.7 + seconds

    def script(time):
        walked = min(time, in_at) + max(time - out_at, 0.0)
        return [(150 + 100 * walked, RED), (320, other)]

    seen = watch(lambda time: [(x, (who, *colour)) for who, (x, colour) in enumerate(script(time))], seconds + 4)
    assert [sorted(who[0] for _, who in here) for here in (seen[0], seen[-1])] == [[0, 1], [0, 1]]
    first = {who[0]: identity for (_, who), identity in seen[0].items()}
    assert {who[0]: identity for (_, who), identity in seen[-1].items()} == first
    assert {identity for here in seen for identity in here.values()} == {1, 2}


@pytest.mark.parametrize("seconds", [2, 4])
def test_the_frame_rate_does_not_matter(seconds):
    def script(time):
        return [*away(seconds)(time), *([(560, BLUE)] if 1 < time < 3 or time > 5 else [])]

    shown = {}
    for fps in (15, 60):
        seen = watch(script, seconds + 4, fps=fps, every=fps // 5)
        shown[fps] = [{who[1]: identity for who, identity in here.items()} for here in seen[:: fps // 15]]
    assert shown[15][-1] == {RED: 1, BLUE: 2}
    assert shown[15] == shown[60]


@pytest.mark.parametrize(("found", "believed"), [(True, True), (True, False), (False, True), (False, False)])
def test_who_is_there_but_not_shown_is_not_absent(found, believed):
    """As when only so many people may be shown; but whom something doubtful was taken for is."""
    box, look = np.array([0.0, 0.0, 80.0, 200.0]), np.array([1.0, 0.0])
    there, stranger = Track(MotionModel(), box, 0.9, 0.0), Track(MotionModel(), box, 0.9, 1.0)
    there.id, there.look, stranger.id = 1, look, 2
    there.seen, there.evidence = 1.0 if found else 0.5, 0.9 if believed else -0.5
    scene = Scene(Judge(EvidenceRules()), [there, stranger], {2: stranger}, fresh=[stranger], time=1.0, detected=1.0)
    assert recognise(scene, {2: look}, 5.5) == ({} if found and believed else {2: 1})
    assert list(scene.emitted) == [2 if found and believed else 1]


def test_nobody_is_known_across_a_reset():
    world = World()
    analyzer = vl.Analyzer(world, world, det_frequency=3)
    for index in range(30):
        analyzer.analyze(world.picture(index, [(300, RED)]))
    analyzer.reset()
    shown = [analyzer.analyze(world.picture(index, [(300, RED)])).tracks.ids.tolist() for index in range(45, 60)]
    assert shown == [[2]] * 15


def test_of_two_who_come_at_once_the_one_who_looks_so_is_known():
    rust = (200, 90, 30)

    def script(time):
        return [(300, RED)] if time < 2 else [(280, rust), (400, RED)] if time > 5 else []

    seen = watch(script, 7)
    assert seen[-1] == {(280, rust): 2, (400, RED): 1}


def test_of_two_who_come_in_the_same_clothes_neither_is_guessed_at():
    def script(time):
        return [(300, RED)] if time < 2 else [(280, RED), (400, RED)] if time > 5 else []

    assert ids_shown(watch(script, 7))[-1] == [2, 3]


@settings(max_examples=100, deadline=None)
@given(st.floats(0, 1), st.floats(0, 20), st.floats(0, 5.5), st.floats(-2, 2))
def test_the_further_the_way_the_more_alike_they_must_be(alike, apart, seconds, growth):
    def holds(likeness, distance):
        box = np.array([0.0, 0.0, 80.0, 200.0])
        gone, stranger = Track(MotionModel(), box, 0.9, 0.0), Track(MotionModel(), box, 0.9, seconds)
        gone.look = np.array([1.0, 0.0])
        look = np.array([likeness, np.sqrt(1 - likeness**2)])
        return Guess(stranger, gone, Way(distance, seconds, growth), look).holds((), ())

    if holds(alike, apart):
        assert holds(alike, apart / 2)
        assert holds(min(alike + 0.1, 1.0), apart)
    assert not holds(0.5, apart)
    assert holds(1.0, 0.0)


def test_a_way_nobody_can_go_is_impossible():
    assert Way(1.0, 0.5, 0.1).possible
    assert Way(1.0, 0.5, 0.1).near is False
    assert Way(0.5, 0.5, 0.1).near
    assert not Way(20.0, 5.0, 0.0).possible
    assert not Way(1.0, 0.5, 1.5).possible


def test_live_detections_that_come_late_change_nothing():
    """The detector's answers come three frames late; somebody leaves and comes back meanwhile."""
    world = World()
    analyzer = vl.Analyzer(world, world, det_frequency=4)
    script, waiting, shown = away(3), None, []
    for index in range(round(7 * FPS)):
        frame = world.picture(index, script(index / FPS))
        if waiting is not None and index - waiting[0] >= 3:
            analyzer.fuse(waiting[1])
            waiting = None
        if analyzer.ask(frame):
            waiting = index, analyzer.detect(frame)
        result = analyzer.follow(Look(frame, None, 0.0))
        shown.append(result.tracks.ids.tolist())
    assert {tuple(ids) for ids in shown} == {(), (1,)}
    assert shown[-1] == [1]


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 5))
def test_whoever_comes_and_goes_a_number_is_one_persons_for_ever(seed, late):
    """Four people in clothes of their own come and go; the detector answers `late`."""
    random = np.random.default_rng(seed)
    places = dict(zip((RED, BLUE, GREEN, BLACK), (60, 220, 380, 540), strict=True))
    turns = {colour: np.cumsum(random.uniform(0.7, 4, 12)) for colour in places}
    world = World()
    analyzer, asked, owner = vl.Analyzer(world, world, det_frequency=2), None, {}
    for index in range(round(10 * FPS)):
        here = [(x, colour) for colour, x in places.items() if np.searchsorted(turns[colour], index / FPS) % 2 == 0]
        frame = world.picture(index, here)
        if asked is not None and index - asked[0] >= late:
            analyzer.fuse(asked[1])
            asked = None
        if analyzer.ask(frame):
            asked = index, analyzer.detect(frame)
        result = analyzer.follow(Look(frame, None, 0.0))
        ids = result.tracks.ids.tolist()
        assert ids == sorted(set(ids))
        for identity, box in zip(ids, result.tracks.boxes, strict=True):
            colour = min(places, key=lambda one: abs(places[one] - (box[0] + box[2]) / 2))
            assert owner.setdefault(identity, colour) == colour
    assert sorted(owner) == list(range(1, len(owner) + 1))
