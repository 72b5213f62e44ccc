"""Where a model runs and in what numbers, as the user asks for it."""

from __future__ import annotations

import ctypes
import platform
import re
import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from vitpose_live.errors import DeviceError, SettingsError


class Runtime(StrEnum):
    """The part of a device's name that says who runs the network."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    MPS = "mps"
    OPENVINO = "openvino"
    TORCH = "torch"
    """torch on the CPU: the reference that every other way is compared with."""


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

    @classmethod
    def of(cls, torch_device: Any) -> Device:
        """Return the device that a network with this `torch_device` runs on; None is the host, left to OpenVINO."""
        if torch_device is None:
            return cls(Runtime.CPU)
        if torch_device.type == "cuda":
            return cls(Runtime.CUDA, str(torch_device.index))
        return cls(Runtime.MPS) if torch_device.type == "mps" else cls(Runtime.TORCH, "cpu")


_FORMS = "auto, cpu, cuda, cuda:INDEX, mps, openvino:DEVICE or torch:cpu"
_DEVICE = re.compile(r"(auto|cpu|mps)|cuda(?::(\d+))?|openvino:([A-Za-z][\w.:,()-]*)|(torch):cpu")


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
    plain, index, openvino, torch = match.groups()
    if plain:
        return Device(Runtime(plain))
    if torch:
        return Device(Runtime.TORCH, "cpu")
    return (
        Device(Runtime.OPENVINO, openvino.upper())
        if openvino
        else Device(Runtime.CUDA, str(int(index)) if index else "")
    )


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


def resolve(device: Device) -> Device:
    """Return the device that `device` means on this machine: ``auto`` takes the fastest there is.

    Raises
    ------
    DeviceError
        When torch cannot use the device asked for.
    """
    if device.runtime is Runtime.AUTO:
        if _driver_present() and _cuda_count():
            return Device(Runtime.CUDA, "0")
        return Device(Runtime.MPS if _mps_present() else Runtime.CPU)
    if device.runtime is Runtime.CUDA:
        count = _cuda_count()
        if int(device.target or 0) >= count:
            raise DeviceError(f"{device} is not here: torch finds {_devices(count)}", hint=_cuda_hint())
        return Device(Runtime.CUDA, device.target or "0")
    if device.runtime is Runtime.MPS and not _mps_present():
        raise DeviceError("mps is not here: it needs a Mac with Apple silicon", hint="use --device auto")
    return device


def unused_accelerator() -> str:
    """Return a line about a graphics card that is in the machine but cannot be used; empty when there is none."""
    if _driver_present() and not _cuda_count():
        return f"an NVIDIA driver is here, but torch cannot use it, so the CPU computes: {_cuda_hint()}"
    return ""


@cache
def native_bf16() -> bool:
    """Whether this CPU has instructions for bf16; without them it is slower there than fp32."""
    from vitpose_live.models.openvino_runtime import capabilities  # noqa: PLC0415

    return "BF16" in capabilities("CPU")


@cache
def _driver_present() -> bool:
    """Look for NVIDIA's driver, which costs nothing; importing torch to ask it takes seconds."""
    try:
        ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return False
    return True


@cache
def _cuda_count() -> int:
    import torch  # noqa: PLC0415

    return torch.cuda.device_count() if torch.cuda.is_available() else 0


@cache
def _mps_present() -> bool:
    if platform.system() != "Darwin" or platform.machine() != "arm64":
        return False
    import torch  # noqa: PLC0415

    return torch.backends.mps.is_available()


def _devices(count: int) -> str:
    return f"{count} CUDA device{'' if count == 1 else 's'}"


def _cuda_hint() -> str:
    import torch  # noqa: PLC0415

    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built without CUDA; install a CUDA build of it (https://pytorch.org)"
    return "use --device auto, or see what nvidia-smi says"
