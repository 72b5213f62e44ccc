"""Where the files that travel with the package are: models, the demonstration clip, icons."""

from __future__ import annotations

from pathlib import Path

from vitpose_live.errors import VitposeLiveError

_PACKAGE = Path(__file__).parent
# an installed wheel carries them inside the package; a source checkout has them beside it
_FOLDERS = (_PACKAGE / "assets", _PACKAGE.parent / "assets")


def bundled_path(name: str) -> Path:
    """Return the path of the bundled file `name`, such as ``"demo.mp4"``.

    Raises
    ------
    VitposeLiveError
        When it is missing, which means a damaged installation.
    """
    for folder in _FOLDERS:
        path = folder / name
        if path.is_file():
            return path
    raise VitposeLiveError(f"bundled file {name} is missing", hint="the installation is damaged; install it again")
