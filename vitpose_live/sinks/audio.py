"""The source's sound on its way into a recording: copied where MP4 holds the codec, else encoded anew as AAC."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import chain

import av
from av.audio.stream import AudioStream
from av.bitstream import BitStreamFilterContext
from av.container import InputContainer, OutputContainer
from av.packet import Packet
from av.stream import Discard

COPIED_CODECS = frozenset({"aac", "ac3", "alac", "eac3", "flac", "mp3", "mp3float", "opus"})
"""What an MP4 holds and common players play; `mp3float` is FFmpeg's decoder of MP3."""

_HEADER_NEEDS_A_PACKET = frozenset({"ac3", "eac3"})
_WAIT = Fraction(1, 2)
_SHORTEST = 1 / 8000
_FAR = 20.0
_BEFORE = 2.0
_AAC_RATES = (48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000)
_BITS_PER_CHANNEL = 96_000


class AudioTrack:
    """Packets of a file's sound, in a recording's time.

    The recording's second 0 is the file's second `start`. Sound before it is dropped, but for one packet that
    decoders need to begin cleanly; its time is negative, so that the container's edit list hides it. Packets are
    read as they are taken: nothing is buffered.

    Parameters
    ----------
    path
        File with the sound.
    start
        Seconds in that file at which the recording begins.

    Attributes
    ----------
    begins
        Seconds in the recording at which the sound begins, a little before 0 as a rule; None without any sound.
    problems
        What went wrong without ending the recording, a line each.
    """

    def __init__(self, path: str | os.PathLike[str], start: float) -> None:
        self.problems: list[str] = []
        self.begins: Fraction | None = None
        self._path = os.path.abspath(path)  # noqa: PTH100  a name such as "a:b.mp4" would be taken for a protocol
        self._start = start
        self._input: InputContainer | None = None
        self._stream: AudioStream | None = None
        self._output: AudioStream | None = None
        self._packets: Iterator[Packet[AudioStream]] = iter(())
        try:
            self._input = av.open(self._path)
            stream = self._input.streams.best("audio")
            if isinstance(stream, AudioStream):
                self._stream = stream
                self._packets = self._shifted(stream)
        except (av.FFmpegError, OSError) as error:
            self._lose(error)
        self._next = self._following()
        if self._next is not None:
            self.begins = _start(self._next)

    @property
    def late(self) -> bool:
        """Whether the sound begins so late that the container's header cannot wait for it."""
        return self.begins is not None and self.begins > _WAIT

    def attach(self, container: OutputContainer) -> None:
        """Add the sound's stream to `container`, where there is any sound."""
        stream, first = self._stream, self._next
        if stream is None or first is None:
            return
        name = stream.codec_context.name
        packets = chain([first], self._packets)
        if name in COPIED_CODECS and not (self.late and name in _HEADER_NEEDS_A_PACKET):
            self._packets = _without_adts(stream, packets)
            self._next = self._following()
            self._output = container.add_stream_from_template(stream)
            if self._next is not None and self._next.has_sidedata("new_extradata"):
                self._output.codec_context.extradata = bytes(self._next.get_sidedata("new_extradata"))
        else:
            self._output = _add_encoder(container, stream)
            self._packets = self._encoded(stream, packets, self._output)
            self._next = self._following()

    def take(self, until: float | Fraction, *, last: bool = False) -> Iterator[Packet[AudioStream]]:
        """Yield the packets that end by `until` seconds; with `last`, cut the one that crosses it to end there."""
        while self._next is not None and self._output is not None:
            packet = self._next
            start, end = _start(packet), _end(packet)
            if end > until and not (last and start < until):
                return
            if end > until:
                packet.duration = max(1, round((Fraction(until) - start) / packet.time_base))
            packet.stream = self._output
            self._next = self._following()
            yield packet

    def close(self) -> None:
        """Let go of the file."""
        self._packets, self._next = iter(()), None
        if self._input is not None:
            self._input.close()
            self._input = None

    def _following(self) -> Packet[AudioStream] | None:
        try:
            return next(self._packets, None)
        except (av.FFmpegError, OSError) as error:
            self._lose(error)
            return None

    def _lose(self, error: av.FFmpegError | OSError) -> None:
        where = "" if self._output is None else " to its end"
        self.problems.append(f"the sound of {self._path} could not be read{where}: {error.strerror or error}")

    def _shifted(self, stream: AudioStream) -> Iterator[Packet[AudioStream]]:
        """Yield the stream's packets in the recording's time, from the last one that ends before 0."""
        assert self._input is not None
        assert stream.time_base is not None
        for other in self._input.streams:
            if other is not stream:
                other.discard = Discard.all  # not read from the disk where the format allows
        offset = round(Fraction(self._start) / stream.time_base)
        self._skip(stream)
        before: Packet[AudioStream] | None = None
        previous = -math.inf
        for packet in self._input.demux(stream):
            if packet.pts is None:
                continue
            packet.pts -= offset
            packet.dts = packet.pts  # sound has no reordering; some files say otherwise
            if _start(packet) < previous + _SHORTEST:
                continue  # a broken file goes back in time, which no muxer takes
            previous = float(_start(packet))
            if _end(packet) <= 0:
                before = packet
                continue
            if before is not None:
                yield before
                before = None
            yield packet

    def _skip(self, stream: AudioStream) -> None:
        """Go to a little before the recording's begin, where that is far into the file and the file can."""
        assert self._input is not None
        assert stream.time_base is not None
        if self._start < _FAR:
            return
        place = round((self._start - _BEFORE) / stream.time_base)
        self._input.seek(place, stream=stream)
        landed = next((packet.pts for packet in self._input.demux(stream) if packet.pts is not None), None)
        # some formats have no index and guess; from their begin it takes longer
        self._input.seek(place if landed is not None and landed <= place else 0, stream=stream)

    def _encoded(
        self, source: AudioStream, packets: Iterable[Packet[AudioStream]], encoder: AudioStream
    ) -> Iterator[Packet[AudioStream]]:
        """Yield `packets` of `source` as AAC."""
        damaged = 0
        for packet in packets:
            try:
                frames = packet.decode()
            except av.InvalidDataError:
                damaged += 1
                continue
            for frame in frames:
                yield from encoder.encode(frame)
        for frame in source.decode(None):
            yield from encoder.encode(frame)
        yield from encoder.encode(None)
        if damaged:
            self.problems.append(f"sound of {self._path}: {damaged} damaged packets left out")


def add_aac(container: OutputContainer, rate: int, channels: int) -> AudioStream:
    """Add a stream to `container` that encodes AAC, mono or, of more `channels` than one, stereo."""
    encoder = container.add_stream("aac", rate=rate)
    encoder.layout = "mono" if channels == 1 else "stereo"
    encoder.bit_rate = _BITS_PER_CHANNEL * encoder.codec_context.channels
    return encoder


def _add_encoder(container: OutputContainer, source: AudioStream) -> AudioStream:
    rate = source.codec_context.sample_rate
    return add_aac(container, rate if rate in _AAC_RATES else _AAC_RATES[0], source.codec_context.channels)


def _without_adts(stream: AudioStream, packets: Iterable[Packet[AudioStream]]) -> Iterator[Packet[AudioStream]]:
    """Yield `packets` as MP4 wants them: AAC of transport streams repeats in each what MP4 says once."""
    if stream.codec_context.name != "aac" or stream.codec_context.extradata:
        yield from packets
        return
    strip = BitStreamFilterContext("aac_adtstoasc", stream)
    for packet in packets:
        yield from strip.filter(packet)


def _start(packet: Packet[AudioStream]) -> Fraction:
    assert packet.pts is not None
    return packet.pts * packet.time_base


def _end(packet: Packet[AudioStream]) -> Fraction:
    return _start(packet) + (packet.duration or 0) * packet.time_base
