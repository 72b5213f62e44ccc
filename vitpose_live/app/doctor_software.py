"""The doctor on what is installed: versions, packages, the window's libraries, models."""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Callable, Iterator
from importlib import metadata

from vitpose_live import __version__
from vitpose_live.app.display import Qt, install_line, window_systems
from vitpose_live.app.doctor_check import Check, State, size
from vitpose_live.app.shared_objects import Loads, loads
from vitpose_live.errors import VitposeLiveError

DISTRIBUTION = "vitpose-live"
_REQUIREMENT = re.compile(r"[A-Za-z0-9._-]+")
_LEAST, _BELOW = re.compile(r">=\s*([\d.]+)"), re.compile(r"<\s*([\d.]+)")
_REINSTALL = "install vitpose-live again"
_SYSTEMS = {"wayland": "Wayland", "xcb": "X11"}


def versions() -> Iterator[Check]:
    """Say what runs this."""
    yield Check("vitpose_live", State.OK, __version__)
    yield Check("Python", State.OK, f"{platform.python_version()} ({sys.executable})")
    yield Check("system", State.OK, _system())


def _system() -> str:
    try:
        name = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:  # Windows, macOS
        name = ""
    return f"{name}, {platform.platform()}" if name else platform.platform()


def packages(
    requires: Callable[[str], list[str] | None] = metadata.requires,
    version: Callable[[str], str] = metadata.version,
) -> Iterator[Check]:
    """Say which version of each package is here, and whether it will do; imports none.

    Parameters
    ----------
    requires
        Says what a distribution needs.
    version
        Says which version of a distribution is installed.
    """
    try:
        needed = requires(DISTRIBUTION) or []
    except metadata.PackageNotFoundError:
        yield Check(DISTRIBUTION, State.WARNING, "runs from its source, not installed", "pip install -e .")
        return
    for line in needed:
        specification, _, marker = line.partition(";")
        match = _REQUIREMENT.match(specification)
        if match is None or "extra" in marker:
            continue
        name, remedy = match[0], f"pip install {specification.strip()!r}"
        try:
            found = version(name)
        except metadata.PackageNotFoundError:
            yield Check(name, State.BROKEN, "not installed", remedy)
            continue
        if _suits(found, specification):
            yield Check(name, State.OK, found)
        else:
            wanted = specification.strip().removeprefix(name)
            yield Check(name, State.BROKEN, f"{found}, but {wanted.strip()} is needed", remedy)


def _suits(version: str, specification: str) -> bool:
    here = _numbers(version)
    least, below = _LEAST.search(specification), _BELOW.search(specification)
    return (least is None or here >= _numbers(least[1])) and (below is None or here < _numbers(below[1]))


def _numbers(version: str) -> tuple[int, ...]:
    """Return the release of a version for comparison, so that 5 and 5.0 are the same."""
    release = re.match(r"\d+(?:\.\d+)*", version)
    numbers = [int(part) for part in release[0].split(".")] if release else []
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def window(
    qt: Callable[[], Qt | None] = Qt.find,
    systems: Callable[[], tuple[str, ...]] = window_systems,
    load: Loads = loads,
) -> Iterator[Check]:
    """Say whether the window can be shown; loads no Qt.

    Parameters
    ----------
    qt
        Finds the installed Qt.
    systems
        Says what windows can be opened with on Linux; none without a display.
    load
        Asks the loader for a library.
    """
    found = qt()
    if found is None:
        yield Check("PyQt6", State.BROKEN, "not installed", "pip install 'pyqt6>=6.8'")
        return
    if not sys.platform.startswith("linux"):
        yield Check("display", State.OK, "of the system")
        return
    here = systems()
    shown = " and ".join(_SYSTEMS[system] for system in here)
    yield Check(
        "display", State.OK if here else State.ABSENT, shown or "none; `vitpose-live process` and `demo` need none"
    )
    missing = found.lacks_for(here or ("xcb",), load)
    if missing:
        state = State.BROKEN if here else State.WARNING
        yield Check("display libraries", state, f"missing: {', '.join(missing)}", install_line(missing))
    else:
        yield Check("display libraries", State.OK, "all here")
    absent = set(found.lacks(modules=["QtMultimedia"], load=load)) - set(missing)
    if absent:
        text = f"the window cannot say what sizes a camera has, missing: {', '.join(sorted(absent))}"
        yield Check("camera formats", State.WARNING, text, install_line(absent))


def models() -> Iterator[Check]:
    """Say which models are here, and whether the embedded ones are whole."""
    from vitpose_live.app.models import folder_of  # noqa: PLC0415  what fails to import is a line, not the end
    from vitpose_live.models import catalog, hub  # noqa: PLC0415
    from vitpose_live.models.weights import verified_files  # noqa: PLC0415

    elsewhere = 0
    for row in catalog.rows():
        try:
            if row.files:
                verified_files(row)
                yield Check(row.name, State.OK, "embedded, checksum right")
            elif (folder := folder_of(row)) is not None:
                yield Check(row.name, State.OK, f"{size(hub.size_on_disk(folder))} in {folder}")
            else:
                elsewhere += 1
        except VitposeLiveError as error:
            yield Check(row.name, State.BROKEN, str(error), error.hint or _REINSTALL)
    if elsewhere:
        yield Check("not here", State.ABSENT, f"{elsewhere} more that `vitpose-live models list` offers")
