"""Cut the demo clip, assets/demo.mp4, out of the demo video inside the PyPI package sports2d.

Not quite five seconds of it: a man doing jumping jacks on a roof and a woman who walks by. In the original both are
small, so the picture starts close on him and draws back, as a camera would, when she comes into view. Nothing else is
changed; planes are resampled as they are, without a detour through RGB.

Run from anywhere::

    python scripts/build_demo_clip.py [--wheel sports2d-0.8.34-py3-none-any.whl] [--output assets/demo.mp4]

Without ``--wheel`` pip downloads it. The same PyAV release writes the same bytes; put the sha256 that is printed
into assets/NOTICE.md.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import subprocess
import sys
import tempfile
import zipfile
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

PACKAGE = "sports2d==0.8.34"
WHEEL_SHA256 = "733b6db70742636ae9c35d870c22bd416582f579abd5881bee93a14bb0e2655d"
VIDEO = "Sports2D/Demo/demo.mp4"
VIDEO_SHA256 = "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039"

FRAMES = 144
"""From the start; then he jumps off the roof into the sun, which shows the camera's limits and not the software's."""
RATE = 30
WIDTH, HEIGHT = 1280, 720
CLOSE = (705.0, 284.0, 566.0)
"""Window at the start: centre x, centre y and height in pixels of the original; its width follows from 16:9."""
WIDE = (878.0, 484.0, 966.0)
"""Window once both are in view."""
DRAW_BACK = (22, 78)
"""First and last frame of the move from one to the other."""


def download(package: str, folder: Path) -> Path:
    """Fetch the wheel of `package` with pip and return its path."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:", "--dest", str(folder)]
    subprocess.run([*command, package], check=True)
    return next(folder.glob("*.whl"))


def checked(data: bytes, sha256: str, what: str) -> bytes:
    """Return `data` when its checksum is `sha256`, or leave with a message."""
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise SystemExit(f"error: {what}: expected sha256 {sha256}, got {found}")
    return data


def window(index: int) -> tuple[float, float, float]:
    """Left, top and height of the picture cut from frame `index`, in pixels of the original."""
    first, last = DRAW_BACK
    t = float(np.clip((index - first) / (last - first), 0, 1))
    eased = t * t * t * (t * (6 * t - 15) + 10)  # smootherstep: no jerk at either end
    x, y, height = (np.array(CLOSE) * (1 - eased) + np.array(WIDE) * eased).tolist()
    return x - height * WIDTH / HEIGHT / 2, y - height / 2, height


def cut(plane: NDArray[np.uint8], left: float, top: float, height: float, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Resample the window of `plane` to `size` (width, height); twice as large first, so that nothing aliases."""
    step = height / (2 * size[1])
    # pixel centres: sample i of the output stands at (i + 0.5) * step of the window
    to_source = np.array([[step, 0, left + step / 2 - 0.5], [0, step, top + step / 2 - 0.5]])
    large = cv2.warpAffine(
        plane,
        to_source,
        (2 * size[0], 2 * size[1]),
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return cv2.resize(large, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)


def reframed(frame: av.VideoFrame, index: int) -> av.VideoFrame:
    """Cut the window of frame `index` out of a yuv420p `frame`."""
    left, top, height = window(index)
    yuv = frame.to_ndarray(format="yuv420p").astype(np.uint8, copy=False)
    rows = frame.height
    luma = yuv[:rows]
    chroma = yuv[rows:].reshape(2, rows // 2, frame.width // 2)
    half = (WIDTH // 2, HEIGHT // 2)
    planes = [
        cut(luma, left, top, height, (WIDTH, HEIGHT)),
        *(cut(plane, left / 2, top / 2, height / 2, half) for plane in chroma),
    ]
    packed = np.concatenate([plane.reshape(-1, WIDTH) for plane in planes])
    return av.VideoFrame.from_ndarray(packed, format="yuv420p")


def build(video: bytes, target: Path) -> None:
    """Write the clip made from the file `video` to `target`; a path, as moving the index to the front needs one."""
    with (
        av.open(io.BytesIO(video), "r") as source,
        av.open(str(target), "w", format="mp4", options={"movflags": "faststart"}) as clip,
    ):
        # one thread: the same bytes on every machine
        options = {"preset": "slow", "crf": "22", "threads": "1", "x264-params": "keyint=60"}
        stream = clip.add_stream("libx264", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.color_range = 1  # limited, BT.709: as the original
        stream.codec_context.colorspace = 1
        stream.codec_context.color_primaries = 1
        stream.codec_context.color_trc = 1
        stream.time_base = Fraction(1, RATE)
        for index, frame in zip(range(FRAMES), source.decode(video=0), strict=False):
            picture = reframed(frame, index)
            picture.pts, picture.time_base = index, Fraction(1, RATE)
            clip.mux(stream.encode(picture))
        clip.mux(stream.encode())


def main() -> None:
    """Build the clip and print its checksum."""
    assets = Path(__file__).resolve().parents[1] / "assets"
    parser = argparse.ArgumentParser(description="Cut the demo clip out of the sports2d wheel.")
    parser.add_argument("--wheel", type=Path, help="the wheel, if it is here already")
    parser.add_argument("--output", type=Path, default=assets / "demo.mp4")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        wheel = given.wheel or download(PACKAGE, Path(folder))
        archive = checked(wheel.read_bytes(), WHEEL_SHA256, wheel.name)
    with zipfile.ZipFile(io.BytesIO(archive)) as package:
        video = checked(package.read(VIDEO), VIDEO_SHA256, VIDEO)
    build(video, given.output)
    clip = given.output.read_bytes()
    print(f"{given.output}: {len(clip)} bytes, sha256 {hashlib.sha256(clip).hexdigest()}")


if __name__ == "__main__":
    main()
