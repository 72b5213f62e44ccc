"""The command line: parse, call ``app``, print. Progress on stderr, results on stdout.

Exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted (what was written is finished and valid).
"""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import App, CycloptsError, Group, Parameter

from vitpose_live import __version__
from vitpose_live.errors import SettingsError, SettingsFileError, VitposeLiveError
from vitpose_live.registry import unknown_name

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
models = App(name="models", help="List and describe the models.")
app.command(models)


class UsageError(VitposeLiveError):
    """The command line itself is wrong."""


@Parameter(name="*", group=_common)
@dataclass(frozen=True)
class Common:
    """Flags of every command that analyses; each mirrors a key of the settings file."""

    detector: str | None = None
    """Person detector: auto, embedded, or a name from `models list`. [default: auto]"""
    pose: str | None = None
    """Pose model: auto, embedded, or a name from `models list`. [default: auto]"""
    det_frequency: int | None = None
    """Run the detector every N frames; people are tracked in between. [default: 5]"""
    device: str | None = None
    """auto, cpu, cuda[:i], mps or openvino:DEVICE. [default: auto]"""
    precision: Literal["auto", "fp32", "bf16", "fp16", "int8"] | None = None
    """Arithmetic of the networks. [default: auto]"""
    conf: float | None = None
    """Least detector score of a person, 0.0-1.0. [default: 0.3]"""
    kpt_thr: float | None = None
    """Least keypoint score to draw, 0.0-1.0. [default: 0.3]"""
    smoothing: Literal["one_euro", "none"] | None = None
    """How keypoints are steadied over time. [default: one_euro]"""
    number_people_max: int | None = None
    """Follow at most this many people. [default: all]"""
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

    report = _process(source, common.settings(), Outputs(output, keypoints, None, overwrite), duration)
    if json:
        print(json_format.dumps(report.as_json(), allow_nan=False))  # noqa: T201  the result
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

    report = _process(str(demo_clip()), common.settings(), demo_outputs(output_dir), None)
    _print_summary(report)
    return INTERRUPTED if report.interrupted else DONE


@models.command(name="list")
def list_models() -> int:
    """List every model with its size, licence and measured accuracy."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from vitpose_live.models import catalog  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("name", "kind", "input", "parameters", "licence", "AP"):
        table.add_column(heading, no_wrap=True)
    table.add_column("summary", no_wrap=True, overflow="ellipsis")
    for row in catalog.rows():
        table.add_row(*row.columns())
    # a pipe has no width to cut the text to
    Console(width=None if sys.stdout.isatty() else 240).print(table)
    return DONE


@models.command
def info(name: str, /, *, json: bool = False) -> int:
    """Show everything known of one model.

    Parameters
    ----------
    name
        A name from `models list`.
    json
        Print one JSON object instead.
    """
    from vitpose_live.models import catalog  # noqa: PLC0415

    facts = catalog.find(name).facts()
    if json:
        print(json_format.dumps(facts))  # noqa: T201  the result
    else:
        width = max(map(len, facts))
        for key, value in facts.items():
            print(f"{key:<{width}}  {value}")  # noqa: T201  the result
    return DONE


@app.default
def desktop(*words: str) -> int:
    """Open the desktop app."""
    if words:
        unknown = unknown_name("command", words[0], app.resolved_commands(), listing="vitpose-live --help")
        hint = f"did you mean `vitpose-live process {words[0]}`?" if Path(words[0]).exists() else unknown.hint
        raise UsageError(unknown.message, hint=hint)
    raise VitposeLiveError(
        "the desktop app is not built yet", hint="`vitpose-live demo` shows what works, `vitpose-live --help` lists it"
    )


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit status."""
    # any command takes it, before or after its own arguments
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        status: Any = app(arguments, exit_on_error=False, print_error=False, result_action="return_value")
    except CycloptsError as error:
        return _complain(str(error), "see `vitpose-live --help`", USAGE)
    except VitposeLiveError as error:
        if debug:
            raise
        wrong_usage = isinstance(error, UsageError | SettingsError) and not isinstance(error, SettingsFileError)
        return _complain(error.message, error.hint, USAGE if wrong_usage else FAILED)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        if debug:
            raise
        return _complain(
            f"{type(error).__name__}: {error}", "this is a bug; run again with --debug and report it", FAILED
        )
    return status if isinstance(status, int) else DONE


def _complain(message: str, hint: str, status: int) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)  # noqa: T201  one line, whatever a library said
    if hint:
        print(f"hint: {hint}", file=sys.stderr)  # noqa: T201
    return status


def _process(source: str, settings: Settings, outputs: Any, duration: float | None) -> Report:
    from vitpose_live.app.console import ProgressLine, prepare_process  # noqa: PLC0415
    from vitpose_live.app.process import process_source  # noqa: PLC0415

    prepare_process()
    with ProgressLine() as progress:
        report = process_source(source, settings, outputs, duration=duration, watch=progress.update)
    for problem in report.problems:
        print(f"warning: {problem}", file=sys.stderr)  # noqa: T201
    if report.interrupted:
        print("interrupted: what was written is finished and valid", file=sys.stderr)  # noqa: T201
    return report


def _print_summary(report: Report) -> None:
    from vitpose_live.app.console import summary  # noqa: PLC0415

    for line in summary(report):
        print(line)  # noqa: T201  the result
