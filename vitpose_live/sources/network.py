"""Opening an address on the network safely, with every wait bounded and nothing secret in any message."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import av
from av.container import InputContainer

from vitpose_live.errors import SourceError
from vitpose_live.sources.address import masked
from vitpose_live.sources.containers import allowed_formats

OPEN_TIMEOUT = 5.0
READ_TIMEOUT = 5.0
_PLAYLIST_READ_TIMEOUT = 30.0  # such a stream comes in pieces of several seconds each
_PLAYLISTS = (".m3u8", ".mpd")

# What a playlist, a redirection or an odd address could lead to beside these is a file of this machine.
_PROTOCOLS = "http,https,httpproxy,crypto,tcp,tls,udp,rtp,rtsp,rtmp,rtmps,srt"

_OPTIONS = {
    "protocol_whitelist": _PROTOCOLS,
    # UDP loses what does not fit into its buffers; where TCP is not offered, it is tried after all
    "rtsp_flags": "prefer_tcp",
    # for a stream without sound FFmpeg would otherwise wait 5 s whether there is some after all
    "analyzeduration": "1000000",
}


@contextmanager
def open_network(
    url: str, *, open_timeout: float = OPEN_TIMEOUT, read_timeout: float = READ_TIMEOUT, resume: bool = False
) -> Iterator[InputContainer]:
    """Open an address; what goes wrong while it is read inside the ``with`` block is translated too.

    Parameters
    ----------
    open_timeout
        Seconds to wait for the connection, and again for the first pictures.
    read_timeout
        Seconds to wait for each packet.
    resume
        Read on where the connection broke off, which a recording allows.

    Raises
    ------
    SourceError
        When it cannot be opened or read; user name and password are not in it.
    """
    if not url.isprintable():
        raise SourceError(f"{masked(url)!r} is not an address", hint="check it for line breaks and the like")
    if url.partition("?")[0].lower().endswith(_PLAYLISTS):
        read_timeout = max(read_timeout, _PLAYLIST_READ_TIMEOUT)
    options = {**_OPTIONS, "format_whitelist": allowed_formats(on_the_network=True)}
    if resume:
        options |= {"reconnect": "1", "reconnect_on_network_error": "1", "reconnect_delay_max": "2"}
    try:
        with av.open(
            url, "r", container_options=options, metadata_errors="replace", timeout=(open_timeout, read_timeout)
        ) as container:
            yield container
    except av.FFmpegError as error:
        error.args = tuple(masked(part) if isinstance(part, str) else part for part in error.args)
        raise _translated(masked(url), error) from error


@dataclass(frozen=True, slots=True)
class _Verdict:
    says: str
    hint: str


_VERDICTS: tuple[tuple[type[av.FFmpegError] | tuple[type[av.FFmpegError], ...], _Verdict], ...] = (
    (
        av.error.HTTPUnauthorizedError,
        _Verdict("asks for a user name and password", "write them before the host: rtsp://user:password@host/..."),
    ),
    (av.error.HTTPForbiddenError, _Verdict("refuses access", "check user name, password and address")),
    (
        av.error.HTTPNotFoundError,
        _Verdict("is not there", "the server answers, but knows no such stream: check the path"),
    ),
    (av.error.HTTPServerError, _Verdict("has a failing server", "try again later")),
    (av.error.HTTPClientError, _Verdict("refuses the request", "check the address")),
    (av.error.ConnectionRefusedError, _Verdict("refuses the connection", "is the server running, and the port right?")),
    (
        (av.error.ConnectionResetError, av.error.ConnectionAbortedError, av.error.BrokenPipeError, av.error.EOFError),
        _Verdict("broke the connection", "is the server still running?"),
    ),
    (
        (av.error.ExitError, av.error.TimeoutError),
        _Verdict("does not answer", "is it switched on, and on this network?"),
    ),
    (
        av.error.ProtocolNotFoundError,
        _Verdict("is of a kind that this installation cannot read", "offer it by rtsp:// or http:// instead"),
    ),
    (
        # a format or protocol that is not allowed is an invalid argument, too
        (av.error.InvalidDataError, av.error.ArgumentError),
        _Verdict("sends no video that can be read", "check the address in a video player"),
    ),
    # an unknown host and an answer that is no video are the same to FFmpeg
    (av.FFmpegError, _Verdict("cannot be reached, or sends no video", "check the address and the network")),
)


def _translated(name: str, error: av.FFmpegError) -> SourceError:
    verdict = next(verdict for kind, verdict in _VERDICTS if isinstance(error, kind))
    return SourceError(f"{name} {verdict.says}", hint=verdict.hint)
