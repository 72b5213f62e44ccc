"""Which H.264 encoders really work on this machine; one that FFmpeg lists may still not open."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import cast

import av
import av.error
import numpy as np
from av.codec.codec import UnknownCodecError
from av.video.codeccontext import VideoCodecContext

H264_ENCODERS = ("libx264", "h264_nvenc", "h264_qsv", "h264_videotoolbox", "h264_amf", "h264_mf")
"""The one that records, then those of graphics cards and systems."""

_SIDE = 256  # the least that some hardware takes is 145


@dataclass(frozen=True, slots=True)
class EncoderProbe:
    """What became of one encoder.

    Parameters
    ----------
    name
        As FFmpeg calls it.
    works
        Whether it encoded a picture.
    why
        Why it did not, one line; empty when it did.
    """

    name: str
    works: bool
    why: str = ""


def probe_encoder(name: str) -> EncoderProbe:
    """Open the encoder called `name` and encode one picture with it."""
    try:
        context = cast(VideoCodecContext, av.CodecContext.create(name, "w"))
    except UnknownCodecError:
        return EncoderProbe(name, works=False, why="not in this build of FFmpeg")
    try:
        context.width = context.height = _SIDE
        context.pix_fmt = "nv12" if name == "h264_qsv" else "yuv420p"
        context.framerate = Fraction(30)
        context.time_base = Fraction(1, 30)
        picture = av.VideoFrame.from_ndarray(np.zeros((_SIDE, _SIDE, 3), np.uint8), format="rgb24")
        picture = picture.reformat(format=context.pix_fmt)
        picture.pts = 0
        packets = [*context.encode(picture), *context.encode(None)]
    except (av.FFmpegError, ValueError) as error:
        return EncoderProbe(name, works=False, why=f"listed, but does not open: {_reason(error)}")
    if not any(packet.size for packet in packets):
        return EncoderProbe(name, works=False, why="opens, but gives nothing")
    return EncoderProbe(name, works=True)


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return "no such hardware or driver" if "unknown error" in text.lower() else " ".join(text.split()).lower()
