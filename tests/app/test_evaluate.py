"""People followed from text files of boxes and measured against the truth."""

import json
import sys

import numpy as np
import pytest

from vitpose_live import cli
from vitpose_live.app.evaluate import evaluate_mot, follow, measure
from vitpose_live.app.mot_files import read_about, read_detections, read_truth
from vitpose_live.errors import SettingsError, SourceError, SourceNotFoundError, VitposeLiveError

INFO = "[Sequence]\nname=made\nframeRate=25\nseqLength=60\n"


def lines(*rows):
    return "".join(",".join(map(str, row)) + "\n" for row in rows)


@pytest.fixture
def walk(tmp_path):
    """Two people who walk beside each other for 60 frames, as a sequence of the MOT15 challenge."""
    boxes = [(frame, name, 300 * name + 3 * frame, 100, 80, 240) for frame in range(1, 61) for name in (1, 2)]
    found, true = tmp_path / "det.txt", tmp_path / "gt.txt"
    found.write_text(lines(*((frame, -1, *box, 0.9, -1, -1, -1) for frame, _, *box in boxes)))
    true.write_text(lines(*((*row, 1, -1, -1, -1) for row in boxes)))
    (tmp_path / "seqinfo.ini").write_text(INFO)
    return found, true


@pytest.fixture
def trackeval():
    return pytest.importorskip("trackeval", reason="the extra `evaluate` is not installed", exc_type=ImportError)


@pytest.mark.parametrize("every", [1, 5])
def test_who_walks_undisturbed_is_followed_perfectly(trackeval, walk, every):
    result = evaluate_mot(*walk, det_frequency=every)
    it = result.measured
    assert (result.frames, result.fps, result.fps_from) == (60, 25.0, "seqinfo.ini")
    assert (it.true_people, it.ids, it.true_boxes, it.boxes) == (2, 2, 120, 120)
    assert (it.matched, it.missed, it.false, it.switches, it.id_matched) == (120, 0, 0, 0, 120)
    assert it.mota == it.idf1 == pytest.approx(100)
    assert it.hota > 90
    said = result.as_json()
    assert said["MOTA"] == 100
    assert set(said) >= {"HOTA", "IDF1", "MOTA", "matched", "missed", "false", "switches", "frames"}


def test_an_id_that_changes_half_way_costs_identity_and_nothing_else(trackeval):
    box = np.array([[0, 0, 80, 240]], float)
    true = [(np.array([7]), box)] * 10
    found = [(np.array([1 if frame < 5 else 2]), box) for frame in range(10)]
    it = measure([(true, found)])
    assert (it.switches, it.missed, it.false) == (1, 0, 0)
    assert it.mota == pytest.approx(90)
    assert it.idf1 == pytest.approx(50)
    assert it.deta == pytest.approx(100)
    assert it.hota == pytest.approx(100 * 0.5**0.5)


def test_flagged_truth_is_nobody_to_be_missed(trackeval, walk):
    found, true = walk
    true.write_text(true.read_text().replace(",80,240,1,", ",80,240,0,"))
    it = evaluate_mot(found, true).measured
    assert (it.true_boxes, it.false) == (0, 120)


def test_all_frames_are_scored_also_those_after_the_last_box(trackeval, walk, tmp_path):
    (tmp_path / "seqinfo.ini").write_text(INFO.replace("60", "80"))
    assert evaluate_mot(*walk).frames == 80


def test_the_frame_rate_is_given_found_or_assumed(trackeval, walk, tmp_path):
    assert evaluate_mot(*walk, fps=12.5).as_json()["fps"] == 12.5
    (tmp_path / "seqinfo.ini").unlink()
    result = evaluate_mot(*walk)
    assert (result.fps, result.fps_from, result.frames) == (30.0, "assumed", 60)


def test_without_trackeval_it_says_what_to_install(walk, monkeypatch):
    for name in ("trackeval", "trackeval.metrics"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(VitposeLiveError, match="trackeval is not installed") as caught:
        evaluate_mot(*walk)
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize("options", [{"det_frequency": 0}, {"fps": 0.0}, {"fps": float("nan")}])
def test_options_out_of_range_are_refused(walk, options):
    with pytest.raises(SettingsError, match=next(iter(options))):
        evaluate_mot(*walk, **options)


def test_the_layout_of_the_challenge_is_known(tmp_path):
    (tmp_path / "det").mkdir()
    (tmp_path / "seqinfo.ini").write_text(INFO)
    assert read_about(tmp_path / "det" / "det.txt") == (25.0, 60)


@pytest.mark.parametrize(
    "info",
    ["frameRate=25", "[Sequence]\nframeRate=often\nseqLength=5", INFO.replace("25", "0"), INFO.replace("60", "6" * 9)],
)
def test_a_broken_seqinfo_is_named(tmp_path, info):
    (tmp_path / "seqinfo.ini").write_text(info)
    with pytest.raises(SourceError, match="seqinfo"):
        read_about(tmp_path / "det.txt")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("1,-1,0,0,10,20", "7 values"),
        ("1,-1,0,0,ten,20,0.5", "numbers"),
        ("1,-1,0,0,nan,20,0.5", "finite"),
        ("0,-1,0,0,10,20,0.5", "frame"),
        ("1.5,-1,0,0,10,20,0.5", "frame"),
        ("2000000000,-1,0,0,10,20,0.5", "frame"),
        ("1,-1,0,0,1e38,20,0.5", "within"),
        ("1,-1,-1e300,0,10,20,0.5", "within"),
        ("1,-1,0,0,0,20,0.5", "width"),
        ("1,-1,0,0,10,20,1.5", "score"),
    ],
)
def test_a_wrong_line_is_named(tmp_path, line, complaint):
    path = tmp_path / "det.txt"
    path.write_text(f"1,-1,0,0,10,20,0.5,-1,-1,-1\n\n{line}\n")
    with pytest.raises(SourceError, match=f"line 3.*{complaint}") as caught:
        read_detections(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("line", "complaint"), [("1,3,5,5,10,20,1", "twice"), ("1,3.5,5,5,10,20,1", "id")])
def test_a_wrong_line_of_truth_is_named(tmp_path, line, complaint):
    path = tmp_path / "gt.txt"
    path.write_text(f"1,3,0,0,10,20,1\n{line}\n")
    with pytest.raises(SourceError, match=f"line 2.*{complaint}"):
        read_truth(path)


def test_a_mark_of_the_byte_order_does_not_matter(tmp_path):
    """Windows' editors begin a text with one."""
    path = tmp_path / "det.txt"
    path.write_text("1,-1,0,0,10,20,0.5\n", encoding="utf-8-sig")
    assert list(read_detections(path)) == [1]


def test_a_file_that_is_not_there_or_no_text_is_named(tmp_path):
    with pytest.raises(SourceNotFoundError, match=r"nowhere\.txt"):
        read_detections(tmp_path / "nowhere.txt")
    (tmp_path / "picture.txt").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(SourceError, match=r"picture\.txt"):
        read_detections(tmp_path / "picture.txt")


def test_the_tracker_sees_detections_of_every_kth_frame_only(walk):
    found = read_detections(walk[0])
    seldom = [found[frame] if frame % 5 == 1 else found[1] for frame in range(1, 61)]
    always = [found[frame] for frame in range(1, 61)]
    for one, other in zip(follow(seldom, 25.0, 5), follow(always, 25.0, 5), strict=True):
        np.testing.assert_array_equal(one[1], other[1])


def test_the_command_prints_one_json_object(trackeval, walk, capsys):
    files = ("--detections", str(walk[0]), "--ground-truth", str(walk[1]))
    assert cli.run(["evaluate", "mot", *files, "--det-frequency", "5", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == evaluate_mot(*walk, det_frequency=5).as_json()
    assert err == ""
    assert cli.run(["evaluate", "mot", *files]) == 0
    assert capsys.readouterr().out.startswith("HOTA ")


def test_the_command_says_when_it_assumes_a_frame_rate(trackeval, walk, tmp_path, capsys):
    (tmp_path / "seqinfo.ini").unlink()
    assert cli.run(["evaluate", "mot", "--detections", str(walk[0]), "--ground-truth", str(walk[1])]) == 0
    assert "--fps" in capsys.readouterr().err


def test_the_command_complains_in_one_line(trackeval, tmp_path, capsys):
    path = str(tmp_path / "nowhere.txt")
    assert cli.run(["evaluate", "mot", "--detections", path, "--ground-truth", path]) == 1
    assert capsys.readouterr().err.splitlines()[0] == f"error: {path}: no such file"
    for every in ("0", "1.5", "often"):
        assert cli.run(["evaluate", "mot", "--detections", path, "--ground-truth", path, "--det-frequency", every]) == 2
