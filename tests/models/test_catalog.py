"""The catalogue is complete, honest about names, and its checksums are those of the files."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from vitpose_live.data import load_skeleton
from vitpose_live.errors import ModelError, UnknownNameError
from vitpose_live.models import catalog
from vitpose_live.models.catalog import ModelKind, aliases, find, rows
from vitpose_live.models.loading import architectures

ASSETS = Path(__file__).parents[2] / "assets" / "models"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_a_row_is_complete_and_its_checksums_are_those_of_the_files(row):
    assert row.architecture in architectures.names()
    assert (row.skeleton is not None) == (row.kind is ModelKind.POSE)
    assert row.skeleton is None or load_skeleton(row.skeleton)
    assert 0 < row.average_precision < 1
    assert row.licence == "Apache-2.0"
    for name, digest in row.files.items():
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == digest


def test_the_embedded_files_are_small_enough_to_commit_and_each_has_its_origin_and_licence():
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) <= 30_000_000
    readme = (ASSETS / "README.md").read_text("utf-8")
    for row in rows():
        assert row.origin in readme
        assert all(f"`{name}` | `{digest}`" in readme for name, digest in row.files.items())
    assert "Apache License" in (ASSETS / "LICENSE").read_text("utf-8")


def test_no_file_is_left_over():
    listed = {name for row in rows() for name in row.files}
    assert {path.name for path in ASSETS.iterdir()} - {"README.md", "LICENSE"} == listed


def test_names_are_unique_and_short_names_lead_to_a_model_of_their_kind():
    names = [row.name for row in rows()]
    assert len(set(names)) == len(names)
    for kind in ModelKind:
        assert {"auto", "embedded", "embedded-fast"} <= aliases(kind).keys()
        assert all(find(short, kind).kind is kind for short in aliases(kind))
        assert not aliases(kind).keys() & set(names)


def test_a_row_can_be_listed_and_described():
    for row in rows():
        assert len(row.columns()) == 7
        assert json.loads(json.dumps(row.facts()))["name"] == row.name
    assert "embedded" in find("movenet-thunder").facts()["also_called"]


@pytest.mark.parametrize(("given", "near"), [("movenet-thundr", "movenet-thunder"), ("embeded", "embedded")])
def test_a_misspelt_name_is_answered_with_the_nearest(given, near):
    with pytest.raises(UnknownNameError, match=given) as caught:
        find(given, ModelKind.POSE)
    assert near in caught.value.hint


def test_a_name_like_no_other_is_answered_with_the_command_that_lists_them():
    with pytest.raises(UnknownNameError) as caught:
        find("zzzzzz")
    assert catalog.LISTING in caught.value.hint


def test_a_model_of_the_other_kind_is_named_as_such():
    with pytest.raises(ModelError, match="pose model, not a detector"):
        find("movenet-thunder", ModelKind.DETECTOR)


@pytest.mark.parametrize("name", ["usyd-community/vitpose-base-simple", "./here", "model.onnx", "C:\\models\\a"])
def test_a_repository_or_a_file_is_refused_honestly(name):
    with pytest.raises(ModelError, match="only the embedded models") as caught:
        find(name, ModelKind.POSE)
    assert not isinstance(caught.value, UnknownNameError)
    assert "embedded" in caught.value.hint


def test_a_short_name_of_both_kinds_is_not_guessed():
    with pytest.raises(ModelError, match="one model of each kind") as caught:
        find("embedded")
    assert "nanodet" in caught.value.hint
    assert "movenet" in caught.value.hint


def test_listing_the_models_loads_no_runtime():
    code = (
        "import sys; from vitpose_live.models import catalog, load_detector; catalog.rows();"
        "print(sorted({'openvino', 'torch', 'cv2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
