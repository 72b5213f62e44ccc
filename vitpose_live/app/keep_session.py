"""Has a run kept as a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from vitpose_live.app.models import revision_of
from vitpose_live.app.outputs import Outputs
from vitpose_live.app.session import describe
from vitpose_live.app.settings import Settings
from vitpose_live.data import Feedback, SourceInfo
from vitpose_live.pipeline import Analyzer
from vitpose_live.sinks.session_folder import SessionWriter
from vitpose_live.sources.address import masked


def keep_session(
    info: SourceInfo,
    settings: Settings,
    analyzer: Analyzer,
    outputs: Outputs,
    last: Callable[[], Iterable[Feedback]] = tuple,
    **recording: Any,
) -> SessionWriter | None:
    """Return what keeps a run of `analyzer` over the source described by `info`; None when no session is asked for.

    Parameters
    ----------
    last
        Returns, at the end, what the coach has counted but not recorded.
    recording
        More of what `VideoRecorder` takes.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    if outputs.session is None:
        return None
    described = describe(settings, analyzer, info)
    names = described["models"]
    revisions = {
        f"{what}_revision": revision for what in ("detector", "pose") if (revision := revision_of(names[what]))
    }
    path = Path(info.uri)
    here = not info.live and "://" not in info.uri and path.exists()
    source = {**described["source"], "uri": masked(info.uri), **({"path": str(path.resolve())} if here else {})}
    return SessionWriter(
        outputs.session,
        analyzer.pose_estimator.skeleton,
        info=replace(info, uri=masked(info.uri)),
        metadata={**described, "models": {**names, **revisions}, "source": source},
        video=outputs.session_video,
        overwrite=outputs.overwrite,
        last=last,
        **recording,
    )
