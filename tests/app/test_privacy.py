import json
import threading

import numpy as np
import pytest
from heads_scene import NAMES, result, standing

import vitpose_live as vl
from vitpose_live.app import process as app_process
from vitpose_live.app.privacy import Veil, Veiled, privacy_of, veiled_results
from vitpose_live.app.process import Outputs, process_source
from vitpose_live.app.settings import Settings
from vitpose_live.bundled import bundled_path

SIZE = (240, 320)
FACES = Settings.of(blur_faces=True)
SKELETONS = Settings.of(skeleton_only=True)


def scene(time, people=None, **more):
    """A result with noise for a picture."""
    image = np.random.default_rng(round(time * 1000)).integers(0, 256, (*SIZE, 3), np.uint8)
    return result(time, {1: standing(160, 60, metre=90)} if people is None else people, image=image, **more)


class Spy:
    """A sink that keeps what it is told."""

    def __init__(self, error=None):
        self.results, self.end, self.error = [], "", error

    def write(self, result):
        if self.error is not None:
            raise self.error
        self.results.append(result)

    def close(self):
        self.end += "closed"

    def abort(self):
        self.end += "aborted"


def through(results, privacy="faces hidden", **options):
    spy = Spy()
    sink = Veiled([spy], Veil(privacy, **options))
    for each in results:
        sink.write(each)
    sink.close()
    return spy


def bare(each, original):
    """(h, w) whether a pixel is the original's."""
    return (each.frame.image == original.frame.image).all(axis=2)


def test_what_the_settings_ask_for():
    assert privacy_of(Settings()) == "off"
    assert privacy_of(FACES) == "faces hidden"
    assert privacy_of(Settings.of(blur_faces=True, skeleton_only=True)) == privacy_of(SKELETONS) == "skeletons only"


@pytest.mark.parametrize("privacy", ["off", "faces hidden", "skeletons only"])
def test_everything_comes_once_in_order_and_at_its_time(privacy):
    given = [scene(n / 30) for n in range(50)]
    spy = through(given, privacy)
    assert [each.frame.index for each in spy.results] == list(range(50))
    assert [each.frame.time for each in spy.results] == [each.frame.time for each in given]
    for each, original in zip(spy.results, given, strict=True):
        assert each.poses is original.poses
        assert each.tracks is original.tracks
        assert each.frame.captured_ns == original.frame.captured_ns
        assert each.frame.image.shape == original.frame.image.shape
    assert spy.end == "closed"


def test_no_sink_sees_a_face():
    given = [scene(n / 30) for n in range(40)]
    spies = Spy(), Spy()
    sink = Veiled(spies, Veil("faces hidden"))
    for each in given:
        sink.write(each)
    sink.close()
    for spy in spies:
        for each, original in zip(spy.results, given, strict=True):
            assert not bare(each, original)[50:72, 148:172].any(), each.frame.index
            assert bare(each, original)[120:].all()
            assert bare(each, original)[:, :60].all()
            assert not np.shares_memory(each.frame.image, original.frame.image)


def test_of_the_skeletons_alone_nothing_depends_on_the_picture():
    one = through([scene(n / 30) for n in range(5)], "skeletons only")
    other = through(
        [result(n / 30, {1: standing()}, image=np.zeros((*SIZE, 3), np.uint8)) for n in range(5)], "skeletons only"
    )
    for each, another in zip(one.results, other.results, strict=True):
        assert np.array_equal(each.frame.image, another.frame.image)


def test_with_nobody_there_the_picture_is_as_it_was():
    given = [scene(n / 30, {}) for n in range(40)]
    for each, original in zip(through(given).results, given, strict=True):
        assert each.frame.image is original.frame.image


def test_who_is_found_late_was_there_before():
    there = {1: standing(160, 60, metre=90)}
    given = [scene(n / 30, {} if n < 45 else there) for n in range(60)]
    spy = through(given)
    for each, original in zip(spy.results, given, strict=True):
        hidden = not bare(each, original)[50:72, 148:172].any()
        assert hidden == (each.frame.index >= 15), each.frame.index


def test_who_is_lost_is_still_there_for_a_while():
    there = {1: standing(160, 60, metre=90)}
    given = [scene(n / 30, there if n < 20 else {}) for n in range(80)]
    for each, original in zip(through(given).results, given, strict=True):
        hidden = not bare(each, original)[50:72, 148:172].any()
        assert hidden == (each.frame.index <= 49), each.frame.index


def test_who_is_not_tracked_is_hidden_by_the_detectors_word():
    points = standing(160, 60, metre=90)
    box = [[*(points.min(axis=0) - 8), *(points.max(axis=0) + 8)]]
    given = [scene(n / 30, {}, seen=box if n % 5 == 0 else None) for n in range(40)]
    for each, original in zip(through(given).results, given, strict=True):
        assert not bare(each, original)[50:72, 148:172].any()


def test_it_waits_a_second_and_no_longer():
    veil = Veil("faces hidden")
    out = []
    for n in range(64):
        veil.show(scene(n / 32, {}, index=n))
        out += [each.frame.index for each in veil.settled()]
        assert out == list(range(max(0, n - 31)))
    assert [each.frame.index for each in veil.flush()] == list(range(32, 64))


def test_memory_has_a_limit_and_what_that_costs_is_said():
    one = scene(0.0).frame.image.nbytes
    veil = Veil("faces hidden", most_bytes=10 * one)
    for n in range(40):
        veil.show(scene(n / 30))
        list(veil.settled())
        assert len(veil._line) <= 10
    assert veil.problems == ("faces were looked for only 0.3 s back, as the pictures are too large for more",)
    roomy = Veil("faces hidden")
    for n in range(40):
        roomy.show(scene(n / 30))
        list(roomy.settled())
    assert roomy.problems == ()


def test_untouched_pictures_are_let_go_of():
    veil = Veil("faces hidden")
    given = scene(0.0)
    veil.show(given)
    (waiting,) = veil._line
    assert not np.shares_memory(waiting.result.frame.image, given.frame.image)


def test_what_waits_can_be_had_and_goes_on_waiting():
    veil = Veil("faces hidden")
    given = [scene(n / 30, {} if n < 5 else None) for n in range(10)]
    for each in given:
        veil.show(each)
    waiting = veil.waiting()
    assert [each.frame.index for each in waiting] == list(range(10))
    assert not bare(waiting[0], given[0])[50:72, 148:172].any()
    again = list(veil.flush())
    for one, other in zip(waiting, again, strict=True):
        assert np.array_equal(one.frame.image, other.frame.image)
    assert veil.waiting() == []


def test_another_scene_knows_nothing_of_the_one_before():
    veil = Veil("faces hidden")
    veil.show(scene(5.0))
    later = scene(1.0, {})
    assert veil.show(later).frame.image is later.frame.image
    assert [each.frame.time for each in veil.settled()] == [5.0]


def test_stills_have_nothing_to_do_with_each_other():
    given = [scene(2.0 * n, None if n % 2 else {}) for n in range(6)]
    for n, (each, original) in enumerate(zip(through(given).results, given, strict=True)):
        assert bare(each, original).all() == (n % 2 == 0)


def test_it_may_change_between_two_results():
    veil = Veil("off")
    given = [scene(n / 30) for n in range(6)]
    out = []
    for n, each in enumerate(given):
        veil.privacy = ("off", "faces hidden", "skeletons only")[n // 2]
        veil.show(each)
        out += veil.settled()
    out += veil.flush()
    assert [each.frame.index for each in out] == list(range(6))
    assert out[0].frame.image is given[0].frame.image
    for n in (2, 3):
        assert not bare(out[n], given[n])[50:72, 148:172].any()
    assert out[4].frame.image.max() < 40


@pytest.mark.parametrize("privacy", ["faces hidden", "skeletons only"])
def test_after_a_failure_nothing_more_is_written(privacy):
    spy = Spy()
    sink = Veiled([spy], Veil(privacy))
    for n in range(10):
        sink.write(scene(n / 30))
    seen = len(spy.results)
    sink.abort()
    assert len(spy.results) == seen
    assert spy.end == "aborted"


def test_a_sink_that_fails_fails_the_run_and_the_others_end_once():
    good, bad = Spy(), Spy(OSError("full"))
    sink = Veiled([good, bad], Veil("faces hidden"))
    sink.write(scene(0.0))
    with pytest.raises(OSError, match="full"):
        sink.close()
    sink.abort()
    assert (good.end, bad.end) == ("aborted", "aborted")


def test_a_loop_gets_them_too_and_leaving_it_closes_what_they_come_from():
    closed = threading.Event()

    def results():
        try:
            for n in range(60):
                yield scene(n / 30)
        finally:
            closed.set()

    given = [scene(n / 30) for n in range(60)]
    loop = veiled_results(results(), FACES)
    first = next(loop)
    assert first.frame.index == 0
    assert not bare(first, given[0])[50:72, 148:172].any()
    assert not closed.is_set()
    loop.close()
    assert closed.is_set()
    assert [each.frame.index for each in veiled_results(results(), FACES)] == list(range(60))


def test_a_pose_without_a_face_hides_the_head_as_well():
    given = [scene(n / 30, hidden=NAMES[:5]) for n in range(3)]
    for each, original in zip(through(given).results, given, strict=True):
        assert not bare(each, original)[50:72, 148:172].any()


@pytest.mark.parametrize("smoothing", ["adaptive", "zero_phase"])
@pytest.mark.parametrize("privacy", ["blur_faces", "skeleton_only"])
def test_a_whole_run_writes_nothing_untouched(tmp_path, monkeypatch, smoothing, privacy):
    """Whatever is analysed once or twice: no sink of it sees a face."""
    spy, clip, origin = Spy(), bundled_path("demo.mp4"), {}
    monkeypatch.setattr(app_process, "_open_sinks", lambda *_: [spy])
    monkeypatch.setattr(app_process, "record", lambda *_: None)
    settings = Settings.of(pose="embedded-fast", smoothing=smoothing, **{privacy: True})
    process_source(clip, settings, Outputs(video=tmp_path / "out.mp4"), duration=0.5)
    with vl.open_source(clip, duration=0.5) as source:
        origin = {frame.index: frame.image for frame in source}
    assert [each.frame.index for each in spy.results] == sorted(origin)
    faces = 0
    for each in spy.results:
        image, before = each.frame.image, origin[each.frame.index]
        if privacy == "skeleton_only":
            assert image.max() < 40
        for person, scores in zip(each.poses.keypoints, each.poses.scores, strict=True):
            for (x, y), score in zip(person[:5], scores[:5], strict=True):
                if score > 0.5 and 2 < x < each.frame.width - 3 and 2 < y < each.frame.height - 3:
                    part = slice(round(y) - 2, round(y) + 3), slice(round(x) - 2, round(x) + 3)
                    assert (image[part] != before[part]).any(axis=2).mean() > 0.8
                    faces += 1
    assert faces > 10


def test_a_saved_table_says_so(tmp_path):
    path = tmp_path / "out.json"
    settings = Settings.of(pose="embedded-fast", blur_faces=True)
    process_source(bundled_path("demo.mp4"), settings, Outputs(keypoints=(path,)), duration=0.2)
    written = json.loads(path.read_text("utf-8"))
    assert "faces hidden" in json.dumps(written)
