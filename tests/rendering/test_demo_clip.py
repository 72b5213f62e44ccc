"""The clip that everybody sees first."""

import hashlib
import itertools
from pathlib import Path

import av
import numpy as np
import pytest

ASSETS = Path(__file__).parents[2] / "assets"
CLIP = ASSETS / "demo.mp4"


def test_size_length_and_format():
    assert CLIP.stat().st_size <= 2_000_000
    with av.open(str(CLIP)) as clip:
        (stream,) = clip.streams
        assert (stream.width, stream.height) == (1280, 720)
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        times = [frame.time for frame in clip.decode(stream)]
        assert times[0] == 0
        rate = float(stream.average_rate)
        np.testing.assert_allclose(np.diff(times), 1 / rate, rtol=1e-3)
        assert float(stream.duration * stream.time_base) == pytest.approx(len(times) / rate, abs=0.01)
        assert 4 < float(stream.duration * stream.time_base) <= 10


def test_one_take_without_a_cut():
    with av.open(str(CLIP)) as clip:
        greys = [frame.reformat(64, 36, "gray").to_ndarray().astype(int) for frame in clip.decode(video=0)]
    steps = [np.abs(after - before).mean() for before, after in itertools.pairwise(greys)]
    assert max(steps) < 12  # grey levels; a cut changes several times as much


def test_the_notice_names_this_very_file_and_its_licence():
    notice = (ASSETS / "NOTICE.md").read_text("utf-8")
    assert hashlib.sha256(CLIP.read_bytes()).hexdigest() in notice
    assert "Copyright (c) 2022, perfanalytics" in notice
    assert "Redistribution and use in source and binary forms" in notice


def test_the_icon_is_square():
    data = (ASSETS / "icon.png").read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")) == (256, 256)
