"""Whatever a person's file holds, one line says what is wrong with it."""

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from vitpose_live.errors import SettingsFileError
from vitpose_live.toml_file import read_toml, toml_text

_PLAIN = (
    some.text()
    | some.booleans()
    | some.integers(-(2**63), 2**63 - 1)
    | some.floats(allow_nan=False).filter(lambda number: abs(number) < float("inf"))
)
_TABLES = some.recursive(
    some.dictionaries(some.text(), _PLAIN | some.lists(_PLAIN), max_size=4),
    lambda tables: some.dictionaries(some.text(), _PLAIN | tables, max_size=4),
    max_leaves=8,
)


def test_a_table_is_read(tmp_path):
    (tmp_path / "a.toml").write_text("one = 1", "utf-8")
    assert read_toml(tmp_path / "a.toml", "list") == {"one": 1}


@pytest.mark.parametrize(
    "text", [b"= 1", b"a = '\xff'", b"a = " + b"9" * 5000, b"a = " + b"[" * 5000], ids=["no", "bytes", "long", "deep"]
)
def test_what_is_not_toml_is_called_so(tmp_path, text):
    (tmp_path / "a.toml").write_bytes(text)
    with pytest.raises(SettingsFileError, match=r"^list .*a\.toml is not TOML: "):
        read_toml(tmp_path / "a.toml", "list")


def test_a_file_that_is_not_there_gets_the_hint(tmp_path):
    with pytest.raises(SettingsFileError, match=r"^no list at") as said:
        read_toml(tmp_path / "a.toml", "list", hint="look again")
    assert said.value.hint == "look again"
    with pytest.raises(SettingsFileError, match=r"^cannot read list"):
        read_toml(tmp_path, "list")


@settings(max_examples=40)
@given(_TABLES)
def test_what_is_written_is_read_again(table):
    assert tomllib.loads(toml_text(table)) == table


def test_none_is_left_out_and_what_toml_cannot_hold_is_refused():
    assert toml_text({"a": None, "b": 1, "c": {"d": None}}) == "b = 1\n\n[c]\n"
    assert tomllib.loads(toml_text({"name": "\ud800", "a b": {"c.d": 1}})) == {"name": "?", "a b": {"c.d": 1}}
    with pytest.raises(ValueError, match="finite"):
        toml_text({"a": float("nan")})
    with pytest.raises(TypeError, match="object"):
        toml_text({"a": object()})
