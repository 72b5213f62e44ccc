"""How a saved session is drawn: as it was when it was made, but for what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vitpose_live.app.annotate import laid_out
from vitpose_live.app.body_parts import chosen_joints, with_joints
from vitpose_live.app.recollection import Recollection
from vitpose_live.app.saved_session import SavedSession
from vitpose_live.app.settings import Layout, Smoothing
from vitpose_live.data import FrameResult
from vitpose_live.data.sequence import PoseSequence
from vitpose_live.fitness import measure
from vitpose_live.pipeline.analyzer import Look
from vitpose_live.pipeline.protocols import Coach
from vitpose_live.rendering import SkeletonRenderer
from vitpose_live.sinks import VideoRecorder


@dataclass(frozen=True, slots=True)
class RenderOptions:
    """How a session is drawn; what is None is as it was when the session was made.

    Parameters
    ----------
    smoothing
        How the keypoints that were measured are steadied; None takes them as they were saved.
    exercise
        What to coach, as in the settings; ``"none"`` for nothing.
    layout
        ``annotated``, ``side_by_side`` (the picture, and beside it the same annotated) or ``clean``.
    black
        Whether the pictures are left out: skeletons on black.
    body_part
        Which keypoints to draw, as `chosen_joints` takes them; None draws all.
    kpt_thr
        Joints that score less, 0..1, are not drawn.
    line_width
        Width of a bone in pixels; None scales it to the person and the picture.
    boxes, ids, skeletons, angles
        What to draw.
    start, end
        Seconds of the session to begin at and to end before.
    recording
        More of what `VideoRecorder` takes: ``quality``, ``encoder``.
    """

    smoothing: Smoothing | None = None
    exercise: str | None = None
    layout: Layout | None = None
    black: bool = False
    body_part: str | None = None
    kpt_thr: float | None = None
    line_width: float | None = None
    boxes: bool = True
    ids: bool = True
    skeletons: bool = True
    angles: bool = False
    start: float = 0.0
    end: float | None = None
    recording: Mapping[str, Any] = field(default_factory=dict)


class Artist:
    """Makes the picture of a result, as `options` ask for it or as it was made for the session."""

    def __init__(self, session: SavedSession, options: RenderOptions) -> None:
        saved = session.settings
        kpt_thr = saved.get("kpt_thr") if options.kpt_thr is None else options.kpt_thr
        usable = isinstance(kpt_thr, int | float) and (options.kpt_thr is not None or 0 <= kpt_thr <= 1)
        self._renderer = SkeletonRenderer(
            kpt_thr=float(kpt_thr) if usable and kpt_thr is not None else 0.3,
            show_skeletons=options.skeletons,
            show_boxes=options.boxes,
            show_ids=options.ids,
            line_width=None if options.line_width is None else float(options.line_width),
            measure_angles=measure if options.angles else None,
        )
        layout = saved.get("layout") if options.layout is None else options.layout
        self.layout = Layout(layout) if layout in tuple(Layout) else Layout.ANNOTATED
        self._joints = (
            None if options.body_part is None else chosen_joints(session.sequence.skeleton, options.body_part)
        )

    def draw(self, result: FrameResult) -> NDArray[np.uint8]:
        """Return the picture of `result`, (height, width or twice that, 3) uint8."""
        shown = result if self._joints is None else with_joints(result, self._joints)
        return laid_out(shown, self._renderer, self.layout)


class Drawing(Recollection):
    """A recollection whose pictures are drawn, on the thread of the analysis: another one encodes meanwhile."""

    def __init__(
        self, sequence: PoseSequence, artist: Artist, coach: Coach | None, smoothing: Smoothing | None
    ) -> None:
        super().__init__(sequence, coach, smoothing)
        self._artist = artist

    def follow(self, look: Look) -> FrameResult:
        """Return what was found in the frame, drawn."""
        result = super().follow(look)
        started = perf_counter()
        image = self._artist.draw(result)
        timings = {**result.timings, "draw": (perf_counter() - started) * 1e3}
        return replace(result, frame=replace(result.frame, image=image), timings=timings)


class DrawnVideo:
    """Records results that are drawn already."""

    def __init__(self, recorder: VideoRecorder) -> None:
        self._recorder = recorder
        self.close = recorder.close
        self.abort = recorder.abort

    def write(self, result: FrameResult) -> None:
        """Record one result."""
        self._recorder.write(result.frame.image, result.frame.time)
