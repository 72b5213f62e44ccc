"""Heatmaps to keypoints between the cells.

Zhang et al., Distribution-Aware Coordinate Representation (DARK, CVPR 2020), with the blur of Huang et al., Unbiased
Data Processing (UDP, CVPR 2020), as transformers' ``post_process_pose_estimation`` computes it: the strongest cell,
then one Newton step on the logarithm of the blurred heatmap.
"""

from __future__ import annotations

import torch
from torch import nn

_RADIUS, _SIGMA = 5, 0.8
"""Of the blur, in cells."""
_LEAST, _MOST = 0.001, 50.0
"""Between which a heatmap is clipped before its logarithm is taken."""


class DarkDecoder(nn.Module):
    """Finds each keypoint's place in its heatmap.

    The blur is separable and wanted at nine cells only, so each is two small matrix products with rows of a blur
    matrix, which know of the reflection at the border, too.

    Parameters
    ----------
    rows, columns
        Size of the heatmaps.
    """

    around: torch.Tensor
    blur_y: torch.Tensor
    blur_x: torch.Tensor

    def __init__(self, rows: int, columns: int) -> None:
        super().__init__()
        self.rows, self.columns = rows, columns
        self.register_buffer("around", torch.tensor([-1, 0, 1]))
        self.register_buffer("blur_y", _blur_matrix(rows))
        self.register_buffer("blur_x", _blur_matrix(columns))

    def forward(self, heatmaps: torch.Tensor) -> tuple[torch.Tensor]:
        """Return ((n, k, 3) x, y in cells and score,) of (n, k, rows, columns) float32 `heatmaps`."""
        scores, places = heatmaps.flatten(2).max(2)
        row = torch.div(places, self.columns, rounding_mode="floor")
        column = places - row * self.columns
        near_y = self.blur_y[(row.unsqueeze(2) + self.around).clamp(0, self.rows - 1)]
        near_x = self.blur_x[(column.unsqueeze(2) + self.around).clamp(0, self.columns - 1)]
        blurred = near_y @ heatmaps @ near_x.transpose(2, 3)
        step_x, step_y = _newton_step(blurred.clamp(_LEAST, _MOST).log())
        return (torch.stack([column + step_x, row + step_y, scores], 2),)


def _newton_step(log: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return how far from the middle of (n, k, 3, 3) `log` its quadratic has its top, in cells."""
    middle, right, left = log[..., 1, 1], log[..., 1, 2], log[..., 1, 0]
    below, above = log[..., 2, 1], log[..., 0, 1]
    dx, dy = (right - left) * 0.5, (below - above) * 0.5
    # the reference keeps the Hessian invertible this way
    epsilon = torch.finfo(torch.float32).eps
    dxx, dyy = right - 2 * middle + left + epsilon, below - 2 * middle + above + epsilon
    dxy = (log[..., 2, 2] - right - below + 2 * middle - left - above + log[..., 0, 0]) * 0.5
    determinant = dxx * dyy - dxy * dxy
    return -(dyy * dx - dxy * dy) / determinant, -(dxx * dy - dxy * dx) / determinant


def _blur_matrix(size: int) -> torch.Tensor:
    """Return the (size, size) matrix that blurs a column, which is reflected at its ends (d c b a | a b c d)."""
    offsets = torch.arange(-_RADIUS, _RADIUS + 1)
    weights = torch.exp(-0.5 * (offsets.double() / _SIGMA) ** 2)
    weights /= weights.sum()
    matrix = torch.zeros(size, size, dtype=torch.float64)
    cells = torch.arange(size)
    for offset, weight in zip(offsets.tolist(), weights.tolist(), strict=True):
        place = (cells + offset) % (2 * size)
        matrix[cells, torch.minimum(place, 2 * size - 1 - place)] += weight
    return matrix.float()
