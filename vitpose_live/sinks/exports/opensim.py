"""OpenSim's files: markers (TRC) and joint angles (MOT), a file per person.

Formats: "Marker (.trc) Files" and "Motion (.mot) Files" of the OpenSim documentation.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import isnan

import numpy as np
from numpy.typing import NDArray

from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports.files import ExportFiles
from vitpose_live.sinks.exports.markers import Markers, file_name, markers_of
from vitpose_live.sinks.exports.material import PIXEL_DECIMALS, Material
from vitpose_live.sinks.exports.steady import steadied, steady_clock
from vitpose_live.sinks.target import writing

DEGREE_DECIMALS = 4


def write_trc(material: Material, files: ExportFiles) -> None:
    """Write `NAME_person1.trc` and so on: the keypoints as markers, z being 0.

    Units are ``mm`` when a height is given, else ``px``, which OpenSim reads but does not take for a length. A missing
    marker has empty fields. As in the files that OpenSim writes, a tab ends every field, the last one included.

    Raises
    ------
    OutputError
        As `markers_of`.
    """
    for markers in markers_of(material):
        name = file_name(material, markers.person, "trc")
        _write(files, name, _trc(name, markers))


def write_mot(material: Material, files: ExportFiles) -> None:
    """Write `NAME_person1.mot` and so on: joint angles in degrees over time, with the names and signs of Sports2D.

    Names have underscores for spaces. An angle that is never visible is left out; where it is not visible it is NaN.

    Raises
    ------
    OutputError
        When nobody is there, or no angle of anybody can be measured.
    """
    sequence = material.sequence
    clock = steady_clock(sequence)
    written = 0
    for person in sequence.people:
        names, degrees = material.measure(sequence, person)
        span, degrees = steadied(sequence, person, degrees, clock)
        seen = np.asarray(np.isfinite(degrees).any(axis=0), np.bool_)
        if seen.any():
            columns = [name.replace(" ", "_") for name, there in zip(names, seen, strict=True) if there]
            lines = _mot(columns, clock.times[span], degrees[:, seen])
            _write(files, file_name(material, person, "mot"), lines)
            written += 1
    if not written:
        raise OutputError(
            f"no joint angle of anybody can be measured with {sequence.skeleton.name}",
            hint="trc and npz take any skeleton",
        )


def _trc(name: str, markers: Markers) -> Iterable[str]:
    count, k = len(markers.times), len(markers.names)
    rate = f"{markers.rate:.10g}"
    yield f"PathFileType\t4\t(X/Y/Z)\t{name}"
    yield "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits\tOrigDataRate\tOrigDataStartFrame\tOrigNumFrames"
    yield f"{rate}\t{rate}\t{count}\t{k}\t{markers.unit}\t{rate}\t1\t{count}"
    yield "Frame#\tTime\t" + "".join(f"{marker}\t\t\t" for marker in markers.names)
    yield "\t\t" + "".join(f"X{number}\tY{number}\tZ{number}\t" for number in range(1, k + 1))
    yield ""
    rows = zip(markers.times.tolist(), markers.points.tolist(), strict=True)
    for number, (time, points) in enumerate(rows, 1):
        places = "".join(
            "\t\t\t" if isnan(x + y) else f"{x:.{PIXEL_DECIMALS}f}\t{y:.{PIXEL_DECIMALS}f}\t{0:.{PIXEL_DECIMALS}f}\t"
            for x, y in points
        )
        yield f"{number}\t{time:.6f}\t{places}"


def _mot(columns: list[str], times: NDArray[np.float64], degrees: NDArray[np.float64]) -> Iterable[str]:
    yield from ("Coordinates", "version=1", f"nRows={len(times)}", f"nColumns={len(columns) + 1}", "inDegrees=yes", "")
    yield "Angles are in degrees, measured in the picture, with the names and signs of Sports2D."
    yield from ("", "endheader")
    yield "\t".join(["time", *columns])
    for time, row in zip(times.tolist(), degrees.tolist(), strict=True):
        cells = ("NaN" if isnan(value) else f"{value:.{DEGREE_DECIMALS}f}" for value in row)
        yield "\t".join([f"{time:.6f}", *cells])


def _write(files: ExportFiles, name: str, lines: Iterable[str]) -> None:
    path = files.file(name)
    with writing(name):
        path.write_text("".join(f"{line}\n" for line in lines), "utf-8", newline="\n")
