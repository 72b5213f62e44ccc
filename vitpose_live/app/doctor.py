"""Looks at everything the program needs of this machine, and says what is wrong and how it is mended.

Each part of the program knows how to look at itself (encoders: `sinks`, devices: `models`, cameras: `sources`); here it
is gathered. No part can break the others: each is looked at on a thread of its own, and one that raises, cannot be
imported or does not come back becomes a line as well.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from vitpose_live.app import doctor_machine, doctor_software
from vitpose_live.app.doctor_check import Check, State
from vitpose_live.errors import VitposeLiveError

Look = Callable[[], Iterable[Check]]
"""Looks at one part."""

PARTS: dict[str, tuple[Look, ...]] = {
    "versions": (doctor_software.versions,),
    "packages": (doctor_software.packages,),
    "devices": (doctor_machine.cpu, doctor_machine.openvino, doctor_machine.torch),
    "encoders": (doctor_machine.encoders,),
    "cameras": (doctor_machine.cameras,),
    "window": (doctor_software.window,),
    "models": (doctor_software.models, doctor_machine.converted_networks),
    "room": (doctor_machine.room, doctor_machine.downloads),
}
"""What is looked at, by group."""

PATIENCE = 60.0
"""Seconds for one part; importing torch from a cold disk may take half of it."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What was found, by group."""

    groups: dict[str, tuple[Check, ...]]

    @property
    def ok(self) -> bool:
        """Whether all that is needed works."""
        return not any(check.state is State.BROKEN for checks in self.groups.values() for check in checks)

    def as_json(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "ok": self.ok,
            "groups": {name: [asdict(check) for check in checks] for name, checks in self.groups.items()},
        }


def examine(
    watch: Callable[[str], object] = lambda _: None,
    *,
    parts: dict[str, tuple[Look, ...]] = PARTS,
    patience: float = PATIENCE,
) -> Diagnosis:
    """Look at everything.

    Parameters
    ----------
    watch
        Told what is looked at next.
    parts
        What to look at, by group.
    patience
        Seconds for each part.
    """
    groups = {}
    for group, looks in parts.items():
        found: list[Check] = []
        for look in looks:
            name = look.__name__.replace("_", " ")
            watch(name)
            found += _bounded(name, look, patience)
        groups[group] = tuple(found)
    return Diagnosis(groups)


def _bounded(name: str, look: Look, patience: float) -> list[Check]:
    """Return what `look` finds; a line about it where it fails or does not come back."""
    found: list[Check] = []

    def run() -> None:
        try:
            for check in look():
                found.append(check)  # noqa: PERF402  what was found before a failure counts
        except VitposeLiveError as error:
            found.append(Check(name, State.BROKEN, str(error), error.hint))
        except BaseException as error:  # noqa: BLE001  whatever is broken here is what the person wants to know
            text = " ".join(f"{type(error).__name__}: {error}".split())
            found.append(
                Check(name, State.BROKEN, text, "install vitpose-live again; if that does not help, report it")
            )

    thread = threading.Thread(target=run, name=f"vitpose-doctor-{name}", daemon=True)
    thread.start()
    thread.join(patience)
    if thread.is_alive():
        remedy = "a driver or a disk may hang: restart the machine"
        return [*found, Check(name, State.BROKEN, f"does not answer within {patience:g} s", remedy)]
    return found
