"""transformers' object detectors as person detectors: RT-DETR, RT-DETRv2, D-FINE, and the rest of the DETR family."""

from vitpose_live.models.detr.detector import DetrDetector

__all__ = ["DetrDetector"]
