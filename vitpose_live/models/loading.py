"""Names to loaded models."""

from __future__ import annotations

from typing import Any, Protocol

from vitpose_live.data import Detections, Frame, Poses, Skeleton, Tracks
from vitpose_live.errors import SettingsError
from vitpose_live.models.catalog import ModelKind, find
from vitpose_live.models.device import parse_device, parse_precision
from vitpose_live.registry import Registry

architectures = Registry("model architecture", "vitpose_live.model_architectures")
"""Architecture of a catalogue row to its factory, called as ``factory(row, device, precision, **arguments)``."""

architectures.register("nanodet", "vitpose_live.models.nanodet:NanoDetDetector")
architectures.register("movenet", "vitpose_live.models.movenet:MoveNetPoseEstimator")


class LoadedModel(Protocol):
    """A model that says what it is and what it really runs on."""

    @property
    def name(self) -> str:
        """Catalogue name, such as ``"movenet-thunder"``."""

    @property
    def device(self) -> str:
        """What it runs on, such as ``"openvino:CPU"``."""

    @property
    def precision(self) -> str:
        """What it computes in: ``fp32``, ``bf16``, ``fp16`` or ``int8``."""


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
        ``auto``, ``embedded`` or a detector of the catalogue.
    device
        ``auto``, ``cpu``, ``cuda``, ``cuda:INDEX``, ``mps`` or ``openvino:DEVICE``.
    precision
        ``auto``, ``fp32``, ``bf16``, ``fp16`` or ``int8``.
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
        When the model's file is missing or damaged.
    ModelError
        When the model cannot be loaded for another reason.
    """
    if not 0 <= conf <= 1:
        raise SettingsError(f"conf: expected 0..1, got {conf:g}")
    detector: LoadedDetector = _load(ModelKind.DETECTOR, name, device, precision, conf=conf)
    return detector


def load_pose_estimator(
    name: str = "auto", device: str = "auto", precision: str = "auto", dataset_index: int = 0
) -> LoadedPoseEstimator:
    """Load a model that finds the keypoints of people whose boxes are known.

    Parameters
    ----------
    name
        ``auto``, ``embedded`` (the best), ``embedded-fast`` or a pose model of the catalogue.
    device, precision
        As for `load_detector`.
    dataset_index
        Which of its training sets a model with several experts answers for; models with one take only 0.

    Raises
    ------
    UnknownNameError
        When there is no such model.
    SettingsError
        When `dataset_index` or `precision` will not do.
    DeviceError
        When the device is not there or cannot run this model.
    WeightsError
        When the model's file is missing or damaged.
    ModelError
        When the model cannot be loaded for another reason.
    """
    estimator: LoadedPoseEstimator = _load(ModelKind.POSE, name, device, precision, dataset_index=dataset_index)
    return estimator


def _load(kind: ModelKind, name: str, device: str, precision: str, **arguments: Any) -> Any:
    row = find(name, kind)
    wanted_device, wanted_precision = parse_device(device), parse_precision(precision)
    return architectures.get(row.architecture)(row, wanted_device, wanted_precision, **arguments)
