"""Run a network with OpenVINO: the one CPU runtime.

Compiling an embedded network takes under half a second, so OpenVINO's cache of compiled networks is not used: it
would save half of that, and OpenVINO takes a damaged cache file without noticing and computes wrong results from it.
Nothing here touches the network: OpenVINO's telemetry is kept out.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import DeviceError, ModelError
from vitpose_live.machine import available_cores
from vitpose_live.models.device import Device, Precision, Runtime

# Importing openvino reports that to an analytics service, from a process of its own, with an id that it leaves in the
# home folder. Where the package that does so cannot be imported, openvino goes without.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # how Python marks a module as missing

import openvino  # noqa: E402  only now

__all__ = ["OpenVinoNetwork", "capabilities", "openvino"]

_ELEMENT_TYPES = {Precision.FP32: "f32", Precision.BF16: "bf16", Precision.FP16: "f16"}
_PRECISIONS = {element_type: precision for precision, element_type in _ELEMENT_TYPES.items()}


@cache
def _core() -> Any:
    return openvino.Core()


class OpenVinoNetwork:
    """A compiled network; may be called from several threads, which take turns.

    Parameters
    ----------
    name
        The model's name, for errors.
    network
        The network, or the file that holds it; takes one input.
    input_shape
        Shape of one row of it, such as (height, width, 3); -1 where it differs from call to call.
    device
        ``auto`` and ``cpu`` mean the CPU; a device that OpenVINO does not drive is an error, not a fallback.
    precision
        ``auto`` is bf16 where the device computes it natively, else fp32.
    threads
        Of the CPU; None leaves one core to decoding, drawing and encoding.

    Raises
    ------
    DeviceError
        When the device is not there, or does not compute in that precision.
    ModelError
        When OpenVINO cannot read or compile the network.
    """

    def __init__(
        self,
        name: str,
        network: Path | openvino.Model,
        input_shape: tuple[int, ...],
        device: Device,
        precision: Precision,
        threads: int | None = None,
    ) -> None:
        target = _target(name, device)
        chosen = _chosen_precision(name, target, precision)
        try:
            model = _core().read_model(network) if isinstance(network, Path) else network
            model.reshape({0: openvino.PartialShape([1, *input_shape])})
            # one picture at a time is fastest on a CPU, and makes a person's pose independent of the others
            hints: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": _ELEMENT_TYPES[chosen]}
            if target == "CPU":
                # networks that run side by side choose their cores
                hints |= {
                    "INFERENCE_NUM_THREADS": threads or max(1, available_cores() - 1),
                    "ENABLE_CPU_PINNING": False,
                }
            compiled = _core().compile_model(model, target, hints)
        except RuntimeError as error:
            raise ModelError(
                f"OpenVINO cannot compile {name} for {target}: {_last_line(error)}", hint="try --device cpu"
            ) from error
        self.device = f"openvino:{target}"
        # asked of the compiled network, because a plug-in may overrule the hint
        self.precision = str(_PRECISIONS[compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name()])
        self._outputs = [output.get_any_name() for output in compiled.outputs]
        self._request = compiled.create_infer_request()
        self._lock = Lock()

    def __call__(self, inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Run the network, one row after the other.

        Parameters
        ----------
        inputs
            (n, ...), n at least 1, such as pictures (n, height, width, 3) uint8 RGB.

        Returns
        -------
        dict
            (n, ...) float32 by output name.
        """
        heads: dict[str, list[NDArray[np.float32]]] = {name: [] for name in self._outputs}
        with self._lock:
            for row in range(len(inputs)):
                results = self._request.infer({0: inputs[row : row + 1]}, share_inputs=True, share_outputs=True)
                # the request's own memory is written again by the next call
                for position, head in enumerate(heads.values()):
                    head.append(results[position].astype(np.float32))
        return {name: np.concatenate(head) for name, head in heads.items()}


def _target(name: str, device: Device) -> str:
    if device.runtime in (Runtime.AUTO, Runtime.CPU):
        return "CPU"
    available = _core().available_devices
    listed = ", ".join(f"openvino:{each}" for each in available)
    if device.runtime is not Runtime.OPENVINO:
        raise DeviceError(f"{name} runs on OpenVINO, not on {device}", hint=f"use --device auto, or one of {listed}")
    if device.target not in available and device.target not in {each.partition(".")[0] for each in available}:
        raise DeviceError(f"OpenVINO finds no device {device.target} here", hint=f"available: {listed}")
    return device.target


def capabilities(target: str) -> frozenset[str]:
    """Return what `target` computes natively, such as ``"FP32"`` and ``"BF16"``."""
    return frozenset(_core().get_property(target, "OPTIMIZATION_CAPABILITIES"))


def _chosen_precision(name: str, target: str, precision: Precision) -> Precision:
    native_kinds = capabilities(target)
    if precision is Precision.AUTO:
        return Precision.BF16 if "BF16" in native_kinds else Precision.FP32
    if precision is Precision.INT8:
        raise ModelError(f"{name} has no int8 weights", hint="use --precision auto")
    if precision.upper() not in native_kinds:
        native = ", ".join(each for each in _ELEMENT_TYPES if each.upper() in native_kinds)
        raise DeviceError(f"openvino:{target} does not compute {precision} natively", hint=f"use auto or {native}")
    return precision


def _last_line(error: RuntimeError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"
