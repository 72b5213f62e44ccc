"""What is on show of a live source, while it goes on."""

import threading
from dataclasses import replace
from time import monotonic, monotonic_ns

import av
import pytest
from app.studio import Studio
from fakes import Camera, frame
from stopwatch import Stopwatch

from vitpose_live.app.live import LiveState
from vitpose_live.app.live_playback import Playback
from vitpose_live.app.live_rerun import Rerun
from vitpose_live.data import Frame
from vitpose_live.errors import PipelineError, SettingsError

FPS = 10


class Film:
    """A camera whose pictures came evenly until now; each is given when it is asked for."""

    def __init__(self, studio, seconds=9.0):
        self.camera = Camera()
        self.studio = studio
        self.ages = {}
        self.origin_ns = monotonic_ns() - round(seconds * 1e9)
        self.given = 0
        self.seconds = seconds
        self.past = round(seconds * FPS)
        studio.each = lambda result: self.ages.setdefault(
            result.frame.index, (monotonic_ns() - result.frame.captured_ns) / 1e9
        )

    def open(self):
        self.studio.session.open(self.camera)
        self.studio.state(LiveState.RUNNING)

    def give(self, count):
        """Have the next pictures analysed and kept."""
        for _ in range(count):
            made = frame(self.given, size=(32, 24), fps=FPS)
            captured_ns = self.origin_ns + round(made.time * 1e9)
            self.camera.give(Frame(made.image, made.index, made.time, captured_ns))
            while self.studio.session._run.kept.get(self.given) is None:
                threading.Event().wait(0.001)
            self.given += 1

    def catch_up(self):
        """Let the time that giving took on a busy machine not count: the film begins `seconds` ago."""
        late_ns = monotonic_ns() - self.origin_ns - round(self.seconds * 1e9)
        self.origin_ns += late_ns
        all_kept = self.studio.session._run.kept._kept
        for number, kept in enumerate(all_kept):
            frame = replace(kept.rest.frame, captured_ns=kept.rest.frame.captured_ns + late_ns)
            all_kept[number] = replace(kept, rest=replace(kept.rest, frame=frame))


@pytest.fixture
def studio():
    made = Studio()
    yield made
    made.session.stop(20)
    assert threads() == []


@pytest.fixture
def film(studio):
    made = Film(studio)
    made.open()
    made.give(made.past)
    made.catch_up()
    studio.results.clear()
    made.ages.clear()
    return made


def threads():
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("vitpose-")]


# --- late -----------------------------------------------------------------------------------------------------------


def test_a_late_picture_is_the_one_of_so_many_seconds_ago(studio, film):
    asked = monotonic()
    studio.session.delay = 8.0
    studio.until(lambda: len(studio.results) >= 4)
    took = monotonic() - asked  # on a busy machine some are left out, and are later than they should be
    indices = studio.indices
    assert indices == sorted(set(indices))
    assert min(film.ages.values()) + 1e-3 >= 8.0
    assert film.ages[indices[1]] < 8.0 + took
    assert studio.session.showing.late == 8.0
    studio.until(lambda: studio.session.position == studio.results[-1].frame.time)


def test_what_comes_is_recorded_and_not_shown_while_late(studio, film, tmp_path):
    session = studio.session
    session.delay = 8.0
    studio.until(lambda: studio.results)
    session.record(tmp_path / "out.mp4")
    film.give(5)
    assert max(studio.indices) < film.past
    session.delay = 0.0
    film.give(1)
    studio.shown(film.given - 1)
    assert session.showing.late == 0
    session.stop(20)
    with av.open(str(tmp_path / "out.mp4")) as made:
        assert [each.time for each in made.decode(video=0)] == pytest.approx([i / FPS for i in range(6)], abs=1e-3)


def test_until_there_is_enough_what_comes_is_shown(studio):
    studio.session.delay = 10.0
    film = Film(studio, seconds=2.0)
    film.open()
    assert studio.session.showing.starts_in == 10.0
    film.catch_up()
    film.give(20)
    assert studio.indices == list(range(20))
    showing = studio.session.showing
    assert showing.late == 0
    assert 0 < showing.starts_in <= 8.0 + 1e-3


def test_late_pictures_stand_still_and_go_on(studio, film):
    session = studio.session
    session.delay = 8.0
    studio.until(lambda: studio.results)
    session.pause()
    assert session.state is LiveState.PAUSED
    film.give(3)
    count = len(studio.results)
    session.delay = 8.5  # another one, that stands still, too
    film.give(1)
    assert len(studio.results) <= count + 1  # one may have been on its way
    session.resume()
    studio.until(lambda: len(studio.results) > count + 1)
    assert studio.indices[-1] < film.past


def test_the_delay_is_kept_from_source_to_source_but_is_none_of_a_files(studio):
    from app.test_live import file

    studio.session.delay = 10.0
    studio.session.open(file(30))
    studio.state(LiveState.ENDED)
    assert studio.indices == list(range(30))
    assert studio.session.showing.delay == 0
    film = Film(studio)
    film.open()
    assert studio.session.showing.delay == 10.0


@pytest.mark.parametrize("delay", [-1.0, 10.1, float("nan")])
def test_an_impossible_delay_is_refused(studio, delay):
    with pytest.raises(SettingsError, match="delay: expected 0 to 10"):
        studio.session.delay = delay
    assert studio.session.delay == 0


# --- again ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def replaying(studio, film):
    studio.session.start_replay()
    studio.until(lambda: studio.results)
    return film


def test_a_replay_is_as_it_was_while_the_camera_goes_on(studio, replaying, tmp_path):
    session = studio.session
    assert session.state is LiveState.RUNNING
    assert studio.indices[0] == 0
    session.record(tmp_path / "out.mp4")
    replaying.give(5)
    assert session.status().delivered == replaying.given
    assert max(studio.indices) < replaying.past
    assert session.showing.replay[1] == pytest.approx(replaying.past / FPS)
    session.stop_replay()
    replaying.give(1)
    studio.shown(replaying.given - 1)
    assert session.showing.replay is None
    session.stop(20)
    with av.open(str(tmp_path / "out.mp4")) as made:
        assert len(list(made.decode(video=0))) == 6


def test_a_replay_reaches_ten_seconds_back(studio):
    film = Film(studio, seconds=11.5)
    film.open()
    film.give(film.past)
    studio.session.start_replay()
    assert studio.session.showing.replay[1] == pytest.approx(10.0 + 1 / FPS)


def test_the_controls_are_the_replays_while_it_is_on(studio, replaying):
    session = studio.session
    session.pause()
    assert session.state is LiveState.PAUSED
    assert session.paused
    session.seek(4.0)
    studio.shown(40)
    session.step(-1)
    studio.shown(39)
    session.step(2)
    studio.until(lambda: studio.indices[-2:] == [40, 41])
    assert session.showing.replay[0] == pytest.approx(4.1)
    session.speed = 2.0
    assert session._run.rerun.replay.speed == 2.0
    with pytest.raises(SettingsError, match="but the file ends"):
        session.loop(9.0, 9.5)
    session.loop(0.95, 1.25)
    session.resume()
    assert session.state is LiveState.RUNNING
    studio.until(lambda: studio.indices[-6:] == [10, 11, 12] * 2)
    replaying.give(1)
    session.pause()
    session.stop_replay()
    assert session.state is LiveState.RUNNING  # whoever leaves a replay wants to see what is now
    replaying.give(1)
    studio.shown(replaying.given - 1)


def test_after_a_replay_it_is_late_again(studio, film):
    session = studio.session
    session.delay = 8.0
    studio.until(lambda: studio.results)
    session.start_replay()
    studio.until(lambda: 0 in studio.indices)
    assert session.showing.replay is not None
    session.delay = 7.0  # takes effect afterwards
    assert session.showing.replay is not None
    session.stop_replay()
    assert session.showing.late == 7.0
    before = len(studio.results)
    studio.until(lambda: len(studio.results) > before + 1)
    assert film.past > studio.indices[-1] >= 20


def test_without_pictures_or_with_a_file_there_is_no_replay(studio):
    from app.test_live import file

    studio.session.stop_replay()
    with pytest.raises(PipelineError, match="nothing to replay"):
        studio.session.start_replay()
    studio.session.open(file(5))
    studio.state(LiveState.ENDED)
    with pytest.raises(PipelineError, match="a file has no instant replay"):
        studio.session.start_replay()


def test_what_has_ended_can_be_replayed(studio, film):
    film.camera.close()
    studio.state(LiveState.ENDED)
    studio.session.start_replay()
    studio.until(lambda: studio.results)
    assert studio.session.state is LiveState.RUNNING
    studio.session.stop_replay()
    assert studio.session.state is LiveState.ENDED


# --- its end --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["late", "waiting", "late and paused", "replay", "replay paused"])
def test_stopping_ends_it_at_once(studio, film, what):
    session = studio.session
    if "replay" in what:
        session.start_replay()
    else:
        session.delay = 10.0 if what == "waiting" else 5.0
    if "paused" in what:
        session.pause()
    assert "vitpose-rerun" in threads()
    with Stopwatch() as watch:
        session.stop(20)
    assert watch.seconds < 1.5
    assert threads() == []
    assert session.showing.replay is None


def test_another_source_ends_it(studio, film):
    studio.session.start_replay()
    studio.until(lambda: studio.results)
    other = Film(studio)
    studio.results.clear()
    other.open()
    other.give(2)
    assert studio.indices[-2:] == [0, 1]
    assert studio.session.showing.replay is None


def test_switching_to_and_fro_leaves_one_thread(studio, film):
    for delay in (1.0, 2.0, 0.0, 5.0) * 10:
        studio.session.delay = delay
    for delay, count in ((5.0, 1), (0.0, 0)):
        studio.session.delay = delay
        while threads().count("vitpose-rerun") != count:  # nothing to be heard to wait for
            threading.Event().wait(0.001)


@pytest.mark.parametrize("what", ["late", "replay"])
def test_what_fails_while_it_is_shown_fails_the_run(studio, film, what):
    def fail(result):
        raise ZeroDivisionError("no")

    studio.each = fail
    if what == "late":
        studio.session.delay = 2.0
    else:
        studio.session.start_replay()
    studio.state(LiveState.FAILED)
    assert "ZeroDivisionError: no" in str(studio.session.error)
    assert film.camera.closed.wait(20)


def test_what_was_about_to_be_shown_is_not_shown_after_all(studio, film):
    """A replay that waits for the screen when it is left."""
    kept, shown, held, go = studio.session._run.kept, [], threading.Event(), threading.Event()

    def show(result):
        shown.append(result.frame.index)
        held.set()
        assert go.wait(20)

    rerun = Rerun(kept, Playback(), show, pytest.fail)
    rerun.begin()
    live = threading.Thread(target=rerun.show_live, args=(kept.replay()[-1],))
    live.start()
    assert held.wait(20)
    rerun.start_replay(kept.replay())
    while not rerun.replay._anchor:  # the replay's first picture is due, and the screen is not free
        threading.Event().wait(0.001)
    rerun.stop_replay()
    go.set()
    live.join(20)
    assert rerun.join(20)
    assert shown == [film.past - 1]
