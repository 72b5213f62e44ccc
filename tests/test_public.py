"""The public face: names, what importing costs, the error tree."""

import inspect
import subprocess
import sys
import tomllib

import pytest
from places import ROOT

import vitpose_live as vl
from vitpose_live import errors
from vitpose_live.errors import UnknownNameError
from vitpose_live.registry import Registry


def test_every_public_name_is_there_and_named_in_all():
    assert sorted(vl.__all__) == vl.__all__
    for name in vl.__all__:
        assert getattr(vl, name).__name__ == name
    assert set(vl.__all__) <= set(dir(vl))


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = vl.no_such_name


def test_importing_loads_neither_networks_nor_windows_nor_media():
    heavy = "torch transformers openvino PyQt6 av cv2 filterpy scipy matplotlib pyarrow"
    code = f"import sys, vitpose_live; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_loads_nothing_heavy():
    code = (
        "import sys; from vitpose_live.cli import run; run(['--help']); run(['process', '--help']);"
        "print([m for m in 'torch openvino cv2 av numpy pyarrow'.split() if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().splitlines()[-1] == "[]"


def test_what_shows_a_source_loads_only_what_it_needs():
    heavy = "torch transformers openvino PyQt6 filterpy scipy matplotlib pyarrow"
    code = f"import sys, vitpose_live.app.live; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_error_tree_is_the_one_drawn():
    drawn = errors.__doc__
    for name, kind in inspect.getmembers(errors, inspect.isclass):
        if issubclass(kind, Exception):
            assert issubclass(kind, errors.VitposeLiveError)
            assert name in drawn


def test_every_dependency_has_its_reason():
    project = (ROOT / "pyproject.toml").read_text()
    for dependency in tomllib.loads(project)["project"]["dependencies"]:
        line = next(line for line in project.splitlines() if f'"{dependency}"' in line)
        assert "#" in line, dependency


def test_registry_offers_the_nearest_and_loads_lazily():
    parts = Registry("part", "vitpose_live.nothing")
    parts.register("counter", "collections:Counter")
    assert parts.create("counter") == {}
    with pytest.raises(UnknownNameError, match="unknown part 'countr'") as caught:
        parts.get("countr")
    assert caught.value.hint == "did you mean counter?"
    with pytest.raises(UnknownNameError) as caught:
        parts.get("zzz")
    assert caught.value.hint == "known: counter"
