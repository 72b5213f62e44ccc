"""Names to loaded models."""

from __future__ import annotations

from typing import Any, Protocol

from vitpose_live.data import Detections, Frame, Poses, Skeleton, Tracks
from vitpose_live.errors import ModelError, SettingsError
from vitpose_live.models.catalog import ModelKind, ModelRow, find, preferred, rows
from vitpose_live.models.device import (
    Device,
    Precision,
    Runtime,
    parse_device,
    parse_precision,
    resolve,
    unused_accelerator,
)
from vitpose_live.models.fallback import Runs
from vitpose_live.models.hub import is_cached
from vitpose_live.registry import Registry

architectures = Registry("model architecture", "vitpose_live.model_architectures")
"""Architecture of a catalogue row to its factory, called as ``factory(row, device, precision, notices=, ...)``."""

architectures.register("detr", "vitpose_live.models.detr:DetrDetector")
architectures.register("vitpose", "vitpose_live.models.vitpose.estimator:ViTPoseEstimator")
architectures.register("nanodet", "vitpose_live.models.nanodet:NanoDetDetector")
architectures.register("movenet", "vitpose_live.models.movenet:MoveNetPoseEstimator")


class LoadedModel(Runs, Protocol):
    """A model that says what it is and what it really runs on."""

    @property
    def name(self) -> str:
        """Catalogue name, such as ``"movenet-thunder"``."""


class LoadedDetector(LoadedModel, Protocol):
    """Finds people in a picture."""

    def detect(self, frame: Frame) -> Detections:
        """Return the people in `frame`, strongest first; empty when there is nobody."""


class LoadedPoseEstimator(LoadedModel, Protocol):
    """Finds the keypoints of people whose boxes are known."""

    @property
    def skeleton(self) -> Skeleton:
        """The keypoints it names."""

    def estimate(self, frame: Frame, tracks: Tracks) -> Poses:
        """Return one row per track, in the order of `tracks`."""


def load_detector(
    name: str = "auto", device: str = "auto", precision: str = "auto", conf: float = 0.3
) -> LoadedDetector:
    """Load a person detector.

    Parameters
    ----------
    name
        ``auto``, ``embedded``, a detector of the catalogue, a Hugging Face repository or a local folder. ``auto`` is
        the best that is on this machine for this device; a model asked for by name is downloaded if need be.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:INDEX``, ``mps``, ``openvino:DEVICE`` or ``torch:cpu``.
    precision
        ``auto``, ``fp32``, ``bf16``, ``fp16`` or ``int8``, which is for pose models and means ``auto`` here.
    conf
        Score, 0..1, below which a detection is dropped.

    Raises
    ------
    UnknownNameError
        When there is no such model.
    SettingsError
        When `conf` or `precision` will not do.
    DeviceError
        When the device is not there or cannot run this model.
    WeightsError
        When the model's files are missing, damaged or cannot be downloaded.
    ModelError
        When the model cannot be loaded for another reason.
    """
    if not 0 <= conf <= 1:
        raise SettingsError(f"conf: expected 0..1, got {conf:g}")
    notices: tuple[str, ...] = ()
    if parse_precision(precision) is Precision.INT8:
        # boxes that are a little off cost more than they save
        precision, notices = "auto", ("int8 is for pose models only; the detector does not compute in it",)
    detector: LoadedDetector = _load(ModelKind.DETECTOR, name, device, precision, notices, conf=conf)
    return detector


def load_pose_estimator(
    name: str = "auto",
    device: str = "auto",
    precision: str = "auto",
    dataset_index: int = 0,
    *,
    flip_test: bool = False,
) -> LoadedPoseEstimator:
    """Load a model that finds the keypoints of people whose boxes are known.

    Parameters
    ----------
    name
        As for `load_detector`, and ``embedded-fast``.
    device, precision
        As for `load_detector`.
    dataset_index
        Which of its training sets a model with several experts answers for; models with one take only 0.
    flip_test
        Average with what the model sees in the mirrored picture, as the paper's evaluation does: a little more exact,
        twice the time.

    Raises
    ------
    UnknownNameError
        When there is no such model.
    SettingsError
        When `dataset_index` or `precision` will not do.
    DeviceError
        When the device is not there or cannot run this model.
    WeightsError
        When the model's files are missing, damaged or cannot be downloaded.
    ModelError
        When the model cannot be loaded for another reason.
    """
    estimator: LoadedPoseEstimator = _load(
        ModelKind.POSE, name, device, precision, dataset_index=dataset_index, flip_test=flip_test
    )
    return estimator


def _load(
    kind: ModelKind, name: str, device: str, precision: str, known: tuple[str, ...] = (), **arguments: Any
) -> Any:
    wanted_device, wanted_precision = parse_device(device), parse_precision(precision)
    row = _best_here(kind, wanted_device) if name == "auto" else find(name, kind)
    notices = list(known)
    if name == "auto" and row.files:
        notices.append(_embedded_notice(kind, row))
    if wanted_device.runtime is Runtime.AUTO and (idle := unused_accelerator()):
        notices.append(idle)
    factory = architectures.get(row.architecture)
    return factory(row, wanted_device, wanted_precision, notices=tuple(notices), **arguments)


def _best_here(kind: ModelKind, device: Device) -> ModelRow:
    """Return the best model for `device` that needs no download; the embedded one when no other is here."""
    if any(is_cached(row) for row in rows(kind)):  # else do not ask which device there is, which can cost seconds
        for row in preferred(kind, _device_class(resolve(device))):
            if is_cached(row):
                return row
    if device.runtime in (Runtime.CUDA, Runtime.MPS):
        best = preferred(kind, str(device.runtime))[0].name
        raise ModelError(
            f"no {kind} model for {device} is on this machine",
            hint=f"get one with `vitpose-live models download {best}`",
        )
    return find("embedded", kind)


def _device_class(device: Device) -> str:
    return str(device.runtime) if device.runtime in (Runtime.CUDA, Runtime.MPS) else "cpu"


def _embedded_notice(kind: ModelKind, row: ModelRow) -> str:
    better = preferred(kind, "cpu")[0].name
    return (
        f"the embedded {row.name} is the {kind} model, because no better one is on this machine; "
        f"`vitpose-live models download {better}` gets one"
    )
