"""The command line as a person types it, in a process of its own."""

import json
import os
import signal
import subprocess
import sys

import av
import numpy as np
import pyarrow.parquet as pq
import pytest

from vitpose_live import cli
from vitpose_live.bundled import bundled_path

CLIP = str(bundled_path("demo.mp4"))
FAST = ("--pose", "embedded-fast", "--det-frequency", "10")


def vitpose_live(*arguments, cwd=None):
    line = [sys.executable, "-m", "vitpose_live", *map(str, arguments)]
    return subprocess.run(line, capture_output=True, text=True, cwd=cwd, check=False)


def test_process_prints_the_contracts_json_on_stdout(tmp_path):
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
    again = vitpose_live("process", CLIP, "-o", "o.mp4", cwd=tmp_path)
    assert again.returncode == 1
    assert again.stderr.startswith("error: ")
    assert "--overwrite" in again.stderr


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
        ([], 1, "desktop app is not built yet"),
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


def test_debug_shows_the_traceback(tmp_path):
    done = vitpose_live("process", "none.mp4", "--debug", cwd=tmp_path)
    assert done.returncode == 1
    assert "Traceback" in done.stderr


def test_models_are_listed_and_described(capsys):
    assert cli.run(["models", "list"]) == 0
    assert "movenet-thunder" in capsys.readouterr().out
    assert cli.run(["models", "info", "movenet-thunder", "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["licence"] == "Apache-2.0"


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT as a terminal does")
def test_interrupted_output_is_finished_and_valid(tmp_path):
    clip = tmp_path / "long.mp4"
    with av.open(str(clip), "w") as made:
        stream = made.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        picture = av.VideoFrame.from_ndarray(np.full((480, 640, 3), 99, np.uint8), "rgb24")
        for index in range(3000):
            picture.pts = index
            made.mux(stream.encode(picture))
        made.mux(stream.encode(None))
    line = [sys.executable, "-m", "vitpose_live", "process", str(clip), "-o", "o.mp4", "--keypoints", "o.parquet"]
    running = subprocess.Popen([*line, "--json", "--det-frequency", "1"], cwd=tmp_path, stdout=-1, stderr=-1, text=True)
    while running.poll() is None and len(list(tmp_path.iterdir())) < 2:  # until the recording has begun
        os.sched_yield()
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "finished and valid" in err
    said = json.loads(out)
    assert said["interrupted"] is True
    assert 0 < said["frames"] < 3000
    with av.open(str(tmp_path / "o.mp4")) as made:
        assert sum(1 for _ in made.decode(video=0)) == said["frames"]
    assert pq.read_table(tmp_path / "o.parquet").num_rows == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["long.mp4", "o.mp4", "o.parquet"]
