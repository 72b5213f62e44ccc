"""A film that tells whether sound and pictures are in step: whenever one flashes there is a click."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

_RATE = 48_000


def flashing_film(path: Path, sound: Path, times: NDArray[np.float64], flashes: set[int]) -> Path:
    """Write pictures at `times` with the sound of another file; the `flashes` are white."""
    base = Fraction(1, 90_000)
    with av.open(str(path), "w") as made, av.open(str(sound)) as heard:
        video = made.add_stream("libx264", rate=21, options={"preset": "ultrafast", "bf": "0"})
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        video.time_base = video.codec_context.time_base = base
        audio = made.add_stream_from_template(heard.streams.audio[0])
        for packet in heard.demux(audio=0):
            if packet.dts is not None:
                packet.stream = audio
                made.mux(packet)
        for index, time in enumerate(times):
            picture = np.full((48, 64, 3), 255 if index in flashes else 40, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = round(time / base), base
            made.mux(video.encode(frame))
        made.mux(video.encode(None))
    return path


def clicks(path: Path, times: NDArray[np.float64], seconds: float) -> Path:
    """Write sound with a short burst at each of `times`."""
    wave = np.zeros(round(_RATE * seconds), np.float32)
    burst = 0.8 * np.sign(np.sin(np.arange(_RATE // 200) * 2 * np.pi * 2000 / _RATE))
    for time in times:
        stretch = wave[round(time * _RATE) :][: len(burst)]
        stretch[:] = burst[: len(stretch)]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=_RATE)
        stream.layout = "mono"
        for first in range(0, len(wave), 1024):
            frame = av.AudioFrame.from_ndarray(wave[None, first : first + 1024].copy(), format="fltp", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = _RATE, Fraction(1, _RATE), first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def clicks_heard(path: Path) -> list[float]:
    """Return the seconds at which a burst begins."""
    found: list[float] = []
    last = -1.0
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            for place in np.flatnonzero(np.abs(frame.to_ndarray()[0]) > 0.3):
                moment = float(frame.time or 0.0) + place / _RATE
                if moment - last > 0.3:
                    found.append(moment)
                last = moment
    return found


def flashes_seen(path: Path) -> list[float]:
    """Return the seconds at which a picture is white."""
    with av.open(str(path)) as container:
        return [
            float(frame.time or 0.0)
            for frame in container.decode(video=0)
            if frame.to_ndarray(format="gray").mean() > 128
        ]
