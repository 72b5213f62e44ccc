"""Which device is meant, and what is said where it is not here."""

import platform
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from vitpose_live.errors import DeviceError, SettingsError
from vitpose_live.models import device as device_module
from vitpose_live.models import load_detector, load_pose_estimator
from vitpose_live.models.device import (
    Device,
    Precision,
    Runtime,
    native_bf16,
    parse_device,
    parse_precision,
    resolve,
    unused_accelerator,
)

ROOT = Path(__file__).parents[2]
AUTO, CPU, MPS = Device(Runtime.AUTO), Device(Runtime.CPU), Device(Runtime.MPS)


@pytest.fixture
def machine(monkeypatch):
    """Return a function: make this a machine with a driver, so many CUDA devices that torch can use, and MPS or not."""

    def make(driver=False, devices=0, mps=False):
        monkeypatch.setattr(device_module, "_driver_present", lambda: driver)
        monkeypatch.setattr(device_module, "_cuda_count", lambda: devices)
        monkeypatch.setattr(device_module, "_mps_present", lambda: mps)

    return make


# --- reading ---


@pytest.mark.parametrize("text", ["auto", "cpu", "cuda", "cuda:0", "cuda:12", "mps", "openvino:GPU.1", "torch:cpu"])
def test_a_device_is_written_as_it_is_read(text):
    assert str(parse_device(text)) == text
    assert str(parse_device(f" {text}\n")) == text


@pytest.mark.parametrize("text", ["cuda:01", "cuda:0001", "cuda:\u0661"])
def test_an_index_is_written_as_torch_wants_it(text):
    assert str(parse_device(text)) == "cuda:1"
    assert torch.device(str(parse_device(text))).index == 1


@pytest.mark.parametrize(
    "text",
    ["torch", "torch:", "torch:cuda", "torch:mps", "CUDA", "cuda:1.0", "cuda:0,1", "auto:0", "hip", "xpu", "cuda 1"],
)
def test_what_is_no_device_is_refused_with_the_forms(text):
    with pytest.raises(DeviceError, match="unknown device") as caught:
        parse_device(text)
    assert text in str(caught.value)
    assert "cuda:INDEX" in caught.value.hint
    assert "torch:cpu" in caught.value.hint


@pytest.mark.parametrize("precision", list(Precision))
def test_precisions_are_read(precision):
    assert parse_precision(str(precision)) is precision


@pytest.mark.parametrize("text", ["", "FP32", "half", "float16", "fp8"])
def test_what_is_no_precision_is_refused_with_those_there_are(text):
    with pytest.raises(SettingsError, match="unknown precision") as caught:
        parse_precision(text)
    assert "auto, fp32, bf16, fp16, int8" in caught.value.hint


@pytest.mark.parametrize(
    ("torch_device", "expected"),
    [
        (None, CPU),
        (torch.device("cuda:1"), Device(Runtime.CUDA, "1")),
        (torch.device("mps"), MPS),
        (torch.device("cpu"), Device(Runtime.TORCH, "cpu")),
    ],
)
def test_what_runs_beside_a_network_runs_where_it_does(torch_device, expected):
    found = Device.of(torch_device)
    assert found == expected
    assert parse_device(str(found)) == found


# --- choosing ---


@pytest.mark.parametrize(
    ("here", "expected"),
    [
        ({}, "cpu"),
        ({"driver": True}, "cpu"),
        ({"driver": True, "devices": 2}, "cuda:0"),
        ({"devices": 2}, "cpu"),  # not asked for without a driver
        ({"mps": True}, "mps"),
        ({"driver": True, "devices": 1, "mps": True}, "cuda:0"),
    ],
)
def test_auto_takes_the_fastest_there_is(machine, here, expected):
    machine(**here)
    assert str(resolve(AUTO)) == expected


@pytest.mark.parametrize(("text", "expected"), [("cuda", "cuda:0"), ("cuda:0", "cuda:0"), ("cuda:1", "cuda:1")])
def test_a_cuda_device_that_is_here_is_taken(machine, text, expected):
    machine(driver=True, devices=2)
    assert str(resolve(parse_device(text))) == expected


@pytest.mark.parametrize(
    ("text", "devices", "found"),
    [
        ("cuda", 0, "0 CUDA devices"),
        ("cuda:0", 0, "0 CUDA devices"),
        ("cuda:1", 1, "1 CUDA device"),
        ("cuda:2", 2, "2 CUDA devices"),
        ("cuda:99999999999999999999", 2, "2 CUDA devices"),
    ],
)
def test_a_cuda_device_that_is_not_here_is_an_error_and_no_fallback(machine, text, devices, found):
    machine(driver=True, devices=devices)
    with pytest.raises(DeviceError, match=f"^{text} is not here: torch finds {found}$") as caught:
        resolve(parse_device(text))
    assert caught.value.hint


def test_mps_that_is_not_here_is_an_error_and_no_fallback(machine):
    machine()
    with pytest.raises(DeviceError, match="mps is not here") as caught:
        resolve(MPS)
    assert "auto" in caught.value.hint
    machine(mps=True)
    assert resolve(MPS) == MPS


@pytest.mark.parametrize("text", ["cpu", "openvino:NPU", "torch:cpu"])
def test_what_torch_does_not_drive_is_left_as_it_is(machine, text):
    machine(driver=True, devices=1)
    assert str(resolve(parse_device(text))) == text


def test_the_hint_says_when_it_is_torch_that_lacks_cuda(machine, monkeypatch):
    machine(driver=True)
    monkeypatch.setattr(torch.version, "cuda", None)
    with pytest.raises(DeviceError) as caught:
        resolve(Device(Runtime.CUDA))
    assert f"torch {torch.__version__} is built without CUDA" in caught.value.hint
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    with pytest.raises(DeviceError) as caught:
        resolve(Device(Runtime.CUDA))
    assert "nvidia-smi" in caught.value.hint


# --- a graphics card that lies idle ---


def test_an_unused_card_is_said_and_nothing_else(machine):
    machine(driver=True)
    line = unused_accelerator()
    assert line.startswith("an NVIDIA driver is here, but torch cannot use it, so the CPU computes: ")
    assert "\n" not in line
    for here in ({}, {"driver": True, "devices": 1}, {"mps": True}):
        machine(**here)
        assert unused_accelerator() == ""


@pytest.mark.parametrize("load", [load_detector, load_pose_estimator])
def test_who_asks_for_auto_hears_of_an_unused_card_and_who_asks_for_the_cpu_does_not(machine, load):
    machine(driver=True)
    assert unused_accelerator() in load("embedded-fast", device="auto").notices
    assert load("embedded-fast", device="cpu").notices == ()


def test_auto_without_a_driver_imports_neither_torch_nor_transformers():
    """It would add seconds to the start on machines that gain nothing by it."""
    if (platform.system(), platform.machine()) == ("Darwin", "arm64"):
        pytest.skip("only torch can tell whether MPS is here")
    code = """
import sys
from vitpose_live.models import device, load_detector, load_pose_estimator
device._driver_present = lambda: False
models = load_detector("auto"), load_pose_estimator("auto")
print([model.device for model in models], sorted({"torch", "transformers", "PyQt6"} & set(sys.modules)))
"""
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, check=False, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.stdout == "['openvino:CPU', 'openvino:CPU'] []\n", done.stderr


def test_bf16_is_native_where_openvino_says_so():
    import openvino

    assert native_bf16() == ("BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))
