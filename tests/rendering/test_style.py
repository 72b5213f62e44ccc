"""Colours: stable, distinct, legible."""

import itertools

import numpy as np
import pytest

from vitpose_live.rendering import person_colour, style


def _distance(first, second):
    return float(np.linalg.norm(np.subtract(first, second)))


def test_the_same_id_always_has_the_same_colour():
    before = [person_colour(track) for track in range(200)]
    style.person_colour.cache_clear()
    assert [person_colour(np.int64(track)) for track in range(200)] == before


def test_fifty_ids_are_told_apart():
    colours = [person_colour(track) for track in range(50)]
    assert min(_distance(*pair) for pair in itertools.combinations(colours, 2)) > 20


@pytest.mark.parametrize("start", [0, 10**6, 2**62])
def test_neighbouring_ids_are_far_apart_however_large_they_are(start):
    colours = [person_colour(track) for track in range(start, start + 8)]
    assert min(_distance(*pair) for pair in itertools.combinations(colours, 2)) > 35


def test_the_first_people_are_not_coloured_as_a_side():
    for track, side in itertools.product(range(1, 4), (style.LEFT, style.RIGHT, style.CENTRE)):
        assert _distance(person_colour(track), side) > 60


def test_sides_differ_for_the_colour_blind():
    # Vienot, Brettel, Mollon 1999: linear RGB as seen without the long-wave (protan) or middle-wave (deutan) cones
    protan = np.array([[0.11238, 0.88762, 0], [0.11238, 0.88762, 0], [0.00401, -0.00401, 1]])
    deutan = np.array([[0.29275, 0.70725, 0], [0.29275, 0.70725, 0], [-0.02234, 0.02234, 1]])
    left, right = ((np.array(colour) / 255) ** 2.2 for colour in (style.LEFT, style.RIGHT))
    for seen in (protan, deutan):
        first, second = (255 * np.clip(seen @ colour, 0, 1) ** (1 / 2.2) for colour in (left, right))
        assert _distance(first, second) > 120


def test_ink_contrasts_with_its_ground():
    def luminance(colour):
        linear = (np.array(colour) / 255) ** 2.2
        return float(linear @ [0.2126, 0.7152, 0.0722])

    for track in range(200):
        ground = person_colour(track)
        darker, lighter = sorted((luminance(ground), luminance(style.ink_on(ground))))
        assert (lighter + 0.05) / (darker + 0.05) > 4  # WCAG 2 contrast ratio; 3 is asked of large or bold text
