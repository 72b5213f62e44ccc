"""Servers on the loop-back interface that send generated video, or misbehave as it is told to them."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextlib import contextmanager, suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic

import av
from sources.media import HEIGHT, WIDTH, coded

RATE = 200
_CLOCK = 90_000


class Pipe:
    """What a muxer writes into: passes the bytes on."""

    def __init__(self, send: Callable[[bytes], object]) -> None:
        self._send = send

    def write(self, data: bytes) -> int:
        self._send(bytes(data))
        return len(data)


def broadcast(
    send: Callable[[bytes], object],
    quit_: threading.Event,
    *,
    kind: str = "mpegts",
    codec: str = "libx264",
    count: int | None = None,
    until: threading.Event | None = None,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    stamp: Callable[[int], float] = lambda number: number / RATE,
) -> None:
    """Send coded pictures, `RATE` a second, to the end of it: `quit_`, `until`, `count`, the receiver is gone."""
    options = {"preset": "ultrafast", "tune": "zerolatency"} if codec == "libx264" else {}
    try:
        with av.open(Pipe(send), "w", format=kind, container_options={"flush_packets": "1"}) as output:
            stream = output.add_stream(codec, rate=RATE, options=options)
            stream.width, stream.height = size
            stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            stream.gop_size = 5
            stream.codec_context.time_base = Fraction(1, _CLOCK)
            begun = monotonic()
            number = 0
            while (
                number != count
                and not (until and until.is_set())
                and not quit_.wait(max(0.0, begun + number / RATE - monotonic()))
            ):
                picture = av.VideoFrame.from_ndarray(coded(number % 256, *size), "rgb24")
                picture.pts, picture.time_base = round(stamp(number) * _CLOCK), Fraction(1, _CLOCK)
                output.mux(stream.encode(picture))
                number += 1
    except (OSError, av.FFmpegError):
        return  # the receiver is gone


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        with suppress(OSError):  # the receiver is gone
            self.server.behave(self)
        self.close_connection = True

    def log_message(self, *arguments):
        pass


def all_answered() -> None:
    """Wait until the servers here have let go of all who asked them something."""
    for thread in threading.enumerate():
        if "process_request" in thread.name:
            thread.join(20)


Behaviour = Callable[[BaseHTTPRequestHandler], None]


class HttpServer:
    """An HTTP server; `behave` answers each request and may be exchanged at any time."""

    def __init__(self, behave: Behaviour, port: int = 0) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _Handler)
        self._server.daemon_threads = False
        self._server.behave, self._server.asked = behave, []
        self._server.quit = threading.Event()
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def asked(self) -> list[tuple[str, dict[str, str]]]:
        return self._server.asked

    def url(self, path: str = "live.ts", user: str = "") -> str:
        return f"http://{user}127.0.0.1:{self.port}/{path}"

    def behave(self, behave: Behaviour) -> None:
        self._server.behave = behave

    def close(self) -> None:
        self._server.quit.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def live(*, headers: bool = True, **options) -> Behaviour:
    """Send a live stream; the headers say nothing of a length."""

    def answer(handler):
        if headers:
            handler.send_response(200)
            handler.end_headers()
        broadcast(handler.wfile.write, handler.server.quit, **options)

    return answer


def multipart(handler) -> None:
    """Send JPEG after JPEG as cheap cameras do."""
    handler.send_response(200)
    handler.send_header("Content-Type", "multipart/x-mixed-replace; boundary=next")
    handler.end_headers()

    def send(jpeg):
        handler.wfile.write(
            b"--next\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(jpeg) + jpeg + b"\r\n"
        )

    broadcast(send, handler.server.quit, kind="mjpeg", codec="mjpeg")


def silent(handler) -> None:
    """Accept, and say nothing."""
    handler.server.quit.wait(30)


def falls_silent(count: int) -> Behaviour:
    """Send so many pictures, then nothing more, and keep the connection."""

    def answer(handler):
        live(count=count)(handler)
        handler.server.quit.wait(30)

    return answer


def status(code: int) -> Behaviour:
    """Refuse."""

    def answer(handler):
        handler.send_response(code)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def text(body: bytes) -> Behaviour:
    """Send these bytes."""

    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirect(target: str) -> Behaviour:
    """Send on to `target`."""

    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.end_headers()

    return answer


def file(path: Path, *, ranges: bool = True) -> Behaviour:
    """Send a file of known length, or a part of it where `ranges` are offered."""
    body = path.read_bytes()

    def answer(handler):
        begin = 0
        wanted = handler.headers.get("Range") if ranges else None
        if wanted:
            begin = int(wanted.removeprefix("bytes=").partition("-")[0])
        handler.send_response(206 if wanted else 200)
        if ranges:
            handler.send_header("Accept-Ranges", "bytes")
        if wanted:
            handler.send_header("Content-Range", f"bytes {begin}-{len(body) - 1}/{len(body)}")
        handler.send_header("Content-Length", str(len(body) - begin))
        handler.end_headers()
        handler.wfile.write(body[begin:])

    return answer


@contextmanager
def sending_udp(port: int):
    """Send a live stream as datagrams."""
    quit_ = threading.Event()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:

        def send(data):
            for start in range(0, len(data), 1316):
                out.sendto(data[start : start + 1316], ("127.0.0.1", port))

        thread = threading.Thread(target=broadcast, args=(send, quit_))
        thread.start()
        try:
            yield
        finally:
            quit_.set()
            thread.join()


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class RtspServer:
    """A camera's RTSP (RFC 2326) as far as one client needs it: MPEG-TS in RTP (RFC 2250) inside the connection."""

    def __init__(self, *, password: str = "", port: int = 0) -> None:
        self._password = password
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        self._quit = threading.Event()
        self._clients: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def url(self, user: str = "") -> str:
        return f"rtsp://{user}127.0.0.1:{self.port}/live"

    def close(self) -> None:
        self._quit.set()
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.hang_up()
        for thread in self._threads:
            thread.join()

    def hang_up(self) -> None:
        """Break off all connections."""
        for client in self._clients:
            with suppress(OSError):  # it hung up before
                client.shutdown(socket.SHUT_RDWR)

    def idle(self) -> bool:
        """Whether nobody is connected any more."""
        return not any(thread.is_alive() for thread in self._threads[1:])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _accept(self) -> None:
        while not self._quit.is_set():
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self._clients.append(client)
            self._threads.append(threading.Thread(target=self._serve, args=(client,)))
            self._threads[-1].start()

    def _serve(self, client: socket.socket) -> None:
        with client, client.makefile("rb") as requests:
            try:
                while line := requests.readline().decode():
                    headers = {}
                    while header := requests.readline().decode().strip():
                        name, _, value = header.partition(":")
                        headers[name.lower()] = value.strip()
                    method = line.split()[0]
                    client.sendall(self._answer(method, headers))
                    if method == "PLAY":
                        self._play(client)
                        return
            except OSError:
                return  # it hung up

    def _answer(self, method: str, headers: dict[str, str]) -> bytes:
        code, extra, body = "200 OK", [], ""
        if self._password and self._password not in headers.get("authorization", ""):
            code, extra = "401 Unauthorized", ['WWW-Authenticate: Basic realm="camera"']
        elif method == "DESCRIBE":
            body = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=live\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\n"
            extra = ["Content-Type: application/sdp"]
        elif method == "SETUP":
            extra = ["Transport: RTP/AVP/TCP;unicast;interleaved=0-1"]
        head = [
            f"RTSP/1.0 {code}",
            f"CSeq: {headers.get('cseq', 0)}",
            "Session: 1",
            *extra,
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*head, "", body]).encode()

    def _play(self, client: socket.socket) -> None:
        sequence = 0

        def send(data):
            nonlocal sequence
            for start in range(0, len(data), 1316):
                payload = struct.pack(">BBHII", 0x80, 33, sequence % 65536, 0, 1) + data[start : start + 1316]
                client.sendall(struct.pack(">cBH", b"$", 0, len(payload)) + payload)
                sequence += 1

        broadcast(send, self._quit)
