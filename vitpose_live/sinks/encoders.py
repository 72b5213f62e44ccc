"""H.264 encoders: how each is asked for a quality, and which really work here; a listed one may still not open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import cast

import av
import av.error
import numpy as np
from av.codec.codec import UnknownCodecError
from av.video.codeccontext import VideoCodecContext

from vitpose_live.errors import OutputError
from vitpose_live.machine import available_cores
from vitpose_live.registry import unknown_name

GROUP_OF_PICTURES = 30

_SIDE = 256  # the least that some hardware takes is 145
_QSCALE = 118  # FFmpeg counts a quality scale in 118ths
_MANY_CORES = 4


class Quality(StrEnum):
    """What a recording is to look like, and so how large it is."""

    SMALL = "small"
    """To send: about half the size of standard."""
    STANDARD = "standard"
    """Hardly to be told from the source."""
    HIGH = "high"
    """To work on further: about twice the size."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """One encoder as a row of facts.

    Parameters
    ----------
    name
        As people call it.
    codec
        As FFmpeg does.
    steps
        Its own figure for the qualities small, standard and high.
    keys
        Its options that take that figure.
    scale
        What the figure is multiplied by.
    options
        The rest. None looks ahead: what an encoder holds back, a kill loses.
    pixels
        The layout of pixels that it takes.
    """

    name: str
    codec: str
    keys: tuple[str, ...]
    steps: tuple[int, int, int]
    options: Mapping[str, str] = field(default_factory=dict)
    pixels: str = "yuv420p"
    scale: int = 1

    def asked(self, quality: Quality) -> dict[str, str]:
        """Return the options that ask the encoder for `quality`."""
        step = self.steps[tuple(Quality).index(quality)] * self.scale
        return {"bf": "0", **self.options, **dict.fromkeys(self.keys, str(step))}


X264 = Encoder("x264", "libx264", ("crf",), (28, 23, 18), {"rc-lookahead": "0"})
HARDWARE = (
    Encoder("nvenc", "h264_nvenc", ("cq",), (31, 26, 21), {"rc": "vbr", "b": "0", "preset": "p4", "delay": "0"}),
    Encoder("qsv", "h264_qsv", ("global_quality",), (28, 23, 18), {"async_depth": "1", "look_ahead": "0"}, "nv12"),
    Encoder(
        "videotoolbox",
        "h264_videotoolbox",
        ("global_quality",),
        (45, 60, 75),
        {"flags": "+qscale", "realtime": "1"},
        scale=_QSCALE,
    ),
    Encoder("amf", "h264_amf", ("qp_i", "qp_p"), (28, 23, 18), {"rc": "cqp", "usage": "lowlatency"}, "nv12"),
    Encoder("mediafoundation", "h264_mf", ("quality",), (45, 60, 75), {"rate_control": "quality"}, "nv12"),
)
"""In the order in which `hardware` tries them."""

H264_ENCODERS = tuple(encoder.codec for encoder in (X264, *HARDWARE))
"""The one that records, then those of graphics cards and systems."""

ENCODER_NAMES = ("auto", "x264", "hardware", *(encoder.name for encoder in HARDWARE))
"""What `find_encoder` takes."""


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


def find_encoder(name: str) -> Encoder:
    """Return the encoder called `name`, which works.

    ``auto`` is ``x264``, which is everywhere, gives the same file everywhere and the best picture for its size.
    ``hardware`` is the first of a graphics card or system that works. There is no silent change to another one.

    Raises
    ------
    OutputError
        When it does not work here.
    UnknownNameError
        When there is none of this name.
    """
    if name in ("auto", X264.name):
        return X264
    if name not in ENCODER_NAMES:
        raise unknown_name("encoder", name, ENCODER_NAMES)
    candidates = [encoder for encoder in HARDWARE if name in (encoder.name, "hardware")]
    probes = [(encoder, probe_encoder(encoder.codec)) for encoder in candidates]
    for encoder, probe in probes:
        if probe.works:
            return encoder
    what = "no hardware encoder works" if name == "hardware" else f"the encoder {name} does not work"
    why = "; ".join(f"{encoder.name}: {probe.why}" for encoder, probe in probes)
    raise OutputError(f"{what} here ({why})", hint="use --encoder x264, or see `vitpose-live doctor`")


def open_encoder(
    context: VideoCodecContext, encoder: Encoder, quality: Quality, *, size: tuple[int, int], threads: int = 1
) -> None:
    """Set `context` up for pictures of `size`, 8-bit 4:2:0, each of its own duration.

    x264 works with the effort ``veryfast``, or ``ultrafast`` (a third of the time, up to twice the size) where fewer
    than four cores have to do everything.
    """
    options = encoder.asked(quality)
    if encoder is X264:
        options["preset"] = "veryfast" if available_cores() >= _MANY_CORES else "ultrafast"
    context.width, context.height = size
    context.pix_fmt = encoder.pixels
    context.gop_size = GROUP_OF_PICTURES
    context.thread_count = threads
    context.options = options


def probe_encoder(codec: str) -> EncoderProbe:
    """Open the encoder that FFmpeg calls `codec`, set up as for a recording, and encode one picture with it."""
    try:
        context = cast(VideoCodecContext, av.CodecContext.create(codec, "w"))
    except UnknownCodecError:
        return EncoderProbe(codec, works=False, why="not in this build of FFmpeg")
    try:
        encoder = next(row for row in (X264, *HARDWARE) if row.codec == codec)
        context.framerate = Fraction(30)
        context.time_base = Fraction(1, 30)
        open_encoder(context, encoder, Quality.STANDARD, size=(_SIDE, _SIDE))
        picture = av.VideoFrame.from_ndarray(np.zeros((_SIDE, _SIDE, 3), np.uint8), format="rgb24")
        picture = picture.reformat(format=context.pix_fmt)
        picture.pts = 0
        packets = [*context.encode(picture), *context.encode(None)]
    except (av.FFmpegError, ValueError) as error:
        return EncoderProbe(codec, works=False, why=f"listed, but does not open: {_reason(error)}")
    if not any(packet.size for packet in packets):
        return EncoderProbe(codec, works=False, why="opens, but gives nothing")
    return EncoderProbe(codec, works=True)


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error)
    return "no such hardware or driver" if "unknown error" in text.lower() else " ".join(text.split()).lower()
