"""Which encoders really work."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from sinks.media import pictures

from vitpose_live.errors import OutputError, UnknownNameError
from vitpose_live.sinks import VideoRecorder, encoders
from vitpose_live.sinks.encoders import (
    H264_ENCODERS,
    HARDWARE,
    X264,
    EncoderProbe,
    Quality,
    find_encoder,
    open_encoder,
    probe_encoder,
)


def test_the_one_that_records_works():
    assert H264_ENCODERS[0] == "libx264"
    probe = probe_encoder("libx264")
    assert probe.works
    assert probe.why == ""


def test_the_others_work_or_say_why_not(capfd):
    for name in H264_ENCODERS[1:]:
        probe = probe_encoder(name)
        assert probe.works is not bool(probe.why)
        assert "\n" not in probe.why
    assert capfd.readouterr().err == ""


def test_an_encoder_nobody_has():
    assert probe_encoder("h264_nobody").why == "not in this build of FFmpeg"


@pytest.mark.parametrize("name", ["auto", "x264"])
def test_recordings_are_encoded_in_software_unless_asked(name, monkeypatch):
    monkeypatch.setattr(encoders, "probe_encoder", None)  # nothing needs to be tried for that
    assert find_encoder(name) is X264


@pytest.mark.parametrize("asked", ["hardware", *(encoder.name for encoder in HARDWARE)])
def test_hardware_is_what_works_or_an_error_never_another(asked, monkeypatch):
    monkeypatch.setattr(
        encoders, "probe_encoder", lambda codec: EncoderProbe(codec, works=codec in works, why="no driver")
    )
    works = [HARDWARE[-1].codec]
    if asked in ("hardware", HARDWARE[-1].name):
        assert find_encoder(asked) is HARDWARE[-1]
    works = []
    with pytest.raises(OutputError, match="no driver") as caught:
        find_encoder(asked)
    assert "--encoder x264" in caught.value.hint


def test_an_unknown_name_offers_the_nearest():
    with pytest.raises(UnknownNameError) as caught:
        find_encoder("nvec")
    assert "nvenc" in caught.value.hint


def test_an_encoder_that_does_not_work_is_said_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(encoders, "probe_encoder", lambda codec: EncoderProbe(codec, works=False, why="no driver"))
    with pytest.raises(OutputError, match="nvenc"):
        VideoRecorder(tmp_path / "out.mp4", fps_hint=30, encoder="nvenc")
    assert list(tmp_path.iterdir()) == []


def test_better_is_larger_and_nearer(tmp_path):
    rng = np.random.default_rng(3)
    image = cv2.GaussianBlur(rng.integers(0, 256, (96, 128, 3), np.uint8), (0, 0), 1.5)
    sizes, errors = [], []
    for quality in Quality:
        path = tmp_path / f"{quality}.mp4"
        recorder = VideoRecorder(path, fps_hint=30, quality=quality)
        for index in range(20):
            recorder.write(np.roll(image, 2 * index, 1), index / 30)
        recorder.close()
        sizes.append(path.stat().st_size)
        errors.append(np.abs(pictures(path)[1][-1].astype(int) - np.roll(image, 38, 1)).mean())
    assert sizes == sorted(sizes)
    assert sizes[2] > 1.5 * sizes[0]
    assert errors == sorted(errors, reverse=True)


def test_an_unknown_quality_is_refused(tmp_path):
    with pytest.raises(UnknownNameError, match="quality"):
        VideoRecorder(tmp_path / "out.mp4", fps_hint=30, quality="best")


def test_nothing_is_held_back():
    context = av.CodecContext.create("libx264", "w")
    context.time_base = Fraction(1, 30)
    open_encoder(context, X264, Quality.STANDARD, size=(64, 48))
    come = 0
    for index in range(40):
        frame = av.VideoFrame(64, 48, "yuv420p")
        frame.pts = index
        come += len(context.encode(frame))
        assert index + 1 - come <= 1
