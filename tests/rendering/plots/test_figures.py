"""Plots show what the recording holds, and can be written for any recording."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from sinks.exports.recordings import COCO17, recording, two_people

from vitpose_live.data import load_skeleton
from vitpose_live.errors import OutputError
from vitpose_live.rendering.plots import (
    Repetition,
    angle_figure,
    confidence_figure,
    heat_figure,
    keypoint_figure,
    save,
)
from vitpose_live.rendering.plots.page import LEFT, RIGHT, legible

ANGLES = ("left_knee", "right_knee", "trunk_lean", "left_elbow")


def angles(sequence, person):
    rows = sequence.of(person)
    degrees = np.stack([rows * 10.0, rows * 11.0, rows * 1.0, rows * np.nan], axis=1)
    return ANGLES, degrees


def lines(axes, colour):
    """The points of the lines of a colour."""
    return [line.get_xydata() for line in axes.lines if line.get_color() == colour and line.get_linestyle() != "None"]


def test_angles_are_drawn_by_joint_left_blue_and_right_orange():
    sequence = two_people()
    figure = angle_figure(sequence, 7, angles(sequence, 7), title="walk")
    assert [axes.get_ylabel() for axes in figure.axes] == ["Knee (°)", "Trunk lean (°)"]  # no elbow is ever visible
    rows = sequence.of(7)
    for colour, factor in ((LEFT, 10), (RIGHT, 11)):
        (drawn,) = lines(figure.axes[0], colour)
        assert drawn[:, 0] == pytest.approx(sequence.times[sequence.rows[rows]])
        assert drawn[:, 1] == pytest.approx(rows * factor)


def test_gaps_stay_gaps():
    sequence = two_people()
    figure = angle_figure(sequence, 3, angles(sequence, 3), title="walk")
    (drawn,) = lines(figure.axes[0], LEFT)
    assert np.isnan(drawn[:, 1]).tolist() == [False, False, True, False]


def test_repetitions_are_shaded_and_numbered():
    sequence = two_people()
    spans = [Repetition(0.0, 0.04, "1"), Repetition(0.05, 0.08, "2")]
    figure = angle_figure(sequence, 7, angles(sequence, 7), title="walk", repetitions=spans)
    for axes in figure.axes:
        shaded = [[patch.get_x(), patch.get_x() + patch.get_width()] for patch in axes.patches]
        assert np.array(shaded) == pytest.approx(np.array([[0.0, 0.04], [0.05, 0.08]]))
    assert [text.get_text() for text in figure.axes[0].texts] == ["1", "2"]
    assert not figure.axes[1].texts


def test_many_repetitions_are_not_all_numbered():
    sequence = two_people()
    spans = [Repetition(place / 100, place / 100 + 0.005, str(place)) for place in range(200)]
    figure = angle_figure(sequence, 7, angles(sequence, 7), title="walk", repetitions=spans)
    assert 10 < len(figure.axes[0].texts) <= 40


def test_keypoints_are_drawn_in_pixels_with_y_downwards():
    sequence = recording({1: [0, 1, 2]}, missing=0)
    figure = keypoint_figure(sequence, 1, title="walk")
    assert len(figure.axes) == 2 * 9
    knees = 2 * 7
    for axis in (0, 1):
        axes = figure.axes[knees + axis]
        for colour, name in ((LEFT, "left_knee"), (RIGHT, "right_knee")):
            (drawn,) = lines(axes, colour)
            assert drawn[:, 1] == pytest.approx(sequence.keypoints[:, COCO17.index(name), axis])
        low, high = axes.get_ylim()
        assert (low > high) == (axis == 1)


def test_confidence_has_a_row_per_joint_and_grey_while_away():
    sequence = two_people(missing=0)
    axes = confidence_figure(sequence, 3, title="walk").axes[0]
    picture = axes.images[0].get_array()
    assert picture.shape == (17, 4)
    rows = sequence.of(3)
    assert np.ma.getmaskarray(np.ma.masked_invalid(picture)).any(axis=0).tolist() == [False, False, True, False]
    for column, row in zip((0, 1, 3), rows, strict=True):
        assert np.asarray(picture[:, column]) == pytest.approx(sequence.scores[row])
    assert [label.get_text() for label in axes.get_yticklabels()][:2] == ["nose", "left eye"]


def test_faces_and_hands_are_averaged():
    sequence = recording({1: [0, 1]}, skeleton=load_skeleton("wholebody133"), missing=0)
    axes = confidence_figure(sequence, 1, title="walk").axes[0]
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels[-3:] == ["face (68)", "left hand (21)", "right hand (21)"]
    assert len(labels) == 17 + 6 + 3
    face = sequence.scores[0, 23 : 23 + 68].mean()
    assert axes.images[0].get_array()[labels.index("face (68)"), 0] == pytest.approx(face)


def test_heat_adds_up_how_far_each_joint_went():
    keypoints = np.full((5, 17, 2), 100, np.float32) + np.arange(17)[:, None] * 5
    keypoints[:, 9, 0] += np.arange(5) * 30  # the left wrist goes 120 px
    keypoints[3:, :, 1] += 500  # after a second of absence everything is elsewhere
    times = np.array([0, 0.04, 0.08, 1.2, 1.24])
    sequence = recording(
        {1: list(range(5))}, count=5, times=times, keypoints=keypoints, scores=np.ones((5, 17), np.float32)
    )
    figure = heat_figure(sequence, 1, title="walk")
    dots = figure.axes[0].collections[-1].get_array()
    assert dots[9] == pytest.approx(90)  # the step across the gap is not counted
    assert np.asarray(dots)[:9].tolist() == [0] * 9


@pytest.mark.parametrize("rate", [0.5, 5, 240])
def test_distances_do_not_depend_on_the_rate(rate):
    keypoints = np.full((7, 17, 2), 100, np.float32) + np.arange(7, dtype=np.float32)[:, None, None] * (3, 4)
    keypoints += np.arange(17)[:, None]
    times = np.arange(7) / rate + 0.1
    sequence = recording(
        {1: list(range(7))}, count=7, times=times, keypoints=keypoints, scores=np.ones((7, 17), np.float32)
    )
    dots = heat_figure(sequence, 1, title="walk").axes[0].collections[-1].get_array()
    assert np.asarray(dots) == pytest.approx(np.full(17, 30), rel=1e-4)


def test_heat_lies_where_the_joints_were_upon_the_picture():
    keypoints = np.full((20, 17, 2), (160, 60), np.float32)
    sequence = recording(
        {1: list(range(20))}, count=20, keypoints=keypoints, scores=np.ones((20, 17), np.float32), width=320, height=240
    )
    picture = np.full((240, 320, 3), 10, np.uint8)
    axes = heat_figure(sequence, 1, title="walk", picture=picture).axes[1]
    heat = np.asarray(axes.images[0].get_array())
    row, column = np.unravel_index(heat.argmax(), heat.shape)
    assert (row + 0.5) / heat.shape[0] * 240 == pytest.approx(60, abs=2)
    assert (column + 0.5) / heat.shape[1] * 320 == pytest.approx(160, abs=2)
    assert heat.sum() == pytest.approx(20 * 17 / 25, rel=1e-6)
    assert axes.images[1].get_array().min() > 150  # pale


@pytest.mark.parametrize("draw", [keypoint_figure, heat_figure])
def test_somebody_never_visible_cannot_be_drawn(draw):
    with pytest.raises(OutputError) as failure:
        draw(recording({1: [0, 1]}, missing=1), 1, title="walk")
    assert "confidence" in failure.value.hint
    sequence = recording({1: [0]})
    with pytest.raises(OutputError, match="no joint angle"):
        angle_figure(sequence, 1, (("left_knee",), np.full((1, 1), np.nan)), title="walk")


def test_a_single_frame_can_be_drawn(tmp_path):
    sequence = recording({1: [0]}, count=1, missing=0, width=0, height=0, fps=0.0)
    save(confidence_figure(sequence, 1, title="short"), tmp_path / "a.png", "png")
    save(heat_figure(sequence, 1, title="short"), tmp_path / "b.png", "png")
    save(angle_figure(sequence, 1, angles(sequence, 1), title="short"), tmp_path / "c.png", "png")
    assert all((tmp_path / name).read_bytes().startswith(b"\x89PNG") for name in ("a.png", "b.png", "c.png"))


def test_any_name_can_be_a_title_and_the_file_is_the_same_every_time(tmp_path):
    sequence = two_people()
    for name in ("a.svg", "b.svg"):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            save(confidence_figure(sequence, 7, title="$x^$ \\frac 深蹲 <b>&"), tmp_path / name, "svg")
    first = (tmp_path / "a.svg").read_bytes()
    assert first == (tmp_path / "b.svg").read_bytes()
    assert b"<svg" in first
    assert legible("deep 深\x00$ é") == "deep □□$ é"
