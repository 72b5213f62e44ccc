"""All files of an export are there, or none."""

from __future__ import annotations

from pathlib import Path

import pytest

from vitpose_live.errors import OutputError, OutputExistsError
from vitpose_live.sinks.exports import ExportFiles


def snapshot(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_files_appear_together_at_the_end(tmp_path):
    with ExportFiles(tmp_path) as files:
        files.file("a.txt").write_text("a")
        files.file("b.txt").write_text("b")
        (files.folder("many", r"\w+\.txt") / "c.txt").write_text("c")
        assert not any((tmp_path / name).exists() for name in ("a.txt", "b.txt", "many"))
    assert files.written == (tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "many")
    assert snapshot(tmp_path) == [
        "a.txt",
        "b.txt",
        "many",
        "many/c.txt",
    ]


def test_a_failure_leaves_everything_as_it_was(tmp_path):
    (tmp_path / "a.txt").write_text("old")
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "old.txt").write_text("old")

    def fail():
        with ExportFiles(tmp_path, overwrite=True) as files:
            files.file("a.txt").write_text("new")
            (files.folder("many", r"\w+\.txt") / "c.txt").write_text("c")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert snapshot(tmp_path) == ["a.txt", "many", "many/old.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_what_exists_is_refused_at_once_and_replaced_when_allowed(tmp_path):
    def export(*, overwrite: bool) -> None:
        with ExportFiles(tmp_path, overwrite=overwrite) as files:
            (files.folder("many", r"\w+\.txt") / "new.txt").write_text("new")
            files.file("a.txt").write_text("new")

    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "old.txt").write_text("old")
    with pytest.raises(OutputExistsError):
        export(overwrite=False)
    assert [path.name for path in (tmp_path / "many").iterdir()] == ["old.txt"]
    export(overwrite=True)
    assert [path.name for path in (tmp_path / "many").iterdir()] == ["new.txt"]
    with pytest.raises(OutputExistsError):
        export(overwrite=False)
    export(overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "many"]


def test_a_folder_with_anything_else_in_it_is_never_replaced(tmp_path):
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "thesis.doc").write_text("years of work")
    with ExportFiles(tmp_path, overwrite=True) as files, pytest.raises(OutputError, match=r"thesis\.doc"):
        files.folder("many", r"\w+\.txt")
    assert (tmp_path / "many" / "thesis.doc").read_text() == "years of work"
    (tmp_path / "file").write_text("mine")
    with ExportFiles(tmp_path, overwrite=True) as files, pytest.raises(OutputError, match="is a file"):
        files.folder("file", r"\w+\.txt")


@pytest.mark.parametrize("make", [Path.mkdir, lambda path: path.symlink_to(__file__)], ids=["folder", "link"])
def test_what_is_only_called_like_ours_is_never_replaced(tmp_path, make):
    (tmp_path / "many").mkdir()
    make(tmp_path / "many" / "a.txt")
    before = snapshot(tmp_path)
    with ExportFiles(tmp_path, overwrite=True) as files, pytest.raises(OutputError, match=r"a\.txt"):
        files.folder("many", r"\w+\.txt")
    assert snapshot(tmp_path) == before


@pytest.mark.parametrize("overwrite", [False, True])
def test_whatever_else_lies_beside_the_target_stays(tmp_path, overwrite):
    names = ("partial", "partial.old", "partial-2.old", "old", "old-2")
    for name in names:
        (tmp_path / f"many.{name}").mkdir()
        (tmp_path / f"many.{name}" / "a.txt").write_text("mine")
    if overwrite:
        (tmp_path / "many").mkdir()
    before = snapshot(tmp_path)
    with ExportFiles(tmp_path, overwrite=overwrite) as files:
        (files.folder("many", r"\w+\.txt") / "new.txt").write_text("new")
    assert snapshot(tmp_path) == sorted({*before, "many", "many/new.txt"})


def test_what_comes_into_the_folder_meanwhile_stays(tmp_path):
    (tmp_path / "many").mkdir()
    files = ExportFiles(tmp_path, overwrite=True)
    files.folder("many", r"\w+\.txt")
    (tmp_path / "many" / "thesis.doc").write_text("years of work")
    with pytest.raises(OutputError, match="thesis"), files:
        pass
    assert snapshot(tmp_path) == ["many", "many/thesis.doc"]


def test_a_folder_made_meanwhile_is_not_replaced_unless_told(tmp_path):
    files = ExportFiles(tmp_path)
    files.folder("many", r"\w+\.txt")
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "a.txt").write_text("mine")
    with pytest.raises(OutputExistsError), files:
        pass
    assert snapshot(tmp_path) == ["many", "many/a.txt"]


def test_a_folder_that_cannot_be_moved_in_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "many").mkdir()
    (tmp_path / "many" / "old.txt").write_text("old")
    rename = Path.rename

    def refuse(path, target):
        if ".partial" in path.name:
            raise OSError(5, "the disk failed")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="disk failed"), ExportFiles(tmp_path, overwrite=True) as files:
        files.folder("many", r"\w+\.txt")
    assert snapshot(tmp_path) == ["many", "many/old.txt"]


def test_a_link_to_a_folder_stays_one(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "here").mkdir()
    real, link = tmp_path / "disk" / "real", tmp_path / "here" / "many"
    real.mkdir()
    (real / "old.txt").write_text("old")
    link.symlink_to(real)
    with ExportFiles(tmp_path / "here", overwrite=True) as files:
        (files.folder("many", r"\w+\.txt") / "new.txt").write_text("new")
    assert files.written == (real,)
    assert link.is_symlink()
    assert snapshot(tmp_path) == ["disk", "disk/real", "disk/real/new.txt", "here", "here/many"]


def test_the_source_is_never_replaced(tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    with (
        ExportFiles(tmp_path, overwrite=True, source=tmp_path / "a.csv") as files,
        pytest.raises(OutputError, match="is the source"),
    ):
        files.file("a.csv")
    assert (tmp_path / "a.csv").read_text() == "mine"
