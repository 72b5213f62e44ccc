"""Has a run kept as a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from vitpose_live.app.models import revision_of
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
    path: Path,
    *,
    video: bool = True,
    overwrite: bool = False,
    last: Callable[[], Iterable[Feedback]] = tuple,
) -> SessionWriter:
    """Return what keeps a run of `analyzer` over the source described by `info` in the folder `path`.

    Parameters
    ----------
    video
        Whether to keep the pictures.
    overwrite
        Whether a session that is there may be replaced.
    last
        Returns, at the end, what the coach has counted but not recorded.

    Raises
    ------
    OutputError
        When it cannot be written.
    """
    described = describe(settings, analyzer, info)
    names = described["models"]
    revisions = {
        f"{what}_revision": revision for what in ("detector", "pose") if (revision := revision_of(names[what]))
    }
    origin = Path(info.uri)
    here = not info.live and "://" not in info.uri and origin.exists()
    source = {**described["source"], "uri": masked(info.uri), **({"path": str(origin.resolve())} if here else {})}
    return SessionWriter(
        path,
        analyzer.pose_estimator.skeleton,
        info=replace(info, uri=masked(info.uri)),
        metadata={**described, "models": {**names, **revisions}, "source": source},
        video=video,
        overwrite=overwrite,
        last=last,
        quality=settings.quality,
        encoder=settings.encoder,
        verify=settings.verify,
    )
