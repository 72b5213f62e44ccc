"""Where frames come from; the only readers of media.

``open_source`` turns what the user names (a video file, a picture, a folder, a pattern) into a
`vitpose_live.pipeline.protocols.Source`.
"""

from vitpose_live.sources.opening import open_source

__all__ = ["open_source"]
