"""Every setting of a run: frozen, checked, and one TOML file that mirrors the command line's flags."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vitpose_live.errors import SettingsError, SettingsFileError
from vitpose_live.registry import unknown_name
from vitpose_live.toml_file import read_toml


class Smoothing(StrEnum):
    """How keypoints are steadied over time."""

    ADAPTIVE = "adaptive"
    ONE_EURO = "one_euro"
    ZERO_PHASE = "zero_phase"
    """Knows the whole recording, and so works on recordings only, once all of it has been analysed."""
    NONE = "none"


class Layout(StrEnum):
    """What of each result a recording shows."""

    ANNOTATED = "annotated"
    CLEAN = "clean"
    """The picture as it came."""
    SIDE_BY_SIDE = "side_by_side"
    """As it came, and annotated to the right of that."""


class Settings(BaseModel):
    """What decides the numbers of a run and what its recording is like.

    The TOML keys are these names; the flags the same with dashes.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    detector: str = "auto"
    """Person detector: auto, embedded, a catalogue name, a Hugging Face repository, a local folder."""
    pose: str = "auto"
    """Pose model: as for the detector, and embedded-fast."""
    dataset_index: int = Field(default=0, ge=0, strict=True)
    """Which of its training sets a pose model with several experts answers for."""
    flip_test: bool = Field(default=False, strict=True)
    """Average each pose with that of the mirrored picture: a little more exact, twice the time."""
    det_frequency: Literal["auto"] | Annotated[int, Field(ge=1, strict=True)] = 5
    """The detector runs every this many frames, or with auto as often as what happens asks for; people are tracked in
    between."""
    device: str = "auto"
    """auto, cpu, cuda[:i], mps, openvino:DEVICE or torch:cpu."""
    precision: str = "auto"
    """auto, fp32, bf16, fp16 or int8."""
    conf: float = Field(default=0.3, ge=0.0, le=1.0, allow_inf_nan=False)
    """Least detector score of a person."""
    kpt_thr: float = Field(default=0.3, ge=0.0, le=1.0, allow_inf_nan=False)
    """Least keypoint score to draw."""
    smoothing: Smoothing = Smoothing.ADAPTIVE
    """How keypoints are steadied over time."""
    exercise: str | None = None
    """Exercise to count and to coach: a name from `vitpose-live exercises list`, a TOML file, or auto to recognise it;
    none unless one is named."""
    history: bool = Field(default=True, strict=True)
    """Keep what was trained, on this machine only, for `vitpose-live history`."""
    number_people_max: int | None = Field(default=None, ge=1, strict=True)
    """Follow at most this many people; the strongest when there are more."""
    reidentify: bool = Field(default=True, strict=True)
    """Know people by their clothes when they come back within five seconds, and let them keep their id."""
    blur_faces: bool = Field(default=False, strict=True)
    """Hide the heads of all people found, whichever way they look, in everything shown and written. Somebody whom the
    detector does not find stays visible."""
    skeleton_only: bool = Field(default=False, strict=True)
    """Show and write skeletons on an empty canvas, and no picture at all."""

    layout: Layout = Layout.ANNOTATED
    """What of each result a recording shows."""
    quality: Literal["small", "standard", "high"] = "standard"
    """What a recording is to look like, and so how large it is."""
    encoder: Literal["auto", "x264", "hardware", "nvenc", "qsv", "videotoolbox", "amf", "mediafoundation"] = "auto"
    """What encodes recordings: auto is x264, hardware the first of a graphics card or system that works."""
    split: str | None = None
    """Begin a new file after so long or so much: 90s, 10min, 1h, 500MB, 2GB."""
    verify: Literal["quick", "full"] = "quick"
    """How much of a finished recording is read back: its index and some of its pictures, or all of them."""

    @classmethod
    def of(cls, **values: Any) -> Self:
        """Build settings from `values`.

        Raises
        ------
        SettingsError
            Naming the setting, what it may be and what was given.
        """
        try:
            return cls(**values)
        except ValidationError as error:
            raise _first_problem(error, cls) from error


def require_causal(smoothing: Smoothing) -> None:
    """Refuse what cannot be done while frames come in.

    Raises
    ------
    SettingsError
        When `smoothing` needs the whole recording.
    """
    if smoothing is Smoothing.ZERO_PHASE:
        raise SettingsError(
            "smoothing: zero_phase needs the whole recording, so it does not work on live sources and in the window",
            hint="use adaptive here; `vitpose-live process FILE --smoothing zero_phase` smooths a recording",
        )


def load_settings(path: str | Path, **overrides: Any) -> Settings:
    """Read settings from the TOML file at `path`; `overrides` win over the file.

    Raises
    ------
    SettingsFileError
        When the file is missing, is not TOML, or holds an unknown or impossible setting.
    """
    table = read_toml(path, "settings file", hint="check the path given to --config")
    try:
        return Settings.of(**{**table, **overrides})
    except SettingsError as error:
        raise SettingsFileError(f"settings file {path}: {error}", hint=error.hint) from error


def _first_problem(error: ValidationError, model: type[BaseModel]) -> SettingsError:
    problem, *others = error.errors(include_url=False)
    name = str(problem["loc"][0])
    if problem["type"] == "extra_forbidden":
        unknown = unknown_name("setting", name, model.model_fields)
        return SettingsError(unknown.message, hint=unknown.hint)
    # of a setting that may be one thing or another each says what it is not
    also = [other["msg"].lower() for other in others if other["loc"][0] == name]
    wanted = " or ".join([problem["msg"].lower(), *(text.removeprefix("input should be ") for text in also)])
    return SettingsError(f"{name}: {wanted}, got {problem['input']!r}")
