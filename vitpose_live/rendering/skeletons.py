"""Draws what was found in a frame: skeletons, boxes, identities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult, Poses
from vitpose_live.errors import SettingsError
from vitpose_live.rendering import strokes, style
from vitpose_live.rendering.anatomy import anatomy_of
from vitpose_live.rendering.angle_drawing import draw_values, draw_wedges, marks_on
from vitpose_live.rendering.angle_marks import AngleValues
from vitpose_live.rendering.coach_card import CoachCards
from vitpose_live.rendering.text import label_chip, paste

_WIDEST = 1000.0


class SkeletonRenderer:
    """Draws people over a copy of their frame.

    Left and right have a colour each, the trunk's cross-bones are neutral, a dark outline sets all of it off from any
    background. Strokes are as wide as the person is large. Boxes are corner marks and a label in the person's own
    colour; a box that neither the detector nor the pose supports in this frame is dashed. (Between two runs of the
    detector a box is carried by the pose; dashing those as well would make every box flicker.) Beside each person with
    feedback is the coach's card; where it lies depends on the picture drawn before.

    Parameters
    ----------
    kpt_thr
        Joints that score less, 0..1, and the bones that end there are not drawn.
    show_skeletons, show_boxes, show_ids
        What to draw.
    line_width
        Width of a bone in pixels; None scales it to the person and the picture.
    measure_angles
        Measures the joint angles to draw, such as `vitpose_live.fitness.measure`; None draws none.

    Raises
    ------
    SettingsError
        When `kpt_thr` is outside 0..1 or `line_width` outside 0..1000.
    """

    def __init__(
        self,
        *,
        kpt_thr: float = 0.3,
        show_skeletons: bool = True,
        show_boxes: bool = True,
        show_ids: bool = True,
        line_width: float | None = None,
        measure_angles: Callable[[Poses], AngleValues] | None = None,
    ) -> None:
        if not 0 <= kpt_thr <= 1:
            raise SettingsError(f"kpt_thr: expected 0..1, got {kpt_thr}")
        if line_width is not None and not 0 < line_width <= _WIDEST:
            raise SettingsError(f"line_width: expected more than 0, at most {_WIDEST:g} pixels, got {line_width}")
        self.kpt_thr = kpt_thr
        self.show_skeletons = show_skeletons
        self.show_boxes = show_boxes
        self.show_ids = show_ids
        self.line_width = line_width
        self.measure_angles = measure_angles
        self._cards = CoachCards()

    def draw(self, result: FrameResult) -> NDArray[np.uint8]:
        """Return a picture of `result`.

        Returns
        -------
        (h, w, 3) uint8 RGB, contiguous, the caller's own; with nobody there, an equal copy of the frame.
        """
        image = np.array(result.frame.image, order="C")
        poses = result.poses
        visible = self._visible(poses)
        boxes = dict(zip(poses.track_ids.tolist(), poses.boxes.tolist(), strict=True))
        boxes |= dict(zip(result.tracks.ids.tolist(), result.tracks.boxes.tolist(), strict=True))
        posed = dict(zip(poses.track_ids.tolist(), range(len(poses)), strict=True))
        seen = set(result.tracks.ids[result.tracks.observed].tolist())
        widths = {track: self._stroke(box, poses, visible, posed.get(track), image) for track, box in boxes.items()}
        if self.show_boxes:
            for track, box in boxes.items():
                supported = track in seen or (track in posed and visible[posed[track]].sum() >= 3)
                _draw_box(image, box, widths[track], style.person_colour(track), dashed=not supported)
        angles = []
        if self.measure_angles is not None and posed:
            bones = np.where(visible[..., None], poses.keypoints, np.nan)[:, anatomy_of(poses.skeleton).edges]
            strokes_of = np.array([widths[track] for track in posed])
            angles = marks_on(image, self.measure_angles(poses), bones, strokes_of)
            for marks in angles:
                draw_wedges(image, marks)
        if self.show_skeletons and posed:
            _draw_skeletons(image, poses, visible, np.array([widths[track] for track in posed]))
        if self.show_ids:
            for track, box in boxes.items():
                _draw_id(image, box, track)
        for marks in angles:
            draw_values(image, marks)
        if result.feedback:
            self._cards.draw(image, result, self.kpt_thr)
        return image

    def _visible(self, poses: Poses) -> NDArray[np.bool_]:
        # NaN compares false, so a missing joint is not visible
        near = (np.abs(poses.keypoints) < strokes.FAR_AWAY).all(axis=2)
        return np.asarray(near & (poses.scores >= self.kpt_thr))

    def _stroke(
        self, box: list[float], poses: Poses, visible: NDArray[np.bool_], row: int | None, image: NDArray[np.uint8]
    ) -> float:
        if self.line_width is not None:
            return self.line_width
        points = poses.keypoints[row][visible[row]] if row is not None else np.zeros((0, 2), np.float32)
        return stroke_width(person_size(box, points), min(image.shape[:2]))


def person_size(box: list[float], points: NDArray[np.float32]) -> float:
    """Length in pixels of the longer side of a person.

    The geometric mean of what the box and the visible joints say, the joints' word being taken only within half and
    one and a half of the box's, so that a stray joint or a box twice too large changes it by half at most.

    Parameters
    ----------
    box
        x1, y1, x2, y2.
    points
        (m, 2) visible joints; with fewer than two the box decides alone.
    """
    by_box = max(box[2] - box[0], box[3] - box[1])
    by_points = float(np.ptp(points, axis=0).max()) if len(points) >= 2 else 0.0
    if by_points == 0 or by_box == 0:
        return max(by_points, by_box)
    return float(np.sqrt(by_box * np.clip(by_points, 0.5 * by_box, 1.5 * by_box)))


def stroke_width(size: float, shorter_side: int) -> float:
    """Width in pixels of the bones of a person of `size` in a picture whose shorter side is `shorter_side`."""
    thinnest = max(1.0, shorter_side * style.STROKE_MIN)
    return float(np.clip(size * style.STROKE_PER_SIZE, thinnest, max(thinnest, shorter_side * style.STROKE_MAX)))


def _draw_skeletons(
    image: NDArray[np.uint8], poses: Poses, visible: NDArray[np.bool_], widths: NDArray[np.float64]
) -> None:
    """Draw every row of `poses`; `visible` is (n, k) and `widths` (n,) the bones' widths in pixels."""
    anatomy = anatomy_of(poses.skeleton)
    points = np.where(visible[..., None], poses.keypoints, 0).astype(np.float64)
    first, second = anatomy.edges.T
    bones_visible = visible[:, first] & visible[:, second]
    starts, ends = points[:, first], points[:, second]
    at_joints = _joint_widths(
        anatomy.edges, np.hypot(*np.moveaxis(ends - starts, 2, 0)), bones_visible, visible, widths
    )
    rims = outline_width(widths)[:, None]
    bones, outlines = (
        strokes.bone_quads(starts, ends, at_joints[:, first] + extra, at_joints[:, second] + extra)
        for extra in (0.0, 2 * rims)
    )
    radii = np.where(anatomy.lonely, style.LONELY_DOT, style.DOT_PER_STROKE) * at_joints
    radii = np.maximum(radii, style.DOT_MIN)
    dots, outline_dots = (strokes.discs(points, radii + extra) for extra in (0.0, rims))
    dark = [style.OUTLINE] * max(len(anatomy.edges), len(poses.skeleton))
    for row in range(len(poses)):  # a person at a time, so that the nearer drawing's outline parts the two
        strokes.fill_quads(image, outlines[row], bones_visible[row], dark)
        strokes.fill_discs(image, outline_dots[row], visible[row], dark)
        strokes.fill_quads(image, bones[row], bones_visible[row], anatomy.bone_colours)
        strokes.fill_discs(image, dots[row], visible[row], anatomy.joint_colours)


def _joint_widths(
    edges: NDArray[np.intp],
    lengths: NDArray[np.float64],
    bones_visible: NDArray[np.bool_],
    visible: NDArray[np.bool_],
    widths: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Width at each joint, (n, k): where bones are short, as in a face or a hand, no more than they allow."""
    allowed = np.where(bones_visible, style.STROKE_PER_BONE * lengths, np.inf)
    at_joints = np.repeat(widths[:, None], visible.shape[1], axis=1)
    for bone, ends in enumerate(edges.tolist()):
        for joint in ends:
            np.minimum(at_joints[:, joint], allowed[:, bone], out=at_joints[:, joint])
    thinnest = np.minimum(widths, np.maximum(1.0, style.STROKE_TAPER * widths))
    return np.maximum(at_joints, thinnest[:, None])


def outline_width(width: NDArray[np.float64]) -> NDArray[np.float64]:
    """Width in pixels of the dark rim around bones of `width`."""
    return np.maximum(0.8, 0.3 * width)


def _draw_box(image: NDArray[np.uint8], box: list[float], width: float, colour: style.Colour, *, dashed: bool) -> None:
    thickness = max(2, round(0.65 * width))
    rim = max(1, round(0.25 * thickness))
    inside = _inside(image, box, rim)
    if inside is None:
        return
    x1, y1, x2, y2 = inside
    if dashed:
        marks = strokes.dashes(inside, 5 * thickness, thickness)
    else:
        marks = strokes.corner_marks(inside, round(style.ARM_PER_BOX * max(x2 - x1, y2 - y1)), thickness)
    strokes.bars(image, marks, rim, colour)


def _draw_id(image: NDArray[np.uint8], box: list[float], track: int) -> None:
    inside = _inside(image, box, 0)
    if inside is None:
        return
    x1, y1, x2, y2 = inside
    smallest, largest = (part * min(image.shape[:2]) for part in style.LABEL_RANGE)
    size = float(np.clip(style.LABEL_PER_BOX * max(x2 - x1, y2 - y1), smallest, largest))
    picture, opacity = label_chip(str(track), max(style.LABEL_MIN, round(size)), style.person_colour(track))
    height, width = opacity.shape
    if height > image.shape[0] or width > image.shape[1]:
        return  # a label cut in half would read as another number
    x = min(x1, image.shape[1] - width)
    y = min(max(y1 - height - max(2, height // 5), 0), image.shape[0] - height)
    paste(image, picture, opacity, x, y)


def _inside(image: NDArray[np.uint8], box: list[float], margin: int) -> strokes.Rectangle | None:
    """Clip `box` to the picture less `margin`, so that its marks stay in view; None where it is outside."""
    height, width = image.shape[:2]
    if box[0] >= width or box[1] >= height or box[2] <= 0 or box[3] <= 0:
        return None
    x1, x2 = np.clip(np.round(box[::2]), margin, max(margin, width - margin)).astype(int).tolist()
    y1, y2 = np.clip(np.round(box[1::2]), margin, max(margin, height - margin)).astype(int).tolist()
    return x1, y1, x2, y2
