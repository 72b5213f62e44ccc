"""Draws people over a picture as vectors: sharp at every size of the window, and the picture is left as it is."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QLineF, QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QPaintDevice, QPainter, QPen

from vitpose_live.rendering.anatomy import Anatomy, anatomy_of
from vitpose_live.rendering.skeletons import outline_width
from vitpose_live.rendering.style import ARM_PER_BOX, DOT_PER_STROKE, LONELY_DOT, OUTLINE, Colour, person_colour
from vitpose_live.ui import stamps
from vitpose_live.ui.angle_overlay import draw_values, draw_wedges
from vitpose_live.ui.people import Trails, Way
from vitpose_live.ui.picture import Person, Picture
from vitpose_live.ui.viewport import Viewport

_FAINT = 0.3
"""Opacity of everybody else while one person is locked on to."""
_TRAIL_STEPS = 4
"""Shades of a fading trail; one pen each."""
_SMOOTH_STEPS = 1
"""How many of them are antialiased, which takes four times as long; where a trail is faint it is not seen."""


class Overlay:
    """Draws the people of a result.

    Bones have flat caps, because with round ones they take a hundred times as long, and joints cover where the flat
    ends meet. The dark rims are not antialiased, which is hardly seen and a fifth of the time.
    """

    def __init__(self, font: QFont) -> None:
        letters = QFont(font)
        letters.setWeight(QFont.Weight.DemiBold)
        self._font = letters.toString()

    @property
    def label(self) -> tuple[float, float]:
        """Width and height of the label of an angle, in logical pixels."""
        return stamps.value_size(self._font)

    def paint(
        self,
        painter: QPainter,
        picture: Picture,
        viewport: Viewport,
        trails: Trails | None = None,
        locked: int | None = None,
    ) -> None:
        """Draw the people of `picture`; with somebody `locked` on to, everybody else is faint."""
        options, people = picture.fit.options, picture.people
        if not options.visible:
            return
        present = any(person.track == locked for person in people)

        def opacity(track: int) -> float:
            return _FAINT if present and track != locked else 1.0

        if options.trails and trails is not None:
            for track, ways in trails.lines().items():
                painter.setOpacity(opacity(track))
                _draw_trails(painter, ways, viewport, person_colour(track), 3.0 * options.thickness)
        anatomy = anatomy_of(picture.result.poses.skeleton)
        plain = {person.track for person in people if opacity(person.track) == 1}
        for person in people:
            painter.setOpacity(opacity(person.track))
            draw_wedges(painter, person.marks if person.track in plain else ())
            if options.boxes or person.track == locked:
                _draw_box(painter, person, locked=person.track == locked)
            if options.skeletons:
                _draw_skeleton(painter, person, anatomy)
        for person in people if options.ids else ():
            painter.setOpacity(opacity(person.track))
            self._draw_id(painter, person, viewport, locked=person.track == locked)
        painter.setOpacity(1.0)
        for person in people:
            draw_values(painter, person.marks if person.track in plain else (), self._font, _ratio(painter))

    def _draw_id(self, painter: QPainter, person: Person, viewport: Viewport, *, locked: bool) -> None:
        text = f"{person.track} ●" if locked else str(person.track)
        chip = stamps.label(text, person_colour(person.track), self._font, _ratio(painter))
        size = chip.deviceIndependentSize()
        left, top, width, _ = viewport.rectangle
        x = min(max(person.box[0], left), max(left, left + width - size.width()))
        y = max(person.box[1] - size.height() - 3, top)
        painter.drawPixmap(QPointF(round(x), round(y)), chip)


def _ratio(painter: QPainter) -> float:
    device: QPaintDevice | None = painter.device()
    return 1.0 if device is None else device.devicePixelRatioF()


def _pen(colour: Colour, width: float, alpha: int = 255) -> QPen:
    return QPen(QColor(*colour, alpha), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap)


def _draw_lines(painter: QPainter, pen: QPen, lines: list[QLineF], *, smooth: bool = True) -> None:
    if lines:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, smooth)
        painter.setPen(pen)
        painter.drawLines(*lines)


def _draw_skeleton(painter: QPainter, person: Person, anatomy: Anatomy) -> None:
    points = person.points.tolist()
    visible = person.visible.tolist()
    bones: dict[Colour, list[QLineF]] = {}
    for (first, second), colour in zip(anatomy.edges.tolist(), anatomy.bone_colours, strict=True):
        if visible[first] and visible[second]:
            bones.setdefault(colour, []).append(QLineF(*points[first], *points[second]))
    rim = float(outline_width(np.array(person.width)))
    every = [line for lines in bones.values() for line in lines]
    _draw_lines(painter, _pen(OUTLINE, person.width + 2 * rim), every, smooth=False)
    for colour, lines in bones.items():
        _draw_lines(painter, _pen(colour, person.width), lines)
    ratio = _ratio(painter)
    for (x, y), colour, lonely, shown in zip(
        points, anatomy.joint_colours, anatomy.lonely.tolist(), visible, strict=True
    ):
        if shown:
            diameter = 2 * person.width * (LONELY_DOT if lonely else DOT_PER_STROKE)
            dot = stamps.disc(colour, diameter, rim, ratio)
            half = dot.width() / ratio / 2
            painter.drawPixmap(QPointF(x - half, y - half), dot)


def _draw_box(painter: QPainter, person: Person, *, locked: bool) -> None:
    """Draw corner marks, dashes where nobody has seen the person now, or all of the box of somebody locked on to."""
    x1, y1, x2, y2 = person.box.tolist()
    width = max(2.0, round(0.45 * person.width))
    arm = max(x2 - x1, y2 - y1) if locked else ARM_PER_BOX * max(x2 - x1, y2 - y1)
    marks: list[tuple[float, float, float, float]] = []
    for start, end, fixed in ((x1, x2, (y1, y2 - width)), (y1, y2, (x1, x2 - width))):
        across = fixed[0] == y1 and start == x1
        length = end - start
        if person.supported or locked:
            reach = min(arm, length / 2)
            pieces = [(start, reach), (end - reach, reach)]
        else:
            step = 6 * width
            pieces = [(start + at, step / 2) for at in np.arange(0, length - step / 2, step).tolist()]
        for at, reach in pieces:
            marks += [(at, side, reach, width) if across else (side, at, width, reach) for side in fixed]
    dark, colour = QColor(*OUTLINE, 150), QColor(*person_colour(person.track))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(dark)
    painter.drawRects(*(QRectF(x - 1, y - 1, w + 2, h + 2) for x, y, w, h in marks))
    painter.setBrush(colour)
    painter.drawRects(*(QRectF(*mark) for mark in marks))


def _draw_trails(painter: QPainter, ways: list[Way], viewport: Viewport, colour: Colour, width: float) -> None:
    """Draw all that one person's joints leave behind, a shade at a time: a pen costs more than the lines it draws."""
    shades: list[list[QLineF]] = [[] for _ in range(_TRAIL_STEPS)]
    corners = viewport.to_view(np.concatenate([points for points, _ in ways])).tolist()
    ages = np.concatenate([ages for _, ages in ways])
    steps = np.minimum(ages * _TRAIL_STEPS, _TRAIL_STEPS - 1).astype(np.intp).tolist()
    first = 0
    for points, _ in ways:
        for end in range(first + 1, first + len(points)):
            shades[steps[end]].append(QLineF(*corners[end - 1], *corners[end]))
        first += len(points)
    for shade, lines in enumerate(shades):
        fresh = 1 - shade / _TRAIL_STEPS
        pen = _pen(colour, width * (0.4 + 0.6 * fresh), alpha=round(230 * fresh))
        _draw_lines(painter, pen, lines, smooth=shade < _SMOOTH_STEPS)
