"""Pictures of results. The only drawing code on pixels; colours live in `style`."""

from vitpose_live.rendering.sheets import contact_sheet
from vitpose_live.rendering.skeletons import SkeletonRenderer
from vitpose_live.rendering.style import person_colour

__all__ = ["SkeletonRenderer", "contact_sheet", "person_colour"]
