"""C3D (https://www.c3d.org), the file of motion capture, a file per person; written by ezc3d, which is optional."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports.files import ExportFiles
from vitpose_live.sinks.exports.markers import Markers, file_name, markers_of
from vitpose_live.sinks.exports.material import Material, known
from vitpose_live.sinks.target import writing

FRAMES_MAX = 65535
"""Number of the last frame that the header of a C3D file can tell."""
INSTALL = "pip install 'vitpose-live[c3d]'"


def write_c3d(material: Material, files: ExportFiles) -> None:
    """Write `NAME_person1.c3d` and so on: the keypoints as points, z being 0; the residual of a missing one is -1.

    Frames are numbered from the recording's first, so that the files of people who come at different times line up.
    ``POINT:UNITS`` is ``mm`` when a height is given, else ``px``; ``X_SCREEN`` is +X and ``Y_SCREEN`` +Y.

    Raises
    ------
    OutputError
        When ezc3d is not installed, somebody is there later than C3D can tell, and as `markers_of`.
    """
    try:
        ezc3d = import_module("ezc3d")
    except ImportError as error:
        raise OutputError("C3D needs the package ezc3d", hint=INSTALL) from error
    for markers in markers_of(material):
        name = file_name(material, markers.person, "c3d")
        last = markers.first + len(markers.times)
        if last > FRAMES_MAX:
            raise OutputError(
                f"{name} would have frames up to {last}, and C3D numbers {FRAMES_MAX}",
                hint="trc and npz hold as many as there are",
            )
        path = files.file(name)
        made = _filled(ezc3d.c3d(), markers)
        with writing(name):
            made.write(str(path))


def _filled(c3d: Any, markers: Markers) -> Any:
    n, k = len(markers.times), len(markers.names)
    points = np.ones((4, k, n))
    points[:2] = markers.points.transpose(2, 1, 0)
    points[2] = 0
    missing = ~known(markers.points).T
    points[:3, missing] = np.nan
    group = c3d["parameters"]["POINT"]
    group["RATE"]["value"] = [markers.rate]
    group["UNITS"]["value"] = [markers.unit]
    group["LABELS"]["value"] = list(markers.names)
    header = c3d["header"]["points"]
    header["first_frame"], header["last_frame"] = markers.first, markers.first + n - 1  # ezc3d counts from 0
    c3d["data"]["points"] = points
    c3d["data"]["meta_points"] = {
        "residuals": np.where(missing, -1.0, 0.0)[None],
        "camera_masks": np.zeros((7, k, n), np.bool_),
    }
    c3d.add_parameter("POINT", "X_SCREEN", ["+X"])
    c3d.add_parameter("POINT", "Y_SCREEN", ["+Y"])
    return c3d
