"""Which libraries a binary needs, read from the file, and which of them are missing."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vitpose_live.app import shared_objects
from vitpose_live.app.shared_objects import loads, missing_libraries, needed_libraries

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="ELF files are Linux's")

MATH = next(iter(Path(sys.prefix).glob("lib/python3*/site-packages/numpy/_core/_multiarray_umath*.so")), None)


def test_what_a_binary_needs_is_what_the_binutils_read():
    if MATH is None or shutil.which("readelf") is None:
        pytest.skip("needs NumPy's own binary and readelf of binutils")
    said = subprocess.run(["readelf", "-d", MATH], capture_output=True, text=True, check=True).stdout
    expected = [line.split("[")[1].rstrip("]") for line in said.splitlines() if "(NEEDED)" in line]
    assert list(needed_libraries(MATH)) == expected != []


@pytest.mark.parametrize(
    "content", [b"", b"MZ not one of these", b"\x7fELF\x01\x01", b"\x7fELF\x02\x01" + 100 * b"\xff"]
)
def test_what_is_no_such_file_is_refused(tmp_path, content):
    path = tmp_path / "library.so"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"library\.so|empty"):
        needed_libraries(path)


def test_a_binary_cut_off_is_refused_or_read_but_never_a_crash(tmp_path):
    if MATH is None:
        pytest.skip("needs NumPy's own binary")
    whole = MATH.read_bytes()
    path = tmp_path / "library.so"
    for share in (0.1, 0.5, 0.9):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(ValueError, match="cut off"):
            needed_libraries(path)


def test_needs_of_what_comes_along_count_and_the_rest_is_asked_for_once(tmp_path, monkeypatch):
    needs = {
        "plugin.so": ("libown.so.6", "libthere.so.1"),
        "libown.so.6": ("libabsent.so.0", "libthere.so.1", "libown.so.6"),
    }
    (tmp_path / "libown.so.6").touch()
    monkeypatch.setattr(shared_objects, "needed_libraries", lambda path: needs[path.name])
    asked = []

    def load(name):
        asked.append(name)
        return "" if name == "libthere.so.1" else name

    assert missing_libraries([tmp_path / "plugin.so"], tmp_path, load) == ("libabsent.so.0",)
    assert sorted(asked) == ["libabsent.so.0", "libthere.so.1"]


def test_the_loader_names_what_is_missing(monkeypatch):
    assert loads("libc.so.6") == ""
    assert loads("libnobody-has-this.so.7") == "libnobody-has-this.so.7"

    def refuse(name):
        raise OSError("libdeeper.so.2: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(shared_objects.ctypes, "CDLL", refuse)
    assert loads("libtop.so.1") == "libdeeper.so.2"
