"""MoveNet single pose, run top-down: on a window around each person.

Google, MoveNet (2021), https://www.tensorflow.org/hub/tutorials/movenet: MobileNetV2 with a feature pyramid and four
heads at stride 4. The person nearest the middle is picked, its joints are guessed by regression from its centre, and
each guess is moved to the best nearby peak of that joint's heatmap; the graph's own post-processing, vectorised.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Frame, Poses, Skeleton, Tracks, load_skeleton
from vitpose_live.data.checks import instance
from vitpose_live.errors import SettingsError
from vitpose_live.models.catalog import ModelRow
from vitpose_live.models.crops import cut, windows_around
from vitpose_live.models.device import Device, Precision
from vitpose_live.models.openvino_runtime import OpenVinoNetwork
from vitpose_live.models.weights import verified_files

_STRIDE = 4
_FALLOFF = 1.8
"""Cells added to a distance before a score is divided by it, in both steps of the original graph."""

Floats = NDArray[np.float32]


class MoveNetPoseEstimator:
    """Finds the keypoints of people whose boxes are known.

    Parameters
    ----------
    row
        The catalogue's row. Options: ``input_size`` (height, width), multiples of 32; ``padding``, how many times
        larger than the box the window is; ``mirrored``, whether to average with what the network sees in
        the mirrored window, which takes twice as long.
    device, precision
        Where and in what numbers to run.
    dataset_index
        Only 0: MoveNet knows one set of keypoints.
    flip_test
        The same as the option ``mirrored``.
    notices
        What there is to say of how the model was chosen.

    Raises
    ------
    SettingsError
        When `dataset_index` is not 0.
    WeightsError, DeviceError, ModelError
        As `vitpose_live.models.load_pose_estimator` says.
    """

    def __init__(
        self,
        row: ModelRow,
        device: Device,
        precision: Precision,
        *,
        dataset_index: int,
        flip_test: bool = False,
        notices: tuple[str, ...] = (),
    ) -> None:
        if dataset_index != 0:
            raise SettingsError(
                f"dataset_index: expected 0, got {dataset_index}", hint=f"{row.name} knows one set of keypoints"
            )
        network_file, _ = verified_files(row)
        assert row.skeleton is not None
        self.name = row.name
        self._skeleton = load_skeleton(row.skeleton)
        self._input_size: tuple[int, int] = tuple(row.options["input_size"])
        self._padding: float = row.options["padding"]
        self._mirrored: bool = row.options["mirrored"] or flip_test
        self._network = OpenVinoNetwork(row.name, network_file, (*self._input_size, 3), device, precision)
        self.device = self._network.device
        self.precision = self._network.precision
        self.notices = notices

    @property
    def skeleton(self) -> Skeleton:
        """The keypoints it names."""
        return self._skeleton

    def estimate(self, frame: Frame, tracks: Tracks) -> Poses:
        """Return one row per track, in the order of `tracks`; a person wholly outside the frame has no keypoint."""
        instance("frame", frame, Frame)
        instance("tracks", tracks, Tracks)
        n, k = len(tracks), len(self._skeleton)
        keypoints = np.full((n, k, 2), np.nan, np.float32)
        scores = np.zeros((n, k), np.float32)
        height, width = self._input_size
        windows = windows_around(tracks.boxes, width / height, self._padding)
        seen = (windows[:, :2] < (frame.width, frame.height)).all(axis=1) & (windows[:, 2:] > 0).all(axis=1)
        if seen.any():
            crops = cut(frame.image, windows[seen], width, height)
            cells, scores[seen] = decode(self._heads(crops))
            low, high = windows[seen, None, :2], windows[seen, None, 2:]
            keypoints[seen] = low + cells * (_STRIDE / np.array([width, height], np.float32)) * (high - low)
        return Poses(keypoints, scores, tracks.ids, tracks.boxes, self._skeleton)

    def _heads(self, crops: NDArray[np.uint8]) -> dict[str, Floats]:
        heads = self._network(crops)
        if self._mirrored:
            turned = turned_back(self._network(np.ascontiguousarray(crops[:, :, ::-1])), self._skeleton)
            heads = {name: (head + turned[name]) * np.float32(0.5) for name, head in heads.items()}
        return heads


def turned_back(heads: Mapping[str, Floats], skeleton: Skeleton) -> dict[str, Floats]:
    """Return the `heads` that the network gave for mirrored windows as if for the windows themselves.

    Position x in a row of w cells is w - x in the mirror, cell j is w - 1 - j, so an x measured from its cell
    becomes 1 - x.
    """
    order = skeleton.mirror_order
    n, k, rows, columns = heads["heatmaps"].shape
    turned = {name: head[..., ::-1] for name, head in heads.items()}
    turned["heatmaps"] = turned["heatmaps"][:, order]
    for name in ("regressed", "offsets"):
        vectors = turned[name].reshape(n, k, 2, rows, columns)[:, order]
        vectors[:, :, 1] = 1 - vectors[:, :, 1]
        turned[name] = vectors.reshape(n, 2 * k, rows, columns)
    return turned


def decode(heads: Mapping[str, Floats]) -> tuple[Floats, Floats]:
    """Return the keypoints of the person nearest the middle of each window.

    Parameters
    ----------
    heads
        ``centers`` (n, 1, rows, columns) and ``heatmaps`` (n, k, rows, columns), 0..1; ``regressed`` and ``offsets``
        (n, 2 k, rows, columns), in cells, y before x for each keypoint.

    Returns
    -------
    cells : (n, k, 2) float32
        x, y in cells of the heatmaps.
    scores : (n, k) float32
        0..1.
    """
    heatmaps = heads["heatmaps"]
    n, k, rows, columns = heatmaps.shape
    y, x = (axis.astype(np.float32) for axis in np.mgrid[:rows, :columns])
    people = np.arange(n)

    centrality = 1 / (np.hypot(y - rows // 2, x - columns // 2) + _FALLOFF)
    centres = (heads["centers"][:, 0] * centrality).reshape(n, -1).argmax(axis=1)
    row, column = np.divmod(centres, columns)
    guess_y, guess_x = np.moveaxis(heads["regressed"].reshape(n, k, 2, rows, columns)[people, :, :, row, column], 2, 0)
    guess_y, guess_x = guess_y + row[:, None], guess_x + column[:, None]

    distances = np.hypot(y - guess_y[..., None, None], x - guess_x[..., None, None])
    peaks = (heatmaps / (distances + _FALLOFF)).reshape(n, k, -1).argmax(axis=2)
    row, column = np.divmod(peaks, columns)
    who, joint = people[:, None], np.arange(k)[None]
    offset_y, offset_x = np.moveaxis(heads["offsets"].reshape(n, k, 2, rows, columns)[who, joint, :, row, column], 2, 0)
    cells = np.stack([column + offset_x, row + offset_y], axis=2).astype(np.float32)
    return cells, np.clip(heatmaps[who, joint, row, column], 0, 1)
