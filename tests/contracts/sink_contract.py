"""One suite that every sink which writes a file passes: subclass it and say how to make one and read it back."""

from __future__ import annotations

import gc
import os
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vitpose_live.data import Frame, FrameResult, Poses, Tracks, load_skeleton
from vitpose_live.errors import OutputError, OutputExistsError

COCO17 = load_skeleton("coco17")
BEFORE = b"what was here before"


def result(index: int, people: int = 1, *, fps: float = 30.0, size: tuple[int, int] = (64, 48)) -> FrameResult:
    """A frame with `people` persons of ids 1, 2 ..., every coordinate different."""
    rng = np.random.default_rng(index)
    corners = rng.uniform(0, 20, (people, 2))
    boxes = np.concatenate([corners, corners + 20], axis=1)
    ids = np.arange(1, people + 1)
    tracks = Tracks(boxes, ids, np.ones(people, bool), rng.uniform(0, 1, people))
    poses = Poses(rng.uniform(0, 40, (people, 17, 2)), rng.uniform(0, 1, (people, 17)), ids, boxes, COCO17)
    picture = rng.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return FrameResult(Frame(picture, index, index / fps), tracks, poses)


class SinkContract(ABC):
    """What the pipeline may rely on."""

    suffix: str
    written_when_empty: bool
    """Whether a run without any frame leaves a (valid, empty) file."""

    @abstractmethod
    def make(self, path: Path, *, overwrite: bool = False) -> Any:
        """Return a fresh sink that writes to `path`."""

    @abstractmethod
    def count(self, path: Path) -> int:
        """Open the file with an independent reader and return how many of the frames of `result` are in it."""

    def occupy(self, path: Path) -> None:
        """Put something of the sink's kind at `path`, to be refused, replaced or kept."""
        path.write_bytes(BEFORE)

    def occupied(self, path: Path) -> bool:
        """Whether what `occupy` has put at `path` is still there, untouched."""
        return path.read_bytes() == BEFORE

    @pytest.fixture
    def path(self, tmp_path: Path) -> Path:
        return tmp_path / f"out{self.suffix}"

    @pytest.mark.parametrize("frames", [1, 2, 70])
    def test_every_frame_is_in_the_file(self, path, frames):
        sink = self.make(path)
        for index in range(frames):
            sink.write(result(index))
        sink.close()
        assert self.count(path) == frames
        assert list(path.parent.iterdir()) == [path]

    def test_no_frames(self, path):
        self.make(path).close()
        assert path.exists() == self.written_when_empty
        assert list(path.parent.iterdir()) == ([path] if self.written_when_empty else [])
        if self.written_when_empty:
            assert self.count(path) == 0

    def test_frames_with_nobody(self, path):
        sink = self.make(path)
        for index in range(3):
            sink.write(result(index, people=0))
        sink.close()
        assert path.exists()

    def test_close_twice_then_abort(self, path):
        sink = self.make(path)
        sink.write(result(0))
        sink.close()
        sink.close()
        sink.abort()
        assert self.count(path) == 1

    def test_abort_leaves_nothing(self, path):
        sink = self.make(path)
        for index in range(50):
            sink.write(result(index))
        sink.abort()
        sink.abort()
        sink.close()
        assert list(path.parent.iterdir()) == []

    def test_abort_before_anything(self, path):
        self.make(path).abort()
        assert list(path.parent.iterdir()) == []

    def test_target_appears_only_when_complete(self, path):
        sink = self.make(path)
        for index in range(50):
            sink.write(result(index))
            assert not path.exists()
        sink.close()
        assert path.exists()

    def test_a_sink_never_used_leaves_nothing(self, path):
        self.make(path)
        gc.collect()
        assert list(path.parent.iterdir()) == []

    def test_write_after_close_is_an_error(self, path):
        sink = self.make(path)
        sink.write(result(0))
        sink.close()
        with pytest.raises(OutputError, match="closed"):
            sink.write(result(1))
        assert self.count(path) == 1

    def test_existing_target_is_refused_at_once_and_kept(self, path):
        self.occupy(path)
        with pytest.raises(OutputExistsError) as caught:
            self.make(path)
        assert "--overwrite" in caught.value.hint
        assert self.occupied(path)

    def test_overwrite_replaces_only_at_close(self, path):
        self.occupy(path)
        sink = self.make(path, overwrite=True)
        sink.write(result(0))
        assert self.occupied(path)
        sink.close()
        assert self.count(path) == 1
        assert list(path.parent.iterdir()) == [path]

    def test_abort_keeps_what_would_have_been_overwritten(self, path):
        self.occupy(path)
        sink = self.make(path, overwrite=True)
        sink.write(result(0))
        sink.abort()
        assert self.occupied(path)
        assert list(path.parent.iterdir()) == [path]

    def test_target_created_meanwhile_is_kept_and_so_is_ours(self, path):
        sink = self.make(path)
        sink.write(result(0))
        self.occupy(path)
        with pytest.raises(OutputExistsError) as caught:
            sink.close()
        sink.abort()
        assert self.occupied(path)
        (ours,) = set(path.parent.iterdir()) - {path}
        assert str(ours) in caught.value.hint
        assert self.count(ours) == 1

    def test_a_killed_runs_unfinished_file_is_kept(self, path):
        old = path.with_name(f"out.partial{self.suffix}")
        self.occupy(old)
        sink = self.make(path)
        sink.write(result(0))
        sink.close()
        assert self.occupied(old)
        assert set(path.parent.iterdir()) == {path, old}

    @pytest.mark.parametrize(
        "name", ["no folder/out", "file/out", "file/deep/out", "folder", "x" * 300], ids=lambda name: name[:12]
    )
    def test_a_target_that_cannot_be_is_refused_at_once(self, tmp_path, name):
        (tmp_path / "file").write_bytes(BEFORE)
        (tmp_path / f"folder{self.suffix}").mkdir()
        with pytest.raises(OutputError) as caught:
            self.make(tmp_path / f"{name}{self.suffix}")
        assert caught.value.hint
        assert "\n" not in str(caught.value)

    @pytest.mark.skipif(
        not Path("/proc/self").is_dir(), reason="needs a folder that nobody can write to, such as /proc"
    )
    def test_unwritable_folder(self):
        def use() -> None:
            sink = self.make(Path(f"/proc/self/out{self.suffix}"))
            sink.write(result(0))

        with pytest.raises(OutputError) as caught:
            use()
        assert caught.value.hint

    def test_wrong_ending(self, tmp_path):
        with pytest.raises(OutputError) as caught:
            self.make(tmp_path / "out.xyz")
        assert self.suffix in caught.value.hint

    @pytest.mark.parametrize("name", ["Übung 深蹲 🏋", "a:b", "100%d", "-x", "file.tar", 'it\'s "quoted"', "UPPER"])
    def test_names_people_use(self, tmp_path, name, monkeypatch):
        monkeypatch.chdir(tmp_path)
        path = Path(f"{name}{self.suffix.upper() if name.isupper() else self.suffix}")
        sink = self.make(path)
        sink.write(result(0))
        sink.close()
        assert self.count(path.absolute()) == 1
        assert os.listdir(tmp_path) == [path.name]  # noqa: PTH208

    def test_a_link_is_followed_not_replaced(self, tmp_path):
        (tmp_path / "real").mkdir()
        link = tmp_path / f"link{self.suffix}"
        link.symlink_to(tmp_path / "real" / f"out{self.suffix}")
        sink = self.make(link)
        sink.write(result(0))
        sink.close()
        assert link.is_symlink()
        assert self.count(link) == 1
