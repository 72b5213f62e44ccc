"""The recorder keeps time, colour and size, and its files play; read back with an independent decoder."""

from __future__ import annotations

from itertools import pairwise

import av
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sinks.media import boxes, durations, increasing, pictures

from vitpose_live.errors import InvalidArrayError, OutputError
from vitpose_live.sinks import VideoRecorder


def grey(level: int, size: tuple[int, int] = (64, 48)) -> np.ndarray:
    return np.full((size[1], size[0], 3), level % 256, np.uint8)


def record(path, times, *, fps_hint=30.0, size=(64, 48), **options):
    recorder = VideoRecorder(path, fps_hint=fps_hint, **options)
    for index, time in enumerate(times):
        recorder.write(grey(index * 9, size), time)
    recorder.close()
    return recorder


@pytest.fixture
def path(tmp_path):
    return tmp_path / "out.mp4"


class TestTime:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(gaps=st.lists(st.floats(0.0005, 3), max_size=40), fps_hint=st.sampled_from([0.0, 5, 23.976, 60, 1000]))
    def test_presentation_times_are_the_sources(self, tmp_path, gaps, fps_hint):
        path = tmp_path / "out.mp4"
        given_times = [0.0, *np.cumsum(gaps).tolist()]
        record(path, given_times, fps_hint=fps_hint, overwrite=True)
        times, _ = pictures(path)
        assert times == pytest.approx(given_times, abs=1e-4)
        assert increasing(times)

    @pytest.mark.parametrize("frames", [1, 2, 3, 31, 100])
    @pytest.mark.parametrize("fps", [15.0, 24000 / 1001, 60.0])
    def test_lasts_as_long_as_the_source(self, path, frames, fps):
        record(path, [index / fps for index in range(frames)], fps_hint=fps)
        assert durations(path) == pytest.approx({"container": frames / fps, "video": frames / fps}, abs=1e-4)

    def test_unknown_rate_takes_the_gap_before(self, path):
        record(path, [0, 0.2, 0.4], fps_hint=0.0)
        assert durations(path)["video"] == pytest.approx(0.6, abs=1e-3)

    def test_duration_gives_the_last_picture_its_own(self, path):
        record(path, [0, 0.5, 0.6], fps_hint=10, duration=1.2)
        assert durations(path)["container"] == pytest.approx(1.2, abs=1e-3)

    def test_stopping_early_does_not_stretch_the_last_picture(self, path):
        record(path, [0, 0.1, 0.2], fps_hint=10, duration=60)
        assert durations(path)["container"] == pytest.approx(0.3, abs=1e-3)

    def test_starts_with_its_first_picture(self, path):
        record(path, [7.5, 7.6, 7.8])
        assert pictures(path)[0] == pytest.approx([0, 0.1, 0.3], abs=1e-4)

    def test_moments_closer_than_a_tick_stay_apart(self, path):
        record(path, [0, 1e-7, 2e-7, 0.1])
        times, images = pictures(path)
        assert len(images) == 4
        assert increasing(times)

    @pytest.mark.parametrize("time", [0.5, 0.2, float("nan"), float("inf")])
    def test_time_that_does_not_go_on_is_an_error_and_harms_nothing(self, path, time):
        recorder = VideoRecorder(path, fps_hint=30)
        recorder.write(grey(0), 0.0)
        recorder.write(grey(1), 0.5)
        with pytest.raises(InvalidArrayError, match="time"):
            recorder.write(grey(2), time)
        recorder.close()
        assert len(pictures(path)[0]) == 2


class TestPicture:
    @pytest.mark.parametrize("threads", [1, 2])
    def test_colours_are_right_for_a_player_that_follows_the_tags(self, path, threads):
        palette = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 100, 50), (30, 180, 220)]
        image = np.zeros((64, 64 * len(palette), 3), np.uint8)
        for place, colour in enumerate(palette):
            image[:, place * 64 : place * 64 + 64] = colour
        recorder = VideoRecorder(path, fps_hint=30, threads=threads)
        for index in range(5):
            recorder.write(image, index / 30)
        recorder.close()
        _, images = pictures(path)
        for place, colour in enumerate(palette):
            seen = images[-1][16:48, place * 64 + 16 : place * 64 + 48].reshape(-1, 3).mean(axis=0)
            assert seen == pytest.approx(colour, abs=4), colour

    def test_tags_and_format(self, path):
        record(path, [0, 0.1])
        with av.open(str(path)) as container:
            context = container.streams.video[0].codec_context
            assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
            assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)

    def test_is_an_ordinary_mp4_once_closed(self, path):
        record(path, [index / 30 for index in range(100)])
        names = boxes(path)
        assert names.count("moov") == 1
        assert names.count("mdat") == 1
        assert "moof" not in names

    def test_can_be_entered_at_least_every_thirty_pictures(self, path):
        record(path, [index / 30 for index in range(100)])
        with av.open(str(path)) as container:
            keys = [index for index, packet in enumerate(container.demux(video=0)) if packet.is_keyframe]
        assert keys[0] == 0
        assert max(later - earlier for earlier, later in pairwise([*keys, 100])) <= 30

    @pytest.mark.parametrize("size", [(64, 48), (63, 48), (64, 47), (63, 47), (1, 1), (2, 3), (17, 200)])
    def test_odd_sizes_are_padded_at_the_far_edges(self, path, size):
        rng = np.random.default_rng(1)
        image = np.repeat(np.repeat(rng.integers(0, 256, (25, 3, 3), np.uint8), 8, 0), 8, 1)
        image = np.resize(image, (size[1], size[0], 3))
        recorder = VideoRecorder(path, fps_hint=30, quality="high")
        recorder.write(image, 0.0)
        recorder.close()
        (seen,) = pictures(path)[1]
        assert seen.shape == (size[1] + size[1] % 2, size[0] + size[0] % 2, 3)
        luma = np.array([0.2126, 0.7152, 0.0722])
        assert np.abs((seen[: size[1], : size[0]] - image.astype(float)) @ luma).mean() < 4

    def test_other_sizes_are_letterboxed_to_the_first(self, path):
        recorder = VideoRecorder(path, fps_hint=1, quality="high")
        for index, size in enumerate([(96, 64), (64, 96), (960, 64), (31, 9), (96, 63)]):
            recorder.write(grey(200, size), float(index))
        recorder.close()
        images = [image.mean(axis=2) for image in pictures(path)[1]]
        assert {image.shape for image in images} == {(64, 96)}
        first, tall, wide, small, _ = images
        assert first.min() > 190
        assert tall[:, :20].max() < 20
        assert tall[:, 30:66].min() > 190
        assert wide[:26].max() < 20
        assert wide[31:33, 10:-10].min() > 190
        assert small[32, 48] > 190

    @pytest.mark.parametrize(
        "view",
        [lambda image: image[:, ::-1], lambda image: image[::2, ::2], lambda image: image.transpose(1, 0, 2)],
        ids=["mirrored", "strided", "transposed"],
    )
    def test_any_view_of_an_array_will_do(self, path, view):
        image = np.zeros((64, 64, 3), np.uint8)
        image[:, :20] = 250
        image[:20] = 250
        image.flags.writeable = False
        recorder = VideoRecorder(path, fps_hint=30, quality="high")
        recorder.write(view(image), 0.0)
        recorder.close()
        (seen,) = pictures(path)[1]
        assert np.abs(seen.astype(int) - view(image)).mean() < 5

    def test_the_caller_may_reuse_its_array(self, path):
        image = grey(0)
        recorder = VideoRecorder(path, fps_hint=30)
        for index in range(3):
            image[:] = 100 * index
            recorder.write(image, index / 30)
        recorder.close()
        assert [image.mean() for image in pictures(path)[1]] == pytest.approx([0, 100, 200], abs=3)

    @pytest.mark.parametrize(
        ("image", "given"),
        [
            (np.zeros((4, 4, 3), np.float32), "float32"),
            (np.zeros((4, 4), np.uint8), r"\(4, 4\)"),
            (np.zeros((4, 4, 4), np.uint8), r"\(4, 4, 4\)"),
            (np.zeros((0, 4, 3), np.uint8), r"\(0, 4, 3\)"),
            ([[[0, 0, 0]]], "list"),
        ],
    )
    def test_wrong_arrays_are_named(self, path, image, given):
        with pytest.raises(InvalidArrayError, match=f"image: .*{given}"):
            VideoRecorder(path, fps_hint=30).write(image, 0.0)
        assert list(path.parent.iterdir()) == []

    def test_a_size_the_encoder_refuses_is_a_clear_error(self, path):
        with pytest.raises(OutputError) as caught:
            VideoRecorder(path, fps_hint=30).write(np.zeros((2, 20000, 3), np.uint8), 0.0)
        assert "20000x2" in caught.value.hint
        assert list(path.parent.iterdir()) == []


def test_the_encoder_is_quiet(path, capfd, caplog):
    record(path, [0, 0.1])
    assert capfd.readouterr() == ("", "")
    assert not caplog.records


def test_a_real_clip_keeps_its_times_and_its_look(path, shared_data):
    source = shared_data / "video" / "pose2sim_multi_cam01.mp4"
    recorder = VideoRecorder(path, fps_hint=60)
    times, first = [], None
    with av.open(str(source)) as container:
        for frame in container.decode(video=0):
            times.append(frame.time)
            image = frame.to_ndarray(format="rgb24")
            first = image if first is None else first
            recorder.write(image, times[-1])
            if len(times) == 20:
                break
    recorder.close()
    seen_times, images = pictures(path)
    assert seen_times == pytest.approx([time - times[0] for time in times], abs=1e-3)
    assert np.abs(images[0].astype(int) - first).mean() < 4
