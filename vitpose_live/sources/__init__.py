"""Where frames come from; the only readers of media.

``open_source`` turns what the user names (a camera, a stream, a video file, a picture, a folder, a pattern) into a
`vitpose_live.pipeline.protocols.Source`; ``list_cameras`` says which cameras there are, ``list_microphones`` which
microphones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vitpose_live.sources.linux_cameras import CameraInfo
from vitpose_live.sources.opening import open_source

if TYPE_CHECKING:
    from vitpose_live.sources.devices import list_cameras
    from vitpose_live.sources.sound_system import list_microphones

__all__ = ["CameraInfo", "list_cameras", "list_microphones", "open_source"]


def __getattr__(name: str) -> Any:
    if name == "list_cameras":  # cv2 only where it is needed
        from vitpose_live.sources import devices  # noqa: PLC0415

        return devices.list_cameras
    if name == "list_microphones":
        from vitpose_live.sources import sound_system  # noqa: PLC0415

        return sound_system.list_microphones
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
