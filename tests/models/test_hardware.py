"""What there is to compute on, as a person reads it."""

import torch

from vitpose_live.machine import available_cores
from vitpose_live.models import hardware
from vitpose_live.models.hardware import openvino_devices, processor, torch_build, torch_devices

INTEL = "processor : 0\nmodel name : Xeon of a kind\nflags : fpu avx2 avx512f amx_bf16 amx_int8\n\nprocessor : 1\n"
ARM = "processor : 0\nFeatures : fp asimd bf16\n"


def test_the_processor_is_named_with_its_instructions(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text(INTEL)
    found = processor(path)
    assert (found.device, found.name) == ("cpu", "Xeon of a kind")
    cores = available_cores()
    assert found.details == f"{cores} core{'' if cores == 1 else 's'}, AVX2, AVX-512, AMX BF16, AMX int8"
    path.write_text(ARM)
    assert processor(path).details.endswith(", NEON, BF16")
    assert processor(path).name
    assert processor(tmp_path / "none").name


def test_openvino_computes_on_the_cpu_at_least():
    found = {each.device: each for each in openvino_devices()}
    assert "fp32" in found["openvino:CPU"].details


def test_torch_names_its_cards(monkeypatch):
    class Card:
        name, total_memory, major, minor = "H200", 139 * 2**30, 9, 0

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: Card())
    found = torch_devices()
    assert [each.device for each in found][:2] == ["cuda:0", "cuda:1"]
    assert found[0].details == "139 GiB, compute capability 9.0"


def test_the_build_of_torch_is_told(monkeypatch):
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    assert torch_build() == "a build for CUDA 13.0"
    monkeypatch.setattr(torch.version, "cuda", None)
    monkeypatch.setattr(torch.version, "hip", None)
    assert hardware.torch_build() == "a build for the CPU"
