"""A sound server of one's own, whose microphones are pipes that are written to by the clock; for tests and a script."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from pathlib import Path
from time import monotonic, monotonic_ns, sleep

import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import SourceError

RATE = 48_000
WHY_NOT = "" if shutil.which("pulseaudio") and shutil.which("pactl") else "needs pulseaudio and pulseaudio-utils"
"""What keeps it from running here, if anything."""


class SoundServer:
    """PulseAudio under `folder`, for this process' programs alone; `environment` leads to it.

    Raises
    ------
    SourceError
        When it does not start.
    """

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
            if monotonic() > until or self.process.poll() is not None:
                self.close()
                raise SourceError(
                    "the sound server does not start", hint="what does `pulseaudio -n --daemonize=no` say?"
                )
            sleep(0.01)

    def pactl(self, *words: str) -> str:
        """Have it do what `words` say; return its answer."""
        done = subprocess.run(
            ["pactl", *words], env=os.environ | self.environment, check=True, capture_output=True, text=True, timeout=10
        )
        return done.stdout.strip()

    def plug_in(self, name: str, faster: float = 0.0) -> Pipe:
        """Add a microphone called `name`, whose own clock is `faster` by that share of the time."""
        number = len(list(self.folder.glob("pipe*")))
        path = self.folder / f"pipe{number}"
        described = f"source_properties=device.description={name}"
        module = self.pactl(
            "load-module", "module-pipe-source", f"source_name=pipe{number}", f"file={path}", "format=s16le",
            f"rate={RATE}", "channels=1", described,
        )  # fmt: skip
        return Pipe(self, path, module, faster)

    def close(self) -> None:
        """End it, and all its microphones."""
        self.process.kill()
        self.process.wait(10)


class Pipe:
    """A microphone that hears a tone begin at every whole second of `time.monotonic`."""

    def __init__(self, server: SoundServer, path: Path, module: str, faster: float) -> None:
        self._server = server
        self._module = module
        self._quit = threading.Event()
        self._rate = RATE * (1 + faster)
        self._thread = threading.Thread(target=self._write, args=(path,), daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """Take it away from the server that runs."""
        self._server.pactl("unload-module", self._module)
        self._quit.set()
        self._thread.join(5)

    def _write(self, path: Path) -> None:
        with open(os.open(path, os.O_RDWR), "wb", buffering=0) as pipe:  # noqa: PTH123  a reader of its own keeps it whole
            begin = monotonic_ns()
            written = 0
            while not self._quit.wait(0.005):
                now = monotonic_ns()
                count = int((now - begin) * self._rate / 1e9) - written
                moments = begin / 1e9 + (written + np.arange(count)) / self._rate
                # a quiet hum, and a tone of 20 ms at every second
                loud = np.where(moments % 1 < 0.02, 20_000, 300)
                pipe.write((loud * np.sin(2 * np.pi * 1000 * (moments % 1))).astype("<i2").tobytes())
                written += count


def onsets(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the seconds at which tones begin in (n,) samples, `RATE` a second."""
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    return loud[np.diff(loud, prepend=-RATE) > RATE // 10] / RATE
