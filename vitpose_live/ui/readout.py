"""What the window says of a run, in words. No widget, so that every line of it is tested without a window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from PyQt6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from vitpose_live.app.live_rerun import Showing
from vitpose_live.data import SourceInfo
from vitpose_live.errors import VitposeLiveError
from vitpose_live.pipeline import Status
from vitpose_live.pipeline.protocols import Model
from vitpose_live.sources.address import masked

NOTHING = "\N{EN DASH}"
_CONTEXT = "Readout"


def _(text: str) -> str:
    """Return `text` in the person's language."""
    return QCoreApplication.translate(_CONTEXT, text)


def _marked(text: str) -> str:
    """Mark `text` for translation."""
    return str(QT_TRANSLATE_NOOP(_CONTEXT, text))


_STATES = {
    "idle": _marked("ready"),
    "opening": _marked("loading"),
    "running": _marked("running"),
    "paused": _marked("paused"),
}
_STATES |= {"ended": _marked("ended"), "failed": _marked("failed")}
_STAGES = {
    "capture": _marked("capture"),
    "detect": _marked("detect"),
    "track": _marked("track"),
    "pose": _marked("pose"),
}
_STAGES |= {"smooth": _marked("smooth"), "analyze": _marked("analysis in all"), "deliver": _marked("hand on")}
_NETWORKS = ("detect", "pose")


@dataclass(frozen=True, slots=True)
class Hearing:
    """The microphone at one moment: its name, how loud it is, 0..1, and what keeps sound from coming, if anything."""

    name: str
    level: float = 0.0
    trouble: VitposeLiveError | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The run at one moment, as the window shows it.

    Parameters
    ----------
    source
        What was opened; empty when nothing was.
    state
        Of the engine: ``idle``, ``opening``, ``running``, ``paused``, ``ended`` or ``failed``.
    status, info, detector, pose, position, showing, notices, error
        As the engine says; in a replay `position` is its own.
    recorded
        Seconds and bytes of the recording that is going on; None without one.
    recording_paused
        Whether it leaves out what comes.
    age_ms
        Capture to screen of the latest picture.
    paint_ms
        Median time of painting one.
    hearing
        The microphone that is listened to.
    """

    source: str = ""
    state: str = "idle"
    status: Status = field(default_factory=Status)
    info: SourceInfo | None = None
    detector: Model | None = None
    pose: Model | None = None
    position: float = 0.0
    showing: Showing = field(default_factory=Showing)
    notices: tuple[str, ...] = ()
    error: VitposeLiveError | None = None
    recorded: tuple[float, int] | None = None
    recording_paused: bool = False
    age_ms: float = 0.0
    paint_ms: float = 0.0
    hearing: Hearing | None = None

    @property
    def playing(self) -> bool:
        """Whether pictures come, or are about to."""
        return self.state in ("opening", "running")

    @property
    def live(self) -> bool:
        """Whether the source has a clock of its own."""
        return self.info is not None and self.info.live

    @property
    def duration(self) -> float:
        """Seconds of a file or replay; 0 of anything else."""
        if self.showing.replay is not None:
            return self.showing.replay[1]
        return 0.0 if self.info is None or self.info.live else self.info.duration or 0.0

    @property
    def seekable(self) -> bool:
        """Whether there is a time axis to move on."""
        return self.duration > 0


def clock(seconds: float, *, tenths: bool = False) -> str:
    """Write a time, such as ``1:05`` or ``1:02:03``, with ``.4`` if asked."""
    units = int(max(0.0, seconds) * 10 + 1e-6)
    whole, tenth = divmod(units, 10)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    text = f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
    return f"{text}.{tenth}" if tenths else text


def size(number: float) -> str:
    """Write a number of bytes, such as ``3.2 MB``."""
    for unit in ("B", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.2f} GB"


def source_name(source: str) -> str:
    """Shorten what was opened to what tells it apart: a file's own name, an address without its password."""
    if "://" in source:
        return masked(source).replace("***@", "", 1)
    if source.isdecimal():
        return _("camera {0}").format(source)
    if source.lower().startswith("webcam"):
        return _("camera {0}").format(source.partition(":")[2] or 0)
    return Path(source).name or source


def people(number: int) -> str:
    """Write how many people."""
    return _("1 person") if number == 1 else _("{0} people").format(number)


def analysis_ms(status: Status) -> float | None:
    """Median milliseconds of everything that is done with one frame; None before the first."""
    stage = status.timings.get("analyze")
    return None if stage is None else stage.p50


def analysis(status: Status) -> str:
    """Write how long one frame takes in all and, of that, in the networks."""
    total = analysis_ms(status)
    if total is None:
        return _("analysis {0}").format(NOTHING)
    parts = [f"{_(_STAGES[name])} {status.timings[name].p50:.0f}" for name in _NETWORKS if name in status.timings]
    text = _("analysis {0} ms").format(f"{total:.0f}")
    return f"{text} ({', '.join(parts)})" if parts else text


def age(milliseconds: float) -> str:
    """Write how old a picture is; late ones and replayed ones are seconds old."""
    if milliseconds < 10_000:
        return _("{0} ms").format(f"{milliseconds:.0f}")
    return _("{0} s").format(f"{milliseconds / 1000:.1f}")


def stages(snapshot: Snapshot) -> str:
    """Write the time of each stage, a line each: median, and what 19 of 20 frames stay below."""
    timings = snapshot.status.timings
    if not timings:
        return _("nothing has been analysed yet")
    lines = [_("How long each step takes for one picture, usually (and at most, 19 times of 20):")]
    for name, time in timings.items():
        said = _(_STAGES.get(name, name))
        lines.append(_("{0}: {1} ms ({2} ms)").format(said, f"{time.p50:.1f}", f"{time.p95:.1f}"))
    if snapshot.paint_ms:
        lines.append(_("paint: {0} ms").format(f"{snapshot.paint_ms:.1f}"))
    if "detect" in timings:
        lines.append(_("Not every picture is searched for people: in between they are followed."))
    return "\n".join(lines)


def state(snapshot: Snapshot) -> str:
    """Write what is going on, in one or two words."""
    word = _(_STATES[snapshot.state])
    if snapshot.showing.replay is not None:
        return _("replay") if snapshot.state == "running" else _("replay {0}").format(word)
    if snapshot.state == "running" and snapshot.status.trouble:
        return _("no picture")
    if snapshot.showing.late:
        return _("{0} · {1:g} s late").format(word, round(snapshot.showing.late, 1))
    return word


def cells(snapshot: Snapshot) -> dict[str, str]:
    """Return the texts of the status bar by name."""
    status, seen = snapshot.status, snapshot.status.delivered > 0
    pose, detector = snapshot.pose, snapshot.detector
    return {
        "source": f"{source_name(snapshot.source)} · {state(snapshot)}" if snapshot.source else _("no source"),
        "people": people(status.people) if seen else NOTHING,
        "fps": _("{0} fps").format(f"{status.fps:.1f}" if seen else NOTHING),
        "analysis": analysis(status),
        "age": _("age {0}").format(age(snapshot.age_ms) if snapshot.live and snapshot.age_ms else NOTHING),
        "dropped": _("{0} dropped").format(status.dropped),
        "device": pose.device if pose else "",
        "model": f"{detector.name} + {pose.name}" if detector and pose else "",
        "precision": pose.precision if pose else "",
    }


def worth_telling(notices: Sequence[str]) -> list[str]:
    """Return what to interrupt somebody for: not what a command would mend, for here there are buttons for that."""
    return [notice for notice in notices if "`vitpose-live " not in notice]
