"""Where a model runs and in what numbers, as the user asks for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from vitpose_live.errors import DeviceError, SettingsError


class Runtime(StrEnum):
    """The part of a device's name that says who runs the network."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"
    OPENVINO = "openvino"


class Precision(StrEnum):
    """Numbers a network computes in."""

    AUTO = "auto"
    """The fastest that the device computes natively and that loses no accuracy."""
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"
    INT8 = "int8"


@dataclass(frozen=True, slots=True)
class Device:
    """A device asked for.

    Parameters
    ----------
    runtime
        Who runs the network.
    target
        Which one: the index of a CUDA device, the name of an OpenVINO device; empty for the first.
    """

    runtime: Runtime
    target: str = ""

    def __str__(self) -> str:
        return f"{self.runtime}:{self.target}" if self.target else str(self.runtime)


_FORMS = "auto, cpu, cuda, cuda:INDEX, mps or openvino:DEVICE"
_DEVICE = re.compile(r"(auto|cpu|mps)|cuda(?::(\d+))?|openvino:([A-Za-z][\w.:,()-]*)")


def parse_device(text: str) -> Device:
    """Read a device such as ``"auto"``, ``"cuda:1"`` or ``"openvino:GPU"``.

    Raises
    ------
    DeviceError
        When it has none of the known forms.
    """
    match = _DEVICE.fullmatch(text.strip())
    if match is None:
        raise DeviceError(f"unknown device {text!r}", hint=f"expected {_FORMS}")
    plain, index, openvino = match.groups()
    if plain:
        return Device(Runtime(plain))
    return Device(Runtime.OPENVINO, openvino.upper()) if openvino else Device(Runtime.CUDA, index or "")


def parse_precision(text: str) -> Precision:
    """Read a precision such as ``"auto"`` or ``"fp32"``.

    Raises
    ------
    SettingsError
        When there is no such precision.
    """
    try:
        return Precision(text)
    except ValueError:
        raise SettingsError(f"unknown precision {text!r}", hint=f"expected {', '.join(Precision)}") from None
