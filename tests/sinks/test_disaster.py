"""A kill leaves what was recorded; a full disk is one clear error and leaves what was there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sinks.media import boxes, clicks, increasing, pictures, write_clicks

from vitpose_live.sinks import VideoRecorder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs signals and resource limits")

ROOT = Path(__file__).parents[2]

ENDLESS = """
import sys
import numpy as np
from vitpose_live.sinks import VideoRecorder

fps = float(sys.argv[3])
recorder = VideoRecorder(sys.argv[1], fps_hint=fps, audio_path=sys.argv[2] or None)
index = 0
while True:
    recorder.write(np.full((48, 64, 3), index * 2 % 256, np.uint8), index / fps)
    index += 1
    print(index, flush=True)
"""

SMALL_DISK = """
import resource, sys
import numpy as np
sys.path.insert(0, "tests")
from contracts.sink_contract import COCO17, result
from vitpose_live.errors import OutputError
from vitpose_live.sinks import VideoRecorder, open_keypoint_writer

folder, limit = sys.argv[1], int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

def record(recorder):
    for index in range(200):
        recorder.write(result(index, size=(320, 240)).frame.image, index / 30)
    recorder.close()

def tabulate(writer):
    for index in range(200):
        writer.write(result(index, people=100))
    writer.close()

def attempt(work, sink):
    try:
        work(sink)
    except OutputError as error:
        print(f"{error} | {error.hint}")
        sink.abort()
        sink.close()
    else:
        print("no error")

attempt(record, VideoRecorder(folder + "/out.mp4", fps_hint=30, overwrite=True))
for ending in ("parquet", "csv", "json"):
    attempt(tabulate, open_keypoint_writer(folder + "/out." + ending, COCO17, {}, overwrite=True))
"""


COMPLETING = """
import os, signal, sys
from pathlib import Path
import numpy as np
from vitpose_live.sinks import VideoRecorder

recorder = VideoRecorder(sys.argv[1], fps_hint=30)
for index in range(40):
    recorder.write(np.full((48, 64, 3), index * 2, np.uint8), index / 30)
kill_before, steps = int(sys.argv[2]), 0

def counted(owner, name):
    call = getattr(owner, name)
    def instead(*given):
        global steps
        steps += 1
        if steps == kill_before:
            os.kill(os.getpid(), signal.SIGKILL)
        print(name, flush=True)
        return call(*given)
    setattr(owner, name, instead)

for owner, name in ((os, "write"), (os, "fsync"), (os, "lseek"), (Path, "replace")):
    counted(owner, name)
recorder.close()
"""

LIMITED = """
import resource, sys
import numpy as np
from vitpose_live.errors import CutShortError
from vitpose_live.sinks import VideoRecorder

limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
recorder = VideoRecorder(sys.argv[1], fps_hint=30, overwrite=True)
texture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
index = 0
try:
    for index in range(200):
        recorder.write(np.roll(texture, index, 1), index / 30)
    recorder.close()
except CutShortError as error:
    print(index + 1, error.seconds, error.saved, error)
recorder.abort()
"""


def record_all(path: Path) -> None:
    recorder = VideoRecorder(path, fps_hint=30)
    texture = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    for index in range(200):
        recorder.write(np.roll(texture, index, 1), index / 30)
    recorder.close()


def run(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def record_and_kill(path: Path, sound: Path | str, *, fps: float, frames: int) -> int:
    """Record until `frames` pictures are written, kill the recorder, return how many were."""
    with run(ENDLESS, path, sound, fps) as process:
        for line in process.stdout:
            if int(line) >= frames:
                break
        process.kill()
        return max([frames, *map(int, process.stdout.read().split())])


@pytest.mark.parametrize("sound", ["none", "whole", "short", "late"])
def test_killed_recording_plays_to_its_last_second(tmp_path, sound):
    source: Path | str = ""
    if sound != "none":
        options = {"whole": {"seconds": 6.0}, "short": {"seconds": 1.0}, "late": {"sound_starts": 9.0}}[sound]
        source = write_clicks(tmp_path / "sound.mp4", "aac", **options)
    path = tmp_path / "out.mp4"
    written = record_and_kill(path, source, fps=30.0, frames=115)
    assert not path.exists()
    times, images = pictures(tmp_path / "out.partial.mp4")
    assert written - 30 <= len(images) <= written
    assert times == pytest.approx([index / 30 for index in range(len(times))], abs=1e-4)
    assert increasing(times)
    levels = [index * 2 % 256 for index in range(len(images))]
    assert [image.mean() for image in images] == pytest.approx(levels, abs=4)
    if sound == "whole":
        heard = clicks(tmp_path / "out.partial.mp4")
        assert len(heard) >= 5
        assert heard == pytest.approx([0.25 + 0.5 * index for index in range(len(heard))], abs=0.005)


@pytest.mark.parametrize(("fps", "frames"), [(5.0, 14), (12.0, 31)])
def test_killed_slow_recording_plays_to_its_last_second_too(tmp_path, fps, frames):
    written = record_and_kill(tmp_path / "out.mp4", "", fps=fps, frames=frames)
    assert written - fps <= len(pictures(tmp_path / "out.partial.mp4")[0]) <= written


def test_a_kill_at_any_step_of_completing_loses_nothing(tmp_path):
    with run(COMPLETING, tmp_path / "whole.mp4", 0) as process:
        said, complaints = process.communicate(timeout=200)
    assert complaints == ""
    steps = said.split()
    assert steps.count("fsync") >= 2
    assert steps[-1] == "replace"
    # the last pictures are written until the first fsync; from there on the file is only completed
    for step in range(steps.index("fsync") + 1, len(steps) + 1):
        path = tmp_path / f"{step}.mp4"
        with run(COMPLETING, path, step) as process:
            process.communicate(timeout=200)
        assert process.returncode != 0
        assert len(pictures(path.with_stem(f"{step}.partial"))[0]) == 40


@pytest.mark.parametrize("before", [True, False])
def test_a_full_disk_keeps_what_was_recorded(tmp_path, before):
    path = tmp_path / "out.mp4"
    if before:
        path.write_bytes(b"before")
    with run(LIMITED, path, 60_000) as process:
        said, complaints = process.communicate(timeout=200)
    assert complaints == ""
    written, seconds, saved, *message = said.split(maxsplit=3)
    # what was there before is complete and stays
    assert Path(saved) == (tmp_path / "out.partial.mp4" if before else path)
    times, _ = pictures(Path(saved))
    assert int(written) - 30 <= len(times) <= int(written)
    assert increasing(times)
    assert float(seconds) == pytest.approx(len(times) / 30, abs=1e-3)
    assert message[0].startswith(f"cannot write {path}: File too large; ")
    assert saved in message[0]
    assert "moov" in boxes(Path(saved))
    assert set(tmp_path.iterdir()) == {path, Path(saved)}
    if before:
        assert path.read_bytes() == b"before"


def test_a_disk_that_is_full_only_at_the_end_keeps_every_picture(tmp_path):
    record_all(tmp_path / "whole.mp4")
    size = (tmp_path / "whole.mp4").stat().st_size
    with run(LIMITED, tmp_path / "out.mp4", size - 10) as process:
        said, _ = process.communicate(timeout=200)
    assert float(said.split()[1]) == pytest.approx(200 / 30, abs=1e-3)
    assert len(pictures(tmp_path / "out.mp4")[0]) == 200
    assert "moof" in boxes(tmp_path / "out.mp4")


@pytest.mark.parametrize("limit", [20, 200_000])
def test_full_disk_is_one_clear_error(tmp_path, limit):
    targets = [tmp_path / f"out.{ending}" for ending in ("mp4", "parquet", "csv", "json")]
    for path in targets:
        path.write_bytes(b"before")
    with run(SMALL_DISK, tmp_path, limit) as process:
        said, complaints = process.communicate(timeout=200)
    assert process.returncode == 0, complaints
    assert complaints == ""
    assert len(said.splitlines()) == len(targets)
    for path, line in zip(targets, said.splitlines(), strict=True):
        assert line.startswith(f"cannot write {path}: File too large | ")
        assert "limit" in line
        assert path.read_bytes() == b"before"
    assert set(tmp_path.iterdir()) == set(targets)


def test_memory_of_a_long_recording_stays_flat(tmp_path):
    source = write_clicks(tmp_path / "sound.mp4", "aac", seconds=20.0)
    recorder = VideoRecorder(tmp_path / "out.mp4", fps_hint=30, audio_path=source)
    noise = np.random.default_rng(0).integers(0, 256, (48, 64, 3), np.uint8)
    resident = []
    for index in range(900):
        recorder.write(noise, index / 30)
        if index in (300, 899):
            resident.append(_resident_bytes())
    recorder.abort()
    assert resident[1] - resident[0] < 8_000_000


def _resident_bytes() -> int:
    statm = Path("/proc/self/statm")
    if not statm.exists():
        pytest.skip("needs /proc to tell this process's memory")
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
