"""Targets are checked before any work, and the errors say what to do."""

from __future__ import annotations

import errno
import os

import cv2
import numpy as np
import pytest

from vitpose_live.errors import OutputError, OutputExistsError
from vitpose_live.sinks import check_output, write_png
from vitpose_live.sinks.target import OutputTarget, same_file, writing


def test_a_good_target_is_left_alone(tmp_path):
    assert check_output(tmp_path / "out.mp4", suffixes=(".mp4",)) == tmp_path.resolve() / "out.mp4"
    assert list(tmp_path.iterdir()) == []


def test_existing_needs_overwrite(tmp_path):
    path = tmp_path / "out.mp4"
    path.touch()
    with pytest.raises(OutputExistsError) as caught:
        check_output(path)
    assert "--overwrite" in caught.value.hint
    assert check_output(path, overwrite=True) == path.resolve()


def test_the_source_is_never_replaced(tmp_path, monkeypatch):
    source = tmp_path / "clip.mp4"
    source.touch()
    (tmp_path / "link.mp4").symlink_to(source)
    monkeypatch.chdir(tmp_path)
    for target in (source, tmp_path / "link.mp4", "clip.mp4", "../" + tmp_path.name + "/clip.mp4"):
        with pytest.raises(OutputError, match="source"):
            check_output(target, overwrite=True, source=str(source))
    for other in (0, "webcam", "rtsp://host/clip.mp4", None):
        check_output(source, overwrite=True, source=other)


def test_same_file(tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    one.touch()
    two.touch()
    assert same_file(one, tmp_path / "." / "one")
    assert not same_file(one, two)
    assert not same_file(one, tmp_path / "three")


@pytest.mark.parametrize(
    ("name", "hint"), [("out.mp", "did you mean .mp4?"), ("out.zzzzzz", ".mp4"), ("out", ".mp4"), (".mp4", ".mp4")]
)
def test_unknown_ending(tmp_path, name, hint):
    with pytest.raises(OutputError) as caught:
        check_output(tmp_path / name, suffixes=(".mp4", ".parquet"))
    assert hint in caught.value.hint


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_special_files_are_no_target(tmp_path):
    os.mkfifo(tmp_path / "out.mp4")
    with pytest.raises(OutputError, match="not an ordinary file"):
        check_output(tmp_path / "out.mp4", overwrite=True)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write anywhere")
def test_folder_without_permission(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="permission"):
        check_output(tmp_path / "out.mp4")
    tmp_path.chmod(0o700)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EFBIG, errno.EACCES, errno.EROFS, errno.ENAMETOOLONG, errno.EIO])
def test_errors_of_the_system_become_ours_with_a_hint(code):
    with pytest.raises(OutputError) as caught, writing("out.mp4"):
        raise OSError(code, os.strerror(code))
    assert str(caught.value) == f"cannot write out.mp4: {os.strerror(code)}"
    assert caught.value.hint
    assert isinstance(caught.value.__cause__, OSError)


def test_two_writers_of_one_target_do_not_meet(tmp_path):
    first, second = (OutputTarget(tmp_path / "out.txt", overwrite=True) for _ in range(2))
    assert first.begin() != second.begin()
    first.partial.write_text("first")
    second.partial.write_text("second")
    first.commit()
    second.commit()
    assert (tmp_path / "out.txt").read_text() == "second"
    assert len(list(tmp_path.iterdir())) == 1


def test_commit_before_begin_is_an_error(tmp_path):
    with pytest.raises(OutputError, match="not being written"):
        OutputTarget(tmp_path / "out.txt").commit()


class TestPng:
    def test_comes_back_to_the_bit(self, tmp_path):
        image = np.random.default_rng(0).integers(0, 256, (31, 17, 3), dtype=np.uint8)
        write_png(tmp_path / "ü 図.png", image)
        encoded = np.frombuffer((tmp_path / "ü 図.png").read_bytes(), np.uint8)
        assert (cv2.imdecode(encoded, cv2.IMREAD_COLOR_RGB) == image).all()
        assert len(list(tmp_path.iterdir())) == 1

    def test_existing(self, tmp_path):
        path = tmp_path / "out.png"
        path.write_text("before")
        with pytest.raises(OutputExistsError):
            write_png(path, np.zeros((2, 2, 3), np.uint8), overwrite=False)
        assert path.read_text() == "before"


def test_a_link_that_leads_nowhere_becomes_the_file(tmp_path):
    path = tmp_path / "out.mp4"
    path.symlink_to(path)
    target = OutputTarget(path)
    target.begin().write_text("done")
    assert target.commit().read_text() == "done"
    assert list(tmp_path.iterdir()) == [path]
