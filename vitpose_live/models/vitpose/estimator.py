"""ViTPose as the pipeline's pose estimator."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.data import Frame, Poses, Skeleton, Tracks
from vitpose_live.data.checks import instance
from vitpose_live.errors import ModelError, SettingsError
from vitpose_live.models.calibration import calibration_boxes, calibration_picture
from vitpose_live.models.catalog import ModelRow
from vitpose_live.models.checkpoint import Checkpoint, open_checkpoint
from vitpose_live.models.device import Device, Precision
from vitpose_live.models.fallback import Fallback
from vitpose_live.models.graph import Graph
from vitpose_live.models.networks import build_network, uploaded
from vitpose_live.models.normalisation import read_normalisation
from vitpose_live.models.vitpose.labels import skeleton_from_facts, skeleton_of, trained_for
from vitpose_live.models.vitpose.windows import Windows, cut_on_device, cut_on_host, windows_around

"""Far more than any has; a wrong number should not take all memory."""


class ViTPoseEstimator:
    """Finds the keypoints of people whose boxes are known.

    Parameters
    ----------
    row
        The catalogue's row, or one for another repository or folder.
    device, precision
        Where and in what numbers to run.
    dataset_index
        Which of its training sets a model with several experts answers for.
    flip_test
        Average with what the network sees in the mirrored picture: a little more exact, twice the time.
    notices
        What there is to say of how the model was chosen.

    Raises
    ------
    SettingsError
        When the model has no such `dataset_index`, or `flip_test` does not know left from right.
    ModelError
        When it is no ViTPose model.
    WeightsError, DeviceError
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
        checkpoint = open_checkpoint(row)
        if checkpoint.model_type != "vitpose":
            raise ModelError(
                f"{row.name} is a {checkpoint.model_type} model, not a pose model that can be run",
                hint="ViTPose checkpoints in the Hugging Face format are supported (model_type vitpose)",
            )
        self.name = row.name
        self._said = notices
        build = partial(Parts, checkpoint, dataset_index, flip_test)
        self._parts = Fallback(row.name, build, device, precision)
        if dataset_index > 0 and self.skeleton.name != (meant := trained_for(dataset_index)):
            self._said += (
                f"{row.name} answers with {self.skeleton.name} keypoints, not {meant}, though expert {dataset_index}"
                " is chosen: published ViTPose+ files have no other head; `vitpose-live models convert` makes models"
                " with the others from the original file",
            )

    @property
    def parts(self) -> Parts:
        """Its steps, as they run now."""
        return self._parts.part

    @property
    def device(self) -> str:
        """What it runs on."""
        return self.parts.device

    @property
    def precision(self) -> str:
        """What it computes in."""
        return self.parts.precision

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of the choice and of how it runs, a line each."""
        return (*self._said, *self._parts.notices)

    @property
    def skeleton(self) -> Skeleton:
        """The keypoints it names."""
        return self.parts.skeleton

    def estimate(self, frame: Frame, tracks: Tracks) -> Poses:
        """Return one row per track, in the order of `tracks`; a person wholly outside the frame has no keypoint."""
        instance("frame", frame, Frame)
        instance("tracks", tracks, Tracks)
        n, k = len(tracks), len(self.skeleton)
        keypoints = np.full((n, k, 2), np.nan, np.float32)
        scores = np.zeros((n, k), np.float32)
        windows = self.parts.windows(tracks.boxes)
        seen = windows.seen(frame.width, frame.height)
        if seen.any():
            windows = windows.select(seen)
            cells = self._parts.run(lambda parts: parts.locate(frame.image, windows))
            rows, columns = self.parts.heatmap_size
            found = np.isfinite(cells).all(axis=2) & (cells[:, :, 2] > 0)
            places = windows.to_frame(cells[:, :, :2], rows, columns)
            keypoints[seen] = np.where(found[:, :, None], places, np.nan)
            scores[seen] = np.where(found, np.clip(cells[:, :, 2], 0, 1), 0)
        return Poses(keypoints, scores, tracks.ids, tracks.boxes, self.skeleton)


class Parts:
    """The two networks on one device: pictures to heatmaps, heatmaps to places."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        dataset_index: int,
        flip_test: bool,
        device: Device,
        precision: Precision,
        max_batch: int,
    ) -> None:
        name = checkpoint.name
        key = f"{checkpoint.key}-{dataset_index}{'-flip' if flip_test else ''}"
        make = partial(_graph, checkpoint, dataset_index, flip_test)
        self._network = build_network(name, key, make, device, precision, max_batch=max_batch)
        facts = self._network.facts
        self.device, self.precision, self.notices = self._network.device, self._network.precision, self._network.notices
        self.skeleton = skeleton_from_facts(facts["skeleton"])
        self.heatmap_size: tuple[int, int] = tuple(facts["heatmap_size"])
        self._input_size: tuple[int, int] = tuple(facts["input_size"])
        where = Device.of(self._network.torch_device)
        shape = (len(self.skeleton), *self.heatmap_size)
        # fp32 whatever the network computes in: half numbers would cost a fifth of a pixel
        self._decoder = build_network(
            f"{name}'s decoder", "dark-{}-{}-{}".format(*shape), partial(_decoder, shape), where, Precision.FP32
        )

    def windows(self, boxes: NDArray[np.float32]) -> Windows:
        """Return the windows around (n, 4) `boxes` that the network wants to see."""
        height, width = self._input_size
        return windows_around(boxes, width, height)

    def locate(self, image: NDArray[np.uint8], windows: Windows) -> NDArray[np.float32]:
        """Return (n, k, 3) x, y in cells of the heatmaps, and score."""
        found = self.decode(self.heatmaps(self.cut(image, windows)))
        return np.asarray(found if self._network.torch_device is None else found.cpu().numpy(), np.float32)

    def cut(self, image: NDArray[np.uint8], windows: Windows) -> Any:
        """Return the (n, height, width, 3) pictures, where the network wants them."""
        if self._network.torch_device is None:
            return cut_on_host(image, windows)
        return cut_on_device(uploaded(image, self._network.torch_device), windows)

    def heatmaps(self, pictures: Any) -> Any:
        """Return the (n, k, rows, columns) heatmaps of `pictures`."""
        return self._network(pictures)["heatmaps"]

    def decode(self, heatmaps: Any) -> Any:
        """Return (n, k, 3) x, y in cells of `heatmaps`, and score."""
        return self._decoder(heatmaps)["cells"]


def _graph(checkpoint: Checkpoint, dataset_index: int, flip_test: bool) -> Graph:
    import torch  # noqa: PLC0415
    from transformers import VitPoseForPoseEstimation  # noqa: PLC0415

    from vitpose_live.models.vitpose.graph import PlainViTPose  # noqa: PLC0415

    config = checkpoint.config
    experts = max(1, config.backbone_config.num_experts)
    if not 0 <= dataset_index < experts:
        expected = f"0..{experts - 1}" if experts > 1 else "0"
        raise SettingsError(
            f"dataset_index: expected {expected}, got {dataset_index}",
            hint=f"{checkpoint.name} has {experts} expert{'' if experts == 1 else 's'}",
        )
    skeleton = skeleton_of(config, dataset_index)
    order = None
    if flip_test:
        if not skeleton.mirror_pairs:
            raise SettingsError(
                f"flip_test: {checkpoint.name} does not say which keypoints are left and right", hint="leave it out"
            )
        order = skeleton.mirror_order.tolist()
    normalisation = read_normalisation(checkpoint.name, checkpoint.preprocessor)
    module = PlainViTPose(checkpoint.load(VitPoseForPoseEstimation), dataset_index, *normalisation, order).eval()
    height, width = module.input_size
    example = torch.zeros(1, height, width, 3, dtype=torch.uint8)
    with torch.inference_mode():
        rows, columns = module(example)[0].shape[2:]
    facts = {
        "input_size": [height, width],
        "heatmap_size": [rows, columns],
        "skeleton": {
            "name": skeleton.name,
            "keypoints": skeleton.keypoints,
            "edges": skeleton.edges,
            "mirror_pairs": skeleton.mirror_pairs,
        },
    }
    return Graph(
        module,
        example,
        ("heatmaps",),
        facts,
        precise=frozenset(module.precise()),
        calibration=partial(_calibration, width, height),
    )


def _calibration(width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    picture = calibration_picture()
    for boxes in calibration_boxes():
        for person in cut_on_host(picture, windows_around(boxes, width, height)):
            yield person[None]


def _decoder(shape: tuple[int, int, int]) -> Graph:
    import torch  # noqa: PLC0415

    from vitpose_live.models.vitpose.decode import DarkDecoder  # noqa: PLC0415

    return Graph(DarkDecoder(*shape[1:]).eval(), torch.zeros(1, *shape), ("cells",))
