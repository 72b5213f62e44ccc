"""The flags of every command that analyses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Group, Parameter, Token

if TYPE_CHECKING:
    from vitpose_live.app.settings import Settings

_common = Group("Models and analysis", sort_key=2)
_recording = Group("Recording", sort_key=3)


def whole(type_: Any, tokens: Sequence[Token]) -> int:  # noqa: ARG001  the signature of a converter
    """Read a whole number; 2.9 is a mistake, not a 2."""
    return int(tokens[0].value)


def _whole_or_auto(type_: Any, tokens: Sequence[Token]) -> int | str:
    """Read a whole number or the word auto."""
    return "auto" if tokens[0].value == "auto" else whole(type_, tokens)


@Parameter(name="*", group=_common)
@dataclass(frozen=True)
class Common:
    """Flags of every command that analyses; each mirrors a key of the settings file."""

    detector: str | None = None
    """Person detector: auto, embedded, a name from `models list`, a Hugging Face repository or a local folder.
    [default: auto]"""
    pose: str | None = None
    """Pose model: the same. [default: auto]"""
    dataset_index: Annotated[int | None, Parameter(converter=whole)] = None
    """Which of its training sets a pose model with several experts answers for. [default: 0]"""
    flip_test: bool | None = None
    """Average each pose with that of the mirrored picture: a little more exact, twice the time."""
    det_frequency: Annotated[int | Literal["auto"] | None, Parameter(converter=_whole_or_auto)] = None
    """Run the detector every N frames, or auto: as often as what happens asks for; people are tracked in between.
    [default: 5]"""
    device: str | None = None
    """auto, cpu, cuda[:i], mps, openvino:DEVICE or torch:cpu. [default: auto]"""
    precision: Literal["auto", "fp32", "bf16", "fp16", "int8"] | None = None
    """Arithmetic of the networks. [default: auto]"""
    conf: float | None = None
    """Least detector score of a person, 0.0-1.0. [default: 0.3]"""
    kpt_thr: float | None = None
    """Least keypoint score to draw, 0.0-1.0. [default: 0.3]"""
    smoothing: Literal["adaptive", "one_euro", "zero_phase", "none"] | None = None
    """How keypoints are steadied over time; zero_phase goes over a finished recording once more. [default: adaptive]"""
    number_people_max: Annotated[int | None, Parameter(converter=whole)] = None
    """Follow at most this many people. [default: all]"""
    reidentify: Annotated[bool | None, Parameter(negative="--no-reidentify")] = None
    """Know people by their clothes when they come back within five seconds. [default: yes]"""
    exercise: str | None = None
    """Exercise to count and to coach: a name from `exercises list`, a TOML file, or auto to recognise it."""
    history: Annotated[bool | None, Parameter(negative="--no-history")] = None
    """Keep what was trained, on this machine only, for `vitpose-live history`. [default: yes]"""
    layout: Annotated[Literal["annotated", "clean", "side_by_side"] | None, Parameter(group=_recording)] = None
    """What of each result a recording shows. [default: annotated]"""
    quality: Annotated[Literal["small", "standard", "high"] | None, Parameter(group=_recording)] = None
    """What a recording is to look like, and so how large it is; each step doubles that. [default: standard]"""
    encoder: Annotated[str | None, Parameter(group=_recording)] = None
    """auto (x264), hardware, or a name: x264, nvenc, qsv, videotoolbox, amf, mediafoundation. [default: auto]"""
    split: Annotated[str | None, Parameter(group=_recording)] = None
    """Begin a new file, OUT-001.mp4, OUT-002.mp4 ..., after so long or so much: 90s, 10min, 1h, 500MB, 2GB."""
    verify: Annotated[Literal["quick", "full"] | None, Parameter(group=_recording)] = None
    """Read back the index and some pictures of a finished recording, or every picture. [default: quick]"""
    blur_faces: bool | None = None
    """Hide the heads of all people found, in everything shown and written; whom the detector does not find stays
    visible: where that matters, take --skeleton-only."""
    skeleton_only: bool | None = None
    """Draw skeletons on an empty canvas; no pixel of the source is shown or written."""
    config: Path | None = None
    """Settings file (TOML); flags win over it."""

    def settings(self) -> Settings:
        """Return the file's settings, if any, under the flags given."""
        from vitpose_live.app.settings import Settings, load_settings  # noqa: PLC0415

        given = {name: value for name, value in asdict(self).items() if value is not None and name != "config"}
        return Settings.of(**given) if self.config is None else load_settings(self.config, **given)


AS_BY_DEFAULT = Common()
"""Nothing asked."""
