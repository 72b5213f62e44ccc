"""Media made for tests: what is in every frame is known, so that order, time, loss and turn can be proved."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

BITS = 8
WIDTH, HEIGHT = 96, 64
QUADRANTS = {"R": (255, 0, 0), "G": (0, 255, 0), "B": (0, 0, 255), "W": (255, 255, 255)}


def coded(number: int, width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """A picture whose eight vertical bars are the bits of `number`, lowest first; (height, width, 3) uint8."""
    bars = [230 if number >> bit & 1 else 20 for bit in range(BITS)]
    row = np.array(bars)[np.arange(width) * BITS // width]
    return np.broadcast_to(row[None, :, None], (height, width, 3)).astype(np.uint8)


def noisy(count: int, amount: int = 20) -> list[np.ndarray]:
    """Coded pictures with noise, so that every one takes up room in the file."""
    rng = np.random.default_rng(count)
    noise = rng.integers(-amount, amount, (count, HEIGHT, WIDTH, 3))
    return [np.clip(coded(number) + noise[number], 0, 255).astype(np.uint8) for number in range(count)]


def number_in(image: np.ndarray) -> int:
    """Read what `coded` wrote."""
    row = image[image.shape[0] // 2].mean(axis=1)
    centres = (2 * np.arange(BITS) + 1) * len(row) // (2 * BITS)
    return sum(int(row[centre] > 125) << bit for bit, centre in enumerate(centres))


def quadrants(width: int = WIDTH, height: int = HEIGHT) -> np.ndarray:
    """Red, green over blue, white; (height, width, 3) uint8."""
    image = np.empty((height, width, 3), np.uint8)
    h, w = height // 2, width // 2
    image[:h, :w], image[:h, w:] = QUADRANTS["R"], QUADRANTS["G"]
    image[h:, :w], image[h:, w:] = QUADRANTS["B"], QUADRANTS["W"]
    return image


def quadrants_in(image: np.ndarray) -> str:
    """Colours of the four quadrants, in reading order."""
    h, w = image.shape[:2]
    names = []
    for y, x in ((h // 4, w // 4), (h // 4, 3 * w // 4), (3 * h // 4, w // 4), (3 * h // 4, 3 * w // 4)):
        names += [name for name, colour in QUADRANTS.items() if np.abs(image[y, x].astype(int) - colour).max() < 30]
    return "".join(names)


def write_video(
    path: Path,
    pictures: int | Sequence[np.ndarray] = 12,
    *,
    codec: str = "libx264",
    container: str | None = None,
    rate: int | Fraction = 25,
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    muxing: dict[str, str] | None = None,
    stamps: Sequence[int] | None = None,
    time_base: Fraction = Fraction(1, 1000),
    size: tuple[int, int] = (WIDTH, HEIGHT),
    turn: tuple[int, bool, bool] | None = None,
    aspect: Fraction | None = None,
    matrix: int | None = None,
    full_range: bool = False,
    tone: float = 0.0,
) -> Path:
    """Encode `pictures` (that many coded ones) and return `path`.

    `stamps` in `time_base` make the rate variable; `turn` is degrees counter-clockwise, mirrored left-right,
    top-bottom; `matrix` an AVColorSpace; `tone` seconds of sound beside the pictures.
    """
    width, height = size
    images = [coded(number, width, height) for number in range(pictures)] if isinstance(pictures, int) else pictures
    with av.open(str(path), "w", format=container, container_options=muxing or {}) as output:
        stream = output.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        if stamps is not None:
            stream.codec_context.time_base = time_base
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if turn:
            stream.set_display_rotation(turn[0], hflip=turn[1], vflip=turn[2])
        if matrix is not None:
            stream.codec_context.colorspace = matrix
            stream.codec_context.color_range = 2 if full_range else 1
        sound = output.add_stream("libopus" if path.suffix == ".webm" else "aac", rate=48000) if tone else None
        for position, image in enumerate(images):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), "rgb24")
            if matrix is not None:
                frame = frame.reformat(
                    format=pix_fmt,
                    dst_colorspace={1: "ITU709", 9: "BT2020"}.get(matrix, "ITU601"),
                    dst_color_range=2 if full_range else 1,
                )
            if stamps is not None:
                frame.pts, frame.time_base = stamps[position], time_base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
        if sound is not None:
            wave = np.sin(np.arange(int(48000 * tone)) / 20).astype(np.float32)[None]
            for start in range(0, wave.shape[1], 1024):
                piece = av.AudioFrame.from_ndarray(wave[:, start : start + 1024], "fltp", "mono")
                piece.sample_rate, piece.pts = 48000, start
                output.mux(sound.encode(piece))
            output.mux(sound.encode(None))
    return path


def write_sound(path: Path) -> Path:
    """A file with sound and nothing else."""
    with av.open(str(path), "w") as output:
        stream = output.add_stream("pcm_s16le", rate=8000)
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), "s16", "mono")
        frame.sample_rate = 8000
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def write_picture(path: Path, image: np.ndarray) -> Path:
    """Encode `image` (RGB, RGBA or grey; 8 or 16 bits) by the name's ending and return `path`."""
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR if image.shape[2] == 3 else cv2.COLOR_RGBA2BGRA)
    done, data = cv2.imencode(path.suffix, image)
    assert done
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.tobytes())
    return path


def with_exif_orientation(jpeg: bytes, orientation: int, *, order: str = "<") -> bytes:
    """Put an EXIF orientation (1 to 8) into a JPEG."""
    import struct

    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    directory = struct.pack(order + "HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)
    body = b"Exif\0\0" + head + directory
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]
