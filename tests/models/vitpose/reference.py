"""What every parity test compares with: transformers' own way, on boxes of every kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import VitPoseForPoseEstimation, VitPoseImageProcessorPil

from vitpose_live import Tracks

BOXES = np.array(
    [
        [200, 80, 420, 560],  # inside
        [-60, -40, 150, 330],  # across a corner
        [1100, 300, 1400, 800],  # across the other
        [610.3, 333.7, 655.1, 352.2],  # small and wide
        [0, 0, 1280, 720],
    ],
    np.float32,
)


def tracks_of(boxes: np.ndarray) -> Tracks:
    return Tracks(boxes, np.arange(len(boxes)), np.ones(len(boxes), bool))


class Reference:
    """transformers' own way, as the model card gives it."""

    def __init__(self, folder: Path) -> None:
        self.model = VitPoseForPoseEstimation.from_pretrained(folder).eval()
        self.processor = VitPoseImageProcessorPil.from_pretrained(folder)

    def __call__(self, image: np.ndarray, boxes: np.ndarray, dataset_index: int = 0) -> tuple[np.ndarray, np.ndarray]:
        xywh = boxes.astype(np.float64)
        xywh[:, 2:] -= xywh[:, :2]
        inputs = self.processor(image, boxes=[xywh.tolist()], return_tensors="pt")
        if self.model.config.backbone_config.num_experts > 1:
            inputs["dataset_index"] = torch.full((len(boxes),), dataset_index)
        with torch.inference_mode():
            outputs = self.model(**inputs)
        people = self.processor.post_process_pose_estimation(outputs, boxes=[xywh.tolist()])[0]
        keypoints = np.stack([person["keypoints"].numpy() for person in people])
        return keypoints, np.stack([person["scores"].numpy().reshape(-1) for person in people])
