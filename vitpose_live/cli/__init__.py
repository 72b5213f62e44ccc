"""The command line: parse, call ``app``, print. Progress on stderr, results on stdout.

Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was written is finished and valid).
"""

from __future__ import annotations

import io
import json as json_format
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Group, Parameter, Token

from vitpose_live import __version__
from vitpose_live.cli.cameras import cameras
from vitpose_live.cli.capture import AS_IT_IS, Capture
from vitpose_live.cli.desktop import open_window
from vitpose_live.cli.doctor import doctor
from vitpose_live.cli.evaluate import evaluate
from vitpose_live.cli.models import models
from vitpose_live.cli.output import print_line, say
from vitpose_live.errors import SettingsError, SettingsFileError, VitposeLiveError
from vitpose_live.registry import unknown_name
from vitpose_live.sources.address import masked, masked_text

if TYPE_CHECKING:
    from vitpose_live.app.process import Report
    from vitpose_live.app.settings import Settings

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

_common = Group("Models and analysis", sort_key=2)

app = App(
    name="vitpose-live",
    help="Human pose, live: people keep their identity, skeletons stay steady, recordings keep their time.",
    version=__version__,
    default_parameter=Parameter(negative=""),
    help_format="plaintext",
)
app.command(models)
app.command(cameras)
app.command(doctor)
app.command(evaluate)


class UsageError(VitposeLiveError):
    """The command line itself is wrong."""


def _whole(type_: Any, tokens: Sequence[Token]) -> int:  # noqa: ARG001  the signature of a converter
    """Read a whole number; 2.9 is a mistake, not a 2."""
    return int(tokens[0].value)


def _whole_or_auto(type_: Any, tokens: Sequence[Token]) -> int | str:
    """Read a whole number or the word auto."""
    return "auto" if tokens[0].value == "auto" else _whole(type_, tokens)


@Parameter(name="*", group=_common)
@dataclass(frozen=True)
class Common:
    """Flags of every command that analyses; each mirrors a key of the settings file."""

    detector: str | None = None
    """Person detector: auto, embedded, a name from `models list`, a Hugging Face repository or a local folder.
    [default: auto]"""
    pose: str | None = None
    """Pose model: the same. [default: auto]"""
    dataset_index: Annotated[int | None, Parameter(converter=_whole)] = None
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
    number_people_max: Annotated[int | None, Parameter(converter=_whole)] = None
    """Follow at most this many people. [default: all]"""
    reidentify: Annotated[bool | None, Parameter(negative="--no-reidentify")] = None
    """Know people by their clothes when they come back within five seconds. [default: yes]"""
    config: Path | None = None
    """Settings file (TOML); flags win over it."""

    def settings(self) -> Settings:
        """Return the file's settings, if any, under the flags given."""
        from vitpose_live.app.settings import Settings, load_settings  # noqa: PLC0415

        given = {name: value for name, value in asdict(self).items() if value is not None and name != "config"}
        return Settings.of(**given) if self.config is None else load_settings(self.config, **given)


@app.command
def process(
    source: str,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    keypoints: tuple[Path, ...] = (),
    duration: float | None = None,
    json: bool = False,
    overwrite: bool = False,
    common: Common = Common(),
    capture: Capture = AS_IT_IS,
) -> int:
    """Analyse a source; write an annotated video, a keypoint table, or both.

    Parameters
    ----------
    source
        Video file, folder or pattern of images, or an image.
    output
        Annotated video, MP4.
    keypoints
        Keypoint table: .parquet, .csv or .json, by suffix; may be given more than once.
    duration
        Stop after this many seconds of the source.
    json
        Print one JSON object instead of the summary.
    overwrite
        Replace outputs that exist.
    """
    from vitpose_live.app.process import Outputs  # noqa: PLC0415

    report = _process(source, common.settings(), Outputs(output, keypoints, None, overwrite), duration, capture)
    if json:
        print_line(json_format.dumps(report.as_json(), allow_nan=False))
    else:
        _print_summary(report)
    return INTERRUPTED if report.interrupted else DONE


@app.command
def demo(*, output_dir: Path = Path("demo_output"), common: Common = Common()) -> int:
    """Run the main job on the bundled clip with the embedded models; needs no network and no display.

    Parameters
    ----------
    output_dir
        Folder for the annotated video, the keypoint tables and the contact sheet; made if missing.
    """
    from vitpose_live.app.demo import demo_clip, demo_outputs  # noqa: PLC0415

    settings = common.settings()
    # the demonstration is the same everywhere, whatever has been downloaded
    chosen = {key: "embedded" for key in ("detector", "pose") if getattr(settings, key) == "auto"}
    report = _process(str(demo_clip()), settings.model_copy(update=chosen), demo_outputs(output_dir), None)
    _print_summary(report)
    return INTERRUPTED if report.interrupted else DONE


@app.command
def ui(source: str | None = None, /, *, common: Common = Common(), capture: Capture = AS_IT_IS) -> int:
    """Open the desktop app.

    Parameters
    ----------
    source
        A camera such as 0 or webcam:1, a file, or the address of a stream; left out, the window asks.
    """
    if source is None and capture != AS_IT_IS:
        raise UsageError("--size and --fps need a camera to ask", hint="name it: `vitpose-live ui 0 --size 1280x720`")
    from vitpose_live.app.settings import require_causal  # noqa: PLC0415

    settings = common.settings()
    require_causal(settings.smoothing)
    return open_window(source, settings, **capture.options())


def _not_built(what: str) -> VitposeLiveError:
    return VitposeLiveError(
        f"{what} is not built yet", hint="`vitpose-live demo` shows what works, `vitpose-live --help` lists it"
    )


def _announce(group: App, name: str, what: str) -> None:
    """Add the command `name`, which says that `what` is still to come."""

    def coming(*words: str) -> int:  # noqa: ARG001  whatever it will take
        raise _not_built(what)

    group.command(coming, name=name, show=False)


_announce(app, "bench", "bench (scripts/bench_pipeline.py measures in a checkout)")


@app.default
def desktop(*words: str) -> int:
    """Open the desktop app."""
    if words:
        word = masked(words[0])
        unknown = unknown_name("command", word, app.resolved_commands(), listing="vitpose-live --help")
        if "://" in word:
            hint = f"did you mean `vitpose-live ui {word}`?"
        else:
            hint = f"did you mean `vitpose-live process {word}`?" if Path(word).exists() else unknown.hint
        raise UsageError(unknown.message, hint=hint)
    return ui()


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a path may hold what the terminal's alphabet does not
            stream.reconfigure(errors="backslashreplace")
    # any command takes it, before or after its own arguments
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        status: Any = app(
            arguments,
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # the outermost guard: people get a line, developers --debug
        if debug:
            raise
        return _complain(*_verdict(error))
    return status if isinstance(status, int) else DONE


def _verdict(error: Exception) -> tuple[str, str, int]:
    """Return what to say of `error`, what to do about it, and the exit status."""
    match error:
        case CycloptsError():
            return str(error), "see `vitpose-live --help`", USAGE
        case SettingsFileError():
            return error.message, error.hint, FAILED
        case SettingsError():
            return _as_flag(error.message), error.hint or "see `vitpose-live process --help`", USAGE
        case VitposeLiveError():
            return error.message, error.hint, USAGE if isinstance(error, UsageError) else FAILED
    return f"{type(error).__name__}: {error}", "this is a bug; run again with --debug and report it", FAILED


def _as_flag(message: str) -> str:
    """Name the setting at the start of `message` as it is written on the command line."""
    name, colon, rest = message.partition(":")
    return f"--{name.replace('_', '-')}{colon}{rest}" if colon and name.isidentifier() else message


def _complain(message: str, hint: str, status: int) -> int:
    say(f"error: {masked_text(message)}")  # a wrong word may be an address with a password in it
    if hint:
        say(f"hint: {masked_text(hint)}")
    return status


def _process(
    source: str, settings: Settings, outputs: Any, duration: float | None, capture: Capture = AS_IT_IS
) -> Report:
    from vitpose_live.app.console import ProgressLine, prepare_process  # noqa: PLC0415
    from vitpose_live.app.process import process_source  # noqa: PLC0415

    prepare_process()
    with ProgressLine() as progress:
        report = process_source(
            source,
            settings,
            outputs,
            duration=duration,
            options=capture.options(),
            watch=progress.update,
            get=progress.fetch,
            tell=progress.tell,
            step=progress.begin,
        )
    for problem in report.problems:
        say(f"warning: {problem}")
    if report.interrupted:
        say("interrupted: what was written is finished and valid")
    return report


def _print_summary(report: Report) -> None:
    from vitpose_live.app.console import summary  # noqa: PLC0415

    for line in summary(report):
        print_line(line)
