"""What a window needs of this machine: a display, and on Linux the libraries that Qt draws with. Imports no Qt."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from vitpose_live.app.shared_objects import Loads, loads, missing_libraries
from vitpose_live.errors import VitposeLiveError

# A library's name up to ".so": the packages that hold it under apt, dnf and pacman.
_PACKAGES = {
    "libxcb-cursor": ("libxcb-cursor0", "xcb-util-cursor", "xcb-util-cursor"),
    "libxcb-icccm": ("libxcb-icccm4", "xcb-util-wm", "xcb-util-wm"),
    "libxcb-image": ("libxcb-image0", "xcb-util-image", "xcb-util-image"),
    "libxcb-keysyms": ("libxcb-keysyms1", "xcb-util-keysyms", "xcb-util-keysyms"),
    "libxcb-render-util": ("libxcb-render-util0", "xcb-util-renderutil", "xcb-util-renderutil"),
    "libxcb-util": ("libxcb-util1", "xcb-util", "xcb-util"),
    "libxcb": ("libxcb1", "libxcb", "libxcb"),
    "libxcb-randr": ("libxcb-randr0", "libxcb", "libxcb"),
    "libxcb-render": ("libxcb-render0", "libxcb", "libxcb"),
    "libxcb-shape": ("libxcb-shape0", "libxcb", "libxcb"),
    "libxcb-shm": ("libxcb-shm0", "libxcb", "libxcb"),
    "libxcb-sync": ("libxcb-sync1", "libxcb", "libxcb"),
    "libxcb-xfixes": ("libxcb-xfixes0", "libxcb", "libxcb"),
    "libxcb-xkb": ("libxcb-xkb1", "libxcb", "libxcb"),
    "libX11": ("libx11-6", "libX11", "libx11"),
    "libX11-xcb": ("libx11-xcb1", "libX11-xcb", "libx11"),
    "libxkbcommon": ("libxkbcommon0", "libxkbcommon", "libxkbcommon"),
    "libxkbcommon-x11": ("libxkbcommon-x11-0", "libxkbcommon-x11", "libxkbcommon-x11"),
    "libEGL": ("libegl1", "libglvnd-egl", "libglvnd"),
    "libGL": ("libgl1", "libglvnd-glx", "libglvnd"),
    "libdbus-1": ("libdbus-1-3", "dbus-libs", "dbus"),
    "libfontconfig": ("libfontconfig1", "fontconfig", "fontconfig"),
    "libfreetype": ("libfreetype6", "freetype", "freetype2"),
    "libglib-2.0": ("libglib2.0-0", "glib2", "glib2"),
    "libgthread-2.0": ("libglib2.0-0", "glib2", "glib2"),
    "libpulse": ("libpulse0", "pulseaudio-libs", "libpulse"),
    "libgssapi_krb5": ("libgssapi-krb5-2", "krb5-libs", "krb5"),
    "libbrotlidec": ("libbrotli1", "libbrotli", "brotli"),
    "libwayland-client": ("libwayland-client0", "libwayland-client", "wayland"),
    "libwayland-cursor": ("libwayland-cursor0", "libwayland-cursor", "wayland"),
    "libz": ("zlib1g", "zlib", "zlib"),
    "libzstd": ("libzstd1", "libzstd", "zstd"),
}
_INSTALLERS = ("sudo apt install", "sudo dnf install", "sudo pacman -S")
_FAMILIES = ({"debian", "ubuntu"}, {"fedora", "rhel", "centos"}, {"arch"})
_MODULES = ("QtCore", "QtGui", "QtWidgets", "QtSvg")


@dataclass(frozen=True, slots=True)
class Qt:
    """PyQt6 as it is installed.

    Parameters
    ----------
    folder
        Of the package.
    """

    folder: Path

    @classmethod
    def find(cls) -> Qt | None:
        """Return it; None when it is not installed."""
        spec = find_spec("PyQt6")
        places = list(spec.submodule_search_locations or ()) if spec is not None else []
        return cls(Path(places[0])) if places else None

    def lacks(self, *, window: str = "", modules: Iterable[str] = _MODULES, load: Loads = loads) -> tuple[str, ...]:
        """Return the libraries missing on this machine; none where a distribution's own Qt is used.

        Parameters
        ----------
        window
            The kind of window, ``"xcb"`` or ``"wayland"``; empty for none.
        modules
            Parts of Qt that are imported.
        load
            Asks the loader.

        Raises
        ------
        VitposeLiveError
            When Qt's own files are damaged.
        """
        libraries = self.folder / "Qt6" / "lib"
        if not sys.platform.startswith("linux") or not libraries.is_dir():
            return ()
        binaries = [file for module in modules for file in self.folder.glob(f"{module}.*so")]
        if window:
            binaries.append(self.folder / "Qt6" / "plugins" / "platforms" / f"libq{window}.so")
        try:
            return missing_libraries(binaries, libraries, load)
        except (OSError, ValueError) as error:
            raise VitposeLiveError(
                f"PyQt6 is damaged: {error}", hint="pip install --force-reinstall pyqt6 pyqt6-qt6"
            ) from error

    def lacks_for(self, systems: Iterable[str], load: Loads = loads) -> tuple[str, ...]:
        """Return what is missing for windows on the first of `systems`; nothing when another one will do."""
        missing = [self.lacks(window=system, load=load) for system in systems]
        return missing[0] if all(missing) else ()


def window_systems(environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """Return what Qt can open windows with on this Linux, the best first: ``"wayland"``, ``"xcb"``; none without."""
    wanted = (("wayland", "WAYLAND_DISPLAY"), ("xcb", "DISPLAY"))
    return tuple(system for system, variable in wanted if environ.get(variable))


def install_line(libraries: Iterable[str], release: Mapping[str, str] | None = None) -> str:
    """Return the line that installs `libraries` on this distribution; a description where it is another kind.

    Parameters
    ----------
    libraries
        Such as ``"libxcb-cursor.so.0"``.
    release
        What /etc/os-release says; None reads it.
    """
    names = sorted(libraries)
    if release is None:
        try:
            release = platform.freedesktop_os_release()
        except OSError:
            release = {}
    ancestors = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    family = next((number for number, names_ in enumerate(_FAMILIES) if names_ & ancestors), None)
    packages = [_PACKAGES.get(name.partition(".so")[0]) for name in names]
    if family is None or None in packages:
        return f"install the packages that hold {', '.join(names)}"
    return f"{_INSTALLERS[family]} {' '.join(sorted({package[family] for package in packages if package}))}"
