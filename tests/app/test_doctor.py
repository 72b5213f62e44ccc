"""What the doctor finds, and that nothing broken breaks it."""

import json
import shutil
import subprocess
import sys
import threading
from collections import namedtuple
from importlib import metadata

import pytest
from places import ROOT

from vitpose_live import cli
from vitpose_live.app import doctor, doctor_machine, doctor_software
from vitpose_live.app.display import Qt
from vitpose_live.app.doctor import examine
from vitpose_live.app.doctor_check import Check, State, size
from vitpose_live.app.shared_objects import loads
from vitpose_live.errors import DeviceError, SourceError
from vitpose_live.models import device, hardware, weights
from vitpose_live.sinks import encoders
from vitpose_live.sources import CameraInfo, devices

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")
OK, ABSENT, WARNING, BROKEN = State.OK, State.ABSENT, State.WARNING, State.BROKEN


def by_name(checks):
    return {check.name: check for check in checks}


# --- the whole ---


def test_it_says_everything_of_this_machine_without_a_window_library():
    code = (
        "import json, sys; from vitpose_live import cli; status = cli.run(['doctor', '--json']);"
        "print(status, 'PyQt6' in sys.modules, any(n.startswith('vitpose_live.ui') for n in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    said, last = done.stdout.splitlines()
    found = json.loads(said)
    assert last == f"{0 if found['ok'] else 1} False False"
    assert done.stderr == ""
    assert list(found["groups"]) == list(doctor.PARTS)
    checks = [check for group in found["groups"].values() for check in group]
    assert all(set(check) == {"name", "state", "text", "remedy"} for check in checks)
    assert all(check["remedy"] for check in checks if check["state"] in ("warning", "broken"))
    assert all("\n" not in text for check in checks for text in check.values())
    assert found["ok"] is all(check["state"] != "broken" for check in checks)
    names = {check["name"] for check in checks}
    assert names >= {"Python", "numpy", "cpu", "openvino:CPU", "libx264", "h264_nvenc", "movenet-thunder", "caches"}


def put(*looks):
    return {"group": looks}


def fine():
    yield Check("fine", OK, "works")


def failing():
    yield Check("half", OK, "works")
    raise DeviceError("it is broken", hint="mend it")


def missing():
    import no_such_module_at_all  # noqa: F401


def crashing():
    raise SystemExit(3)


def test_what_fails_is_a_line_and_the_rest_is_looked_at():
    watched = []
    found = examine(watched.append, parts=put(failing, missing, crashing, fine))
    checks = found.groups["group"]
    assert [(check.name, check.state) for check in checks] == [
        ("half", OK),
        ("failing", BROKEN),
        ("missing", BROKEN),
        ("crashing", BROKEN),
        ("fine", OK),
    ]
    assert (checks[1].text, checks[1].remedy) == ("it is broken", "mend it")
    assert "no_such_module_at_all" in checks[2].text
    assert watched == ["failing", "missing", "crashing", "fine"]
    assert not found.ok


def test_what_hangs_is_a_line_too():
    over = threading.Event()

    def hanging():
        yield Check("begun", OK, "works")
        over.wait(10)

    checks = examine(parts=put(hanging, fine), patience=0.5).groups["group"]
    over.set()
    for thread in threading.enumerate():
        if thread.name == "vitpose-doctor-hanging":
            thread.join(10)
    assert [check.state for check in checks] == [OK, BROKEN, OK]
    assert "does not answer" in checks[1].text


@pytest.mark.parametrize(("state", "status"), [(OK, 0), (ABSENT, 0), (WARNING, 0), (BROKEN, 1)])
def test_the_exit_status_says_whether_what_is_needed_works(monkeypatch, capsys, state, status):
    monkeypatch.setattr(
        doctor.examine, "__kwdefaults__", {"parts": put(lambda: [Check("it", state, "so", "do")]), "patience": 5}
    )
    assert cli.run(["doctor"]) == status
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "group"
    assert lines[1].split(maxsplit=1)[1] == "it  so"
    assert lines[2].strip() == "-> do"
    assert cli.run(["doctor", "--json"]) == status
    assert json.loads(capsys.readouterr().out) == {
        "ok": not status,
        "groups": {"group": [{"name": "it", "state": str(state), "text": "so", "remedy": "do"}]},
    }


@pytest.mark.parametrize(("encoding", "mark"), [("utf-8", "✓"), ("ascii", "+"), ("cp1252", "+")])
def test_the_marks_are_those_that_the_terminal_can_show(encoding, mark):
    code = (
        "from vitpose_live.app import doctor; from vitpose_live import cli;"
        "from vitpose_live.app.doctor_check import Check, State;"
        "doctor.examine.__kwdefaults__['parts'] = {'group': (lambda: [Check('it', State.OK, 'so')],)};"
        "cli.run(['doctor'])"
    )
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, capture_output=True, check=True, cwd=ROOT, env={"PYTHONIOENCODING": encoding})
    assert done.stdout.decode(encoding).splitlines()[1] == f"  {mark} it  so"


# --- software ---


def test_packages_too_old_too_new_or_missing_are_told_with_the_line_that_mends_them():
    here = {"new": "3.1.4", "old": "0.9.12", "exact": "5", "young": "2.14.0", "local": "2.13.0+cpu"}

    def version(name):
        if name not in here:
            raise metadata.PackageNotFoundError(name)
        return here[name]

    lines = [
        "new>=3", "old>=1.0", "exact>=5.0", "young<2.14,>=2.9", "local<2.14,>=2.9", "gone>=2",
        "extra>=9; extra == 'test'",
    ]  # fmt: skip
    found = by_name(doctor_software.packages(lambda _: lines, version))
    assert {name: check.state for name, check in found.items()} == {
        "new": OK, "old": BROKEN, "exact": OK, "young": BROKEN, "local": OK, "gone": BROKEN,
    }  # fmt: skip
    assert found["old"].remedy == "pip install 'old>=1.0'"
    assert found["old"].text == "0.9.12, but >=1.0 is needed"


def test_a_source_tree_that_is_not_installed_is_a_warning():
    def none(name):
        raise metadata.PackageNotFoundError(name)

    assert [check.state for check in doctor_software.packages(none)] == [WARNING]


@linux
@pytest.mark.parametrize(("systems", "state"), [(("xcb",), BROKEN), ((), WARNING)])
def test_a_missing_library_matters_where_there_is_a_display(systems, state):
    def load(name):
        return name if name == "libxcb-cursor.so.0" else ""

    found = by_name(doctor_software.window(Qt.find, lambda: systems, load))
    assert found["display libraries"].state is state
    assert "libxcb-cursor.so.0" in found["display libraries"].text
    assert "libxcb-cursor" in found["display libraries"].remedy
    assert found["display"].state is (OK if systems else ABSENT)


@linux
def test_the_sound_library_matters_to_the_formats_of_cameras_only():
    found = by_name(
        doctor_software.window(Qt.find, lambda: ("xcb",), lambda name: name if name.startswith("libpulse") else "")
    )
    assert found["display libraries"].state is OK
    assert found["camera formats"].state is WARNING
    assert "libpulse.so.0" in found["camera formats"].text


def test_without_qt_the_window_is_broken():
    assert [check.state for check in doctor_software.window(lambda: None)] == [BROKEN]


def test_a_damaged_model_is_broken_and_the_others_are_not(monkeypatch):
    before = weights._sha256
    monkeypatch.setattr(weights, "_sha256", lambda path: "0" * 64 if "lightning" in path.name else before(path))
    states = {check.name: check.state for check in doctor_software.models()}
    assert [name for name, state in states.items() if state is BROKEN] == ["movenet-lightning"]
    assert states["nanodet-g"] is OK


# --- machine ---


def test_an_encoder_that_is_listed_but_does_not_open(monkeypatch):
    # as a machine without the card answers; h264_mf is in no build of this system's FFmpeg, or opens there
    class Refusing:
        @staticmethod
        def create(name, mode):
            if name == "h264_mf":
                raise encoders.UnknownCodecError(name)
            context = create(name if name == "libx264" else "mpeg4", mode)
            if name == "libx264":
                return context
            return Broken()

    class Broken:
        def encode(self, picture):
            raise encoders.av.error.ExternalError(542398533, "Generic error in an external library", "h264_nvenc")

    create = encoders.av.CodecContext.create
    monkeypatch.setattr(encoders.av, "CodecContext", Refusing)
    found = by_name(doctor_machine.encoders())
    assert found["libx264"].state is OK
    assert found["h264_nvenc"].state is ABSENT
    assert "does not open: generic error" in found["h264_nvenc"].text
    assert "not in this build" in found["h264_mf"].text


def test_without_the_encoder_that_records_something_needed_is_broken(monkeypatch):
    monkeypatch.setattr(
        encoders, "probe_encoder", lambda name: encoders.EncoderProbe(name, works=False, why="not in this build")
    )
    found = by_name(doctor_machine.encoders())
    assert [name for name, check in found.items() if check.state is BROKEN] == ["libx264"]


def test_cameras_that_may_not_be_used_are_told_with_the_remedy(monkeypatch):
    monkeypatch.setattr(devices, "list_cameras", lambda: (CameraInfo(0, "Front"), CameraInfo(2, "Studio")))

    def check(index):
        if index == 2:
            raise SourceError("camera 2 may not be used", hint="usermod")

    monkeypatch.setattr(devices, "check_permission", check)
    found = by_name(doctor_machine.cameras())
    assert (found["camera 0"].state, found["camera 0"].text) == (OK, "Front")
    assert (found["camera 2"].state, found["camera 2"].remedy) == (BROKEN, "usermod")
    monkeypatch.setattr(devices, "list_cameras", tuple)
    assert [check.state for check in doctor_machine.cameras()] == [ABSENT]


def test_a_card_that_torch_cannot_use_is_a_warning_with_the_remedy(monkeypatch):
    monkeypatch.setattr(hardware, "torch_devices", tuple)
    monkeypatch.setattr(device, "_driver_present", lambda: True)
    monkeypatch.setattr(device, "_cuda_count", lambda: 0)
    monkeypatch.setattr(device, "_mps_present", lambda: False)
    found = by_name(doctor_machine.torch())
    assert found["torch"].state is WARNING
    assert "driver is here" in found["torch"].text
    assert found["torch"].remedy
    assert found["--device auto"].text == "takes cpu"


def test_a_card_that_torch_can_use_is_named(monkeypatch):
    card = hardware.Hardware("cuda:0", "H200", "139 GiB")
    monkeypatch.setattr(hardware, "torch_devices", lambda: (card,))
    monkeypatch.setattr(device, "_driver_present", lambda: True)
    monkeypatch.setattr(device, "_cuda_count", lambda: 1)
    found = by_name(doctor_machine.torch())
    assert found["cuda:0"].text == "H200: 139 GiB"
    assert found["--device auto"].text == "takes cuda:0"
    assert found["torch"].state is OK


def test_a_nearly_full_disk_is_a_warning(monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")
    for free, state in ((doctor_machine.LEAST_ROOM, OK), (doctor_machine.LEAST_ROOM - 1, WARNING)):
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: usage(10**12, 0, free))
        assert doctor_machine._room("here", tmp_path / "not" / "made yet").state is state


def test_sizes():
    assert [size(number) for number in (0, 999, 1000, 2_500_000, 3_140_000_000)] == [
        "0 B", "999 B", "1.0 kB", "2.5 MB", "3.1 GB",
    ]  # fmt: skip


def test_everything_the_loader_is_asked_for_here_is_told_truthfully():
    found = by_name(doctor_software.window(load=loads))
    if "display libraries" in found and found["display libraries"].state is OK:
        import PyQt6.QtWidgets  # noqa: F401  really loads
