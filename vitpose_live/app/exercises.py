"""Where exercises come from: built-in, a person's own folder, or a file; and the coach that knows the one asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import resources
from math import isfinite
from pathlib import Path

from platformdirs import user_config_path

from vitpose_live.app.settings import Settings
from vitpose_live.data import Feedback, Skeleton
from vitpose_live.errors import SettingsError, SettingsFileError, VitposeLiveError
from vitpose_live.fitness.coach import Coach
from vitpose_live.fitness.cues import Take, read_cues, read_targets
from vitpose_live.fitness.exercise import Exercise, ExerciseKind
from vitpose_live.fitness.exercise_files import ExerciseBook, read_exercise
from vitpose_live.fitness.logbook import joints_of
from vitpose_live.fitness.measures import MEASURES
from vitpose_live.fitness.placement import read_placement

AUTO = "auto"
"""In place of a name: the exercise is recognised."""


def own_exercises() -> Path:
    """Return the folder of a person's own exercises, which need not exist."""
    return user_config_path("vitpose-live", appauthor=False) / "exercises"


def exercise_book() -> ExerciseBook:
    """Return the exercises there are: the built-in ones and a person's own."""
    return ExerciseBook(own_exercises())


def find_exercise(name: str) -> Exercise:
    """Return the exercise called `name`, or the one in the TOML file `name`, all of it checked.

    Raises
    ------
    UnknownNameError
        When there is none of that name; the hint names the nearest.
    SettingsFileError
        When its file does not describe an exercise; says what is wrong and where.
    """
    if _is_file(name) and Path(name).stem == AUTO:
        raise SettingsFileError(f"{name}: {AUTO} is the name of recognition", hint="call the file something else")
    exercise = read_exercise(name) if _is_file(name) else exercise_book().get(name)
    try:
        for read in (read_targets, read_cues, read_placement):
            read(exercise)
    except SettingsError as error:
        raise SettingsFileError(f"exercise file {exercise.source}: {error}", hint=error.hint) from error
    return exercise


def check_file(path: Path) -> Exercise:
    """Return the exercise in the TOML file at `path`, all of it checked.

    Raises
    ------
    SettingsFileError
        As `find_exercise`, and when the file is not called ``NAME.toml``.
    """
    if not _is_file(path.name):
        raise SettingsFileError(f"{path}: an exercise is a TOML file", hint=f"call it {path.stem or 'NAME'}.toml")
    return find_exercise(str(path))


def exercise_text(name: str) -> str:
    """Return the TOML of the exercise called `name`, or of the file `name`, as `find_exercise` finds it.

    Raises
    ------
    UnknownNameError, SettingsFileError
        As `find_exercise`.
    """
    source = find_exercise(name).source
    folder = resources.files("vitpose_live.fitness") / "exercises"
    return (folder / f"{name}.toml" if source is None else source).read_text("utf-8")


def described(name: str) -> Iterator[str]:
    """Yield what the exercise called `name` measures, a line each.

    Raises
    ------
    UnknownNameError, SettingsFileError
        As `find_exercise`.
    """
    exercise = find_exercise(name)
    placement = read_placement(exercise)
    yield f"{exercise.title} ({exercise.name}), {exercise.source or 'built-in'}"
    timing = exercise.timing
    if exercise.kind is ExerciseKind.HOLD:
        yield f"held, for {timing.minimum_s:g} s at least"
    else:
        yield f"repetitions of {timing.minimum_s:g} to {timing.maximum_s:g} s, sides: {exercise.sides}"
    for term in exercise.signal:
        over = f" in lengths of {'-'.join(term.over)}" if term.over else ""
        what = f"{term.kind} {'-'.join(term.joints)}{over}"
        yield f"counted by {what}: {term.rest:g} at rest, {term.effort:g} at the far end"
    for measure, target in read_targets(exercise).items():
        unit = MEASURES[measure].unit
        yield f"shows {measure}" + (f", to come to {target:g} {unit}".rstrip() if isfinite(target) else "")
    for cue in read_cues(exercise):
        beyond = [f"above {cue.above:g}"] * isfinite(cue.above) + [f"below {cue.below:g}"] * isfinite(cue.below)
        share = " of what it was at rest" if cue.take is Take.CHANGE else ""
        row = f", {cue.repetitions} times in a row" if cue.repetitions > 1 else ""
        yield f'says "{cue.say}" when {cue.measure} is {" or ".join(beyond)}{share}{row}'
    if placement.what:
        yield f"seen best from the {placement.best}, for {placement.what}"


def exercise_rows() -> Iterator[tuple[str, str, str, str, str]]:
    """Yield of each exercise its name, title, what is counted, what is judged, and where it comes from."""
    book = exercise_book()
    for name in book.names():
        try:
            exercise = find_exercise(name)
        except SettingsFileError as error:
            yield name, "", "", f"broken: {error.message}", "your own"
            continue
        counts = "seconds held" if exercise.kind is ExerciseKind.HOLD else f"repetitions, {exercise.sides}"
        judged = ", ".join(cue.name.replace("_", " ") for cue in read_cues(exercise))
        yield name, exercise.title, counts, judged, "built-in" if exercise.source is None else "your own"


def coach_of(settings: Settings, skeleton: Skeleton) -> Coach | None:
    """Return a fresh coach as `settings` ask for, for people with that `skeleton`; None for no coach.

    Raises
    ------
    UnknownNameError, SettingsFileError
        As `find_exercise`.
    SettingsError
        When the skeleton lacks a joint that the exercise needs.
    """
    name = settings.exercise
    if name is None:
        return None
    check_exercise(settings)
    try:
        if _is_file(name):
            return Coach(Path(name).stem, skeleton, folder=Path(name).parent)
        return Coach(name, skeleton, folder=own_exercises())
    except SettingsFileError:
        raise
    except SettingsError as error:
        raise SettingsError(f"exercise: {error}", hint=error.hint) from error


def last_word(coach: object) -> Callable[[], Iterable[Feedback]]:
    """Return what asks `coach`, at the end, for what it has counted but not recorded; nobody has nothing to say."""
    return coach.close if isinstance(coach, Coach) else tuple


def check_exercise(settings: Settings) -> None:
    """Refuse, before any model is loaded, an exercise that is not there or whose file is broken.

    Raises
    ------
    UnknownNameError, SettingsFileError
        As `find_exercise`.
    """
    if settings.exercise is not None and settings.exercise != AUTO:
        find_exercise(settings.exercise)


def moving_joints(name: str, asked: str | None = None) -> frozenset[str]:
    """Return the joints that bend in the exercise called `name`, without their sides; empty when it is not known.

    Parameters
    ----------
    asked
        What the settings ask for: when that is a file, `name` may be its name.
    """
    ours = asked is not None and _is_file(asked) and Path(asked).stem == name
    try:
        return joints_of(find_exercise(asked if ours and asked else name))
    except VitposeLiveError:  # not recognised, or the file has changed for the worse: any joint may be shown then
        return frozenset()


def _is_file(name: str) -> bool:
    """Whether `name` is that of a file: only in lower case, as the books of exercises have them."""
    return name.endswith(".toml")
