"""What pixels are multiplied by, and what is added."""

import math

import pytest

from vitpose_live.errors import ModelError
from vitpose_live.models.normalisation import read_normalisation


def test_imagenets_numbers_where_the_file_says_nothing():
    scale, shift = read_normalisation("x", {})
    assert scale[0] == pytest.approx(1 / 255 / 0.229)
    assert shift[2] == pytest.approx(-0.406 / 0.225)
    assert read_normalisation("x", {}, normalise=False) == ((1 / 255,) * 3, (0.0,) * 3)


def test_what_the_file_switches_off_is_off():
    assert read_normalisation("x", {"do_rescale": False, "do_normalize": False}) == ((1.0,) * 3, (0.0,) * 3)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("image_mean", [0.5, 0.5]), ("image_mean", "0.5"), ("image_mean", None), ("image_mean", [0.5, 0.5, "x"]),
        ("image_std", [1, 0, 1]), ("image_std", [1, math.nan, 1]), ("image_std", [1, math.inf, 1]),
        ("image_std", [1, 1, True]), ("rescale_factor", "x"), ("rescale_factor", None),
    ],
)  # fmt: skip
def test_values_that_cannot_be_used_are_named(key, value):
    with pytest.raises(ModelError, match=f"x: {key} in its preprocessor_config.json"):
        read_normalisation("x", {key: value})
