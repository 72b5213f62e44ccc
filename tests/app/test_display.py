"""What a window needs of the machine, found without Qt."""

import sys

import pytest

from vitpose_live.app.display import _PACKAGES, Qt, install_line, window_systems
from vitpose_live.app.shared_objects import loads
from vitpose_live.errors import VitposeLiveError

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems bring all along")
DEBIAN, UBUNTU = {"ID": "debian"}, {"ID": "linuxmint", "ID_LIKE": "ubuntu debian"}
FEDORA, ARCH = {"ID": "fedora"}, {"ID": "manjaro", "ID_LIKE": "arch"}


def without(*absent):
    return lambda name: name if name.partition(".so")[0] in absent else loads(name)


@pytest.mark.parametrize(
    ("environ", "systems"),
    [
        ({}, ()),
        ({"DISPLAY": ":0"}, ("xcb",)),
        ({"WAYLAND_DISPLAY": "wayland-0"}, ("wayland",)),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, ("wayland", "xcb")),
        ({"DISPLAY": ""}, ()),
    ],
)
def test_the_display_is_the_one_of_the_session(environ, systems):
    assert window_systems(environ) == systems


@linux
def test_a_library_that_is_missing_is_named():
    qt = Qt.find()
    assert "libxcb-cursor.so.0" in qt.lacks(window="xcb", load=without("libxcb-cursor"))
    assert "libxcb-cursor.so.0" not in qt.lacks(window="wayland", load=without("libxcb-cursor"))
    assert "libEGL.so.1" in qt.lacks(load=without("libEGL"))


@linux
def test_one_system_that_works_is_enough():
    qt = Qt.find()
    both = ("wayland", "xcb")
    if qt.lacks_for(both, loads):
        pytest.skip("needs the libraries that PyQt6 draws with")
    assert qt.lacks_for(both, without("libwayland-cursor")) == ()
    assert qt.lacks_for(("wayland",), without("libwayland-cursor")) == ("libwayland-cursor.so.0",)
    assert "libwayland-cursor.so.0" in qt.lacks_for(both, without("libwayland-cursor", "libxcb-cursor"))


@linux
def test_every_library_that_qt_asks_for_has_a_package():
    asked = set()

    def load(name):
        asked.add(name.partition(".so")[0])
        return ""

    qt = Qt.find()
    qt.lacks_for(("wayland",), load)
    qt.lacks_for(("xcb",), load)
    qt.lacks(modules=["QtMultimedia"], load=load)
    system = {"libc", "libm", "libdl", "libpthread", "libresolv", "libgcc_s", "libstdc++"}
    unknown = {name for name in asked - system if not name.startswith("ld-linux")} - set(_PACKAGES)
    assert len(asked) > 20
    assert not unknown


@linux
def test_a_damaged_qt_is_an_error_with_a_hint(tmp_path):
    (tmp_path / "Qt6" / "lib").mkdir(parents=True)
    (tmp_path / "QtCore.abi3.so").write_bytes(b"not a library")
    with pytest.raises(VitposeLiveError, match="damaged") as caught:
        Qt(tmp_path).lacks()
    assert "reinstall" in caught.value.hint


def test_a_qt_of_the_distribution_is_left_to_it(tmp_path):
    assert Qt(tmp_path).lacks(window="xcb", load=lambda name: name) == ()


@pytest.mark.parametrize(
    ("release", "line"),
    [
        (DEBIAN, "sudo apt install libegl1 libxcb-cursor0"),
        (UBUNTU, "sudo apt install libegl1 libxcb-cursor0"),
        (FEDORA, "sudo dnf install libglvnd-egl xcb-util-cursor"),
        (ARCH, "sudo pacman -S libglvnd xcb-util-cursor"),
        ({"ID": "nixos"}, "install the packages that hold libEGL.so.1, libxcb-cursor.so.0"),
        ({}, "install the packages that hold libEGL.so.1, libxcb-cursor.so.0"),
    ],
)
def test_the_line_that_installs_them_is_the_distributions(release, line):
    assert install_line({"libxcb-cursor.so.0", "libEGL.so.1"}, release) == line


def test_a_package_that_holds_two_is_named_once_and_an_unknown_one_not_guessed():
    assert install_line(["libxcb-shm.so.0", "libxcb-randr.so.0"], ARCH) == "sudo pacman -S libxcb"
    assert install_line(["libxcb-shm.so.0", "libodd.so.3"], DEBIAN).endswith("libodd.so.3, libxcb-shm.so.0")
