"""Which cameras there are, as Linux lists them and as probing finds them."""

from __future__ import annotations

import os
import sys

import pytest
from sources.cameras import FakeCamera

from vitpose_live.errors import SourceError
from vitpose_live.sources import CameraInfo, devices, list_cameras

pytestmark = pytest.mark.skipif(os.name != "posix", reason="device files as Linux has them")


def node(classes, number, name, index=0):
    folder = classes / f"video{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(name + "\n")
    (folder / "index").write_text(f"{index}\n")


def test_linux_cameras_have_names_and_come_by_number(tmp_path):
    for number, name, index in ((10, "Studio", 0), (2, "Integrated Camera: Integrated C", 0), (3, "Integrated", 1)):
        node(tmp_path, number, name, index)
    (tmp_path / "v4l-subdev0").mkdir()
    (tmp_path / "videox").mkdir()
    found = devices.known_cameras(tmp_path, tmp_path / "dev")
    assert found == (CameraInfo(2, "Integrated Camera: Integrated C"), CameraInfo(10, "Studio"))


def test_a_camera_without_a_name_has_its_number(tmp_path):
    node(tmp_path, 4, "")
    assert devices.known_cameras(tmp_path, tmp_path / "dev") == (CameraInfo(4, "camera 4"),)


def test_what_answers_no_question_is_judged_by_its_place(tmp_path):
    node(tmp_path, 0, "A file")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "video0").write_bytes(b"no device")
    assert devices.known_cameras(tmp_path, tmp_path / "dev") == (CameraInfo(0, "A file"),)


@pytest.mark.parametrize(
    ("whole", "own", "gives"),
    [
        (0x84A00001, 0x04200001, True),  # a webcam's pictures
        (0x84A00001, 0x04A00000, False),  # the same webcam's metadata
        (0x04000001, 0, True),  # an old driver that describes no nodes
        (0x84001000, 0x04001000, True),  # pictures in planes
        (0x84000002, 0x04000002, False),  # an output
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="asks as Linux does")
def test_what_a_node_can_do_is_its_own_answer(tmp_path, monkeypatch, whole, own, gives):
    import fcntl

    def answer(handle, request, buffer):
        assert request == 0x80685600
        buffer[84:88] = whole.to_bytes(4, sys.byteorder)
        buffer[88:92] = own.to_bytes(4, sys.byteorder)

    monkeypatch.setattr(fcntl, "ioctl", answer)
    node(tmp_path, 0, "Webcam")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "video0").touch()
    assert bool(devices.known_cameras(tmp_path, tmp_path / "dev")) == gives


def test_elsewhere_the_first_few_are_opened_and_let_go():
    good, shut = FakeCamera(), FakeCamera("shut")
    found = devices.probed_cameras(lambda index: (shut, good, shut, good)[index].open(index))
    assert found == (CameraInfo(1, "camera 1"), CameraInfo(3, "camera 3"))
    assert good.held == shut.held == 0


def test_listing_says_nothing_on_stderr(capfd):
    assert isinstance(list_cameras(), tuple)
    assert capfd.readouterr().err == ""


@pytest.mark.skipif(sys.platform != "linux", reason="device files of Linux")
def test_a_device_without_permission_says_how_to_get_it(tmp_path, monkeypatch):
    (tmp_path / "video0").touch(mode=0o000)
    monkeypatch.setattr(devices, "DEVICES", tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SourceError, match="no permission") as caught:
        devices.open_capture(0)
    assert "usermod -aG video" in caught.value.hint


@pytest.mark.skipif(sys.platform != "linux", reason="device files of Linux")
def test_what_is_no_camera_does_not_open(tmp_path, monkeypatch, capfd):
    (tmp_path / "video61").touch()
    monkeypatch.setattr(devices, "DEVICES", tmp_path)
    with pytest.raises(SourceError, match="cannot be opened") as caught:
        devices.open_capture(61)
    assert "another program" in caught.value.hint
    assert capfd.readouterr().err == ""
