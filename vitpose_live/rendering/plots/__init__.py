"""Pictures of whole recordings, for papers and for looking: drawn by matplotlib, as PNG or SVG.

Each function returns a figure; `save` writes it. matplotlib is imported with this package and by nothing else.
"""

from vitpose_live.rendering.plots.angles import angle_figure
from vitpose_live.rendering.plots.confidence import confidence_figure
from vitpose_live.rendering.plots.keypoints import keypoint_figure
from vitpose_live.rendering.plots.motion import heat_figure
from vitpose_live.rendering.plots.page import KINDS, save
from vitpose_live.rendering.plots.series import Repetition

__all__ = ["KINDS", "Repetition", "angle_figure", "confidence_figure", "heat_figure", "keypoint_figure", "save"]
