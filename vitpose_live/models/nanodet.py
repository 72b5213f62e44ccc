"""NanoDet: boxes of people from one look at the whole picture.

RangiLyu, NanoDet (2020), https://github.com/RangiLyu/nanodet. Each cell of three grids says, as distributions over
0..10 strides, how far the four sides of its object are (generalized focal loss, https://arxiv.org/abs/2006.04388).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections, Frame
from vitpose_live.data.checks import instance
from vitpose_live.models.boxes import Boxes, clipped, strongest_of_each
from vitpose_live.models.catalog import ModelRow
from vitpose_live.models.device import Device, Precision
from vitpose_live.models.openvino_runtime import OpenVinoNetwork
from vitpose_live.models.weights import verified_files

_STRIDES = (8, 16, 32)
_CLASSES = 80
_PERSON = 0
_BINS = 11
_MEAN_COLOUR = (124, 116, 104)
"""RGB that the network's normalisation maps to zero."""

Floats = NDArray[np.float32]


class NanoDetDetector:
    """Finds the boxes of people.

    Parameters
    ----------
    row
        The catalogue's row. Options: ``looks``, each the ``longer_side`` in pixels to which the picture is scaled and
        the ``smallest`` people believed there, their longer side as a share of the picture's (a look at 640 misses
        large people, one at 416 small ones); ``duplicate_overlap``, the intersection over union above which two boxes
        are the same person; ``limit``, the most people returned; ``calibration``, the network's scores and what they
        are worth, rising.
    device, precision
        Where and in what numbers to run.
    conf
        Calibrated score below which a detection is dropped.
    notices
        What there is to say of how the model was chosen.

    Raises
    ------
    WeightsError, DeviceError, ModelError
        As `vitpose_live.models.load_detector` says.
    """

    def __init__(
        self, row: ModelRow, device: Device, precision: Precision, *, conf: float, notices: tuple[str, ...] = ()
    ) -> None:
        network_file, _ = verified_files(row)
        self.name = row.name
        self._looks: Sequence[Mapping[str, float]] = row.options["looks"]
        self._network = OpenVinoNetwork(row.name, network_file, (-1, -1, 3), device, precision)
        self.device = self._network.device
        self.precision = self._network.precision
        self.notices = notices
        self._conf = conf
        self._duplicate_overlap: float = row.options["duplicate_overlap"]
        self._limit: int = row.options["limit"]
        self._calibration: Mapping[str, Sequence[float]] = row.options["calibration"]

    def detect(self, frame: Frame) -> Detections:
        """Return the people in `frame`, strongest first; empty when there is nobody."""
        instance("frame", frame, Frame)
        looks = [self._look(frame.image, int(look["longer_side"]), look["smallest"]) for look in self._looks]
        boxes = clipped(np.concatenate([boxes for boxes, _ in looks]), frame.width, frame.height)
        raw = np.concatenate([scores for _, scores in looks])
        scores = np.interp(raw, self._calibration["raw"], self._calibration["worth"]).astype(np.float32)
        good = (scores >= self._conf) & (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        boxes, scores = boxes[good], scores[good]
        kept = strongest_of_each(boxes, scores, self._duplicate_overlap)[: self._limit]
        return Detections(boxes[kept], scores[kept])

    def _look(self, image: NDArray[np.uint8], longer_side: int, smallest: float) -> tuple[Boxes, Floats]:
        picture, scale = fitted(image, longer_side)
        boxes, scores = decode({name: head[0] for name, head in self._network(picture[None]).items()})
        large = (boxes[:, 2:] - boxes[:, :2]).max(axis=1) >= smallest * longer_side
        return boxes[large] / scale, scores[large]


def fitted(image: NDArray[np.uint8], longer_side: int) -> tuple[NDArray[np.uint8], Floats]:
    """Scale a picture with its aspect kept, and pad it right and below to whole cells of the coarsest grid.

    Parameters
    ----------
    image
        (rows, columns, 3) uint8 RGB.
    longer_side
        Of the result, in pixels, before padding.

    Returns
    -------
    image : (height, width, 3) uint8
        Sides in multiples of 32.
    scale : (4,) float32
        Pixels of the result per pixel of the picture, for x1, y1, x2, y2.
    """
    rows, columns = image.shape[:2]
    factor = longer_side / max(rows, columns)
    height, width = max(round(rows * factor), 1), max(round(columns * factor), 1)
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    coarsest = _STRIDES[-1]
    padded = np.full((-(-height // coarsest) * coarsest, -(-width // coarsest) * coarsest, 3), _MEAN_COLOUR, np.uint8)
    padded[:height, :width] = cv2.resize(image, (width, height), interpolation=method)
    return padded, np.array([width / columns, height / rows] * 2, np.float32)


def decode(heads: Mapping[str, Floats], floor: float = 0.05) -> tuple[Boxes, Floats]:
    """Return the boxes that the network takes for people.

    Parameters
    ----------
    heads
        ``stride8``, ``stride16``, ``stride32``: (124, rows, columns), 80 class logits, then 11 per box side.
    floor
        Score, 0..1, under which a cell is not looked at.

    Returns
    -------
    boxes : (n, 4) float32
        x1, y1, x2, y2 in pixels of the network's input; duplicates included.
    scores : (n,) float32
        The network's own, 0..1.
    """
    parts = [_decode_grid(heads[f"stride{stride}"], stride, floor) for stride in _STRIDES]
    return np.concatenate([boxes for boxes, _ in parts]), np.concatenate([scores for _, scores in parts])


def _decode_grid(head: Floats, stride: int, floor: float) -> tuple[Boxes, Floats]:
    columns = head.shape[2]
    cells = head.reshape(len(head), -1)
    candidates = np.flatnonzero(cells[_PERSON] > np.log(floor / (1 - floor)))
    chosen = cells[:, candidates]
    people = chosen[_PERSON] >= chosen[:_CLASSES].max(axis=0)
    candidates, chosen = candidates[people], chosen[:, people]
    scores = 1 / (1 + np.exp(-chosen[_PERSON]))
    sides = chosen[_CLASSES:].reshape(4, _BINS, -1)
    weights = np.exp(sides - sides.max(axis=1, keepdims=True))
    distances = np.einsum("sbn,b->ns", weights / weights.sum(axis=1, keepdims=True), np.arange(_BINS)) * stride
    centres = (np.stack([candidates % columns, candidates // columns], axis=1) + 0.5) * stride
    boxes = np.concatenate([centres - distances[:, :2], centres + distances[:, 2:]], axis=1)
    return boxes.astype(np.float32), scores.astype(np.float32)
