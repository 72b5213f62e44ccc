"""Reads what a person wrote as TOML."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from vitpose_live.errors import SettingsFileError


def read_toml(path: str | Path, what: str, *, hint: str = "check the path") -> dict[str, Any]:
    """Return the table in the file at `path`, which is called `what` in messages.

    Parameters
    ----------
    hint
        What to do when there is none.

    Raises
    ------
    SettingsFileError
        When the file is missing, cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError as error:
        raise SettingsFileError(f"no {what} at {path}", hint=hint) from error
    except OSError as error:
        raise SettingsFileError(f"cannot read {what} {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:  # tomllib's own, bad UTF-8, numbers and nesting without end
        raise SettingsFileError(f"{what} {path} is not TOML: {error}") from error
