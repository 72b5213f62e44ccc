"""Pictures of saved recordings, as people ask for them."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from contracts.sink_contract import result
from sinks.exports.recordings import material, recording

from vitpose_live.app import plotting
from vitpose_live.app.plotting import plot_session
from vitpose_live.cli import run
from vitpose_live.data import FrameResult, RepetitionRecord, SourceInfo
from vitpose_live.errors import OutputError, OutputExistsError, SettingsError, UnknownNameError
from vitpose_live.registry import exporters
from vitpose_live.sinks.exports import ExportFiles, only
from vitpose_live.sinks.session_folder import SessionWriter

SOURCE = {"source": {"uri": "a.mp4", "width": 640, "height": 480, "fps": 25.0}}


@pytest.fixture
def table(tmp_path):
    """Two people for over a second, and one who is there for a moment."""
    sequence = recording({1: list(range(30)), 2: list(range(2, 30)), 9: [4, 5]}, count=30, missing=0, metadata=SOURCE)
    with ExportFiles(tmp_path) as files:
        exporters.get("parquet")(material(sequence, name="walk"), files)
    return files.written[0].rename(tmp_path / "walk.parquet")


def test_every_plot(table, tmp_path, capsys):
    assert run(["plot", str(table), "-o", str(tmp_path / "plots"), "--person", "1"]) == 0
    plots = ("angles", "keypoints", "confidence", "heat")
    found = sorted(path.name for path in (tmp_path / "plots").iterdir())
    assert found == sorted([*(f"walk_person1_{plot}.png" for plot in plots), "walk_sheet.png"])
    assert sorted(capsys.readouterr().out.splitlines()) == sorted(str(tmp_path / "plots" / name) for name in found)
    for path in (tmp_path / "plots").iterdir():
        image = cv2.imread(str(path))
        assert image.shape[1] >= 1440
        assert image.std() > 5
        if "sheet" not in path.name:
            assert image[:8].min() == 255  # a light ground


def test_everybody_who_stays(table):
    told = []
    written = plot_session(table, ["confidence"], tell=told.append)
    assert [path.name for path in written] == ["walk_person1_confidence.png", "walk_person2_confidence.png"]
    assert told == ["left out, there for less than a second: 9; --person ID plots anybody"]


def test_svg_of_one_person(table, tmp_path):
    written = plot_session(table, ["confidence", "sheet"], kind="svg", person=9)
    assert [path.name for path in written] == ["walk_person9_confidence.svg", "walk_sheet.png"]
    assert written[0].read_text().startswith("<?xml")


def test_what_is_wrong_is_said_before_anything_is_drawn(table, capsys):
    with pytest.raises(UnknownNameError, match="'angels'") as failure:
        plot_session(table, ["heat", "angels"])
    assert "angles" in failure.value.hint
    with pytest.raises(SettingsError, match="png or svg"):
        plot_session(table, ["heat"], kind="bmp")
    with pytest.raises(OutputError, match="no person 5"):
        plot_session(table, ["heat"], person=5)
    assert run(["plot", str(table), "--to", ""]) == 2
    assert "vitpose-live plot --help" in capsys.readouterr().err
    assert run(["plot", str(table), "--to", "angels"]) == 2
    assert "angles" in capsys.readouterr().err
    assert run(["plot", str(table.parent / "gone.parquet")]) == 1
    assert "error: " in capsys.readouterr().err
    assert list(table.parent.iterdir()) == [table]


def test_what_is_there_is_kept_unless_told_otherwise(table):
    plot_session(table, ["confidence"], person=1)
    with pytest.raises(OutputExistsError):
        plot_session(table, ["confidence"])  # person 1 is there already: not even person 2 is written
    assert sorted(path.name for path in table.parent.iterdir()) == ["walk.parquet", "walk_person1_confidence.png"]
    plot_session(table, ["confidence"], overwrite=True)


def test_nobody_who_stays(tmp_path):
    sequence = recording({1: [0, 1]}, missing=0, metadata=SOURCE)
    with ExportFiles(tmp_path) as files:
        exporters.get("csv")(material(sequence), files)
    with pytest.raises(OutputError, match="a second") as failure:
        plot_session(files.written[0], ["angles", "heat"])
    assert "--person" in failure.value.hint
    told = []
    written = plot_session(files.written[0], ["angles", "sheet"], tell=told.append)
    assert any("second: 1;" in line for line in told)
    assert [path.name for path in written] == ["walk_keypoints_sheet.png"]


@pytest.fixture
def unseen(tmp_path):
    """One person to be seen, and one of whom only the nose ever is."""
    sequence = recording({1: list(range(30)), 2: list(range(30))}, count=30, missing=0, metadata=SOURCE)
    keypoints, scores = sequence.keypoints.copy(), sequence.scores.copy()
    hidden = sequence.of(2)
    keypoints[hidden, 1:], scores[hidden, 1:] = np.nan, 0
    with ExportFiles(tmp_path) as files:
        exporters.get("parquet")(material(replace(sequence, keypoints=keypoints, scores=scores)), files)
    return files.written[0].rename(tmp_path / "gym.parquet")


def test_a_figure_of_which_nothing_is_visible_is_left_out_and_told(unseen):
    told = []
    written = plot_session(unseen, ["angles", "confidence"], tell=told.append)
    names = ["gym_person1_angles.png", "gym_person1_confidence.png", "gym_person2_confidence.png"]
    assert [path.name for path in written] == names
    assert told == ["left out: no joint angle of person 2 is ever visible"]


def test_nothing_to_draw_is_an_error(unseen):
    with pytest.raises(OutputError, match="angle of person 2"):
        plot_session(unseen, ["angles"], person=2)
    with ExportFiles(unseen.parent) as files:
        alone = only(plotting.open_session(unseen).sequence, 2)
        exporters.get("parquet")(material(alone, name="alone"), files)
    with pytest.raises(OutputError, match="nothing to draw"):
        plot_session(files.written[0], ["angles"])


def test_a_name_that_not_every_system_takes_is_mended(table):
    path = table.rename(table.with_name(f"{'w' * 240}.parquet"))
    written = plot_session(path, ["confidence", "sheet"], person=1)
    assert [one.name for one in written] == [f"{'w' * 195}_person1_confidence.png", f"{'w' * 195}_sheet.png"]


def frame(index: int) -> FrameResult:
    """A result whose picture's brightness tells its number."""
    made = result(index, fps=25.0)
    picture = np.full(made.frame.image.shape, 20 + 5 * index, np.uint8)
    return replace(made, frame=replace(made.frame, image=picture))


def places_drawn(count: int) -> list[int]:
    return [int((number + 0.5) * count / plotting.PICTURES) for number in range(plotting.PICTURES)]


@pytest.fixture
def session(tmp_path):
    """Forty frames with their pictures."""
    path = tmp_path / "gym.vpl"
    first = frame(0)
    info = SourceInfo("a.mp4", 64, 48, 25.0)
    writer = SessionWriter(path, first.poses.skeleton, info=info, metadata={}, video=True)
    for index in range(40):
        writer.write(frame(index))
    writer.close()
    return path


def test_the_sheet_and_the_heat_lie_on_the_pictures_that_were_kept(session, monkeypatch):
    drawn, under = [], []
    monkeypatch.setattr(
        "vitpose_live.rendering.contact_sheet", lambda images, captions, title: drawn.extend(images) or images[0]
    )
    plot_session(session, ["sheet"])
    assert len(drawn) == plotting.PICTURES
    for place, image in zip(places_drawn(40), drawn, strict=True):
        assert np.median(image) == pytest.approx(20 + 5 * place, abs=4), place
    heat = "vitpose_live.rendering.plots.heat_figure"
    monkeypatch.setattr(heat, lambda *_, picture, **__: under.append(picture))
    monkeypatch.setattr(plotting, "_save", lambda *_: None)
    plot_session(session, ["heat"], person=plotting.open_session(session).sequence.people[0])
    assert under[0].mean() == pytest.approx(20, abs=4)


def test_repetitions_are_those_of_the_person():
    def event(track_id, start, *, complete=True):
        record = RepetitionRecord("squat", start, start + 1, 0.5, 0, 0.5, 1.0, complete=complete)
        return plotting_event(track_id, record)

    events = (event(1, 0.0), event(2, 1.0), event(1, 2.0, complete=False), event(1, 4.0))
    found = list(plotting._repetitions(type("Session", (), {"events": events})(), 1))
    assert found == [(0.0, 1.0, "1"), (2.0, 3.0, "partial"), (4.0, 5.0, "2")]


def plotting_event(track_id, record):
    from vitpose_live.app.saved_session import Event

    return Event(record.end, "repetition", track_id, repetition=record)
