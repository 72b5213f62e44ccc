"""All files of an export are there, or none."""

from __future__ import annotations

import pytest

from vitpose_live.errors import OutputError, OutputExistsError
from vitpose_live.sinks.exports import ExportFiles


def test_files_appear_together_at_the_end(tmp_path):
    with ExportFiles(tmp_path) as files:
        files.file("a.txt").write_text("a")
        files.file("b.txt").write_text("b")
        (files.folder("many", "*.txt") / "c.txt").write_text("c")
        assert not any((tmp_path / name).exists() for name in ("a.txt", "b.txt", "many"))
    assert files.written == (tmp_path / "a.txt", tmp_path / "b.txt", tmp_path / "many")
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
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
            (files.folder("many", "*.txt") / "c.txt").write_text("c")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == ["a.txt", "many", "many/old.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_what_exists_is_refused_at_once_and_replaced_when_allowed(tmp_path):
    def export(*, overwrite: bool) -> None:
        with ExportFiles(tmp_path, overwrite=overwrite) as files:
            (files.folder("many", "*.txt") / "new.txt").write_text("new")
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
        files.folder("many", "*.txt")
    assert (tmp_path / "many" / "thesis.doc").read_text() == "years of work"
    (tmp_path / "file").write_text("mine")
    with ExportFiles(tmp_path, overwrite=True) as files, pytest.raises(OutputError, match="is a file"):
        files.folder("file", "*.txt")


def test_the_source_is_never_replaced(tmp_path):
    (tmp_path / "a.csv").write_text("mine")
    with (
        ExportFiles(tmp_path, overwrite=True, source=tmp_path / "a.csv") as files,
        pytest.raises(OutputError, match="is the source"),
    ):
        files.file("a.csv")
    assert (tmp_path / "a.csv").read_text() == "mine"
