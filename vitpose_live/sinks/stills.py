"""Single pictures written to files."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vitpose_live.sinks.target import OutputTarget, PathLike, writing


def write_png(path: PathLike, image: NDArray[np.uint8], *, overwrite: bool = True) -> None:
    """Write `image` as PNG.

    Parameters
    ----------
    path
        The target, ``.png``.
    image
        (height, width, 3) uint8, RGB.
    overwrite
        Whether `path` may be replaced.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    target = OutputTarget(path, overwrite=overwrite, suffixes=(".png",))
    _, encoded = cv2.imencode(".png", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    try:
        with writing(path):
            target.begin().write_bytes(encoded.tobytes())
        target.commit()
    finally:
        target.discard()  # nothing is left to discard after commit
