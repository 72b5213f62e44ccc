"""C3D opens in ezc3d with the values of the table."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from sinks.exports.recordings import material, point, recording, two_people

from vitpose_live.errors import OutputError
from vitpose_live.sinks.exports import ExportFiles
from vitpose_live.sinks.exports.c3d import FRAMES_MAX, write_c3d


def export(tmp_path, sequence, **changes):
    with ExportFiles(tmp_path) as files:
        write_c3d(material(sequence, **changes), files)
    return files.written


def test_points_come_back(tmp_path):
    ezc3d = pytest.importorskip("ezc3d", reason="C3D is written and read by ezc3d, which is not installed")
    sequence = two_people(missing=0.3)
    for path, person, places in zip(export(tmp_path, sequence), (7, 3), ([0, 1, 2], [1, 2, None, 4]), strict=True):
        read = ezc3d.c3d(str(path))
        points, residuals = read["data"]["points"], read["data"]["meta_points"]["residuals"][0]
        group = read["parameters"]["POINT"]
        assert (group["UNITS"]["value"], group["RATE"]["value"].tolist()) == (["px"], [25.0])
        assert group["LABELS"]["value"][13] == "LKnee"
        assert points.shape == (4, 17, len(places))
        for frame, place in enumerate(places):
            for joint in range(17):
                x, y = (np.nan, np.nan) if place is None else point(sequence, person, place, joint)
                expected = [x, 480 - y, np.nan if np.isnan(x) else 0]
                assert points[:3, joint, frame] == pytest.approx(expected, abs=1e-3, nan_ok=True)
                assert residuals[joint, frame] == (-1 if np.isnan(x) else 0)


@pytest.mark.parametrize("times", [np.arange(6) / 25, [0, 0.04, 0.08, 0.13, 0.16, 0.24]], ids=["steady", "uneven"])
def test_people_who_come_at_different_times_line_up(tmp_path, times):
    ezc3d = pytest.importorskip("ezc3d", reason="C3D is written and read by ezc3d, which is not installed")
    sequence = two_people(times=np.asarray(times) + 7)
    for path, person in zip(export(tmp_path, sequence), (7, 3), strict=True):
        read = ezc3d.c3d(str(path))
        header, count = read["header"]["points"], read["data"]["points"].shape[2]
        there = sequence.times[sequence.rows[sequence.of(person)]] - 7
        found = np.array([header["first_frame"], header["last_frame"]]) / 25
        assert found == pytest.approx([there[0], there[-1]], abs=0.02)
        assert header["last_frame"] - header["first_frame"] + 1 == count


def test_more_frames_than_the_format_can_count_are_refused(tmp_path):
    pytest.importorskip("ezc3d", reason="C3D is written and read by ezc3d, which is not installed")
    count = FRAMES_MAX + 1
    with pytest.raises(OutputError, match=r"up to 65536.*65535"):
        export(tmp_path, recording({1: [0, count - 1]}, count=count))
    with pytest.raises(OutputError, match=r"person1\.c3d would have frames up to 65536"):
        export(tmp_path, recording({1: [count - 2, count - 1]}, count=count))
    assert not list(tmp_path.iterdir())


def test_without_ezc3d_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(OutputError, match="ezc3d") as failure:
        export(tmp_path, two_people())
    assert "vitpose-live[c3d]" in failure.value.hint
