"""Counting on recordings with truth; the script says more of them."""

import bench_counting as bench
import numpy as np
import pytest
from fitness_people import BLAZE, COCO

from vitpose_live.fitness.exercise_files import exercise_names


@pytest.fixture(scope="module")
def on_video(shared_data):
    """(repetitions found, true) of every recording, by name of the exercise."""
    found = {name: [] for name in exercise_names()}
    for _, exercise, true, points in bench.recordings(shared_data / "reps"):
        if exercise in bench.HOME:
            times = np.arange(len(points)) / bench.VIDEO_RATE
            found[exercise].append((bench.count(exercise, BLAZE, points, times).repetitions, true))
    return found


def test_exercises_at_home_are_counted(on_video):
    found, true = np.array([pair for exercise in bench.HOME for pair in on_video[exercise]]).T
    assert (np.abs(found - true) <= 1).mean() >= 0.8
    assert (np.abs(found - true) / true).mean() <= 0.2


@pytest.mark.parametrize("exercise", bench.HOME)
def test_no_exercise_is_left_behind(on_video, exercise):
    found, true = np.array(on_video[exercise]).T
    assert (np.abs(found - true) <= 1).mean() >= 0.6


@pytest.mark.parametrize(("movement", "view"), [("deep_squat", 60), ("inline_lunge", 60)])
def test_knees_at_the_bottom_are_those_in_space(shared_data, movement, view):
    errors, records = [], []
    for path in sorted((shared_data / "mocap").glob(f"{movement}_correct_*.npz")):
        with np.load(path) as file:
            joints, ends = file["keypoints_mm"][bench.SETTLED :: 7].astype(float), file["rep_end"][:4] // 7
        joints = joints[: ends[-1] + 10]
        points = bench.project(bench.turned(joints), view)
        points += np.random.default_rng(0).normal(0, 2, points.shape)
        times = np.arange(len(points)) * 7 / bench.RATE
        found, told, _ = bench.coached(bench.MOVEMENTS[movement], points, times)
        true = bench.flexion(joints).mean(axis=1)
        for start, end in zip([0, *ends[:-1]], ends, strict=True):
            bottom = start + int(np.argmax(true[start:end]))
            errors.append(found[bottom].mean() - true[bottom])
            (record,) = [one for one in told if one.start <= times[bottom] <= one.end]
            records.append(record.measures["knee_flexion"] - true[bottom])
    assert np.mean(np.abs(errors) <= 8) >= 0.9
    assert np.mean(np.abs(records) <= 8) >= 0.85


@pytest.mark.parametrize("movement", sorted(bench.MOVEMENTS))
@pytest.mark.parametrize("view", [0, 45, 90])
def test_captured_squats_and_lunges_are_counted_exactly_from_everywhere(shared_data, movement, view):
    rng = np.random.default_rng(0)
    for path in sorted((shared_data / "mocap").glob(f"{movement}_correct_*.npz")):
        with np.load(path) as file:
            joints, true = file["keypoints_mm"][bench.SETTLED :: 5].astype(float), len(file["rep_end"])
        points = bench.project(joints, view)
        points += rng.normal(0, 2, points.shape)
        kept = rng.random(len(points)) >= 0.3
        times = np.arange(len(points)) * 5 / bench.RATE
        for chosen in (kept, np.ones_like(kept)):
            progress = bench.count(bench.MOVEMENTS[movement], COCO, points[chosen], times[chosen])
            assert progress.repetitions == true, path.name
