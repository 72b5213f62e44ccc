#!/usr/bin/env python3
"""Record a camera with a microphone, hold the sound against the pictures and print a Markdown table.

    .venv/bin/python scripts/bench_microphone.py [plain before pause drift] [--seconds 30]

Needs PulseAudio (apt install pulseaudio pulseaudio-utils); the desktop's own is left alone.

Method: a sound server of one's own has microphones that hear a tone begin at every whole second of the computer's
clock; a camera shows a white picture at just these moments, 25 pictures a second, of which each is stamped with the
moment at which it was due. From there on everything is the app's own: the system's sound, the live session with the
embedded models, the recorder. In the finished file every white picture is held against the tone next to it. The table
says how much later than the picture the sound is: the median, the first and the last, and the most either way.

plain     so many seconds
before    the same, begun 5 s before the key
pause     the same, with a pause of 2.3 s in the middle: a cut
drift     the same, of a microphone whose clock is 300 ppm fast: 18 ms a minute if nothing were done about it, so that
          it takes `--seconds 180` to fail

Exit status 1 when a sound is over 40 ms off or missing, 2 when nothing could be measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from time import monotonic, monotonic_ns, sleep

import numpy as np
from flashing_film import clicks_heard, flashes_seen
from sound_server import WHY_NOT, SoundServer

from vitpose_live.app.live import LiveSession, LiveState
from vitpose_live.app.settings import Settings
from vitpose_live.data import Frame, SourceInfo
from vitpose_live.errors import SourceError, VitposeLiveError
from vitpose_live.machine import available_cores

ALLOWED_MS = 40.0
FPS = 25
WIDTH, HEIGHT = 320, 240
BEFORE_SECONDS = 5.0
PAUSE_SECONDS = 2.3
DRIFT = 300e-6
PARTS = ("plain", "before", "pause", "drift")


class Lamp:
    """A camera before which a lamp flashes at every whole second of `time.monotonic`."""

    problems: tuple[str, ...] = ()
    trouble = ""

    def __init__(self) -> None:
        self.info = SourceInfo("lamp", WIDTH, HEIGHT, float(FPS), live=True)
        self._closed = threading.Event()
        self._dark, self._white = (np.full((HEIGHT, WIDTH, 3), grey, np.uint8) for grey in (20, 255))

    def close(self) -> None:
        """End the iteration."""
        self._closed.set()

    def __iter__(self) -> Iterator[Frame]:
        period = 1_000_000_000 // FPS
        index = 0
        first = tick = monotonic_ns() // period + 1
        while not self._closed.wait(max(0.0, (tick * period - monotonic_ns()) / 1e9)):
            picture = self._dark if tick % FPS else self._white
            yield Frame(picture, index, (tick - first) / FPS, tick * period)
            index += 1
            tick = max(tick + 1, monotonic_ns() // period)  # one that nobody waited for is lost, as in a driver


def main() -> int:
    """Measure and print; return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", nargs="*", default=PARTS, metavar="|".join(PARTS))
    parser.add_argument("--seconds", type=float, default=30.0, help="how much each part records (default: 30)")
    given = parser.parse_args()
    if unknown := set(given.what) - set(PARTS):
        parser.error(f"there is no {' or '.join(sorted(unknown))}: choose of {', '.join(PARTS)}")
    try:
        if WHY_NOT:
            raise SourceError(WHY_NOT, hint="apt install pulseaudio pulseaudio-utils")
        return measure(given.what, given.seconds)
    except VitposeLiveError as error:
        print(f"error: {error}; {error.hint}", file=sys.stderr)
        return 2


def measure(parts: Sequence[str], seconds: float) -> int:
    """Record and print each of `parts`; return the exit status."""
    with tempfile.TemporaryDirectory() as name, closing(SoundServer(Path(name))) as server:
        os.environ.update(server.environment)
        server.plug_in("Steady")
        server.plug_in("Hasty", DRIFT)
        settings = Settings.of(detector="embedded", pose="embedded", layout="clean", history=False)
        session = LiveSession(settings, on_result=lambda _: None, open_source=lambda *_, **__: Lamp())
        try:
            session.open("lamp")
            until(session, lambda: session.state is LiveState.RUNNING)
            print(f"{platform.processor() or platform.machine()}, {available_cores()} cores, ", end="")
            print(f"load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {seconds:g} s each\n")
            print(f"| recording | sound in step within {ALLOWED_MS:g} ms | figures |\n|---|---|---|", flush=True)
            kept = [judge(part, record(session, part, seconds, Path(name))) for part in parts]
        finally:
            session.stop(10)
    return 0 if all(kept) else 1


def record(session: LiveSession, part: str, seconds: float, folder: Path) -> Path:
    """Return the file that one of the parts recorded."""
    session.listen("Hasty" if part == "drift" else "Steady")
    microphone = session.microphone
    assert microphone is not None
    if not microphone.wait(10):
        raise microphone.trouble or SourceError("the microphone gives no sound", hint="is the machine too busy?")
    before = BEFORE_SECONDS if part == "before" else 0.0
    sleep(before + 1)
    path = folder / f"{part}.mp4"
    session.record(path, before=before)
    if part == "pause":
        sleep(seconds / 2)
        session.pause_recording(paused=True)
        sleep(PAUSE_SECONDS)
        session.pause_recording(paused=False)
        sleep(seconds / 2)
    else:
        sleep(seconds)
    session.stop_recording()
    until(session, path.exists)
    return path


def until(session: LiveSession, true: Callable[[], bool]) -> None:
    """Wait for what `session` shall come to."""
    late = monotonic() + 60
    while not true():
        if session.error is not None or monotonic() > late:
            raise session.error or SourceError("nothing happens for a minute", hint="is the machine too busy?")
        sleep(0.02)


def judge(part: str, path: Path) -> bool:
    """Print how far apart sound and pictures are in what one of the parts recorded; return whether it is allowed."""
    heard = clicks_heard(path)
    nearest = [min((tone - flash for tone in heard), key=abs, default=np.inf) * 1e3 for flash in flashes_seen(path)]
    late = [apart for apart in nearest if abs(apart) < 300]
    missing = len(nearest) - len(late)
    kept = bool(late) and not missing and max(map(abs, late)) <= ALLOWED_MS
    figures = f"{len(nearest)} flashes, {missing} without sound"
    if late:
        figures += f"; sound later by {median(late):.1f} ms (median), {late[0]:.1f} at first, {late[-1]:.1f} at last, "
        figures += f"{min(late):.1f} to {max(late):.1f}; most {max(map(abs, late)):.1f}"
    print(f"| {part} | {'yes' if kept else 'no'} | {figures} |", flush=True)
    return kept


if __name__ == "__main__":
    sys.exit(main())
