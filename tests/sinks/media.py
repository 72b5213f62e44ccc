"""Sound and pictures made for tests, and readers that know nothing of the writers."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

CLICK_EVERY = 0.5


def write_clicks(
    path: Path,
    codec: str,
    *,
    seconds: float = 3.0,
    rate: int = 48000,
    layout: str = "mono",
    sound_starts: float = 0.0,
) -> Path:
    """Write a file with a short burst of 2 kHz at 0.25 s of its sound and every half second from there."""
    count = round(rate * seconds)
    wave = np.zeros(count, np.float32)
    burst = 0.8 * np.sign(np.sin(np.arange(rate // 200) * 2 * np.pi * 2000 / rate))
    for click in np.arange(CLICK_EVERY / 2, seconds - 0.01, CLICK_EVERY):
        wave[round(click * rate) :][: len(burst)] = burst
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        for first in range(0, count, 960):
            samples = np.tile(wave[first : first + 960], (channels, 1))
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), format="fltp", layout=layout)
            frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
            frame.pts = first + round(sound_starts * rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def clicks(path: Path) -> list[float]:
    """Return the times at which bursts begin, edit lists applied."""
    found: list[float] = []
    last = -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            samples = frame.to_ndarray().astype(np.float64)
            step = 1 if frame.format.is_planar else len(frame.layout.channels)
            wave = np.abs(samples[0][::step] / (32768 if "16" in frame.format.name else 1))
            for position in np.flatnonzero(wave > 0.3):
                moment = frame.time + position / frame.sample_rate
                if moment - last > CLICK_EVERY / 3:
                    found.append(float(moment))
                last = moment
    return found


def pictures(path: Path) -> tuple[list[float], list[NDArray[np.uint8]]]:
    """Return the presentation times and the pictures in RGB, converted as the file's tags say."""
    times, images = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            times.append(float(frame.time))
            images.append(frame.to_ndarray(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG"))
    return times, images


def durations(path: Path) -> dict[str, float]:
    """Return the seconds that the container, and each of its streams, say they last."""
    with av.open(str(path)) as container:
        found = {"container": container.duration / av.time_base}
        for stream in container.streams:
            found[stream.type] = float(stream.duration * stream.time_base)
    return found


def boxes(path: Path) -> list[str]:
    """Return the names of an MP4's outermost boxes."""
    data, names, position = path.read_bytes(), [], 0
    while position < len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        names.append(data[position + 4 : position + 8].decode("latin-1"))
        position += size
    return names


def increasing(values: list[float]) -> bool:
    """Tell whether each value is more than the one before."""
    return all(earlier < later for earlier, later in pairwise(values))
