"""What the coach's panel says, in words. No widget, so that every line of it is tested without a window."""

from __future__ import annotations

from math import ceil

from PyQt6.QtCore import QCoreApplication

from vitpose_live.fitness.guided import Moment, Stage
from vitpose_live.rendering.coach_card import exercise_title
from vitpose_live.ui.coaching import Trainee
from vitpose_live.ui.readout import clock


def _(text: str) -> str:
    """Return `text` in the person's language."""
    return QCoreApplication.translate("Coach", text)


class CoachWords:
    """Writes numbers and times for people."""

    def count(self, trainee: Trainee | None) -> str:
        """Write the large number: the repetitions, or the seconds of the present hold."""
        if trainee is None:
            return "0"
        return str(int(trainee.held) if trainee.held else trainee.repetitions)

    def under_count(self, trainee: Trainee | None) -> str:
        """Write how many repetitions were only partial, or what the large number is of a hold."""
        if trainee is None:
            return ""
        if trainee.held:
            return _("seconds")
        return _("+ {0} partial").format(trainee.partial) if trainee.partial else ""

    def phase(self, trainee: Trainee | None) -> tuple[str, float]:
        """Return the name of the phase, and how far into the repetition it is."""
        if trainee is None:
            return "", 0.0
        return "hold" if trainee.held else trainee.phase, trainee.level

    def timer(self, trainee: Trainee | None) -> str:
        """Write how long the set, or the rest after it, has lasted."""
        if trainee is None or not trainee.set_number:
            return ""
        if trainee.resting:
            return _("Rest {0}").format(clock(trainee.seconds))
        return _set(trainee.set_number, trainee.seconds)

    def hint(self, trainee: Trainee | None, *, coached: bool) -> str:
        """Say what to do where there is nothing to show."""
        if not coached:
            return _("Choose an exercise to have it counted.")
        if trainee is None:
            return _("Step into the picture.")
        return "" if trainee.present else _("You are out of the picture.")

    def person(self, trainee: Trainee) -> str:
        """Write a line about one of several people."""
        return _("Person {0} · {1} · {2}").format(trainee.track, exercise_title(trainee.exercise), trainee.repetitions)

    def step(self, moment: Moment) -> str:
        """Write where in the plan somebody is."""
        planned = moment.exercise
        text = _("{0}, set {1} of {2}").format(exercise_title(planned.name), moment.set_number, planned.sets)
        match moment.stage:
            case Stage.COUNTDOWN:
                return _("Get ready: {0}").format(text)
            case Stage.REST:
                return _("Rest. Next: {0}").format(text)
            case Stage.DONE:
                return _("Done. Well trained!")
        return text

    def session_count(self, moment: Moment) -> str:
        """Write the large number of a guided session: what is left of a countdown or rest, what is done of a set."""
        match moment.stage:
            case Stage.DONE:
                return "✓"
            case Stage.SET:
                return str(int(moment.held) if moment.exercise.hold else moment.repetitions)
        return str(ceil(moment.seconds))

    def session_goal(self, moment: Moment) -> str:
        """Write what the large number is to come to."""
        if moment.stage is not Stage.SET:
            return "" if moment.stage is Stage.DONE else _("seconds")
        planned = moment.exercise
        return _("of {0} s").format(f"{planned.hold:g}") if planned.hold else _("of {0}").format(planned.repetitions)

    def session_timer(self, moment: Moment) -> str:
        """Write how long the set of a guided session has lasted; its rests are counted down large."""
        return _set(moment.set_number, moment.seconds) if moment.stage is Stage.SET else ""


def _set(number: int, seconds: float) -> str:
    return _("Set {0} · {1}").format(number, clock(seconds))
