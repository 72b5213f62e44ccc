"""One suite that every tracker passes: subclass it and give it a tracker to make."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import pytest

from vitpose_live.data import Detections, Poses, Tracks, load_skeleton
from vitpose_live.pipeline.protocols import Tracker

COCO17 = load_skeleton("coco17")


def people(*boxes: tuple[float, float, float, float], score: float = 0.9) -> Detections:
    """Detections at `boxes`."""
    return Detections(np.array(boxes, np.float32).reshape(-1, 4), np.full(len(boxes), score, np.float32))


def poses_in(tracks: Tracks, score: float = 0.9) -> Poses:
    """A pose spread over each track's box, every joint with `score`."""
    grid = np.stack([np.tile([0.3, 0.5, 0.7], 6)[:17], np.linspace(0.05, 0.95, 17)], axis=1)
    sides = tracks.boxes[:, 2:] - tracks.boxes[:, :2]
    points = tracks.boxes[:, None, :2] + grid * sides[:, None]
    return Poses(points, np.full((len(tracks), 17), score), tracks.ids, tracks.boxes, COCO17)


class TrackerContract(ABC):
    """What the pipeline may rely on."""

    @abstractmethod
    @pytest.fixture
    def make(self) -> Callable[[], Tracker]:
        """Return a function that makes a fresh tracker each time it is called."""

    def test_everybody_in_a_still_comes_out(self, make):
        boxes = [(10, 10, 60, 160), (200, 20, 260, 190), (400, 100, 420, 150)]
        tracks = make().update(people(*boxes, score=0.31), 0.0)
        assert len(tracks) == 3
        assert tracks.observed.all()
        np.testing.assert_allclose(sorted(tracks.boxes.tolist()), sorted(map(list, boxes)), atol=0.01)
        np.testing.assert_allclose(tracks.scores, 0.31)

    def test_ids_start_at_one_and_belong_to_the_instance(self, make):
        for _ in range(2):
            assert make().update(people((0, 0, 50, 100)), 0.0).ids.tolist() == [1]

    def test_nobody_is_there_at_first(self, make):
        tracker = make()
        assert len(tracker.update(None, 0.0)) == 0
        assert len(tracker.update(Detections.empty(), 0.1)) == 0

    def test_a_person_keeps_the_id(self, make):
        tracker = make()
        seen = {
            i for step in range(20) for i in tracker.update(people((step, 0, 50 + step, 100)), step / 30).ids.tolist()
        }
        assert seen == {1}

    def test_without_the_detector_people_stay_and_are_not_observed(self, make):
        tracker = make()
        tracker.update(people((0, 0, 50, 100)), 0.0)
        tracks = tracker.update(None, 1 / 30)
        assert tracks.ids.tolist() == [1]
        assert not tracks.observed.any()

    def test_empty_detections_are_evidence_of_absence(self, make):
        tracker = make()
        tracker.update(people((0, 0, 50, 100)), 0.0)
        for step in range(1, 40):
            tracks = tracker.update(Detections.empty(), step / 30)
        assert len(tracks) == 0

    def test_nobody_is_predicted_for_ever(self, make):
        tracker = make()
        tracker.update(people((0, 0, 50, 100)), 0.0)
        for step in range(1, 200):
            tracks = tracker.update(None, step / 30)
        assert len(tracks) == 0

    def test_reset_forgets_people_but_not_ids(self, make):
        tracker = make()
        tracker.update(people((0, 0, 50, 100)), 0.0)
        tracker.reset()
        assert tracker.update(people((0, 0, 50, 100)), 0.0).ids.tolist() == [2]

    def test_a_seek_back_is_another_scene(self, make):
        tracker = make()
        tracker.update(people((0, 0, 50, 100)), 10.0)
        assert tracker.update(people((0, 0, 50, 100)), 3.0).ids.tolist() == [2]

    def test_correct_takes_the_poses_of_its_own_tracks(self, make):
        tracker = make()
        for step in range(10):
            tracks = tracker.update(people((0, 0, 50, 100)) if step % 5 == 0 else None, step / 30)
            believed = tracker.correct(poses_in(tracks))
            assert (believed.dtype, believed.tolist()) == (np.bool_, [True])
        assert tracks.ids.tolist() == [1]

    def test_correct_survives_nobody_and_strangers(self, make):
        tracker = make()
        assert tracker.correct(Poses.empty(COCO17)).shape == (0,)
        tracks = tracker.update(people((0, 0, 50, 100)), 0.0)
        tracker.correct(Poses.empty(COCO17))
        strangers = Tracks(tracks.boxes, tracks.ids + 7, tracks.observed)
        tracker.correct(poses_in(strangers))
        assert tracker.update(None, 0.03).ids.tolist() == [1]
