"""Whatever a person's file holds, one line says what is wrong with it."""

import pytest

from vitpose_live.errors import SettingsFileError
from vitpose_live.toml_file import read_toml


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
