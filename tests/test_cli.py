"""The command line as a person types it, in a process of its own."""

import json
import os
import signal
import subprocess
import sys
import threading

import av
import numpy as np
import pyarrow.parquet as pq
import pytest
from contracts.sink_contract import COCO17, result
from places import ROOT

from vitpose_live import cli, sources
from vitpose_live.app import process as app_process
from vitpose_live.bundled import bundled_path
from vitpose_live.errors import SourceError
from vitpose_live.sinks import open_keypoint_writer
from vitpose_live.sources import CameraInfo, camera
from vitpose_live.sources.camera import CameraFormat

CLIP = str(bundled_path("demo.mp4"))
RUN_HERE = """
import sys
sys.path.insert(0, {root!r} + "/scripts")
import run
sys.exit(run.hand_over([sys.executable, "-m", "vitpose_live", *sys.argv[1:]], None))
"""
FAST = ("--pose", "embedded-fast", "--det-frequency", "10")


def vitpose_live(*arguments, cwd=None):
    line = [sys.executable, "-m", "vitpose_live", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, cwd=cwd, check=False)


def test_process_prints_the_contracts_json_on_stdout(tmp_path, capfd):
    done = vitpose_live(
        "process", CLIP, "-o", "o.mp4", "--keypoints", "o.parquet", "--duration", "0.5", "--json", *FAST, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert set(said) >= {
        "frames", "duration_s", "width", "height", "people", "dropped", "fps", "detector", "pose", "device",
        "precision", "timings_ms", "repetitions", "outputs",
    }  # fmt: skip
    assert said["outputs"] == {"video": "o.mp4", "keypoints": "o.parquet"}
    assert all(set(times) == {"p50", "p95"} for times in said["timings_ms"].values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.mp4", "o.parquet"]
    assert cli.run(["process", CLIP, "-o", str(tmp_path / "o.mp4")]) == 1
    said = capfd.readouterr().err
    assert said.startswith("error: ")
    assert "--overwrite" in said


def test_without_outputs_it_says_so(tmp_path):
    done = vitpose_live("process", CLIP, "--duration", "0.2", *FAST, cwd=tmp_path)
    assert done.returncode == 0
    assert "nothing was written" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (["process", "none.mp4"], 1, "none.mp4"),
        (["process", CLIP, "--detector", "embeded"], 1, "did you mean embedded"),
        (["process", CLIP, "--conf", "1.5"], 2, "conf"),
        (["process", CLIP, "--det-frequency", "many"], 2, "many"),
        (["process", CLIP, "--config", "none.toml"], 1, "none.toml"),
        (["process"], 2, "SOURCE"),
        (["proces", CLIP], 2, "did you mean process"),
        (["models", "info", "movenet-thundr"], 1, "did you mean movenet-thunder"),
        (["process", CLIP, "--det-frequency", "2.9"], 2, "--det-frequency"),
        (["process", CLIP, "--det-frequency", "0"], 2, "'auto' or greater than or equal to 1"),
        (["process", CLIP, "--duration", "nan"], 2, "--duration"),
        (["process", CLIP, "--keypoints", "a.csv", "--keypoints", "./a.csv"], 1, "named for two outputs"),
        (["process", "bell\a\nnewline.mp4"], 1, "bell? newline.mp4"),
        (["models", "download"], 2, "models list"),
        (["models", "download", "vitpose-plus-smal"], 1, "did you mean vitpose-plus-small"),
        (["models", "download", "vitpose-plus-small"], 1, "HF_HUB_OFFLINE"),
        (["models", "path", "vitpose-plus-small"], 1, "models download vitpose-plus-small"),
        (["models", "convert", "none.pth", "--out", "models"], 1, "none.pth"),
        (["process", CLIP, "--pose", "vitpose-plus-small"], 1, "HF_HUB_OFFLINE"),
        (["process", "none.mp4", "--pose", "vitpose-plus-small"], 1, "none.mp4"),
        (["process", CLIP, "--device", "cuda"], 1, "cuda"),
        (["bench"], 1, "not built yet"),
        (["process", CLIP, "--size", "640x480"], 2, "--size"),
        (["process", CLIP, "--size", "large"], 2, "--size"),
        (["process", CLIP, "--fps", "30"], 2, "--fps"),
        (["process", CLIP, "-o", "o.mp4", "--microphone", "default"], 2, "a file has its own sound"),
        (["ui", "--size", "640x480"], 2, "name it"),
    ],
)
def test_errors_are_a_line_and_a_hint_without_a_traceback(tmp_path, monkeypatch, capfd, arguments, status, words):
    monkeypatch.chdir(tmp_path)
    assert cli.run(arguments) == status
    said = capfd.readouterr()
    lines = said.err.strip().splitlines()
    assert lines[0].startswith("error: ")
    assert len(lines) <= 2
    assert words in said.err
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


def test_cameras_are_listed_with_the_formats_that_open(monkeypatch, capsys):
    found = (CameraInfo(0, "Integrated Camera"), CameraInfo(2, "Studio"))
    monkeypatch.setattr(sources, "list_cameras", lambda: found, raising=False)

    def look(index):
        if index == 2:
            raise SourceError("camera 2 cannot be opened", hint="is another program using it?")
        return (CameraFormat(640, 480, 30.0), CameraFormat(1280, 720, 0.0))

    monkeypatch.setattr(camera, "camera_formats", look)
    assert cli.run(["cameras"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "0  Integrated Camera  640x480@30  1280x720",
        "2  Studio             camera 2 cannot be opened; is another program using it?",
    ]
    assert cli.run(["cameras", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["cameras"]
    assert [(row["index"], len(row["formats"]), bool(row["trouble"])) for row in said] == [(0, 2, False), (2, 0, True)]
    found = ()
    assert cli.run(["cameras"]) == 0
    said = capsys.readouterr()
    assert (said.out, "no camera was found" in said.err) == ("", True)


@pytest.mark.parametrize(("found", "lines"), [(("Lesson", "Hall (2)"), ["Lesson", "Hall (2)"]), ((), [])])
def test_microphones_are_listed_by_name(monkeypatch, capsys, found, lines):
    monkeypatch.setattr(sources, "list_microphones", lambda: found, raising=False)
    assert cli.run(["microphones"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines() == lines
    assert ("no microphone was found" in said.err) == (not found)
    assert cli.run(["microphones", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"microphones": [{"name": name} for name in found]}


def test_debug_shows_the_traceback(tmp_path):
    done = vitpose_live("process", "none.mp4", "--debug", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_models_are_listed_and_described(capsys):
    assert cli.run(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    (embedded,) = (line.split() for line in lines if line.startswith("movenet-thunder "))
    (published,) = (line.split() for line in lines if line.startswith("vitpose-plus-small "))
    assert ("yes" in embedded, "yes" in published) == (True, False)
    assert cli.run(["models", "info", "movenet-thunder", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["licence"] == "Apache-2.0"


def test_nothing_leaves_the_machine_and_nothing_is_left_in_the_home_folder(tmp_path):
    """Not even by a child process: the spy writes to a file that children inherit."""
    home, spied = tmp_path / "home", tmp_path / "spied"
    home.mkdir()
    code = f"""
import socket, sys
def spy(*given, **named):
    with open({str(spied)!r}, "a") as log:
        log.write(repr(given) + chr(10))
    raise OSError("no network")
socket.getaddrinfo = socket.gethostbyname = socket.create_connection = socket.socket.connect = spy
from vitpose_live.cli import run
sys.exit(run(["process", {CLIP!r}, "--duration", "0.2", "-o", {str(tmp_path / "o.mp4")!r}]))
"""
    environment = {**os.environ, "HOME": str(home)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not spied.exists(), spied.read_text()
    assert list(home.rglob("*")) == []


def test_a_reader_that_leaves_is_no_bug(tmp_path):
    line = [sys.executable, "-m", "vitpose_live", "process", CLIP, "--duration", "0.1", "--json"]
    running = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path)
    running.stdout.close()
    err = running.stderr.read()
    running.stderr.close()
    assert running.wait(60) == 1
    assert err.splitlines()[-1].startswith("error: the result could not be printed")


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory):
    """A hundred seconds of an empty room."""
    path = tmp_path_factory.mktemp("long") / "long.mp4"
    with av.open(str(path), "w") as made:
        stream = made.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.full((480, 640, 3), 99, np.uint8), "rgb24")
        for index in range(3000):
            picture.pts = index
            made.mux(stream.encode(picture))
        made.mux(stream.encode(None))
    return path


@pytest.mark.skipif(os.name == "nt", reason="sends signals as a terminal and a service manager do")
@pytest.mark.parametrize(
    ("through", "signals"),
    [
        (["-m", "vitpose_live"], [signal.SIGINT]),
        (["-m", "vitpose_live"], [signal.SIGTERM]),
        (["-c", RUN_HERE.format(root=str(ROOT))], [signal.SIGINT] * 5),  # which becomes the one above
    ],
    ids=["Ctrl-C", "terminated", "Ctrl-C again and again through run.py"],
)
def test_interrupted_output_is_finished_and_valid(tmp_path, long_clip, through, signals):
    line = [sys.executable, *through, "process", str(long_clip), "-o", "o.mp4", "--keypoints", "o.parquet"]
    running = subprocess.Popen(
        [*line, "--json", "--det-frequency", "1"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    while running.poll() is None and not any(path.stat().st_size for path in tmp_path.iterdir()):
        threading.Event().wait(0.005)  # until there is something of a picture
    for number in signals:
        os.killpg(running.pid, number)
    out, err = running.communicate(timeout=200)
    assert running.returncode == 130, err
    assert "finished and valid" in err
    said = json.loads(out)
    assert said["interrupted"] is True
    assert 0 < said["frames"] < 3000
    with av.open(str(tmp_path / "o.mp4")) as made:
        assert sum(1 for _ in made.decode(video=0)) == said["frames"]
    assert pq.read_table(tmp_path / "o.parquet").num_rows == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["o.mp4", "o.parquet"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["rtsp://anna:hush@camera/live"],
        ["rtsp://anna:hu sh@camera/live"],
        ["process", "ftp://anna:hush@camera/live"],
        ["process", CLIP, "rtsp://anna:hush@camera/live"],
        ["process", CLIP, "--detector", "http://host/?token=hush"],
    ],
)
def test_a_password_in_a_wrong_word_is_not_repeated(capsys, arguments):
    assert cli.run(arguments) != 0
    said = capsys.readouterr()
    assert "***" in said.err
    assert "hush" not in said.err + said.out
    assert "sh@" not in said.err


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [
        ([], {}),
        (["--det-frequency", "auto"], {"det_frequency": "auto"}),
        (["--det-frequency=7"], {"det_frequency": 7}),
        (["--smoothing", "zero_phase"], {"smoothing": "zero_phase"}),
        (["--no-reidentify"], {"reidentify": False}),
        (["--reidentify"], {"reidentify": True}),
        (["--layout", "side_by_side"], {"layout": "side_by_side"}),
        (["--quality", "high", "--encoder", "hardware"], {"quality": "high", "encoder": "hardware"}),
        (["--split", "10min", "--verify", "full"], {"split": "10min", "verify": "full"}),
        (["--config", "off.toml"], {"reidentify": False, "det_frequency": "auto"}),
        (["--config", "off.toml", "--reidentify"], {"reidentify": True, "det_frequency": "auto"}),
    ],
)
@pytest.mark.parametrize("command", ["process", "demo"])
def test_flags_become_settings(tmp_path, monkeypatch, command, flags, wanted):
    asked = []

    def refuse(source, settings, outputs, **_):
        asked.append(settings)
        raise SourceError("not here")

    monkeypatch.chdir(tmp_path)
    (tmp_path / "off.toml").write_text('reidentify = false\ndet_frequency = "auto"\n')
    monkeypatch.setattr(app_process, "process_source", refuse)
    assert cli.run([command, *([CLIP] if command == "process" else []), *flags]) == 1
    assert [settings.model_dump(include=wanted) for settings in asked] == [wanted]


@pytest.mark.parametrize(
    ("flags", "options"),
    [
        ([], {"size": None, "fps": None}),
        (["--size", "1280x720"], {"size": (1280, 720), "fps": None}),
        (["--size", "1280X720", "--fps", "29.97"], {"size": (1280, 720), "fps": 29.97}),
    ],
)
def test_a_camera_is_asked_for_the_size_and_rate_of_the_command_line(monkeypatch, flags, options):
    asked = []

    def refuse(source, *, duration, **given):
        asked.append((source, given))
        raise SourceError("no camera here")

    monkeypatch.setattr(app_process, "open_source", refuse)
    assert cli.run(["process", "0", *flags]) == 1
    assert asked == [("0", options)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["analyze", "t.csv", "--exercise", "flying"], "unknown exercise 'flying'"),
        (["render", "t.csv", "--exercise", "flying"], "unknown exercise 'flying'"),
        (["render", "t.csv", "--body-part", "tail"], "unknown part of the body 'tail'"),
        (["render", "t.csv", "--layout", "nice"], "--layout"),
        (["render", "t.csv", "--quality", "ultra"], "--quality"),
        (["export", "t.csv", "--to", "fbx"], "unknown export format 'fbx'"),
        (["export", "t.csv", "--to", "bvh"], "BVH"),
        (["plot", "t.csv", "--to", "cake"], "unknown plot 'cake'"),
        (["plot", "t.csv", "--format", "gif"], "--format"),
        (["process", CLIP, "-o", "o.mp4", "--encoder", "none"], "--encoder"),
        (["process", CLIP, "-o", "o.mp4", "--exercise", "flying"], "unknown exercise 'flying'"),
    ],
    ids=lambda value: " ".join(value[-2:]) if isinstance(value, list) else "",
)
def test_a_name_that_is_not_in_the_list_is_wrong_usage(tmp_path, monkeypatch, capfd, arguments, words):
    monkeypatch.chdir(tmp_path)
    writer = open_keypoint_writer("t.csv", COCO17, {})
    writer.write(result(0))
    writer.close()
    assert cli.run(arguments) == 2
    said = capfd.readouterr()
    assert words in said.err
    assert said.out == ""
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]
