#!/usr/bin/env python3
"""Hold recordings to their promises on this machine and print a Markdown table.

    .venv/bin/python scripts/bench_recording.py [kill complete full jitter cost] [--tries 20] [--minutes 10]

kill      A recorder in a process of its own is killed (SIGKILL) at a random moment, at 2 to 30 pictures a second,
          with and without sound. What is lost is what was written less what an independent reader (OpenCV) plays.
complete  It is killed before each call by which it completes its file, one after the other.
full      It meets a file that may not grow further (RLIMIT_FSIZE) and, for the administrator, a small disk (tmpfs).
jitter    Pictures that come 12 to 30 times a second, at random, with a sound that clicks whenever a picture flashes,
          go through source and recorder; times are compared with those that were meant.
cost      `process` of a 720p clip with the embedded models, with and without a recording, in turns, each in a process
          of its own; the price of a recording is the median over the rounds of how much longer it takes.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from statistics import median

import av
import cv2
import numpy as np
from flashing_film import clicks, clicks_heard, flashing_film

from vitpose_live.bundled import bundled_path
from vitpose_live.machine import available_cores
from vitpose_live.sinks import VideoRecorder
from vitpose_live.sources import open_source

Row = tuple[str, str, str]

ROOT = Path(__file__).resolve().parents[1]

RECORDER = """
import os, resource, signal, sys
import numpy as np
from vitpose_live.errors import OutputError
from vitpose_live.sinks import VideoRecorder

path, sound, fps, pictures, limit, kill_before = (*sys.argv[1:3], *map(float, sys.argv[3:]))
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
noise = np.random.default_rng(0).integers(0, 256, (45, 80, 3), np.uint8)
texture = np.kron(noise, np.ones((4, 4, 1), np.uint8))
recorder = VideoRecorder(path, fps_hint=fps, audio_path=sound or None, overwrite=True)

def closing(call):
    def counted(*given, **named):
        global calls
        calls += 1
        if calls == kill_before:
            os.kill(os.getpid(), signal.SIGKILL)
        return call(*given, **named)
    return counted

try:
    index = 0
    while index < pictures:
        recorder.write(np.roll(texture, 3 * index, 1), index / fps)
        index += 1
        print(index, flush=True)
    calls = 0
    for name in ("write", "fsync", "lseek", "close", "replace", "rename"):
        setattr(os, name, closing(getattr(os, name)))
    recorder.close()
    print("calls", calls)
except OutputError as error:
    print("said", type(error).__name__, error)
"""

PROCESS = """
import json, sys, time
from pathlib import Path
from vitpose_live.app.console import prepare_process
from vitpose_live.app.outputs import Outputs
from vitpose_live.app.process import process_source
from vitpose_live.app.settings import Settings

prepare_process()
settings = Settings.of(detector="embedded", pose="embedded", history=False)
outputs = Outputs(Path(sys.argv[2]) if sys.argv[2] else None, overwrite=True)
begun = []
report = process_source(sys.argv[1], settings, outputs, step=lambda *_: begun.append(time.process_time()))
print(json.dumps({"seconds": report.seconds, "busy": time.process_time() - begun[0]}))
"""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", nargs="*", default=["kill", "complete", "full", "jitter", "cost"])
    parser.add_argument("--source", default=str(bundled_path("demo.mp4")), help="clip whose recording is priced")
    parser.add_argument("--tries", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    parts: dict[str, Callable[[Path], Iterator[Row]]] = {
        "kill": lambda folder: kill(folder, given.tries),
        "complete": complete,
        "full": full,
        "jitter": lambda folder: jitter(folder, given.minutes),
        "cost": lambda folder: cost(folder, given.source, given.rounds),
    }
    print(
        f"{platform.processor() or platform.machine()}, {available_cores()} cores, Python {platform.python_version()}\n"
    )
    print("| promise | kept | figures |\n|---|---|---|")
    for name in given.what:
        with tempfile.TemporaryDirectory() as folder:
            for row in parts[name](Path(folder)):
                print(f"| {' | '.join(row)} |", flush=True)


def recorder(
    path: Path, *, sound: Path | None, fps: float, pictures: float, limit: int = 0, kill_before: int = 0
) -> subprocess.Popen[str]:
    """Start a recorder in a process of its own; it says a line for each picture."""
    arguments = [path, sound or "", fps, pictures, limit, kill_before]
    return subprocess.Popen(
        [sys.executable, "-c", RECORDER, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def played(path: Path) -> int:
    """Return how many pictures OpenCV plays."""
    video = cv2.VideoCapture(str(path))
    count = 0
    while video.read()[0]:
        count += 1
    video.release()
    return count


def kill(folder: Path, tries: int) -> Iterator[Row]:
    """Kill recorders at random moments."""
    sound = clicks(folder / "sound.mp4", np.arange(0.25, 60, 0.5), 60.0)
    chance = random.Random(1)
    for fps in (2.0, 5.0, 12.0, 30.0):
        lost = []
        for attempt in range(tries):
            path = folder / f"{fps:.0f}-{attempt}.mp4"
            moment = chance.randint(round(1.5 * fps), round(8 * fps))
            with recorder(path, sound=sound if attempt % 2 else None, fps=fps, pictures=1e9) as process:
                assert process.stdout is not None
                for line in process.stdout:
                    if int(line) >= moment:
                        break
                process.kill()
                written = max([moment, *map(int, process.stdout.read().split())])
            lost.append((written - played(path.with_stem(f"{path.stem}.partial"))) / fps)
        kept = sum(0 <= seconds <= 1 for seconds in lost)
        yield (
            f"a kill at {fps:.0f} pictures a second loses at most 1 s",
            f"{kept} of {tries}",
            f"lost: median {median(lost):.2f} s, most {max(lost):.2f} s",
        )


def complete(folder: Path) -> Iterator[Row]:
    """Kill a recorder before each call with which it completes its file."""
    with recorder(folder / "whole.mp4", sound=None, fps=30, pictures=100) as process:
        assert process.stdout is not None
        steps = int(process.stdout.read().split()[-1])
    held = []
    for step in range(1, steps + 1):
        path = folder / f"{step}.mp4"
        with recorder(path, sound=None, fps=30, pictures=100, kill_before=step) as process:
            process.communicate()
        unfinished = path.with_stem(f"{path.stem}.partial")
        held.append(played(path if path.exists() else unfinished))
    # the first calls write the last pictures; a kill before them is one of a recording that goes on
    done = held.index(max(held))
    yield (
        "a kill while the file is completed loses nothing",
        f"{held[done:].count(100)} of {len(held[done:])}",
        f"of 100 pictures: {min(held[done:])} to {max(held)}; while the last are written {held[:done]}",
    )


def full(folder: Path) -> Iterator[Row]:
    """Let the disk be full."""
    for limit in (500_000, 1_000_000, 2_000_000):
        yield _until_full(folder / f"{limit}.mp4", f"a file of {limit / 1e6:.1f} MB at the most", limit)
    if sys.platform == "linux" and os.geteuid() == 0:
        disk = folder / "disk"
        disk.mkdir()
        for size in (2, 8):
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(disk)], check=True)
            try:
                yield _until_full(disk / "out.mp4", f"a disk of {size} MB", 0)
            finally:
                subprocess.run(["umount", str(disk)], check=True)


def _until_full(path: Path, what: str, limit: int) -> Row:
    with recorder(path, sound=None, fps=30, pictures=2000, limit=limit) as process:
        assert process.stdout is not None
        lines = process.stdout.read().splitlines()
    written = max(int(line) for line in lines if line.isdigit())
    plays = played(path) if path.exists() else 0
    kept = plays and lines[-1].startswith("said CutShortError") and written - plays < 30
    return f"{what} is met with a file that plays", "yes" if kept else "no", f"{plays} of {written + 1} pictures play"


def jitter(folder: Path, minutes: float) -> Iterator[Row]:
    """Record pictures that come at random."""
    chance = np.random.default_rng(5)
    meant = np.cumsum([0.0, *chance.uniform(1 / 30, 1 / 12, round(minutes * 60 * 30))])
    meant = meant[meant < minutes * 60]
    flashes = set(range(7, len(meant), 40))
    seconds = float(meant[-1]) + 1 / 21
    sound = clicks(folder / "sound.mp4", meant[sorted(flashes)], seconds)
    given = flashing_film(folder / "source.mp4", sound, meant, flashes)
    path = folder / "out.mp4"
    with open_source(str(given)) as source:
        info = source.info
        sink = VideoRecorder(
            path, fps_hint=info.fps, audio_path=given, audio_start=info.start_time, duration=info.duration
        )
        for given_frame in source:
            sink.write(given_frame.image, given_frame.time)
        sink.close()
    times, light = [], []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        for frame in container.decode(video=0):
            times.append(float(frame.time or 0.0))
            light.append(float(frame.to_ndarray(format="gray").mean()))
        assert stream.duration is not None
        assert stream.time_base is not None
        end = float(stream.duration * stream.time_base)
    seen = [time for time, grey in zip(times, light, strict=True) if grey > 128]
    heard = clicks_heard(path)
    apart = [abs(one - other) for one, other in zip(seen, heard, strict=True)]
    worst = max(abs(one - other) for one, other in zip(times, meant, strict=True))
    at_end = max(apart[-20:])
    error = abs(end - info.duration) if info.duration else float("inf")
    yield (
        f"{minutes:g} min of 12 to 30 pictures a second last as long",
        "yes" if error < 1 / 30 and all(one < other for one, other in pairwise(times)) else "no",
        f"{len(times)} pictures, {error * 1e3:.2f} ms off at the end, none more than {worst * 1e3:.2f} ms, in order",
    )
    yield (
        "and their sound stays in step within 40 ms",
        "yes" if at_end < 0.04 else "no",
        f"{len(heard)} flashes and clicks, median {median(apart) * 1e3:.1f} ms apart, {at_end * 1e3:.1f} at the end",
    )


def cost(folder: Path, source: str, rounds: int) -> Iterator[Row]:
    """Price a recording."""
    import json

    def run(output: str) -> dict[str, float]:
        done = subprocess.run(
            [sys.executable, "-c", PROCESS, source, output],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        )
        figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
        return figures

    run("")
    pairs = [(run(""), run(str(folder / "out.mp4"))) for _ in range(rounds)]

    def price(what: str) -> list[float]:
        return [recorded[what] / alone[what] - 1 for alone, recorded in pairs]

    time, busy = price("seconds"), price("busy")
    yield (
        "a recording costs the analysis at most 10 % of its speed",
        "yes" if median(time) <= 0.1 else "no",
        f"median {median(time):.1%} ({min(time):.1%} to {max(time):.1%}) of "
        f"{median(alone['seconds'] for alone, _ in pairs):.1f} s; of the processors' time "
        f"{median(busy):.1%} ({min(busy):.1%} to {max(busy):.1%})",
    )


if __name__ == "__main__":
    main()
