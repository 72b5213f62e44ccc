"""Reading one still picture."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import SourceError, SourceNotFoundError
from vitpose_live.sources.sniff import is_picture

SUFFIXES = frozenset(
    {*(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".bmp", ".dib", ".webp", ".tif", ".tiff"), *(".jp2", ".avif")}
    | {".pbm", ".pgm", ".ppm", ".pnm"}
)

_WEBP_ANIMATION = 0x02
_START_OF_FRAME = {0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF}
_APP1 = 0xE1
_START_OF_SCAN = 0xDA
_ORIENTATION_TAG = 0x0112


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Read a still picture, upright as its EXIF says.

    Grey becomes RGB, 16 bits become 8, alpha is dropped.

    Returns
    -------
    (height, width, 3) uint8, RGB

    Raises
    ------
    SourceError
        When it cannot be read as a picture, or not to its end.
    """
    try:
        # not cv2.imread, which cannot open every name on Windows
        data = np.fromfile(path, np.uint8)
    except FileNotFoundError as error:
        raise SourceNotFoundError(f"{path} is not there", hint="was it moved while it was being read?") from error
    except OSError as error:
        raise SourceError(f"{path} may not be read: {error.strerror}", hint="check its permissions") from error
    if not data.size:
        raise SourceError(f"{path} is empty", hint="copy it again from where it came from")
    head = data[:32].tobytes()
    if head[8:16] == b"WEBPVP8X" and head[20] & _WEBP_ANIMATION:
        raise SourceError(f"{path} is an animated WebP, which is not read", hint="convert it to MP4 or GIF")
    log_level = cv2.utils.logging.getLogLevel()
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # what is wrong is raised, not printed
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
    except cv2.error as error:
        raise SourceError(f"{path} cannot be read as a picture: {error.err}", hint="is it damaged?") from error
    finally:
        cv2.utils.logging.setLogLevel(log_level)
    if image is None:
        raise SourceError(
            f"{path} cannot be read as a picture", hint="it may be cut off; does it open in a picture viewer?"
        )
    return np.asarray(image, np.uint8)


def picture_size(path: Path) -> tuple[int, int] | None:
    """Upright width and height, from the header where that is quick (JPEG, PNG); None when it cannot be read."""
    try:
        with path.open("rb") as file:
            head = file.read(32)
            if head.startswith(b"\xff\xd8"):
                return _jpeg_size(file)
            if len(head) >= 24 and head[12:16] == b"IHDR" and is_picture(head, path.suffix):
                width, height = struct.unpack_from(">II", head, 16)
                return width, height
        image = read_picture(path)
    except (OSError, SourceError):
        return None
    return image.shape[1], image.shape[0]


def _jpeg_size(file: BinaryIO) -> tuple[int, int] | None:
    """Walk the segments of a JPEG up to its frame header; EXIF orientations 5 to 8 lie on their side."""
    file.seek(2)
    on_its_side = False
    while len(lead := file.read(4)) == 4 and lead[0] == 0xFF and lead[1] != _START_OF_SCAN:
        length = int.from_bytes(lead[2:]) - 2
        if lead[1] in _START_OF_FRAME:
            height, width = struct.unpack(">xHH", file.read(5).ljust(5, b"\0"))
            return (height, width) if on_its_side else (width, height)
        if lead[1] == _APP1:
            on_its_side |= _exif_orientation(file.read(length)) >= 5
        else:
            file.seek(length, 1)
    return None


def _exif_orientation(segment: bytes) -> int:
    """Orientation of an APP1 segment, 1 where it does not say (EXIF 2.32, section 4.6.4)."""
    if not segment.startswith(b"Exif\0\0"):
        return 1
    tiff = segment[6:]
    order = "<" if tiff[:2] == b"II" else ">"
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, directory)
        for entry in range(entries):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, directory + 2 + 12 * entry)
            if tag == _ORIENTATION_TAG:
                return int(value)
    except struct.error:
        return 1  # a damaged directory orients nothing
    return 1
