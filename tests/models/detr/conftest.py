"""Random detectors in published configurations, made once, and a frame they answer to."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from random_models import detector_config, noise_frame, random_detector, save_detector

from vitpose_live import Frame
from vitpose_live.models.detr.pictures import scaled_on_host

SIZE = 320
"""Side of the square pictures that tests give to networks, in pixels: half of the published one."""


@pytest.fixture(scope="session", autouse=True)
def _no_gradients():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small networks: several threads only wait for each other
    with torch.no_grad():
        yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def frame() -> Frame:
    return Frame(noise_frame(640, 360))


@pytest.fixture(scope="session")
def pictures(frame) -> torch.Tensor:
    """(1, 320, 320, 3) uint8: the frame as networks see it."""
    return torch.from_numpy(scaled_on_host(frame.image, (SIZE, SIZE), 2).copy())[None]


@pytest.fixture(scope="session")
def pixels(pictures) -> torch.Tensor:
    """(1, 3, 320, 320), 0..1."""
    return pictures.permute(0, 3, 1, 2) / 255


@pytest.fixture(scope="session")
def trained(pixels) -> Callable:
    """Return a function: a copy of the published model with weights that behave like trained ones."""
    made = {}

    def make(name: str):
        if name not in made:
            made[name] = random_detector(detector_config(name), pixels)
        return copy.deepcopy(made[name])

    return make


@pytest.fixture(scope="session")
def saved(trained, tmp_path_factory) -> Callable[[str], Path]:
    """Return a function: the folder of that model, whose pictures are scaled to 320 x 320."""
    folders: dict[str, Path] = {}

    def write(name: str) -> Path:
        if name not in folders:
            from transformers import RTDetrImageProcessorPil

            processor = RTDetrImageProcessorPil(size={"height": SIZE, "width": SIZE})
            folders[name] = save_detector(trained(name), tmp_path_factory.mktemp(name), processor)
        return folders[name]

    return write


@pytest.fixture(scope="session")
def mosaic() -> Callable[..., np.ndarray]:
    """Return a function: a (height, width, 3) picture with structure at every size."""
    return lambda height, width, seed=0: noise_frame(width, height, seed)
