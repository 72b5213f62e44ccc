"""Saved recordings in the formats of other tools, as people ask for them."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import UTC, date, datetime, time
from types import SimpleNamespace

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest
from contracts.sink_contract import result
from sinks.exports.recordings import COCO17, material, recording, two_people

from vitpose_live.app.exporting import export_session, picture_numbers
from vitpose_live.app.measuring import looking_ahead, sports2d_angles
from vitpose_live.app.saved_session import open_session
from vitpose_live.cli import run
from vitpose_live.data import PoseSequence, SourceInfo
from vitpose_live.errors import OutputError, OutputExistsError, SettingsError, UnknownNameError
from vitpose_live.registry import exporters
from vitpose_live.sinks.exports import ExportFiles
from vitpose_live.sinks.session_folder import SessionWriter

FILMED = {"source": {"uri": "a.mp4", "width": 640, "height": 480, "fps": 25.0}}


def saved(folder, sequence: PoseSequence, name="walk", suffix="parquet"):
    """The recording as a table of keypoints."""
    with ExportFiles(folder) as files:
        exporters.get(suffix)(material(sequence, name=name), files)
    return files.written[0].rename(folder / f"{name}.{suffix}")


@pytest.fixture
def table(tmp_path):
    return saved(tmp_path, two_people(raw=True, missing=0))


def test_every_format_comes_beside_the_session(table, capsys):
    pytest.importorskip("ezc3d", reason="C3D is written by ezc3d, which is not installed")
    formats = ["--to", "coco,coco-dataset,openpose,trc", "--to", "c3d,npz,parquet,csv,json"]
    assert run(["export", str(table), *formats]) == 0
    printed = capsys.readouterr()
    names = [path.name for path in table.parent.iterdir() if path != table]
    people = [f"walk_person{person}.{suffix}" for person in (3, 7) for suffix in ("trc", "c3d")]
    tables = [f"walk_keypoints.{suffix}" for suffix in ("parquet", "csv", "json")]
    expected = ["walk_coco.json", "walk_coco_dataset.json", "walk_openpose", "walk.npz", *people, *tables]
    assert sorted(names) == sorted(expected)
    assert sorted(printed.out.splitlines()) == sorted(str(table.parent / name) for name in names)
    assert "pixels" in printed.err


def test_the_exported_table_is_the_table(table):
    written = export_session(table, ["parquet"])
    first, second = (pq.read_table(path, partitioning=None) for path in (table, written[0]))
    assert first.equals(second)


def test_one_person_before_smoothing(table, tmp_path):
    folder = tmp_path / "new"
    export_session(table, ["coco"], folder=folder, person=3, raw=True)
    results = json.loads((folder / "walk_coco.json").read_text())
    sequence = two_people(raw=True, missing=0)
    assert [result["image_id"] for result in results] == sequence.rows[sequence.of(3)].tolist()
    assert results[0]["keypoints"][0] == pytest.approx(float(sequence.raw_keypoints[sequence.of(3)[0], 0, 0]), abs=1e-3)


def test_what_is_there_is_kept_unless_told_otherwise(table):
    export_session(table, ["npz", "openpose"])
    with pytest.raises(OutputExistsError):
        export_session(table, ["openpose"])
    with pytest.raises(OutputExistsError):
        export_session(table, ["npz"])
    export_session(table, ["npz", "openpose"], overwrite=True)


@pytest.mark.parametrize("suffix", ["csv", "json"])
def test_other_tables_can_be_exported(tmp_path, suffix):
    path = saved(tmp_path, two_people(missing=0), suffix=suffix)
    export_session(path, ["coco"])
    assert len(json.loads((tmp_path / "walk_coco.json").read_text())) == 6


def test_a_wrong_word_is_known_before_anything_is_written(table, capsys):
    with pytest.raises(UnknownNameError, match="'cocoo'") as failure:
        export_session(table, ["npz", "cocoo"])
    assert "coco" in failure.value.hint
    with pytest.raises(UnknownNameError, match="rotations"):
        export_session(table, ["npz", "bvh"])
    with pytest.raises(SettingsError, match="height"):
        export_session(table, ["npz", "trc"], height=180)
    assert run(["export", str(table), "--to", ""]) == 2
    assert "no format" in capsys.readouterr().err
    for wrong, hint in (("cocoo", "did you mean coco"), ("bvh", "trc and c3d")):
        assert run(["export", str(table), "--to", f"npz,{wrong}"]) == 2
        assert hint in capsys.readouterr().err
    assert run(["export", str(table), "--tow", "npz"]) == 2
    assert "vitpose-live export --help" in capsys.readouterr().err
    assert list(table.parent.iterdir()) == [table]


def test_nothing_is_put_into_a_session(tmp_path, monkeypatch):
    session = tmp_path / "walk.vpl"
    session.mkdir()
    saved_session = SimpleNamespace(sequence=two_people(), sizes=None, problems=("cut short",))
    monkeypatch.setattr("vitpose_live.app.exporting.open_session", lambda _: saved_session)
    with pytest.raises(OutputError, match="it is the session"):
        export_session(session, ["npz"], folder=session)
    told = []
    export_session(session, ["npz"], tell=told.append)
    assert told == ["cut short"]
    assert (tmp_path / "walk.npz").exists()
    assert not list(session.iterdir())


def test_a_session_is_exported_with_its_empty_frames(tmp_path):
    results = [result(index, people=index % 3) for index in range(9)]
    session = tmp_path / "walk.vpl"
    info = SourceInfo("a.mp4", 64, 48, 30.0)
    writer = SessionWriter(session, results[0].poses.skeleton, info=info, metadata={}, video=False)
    for each in results:
        image = np.zeros((48 + each.frame.index, 64, 3), np.uint8)  # as stills are
        writer.write(replace(each, frame=replace(each.frame, image=image)))
    writer.close()
    export_session(session, ["npz", "openpose", "coco-dataset"])
    labels = json.loads((tmp_path / "walk_coco_dataset.json").read_text())
    assert [(image["width"], image["height"]) for image in labels["images"]] == [(64, 48 + place) for place in range(9)]
    with np.load(tmp_path / "walk.npz") as found:
        assert found["frames"].tolist() == list(range(9))
        assert found["rows"].tolist() == [1, 2, 2, 4, 5, 5, 7, 8, 8]
        assert np.array_equal(found["keypoints"][0], results[1].poses.keypoints[0])
        assert float(found["fps"]) == 30
    documents = [json.loads(path.read_text()) for path in sorted((tmp_path / "walk_openpose").iterdir())]
    assert [len(document["people"]) for document in documents] == [0, 1, 2] * 3


@pytest.mark.parametrize(("stem", "name"), [("w" * 240, "w" * 195), ("a\u200b  b", "a_ b")], ids=["long", "odd"])
def test_a_name_that_not_every_system_takes_is_mended(tmp_path, stem, name):
    path = saved(tmp_path, two_people(missing=0)).rename(tmp_path / f"{stem}.parquet")
    written = export_session(path, ["openpose", "npz", "csv"])
    assert [one.name for one in written] == [f"{name}_openpose", f"{name}.npz", f"{name}_keypoints.csv"]
    assert (written[0] / f"{name}_000000000000_keypoints.json").exists()
    export_session(path, ["openpose"], overwrite=True)


def test_uneven_times_are_told(tmp_path):
    told = []
    path = saved(tmp_path, recording({1: list(range(6))}, times=[0, 0.04, 0.1, 0.12, 0.2, 0.24], metadata=FILMED))
    export_session(path, ["trc"], tell=told.append)
    assert any("25 Hz" in line for line in told)


def stills(tmp_path, names, **changes):
    """A recording of a folder of pictures called `names`, one every two seconds."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for name in names:
        cv2.imwrite(str(folder / name), np.zeros((4, 4, 3), np.uint8))
    count = len(names)
    values = {
        "times": np.arange(count) * 2,
        "fps": 0.5,
        "metadata": {"source": {"uri": str(folder), "width": 4, "height": 4, "fps": 0.5, "kind": "stills"}},
    }
    values |= changes
    return recording({1: list(range(len(values["times"])))}, count=len(values["times"]), **values)


def test_the_numbers_of_a_data_sets_pictures_are_their_ids(tmp_path):
    names = ["000000000785.jpg", "000000000139.jpg", "000000000285.jpg"]
    sequence = stills(tmp_path, names)
    assert picture_numbers(sequence).tolist() == [139, 285, 785]
    told = []
    export_session(saved(tmp_path, sequence), ["coco"], tell=told.append)
    results = json.loads((tmp_path / "walk_coco.json").read_text())
    assert [result["image_id"] for result in results] == [139, 285, 785]
    assert told == ["coco: image ids are the numbers in the pictures' names"]


def test_a_picture_that_could_not_be_read_does_not_shift_the_others(tmp_path):
    sequence = stills(tmp_path, ["1.jpg", "2.jpg", "3.jpg"], times=np.array([0.0, 4.0]))
    assert picture_numbers(sequence).tolist() == [1, 3]


def test_other_names_and_sources_have_no_numbers(tmp_path):
    sequence = stills(tmp_path, ["1.jpg", "b.jpg"])
    assert picture_numbers(sequence) is None
    for uri in (str(tmp_path / "gone"), "rtsp://camera/1", "", "video.mp4", "/", "a\0b", "long" * 99):
        assert picture_numbers(replace(sequence, metadata={"source": {"uri": uri, "kind": "stills"}})) is None
    assert picture_numbers(replace(sequence, metadata={})) is None


def test_numbers_that_no_id_can_be_are_none(tmp_path):
    assert picture_numbers(stills(tmp_path, ["1.jpg", f"{10**30}.jpg"])) is None


def test_times_outside_of_the_pictures_have_no_numbers(tmp_path):
    sequence = stills(tmp_path, ["1.jpg", "2.jpg", "3.jpg"])
    assert picture_numbers(replace(sequence, times=sequence.times - 10)) is None
    assert picture_numbers(replace(sequence, times=sequence.times + 10)) is None


def test_a_pattern_is_looked_for_in_one_folder_only(tmp_path):
    sequence = stills(tmp_path, ["1.jpg", "2.jpg", "x.png"])
    about = sequence.metadata["source"]

    def numbers(pattern):
        found = picture_numbers(replace(sequence, metadata={"source": {**about, "uri": str(tmp_path / pattern)}}))
        return None if found is None else found.tolist()

    (tmp_path / "pictures" / "x.png").rename(tmp_path / "pictures" / "3.jpg")
    assert numbers("pictures/*.jpg") == [1, 2, 3]
    assert [numbers(pattern) for pattern in ("**", "**/*.jpg", "pictures/**", "pictures/**x", "*/*.jpg")] == [None] * 5


def test_the_disk_is_looked_at_only_for_coco_and_only_for_stills(tmp_path, monkeypatch):
    sequence = stills(tmp_path, ["1.jpg", "2.jpg"])
    path = saved(tmp_path, sequence)
    looked = []
    monkeypatch.setattr("vitpose_live.app.exporting._picture_names", lambda uri: looked.append(uri) or ["1", "2"])
    export_session(path, ["npz", "openpose"])
    about = {**sequence.metadata["source"], "kind": "video"}
    export_session(saved(tmp_path, replace(sequence, metadata={"source": about}), name="film"), ["coco"])
    assert not looked
    export_session(path, ["coco"])
    assert looked == [sequence.metadata["source"]["uri"]]


def test_dates_in_a_session_are_kept_as_text_and_no_number_as_null(tmp_path):
    about = {
        "version": date(2020, 1, 1),
        "made": [datetime(2020, 1, 1, 7, tzinfo=UTC), time(7, 30)],
        "odd": [{"a": math.nan}, math.inf, 2.5],
    }
    for suffix in ("parquet", "csv", "json"):
        path = saved(tmp_path, two_people(missing=0, metadata=about), name=suffix, suffix=suffix)
        found = open_session(path).sequence.metadata
        if suffix != "csv":  # which has no words
            assert found["version"] == "2020-01-01"
            assert found["odd"] == [{"a": None}, None, 2.5]
            assert found["made"] == ["2020-01-01T07:00:00+00:00", "07:30:00"]


def walker(ahead, count=30):
    """Somebody upright from the side with a bent knee, who looks ahead (1) or behind (-1) in each frame."""
    places = {"ear": (0, 60), "shoulder": (0, 100), "elbow": (0, 140), "wrist": (0, 180), "hip": (0, 200)}
    places |= {"knee": (15, 260), "ankle": (-20, 310)}
    keypoints, scores = np.full((count, 17, 2), np.nan, np.float32), np.zeros((count, 17), np.float32)
    for place, sign in enumerate(ahead):
        for twin, (x, y) in {**places, "nose": (14, 62)}.items():
            for name in ("nose",) if twin == "nose" else (f"left_{twin}", f"right_{twin}"):
                keypoints[place, COCO17.index(name)] = 200 + sign * x, y
                scores[place, COCO17.index(name)] = 0.9
    return recording({1: list(range(count))}, count=count, keypoints=keypoints, scores=scores)


@pytest.mark.parametrize("sign", [1, -1])
def test_flexion_is_positive_whichever_way_a_person_looks(sign):
    sequence = walker([sign] * 30)
    assert set(looking_ahead(sequence, 1).tolist()) == {float(sign)}
    names, degrees = sports2d_angles(sequence, 1)
    knee = degrees[:, names.index("right knee")]
    assert (knee > 30).all()
    assert knee == pytest.approx(knee[0])


def test_somebody_who_turns_is_followed():
    ahead = looking_ahead(walker([1] * 60 + [-1] * 60, count=120), 1)
    assert ahead[0] == 1
    assert ahead[-1] == -1
    assert np.count_nonzero(np.diff(ahead)) == 1


def test_nobody_to_be_seen_has_no_angles():
    sequence = recording({1: [0, 1]}, missing=1)
    assert looking_ahead(sequence, 1).tolist() == [1, 1]
    assert np.isnan(sports2d_angles(sequence, 1)[1]).all()
