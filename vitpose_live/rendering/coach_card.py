"""What a coach says of a person, on a card beside them: the count, large enough for the other end of the room."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Feedback, FrameResult
from vitpose_live.rendering import style
from vitpose_live.rendering.card_places import Rectangle, best_place, faces
from vitpose_live.rendering.text import CAP_HEIGHT, draw_text, fit_text, paste, rounded_mask, text_width

CUE_SECONDS = 2.5
"""How long a cue stays on the card."""
PHASES = ("down", "bottom", "up", "top")
"""The bar has a part for each; in a rest none of them is lit."""

_LONGEST_GAP = 2.0
"""Seconds between two pictures after which nothing of the one before is remembered."""
_UNCROWDED = 3
"""People whose cards have their full size; with more of them cards are smaller."""
_CUE_LINES = 2


@dataclass(slots=True)
class _Memory:
    """What stays from picture to picture: a card that hopped about could not be read.

    Parameters
    ----------
    place
        x, y of the card's top left corner.
    cue, said_at
        The latest cue, and when it was given last.
    """

    place: tuple[int, int] | None = None
    cue: str = ""
    said_at: float = -np.inf


class CoachCards:
    """Draws a card for each coached person, over whatever is drawn already.

    A card stays where it is until it would be in the way or far from its person. It remembers the picture before for
    that; a jump in time makes it forget.
    """

    def __init__(self) -> None:
        self._memories: dict[int, _Memory] = {}
        self._time = -np.inf

    def draw(self, image: NDArray[np.uint8], result: FrameResult, kpt_thr: float = 0.3) -> None:
        """Draw the cards of `result` into `image`, its picture.

        Parameters
        ----------
        image
            (h, w, 3) uint8 RGB, changed in place.
        kpt_thr
            Least score, 0..1, of a joint that shows where a face is.
        """
        time = result.frame.time
        if not 0 <= time - self._time <= _LONGEST_GAP:
            self._memories.clear()
        self._time = time
        boxes = dict(zip(result.poses.track_ids.tolist(), result.poses.boxes.tolist(), strict=True))
        boxes |= dict(zip(result.tracks.ids.tolist(), result.tracks.boxes.tolist(), strict=True))
        coached = [feedback for feedback in result.feedback if feedback.track_id in boxes]
        self._memories = {each.person: self._memories.get(each.person, _Memory()) for each in coached}
        size = _letters(image, len(coached))
        hidden = faces(result.poses, kpt_thr)
        taken: list[Rectangle] = []
        for feedback in coached:
            memory = self._memories[feedback.person]
            picture, opacity = card(feedback, self._cue(feedback, memory, time), size)
            height, width = opacity.shape
            if height > image.shape[0] or width > image.shape[1]:
                continue  # half a card would show half a number
            own = boxes[feedback.track_id]
            others = [box for track, box in boxes.items() if track != feedback.track_id]
            area = image.shape[1], image.shape[0]
            memory.place = best_place((width, height), own, others, hidden, taken, area, memory.place)
            x, y = memory.place
            taken.append((x, y, x + width, y + height))
            paste(image, picture, opacity, x, y)

    @staticmethod
    def _cue(feedback: Feedback, memory: _Memory, time: float) -> str:
        if feedback.cues:
            memory.cue, memory.said_at = feedback.cues[0], time
        return memory.cue if time - memory.said_at <= CUE_SECONDS else ""


def card(feedback: Feedback, cue: str, size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Make one person's card.

    Parameters
    ----------
    cue
        What to say; empty for nothing.
    size
        Of the letters in pixels; a card is 13 times as wide, more from 100 repetitions on.

    Returns
    -------
    (h, w, 3) RGB picture and (h, w) opacity, uint8; both shared, so read-only.
    """
    return _card(
        exercise_title(feedback.exercise),
        f"{int(feedback.held_s)} s" if feedback.held_s else str(feedback.repetitions),
        feedback.partial_repetitions,
        "hold" if feedback.held_s else feedback.phase,
        cue,
        size,
        style.person_colour(feedback.track_id),
    )


def exercise_title(name: str) -> str:
    """Write the name of an exercise for people: ``front_squat`` is ``Front squat``."""
    words = name.replace("_", " ").strip()
    return words[:1].upper() + words[1:]


@lru_cache(maxsize=32)
def _card(
    title: str, count: str, partial: int, phase: str, cue: str, size: int, colour: style.Colour
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    stripe, margin, large = max(3, round(0.3 * size)), round(0.7 * size), round(3.4 * size)
    left = stripe + margin
    number = text_width(count, large, 750)
    aside = left + number + margin
    width = max(round(13.4 * size), aside + 6 * size + margin)
    lines = _wrapped(cue, width - left - margin, size)
    small = max(style.LABEL_MIN, round(0.8 * size))
    under_title = margin + round(1.35 * small)
    under_count = under_title + round(CAP_HEIGHT * large)
    height = under_count + margin + (round(0.2 * size) + round(1.4 * size) * len(lines) if lines else 0)
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = style.PLATE
    picture[:, :stripe] = colour
    name = fit_text(title, width - left - margin, small, 600)
    draw_text(picture, name, left, margin + round(CAP_HEIGHT * small), small, 600, style.CAPTION_INK)
    draw_text(picture, count, left, under_count, large, 750, style.TITLE_INK)
    room = width - aside - margin
    word = fit_text(phase, room, size, 600)
    draw_text(picture, word, aside, under_title + round(CAP_HEIGHT * size), size, 600, style.TITLE_INK)
    bar = round(0.34 * size)
    middle = under_title + round((CAP_HEIGHT + 0.45) * size)
    _draw_phases(picture, phase, aside, middle, room, bar)
    if partial:
        said = fit_text(f"+ {partial} partial", room, small)
        draw_text(picture, said, aside, under_count, small, 400, style.CAPTION_INK)
    for position, line in enumerate(lines, 1):
        baseline = under_count + round(0.2 * size) + round(1.4 * size) * position
        draw_text(picture, line, left, baseline, size, 600, style.CUE_INK)
    shape = rounded_mask(width, height, round(0.5 * size))
    opacity = np.round(shape * style.CARD_OPACITY).astype(np.uint8)
    picture.flags.writeable = opacity.flags.writeable = False
    return picture, opacity


def _draw_phases(picture: NDArray[np.uint8], phase: str, x: int, y: int, width: int, height: int) -> None:
    gap = max(1, height // 2)
    part = (width - gap * (len(PHASES) - 1)) // len(PHASES)
    mask = rounded_mask(part, height, height // 2)
    for position, name in enumerate(PHASES):
        ink = np.array(style.CUE_INK if name == phase else style.CELL_LIGHT, np.uint8)
        paste(picture, np.broadcast_to(ink, (*mask.shape, 3)), mask, x + position * (part + gap), y)


def _wrapped(text: str, width: int, size: int) -> list[str]:
    """Break `text` into at most two lines of `width` pixels, the last one shortened where it must be."""
    lines: list[str] = []
    words = text.split()
    while words and len(lines) < _CUE_LINES:
        last = len(lines) == _CUE_LINES - 1
        taken = len(words)
        while not last and taken > 1 and text_width(" ".join(words[:taken]), size, 600) > width:
            taken -= 1
        line = fit_text(" ".join(words[:taken]), width, size, 600)
        if not line:
            break
        lines.append(line)
        words = words[taken:]
    return lines


def _letters(image: NDArray[np.uint8], people: int) -> int:
    """Height in pixels of the letters that suit `image`."""
    crowd = min(1.0, sqrt(_UNCROWDED / max(1, people)))
    size: float = style.CARD_SIZE * crowd * min(image.shape[:2])
    return max(style.LABEL_MIN, round(size))
