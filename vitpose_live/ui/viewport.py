"""Where a picture lies in a widget. Plain arithmetic, no Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Viewport:
    """A picture letterboxed into an area, perhaps mirrored.

    Parameters
    ----------
    width, height
        Of the picture, in its own pixels.
    area_width, area_height
        Of the widget, in logical pixels.
    mirrored
        Whether left and right change places on the screen; the picture's own coordinates stay.
    """

    width: int
    height: int
    area_width: float
    area_height: float
    mirrored: bool = False

    @property
    def scale(self) -> float:
        """Logical pixels per pixel of the picture."""
        return min(self.area_width / self.width, self.area_height / self.height)

    @property
    def rectangle(self) -> tuple[float, float, float, float]:
        """x, y, width, height of the picture in the widget."""
        width, height = self.width * self.scale, self.height * self.scale
        return (self.area_width - width) / 2, (self.area_height - height) / 2, width, height

    def to_view(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map (..., 2) points of the picture to the widget."""
        left, top, width, _ = self.rectangle
        placed = np.asarray(points, np.float64) * self.scale
        x = width - placed[..., 0] if self.mirrored else placed[..., 0]
        return np.stack([x + left, placed[..., 1] + top], axis=-1)

    def to_source(self, x: float, y: float) -> tuple[float, float] | None:
        """Map a point of the widget to the picture; None where it is beside it."""
        left, top, width, height = self.rectangle
        inside_x, inside_y = x - left, y - top
        if not (0 <= inside_x < width and 0 <= inside_y < height):
            return None
        if self.mirrored:
            inside_x = width - inside_x
        return inside_x / self.scale, inside_y / self.scale

    def boxes_to_view(self, boxes: NDArray[np.floating]) -> NDArray[np.float64]:
        """Map (n, 4) boxes x1, y1, x2, y2; they stay in this order when mirrored."""
        corners = self.to_view(np.asarray(boxes).reshape(-1, 2, 2))
        return np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1)
