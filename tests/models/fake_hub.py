"""A Hugging Face hub on this machine: model information, files with commit, digest and ranges, a content server."""

from __future__ import annotations

import hashlib
import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit


def safetensors(*sizes):
    """Return a safetensors file with a float32 tensor of each of `sizes` elements."""
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for number, size in enumerate(sizes):
        header[f"tensor{number}"] = {"dtype": "F32", "shape": [size], "data_offsets": [end, end + 4 * size]}
        end += 4 * size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + (bytes(range(251)) * (end // 251 + 1))[:end]


@dataclass
class Repository:
    files: dict[str, bytes]
    references: tuple[str, ...] = ("main",)
    refusal: tuple[int, str] | None = None
    """Status and error code of every answer."""
    gated: bool = False
    """The files are refused, not the list of them: as the hub does it."""

    @property
    def commit(self):
        return hashlib.sha1(repr([(name, self.digest(name)) for name in sorted(self.files)]).encode()).hexdigest()

    def digest(self, name):
        return _digest(self.files[name], small=name.endswith(".json"))


@cache
def _digest(content, small):
    """As git names a small file, and git-lfs a large one."""
    return (hashlib.sha1(b"blob %d\0" % len(content) + content) if small else hashlib.sha256(content)).hexdigest()


@dataclass
class FakeHub:
    """What it has, how it misbehaves, and what it was asked."""

    repositories: dict[str, Repository] = field(default_factory=dict)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    """Method, path and headers, in lower case, of each request."""
    cuts: list[int] = field(default_factory=list)
    """After how many bytes of content to break each of the next transfers off; -1: before its headers."""
    knows_ranges: bool = True
    tells_lengths: bool = True
    """Say how long the content of a large file is."""
    damage: bool = False
    """Send other bytes than the digest is of."""
    portal: bool = False
    """Answer everything with a page to log in, as an open wireless network does."""
    status: int = 0
    """Answer everything with this status."""
    resume: threading.Event = field(default_factory=threading.Event)
    stall_after: int | None = None
    """After how many bytes of content to wait for `resume`; 0: before every answer."""
    endpoint: str = ""
    content_host: str = ""

    def asked(self):
        """Return the method and last part of the path of each request."""
        return [f"{method} {path.rpartition('/')[2]}" for method, path, _ in self.requests]

    def ranges(self):
        """Return the ``Range`` header, or None, of each request to the content server."""
        return [headers.get("range") for _, path, headers in self.requests if path.startswith("/content/")]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # or headers and content sent apart cost 40 ms
    hub: FakeHub

    def do_HEAD(self):
        self._answer(self.path, body=False)

    def do_GET(self):
        self._answer(self.path, body=True)

    def _answer(self, path, body):
        hub = self.hub
        address = urlsplit(path)
        path = address.path
        hub.requests.append((self.command, path, {key.lower(): value for key, value in self.headers.items()}))
        if hub.stall_after == 0:
            hub.resume.wait(30)
        if hub.status:
            return self._send(hub.status, {}, b"", body)
        if hub.portal:
            return self._send(200, {"Content-Type": "text/html"}, b"<html>Please log in</html>", body)
        if path.startswith("/content/"):
            return self._content(path.rpartition("/")[2], body)
        name, what, revision, *file = self._parts(path)
        repository = hub.repositories.get(name)
        if repository is None:
            return self._refuse(404, "RepoNotFound", body)
        if repository.refusal:
            return self._refuse(*repository.refusal, body)
        if revision not in (*repository.references, repository.commit):
            return self._refuse(404, "RevisionNotFound", body)
        if what == "revision":
            return self._send(200, {"Content-Type": "application/json"}, self._information(name, repository), body)
        if repository.gated:
            return self._refuse(403, "GatedRepo", body)
        return self._resolve(repository, "/".join(file), body)

    def _parts(self, path):
        parts = [unquote(part) for part in path.split("/")[1:]]
        if parts[:2] == ["api", "models"]:
            parts = parts[2:]
        return ["/".join(parts[:2]), *parts[2:]]

    def _information(self, name, repository):
        siblings = []
        for file, content in repository.files.items():
            sibling = {"rfilename": file, "size": len(content), "blobId": repository.digest(file)}
            if not file.endswith(".json"):
                sibling["lfs"] = {"sha256": sibling["blobId"], "size": len(content), "pointerSize": 134}
                sibling["blobId"] = hashlib.sha1(file.encode()).hexdigest()
            siblings.append(sibling)
        return json.dumps({"id": name, "sha": repository.commit, "private": False, "siblings": siblings}).encode()

    def _resolve(self, repository, file, body):
        if file not in repository.files:
            return self._refuse(404, "EntryNotFound", body)
        content, digest = repository.files[file], repository.digest(file)
        headers = {"X-Repo-Commit": repository.commit, "ETag": f'"{digest}"'}
        if file.endswith(".json"):
            return self._send(200, headers, content, body)
        headers |= {"X-Linked-ETag": f'"{digest}"', "X-Linked-Size": str(len(content))}
        return self._send(302, headers | {"Location": f"{self.hub.content_host}/content/{digest}"}, b"", body)

    def _content(self, digest, body):
        hub = self.hub
        held = {r.digest(name): r.files[name] for r in hub.repositories.values() for name in r.files}
        content = held[digest][::-1] if hub.damage else held[digest]
        asked = self.headers.get("Range")
        if not asked or not hub.knows_ranges:
            return self._send(200, {}, content, body, hub.cuts)
        start = int(asked.removeprefix("bytes=").removesuffix("-"))
        headers = {"Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"}
        return self._send(206, headers, content[start:], body, hub.cuts)

    def _refuse(self, status, code, body):
        self._send(status, {"X-Error-Code": code, "X-Error-Message": f"it is {code}"}, b"", body)

    def _send(self, status, headers, content, body, cuts=None):
        cut = cuts.pop(0) if cuts else len(content)
        told = self.hub.tells_lengths or cuts is None
        self.close_connection = cut != len(content) or not told
        if cut < 0:
            return
        self.send_response(status)
        for key, value in {**headers, **({"Content-Length": str(len(content))} if told else {})}.items():
            self.send_header(key, value)
        self.end_headers()
        content = content[:cut] if body else b""
        stall = len(content) if self.hub.stall_after is None else self.hub.stall_after
        try:
            self.wfile.write(content[:stall])
            if content[stall:]:
                self.hub.resume.wait(30)
                self.wfile.write(content[stall:])
        except ConnectionError:  # the client has been killed
            self.close_connection = True

    def log_message(self, *_):
        """Stay silent."""


@contextmanager
def serve(hub):
    """Serve `hub` on two ports, as the real one keeps large files on another host; sets its addresses."""
    handler = type("Handler", (_Handler,), {"hub": hub})
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler) for _ in range(2)]
    threads = [threading.Thread(target=server.serve_forever, args=(0.01,)) for server in servers]
    hub.endpoint, hub.content_host = (f"http://127.0.0.1:{server.server_port}" for server in servers)
    for thread in threads:
        thread.start()
    try:
        yield hub
    finally:
        hub.resume.set()
        for server in servers:
            server.shutdown()
        for thread in threads:
            thread.join()
        for server in servers:
            server.server_close()
