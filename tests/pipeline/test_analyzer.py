import numpy as np
import pytest
from fakes import BoxDetector, CentrePose, frame

import vitpose_live as vl
from vitpose_live.data import Feedback
from vitpose_live.errors import SettingsError, UnknownNameError

BOX = (1.0, 1.0, 4.0, 5.0)


class HalfSmoother:
    def __init__(self):
        self.resets = 0

    def smooth(self, poses, time):
        return vl.Poses(poses.keypoints / 2, poses.scores, poses.track_ids, poses.boxes, poses.skeleton)

    def reset(self):
        self.resets += 1


class CountingCoach:
    def __init__(self):
        self.seen = []

    def observe(self, poses, time):
        self.seen.append(poses)
        return [Feedback(int(track_id), "squat") for track_id in poses.track_ids]

    def reset(self):
        self.seen.clear()


@pytest.mark.parametrize(("every", "asked"), [(1, [0, 1, 2, 3, 4, 5, 6]), (3, [0, 3, 6]), (10, [0])])
def test_detector_runs_every_so_many_frames(every, asked):
    detector = BoxDetector(BOX)
    analyzer = vl.Analyzer(detector, CentrePose(), det_frequency=every)
    for index in range(7):
        analyzer.analyze(frame(index))
    assert detector.asked == asked


def test_frames_are_counted_not_their_numbers():
    detector = BoxDetector(BOX)
    analyzer = vl.Analyzer(detector, CentrePose(), det_frequency=2)
    for index in (0, 3, 5, 9):  # a live source dropped the others
        analyzer.analyze(frame(index))
    assert detector.asked == [0, 5]


def test_people_are_carried_between_detections_by_the_default_tracker():
    analyzer = vl.Analyzer(BoxDetector(BOX), CentrePose(), det_frequency=5)
    results = [analyzer.analyze(frame(index)) for index in range(5)]
    assert [result.tracks.ids.tolist() for result in results] == [[1]] * 5
    assert [result.tracks.observed.tolist() for result in results] == [[True]] + [[False]] * 4


def test_nobody_is_empty():
    result = vl.Analyzer(BoxDetector(), CentrePose()).analyze(frame())
    assert len(result.tracks) == len(result.poses) == 0
    assert result.feedback == ()


def test_smoother_and_coach_see_what_they_should():
    smoother, coach = HalfSmoother(), CountingCoach()
    analyzer = vl.Analyzer(BoxDetector(BOX), CentrePose(), smoother=smoother, coach=coach)
    result = analyzer.analyze(frame())
    np.testing.assert_allclose(result.poses.keypoints, np.broadcast_to([1.25, 1.5], (1, 17, 2)))
    np.testing.assert_allclose(result.raw.keypoints, np.broadcast_to([2.5, 3.0], (1, 17, 2)))
    assert coach.seen == [result.poses]
    assert [said.track_id for said in result.feedback] == [1]
    assert set(result.timings) == {"detect", "track", "pose", "smooth", "coach"}


def test_stages_that_did_not_run_have_no_time():
    analyzer = vl.Analyzer(BoxDetector(BOX), CentrePose(), det_frequency=2)
    analyzer.analyze(frame(0))
    unsmoothed = analyzer.analyze(frame(1))
    assert set(unsmoothed.timings) == {"track", "pose"}
    assert unsmoothed.raw is None


def test_reset_starts_over_with_new_ids():
    detector, smoother, coach = BoxDetector(BOX), HalfSmoother(), CountingCoach()
    analyzer = vl.Analyzer(detector, CentrePose(), smoother=smoother, coach=coach, det_frequency=5)
    first = analyzer.analyze(frame(0)).tracks.ids.tolist()
    analyzer.reset()
    second = analyzer.analyze(frame(1)).tracks.ids.tolist()
    assert detector.asked == [0, 1]
    assert set(first).isdisjoint(second)
    assert smoother.resets == 1
    assert len(coach.seen) == 1


def test_impossible_frequency_is_refused():
    with pytest.raises(SettingsError, match="det_frequency: expected a whole number of at least 1 or auto, got 0"):
        vl.Analyzer(BoxDetector(), CentrePose(), det_frequency=0)


class DoubtingTracker:
    """Believes in nobody whose pose is left of the middle."""

    def update(self, detections, time):
        boxes = np.array([(0, 0, 2, 4), (4, 0, 7, 5)], np.float32)
        return vl.Tracks(boxes, [3, 4], [True, True])

    def correct(self, poses):
        return poses.keypoints[:, 0, 0] > 4

    def own(self, poses):
        return poses

    def unfamiliar(self, poses):
        return np.zeros(len(poses), bool)

    def recognise(self, track_ids, looks):
        return {}

    def reset(self):
        pass


def test_people_the_tracker_gives_up_are_in_neither_tracks_nor_poses():
    result = vl.Analyzer(BoxDetector(), CentrePose(), tracker=DoubtingTracker()).analyze(frame())
    assert result.tracks.ids.tolist() == result.poses.track_ids.tolist() == [4]


def test_the_halves_make_the_whole():
    whole = vl.Analyzer(BoxDetector(BOX), CentrePose(), det_frequency=3)
    halves = vl.Analyzer(BoxDetector(BOX), CentrePose(), det_frequency=3)
    looks = [halves.look(frame(index)) for index in range(7)]  # far ahead
    assert [look.detections is not None for look in looks] == [True, False, False, True, False, False, True]
    for index, look in enumerate(looks):
        one, other = whole.analyze(frame(index)), halves.follow(look)
        assert one.poses.keypoints.tobytes() == other.poses.keypoints.tobytes()
        assert set(one.timings) == set(other.timings)


def test_registered_tracker_is_found_by_name():
    from vitpose_live.registry import trackers

    assert isinstance(trackers.create("box"), vl.BoxTracker)
    with pytest.raises(UnknownNameError) as caught:
        trackers.create("bx")
    assert caught.value.hint == "did you mean box?"
