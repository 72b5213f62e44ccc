"""The doctor on the machine: what computes, encodes and sees, and where there is room."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from platformdirs import user_cache_path, user_videos_path

from vitpose_live.app.doctor_check import Check, State, size
from vitpose_live.errors import SourceError

LEAST_ROOM = 2 * 10**9
"""Free bytes below which a disk is said to be nearly full: a model, or half an hour of video."""


def cpu() -> Iterator[Check]:
    """Describe the processor."""
    from vitpose_live.models.hardware import processor  # noqa: PLC0415  what fails to import is a line, not the end

    found = processor()
    yield Check(found.device, State.OK, f"{found.name}: {found.details}")


def openvino() -> Iterator[Check]:
    """Describe what OpenVINO computes on."""
    from vitpose_live.models.hardware import openvino_devices  # noqa: PLC0415

    found = openvino_devices()
    for device in found:
        yield Check(device.device, State.OK, f"{device.name}: {device.details}")
    if not found:
        yield Check("openvino", State.BROKEN, "finds nothing to compute on", "pip install --force-reinstall openvino")


def torch() -> Iterator[Check]:
    """Describe the graphics cards that torch can use, or say why there is none."""
    from vitpose_live.models.device import parse_device, resolve, unused_accelerator  # noqa: PLC0415
    from vitpose_live.models.hardware import torch_build, torch_devices  # noqa: PLC0415

    found = torch_devices()
    for device in found:
        yield Check(device.device, State.OK, f"{device.name}: {device.details}")
    problem, _, remedy = unused_accelerator().partition(": ")
    if problem:
        yield Check("torch", State.WARNING, f"{torch_build()}; {problem}", remedy)
    elif found:
        yield Check("torch", State.OK, torch_build())
    else:
        yield Check("torch", State.ABSENT, f"{torch_build()}; finds no graphics card that it can use")
    yield Check("--device auto", State.OK, f"takes {resolve(parse_device('auto'))}")


def encoders() -> Iterator[Check]:
    """Say which encoders really open; the first one records."""
    from vitpose_live.sinks.encoders import H264_ENCODERS, probe_encoder  # noqa: PLC0415

    for name in H264_ENCODERS:
        probe = probe_encoder(name)
        if probe.works:
            yield Check(name, State.OK, "opens and encodes")
        elif name == H264_ENCODERS[0]:
            yield Check(
                name, State.BROKEN, probe.why, "without it nothing is recorded: pip install --force-reinstall av"
            )
        else:
            yield Check(name, State.ABSENT, probe.why)


def cameras() -> Iterator[Check]:
    """Say which cameras there are, and whether they may be used; opens none on Linux."""
    from vitpose_live.sources.devices import check_permission, list_cameras  # noqa: PLC0415

    found = list_cameras()
    for camera in found:
        try:
            check_permission(camera.index)
        except SourceError as error:
            yield Check(f"camera {camera.index}", State.BROKEN, f"{camera.name}: {error}", error.hint)
        else:
            yield Check(f"camera {camera.index}", State.OK, camera.name)
    if not found:
        yield Check("cameras", State.ABSENT, "none was found", "plug one in; in a container, pass the device in")


def converted_networks() -> Iterator[Check]:
    """Say where converted networks are kept, and how large they are."""
    from vitpose_live.models.converted import cache_folder  # noqa: PLC0415
    from vitpose_live.models.hub import size_on_disk  # noqa: PLC0415

    folder = cache_folder()
    yield Check("converted networks", State.OK, f"{size(size_on_disk(folder))} in {folder}")


def downloads() -> Iterator[Check]:
    """Say where downloaded models are kept."""
    from vitpose_live.models.hub import cache_root  # noqa: PLC0415

    yield _room("downloads", cache_root())


def room() -> Iterator[Check]:
    """Say how much room there is where the rest is written."""
    yield _room("caches", user_cache_path("vitpose-live", appauthor=False))
    yield _room("recordings", user_videos_path() / "vitpose-live")


def _room(name: str, folder: Path) -> Check:
    """Say how much room there is in `folder`, or where it will be made."""
    there = next(place for place in (folder, *folder.parents) if place.is_dir())
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        return Check(name, State.WARNING, f"{folder}: {error.strerror}", "is the disk there?")
    if not os.access(there, os.W_OK | os.X_OK):
        return Check(name, State.WARNING, f"{folder} may not be written", f"see the permissions of {there}")
    text = f"{size(free)} free in {folder}"
    if free < LEAST_ROOM:
        return Check(name, State.WARNING, text, f"make room: below {size(LEAST_ROOM)} a long recording may not fit")
    return Check(name, State.OK, text)
