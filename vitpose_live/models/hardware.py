"""What there is in this machine that networks can run on, for a person to read."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitpose_live.errors import DeviceError
from vitpose_live.machine import available_cores

_CPUINFO = Path("/proc/cpuinfo")
_INSTRUCTIONS = {
    "avx2": "AVX2",
    "avx512f": "AVX-512",
    "avx512_vnni": "VNNI",
    "avx512_bf16": "AVX-512 BF16",
    "amx_bf16": "AMX BF16",
    "amx_int8": "AMX int8",
    "asimd": "NEON",
    "bf16": "BF16",
}
"""How Linux lists the instructions that make networks fast, and how people know them."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """One thing that computes.

    Parameters
    ----------
    device
        As ``--device`` takes it.
    name
        What it is called.
    details
        What is worth knowing of it, such as its memory.
    """

    device: str
    name: str
    details: str = ""


def processor(cpuinfo: Path = _CPUINFO) -> Hardware:
    """Describe the CPU: its name, the cores that this process may use, and its instructions for networks."""
    name, flags = _linux_cpu(cpuinfo)
    cores = available_cores()
    instructions = [known for flag, known in _INSTRUCTIONS.items() if flag in flags]
    details = ", ".join([f"{cores} core{'' if cores == 1 else 's'}", *instructions])
    return Hardware("cpu", name or platform.processor() or platform.machine(), details)


def _linux_cpu(cpuinfo: Path) -> tuple[str, set[str]]:
    """Return name and flags of the first CPU; nothing where there is no such file."""
    try:
        text = cpuinfo.read_text(errors="replace").partition("\n\n")[0]
    except OSError:
        return "", set()
    rows = {key.strip(): value.strip() for key, _, value in (line.partition(":") for line in text.splitlines())}
    return rows.get("model name", ""), set((rows.get("flags") or rows.get("Features") or "").split())


def openvino_devices() -> tuple[Hardware, ...]:
    """Return what OpenVINO can compute on, with the precisions that each has instructions for.

    Raises
    ------
    DeviceError
        When OpenVINO fails to look.
    """
    from vitpose_live.models.openvino_runtime import capabilities, openvino  # noqa: PLC0415  takes half a second

    try:
        core = openvino.Core()
        return tuple(
            Hardware(
                f"openvino:{each}",
                str(core.get_property(each, "FULL_DEVICE_NAME")).strip(),
                ", ".join(sorted(capabilities(each) & {"FP32", "BF16", "FP16", "INT8"})).lower(),
            )
            for each in core.available_devices
        )
    except RuntimeError as error:
        raise DeviceError(
            f"OpenVINO fails: {str(error).strip().splitlines()[-1]}", hint="update its drivers"
        ) from error


def torch_devices() -> tuple[Hardware, ...]:
    """Return the graphics cards that torch can use; imports torch, which takes seconds."""
    import torch  # noqa: PLC0415

    found = []
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            card: Any = torch.cuda.get_device_properties(index)
            details = f"{card.total_memory / 2**30:.0f} GiB, compute capability {card.major}.{card.minor}"
            found.append(Hardware(f"cuda:{index}", card.name, details))
    if torch.backends.mps.is_available():
        found.append(Hardware("mps", "Apple GPU", "memory shared with the CPU"))
    return tuple(found)


def torch_build() -> str:
    """Say what torch was built for; imports torch."""
    import torch  # noqa: PLC0415

    if torch.version.cuda is not None:
        return f"a build for CUDA {torch.version.cuda}"
    return "a build for ROCm" if torch.version.hip is not None else "a build for the CPU"
