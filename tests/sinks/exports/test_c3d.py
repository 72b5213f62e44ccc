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


def test_more_frames_than_the_format_can_count_are_refused(tmp_path):
    pytest.importorskip("ezc3d", reason="C3D is written and read by ezc3d, which is not installed")
    count = FRAMES_MAX + 1
    with pytest.raises(OutputError, match=r"65536 frames.*65535"):
        export(tmp_path, recording({1: [0, count - 1]}, count=count))
    assert not list(tmp_path.iterdir())


def test_without_ezc3d_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ezc3d", None)
    with pytest.raises(OutputError, match="ezc3d") as failure:
        export(tmp_path, two_people())
    assert "vitpose-live[c3d]" in failure.value.hint
