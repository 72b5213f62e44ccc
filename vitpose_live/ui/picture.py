"""A result made ready to be painted, on the thread that delivers it, so that the window only paints. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import FrameResult, Poses
from vitpose_live.fitness import measure
from vitpose_live.rendering.anatomy import anatomy_of
from vitpose_live.rendering.angle_marks import AngleMark, angle_marks
from vitpose_live.rendering.screen import screen_picture
from vitpose_live.rendering.skeletons import person_size, stroke_width
from vitpose_live.ui.overlay_options import OverlayOptions
from vitpose_live.ui.people import boxes_by_id
from vitpose_live.ui.viewport import Viewport


@dataclass(frozen=True, slots=True)
class Fit:
    """What a picture must be made ready for.

    Parameters
    ----------
    width, height
        Of the area it is painted in, in device pixels.
    options
        What is drawn over it.
    ratio
        Device pixels per logical one.
    label
        Width and height of the label of an angle, in logical pixels.
    """

    width: int
    height: int
    options: OverlayOptions = field(default_factory=OverlayOptions)
    ratio: float = 1.0
    label: tuple[float, float] = (40.0, 18.0)

    def viewport(self, result: FrameResult) -> Viewport:
        """Return where the frame of `result` lies in the area, in logical pixels."""
        width, height = self.width / self.ratio, self.height / self.ratio
        return Viewport(result.frame.width, result.frame.height, width, height, self.options.mirror)

    def shows_the_same_pixels(self, other: Fit) -> bool:
        """Whether they differ in the overlay at most."""
        return _pixels(self) == _pixels(other)


@dataclass(frozen=True, slots=True)
class Person:
    """One person, ready to draw in logical pixels.

    Parameters
    ----------
    track
        Their id.
    box
        (4,) x1, y1, x2, y2.
    points, visible
        (k, 2) joints, and (k,) which of them to draw.
    width
        Of a bone.
    supported
        Whether they are seen now, not only remembered.
    marks
        Their angles.
    """

    track: int
    box: NDArray[np.float64]
    points: NDArray[np.float64]
    visible: NDArray[np.bool_]
    width: float
    supported: bool
    marks: list[AngleMark] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A result, its frame as it is painted, and the people in it.

    Parameters
    ----------
    result
        What was found.
    fit
        What it was made ready for.
    pixels
        (height, width, 4) uint8 in the screen's byte order; None on black.
    people
        Everybody to draw.
    """

    result: FrameResult
    fit: Fit
    pixels: NDArray[np.uint8] | None
    people: tuple[Person, ...]

    @classmethod
    def of(cls, result: FrameResult, fit: Fit) -> Picture:
        """Make `result` ready."""
        return cls(result, fit, _scaled(result, fit), _people(result, fit))

    def fitted(self, fit: Fit) -> Picture:
        """Return it made ready for `fit`."""
        if fit == self.fit:
            return self
        if not fit.shows_the_same_pixels(self.fit):
            return Picture.of(self.result, fit)
        return Picture(self.result, fit, self.pixels, _people(self.result, fit))


def _pixels(fit: Fit) -> tuple[object, ...]:
    return fit.width, fit.height, fit.ratio, fit.options.mirror, fit.options.black


def _scaled(result: FrameResult, fit: Fit) -> NDArray[np.uint8] | None:
    if fit.options.black or fit.width < 1 or fit.height < 1:
        return None
    frame = result.frame
    _, _, width, height = Viewport(frame.width, frame.height, fit.width, fit.height).rectangle
    size = max(1, round(width)), max(1, round(height))
    return screen_picture(frame.image, *size, mirrored=fit.options.mirror)


def _people(result: FrameResult, fit: Fit) -> tuple[Person, ...]:
    poses, options = result.poses, fit.options
    boxes = boxes_by_id(result)
    if not (boxes and options.visible and fit.width and fit.height):
        return ()
    viewport = fit.viewport(result)
    seen = set(result.tracks.ids[result.tracks.observed].tolist())
    rows = {track: row for row, track in enumerate(poses.track_ids.tolist())}
    visible = poses.scores >= options.threshold
    points = viewport.to_view(np.where(visible[..., None], poses.keypoints, 0))
    placed = viewport.boxes_to_view(np.array(list(boxes.values())))
    shorter = min(result.frame.image.shape[:2])
    nobody = np.zeros((len(poses.skeleton), 2)), np.zeros(len(poses.skeleton), np.bool_)
    widths = {}
    for track, box in boxes.items():
        row = rows.get(track)
        size = person_size(box, np.zeros((0, 2), np.float32) if row is None else poses.keypoints[row][visible[row]])
        widths[track] = max(1.5, stroke_width(size, shorter) * viewport.scale) * options.thickness
    marks = _marks(poses, fit, viewport, widths) if options.angles else {}
    people = []
    for index, track in enumerate(boxes):
        row = rows.get(track)
        there, joints = nobody if row is None else (points[row], visible[row])
        supported = track in seen or bool(joints.sum() >= 3)
        people.append(Person(track, placed[index], there, joints, widths[track], supported, marks.get(track, [])))
    return tuple(people)


def _marks(poses: Poses, fit: Fit, viewport: Viewport, widths: dict[int, float]) -> dict[int, list[AngleMark]]:
    """Lay the angles of everybody with a pose out, by their ids."""
    threshold = fit.options.threshold
    angles = measure(poses, threshold=threshold)
    tracks = poses.track_ids.tolist()
    drawn = np.where((poses.scores >= threshold)[..., None], poses.keypoints, np.nan)
    marks = angle_marks(
        angles.names,
        angles.degrees,
        viewport.to_view(angles.corners),
        bones=viewport.to_view(drawn)[:, anatomy_of(poses.skeleton).edges],
        label=fit.label,
        strokes=np.array([widths.get(track, 0.0) for track in tracks]),
    )
    return dict(zip(tracks, marks, strict=True))
