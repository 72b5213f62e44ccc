"""Names from data are mended, names that people type are refused with a reason; nothing leaves its folder."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.errors import OutputError
from vitpose_live.sinks import check_output
from vitpose_live.sinks.names import LONGEST, check_name, safe_join, safe_name

DEVICES = ["CON", "con", "Nul", "AUX", "prn", "COM1", "com9", "LPT3", "CONIN$", "COM¹"]
HOSTILE = st.text(alphabet=st.sampled_from('./\\:*?"<>|\0\n\x1b \u202eaNULCON1é深\ud800'), max_size=400)


class TestMended:
    @given(text=st.one_of(st.text(), HOSTILE))
    def test_every_text_becomes_a_name_that_every_system_takes(self, text):
        name = safe_name(text)
        check_name(name)
        check_name(f"{name}.partial-12.keypoints.parquet")
        assert name
        assert not set(name) & set('/\\<>:"|?*\0')
        assert not name.startswith(".")
        assert os.path.basename(name) == name  # noqa: PTH119
        assert safe_name(name) == name

    @pytest.mark.parametrize("name", ["squat", "Anna 2026-11-22", "深蹲 🏋", "Übung", "a.b", "👩‍🔬"])
    def test_what_is_fine_stays(self, name):
        assert safe_name(name) == name

    @pytest.mark.parametrize("name", DEVICES)
    def test_devices_are_told_apart_from_files(self, name):
        assert safe_name(name) == f"_{name}"
        assert safe_name(f"{name}.mp4") == f"_{name}.mp4"

    def test_it_makes_a_file(self, tmp_path):
        for text in ("../../etc/passwd", "x" * 400, "ü" * 400, "a\0b", ".", ""):
            (tmp_path / f"{safe_name(text)}.mp4").touch()
        assert len(list(tmp_path.iterdir())) == 5  # the last two are both without a name


class TestRefused:
    @pytest.mark.parametrize(
        ("name", "why"),
        [
            ("a\0b.mp4", "NUL"),
            ("a\nb.mp4", "control"),
            ("\x1b[31mred.mp4", "control"),
            *((f"{name}.mp4", "Windows keeps") for name in DEVICES),
            ("nul.tar.mp4", "Windows keeps"),
            ("x" * 296 + ".mp4", "300 bytes"),
            ("ü" * 130 + ".mp4", "264 bytes"),
            ("\ud800.mp4", "half a letter"),
            ("out.mp4 ", "space"),
            ("out.mp4.", "dot"),
        ],
    )
    def test_names_that_cannot_be_are_refused_in_a_line(self, tmp_path, monkeypatch, name, why):
        monkeypatch.chdir(tmp_path)
        for path in (name, tmp_path / name):
            with pytest.raises(OutputError, match=why) as caught:
                check_output(path)
            assert caught.value.hint
            assert str(caught.value).isprintable()
            assert len(str(caught.value)) < 200

    def test_a_folder_may_not_hold_a_nul_either(self):
        with pytest.raises(OutputError, match="NUL"):
            check_output("a\0b/out.mp4")

    @pytest.mark.parametrize("name", ["x" * 251 + ".mp4", "context.mp4", "communion1.mp4", "a.nul.mp4", "👩‍🔬.mp4"])
    def test_names_that_only_look_it_are_taken(self, tmp_path, name):
        assert check_output(tmp_path / name) == tmp_path.resolve() / name

    def test_where_a_person_wants_it_is_their_own_will(self, tmp_path, monkeypatch):
        (tmp_path / "deep").mkdir()
        monkeypatch.chdir(tmp_path / "deep")
        assert check_output("../out.mp4") == check_output(tmp_path / "out.mp4") == tmp_path.resolve() / "out.mp4"


class TestJoined:
    @given(name=HOSTILE)
    def test_nothing_leads_out(self, tmp_path_factory, name):
        folder = tmp_path_factory.getbasetemp()
        try:
            path = safe_join(folder, name)
        except OutputError:
            return
        assert path.parent == folder
        assert os.path.realpath(path).startswith(os.path.realpath(folder) + os.sep)

    @pytest.mark.parametrize(
        "name", ["../x", "..", ".", "", "/etc/passwd", "a/b", "a\\b", "C:x", "C:\\x", "\\\\host\\x", "a\0", "CON"]
    )
    def test_paths_are_refused(self, tmp_path, name):
        with pytest.raises(OutputError):
            safe_join(tmp_path, name)

    def test_links_that_lead_out_are_refused(self, tmp_path):
        folder = tmp_path / "session"
        folder.mkdir()
        (folder / "out.mp4").symlink_to(tmp_path / "other.mp4")
        (folder / "in.mp4").symlink_to(folder / "video.mp4")
        with pytest.raises(OutputError, match="leads out"):
            safe_join(folder, "out.mp4")
        assert safe_join(folder, "in.mp4") == folder / "in.mp4"

    def test_a_plain_name_is_joined(self, tmp_path):
        assert safe_join(tmp_path, "video.mp4") == tmp_path / "video.mp4"


def test_the_longest_name_is_in_bytes():
    check_name("x" * LONGEST)
    with pytest.raises(OutputError):
        check_name("x" * (LONGEST + 1))
