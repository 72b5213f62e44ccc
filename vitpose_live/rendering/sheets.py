"""Several pictures on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import InvalidArrayError, SettingsError
from vitpose_live.rendering import style
from vitpose_live.rendering.text import draw_text, fit_text

_MAX_COLUMNS = 6
_PAGE_ASPECT = 1.7
"""Width over height that a page should come near to when the number of columns is left open."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Sizes in pixels of a page's parts."""

    width: int
    columns: int
    rows: int
    aspect: float
    titled: bool

    @property
    def margin(self) -> int:
        return max(4, round(self.width / 48))

    @property
    def gap(self) -> int:
        return max(3, round(self.width / 80))

    @property
    def title_size(self) -> int:
        return max(12, round(self.width / 52))

    @property
    def caption_size(self) -> int:
        return max(10, round(self.width / 96))

    @property
    def header(self) -> int:
        return self.margin + (round(1.9 * self.title_size) if self.titled else 0)

    @property
    def cell_width(self) -> int:
        return max(1, (self.width - 2 * self.margin - (self.columns - 1) * self.gap) // self.columns)

    @property
    def cell_height(self) -> int:
        return max(1, round(self.cell_width / self.aspect))

    @property
    def row_height(self) -> int:
        return self.cell_height + round(2.4 * self.caption_size)

    @property
    def height(self) -> int:
        return self.header + self.rows * self.row_height + (self.rows - 1) * self.gap + self.margin // 2


def contact_sheet(
    images: Sequence[NDArray[np.uint8]],
    captions: Sequence[str],
    *,
    title: str = "",
    columns: int | None = None,
    width: int = 1920,
) -> NDArray[np.uint8]:
    """Arrange `images` in a grid, each above its caption, row by row.

    Every cell has the shape that fits most pictures (the median aspect); others are centred in it, whole. Text that is
    too long is shortened with an ellipsis.

    Parameters
    ----------
    images
        At least one (h, w, 3) uint8 RGB picture; sizes may differ.
    captions
        One line per picture; may be empty.
    title
        A line above them all; no room is kept for an empty one.
    columns
        Pictures side by side; None chooses by their number and shape.
    width
        Width of the page in pixels, at least 160; its height follows.

    Returns
    -------
    (height, width, 3) uint8 RGB, the caller's own

    Raises
    ------
    InvalidArrayError
        When there is no picture, one is not a picture, or there is not one caption for each.
    SettingsError
        When `columns` or `width` is too small.
    """
    _check(images, captions, columns, width)
    aspect = float(np.median([image.shape[1] / image.shape[0] for image in images]))
    layout = _choose_layout(len(images), float(np.clip(aspect, 0.4, 4)), columns, width, titled=bool(title))
    page = np.empty((layout.height, width, 3), np.uint8)
    page[:] = style.PAPER
    if title:
        line = fit_text(title, width - 2 * layout.margin, layout.title_size, 650)
        baseline = layout.margin + round(0.85 * layout.title_size)
        draw_text(page, line, layout.margin, baseline, layout.title_size, 650, style.TITLE_INK)
    for position, (image, caption) in enumerate(zip(images, captions, strict=True)):
        row, column = divmod(position, layout.columns)
        x = layout.margin + column * (layout.cell_width + layout.gap)
        y = layout.header + row * (layout.row_height + layout.gap)
        page[y : y + layout.cell_height, x : x + layout.cell_width] = _fitted(image, layout)
        line = fit_text(caption, layout.cell_width, layout.caption_size)
        baseline = y + layout.cell_height + round(1.6 * layout.caption_size)
        draw_text(page, line, x, baseline, layout.caption_size, 400, style.CAPTION_INK)
    return page


def _check(images: Sequence[NDArray[np.uint8]], captions: Sequence[str], columns: int | None, width: int) -> None:
    if not images:
        raise InvalidArrayError("images: expected at least one picture, got none")
    for position, image in enumerate(images):
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
            raise InvalidArrayError(
                f"images[{position}]: expected (height, width, 3) uint8, got {image.shape} {image.dtype}"
            )
    if len(captions) != len(images):
        raise InvalidArrayError(f"captions: expected {len(images)}, one per picture, got {len(captions)}")
    if columns is not None and columns < 1:
        raise SettingsError(f"columns: expected 1 or more, got {columns}")
    if width < 160:
        raise SettingsError(f"width: expected 160 pixels or more, got {width}")


def _choose_layout(count: int, aspect: float, columns: int | None, width: int, *, titled: bool) -> _Layout:
    choices = [columns] if columns is not None else range(1, min(count, _MAX_COLUMNS) + 1)
    layouts = [_Layout(width, choice, -(-count // choice), aspect, titled) for choice in choices]

    def cost(layout: _Layout) -> float:
        empty = layout.columns * layout.rows / count - 1
        return float(abs(np.log(layout.width / layout.height / _PAGE_ASPECT)) + empty)

    return min(layouts, key=cost)


def _fitted(image: NDArray[np.uint8], layout: _Layout) -> NDArray[np.uint8]:
    scale = min(layout.cell_width / image.shape[1], layout.cell_height / image.shape[0])
    width = min(max(1, round(image.shape[1] * scale)), layout.cell_width)
    height = min(max(1, round(image.shape[0] * scale)), layout.cell_height)
    resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    if (width, height) == (layout.cell_width, layout.cell_height):
        return resized.astype(np.uint8, copy=False)
    cell = np.empty((layout.cell_height, layout.cell_width, 3), np.uint8)
    cell[:] = style.CELL
    x, y = (layout.cell_width - width) // 2, (layout.cell_height - height) // 2
    cell[y : y + height, x : x + width] = resized
    return cell
