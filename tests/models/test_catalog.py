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
from vitpose_live.models.catalog import HEADINGS, ModelKind, aliases, find, preferred, rows
from vitpose_live.models.loading import architectures

ASSETS = Path(__file__).parents[2] / "assets" / "models"
EMBEDDED = [row for row in rows() if row.files]
PUBLISHED = [row for row in rows() if row.repository]


def by_name(row):
    return row.name


@pytest.mark.parametrize("row", EMBEDDED, ids=by_name)
def test_an_embedded_row_is_complete_and_its_checksums_are_those_of_the_files(row):
    assert row.repository is None
    assert row.download_bytes == 0
    for name, digest in row.files.items():
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("row", rows(), ids=by_name)
def test_a_row_says_what_it_is_and_how_well_it_was_measured(row):
    assert row.architecture in architectures.names()
    assert bool(row.files) != bool(row.repository)
    assert row.folder is None
    assert row.licence == "Apache-2.0"
    assert row.summary
    assert row.parameters > 1_000_000
    assert (row.skeleton is not None) == (row.kind is ModelKind.POSE)
    assert row.skeleton is None or load_skeleton(row.skeleton)
    if row.skeleton == "synthpose52":
        assert (row.average_precision, row.measured) == (None, "")  # none is published on COCO
    else:
        assert 0.2 < row.average_precision < 0.9
        assert "COCO" in row.measured


@pytest.mark.parametrize("row", PUBLISHED, ids=by_name)
def test_a_published_row_leads_to_its_repository(row):
    assert row.architecture == {ModelKind.POSE: "vitpose", ModelKind.DETECTOR: "detr"}[row.kind]
    assert row.origin == f"https://huggingface.co/{row.repository}"
    assert row.revision == "main"
    assert row.options["input_size"] == ([256, 192] if row.kind is ModelKind.POSE else [640, 640])
    assert row.download_bytes == 4 * row.parameters
    assert find(row.repository) is row
    assert find(row.name, row.kind) is row


def test_every_model_promised_is_there():
    usyd, peking = "usyd-community/vitpose-", "PekingU/rtdetr_"
    assert {row.repository for row in PUBLISHED} == {
        *(usyd + name for name in ("base-simple", "base", "base-coco-aic-mpii")),
        *(f"{usyd}plus-{size}" for size in ("small", "base", "large", "huge")),
        *(f"stanfordmimi/synthpose-vitpose-{size}-hf" for size in ("base", "huge")),
        *(f"{peking}{version}{depth}vd" for version in ("", "v2_") for depth in ("r18", "r34", "r50", "r101")),
        *(f"{peking}{depth}vd_coco_o365" for depth in ("r18", "r50", "r101")),
        *(f"ustc-community/dfine-{size}-coco" for size in ("nano", "small", "medium", "large", "xlarge")),
    }


def test_only_a_model_with_experts_lists_what_they_were_trained_for():
    for row in rows():
        if "plus" in row.name:
            assert row.skeletons == ("coco17", "aic14", "mpii16", "ap10k17", "apt36k17", "wholebody133")
            assert row.skeleton == row.skeletons[0]
            assert all(load_skeleton(name) for name in row.skeletons)
        else:
            assert row.skeletons == ()


WIDTHS = {"small": (384, 12, 96), "base": (768, 12, 192), "large": (1024, 24, 256), "huge": (1280, 32, 320)}


@pytest.mark.parametrize("row", [row for row in PUBLISHED if row.kind is ModelKind.POSE], ids=by_name)
def test_the_weights_of_a_vitpose_are_counted_by_its_formula(row):
    width, layers, part = next(sizes for size, sizes in WIDTHS.items() if size in row.name)
    keypoints = len(load_skeleton(row.skeleton))

    def linear(inputs, outputs):
        return inputs * outputs + outputs

    if row.skeletons:
        second = linear(4 * width, width - part) + len(row.skeletons) * linear(4 * width, part)
    else:
        second = linear(4 * width, width)
    layer = 2 * 2 * width + 4 * linear(width, width) + linear(width, 4 * width) + second
    patches = linear(3 * 16 * 16, width) + (1 + 16 * 12) * width
    if "simple" in row.name:
        head = linear(9 * width, keypoints)
    else:
        head = 16 * 256 * (width + 256) + 2 * 2 * 256 + linear(256, keypoints)
    assert row.parameters == patches + layers * layer + 2 * width + head


@pytest.mark.parametrize(
    ("name", "millions"),
    [
        ("rtdetr-r18", 20), ("rtdetr-r34", 31), ("rtdetr-r50", 42), ("rtdetr-r101", 76), ("rtdetr-v2-r18", 20),
        ("rtdetr-v2-r34", 31), ("rtdetr-v2-r50", 42), ("rtdetr-v2-r101", 76), ("dfine-nano", 4), ("dfine-small", 10),
        ("dfine-medium", 19), ("dfine-large", 31), ("dfine-xlarge", 62),
    ],
)  # fmt: skip
def test_the_weights_of_a_detector_are_as_many_as_its_authors_say(name, millions):
    assert abs(find(name).parameters / 1e6 - millions) < 1


def test_more_training_data_makes_a_detector_better_not_larger():
    for depth in ("r18", "r50", "r101"):
        plain, more = find(f"rtdetr-{depth}"), find(f"rtdetr-{depth}-o365")
        assert more.parameters == plain.parameters
        assert more.average_precision > plain.average_precision


def test_the_embedded_files_are_small_enough_to_commit_and_each_has_its_origin_and_licence():
    assert sum(path.stat().st_size for path in ASSETS.iterdir()) <= 30_000_000
    readme = (ASSETS / "README.md").read_text("utf-8")
    for row in EMBEDDED:
        assert row.origin in readme
        assert all(f"`{name}` | `{digest}`" in readme for name, digest in row.files.items())
    assert "Apache License" in (ASSETS / "LICENSE").read_text("utf-8")


def test_no_file_is_left_over():
    listed = {name for row in rows() for name in row.files}
    assert {path.name for path in ASSETS.iterdir()} - {"README.md", "LICENSE"} == listed


def test_names_are_unique_and_short_names_lead_to_an_embedded_model_of_their_kind():
    names = [row.name for row in rows()]
    assert len(set(names)) == len(names)
    for kind in ModelKind:
        assert {"embedded", "embedded-fast"} <= aliases(kind).keys()
        assert all(find(short, kind).kind is kind and find(short, kind).files for short in aliases(kind))
        assert not (aliases(kind).keys() | {"auto"}) & set(names)
        assert find("auto", kind) is find("embedded", kind)


@pytest.mark.parametrize("kind", ModelKind)
@pytest.mark.parametrize("device", ["cuda", "mps", "cpu"])
def test_auto_chooses_among_downloaded_models_of_the_kind_that_answer_alike(kind, device):
    choice = preferred(kind, device)
    assert choice
    assert len({row.name for row in choice}) == len(choice)
    assert all(row.kind is kind and row.repository for row in choice)
    assert {row.skeleton for row in choice} == {None if kind is ModelKind.DETECTOR else "coco17"}


def test_auto_takes_the_heavy_models_only_where_they_run():
    def names(kind, device):
        return [row.name for row in preferred(kind, device)]

    assert names(ModelKind.POSE, "cuda")[0] == "vitpose-plus-base"
    assert names(ModelKind.DETECTOR, "cuda")[0] == "rtdetr-r50-o365"
    assert names(ModelKind.POSE, "cpu")[0] == "vitpose-plus-small"
    assert names(ModelKind.DETECTOR, "cpu")[0] == "dfine-nano"
    for kind, most in ((ModelKind.POSE, 130e6), (ModelKind.DETECTOR, 21e6)):
        assert max(row.parameters for row in preferred(kind, "cpu")) < most
        assert set(names(kind, "cpu")) <= set(names(kind, "cuda"))


def test_a_row_can_be_listed_and_described():
    for row in [*rows(), find("someone/something", ModelKind.POSE)]:
        assert len(row.columns()) == len(HEADINGS)
        assert all(row.columns()[:-1])
        assert json.loads(json.dumps(row.facts()))["name"] == row.name
    assert "embedded" in find("movenet-thunder").facts()["also_called"]
    listed = dict(zip(HEADINGS, find("vitpose-plus-small").columns(), strict=True))
    assert listed["size"] == "133 MB"
    assert listed["input"] == "192 x 256"
    assert listed["AP"] == ".758"
    assert dict(zip(HEADINGS, find("synthpose-base").columns(), strict=True))["AP"] == "-"


@pytest.mark.parametrize(
    ("given", "near"),
    [
        ("movenet-thundr", "movenet-thunder"),
        ("embeded", "embedded"),
        ("vitpose-plus-bas", "vitpose-plus-base"),
        ("ViTPose-Base", "vitpose-base"),
    ],
)
def test_a_misspelt_name_is_answered_with_the_nearest(given, near):
    with pytest.raises(UnknownNameError, match=given) as caught:
        find(given, ModelKind.POSE)
    assert near in caught.value.hint


@pytest.mark.parametrize("name", ["zzzzzz", "", " ", "\0", "z" * 5000, "zz@yy"])
def test_a_name_like_no_other_is_answered_with_the_command_that_lists_them(name):
    with pytest.raises(UnknownNameError) as caught:
        find(name)
    assert catalog.LISTING in caught.value.hint


@pytest.mark.parametrize("name", ["movenet-thunder", "vitpose-base", "usyd-community/vitpose-base", "vitpose-base@a"])
def test_a_model_of_the_other_kind_is_named_as_such(name):
    with pytest.raises(ModelError, match="pose model, not a detector"):
        find(name, ModelKind.DETECTOR)


def test_a_short_name_of_both_kinds_is_not_guessed():
    for name in ("embedded", "auto"):
        with pytest.raises(ModelError, match="one model of each kind") as caught:
            find(name)
        assert "nanodet" in caught.value.hint
        assert "movenet" in caught.value.hint


def test_listing_the_models_loads_no_runtime():
    code = (
        "import sys; from vitpose_live.models import catalog, load_detector; catalog.rows();"
        "catalog.find('a/b', catalog.ModelKind.POSE);"
        "print(sorted({'openvino', 'torch', 'cv2', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
