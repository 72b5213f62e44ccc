"""How a network runs: OpenVINO from a converted file that is kept, or torch on a CUDA, MPS or CPU device."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vitpose_live.models.checkpoint import usable_values
from vitpose_live.models.device import Device, Precision, Runtime, native_bf16, resolve
from vitpose_live.models.graph import Graph

if TYPE_CHECKING:
    import torch

Array = Any
"""NumPy array where the network computes on the host, torch tensor on its device elsewhere."""


class Network(Protocol):
    """A network on its device."""

    device: str
    """Such as ``"openvino:CPU"`` or ``"cuda:0"``."""
    precision: str
    """What it computes in."""
    facts: Mapping[str, Any]
    """The `Graph`'s."""
    torch_device: Any
    """The `torch.device` where inputs must lie and outputs come; None: NumPy arrays on the host."""
    notices: tuple[str, ...]
    """What the user should know of how it runs, a line each."""

    def __call__(self, inputs: Array) -> dict[str, Array]:
        """Return the outputs by name, float32, valid until the next call; `inputs` (n, ...), n at least 1."""


def build_network(
    name: str, key: str, make: Callable[[], Graph], device: Device, precision: Precision, *, max_batch: int = 16
) -> Network:
    """Build a network for `device`.

    Parameters
    ----------
    name
        The model's name, for errors.
    key
        Tells this network from any other, weights and settings included: the name of its converted file.
    make
        Builds the network in torch; called only where that is needed, because it takes seconds.
    device, precision
        Where and in what to run; ``auto`` chooses.
    max_batch
        Rows that go through at once on a CUDA or MPS device.

    Raises
    ------
    DeviceError
        When the device is not there or does not compute in that precision.
    ModelError
        When the network cannot be converted or compiled.
    """
    device = resolve(device)

    def made() -> Graph:
        with usable_values(name):
            return make()

    on_host = device.runtime in (Runtime.CPU, Runtime.OPENVINO)
    if on_host and not (device.runtime is Runtime.CPU and precision is Precision.BF16 and not native_bf16()):
        from vitpose_live.models.converted import ConvertedNetwork  # noqa: PLC0415

        return ConvertedNetwork(name, key, made, device, precision)
    from vitpose_live.models.torch_runtime import TorchNetwork  # noqa: PLC0415

    return TorchNetwork(name, made(), device, precision, max_batch=max_batch)


def uploaded(image: NDArray[np.uint8], device: Any) -> torch.Tensor:
    """Return `image` as a tensor on the torch `device`; nothing waits for a copy to a CUDA device."""
    import torch  # noqa: PLC0415  the host's way does without

    on_cuda = device.type == "cuda"
    pixels = torch.empty(image.shape, dtype=torch.uint8, pin_memory=on_cuda)
    pixels.numpy()[...] = image  # a copy: torch warns of the read-only array of a frame
    return pixels.to(device, non_blocking=on_cuda)
