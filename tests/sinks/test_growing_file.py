"""A recording's file only grows until it is complete, and only whole pieces of it count."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vitpose_live.sinks.growing_file import GrowingFile
from vitpose_live.sinks.mp4_boxes import outer_boxes, whole_fragments_end


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "out.bin"
    path.touch()
    return path


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=9)), max_size=20))
def test_once_complete_it_is_what_an_ordinary_file_would_be(tmp_path, steps):
    path = tmp_path / "out.bin"
    path.write_bytes(b"")
    grown, ordinary = GrowingFile(path), io.BytesIO()
    for share, data in steps:
        place = round(share * grown.size)
        assert grown.seek(place) == ordinary.seek(place)
        assert grown.write(data) == ordinary.write(data)
        assert grown.tell() == ordinary.tell()
        assert grown.size == len(ordinary.getvalue()) == path.stat().st_size
    grown.complete()
    assert path.read_bytes() == ordinary.getvalue()


def test_what_is_there_changes_only_at_the_end(path):
    grown = GrowingFile(path)
    grown.write(b"header body")
    grown.seek(0)
    grown.write(b"HEADER")
    grown.seek(0, os.SEEK_END)
    grown.write(b" index")
    assert path.read_bytes() == b"header body index"
    grown.complete()
    assert path.read_bytes() == b"HEADER body index"


def test_cut_keeps_the_beginning_as_it_was(path):
    grown = GrowingFile(path)
    grown.write(b"header body")
    grown.seek(0)
    grown.write(b"HEADER")
    grown.cut(8)
    assert path.read_bytes() == b"header b"


class Refusing(GrowingFile):
    """Takes so many bytes, at most three at a time."""

    left = 7

    def _append(self, data):
        taken = min(3, self.left, len(data))
        if not taken:
            raise OSError(28, "No space left on device")
        self.left -= taken
        return super()._append(data[:taken])


def test_once_refused_it_takes_no_more_and_says_so_once(path):
    grown = Refusing(path)
    grown.write(b"12345")
    with pytest.raises(OSError, match="No space"):
        grown.write(b"67890")
    assert grown.write(b"more") == 4
    grown.close()
    assert path.read_bytes() == b"1234567"


def test_a_place_beyond_the_end_is_an_error(path):
    grown = GrowingFile(path)
    with pytest.raises(OSError, match="holes"):
        grown.seek(1)
    grown.close()


def box(name, content=b"", *, size=None):
    return (8 + len(content) if size is None else size).to_bytes(4, "big") + name + content


WHOLE = box(b"ftyp", b"iso5") + box(b"moov", b"x" * 20)
FRAGMENT = box(b"moof", b"y" * 5) + box(b"mdat", b"z" * 9)


@pytest.mark.parametrize("torn", range(len(FRAGMENT)))
def test_a_torn_fragment_does_not_count(path, torn):
    path.write_bytes(WHOLE + 2 * FRAGMENT + FRAGMENT[:torn])
    assert whole_fragments_end(path) == len(WHOLE + 2 * FRAGMENT)


@pytest.mark.parametrize(
    ("content", "end"),
    [
        (b"", 0),
        (WHOLE, 0),
        (FRAGMENT, 0),  # nothing says what is in it
        (WHOLE[:-1], 0),
        (WHOLE + FRAGMENT + box(b"moov", b"x" * 30), len(WHOLE + FRAGMENT)),
        (WHOLE + FRAGMENT + b"\0\0\0\4abcd", len(WHOLE + FRAGMENT)),
        (WHOLE + box(b"moof") + box(b"mdat", (16 + 4).to_bytes(8, "big") + b"abcd", size=1), len(WHOLE) + 8 + 20),
        (WHOLE + box(b"moof") + box(b"mdat", b"abcd", size=0), len(WHOLE) + 8 + 12),
    ],
)
def test_whole_fragments(path, content, end):
    path.write_bytes(content)
    assert whole_fragments_end(path) == end


def test_boxes_are_named_in_their_order():
    found = [(name, after - begin) for name, begin, after in outer_boxes(io.BytesIO(WHOLE + FRAGMENT))]
    assert found == [("ftyp", 12), ("moov", 28), ("moof", 13), ("mdat", 17)]
