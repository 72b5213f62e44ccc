"""transformers' object detectors as the pipeline's person detector."""

from __future__ import annotations

from functools import partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Detections, Frame
from vitpose_live.data.checks import instance
from vitpose_live.models.boxes import clipped
from vitpose_live.models.catalog import ModelRow
from vitpose_live.models.checkpoint import Checkpoint, open_checkpoint, usable_values
from vitpose_live.models.detr.people import Floats, people
from vitpose_live.models.detr.pictures import scaled_on_device, scaled_on_host
from vitpose_live.models.detr.recipe import Recipe, person_labels, read_recipe
from vitpose_live.models.device import Device, Precision
from vitpose_live.models.fallback import Fallback
from vitpose_live.models.graph import Graph
from vitpose_live.models.networks import Network, build_network, uploaded

_USUAL_FRAME = (720, 1280)
"""(height, width) that a model which keeps the aspect is loaded for, before it has seen a frame."""
_SIZES_KEPT = 4
"""Networks kept at once by a model which keeps the aspect: there is one for each size of picture."""
_BILINEAR = 2


class DetrDetector:
    """Finds the boxes of people.

    Parameters
    ----------
    row
        The catalogue's row, or one for another repository or folder. Option: ``input_size``, (height, width) in pixels,
        to look at pictures of another size than the checkpoint says.
    device, precision
        Where and in what numbers to run.
    conf
        Score above which a detection is believed.
    notices
        What there is to say of how the model was chosen.

    Raises
    ------
    ModelError
        When it is no detector, or none that knows people.
    WeightsError, DeviceError
        As `vitpose_live.models.load_detector` says.
    """

    def __init__(
        self, row: ModelRow, device: Device, precision: Precision, *, conf: float, notices: tuple[str, ...] = ()
    ) -> None:
        checkpoint = open_checkpoint(row)
        self.name = row.name
        self._recipe = read_recipe(
            row.name, checkpoint.model_type, checkpoint.preprocessor, row.options.get("input_size")
        )
        with usable_values(row.name):
            self._labels = person_labels(row.name, checkpoint.raw)
        self._conf = conf
        self._said = notices
        self._networks = Fallback(
            row.name, partial(_Networks, checkpoint, self._recipe), device, precision, max_batch=1
        )

    @property
    def device(self) -> str:
        """What it runs on."""
        return self._networks.part.device

    @property
    def precision(self) -> str:
        """What it computes in."""
        return self._networks.part.precision

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of the choice and of how it runs, a line each."""
        return (*self._said, *self._networks.notices)

    def detect(self, frame: Frame) -> Detections:
        """Return the people in `frame`, strongest first; empty when there is nobody."""
        instance("frame", frame, Frame)
        logits, places = self._networks.run(lambda networks: networks.answers(frame.image))
        boxes, scores = people(logits, places, self._labels, self._recipe.scoring, self._conf)
        sides = np.array([frame.width, frame.height] * 2, np.float32)
        boxes = clipped(boxes * sides, frame.width, frame.height)
        good = (boxes[:, 2:] > boxes[:, :2]).all(axis=1)
        return Detections(boxes[good], scores[good])


class _Networks:
    """The networks on one device: one, or for a model which keeps the aspect one for each size of picture."""

    def __init__(
        self, checkpoint: Checkpoint, recipe: Recipe, device: Device, precision: Precision, max_batch: int
    ) -> None:
        self._checkpoint, self._recipe = checkpoint, recipe
        self._asked = (device, precision, max_batch)
        self._by_size: dict[tuple[int, int], Network] = {}
        self._lock = Lock()
        network = self._for(recipe.input_size(*_USUAL_FRAME))
        self.device, self.precision, self.notices = network.device, network.precision, network.notices

    def answers(self, image: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """Return (queries, classes) logits and (queries, 4) boxes for a (rows, columns, 3) `image`."""
        size = self._recipe.input_size(*image.shape[:2])
        network = self._for(size)
        found = network(self._picture(image, size, network.torch_device)[None])
        logits, boxes = (found[output][0] for output in ("logits", "boxes"))
        if network.torch_device is not None:
            logits, boxes = logits.cpu().numpy(), boxes.cpu().numpy()
        return logits, boxes

    def _picture(self, image: NDArray[np.uint8], size: tuple[int, int], where: Any) -> Any:
        """Return the (height, width, 3) uint8 picture that the network wants, where it wants it."""
        if where is None:
            return scaled_on_host(image, size, self._recipe.resample)
        if where.type != "cpu" and self._recipe.resample == _BILINEAR:
            return scaled_on_device(uploaded(image, where), size)
        return uploaded(scaled_on_host(image, size, self._recipe.resample), where)

    def _for(self, size: tuple[int, int]) -> Network:
        with self._lock:
            network = self._by_size.pop(size, None) or self._built(size)
            self._by_size[size] = network  # now the last to go
            while len(self._by_size) > _SIZES_KEPT:
                del self._by_size[next(iter(self._by_size))]
            return network

    def _built(self, size: tuple[int, int]) -> Network:
        device, precision, max_batch = self._asked
        normalised = "-".join(f"{number:.6g}" for number in (*self._recipe.scale, *self._recipe.shift))
        key = f"{self._checkpoint.key}-{size[0]}x{size[1]}-{normalised}"
        make = partial(_graph, self._checkpoint, self._recipe, size)
        return build_network(self._checkpoint.name, key, make, device, precision, max_batch=max_batch)


def _graph(checkpoint: Checkpoint, recipe: Recipe, size: tuple[int, int]) -> Graph:
    import torch  # noqa: PLC0415
    from transformers import AutoModelForObjectDetection  # noqa: PLC0415

    from vitpose_live.models.detr.graph import QuerySelectionDetector, detector_graph  # noqa: PLC0415

    network = checkpoint.load(AutoModelForObjectDetection)
    module = detector_graph(network, size, recipe.scale, recipe.shift).eval()
    example, outputs = torch.zeros(1, *size, 3, dtype=torch.uint8), ("logits", "boxes")
    if isinstance(module, QuerySelectionDetector):
        return Graph(module, example, outputs, precise=frozenset(module.answers.modules()))
    return Graph(module, example, outputs, autocast=True)
