"""One MP4 while it is written: pictures and sound side by side, in fragments that a kill leaves playable."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
from av.container import OutputContainer
from av.packet import Packet
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vitpose_live.sinks.audio import AudioTrack
from vitpose_live.sinks.encoders import Encoder, Quality
from vitpose_live.sinks.growing_file import GrowingFile
from vitpose_live.sinks.live_sound import LiveSound
from vitpose_live.sinks.mp4_boxes import whole_fragments_end
from vitpose_live.sinks.picture_track import PictureTrack
from vitpose_live.sinks.verify import Contents, contents

INDEX_BYTES = 64
"""Bytes in the index for each picture and the sound that goes with it, at the most."""

_MUXER_OPTIONS = {
    # fragments that a kill leaves playable, rewritten at the end into an ordinary MP4
    "movflags": "hybrid_fragmented+frag_keyframe",
    # with the one picture that the encoder holds until its end is known, and the one that the muxer holds, a kill loses
    # at most a second from two pictures a second upwards
    "frag_duration": "250000",
    "flush_packets": "1",
    # packets come in order already: a sound that ends early must not make the muxer wait for more of it
    "max_interleave_delta": "1",
}
_FRAGMENT_AT_MOST = 1 << 22  # bytes that reach the file in one go, so that a kill hardly ever leaves half a fragment


class MovieFile:
    """Pictures, and the sound that goes with them, on their way into an empty file.

    Every method raises what the media library and the disk raise; what is whole by then is for `salvage` to keep.

    Parameters
    ----------
    path
        The file, there and empty.
    size
        Width and height of the pictures, even.
    fps_hint
        Pictures per second as far as known, 0.0 when unknown.
    start
        Time of the first picture, which is the file's second 0.
    encoder, quality, threads
        As of `PictureTrack`.
    sound
        What goes with the pictures, closed with the file; None for no sound.
    """

    def __init__(
        self,
        path: Path,
        *,
        size: tuple[int, int],
        fps_hint: float,
        start: float,
        encoder: Encoder,
        quality: Quality,
        threads: int,
        sound: AudioTrack | LiveSound | None,
    ) -> None:
        self._file = GrowingFile(path)
        self._container: OutputContainer | None = None
        self._audio = sound
        options = dict(_MUXER_OPTIONS)
        # the header waits for the first packets, so that it can say where in the sound second 0 is; but not for long
        options["movflags"] += "+empty_moov" if self._audio is not None and self._audio.late else "+delay_moov"
        try:
            self._container = av.open(
                self._file, "w", format="mp4", container_options=options, buffer_size=_FRAGMENT_AT_MOST
            )
            self._pictures = PictureTrack(
                self._container,
                encoder,
                quality,
                size=size,
                fps_hint=fps_hint,
                start=start,
                threads=threads,
            )
            if self._audio is not None:
                self._audio.attach(self._container)
        except BaseException:
            self.close()
            raise

    @property
    def size(self) -> int:
        """Bytes on the disk."""
        return self._file.size

    @property
    def index_size(self) -> int:
        """Bytes that the index would take now, at the most."""
        return INDEX_BYTES * self._pictures.count

    @property
    def held(self) -> Contents:
        """What has been encoded."""
        return Contents(self._pictures.count, self._pictures.end)

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong with the sound, a line each."""
        return tuple(self._audio.problems) if self._audio is not None else ()

    def put(self, image: NDArray[np.uint8], time: float) -> None:
        """Write one picture, once the next one says how long it lasts."""
        self._mux(self._pictures.put(image, time))

    def finish(self, until: float | None, duration: float | None) -> None:
        """Write the rest and make an ordinary MP4 of it; see `PictureTrack.finish`."""
        assert self._container is not None
        self._mux(self._pictures.finish(until, duration))
        if self._audio is not None:
            for sound in self._audio.take(self._pictures.end, last=True):
                self._container.mux(sound)
            self._audio.close()
        self._container.close()
        self._container = None
        self._file.complete()

    def salvage(self) -> Contents:
        """Cut off what is torn, and return what is in the rest, which plays.

        Raises
        ------
        DamagedError
            When the rest cannot be read back.
        OSError
            When it cannot be cut.
        """
        self._let_go()
        whole = whole_fragments_end(self._file.path)
        self._file.cut(whole)
        return contents(self._file.path) if whole else Contents.nothing()

    def close(self) -> None:
        """Let go of the file as it is."""
        self._let_go()
        self._file.close()

    def _mux(self, packets: Iterable[Packet[VideoStream]]) -> None:
        """Write video packets, each after the sound that ends before it."""
        assert self._container is not None
        for packet in packets:
            if self._audio is not None:
                assert packet.pts is not None
                for sound in self._audio.take(packet.pts * packet.time_base):
                    self._container.mux(sound)
            self._container.mux(packet)

    def _let_go(self) -> None:
        """Close what is read and encoded, without another word to the file."""
        if self._audio is not None:
            self._audio.close()
        self._file.give_up()
        if self._container is not None:
            # the file takes no more, and the encoder may be what failed
            with suppress(av.FFmpegError):
                self._container.close()
            self._container = None
