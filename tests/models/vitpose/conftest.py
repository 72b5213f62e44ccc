"""Random checkpoints in the published configurations, with few layers where the depth is not the point."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from models.vitpose.reference import BOXES
from random_models import noise_frame, peak, random_vitpose, save_vitpose
from transformers import VitPoseImageProcessorPil

from vitpose_live import Frame


@pytest.fixture(scope="session")
def frame() -> Frame:
    return Frame(noise_frame(1280, 720), 0, 0.0, 0)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory, frame: Frame) -> Callable[..., Path]:
    """Write, once each, a random checkpoint whose heatmaps have a peak for each keypoint in every box."""
    made: dict[tuple[str, int, int], Path] = {}

    def make(name: str, layers: int = 2, dataset_index: int = 0) -> Path:
        key = (name, layers, dataset_index)
        if key not in made:
            model = random_vitpose(name, layers)
            xywh = BOXES.astype(np.float64)
            xywh[:, 2:] -= xywh[:, :2]
            pictures = VitPoseImageProcessorPil()(frame.image, boxes=[xywh.tolist()], return_tensors="pt").pixel_values
            peak(model, pictures, dataset_index)
            made[key] = save_vitpose(model, tmp_path_factory.mktemp(f"{name}-{dataset_index}"))
        return made[key]

    return make
