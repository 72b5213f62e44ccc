"""Loading: the right device in the right numbers, or a plain error."""

import shutil
import socket
from pathlib import Path

import numpy as np
import pytest

from vitpose_live.data import Frame
from vitpose_live.errors import DeviceError, ModelError, SettingsError, UnknownNameError, VitposeLiveError, WeightsError
from vitpose_live.models import load_detector, load_pose_estimator, weights
from vitpose_live.models.catalog import find
from vitpose_live.models.device import Device, Runtime, parse_device

ASSETS = Path(__file__).parents[2] / "assets" / "models"
LOADERS = [load_detector, load_pose_estimator]


@pytest.mark.parametrize(
    ("text", "device"),
    [
        ("auto", Device(Runtime.AUTO)),
        ("cpu", Device(Runtime.CPU)),
        ("cuda", Device(Runtime.CUDA)),
        ("cuda:1", Device(Runtime.CUDA, "1")),
        ("mps", Device(Runtime.MPS)),
        ("openvino:gpu.0", Device(Runtime.OPENVINO, "GPU.0")),
    ],
)
def test_devices_are_read(text, device):
    assert parse_device(text) == device
    assert parse_device(str(device)) == device


@pytest.mark.parametrize("text", ["", "gpu", "cuda:", "cuda:x", "cpu:0", "openvino", "openvino:", "cuda:-1", "mps:0"])
def test_an_unknown_device_is_an_error_that_lists_the_forms(text):
    with pytest.raises(DeviceError) as caught:
        parse_device(text)
    assert "openvino:DEVICE" in caught.value.hint


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize("device", ["cuda", "cuda:0", "mps"])
def test_a_device_that_openvino_does_not_drive_is_no_silent_fallback(load, device):
    with pytest.raises(DeviceError, match=device) as caught:
        load("embedded-fast", device=device)
    assert "openvino:CPU" in caught.value.hint


@pytest.mark.parametrize("load", LOADERS)
def test_an_absent_openvino_device_is_an_error_that_lists_those_there_are(load):
    with pytest.raises(DeviceError, match="NOSUCH") as caught:
        load("embedded-fast", device="openvino:nosuch")
    assert "openvino:CPU" in caught.value.hint


@pytest.mark.parametrize("load", LOADERS)
@pytest.mark.parametrize("device", ["auto", "cpu", "openvino:cpu"])
def test_a_loaded_model_says_what_it_runs_on(load, device):
    model = load("embedded-fast", device=device, precision="fp32")
    assert (model.device, model.precision) == ("openvino:CPU", "fp32")
    assert model.name == find("embedded-fast", {load_detector: "detector", load_pose_estimator: "pose"}[load]).name


def test_auto_precision_is_one_the_device_computes_natively():
    import openvino

    native = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    assert load_detector("embedded-fast").precision == ("bf16" if "BF16" in native else "fp32")


def test_a_precision_the_device_does_not_have_is_an_error():
    import openvino

    native = openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    absent = [precision for precision in ("bf16", "fp16") if precision.upper() not in native]
    if not absent:
        pytest.skip("this CPU computes every precision natively")
    with pytest.raises(DeviceError, match=absent[0]) as caught:
        load_detector(precision=absent[0])
    assert "fp32" in caught.value.hint


def test_int8_is_refused_and_nonsense_is_refused():
    with pytest.raises(ModelError, match="int8"):
        load_pose_estimator(precision="int8")
    with pytest.raises(SettingsError, match="fp64") as caught:
        load_pose_estimator(precision="fp64")
    assert "bf16" in caught.value.hint


@pytest.mark.parametrize("conf", [-0.1, 1.1, float("nan")])
def test_a_threshold_out_of_range_is_an_error(conf):
    with pytest.raises(SettingsError, match="conf"):
        load_detector(conf=conf)


def test_an_expert_that_is_not_there_is_an_error():
    with pytest.raises(SettingsError, match="dataset_index"):
        load_pose_estimator(dataset_index=1)


def test_a_misspelt_name_is_an_error_before_anything_is_loaded():
    with pytest.raises(UnknownNameError) as caught:
        load_detector("nanodet-h")
    assert "nanodet-g" in caught.value.hint


@pytest.fixture
def damaged(tmp_path, monkeypatch):
    """Return a folder with a copy of Lightning from which the loader reads."""
    for name in find("movenet-lightning").files:
        shutil.copy(ASSETS / name, tmp_path / name)

    def bundled_path(name):
        path = tmp_path / Path(name).name
        if not path.is_file():
            raise VitposeLiveError("missing")
        return path

    monkeypatch.setattr(weights, "bundled_path", bundled_path)
    return tmp_path


def truncate(path):
    path.write_bytes(path.read_bytes()[:-1000])


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [truncate, flip_a_bit, Path.unlink, lambda path: path.write_bytes(b"")])
@pytest.mark.parametrize("name", list(find("movenet-lightning").files))
def test_a_damaged_file_is_never_loaded(damaged, name, damage):
    damage(damaged / name)
    with pytest.raises(WeightsError, match=name) as caught:
        load_pose_estimator("movenet-lightning")
    assert "install" in caught.value.hint


def test_undamaged_copies_load(damaged):
    assert load_pose_estimator("movenet-lightning").name == "movenet-lightning"


def test_nothing_is_sent(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    frame = Frame(np.zeros((32, 32, 3), np.uint8))
    assert len(load_detector("embedded-fast").detect(frame)) == 0
