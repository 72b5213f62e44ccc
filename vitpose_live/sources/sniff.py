"""What a file is, from its first bytes."""

from __future__ import annotations

HEAD_BYTES = 4096

_PICTURES = (
    b"\xff\xd8\xff",  # JPEG
    b"II*\x00",  # TIFF
    b"MM\x00*",
    b"\x00\x00\x00\x0cjP  ",  # JPEG 2000
)
_PNG = b"\x89PNG\r\n\x1a\n"
_PLAYLISTS = (b"#EXTM3U", b"ffconcat", b"[playlist]", b"v=0")
_PLAYLIST_MARKS = (b"<MPD", b"<smil", b"<playlist", b"<SmoothStreamingMedia")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_MP4_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")


def is_picture(head: bytes, suffix: str) -> bool:
    """Whether a file that begins with `head` holds one still picture; an animated PNG does not.

    Parameters
    ----------
    suffix
        The name's ending: a Motion JPEG stream begins like the picture it consists of.
    """
    if suffix.lower() in (".mjpg", ".mjpeg"):
        return False
    if head.startswith(_PNG):
        return b"acTL" not in head.partition(b"IDAT")[0]
    return (
        head.startswith(_PICTURES)
        or (head[:2] == b"BM" and head[6:10] == bytes(4))
        or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")
        or (head[:1] == b"P" and head[1:2] in b"123456" and head[2:3].isspace())
        or head[4:12] == b"ftypavif"
    )


def is_heic(head: bytes) -> bool:
    """Whether it is a picture in the HEIF format of telephones, which is not read."""
    return head[4:8] == b"ftyp" and head[8:12] in _HEIC_BRANDS


def is_playlist(head: bytes) -> bool:
    """Whether it is a list of other files or addresses, which is never followed."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith(_PLAYLISTS) or (text[:1] == b"<" and any(mark in text for mark in _PLAYLIST_MARKS))


def is_mp4(head: bytes) -> bool:
    """Whether it is of the MP4/QuickTime family, complete or not."""
    return head[4:8] in _MP4_BOXES
