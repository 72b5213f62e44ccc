"""Reads what a person wrote as TOML, and writes what a person may read."""

from __future__ import annotations

import json
import math
import tomllib
from collections.abc import Mapping
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


def toml_text(table: Mapping[str, Any]) -> str:
    """Return `table` as TOML: plain values first, then the tables in it, each under its name.

    Parameters
    ----------
    table
        Texts, whole and finite numbers, booleans, lists of them, and tables of all these; None is left out, since TOML
        has no word for it.

    Raises
    ------
    TypeError, ValueError
        When it holds anything else.
    """
    return "".join(f"{line}\n" for line in _lines(table, ""))


def _lines(table: Mapping[str, Any], path: str) -> list[str]:
    known = {_key(name): value for name, value in table.items() if value is not None}
    lines = [f"{name} = {_value(value)}" for name, value in known.items() if not isinstance(value, Mapping)]
    for name, value in known.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{path}{name}]", *_lines(value, f"{path}{name}.")]
    return lines


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        # a name that the disk holds may be no text at all; JSON escapes what TOML does, but for this one character
        text = value.encode("utf-8", "replace").decode("utf-8")
        return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} is not finite")
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    raise TypeError(f"{type(value).__name__} is not a plain value")
