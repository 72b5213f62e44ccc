"""Every embedded model, loaded once, and a picture with people in it."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from vitpose_live.data import Frame
from vitpose_live.models import load_detector, load_pose_estimator
from vitpose_live.models.catalog import ModelKind, rows

COCO = Path(__file__).parents[3] / "shared" / "data" / "coco"


@pytest.fixture(scope="session", params=[row.name for row in rows(ModelKind.DETECTOR) if row.files])
def detector(request):
    return load_detector(request.param)


@pytest.fixture(scope="session", params=[row.name for row in rows(ModelKind.POSE) if row.files])
def pose(request):
    return load_pose_estimator(request.param)


@pytest.fixture(scope="session")
def noise():
    """Return a function: a frame of `height` x `width` smooth random pixels with nobody in it."""

    def make(height, width, seed=0):
        small = np.random.default_rng(seed).integers(0, 256, (4, 4, 3), np.uint8)
        return Frame(cv2.resize(small, (width, height), interpolation=cv2.INTER_CUBIC))

    return make


@pytest.fixture(scope="session")
def coco_frame():
    """Return a function: the frame of a COCO image, by its number; skips where the images are absent."""

    def make(number):
        path = COCO / "images" / f"{number:012d}.jpg"
        if not path.is_file():
            pytest.skip(f"needs {path}")
        return Frame(np.ascontiguousarray(cv2.imread(str(path))[..., ::-1]))

    return make


@pytest.fixture(scope="session")
def mirrored():
    """Return a function: the frame seen in a mirror."""
    return lambda frame: Frame(np.ascontiguousarray(frame.image[:, ::-1]))


@pytest.fixture(scope="session")
def annotated():
    """Return a function: (17, 2) keypoints that COCO gives the person of an image, and which of them it labels."""

    def find(number):
        people = json.loads((COCO / "person_keypoints.json").read_text("utf-8"))["annotations"]
        (person,) = (person for person in people if person["image_id"] == number)
        rows = np.array(person["keypoints"], np.float32).reshape(-1, 3)
        return rows[:, :2], rows[:, 2] > 0

    return find
