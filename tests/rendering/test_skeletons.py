"""What a drawing promises, whatever the style: no pictures are compared with stored ones."""

import numpy as np
import pytest

from vitpose_live.data import Frame, FrameResult, Poses, Skeleton, Tracks, load_skeleton
from vitpose_live.errors import SettingsError
from vitpose_live.rendering import SkeletonRenderer, person_colour, style
from vitpose_live.rendering.skeletons import person_size

COCO = load_skeleton("coco17")
# a figure with its limbs spread, so that left and right never cross; x, y in units of its height
FIGURE = np.array(
    [
        [0.50, 0.10], [0.54, 0.07], [0.46, 0.07], [0.58, 0.10], [0.42, 0.10],
        [0.64, 0.25], [0.36, 0.25], [0.78, 0.38], [0.22, 0.38], [0.92, 0.30], [0.08, 0.30],
        [0.60, 0.55], [0.40, 0.55], [0.66, 0.75], [0.34, 0.75], [0.72, 0.97], [0.28, 0.97],
    ]
)  # fmt: skip


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(60, 200, (height, width, 3), np.uint8)


def poses_of(keypoints, scores=0.9, ids=None, boxes=None, skeleton=COCO):
    keypoints = np.array(keypoints, np.float32)
    n, k, _ = keypoints.shape
    scores = np.where(np.isnan(keypoints).any(axis=2), 0, np.broadcast_to(scores, (n, k)))
    if boxes is None:
        boxes = np.concatenate([np.nanmin(keypoints, axis=1), np.nanmax(keypoints, axis=1)], axis=1)
    return Poses(keypoints, scores, np.arange(n) if ids is None else ids, boxes, skeleton)


def result_of(image, poses, observed=True):
    n = len(poses)
    return FrameResult(Frame(image), Tracks(poses.boxes, poses.track_ids, np.full(n, observed)), poses)


def nobody(image):
    return FrameResult(Frame(image), Tracks.empty(), Poses.empty(COCO))


def figure(x, y, height):
    return FIGURE * height + [x, y]


def bare(**options):
    return SkeletonRenderer(show_boxes=False, show_ids=False, **options)


def changed(before, after):
    return (before != after).any(axis=2)


def coloured(picture, colour):
    return np.abs(picture.astype(int) - colour).max(axis=2) <= 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (48, 64), (721, 1281)])
def test_nobody_gives_an_equal_copy(shape):
    image = noise(*shape)
    drawn = SkeletonRenderer().draw(nobody(image))
    np.testing.assert_array_equal(drawn, image)
    assert not np.shares_memory(drawn, image)


def test_the_frame_is_untouched_and_the_picture_is_the_callers():
    image = noise(200, 300)
    before = image.copy()
    result = result_of(image, poses_of([figure(50, 10, 180)]))
    drawn = SkeletonRenderer().draw(result)
    assert drawn.dtype == np.uint8
    assert drawn.shape == image.shape
    assert drawn.flags.c_contiguous
    assert changed(before, drawn).any()
    drawn[:] = 0
    np.testing.assert_array_equal(image, before)


def test_a_frame_that_is_a_view_is_drawn_the_same():
    image = noise(200, 300)
    poses = poses_of([figure(50, 10, 180)])
    turned = np.ascontiguousarray(image.transpose(1, 0, 2)).transpose(1, 0, 2)
    assert not turned.flags.c_contiguous
    drawn = SkeletonRenderer().draw(result_of(turned, poses))
    assert drawn.flags.c_contiguous
    np.testing.assert_array_equal(drawn, SkeletonRenderer().draw(result_of(image, poses)))


def test_drawing_twice_gives_the_same():
    result = result_of(noise(200, 300), poses_of([figure(50, 10, 180), figure(120, 40, 90)]))
    renderer = SkeletonRenderer()
    np.testing.assert_array_equal(renderer.draw(result), renderer.draw(result))


def test_a_mirrored_person_is_drawn_mirrored_with_the_sides_changed():
    image = np.full((300, 321, 3), 90, np.uint8)
    keypoints = figure(20, 20, 260)
    mirrored = (np.array([320, 0]) + np.array([-1, 1]) * keypoints)[COCO.mirror_order]
    drawn = bare().draw(result_of(image, poses_of([keypoints])))
    flipped = bare().draw(result_of(image, poses_of([mirrored])))[:, ::-1]
    # the person's own sides: in a mirror the left hand is still on the same side of the glass, but is called right
    for first, second in ((style.LEFT, style.RIGHT), (style.RIGHT, style.LEFT), (style.CENTRE, style.CENTRE)):
        there, back = coloured(drawn, first), coloured(flipped, second)
        assert there.sum() > 100
        assert (there ^ back).sum() < 0.12 * there.sum()


def test_left_and_right_are_where_the_person_has_them():
    drawn = bare().draw(result_of(np.zeros((300, 300, 3), np.uint8), poses_of([figure(20, 20, 260)])))
    # the figure faces us: its left is on our right
    middle = 20 + 0.5 * 260
    assert np.argwhere(coloured(drawn, style.LEFT))[:, 1].mean() > middle
    assert np.argwhere(coloured(drawn, style.RIGHT))[:, 1].mean() < middle


@pytest.mark.parametrize("how", ["low score", "NaN"])
def test_a_joint_below_the_threshold_leaves_no_trace(how):
    image = noise(300, 300)
    keypoints, scores = figure(20, 20, 260), np.full(17, 0.9)
    wrist, elbow = COCO.index("left_wrist"), COCO.index("left_elbow")
    x, y = keypoints[wrist]
    around = np.s_[int(y) - 12 : int(y) + 12, int(x) - 12 : int(x) + 12]
    full = bare().draw(result_of(image, poses_of([keypoints])))
    assert changed(image, full)[around].any()
    if how == "NaN":
        keypoints[wrist] = np.nan
    else:
        scores[wrist] = 0.29
    box = [[20, 20, 280, 280]]
    drawn = bare(kpt_thr=0.3).draw(result_of(image, poses_of([keypoints], scores, boxes=box)))
    assert not changed(image, drawn)[around].any()
    halfway = ((keypoints[elbow] + [x, y]) / 2).astype(int)
    assert not changed(image, drawn)[halfway[1], halfway[0]]
    assert changed(image, drawn).any()


@pytest.mark.parametrize("joint", COCO.keypoints)
def test_losing_a_joint_only_takes_ink_away(joint):
    image = noise(300, 300)
    keypoints = figure(20, 20, 260)
    box = [[20, 20, 280, 280]]
    renderer = bare(line_width=4.0)
    full = changed(image, renderer.draw(result_of(image, poses_of([keypoints], boxes=box))))
    keypoints[COCO.index(joint)] = np.nan
    less = changed(image, renderer.draw(result_of(image, poses_of([keypoints], boxes=box))))
    # short bones narrow their joints, so a joint that loses one may grow: by less than the strokes' width
    assert (less & ~full).sum() < 40
    assert less.sum() < full.sum()


def test_the_threshold_is_inclusive_and_nobody_above_it_is_a_plain_frame():
    image = noise(300, 300)
    result = result_of(image, poses_of([figure(20, 20, 260)], 0.5))
    assert changed(image, bare(kpt_thr=0.5).draw(result)).any()
    assert not changed(image, bare(kpt_thr=0.51).draw(result)).any()


def test_a_person_without_a_single_joint_still_has_a_box():
    image = noise(300, 300)
    poses = poses_of(np.full((1, 17, 2), np.nan), boxes=[[50, 50, 200, 250]])
    assert not changed(image, bare().draw(result_of(image, poses))).any()
    assert changed(image, SkeletonRenderer().draw(result_of(image, poses))).any()


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (200, 3), (100, 160)])
@pytest.mark.parametrize(
    ("x", "y", "height"),
    [(-40, -30, 150), (-1e4, 5, 80), (5, 1e5, 80), (-5e5, -5e5, 1e6), (0, 0, 0), (60, 60, 1e-3), (1e9, -1e9, 1e12)],
)
def test_people_outside_tiny_and_huge_are_safe(shape, x, y, height):
    image = noise(*shape)
    for options in ({}, {"line_width": 40.0}):
        drawn = SkeletonRenderer(**options).draw(result_of(image, poses_of([figure(x, y, height)])))
        assert drawn.shape == image.shape


def test_people_wholly_outside_leave_no_trace():
    image = noise(100, 160)
    for x, y in ((-400, 0), (400, 0), (0, -400), (0, 400)):
        assert not changed(image, SkeletonRenderer().draw(result_of(image, poses_of([figure(x, y, 90)])))).any()


def test_a_bone_that_leaves_the_picture_keeps_its_direction():
    pair = Skeleton("pair", ("a", "b"), edges=((0, 1),))
    image = np.zeros((100, 200, 3), np.uint8)
    for far in (300, 3e4):
        ends = [[[20.0, 10.0], [20.0 + far, 10.0 + far / 4]]]
        drawn = bare(line_width=3.0).draw(result_of(image, poses_of(ends, skeleton=pair)))
        assert coloured(drawn, style.CENTRE)[50, 180]  # 160 along, 40 down
        assert not coloured(drawn, style.CENTRE)[10, 180]


def test_a_frame_of_8k():
    image = np.zeros((4320, 7680, 3), np.uint8)
    drawn = SkeletonRenderer().draw(result_of(image, poses_of([figure(3000, 500, 3000)])))
    assert drawn[3000:].any()


def _bone_width(height, frame_side=720, **options):
    image = np.zeros((frame_side, frame_side, 3), np.uint8)
    drawn = bare(**options).draw(result_of(image, poses_of([figure(5, 5, height)])))
    hip, knee = COCO.index("left_hip"), COCO.index("left_knee")
    row = int(5 + height * FIGURE[[hip, knee], 1].mean())
    return coloured(drawn, style.LEFT)[row].sum()


def test_strokes_grow_with_the_person_and_with_the_picture():
    widths = [_bone_width(height) for height in (60, 250, 400, 650)]
    assert widths == sorted(widths)
    assert widths[-1] >= 2 * widths[0]
    assert _bone_width(200, frame_side=2000) > _bone_width(200, frame_side=240)
    assert _bone_width(300, line_width=12.0) > _bone_width(300, line_width=4.0)


def test_strokes_widen_smoothly():
    image = np.zeros((720, 720, 3), np.uint8)
    keypoints = figure(5, 5, 600)
    brightness = [
        int(bare(line_width=width).draw(result_of(image, poses_of([keypoints]))).sum())
        for width in np.arange(4, 6, 0.1)
    ]
    steps = np.diff(brightness)
    assert (steps > 0).mean() > 0.8
    assert steps.max() < 0.08 * brightness[0]


@pytest.mark.parametrize(
    ("box", "stray"),
    [((0, 0, 600, 600), None), ((0, 0, 150, 150), None), ((124, 100, 376, 391), (5000, 5000)), ((9, 9, 9, 9), None)],
)
def test_neither_a_stray_joint_nor_a_bad_box_says_how_large_a_person_is(box, stray):
    keypoints = figure(100, 100, 300)
    if stray is not None:
        keypoints[COCO.index("left_wrist")] = stray
    poses = poses_of([keypoints], boxes=[box])
    usual = person_size([124, 100, 376, 391], figure(100, 100, 300))
    assert 0.5 * usual < person_size(poses.boxes[0].tolist(), poses.keypoints[0]) < 1.6 * usual


def test_the_box_decides_where_no_joint_is_visible():
    assert person_size([10, 20, 60, 220], np.zeros((0, 2), np.float32)) == 200
    assert person_size([10, 20, 60, 220], np.full((1, 2), 50, np.float32)) == 200


def test_each_person_has_the_colour_of_the_id_in_every_frame():
    image = np.full((300, 400, 3), 128, np.uint8)
    renderer = SkeletonRenderer(show_skeletons=False)
    for track, x in ((7, 20), (7, 160), (8, 160), (2**40, 90)):
        drawn = renderer.draw(result_of(image, poses_of([figure(x, 60, 200)], ids=[track])))
        assert coloured(drawn, person_colour(track)).sum() > 100
        assert not coloured(drawn, person_colour(track + 3)).any()


@pytest.mark.parametrize("box", [[0, 0, 60, 90], [250, 0, 300, 60], [-50, -50, 350, 250], [280, 190, 300, 200]])
def test_labels_stay_inside_the_picture(box):
    image = np.full((200, 300, 3), 128, np.uint8)
    poses = poses_of(np.full((1, 17, 2), np.nan), ids=[123456], boxes=[box])
    drawn = SkeletonRenderer(show_boxes=False).draw(result_of(image, poses))
    whole = SkeletonRenderer(show_boxes=False).draw(
        result_of(image, poses_of(np.full((1, 17, 2), np.nan), ids=[123456], boxes=[[100, 90, 160, 180]]))
    )
    ground = person_colour(123456)
    assert coloured(drawn, ground).sum() == pytest.approx(coloured(whole, ground).sum(), rel=0.5)
    rows, columns = np.nonzero(changed(image, drawn))
    size, expected = (np.ptp(rows) + 1, np.ptp(columns) + 1), np.argwhere(changed(image, whole))
    assert size[0] >= 0.7 * (np.ptp(expected[:, 0]) + 1)
    assert size[1] >= 0.7 * (np.ptp(expected[:, 1]) + 1)


def test_boxes_that_nothing_supports_are_dashed_and_those_of_a_good_pose_are_not():
    image = np.full((300, 300, 3), 128, np.uint8)
    renderer = SkeletonRenderer(show_skeletons=False, show_ids=False)
    seen = poses_of([figure(20, 20, 260)])
    np.testing.assert_array_equal(renderer.draw(result_of(image, seen)), renderer.draw(result_of(image, seen, False)))
    lost = poses_of(np.full((1, 17, 2), np.nan), boxes=seen.boxes)
    dashed = renderer.draw(result_of(image, lost, observed=False))
    solid = renderer.draw(result_of(image, lost, observed=True))
    middle = int(seen.boxes[0, [0, 2]].mean())
    top = int(seen.boxes[0, 1])
    side = np.s_[top - 2 : top + 3, middle - 40 : middle + 40]
    assert not changed(image, solid)[side].any()
    assert changed(image, dashed)[side].any()
    assert not changed(image, dashed)[side].any(axis=0).all()


def test_a_track_without_a_pose_and_a_pose_without_a_track_are_both_drawn():
    image = np.full((300, 600, 3), 128, np.uint8)
    poses = poses_of([figure(320, 20, 260)], ids=[2])
    result = FrameResult(Frame(image), Tracks([[20, 40, 200, 280]], [1], [True]), poses)
    drawn = SkeletonRenderer().draw(result)
    assert coloured(drawn, person_colour(1))[:, :300].any()
    assert coloured(drawn, person_colour(2))[:, 300:].any()
    assert coloured(drawn, style.LEFT)[:, 300:].any()


@pytest.mark.parametrize(
    ("names", "pairs"),
    [
        (("left_a", "right_a", "mid"), ()),
        (("a_l", "a_r", "mid"), ()),
        (("one", "other", "mid"), ((0, 1),)),
        (("Left_a", "unnamed", "mid"), ((1, 0),)),
    ],
)
def test_sides_come_from_names_or_else_from_mirror_pairs(names, pairs):
    skeleton = Skeleton("made-up", names, edges=((0, 2), (1, 2)), mirror_pairs=pairs)
    image = np.zeros((100, 200, 3), np.uint8)
    keypoints = [[[20, 20], [180, 20], [100, 80]]]
    drawn = bare(line_width=5.0).draw(result_of(image, poses_of(keypoints, skeleton=skeleton)))
    assert coloured(drawn, style.LEFT)[:, :95].any()
    assert not coloured(drawn, style.LEFT)[:, 105:].any()
    assert coloured(drawn, style.RIGHT)[:, 105:].any()


def test_a_skeleton_without_bones_is_drawn_as_dots():
    skeleton = Skeleton("dots", ("a", "b"))
    image = np.zeros((100, 200, 3), np.uint8)
    drawn = bare().draw(result_of(image, poses_of([[[50, 50], [150, 50]]], skeleton=skeleton)))
    assert drawn[50, 50].min() > 200
    assert not drawn[:, 70:130].any()


def test_crowded_joints_stay_apart():
    # a hand of five fingers 6 px apart on a person 600 px tall
    skeleton = Skeleton("hand", ("head", *(f"{i}" for i in range(5))), edges=((1, 2), (2, 3), (3, 4), (4, 5)))
    image = np.full((700, 300, 3), 128, np.uint8)
    keypoints = [[[150, 20], *([100 + 6 * i, 620] for i in range(5))]]
    drawn = bare().draw(result_of(image, poses_of(keypoints, skeleton=skeleton)))
    assert np.ptp(np.argwhere(changed(image, drawn)[600:])[:, 0]) < 14


@pytest.mark.parametrize("options", [{"kpt_thr": -0.1}, {"kpt_thr": 1.1}, {"kpt_thr": float("nan")}, {"line_width": 0},
                                     {"line_width": float("inf")}, {"line_width": 1e30}])  # fmt: skip
def test_options_out_of_range_are_named(options):
    with pytest.raises(SettingsError, match=next(iter(options))):
        SkeletonRenderer(**options)
