"""What happens when a device runs out of memory or is lost: a smaller step, said aloud, instead of an end."""

from __future__ import annotations

import contextlib
import gc
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, auto
from threading import RLock
from typing import Generic, Protocol, TypeVar

from vitpose_live.errors import DeviceError
from vitpose_live.models.device import Device, Precision, Runtime, resolve


class Runs(Protocol):
    """What runs on a device."""

    @property
    def device(self) -> str:
        """What it runs on, such as ``"cuda:0"`` or ``"openvino:CPU"``."""

    @property
    def precision(self) -> str:
        """What it computes in: ``fp32``, ``bf16``, ``fp16`` or ``int8``."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know of the choice and of how it runs, a line each: every fallback that was taken."""


Part = TypeVar("Part", bound=Runs)
Result = TypeVar("Result")


_DEVICE_ERROR = re.compile(r"(CUDA|cuDNN|HIP) error|(CUBLAS|CUDNN)_STATUS_")


class _Trouble(Enum):
    MEMORY = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True)
class _Step:
    device: Device
    precision: Precision
    max_batch: int
    halved: bool = False


class Fallback(Generic[Part]):
    """A part that goes on in a smaller way when its device cannot go on as it is.

    Out of memory: half the batch once, then fp16 where it was fp32, then the CPU. Device lost: the CPU at once.

    Parameters
    ----------
    name
        The model's name, for notices.
    build
        Builds the part for a device, a precision and the most rows at once.
    device, precision, max_batch
        Where to begin.
    """

    def __init__(
        self,
        name: str,
        build: Callable[[Device, Precision, int], Part],
        device: Device,
        precision: Precision,
        max_batch: int = 16,
    ) -> None:
        self._name = name
        self._build = build
        self._step = _Step(resolve(device), precision, max_batch)
        self._said: tuple[str, ...] = ()
        self._part: Part | None = None
        self._lock = RLock()
        self.run(lambda part: part)

    @property
    def part(self) -> Part:
        """The part as it is now."""
        return self.run(lambda part: part)

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know, a line each."""
        return (*self._said, *self.part.notices)

    def run(self, work: Callable[[Part], Result]) -> Result:
        """Return what `work` makes of the part; it is called again after each fallback.

        Raises
        ------
        DeviceError
            When the device fails and there is nothing left to fall back to.
        """
        while True:
            part, step = self._current()
            try:
                return work(part)
            except RuntimeError as error:
                trouble = _trouble(error)
                if trouble is None:
                    raise
                _let_go(error)
                del part
                self._fall_back(step, trouble, error)

    def _current(self) -> tuple[Part, _Step]:
        """Return the part and the step that it was built for; built now if need be."""
        with self._lock:
            while self._part is None:
                try:
                    self._part = self._build(self._step.device, self._step.precision, self._step.max_batch)
                except RuntimeError as error:
                    trouble = _trouble(error)
                    if trouble is None:
                        raise
                    _let_go(error)
                    self._fall_back(self._step, trouble, error)
            return self._part, self._step

    def _fall_back(self, failed: _Step, trouble: _Trouble, error: RuntimeError) -> None:
        """Take the next step after `failed`, unless another thread has done so already."""
        with self._lock:
            if self._step is not failed:
                return
            after = _smaller(failed, trouble)
            what = "ran out of memory" if trouble is _Trouble.MEMORY else "was lost"
            if after is None:
                raise DeviceError(
                    f"{self._name}: {failed.device} {what}", hint="choose a smaller model, or close other programs"
                ) from error
            if after.device != failed.device:
                how = "goes on on the CPU, slower"
            elif after.precision != failed.precision:
                how = f"goes on in {after.precision}"
            else:
                how = f"goes on with {after.max_batch} people at a time"
            self._said += (f"{self._name}: {failed.device} {what}; {how}",)
            self._step, self._part = after, None
            _free_memory()


def _smaller(step: _Step, trouble: _Trouble) -> _Step | None:
    if step.device.runtime not in (Runtime.CUDA, Runtime.MPS):
        return None
    if trouble is _Trouble.MEMORY and not step.halved and step.max_batch > 1:
        return replace(step, max_batch=step.max_batch // 2, halved=True)
    in_fp32 = step.precision is Precision.FP32 or (
        step.precision is Precision.AUTO and step.device.runtime is Runtime.MPS
    )
    if trouble is _Trouble.MEMORY and in_fp32:
        return replace(step, precision=Precision.FP16)
    return _Step(Device(Runtime.CPU), Precision.AUTO, step.max_batch)


def _trouble(error: RuntimeError) -> _Trouble | None:
    """Tell a device's trouble from a mistake; without torch there is no such device."""
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    text = str(error)
    # not all of them have a class of their own: MPS, cuBLAS and cuDNN only say so
    if isinstance(error, torch.OutOfMemoryError) or "out of memory" in text or "_ALLOC_FAILED" in text:
        return _Trouble.MEMORY
    lost = isinstance(error, torch.AcceleratorError) or _DEVICE_ERROR.search(text)
    return _Trouble.LOST if lost else None


def _let_go(error: BaseException | None) -> None:
    """Empty the frames that failed: they hold the part, which must be gone before the next is built."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def _free_memory() -> None:
    torch = sys.modules["torch"]
    gc.collect()
    with contextlib.suppress(RuntimeError):  # a lost device has nothing to free
        torch.cuda.empty_cache()
