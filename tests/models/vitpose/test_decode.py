"""Places between the cells, as transformers finds them."""

import numpy as np
import pytest
import torch
from transformers import VitPoseImageProcessorPil

from vitpose_live.models.vitpose.decode import DarkDecoder

ROWS, COLUMNS = 64, 48


def bumps(x, y, width=2.0, height=1.0):
    grid_y, grid_x = np.mgrid[:ROWS, :COLUMNS]
    x, y = (np.asarray(each, float)[..., None, None] for each in (x, y))
    return (height * np.exp(-((grid_x - x) ** 2 + (grid_y - y) ** 2) / (2 * width**2))).astype(np.float32)


def decoded(heatmaps):
    return DarkDecoder(ROWS, COLUMNS)(torch.from_numpy(heatmaps))[0].numpy()


def reference(heatmaps):
    processor = VitPoseImageProcessorPil()
    n = len(heatmaps)
    # a window as large as the heatmap gives cells
    scale = np.tile(np.array([COLUMNS - 1, ROWS - 1], np.float32) / 200, (n, 1))
    places, scores = processor.keypoints_from_heatmaps(heatmaps, scale * 100, scale)
    return places, scores[..., 0]


@pytest.fixture
def rng():
    return np.random.default_rng(3)


def test_peaks_anywhere_match_the_reference(rng):
    heatmaps = bumps(rng.uniform(0, COLUMNS - 1, (8, 17)), rng.uniform(0, ROWS - 1, (8, 17)))
    heatmaps += rng.normal(0, 0.01, heatmaps.shape).astype(np.float32)
    places, scores = reference(heatmaps)
    cells = decoded(heatmaps)
    np.testing.assert_allclose(cells[..., :2], places, atol=2e-3)
    np.testing.assert_array_equal(cells[..., 2], scores)


@pytest.mark.parametrize("corner", [(0, 0), (COLUMNS - 1, 0), (0, ROWS - 1), (COLUMNS - 1, ROWS - 1), (20, 0)])
def test_the_border_is_reflected_as_in_the_reference(corner):
    heatmaps = bumps([[corner[0]]], [[corner[1]]], height=0.8)
    np.testing.assert_allclose(decoded(heatmaps)[..., :2], reference(heatmaps)[0], atol=2e-3)


def test_a_bump_is_found_where_it_is(rng):
    x, y = rng.uniform(8, COLUMNS - 9, (1, 17)), rng.uniform(8, ROWS - 9, (1, 17))
    cells = decoded(bumps(x, y))
    np.testing.assert_allclose(cells[..., 0], x, atol=0.02)
    np.testing.assert_allclose(cells[..., 1], y, atol=0.02)


def test_a_mirrored_heatmap_gives_the_mirrored_place(rng):
    heatmaps = bumps(rng.uniform(0, COLUMNS - 1, (1, 17)), rng.uniform(0, ROWS - 1, (1, 17)))
    plain, mirrored = decoded(heatmaps), decoded(np.ascontiguousarray(heatmaps[..., ::-1]))
    np.testing.assert_allclose(mirrored[..., 0], COLUMNS - 1 - plain[..., 0], atol=1e-3)
    np.testing.assert_allclose(mirrored[..., 1], plain[..., 1], atol=1e-3)


def test_a_flat_heatmap_gives_no_wild_place():
    cells = decoded(np.zeros((1, 17, ROWS, COLUMNS), np.float32))
    assert np.isfinite(cells).all()
    assert (cells[..., 2] == 0).all()
