"""What could not be written at the end is refused before any work."""

from __future__ import annotations

import pytest

from vitpose_live.app.outputs import Outputs
from vitpose_live.errors import OutputError


@pytest.fixture
def session(tmp_path):
    """A session that may be replaced, and a link to it."""
    folder = tmp_path / "run.vpl"
    folder.mkdir()
    for name in ("session.toml", "video.mp4", "keypoints.parquet"):
        (folder / name).write_bytes(b"precious")
    (tmp_path / "link").symlink_to(folder)
    return folder


@pytest.mark.parametrize("through", ["run.vpl", "link", "run.vpl/../link"])
@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("video.mp4", lambda path: {"video": path}),
        ("keypoints.parquet", lambda path: {"keypoints": (path.with_name("new.csv"), path)}),
        ("sheet.png", lambda path: {"sheet": path}),
        ("report.html", lambda path: {"report": path}),
    ],
)
def test_no_output_goes_into_the_session_that_is_replaced(tmp_path, session, through, name, wanted):
    outputs = Outputs(**wanted(tmp_path / through / name), session=session, overwrite=True)
    with pytest.raises(OutputError, match="in the session that is replaced") as caught:
        outputs.check("clip.mp4")
    assert caught.value.hint


@pytest.mark.parametrize("source", ["run.vpl/video.mp4", "link/video.mp4", "run.vpl", "shortcut.mp4"])
@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_session_that_holds_the_source_is_not_replaced(tmp_path, session, source, kind):
    (tmp_path / "shortcut.mp4").symlink_to(session / "video.mp4")
    with pytest.raises(OutputError, match="the source is in it") as caught:
        Outputs(session=session, overwrite=True).check(kind(tmp_path / source))
    assert caught.value.hint


@pytest.mark.parametrize("source", ["http://host/clip.mp4", "x" * 5000, "camera", 0])
def test_a_source_that_is_no_file_is_in_no_session(session, monkeypatch, source):
    monkeypatch.chdir(session)
    Outputs(session=session, overwrite=True).check(source)


def test_what_lies_beside_the_session_is_no_part_of_it(tmp_path, session):
    clip = tmp_path / "run.mp4"
    clip.touch()
    table = (tmp_path / "run.vpl.csv",)
    Outputs(tmp_path / "video.mp4", table, tmp_path / "a.png", session=session, overwrite=True).check(clip)
    Outputs(session=tmp_path / "new.vpl").check(session / "video.mp4")
