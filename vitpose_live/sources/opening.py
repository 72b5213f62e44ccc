"""From what the user names to the source that reads it."""

from __future__ import annotations

import difflib
import glob
import math
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from vitpose_live.errors import SettingsError, SourceError, SourceNotFoundError
from vitpose_live.sources.address import Camera, Stream, masked, parse_address
from vitpose_live.sources.sniff import HEAD_BYTES, is_heic, is_picture

if TYPE_CHECKING:
    from vitpose_live.sources.base import MediaSource

_LONGEST_SIDE = 16384


def open_source(
    source: str | Path | int,
    *,
    duration: float | None = None,
    threads: int | None = None,
    fps: float | None = None,
    size: tuple[int, int] | None = None,
) -> MediaSource:
    """Open what `source` names.

    Parameters
    ----------
    source
        A video file, a picture, a folder of pictures, a pattern such as ``"shots/*.png"``, a camera (``0``,
        ``"webcam:1"``) or an address on the network (``"rtsp://..."``). A web server's address of a recording is
        read like a file, from its beginning to its end with nothing dropped; all else on the network is live.
    duration
        Stop after this many seconds of the source's own time; None reads to the end.
    threads
        Decoder threads of a video; None chooses. Pictures and cameras do not use it.
    fps
        Frames per second of numbered pictures; when given, pictures are taken for consecutive moments. For a
        camera, what it is asked for; `info` says what it gives.
    size
        Width and height in pixels that a camera is asked for; `info` says what it gives.

    Returns
    -------
    Source
        A context manager that iterates frames; see `vitpose_live.pipeline.protocols.Source`.

    Raises
    ------
    SourceNotFoundError
        When there is nothing of that name.
    SourceError
        When it cannot be read; the hint says what to do.
    SettingsError
        When an option is out of range or does not apply.

    Examples
    --------
    >>> with open_source("squat.mp4", duration=10) as source:  # doctest: +SKIP
    ...     for frame in source:
    ...         print(frame.index, frame.time, frame.image.shape)
    """
    for name, value in (("duration", duration), ("fps", fps)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise SettingsError(f"{name}: expected a number above 0, got {value}")
    if threads is not None and threads < 1:
        raise SettingsError(f"threads: expected 1 or more, got {threads}", hint="leave it out to have it chosen")
    if size is not None and not all(1 <= side <= _LONGEST_SIDE for side in size):
        raise SettingsError(f"size: expected width and height in pixels, got {size}")
    address = parse_address(source)
    if isinstance(address, Camera):
        from vitpose_live.sources.camera import open_camera  # noqa: PLC0415  cv2 only where it is needed

        return open_camera(address.index, size=size, fps=fps, duration=duration)
    if isinstance(address, Stream):
        _refuse(masked(address.url), "on the network and keeps its own size and times", fps=fps, size=size)
        from vitpose_live.sources.remote import open_address  # noqa: PLC0415  av only where it is needed

        return open_address(address.url, duration=duration, threads=threads)
    _refuse(str(address), "no camera", size=size)
    return _open_path(address, str(source), duration, threads, fps)


def _refuse(name: str, what: str, **options: object) -> None:
    """Raise for the first of `options` that is given: it does not apply to `name`."""
    for option, value in options.items():
        if value is not None:
            raise SettingsError(f"{option}: {name} is {what}", hint=f"leave {option} out")


def _open_path(path: Path, uri: str, duration: float | None, threads: int | None, fps: float | None) -> MediaSource:
    with _translated(path):
        if glob.has_magic(str(path)) and not path.exists():
            matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207  # may be absolute
            return _open_pictures(path, matches, uri, duration, fps)
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            return _open_pictures(path, list(path.iterdir()), uri, duration, fps)
        if not stat.S_ISREG(mode):
            raise SourceError(f"{path} is a device or pipe, not a file", hint="name a video file or a picture folder")
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    if not head:
        raise SourceError(f"{path} is empty", hint="copy it again from where it came from")
    if is_heic(head):
        raise SourceError(f"{path} is a HEIC picture, which is not read", hint="convert it to JPEG")
    if is_picture(head, path.suffix):
        from vitpose_live.sources.images import ImageFiles  # noqa: PLC0415  # cv2 only where it is needed

        return ImageFiles([path], uri=uri, duration=duration)
    _refuse(str(path), "a video and keeps its own times", fps=fps)
    from vitpose_live.sources.video import VideoFile  # noqa: PLC0415  # av only where it is needed

    return VideoFile(path, uri=uri, duration=duration, threads=threads)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Turn what the system says of `path` into what the user can do."""
    try:
        yield
    except SourceError:
        raise  # one of them is a FileNotFoundError too, and says it already
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SourceNotFoundError(f"{path} is not there", hint=_nearest(path)) from error
    except PermissionError as error:
        raise SourceError(f"{path} may not be read", hint="check its permissions") from error
    except OSError as error:
        raise SourceError(f"{str(path)[:80]} cannot be read: {error.strerror}", hint="check the name") from error
    except ValueError as error:  # a zero byte in the name
        raise SourceError(f"{str(path)[:80]!r} is not a file name: {error}", hint="check the name") from error


def _open_pictures(
    path: Path, candidates: list[Path], uri: str, duration: float | None, fps: float | None
) -> MediaSource:
    from vitpose_live.sources.images import ImageFiles, picture_files  # noqa: PLC0415  # cv2 only where it is needed

    pictures = picture_files(candidates)
    if pictures:
        return ImageFiles(pictures, uri=uri, duration=duration, fps=fps)
    if path.is_dir():
        what = f"{path} has no pictures in it"
    elif candidates:
        what = f"{path} matches no pictures"
    else:
        raise SourceNotFoundError(f"nothing matches {path}", hint="check the pattern and the folder it starts in")
    others = sorted(candidate.name for candidate in candidates if candidate.is_file() and candidate.name[0] != ".")
    raise SourceError(what, hint=f"to read one file, name it: {others[0]}" if others else "name a folder with pictures")


def _nearest(path: Path) -> str:
    try:
        neighbours = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"there is no folder {path.parent} that could be read"
    close = difflib.get_close_matches(path.name, neighbours, n=1)
    return f"did you mean {path.with_name(close[0])}?" if close else "check the spelling and the folder"
