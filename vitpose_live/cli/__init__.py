"""The command line: parse, call ``app``, print. Progress on stderr, results on stdout.

Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was written is finished and valid).
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, CycloptsError, Parameter

from vitpose_live import __version__
from vitpose_live.app.interrupt import asked_early
from vitpose_live.cli.cameras import cameras, microphones
from vitpose_live.cli.capture import AS_IT_IS, Capture
from vitpose_live.cli.common import AS_BY_DEFAULT, Common
from vitpose_live.cli.desktop import open_window
from vitpose_live.cli.doctor import doctor
from vitpose_live.cli.evaluate import evaluate
from vitpose_live.cli.exercises import exercises
from vitpose_live.cli.export import export
from vitpose_live.cli.history import history
from vitpose_live.cli.models import models
from vitpose_live.cli.output import print_line, print_result, say, say_problems
from vitpose_live.cli.plot import plot
from vitpose_live.cli.sessions import analyze, render
from vitpose_live.cli.usage import UsageError
from vitpose_live.errors import SettingsError, SettingsFileError, UnknownModelError, UnknownNameError, VitposeLiveError
from vitpose_live.registry import unknown_name
from vitpose_live.sources.address import masked, masked_text

if TYPE_CHECKING:
    from vitpose_live.app.process import Report
    from vitpose_live.app.settings import Settings

DONE, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130

app = App(
    name="vitpose-live",
    help="Human pose, live: people keep their identity, skeletons stay steady, recordings keep their time.",
    version=__version__,
    default_parameter=Parameter(negative=""),
    help_format="plaintext",
)
app.command(models)
app.command(cameras)
app.command(microphones)
app.command(doctor)
app.command(evaluate)
app.command(exercises)
app.command(export)
app.command(history)
app.command(plot)
app.command(render)
app.command(analyze)


@app.command
def process(
    source: str,
    /,
    *,
    output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None,
    keypoints: tuple[Path, ...] = (),
    report: Path | None = None,
    session: Path | None = None,
    session_video: Annotated[bool, Parameter(negative="--no-session-video")] = True,
    duration: float | None = None,
    microphone: str | None = None,
    json: bool = False,
    overwrite: bool = False,
    common: Common = AS_BY_DEFAULT,
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
    report
        Page about what was trained, .html; needs --exercise.
    session
        Folder, .vpl, with all that was found, for `render`, `analyze` and `export`: no network runs again for those.
    session_video
        Keep the pictures in the session, too.
    duration
        Stop after this many seconds of the source.
    microphone
        Record a camera or stream with this microphone: a name from `vitpose-live microphones`, or default.
    json
        Print one JSON object instead of the summary.
    overwrite
        Replace outputs that exist.
    """
    from vitpose_live.app.outputs import Outputs  # noqa: PLC0415

    outputs = Outputs(
        output, keypoints, report=report, overwrite=overwrite, session=session, session_video=session_video
    )
    done = _process(source, common.settings(), outputs, duration, capture, microphone)
    print_result(done, _print_summary, as_json=json)
    return INTERRUPTED if done.interrupted else DONE


@app.command
def demo(*, output_dir: Path = Path("demo_output"), common: Common = AS_BY_DEFAULT) -> int:
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
def ui(source: str | None = None, /, *, common: Common = AS_BY_DEFAULT, capture: Capture = AS_IT_IS) -> int:
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
        if asked_early():  # whatever else was made of it
            return INTERRUPTED
        if debug:
            raise
        return _complain(*_verdict(error, _help(arguments)))
    return status if isinstance(status, int) else DONE


def _help(arguments: Sequence[str]) -> str:
    """Return how to learn what can be asked of the command that was."""
    known = next((word for word in arguments[:1] if word in app.resolved_commands()), "")
    return f"see `{' '.join(filter(None, ('vitpose-live', known, '--help')))}`"


def _verdict(error: Exception, usage: str) -> tuple[str, str, int]:
    """Return what to say of `error`, what to do about it (`usage` where that is wrong), and the exit status."""
    match error:
        case CycloptsError():
            return str(error), usage, USAGE
        case SettingsFileError():
            return error.message, error.hint, FAILED
        case SettingsError():
            return _as_flag(error.message), error.hint or usage, USAGE
        case VitposeLiveError():
            # a model may be anywhere; all other names are of a list that is known
            wrong = isinstance(error, UsageError | UnknownNameError) and not isinstance(error, UnknownModelError)
            return error.message, error.hint, USAGE if wrong else FAILED
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
    source: str,
    settings: Settings,
    outputs: Any,
    duration: float | None,
    capture: Capture = AS_IT_IS,
    microphone: str | None = None,
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
            microphone=microphone,
            options=capture.options(),
            watch=progress.update,
            get=progress.fetch,
            tell=progress.tell,
            step=progress.begin,
        )
    say_problems(report.problems, interrupted=report.interrupted)
    return report


def _print_summary(report: Report) -> None:
    from vitpose_live.app.console import summary  # noqa: PLC0415

    for line in summary(report):
        print_line(line)
