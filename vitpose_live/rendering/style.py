"""Colours and proportions: the one place where they are chosen. All colours are RGB, 0..255."""

from __future__ import annotations

import colorsys
from functools import lru_cache
from typing import Final

Colour = tuple[int, int, int]

LEFT: Final[Colour] = (56, 174, 255)
"""The person's own left side. Blue against orange is told apart in every common colour blindness."""
RIGHT: Final[Colour] = (255, 150, 40)
"""The person's own right side."""
CENTRE: Final[Colour] = (240, 238, 230)
"""Neither side: the trunk's cross-bones, the nose."""
OUTLINE: Final[Colour] = (14, 16, 22)
"""Around every stroke, so that it reads on snow as well as on coal."""

INK_DARK: Final[Colour] = (14, 16, 22)
INK_LIGHT: Final[Colour] = (250, 250, 250)
PLATE: Final[Colour] = (22, 25, 32)
"""Ground of the value of an angle; the colours of both sides read on it."""
WEDGE_OPACITY: Final = 0.4
"""Of the tint between two limbs."""
CARD_OPACITY: Final = 0.9
"""Of the coach's cards: nearly all, so that they read on any ground."""
CARD_SIZE: Final = 0.03
"""Size of a card's letters as a fraction of the picture's shorter side."""
CUE_INK: Final[Colour] = (255, 206, 92)
"""Of what the coach says now."""
PAPER: Final[Colour] = (20, 22, 28)
"""Ground of a contact sheet."""
CELL: Final[Colour] = (34, 37, 45)
"""Ground of a contact sheet's cell, seen where a picture does not fill it."""
CELL_LIGHT: Final[Colour] = (66, 72, 86)
"""What is off, on a plate or in a cell."""
TITLE_INK: Final[Colour] = (244, 244, 242)
CAPTION_INK: Final[Colour] = (184, 188, 197)

STROKE_PER_SIZE: Final = 0.012
"""Width of a bone as a fraction of the person's size."""
STROKE_MIN: Final = 1 / 420
"""Thinnest bone as a fraction of the picture's shorter side."""
STROKE_MAX: Final = 1 / 50
"""Thickest bone as a fraction of the picture's shorter side."""
STROKE_PER_BONE: Final = 0.3
"""Thickest bone as a fraction of its own length, which keeps faces and hands open."""
STROKE_TAPER: Final = 0.4
"""Thinnest that short bones make a stroke, as a fraction of the person's."""
LONELY_DOT: Final = 0.5
"""`DOT_PER_STROKE` for a joint without bones."""
DOT_PER_STROKE: Final = 0.85
"""Radius of a joint as a fraction of the stroke's width there."""
DOT_MIN: Final = 1.25
"""Smallest radius of a joint in pixels; a smaller one fades into its outline."""
ARM_PER_BOX: Final = 0.15
"""Length of a box's corner marks as a fraction of its longer side."""
LABEL_PER_BOX: Final = 0.055
"""Size of a label's letters as a fraction of the longer side of the box."""
LABEL_RANGE: Final = (0.020, 0.032)
"""Smallest and largest letters as fractions of the picture's shorter side."""
VALUE_SIZE: Final = 0.018
"""Size of the letters of an angle's value as a fraction of the picture's shorter side."""
LABEL_MIN: Final = 11
"""Smallest letters in pixels that can be read at all."""

_GOLDEN: Final = 0x9E3779B97F4A7C15
"""2**64 divided by the golden ratio: multiples of it, modulo 2**64, stay as far apart as can be."""
_FIRST_HUE: Final = 0.66
"""Hue of id 0, chosen so that the first few people are neither `LEFT` nor `RIGHT`."""
_TIERS: Final = ((0.78, 0.95), (0.62, 0.90), (0.52, 0.65), (0.42, 0.90))
"""Lightness and saturation that ids take in turn, for those whose hues come close."""


@lru_cache(maxsize=1024)
def person_colour(track_id: int) -> Colour:
    """Colour of the person called `track_id`: the same id has the same colour in every picture and every run.

    Hues advance by the golden ratio, in exact integer arithmetic so that large ids are as good as small ones.
    """
    hue = ((int(track_id) * _GOLDEN % 2**64) / 2**64 + _FIRST_HUE) % 1
    lightness, saturation = _TIERS[int(track_id) % len(_TIERS)]
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return round(255 * red), round(255 * green), round(255 * blue)


def ink_on(ground: Colour) -> Colour:
    """Dark or light text colour, whichever contrasts more with `ground` (relative luminance as in WCAG 2)."""
    red, green, blue = ((channel / 255) ** 2.2 for channel in ground)
    return INK_DARK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.18 else INK_LIGHT
