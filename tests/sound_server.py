"""A sound server of one's own, whose microphones are pipes that a test writes to by its own clock."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path
from time import monotonic, monotonic_ns, sleep

import numpy as np

RATE = 48_000
WHY_NOT = "" if shutil.which("pulseaudio") and shutil.which("pactl") else "needs pulseaudio and pulseaudio-utils"


class SoundServer:
    """PulseAudio under `folder`, for this process' programs alone; `environment` leads to it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "PULSE_SERVER": f"unix:{folder / 'native'}",
            "PULSE_RUNTIME_PATH": str(folder),
            "HOME": str(folder),
            "XDG_CONFIG_HOME": str(folder),
        }
        options = ["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error"]
        socket = f"module-native-protocol-unix auth-anonymous=1 socket={folder / 'native'}"
        self.process = subprocess.Popen(
            ["pulseaudio", *options, "-L", socket],
            env=os.environ | self.environment,
            stderr=subprocess.DEVNULL,
        )
        until = monotonic() + 10
        while not (folder / "native").exists():
            assert monotonic() < until, "the sound server does not start"
            assert self.process.poll() is None, "the sound server does not start"
            sleep(0.01)

    def pactl(self, *words: str) -> str:
        done = subprocess.run(
            ["pactl", *words], env=os.environ | self.environment, check=True, capture_output=True, text=True, timeout=10
        )
        return done.stdout.strip()

    def plug_in(self, name: str) -> Pipe:
        """Add a microphone called `name`."""
        number = len(list(self.folder.glob("pipe*")))
        path = self.folder / f"pipe{number}"
        described = f"source_properties=device.description={name}"
        module = self.pactl(
            "load-module", "module-pipe-source", f"source_name=pipe{number}", f"file={path}", "format=s16le",
            f"rate={RATE}", "channels=1", described,
        )  # fmt: skip
        return Pipe(self, path, module)

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)


class Pipe:
    """A microphone that hears a click at every whole second of the clock, faster by `faster` by its own."""

    def __init__(self, server: SoundServer, path: Path, module: str) -> None:
        self._server = server
        self._module = module
        self._quit = threading.Event()
        self.faster = 0.0
        self._thread = threading.Thread(target=self._write, args=(path,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        self._server.pactl("unload-module", self._module)
        self.close()

    def close(self) -> None:
        self._quit.set()
        self._thread.join(5)

    def _write(self, path: Path) -> None:
        with open(os.open(path, os.O_RDWR), "wb", buffering=0) as pipe:  # noqa: PTH123  a reader of its own keeps it whole
            begin = monotonic_ns()
            written = 0
            while not self._quit.wait(0.005):
                now = monotonic_ns()
                count = int((now - begin) * RATE * (1 + self.faster) / 1e9) - written
                moments = begin / 1e9 + (written + np.arange(count)) / (RATE * (1 + self.faster))
                # a quiet hum, and a tone of 20 ms at every second
                loud = np.where(moments % 1 < 0.02, 20_000, 300)
                pipe.write((loud * np.sin(2 * np.pi * 1000 * (moments % 1))).astype("<i2").tobytes())
                written += count


def onsets(samples, rate: int = RATE):
    """Seconds at which tones begin in (n,) samples."""
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    return loud[np.diff(loud, prepend=-rate) > rate // 10] / rate
