"""Run a network with torch: CUDA through recorded graphs, MPS, and the CPU as the reference."""

from __future__ import annotations

from collections.abc import Iterator, Set
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any

import torch

from vitpose_live.errors import DeviceError
from vitpose_live.models.device import Device, Precision, Runtime, native_bf16
from vitpose_live.models.graph import Graph

_DTYPES = {Precision.FP32: torch.float32, Precision.BF16: torch.bfloat16, Precision.FP16: torch.float16}
_WARM_UP_RUNS = 3
"""Runs before a CUDA graph is recorded, in which the libraries choose their kernels and allocate their workspaces."""
_ALONE = Lock()
"""A process may record one CUDA graph at a time, and cuDNN's settings are the process's."""


@dataclass(frozen=True)
class _Recording:
    """A CUDA graph and the memory that it reads and writes."""

    graph: torch.cuda.CUDAGraph
    inputs: torch.Tensor
    outputs: tuple[torch.Tensor, ...]


class TorchNetwork:
    """A network on a torch device.

    On CUDA a batch is padded to 1, 2, 4, 8 ... `max_batch` rows, and each of these sizes is recorded once as a CUDA
    graph, so that a changing number of people neither compiles nor allocates anything. On the CPU rows go one by one:
    a larger batch gains nothing there, and a row's result does not depend on the others.

    Parameters
    ----------
    name
        The model's name, for errors.
    graph
        The network; its module is moved to the device.
    device
        A resolved CUDA or MPS device, or the CPU.
    precision
        ``auto`` is fp16 on CUDA and fp32 elsewhere.
    max_batch
        Rows that go through at once.

    Raises
    ------
    DeviceError
        When the device does not compute in that precision.
    """

    def __init__(self, name: str, graph: Graph, device: Device, precision: Precision, *, max_batch: int) -> None:
        on_cuda = device.runtime is Runtime.CUDA
        if precision is Precision.AUTO:
            # fp16 keeps three bits more of a heatmap than bf16 at the same speed
            precision = Precision.FP16 if on_cuda else Precision.FP32
        if precision is Precision.INT8:
            raise DeviceError(f"{name} runs in int8 only with OpenVINO", hint="use --precision auto, or --device cpu")
        if precision is Precision.FP16 and device.runtime in (Runtime.CPU, Runtime.TORCH):
            raise DeviceError("the CPU does not compute fp16", hint="use --precision auto or fp32")
        self.torch_device = torch.device(str(device) if on_cuda else "mps" if device.runtime is Runtime.MPS else "cpu")
        self.device = str(self.torch_device)
        self.precision = str(precision)
        self.facts = graph.facts
        self.notices: tuple[str, ...] = ()
        if precision is Precision.BF16 and self.device == "cpu" and not native_bf16():
            self.notices = (f"{name}: this CPU has no bf16 instructions, so bf16 is slower here than fp32",)
        self._outputs = graph.outputs
        self._dtype = _DTYPES[precision]
        self._max_batch = 1 if self.device == "cpu" else max_batch
        self._autocast = graph.autocast and self._dtype is not torch.float32
        if not self._autocast:
            _cast(graph.module, self._dtype, graph.precise)  # here, so that half precision is moved, and fits, as such
        module = graph.module.to(self.torch_device)
        # convolutions on CUDA's tensor cores want the channels last
        self._module: Any = module.to(memory_format=torch.channels_last) if on_cuda else module  # type: ignore[call-overload]
        self._recordings: dict[tuple[int, ...], _Recording] = {}
        self._lock = Lock()
        # modules that need autocast are not ours, and may wait for the device in the middle
        self._pool = torch.cuda.graph_pool_handle() if on_cuda and not graph.autocast else None
        self._exact = on_cuda and self._dtype is torch.float32

    def __call__(self, inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the outputs by name, float32; `inputs` (n, ...) on `torch_device`, n at least 1."""
        # a recording reads and writes the same memory every time, so threads take turns
        with self._lock, torch.inference_mode():
            parts = [self._run(part) for part in torch.split(inputs, self._max_batch)]
            outputs = parts[0] if len(parts) == 1 else tuple(map(torch.cat, zip(*parts, strict=True)))
        return dict(zip(self._outputs, outputs, strict=True))

    def _run(self, rows: torch.Tensor) -> tuple[torch.Tensor, ...]:
        if self._pool is None:
            with _exactly() if self._exact else nullcontext():
                return self._compute(rows)
        n = len(rows)
        size = min(1 << (n - 1).bit_length(), self._max_batch)
        recording = self._recordings.get((size, *rows.shape[1:])) or self._record(size, rows)
        recording.inputs[:n].copy_(rows, non_blocking=True)
        recording.graph.replay()
        # the graph writes the same memory at its next replay
        return tuple(output[:n].clone() for output in recording.outputs)

    def _record(self, size: int, rows: torch.Tensor) -> _Recording:
        graph = torch.cuda.CUDAGraph()
        with _exactly() if self._exact else _ALONE, torch.cuda.device(self.torch_device):
            inputs = torch.zeros((size, *rows.shape[1:]), dtype=rows.dtype, device=self.torch_device)
            stream = _recording_stream(self.torch_device)
            stream.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(stream):
                for _ in range(_WARM_UP_RUNS):
                    self._compute(inputs)
                # other threads go on copying and allocating meanwhile
                with torch.cuda.graph(graph, self._pool, stream, capture_error_mode="thread_local"):
                    outputs = self._compute(inputs)
        recording = self._recordings[(size, *rows.shape[1:])] = _Recording(graph, inputs, outputs)
        return recording

    def _compute(self, rows: torch.Tensor) -> tuple[torch.Tensor, ...]:
        kind = self.torch_device.type
        with torch.autocast(kind, self._dtype, cache_enabled=False) if self._autocast else nullcontext():
            return tuple(output.float() for output in self._module(rows))


@cache
def _recording_stream(device: torch.device) -> Any:
    """Return the stream for all recordings: on others they would share no memory, and libraries want some for each."""
    return torch.cuda.Stream(device)  # type: ignore[no-untyped-call]


@contextmanager
def _exactly() -> Iterator[None]:
    """Let fp32 mean fp32: by default cuDNN rounds to 10 bits (TF32)."""
    cudnn: Any = torch.backends.cudnn
    with _ALONE:
        before = cudnn.conv.fp32_precision
        cudnn.conv.fp32_precision = "ieee"
        try:
            yield
        finally:
            cudnn.conv.fp32_precision = before


def _cast(module: torch.nn.Module, dtype: torch.dtype, precise: Set[torch.nn.Module]) -> None:
    """Give all weights but those of the `precise` modules another type."""
    for part in module.modules():
        if part not in precise:
            for tensors in (part._parameters, part._buffers):  # noqa: SLF001  its own, without those of its parts
                for tensor in tensors.values():
                    if tensor is not None and tensor.is_floating_point():
                        tensor.data = tensor.data.to(dtype)
