"""Which encoders really work."""

from vitpose_live.sinks.encoders import H264_ENCODERS, probe_encoder


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
