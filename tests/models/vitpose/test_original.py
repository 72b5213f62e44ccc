"""Converted files compute what the original's formulas do, and are written whole or not at all."""

import json
import re
import zipfile
from contextlib import contextmanager

import pytest
import safetensors.torch
import torch
from models.vitpose.originals import KEYPOINTS, SHARED, SKELETONS, assert_same_heatmaps, refused, release, save, split

from vitpose_live.data import load_skeleton
from vitpose_live.errors import OutputError, OutputExistsError
from vitpose_live.models.vitpose.original import convert_checkpoint
from vitpose_live.models.vitpose.original_layout import SKELETON_KEY

# --- round trips ---


@pytest.fixture(scope="module")
def plus():
    # associate heads may be stored with more rows than their data set has keypoints
    return release(rows=(17, 20, 17, 17, 17, 133))


@pytest.fixture(scope="module")
def converted(plus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plus")
    return convert_checkpoint(save(folder / "vitpose+_small.pth", plus, optimizer={"lr": 0.1}), folder / "out")


@pytest.mark.parametrize("place", range(6), ids=list(KEYPOINTS))
def test_every_head_of_a_plus_file_computes_what_the_original_does(plus, converted, place):
    dataset = list(KEYPOINTS)[place]
    assert converted[place].name == dataset
    assert_same_heatmaps(converted[place], plus, dataset)


def test_the_data_sets_differ_in_more_than_the_head(converted):
    name = "backbone.encoder.layer.1.mlp.fc2.weight"
    layers = [safetensors.torch.load_file(folder / "model.safetensors")[name] for folder in converted]
    for layer in layers[1:]:
        assert torch.equal(layer[:SHARED], layers[0][:SHARED])
        assert not torch.equal(layer[SHARED:], layers[0][SHARED:])


def test_folders_name_the_keypoints_of_our_skeletons(converted):
    for folder, name in zip(converted, SKELETONS, strict=True):
        config = json.loads((folder / "config.json").read_text("utf-8"))
        skeleton = load_skeleton(name)
        assert config[SKELETON_KEY] == name
        assert tuple(config["id2label"][str(index)] for index in range(len(skeleton))) == skeleton.keypoints
        assert all(config["label2id"][joint] == index for index, joint in enumerate(skeleton.keypoints))
        assert config["backbone_config"]["num_experts"] == 1
        assert tuple(map(tuple, config["edges"])) == skeleton.edges


def test_the_preprocessor_is_transformers_own(converted):
    from transformers.models.vitpose.image_processing_pil_vitpose import VitPoseImageProcessorPil

    written = json.loads((converted[0] / "preprocessor_config.json").read_text("utf-8"))
    assert written == json.loads(VitPoseImageProcessorPil().to_json_string())


def test_only_finished_folders_are_left(converted):
    assert sorted(path.name for path in converted[0].parents[1].iterdir()) == ["out", "vitpose+_small.pth"]
    assert sorted(path.name for path in converted[0].parent.iterdir()) == sorted(KEYPOINTS)
    for folder in converted:
        assert {path.name for path in folder.iterdir()} == {
            "config.json",
            "model.safetensors",
            "preprocessor_config.json",
        }


def test_published_small_plus(tmp_path):
    tensors = release(depth=12)
    (folder,) = convert_checkpoint(save(tmp_path / "small.pth", tensors), tmp_path / "out", dataset="wholebody")
    assert_same_heatmaps(folder, tensors, "wholebody")


def test_layer_norm_is_the_originals_where_little_varies(tmp_path):
    tensors = release(experts=0, rows=(17,), depth=1)
    for name in tensors:
        if re.search(r"pos_embed|patch_embed|attn\.proj|mlp\.fc2", name):
            tensors[name] = tensors[name] * 1e-3
    (folder,) = convert_checkpoint(save(tmp_path / "a.pth", tensors), tmp_path / "out")
    assert_same_heatmaps(folder, tensors, "coco")


@pytest.mark.parametrize(("width", "shared"), [(768, 576), (1024, 768), (1280, 960)])
def test_sizes_are_told_from_the_shapes(tmp_path, width, shared):
    tensors = release(width=width, shared=shared, depth=1, rows=(17, 14))
    (folder,) = convert_checkpoint(save(tmp_path / "a.pth", tensors), tmp_path / "out", dataset="aic")
    assert_same_heatmaps(folder, tensors, "aic")


@pytest.mark.parametrize("simple", [False, True], ids=["classic", "simple"])
@pytest.mark.parametrize("ending", ["pth", "safetensors"])
def test_plain_files_of_one_data_set(tmp_path, simple, ending):
    tensors = release(experts=0, rows=(17,), simple=simple, depth=1)
    path = tmp_path / f"vitpose-b.{ending}"
    if ending == "pth":
        torch.save(tensors, path)  # no state_dict around it
    else:
        safetensors.torch.save_file(dict(tensors), path)
    (folder,) = convert_checkpoint(path, tmp_path / "out")
    assert folder == tmp_path / "out" / "coco"
    assert_same_heatmaps(folder, tensors, "coco")


def test_several_heads_on_one_backbone_without_experts(tmp_path):
    tensors = release(experts=0, rows=(17, 14, 16), depth=1)
    tensors["backbone.cls_token"] = torch.zeros(1, 1, 384)
    folders = convert_checkpoint(save(tmp_path / "vitpose_base_coco_aic_mpii.pth", tensors), tmp_path / "out")
    for folder, dataset in zip(folders, ("coco", "aic", "mpii"), strict=True):
        assert_same_heatmaps(folder, tensors, dataset)


@pytest.mark.parametrize("dataset", KEYPOINTS)
def test_files_split_by_the_original_tool(plus, tmp_path, dataset):
    (folder,) = convert_checkpoint(save(tmp_path / f"{dataset}.pth", split(plus, dataset)), tmp_path / "out")
    assert folder.name == dataset
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert config[SKELETON_KEY] == SKELETONS[list(KEYPOINTS).index(dataset)]
    assert_same_heatmaps(folder, plus, dataset)


def test_half_precision_is_widened(tmp_path):
    tensors = release(experts=0, rows=(17,), depth=1)
    half = {name: value.bfloat16() if value.is_floating_point() else value for name, value in tensors.items()}
    (folder,) = convert_checkpoint(save(tmp_path / "a.pth", half), tmp_path / "out")
    weights = safetensors.torch.load_file(folder / "model.safetensors")
    assert {value.dtype for value in weights.values()} == {torch.float32, torch.int64}
    assert torch.equal(weights["backbone.layernorm.weight"], half["backbone.last_norm.weight"].float())


def test_archives_compressed_again_and_files_of_old_torch_are_read(tmp_path):
    tensors = release(experts=0, rows=(17,), depth=1)
    plain = save(tmp_path / "plain.pth", tensors)
    torch.save({"state_dict": tensors}, tmp_path / "old.pth", _use_new_zipfile_serialization=False)
    with (
        zipfile.ZipFile(plain) as old,
        zipfile.ZipFile(tmp_path / "small.pth", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new,
    ):
        for part in old.namelist():
            new.writestr(part, old.read(part))
    (reference,) = convert_checkpoint(plain, tmp_path / "plain")
    for name in ("old", "small"):
        (folder,) = convert_checkpoint(tmp_path / f"{name}.pth", tmp_path / name)
        assert (folder / "model.safetensors").read_bytes() == (reference / "model.safetensors").read_bytes()


@pytest.fixture(scope="module")
def tiny():
    return release(experts=0, rows=(17,), depth=1, simple=True)


# --- where it is written ---


def test_a_folder_with_something_in_it_is_kept(tiny, tmp_path):
    path = save(tmp_path / "a.pth", tiny)
    out = tmp_path / "out"
    out.mkdir()
    convert_checkpoint(path, out)  # an empty one is fine
    refused(path, out, str(out), error=OutputExistsError, hint="--overwrite")


def test_overwriting_replaces_the_models_and_nothing_else(tiny, tmp_path):
    path, out = save(tmp_path / "a.pth", tiny), tmp_path / "out"
    (out / "coco").mkdir(parents=True)
    (out / "mpii").mkdir()
    for kept in ("coco/old.txt", "mpii/mine.txt", "notes.txt"):
        (out / kept).write_text("mine")
    convert_checkpoint(path, out, overwrite=True)
    found = sorted(str(path.relative_to(out)) for path in out.rglob("*") if path.is_file())
    assert found == [
        "coco/config.json", "coco/model.safetensors", "coco/preprocessor_config.json", "mpii/mine.txt", "notes.txt",
    ]  # fmt: skip


def test_an_absent_parent_is_an_error_before_the_file_is_read(tmp_path):
    missing = tmp_path / "absent" / "out"
    with pytest.raises(OutputError, match="no folder") as caught:
        convert_checkpoint(tmp_path / "absent.pth", missing)
    assert caught.value.hint


def test_a_file_in_the_place_of_the_folder(tiny, tmp_path):
    path = save(tmp_path / "a.pth", tiny)
    refused(path, path, "is a file", error=OutputError, overwrite=True)


@contextmanager
def file_size_limit(size):
    """Let no file grow beyond `size` bytes, as on a disk that fills up; pytest's own report must not be one of them."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("limit", [100, 100_000])
@pytest.mark.parametrize("exists", [False, True])
def test_a_disk_that_fills_up_leaves_nothing_behind(tiny, tmp_path, limit, exists):
    path, out = save(tmp_path / "a.pth", tiny), tmp_path / "out"
    if exists:
        convert_checkpoint(path, out)
    with file_size_limit(limit):
        refused(path, out, "cannot write", "File too large", error=OutputError, hint="space", overwrite=True)


def test_a_disk_without_the_space_is_noticed_before(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: Usage())
    refused(
        save(tmp_path / "a.pth", tiny), tmp_path / "out", "GB needed", "0.0 GB free", error=OutputError, hint="space"
    )


class Usage:
    free = 1000
