"""Which data set a file is of, and files that are refused."""

import os
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch
from models.vitpose.originals import refused, release, save

from vitpose_live.errors import UnknownNameError, WeightsError
from vitpose_live.models.vitpose.original import convert_checkpoint
from vitpose_live.models.vitpose.original_file import OriginalFile


@pytest.fixture(scope="module")
def plus():
    # associate heads may be stored with more rows than their data set has keypoints
    return release(rows=(17, 20, 17, 17, 17, 133))


# --- which data set a file of one head is of ---


@pytest.fixture(scope="module")
def tiny():
    return release(experts=0, rows=(17,), depth=1, simple=True)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ap10k", "ap10k"),
        ("vitpose-b-apt36k", "apt36k"),
        ("AP10K (1)", "ap10k"),
        ("vitpose_base_coco_ap10k", "coco"),
        ("mapping", "coco"),
        ("epoch_210", "coco"),
    ],
)
def test_seventeen_keypoints_go_by_the_name_of_the_file(tiny, tmp_path, name, expected):
    (folder,) = convert_checkpoint(save(tmp_path / f"{name}.pth", tiny), tmp_path / "out")
    assert folder.name == expected


def test_what_the_caller_says_is_stronger_than_the_name(tiny, tmp_path):
    (folder,) = convert_checkpoint(save(tmp_path / "ap10k.pth", tiny), tmp_path / "out", dataset="apt36k")
    assert folder.name == "apt36k"


def test_other_numbers_of_keypoints_are_stronger_than_the_name(tmp_path):
    tensors = release(experts=0, rows=(133,), depth=1, simple=True)
    (folder,) = convert_checkpoint(save(tmp_path / "coco.pth", tensors), tmp_path / "out")
    assert folder.name == "wholebody"


def test_a_name_that_contradicts_the_head_is_refused(tiny, tmp_path):
    refused(
        save(tmp_path / "aic.pth", tiny), tmp_path / "out", "17 keypoints", "aic has 14", hint="coco, ap10k, apt36k"
    )


def test_a_data_set_that_contradicts_the_head_is_refused(tiny, tmp_path):
    path = save(tmp_path / "a.pth", tiny)
    refused(
        path, tmp_path / "out", "keypoint_head.final_layer.weight", "(14, 384, 3, 3)", "(17, 384, 3, 3)", dataset="aic"
    )


def test_an_unknown_number_of_keypoints_is_refused(tmp_path):
    path = save(tmp_path / "coco_25.pth", release(experts=0, rows=(25,), depth=1, simple=True))
    refused(path, tmp_path / "out", "keypoint_head.final_layer.weight", "25 keypoints", hint="coco 17, aic 14")


def test_a_data_set_nobody_knows(tiny, tmp_path):
    path = save(tmp_path / "a.pth", tiny)
    refused(path, tmp_path / "out", "'mpi'", error=UnknownNameError, hint="mpii", dataset="mpi")


def test_a_data_set_that_the_file_has_no_head_for(tmp_path):
    path = save(tmp_path / "a.pth", release(rows=(17, 14), depth=1))
    refused(path, tmp_path / "out", "no head for mpii", hint="coco, aic", dataset="mpii")


def test_a_third_head_of_crowdpose_does_not_bar_the_others(tmp_path):
    tensors = release(experts=0, rows=(17, 14, 16, 14), depth=1, simple=True)
    path = save(tmp_path / "a.pth", tensors)
    refused(
        path, tmp_path / "out", "associate_keypoint_heads.2.final_layer.weight", "(17,", "(14,", hint="one data set"
    )
    (folder,) = convert_checkpoint(path, tmp_path / "out", dataset="mpii")
    assert folder.name == "mpii"


# --- tensors that do not fit ---


def without(name):
    return lambda tensors: tensors.pop(name)


def no_blocks(tensors):
    for name in [name for name in tensors if name.startswith("backbone.blocks.")]:
        del tensors[name]


def with_shape(name, *shape):
    return lambda tensors: tensors.update({name: torch.zeros(shape)})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (without("backbone.pos_embed"), ["backbone.pos_embed"]),
        (without("backbone.blocks.1.attn.qkv.bias"), ["backbone.blocks.1.attn.qkv.bias is missing"]),
        (without("backbone.blocks.0.mlp.fc2.weight"), ["backbone.blocks.0.mlp.fc2.weight is missing"]),
        (without("backbone.blocks.0.mlp.experts.0.weight"), ["backbone.blocks.0.mlp.experts.0.weight is missing"]),
        (without("backbone.blocks.1.mlp.experts.4.bias"), ["backbone.blocks.1.mlp.experts.4.bias is missing"]),
        (without("keypoint_head.final_layer.weight"), ["keypoint_head.final_layer.weight is missing"]),
        (without("associate_keypoint_heads.3.deconv_layers.4.running_var"), ["heads.3.deconv_layers.4.running_var"]),
        (
            with_shape("backbone.pos_embed", 1, 193, 400),
            ["backbone.pos_embed", "384, 768, 1024, 1280", "(1, 193, 400)"],
        ),
        (with_shape("backbone.pos_embed"), ["backbone.pos_embed", "found ()"]),
        (with_shape("backbone.pos_embed", 1, 433, 384), ["backbone.pos_embed", "(1, 193, 384)", "(1, 433, 384)"]),
        (
            with_shape("backbone.blocks.0.attn.qkv.weight", 768, 384),
            ["blocks.0.attn.qkv.weight", "(1152, 384)", "(768, 384)"],
        ),
        (
            with_shape("backbone.blocks.0.mlp.fc2.weight", 300, 1536),
            ["blocks.0.mlp.fc2.weight", "(288, 1536)", "(300, 1536)"],
        ),
        (
            with_shape("backbone.blocks.1.mlp.experts.2.weight", 95, 1536),
            ["blocks.1.mlp.experts.2.weight", "(96, 1536)", "(95, 1536)"],
        ),
        (
            with_shape("associate_keypoint_heads.4.final_layer.bias", 100),
            ["heads.4.final_layer.bias", "(133,)", "(100,)"],
        ),
        (
            with_shape("associate_keypoint_heads.4.final_layer.weight", 100, 256, 1, 1),
            ["heads.4.final_layer.weight", "(133,", "(100,"],
        ),
        (with_shape("backbone.blocks.7.norm1.weight", 384), ["backbone.blocks.7.norm1.weight is not known"]),
        (with_shape("keypoint_head.extra", 1), ["keypoint_head.extra is not known"]),
        (
            with_shape("associate_keypoint_heads.5.final_layer.bias", 17),
            ["associate_keypoint_heads.5.final_layer.bias is not known"],
        ),
        (no_blocks, ["backbone.blocks.0.attn.qkv.weight is missing", "more"]),
        (with_shape("neck.weight", 1), ["neck.weight is not known"]),
        (
            lambda tensors: tensors.update({"backbone.last_norm.bias": "zero"}),
            ["backbone.last_norm.bias is no tensor but str"],
        ),
        (
            lambda tensors: tensors.update({"backbone.last_norm.bias": torch.zeros(384, dtype=torch.int32)}),
            ["last_norm.bias", "int32"],
        ),
    ],
)
def test_a_tensor_that_does_not_fit_is_named(plus, change, words):
    tensors = OrderedDict(plus)
    change(tensors)
    with pytest.raises(WeightsError) as caught:
        OriginalFile("a", tensors)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.hint


def test_many_wrong_tensors_are_counted(plus, tmp_path):
    tensors = {name: value for name, value in plus.items() if "experts" not in name}
    path = save(tmp_path / "a.pth", tensors)
    refused(path, tmp_path / "out", "fc2.weight expected (384, 1536), found (288, 1536)", "and 1 more")


def test_files_in_the_hugging_face_format_are_told_apart(tiny, tmp_path):
    (folder,) = convert_checkpoint(save(tmp_path / "a.pth", tiny), tmp_path / "converted")
    refused(folder / "model.safetensors", tmp_path / "out", "pos_embed", hint="Hugging Face format already")


# --- files that are no checkpoints ---


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,)) if self.path.name == "method" else (os.system, (f"touch {self.path}",))


@pytest.mark.parametrize("zipped", [True, False])
@pytest.mark.parametrize("trap", ["method", "shell"])
def test_code_in_a_pickle_is_not_run(tiny, tmp_path, zipped, trap):
    path = tmp_path / "evil.pth"
    torch.save({"state_dict": tiny, "trap": Touch(tmp_path / trap)}, path, _use_new_zipfile_serialization=zipped)
    refused(path, tmp_path / "out", str(path), "to be loaded", hint="save them alone")
    assert not (tmp_path / trap).exists()


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_pickles_are_not_run(tmp_path, protocol):
    path = tmp_path / "evil.pth"
    path.write_bytes(pickle.dumps(Touch(tmp_path / "shell"), protocol))
    refused(path, tmp_path / "out", str(path))
    assert not (tmp_path / "shell").exists()


def test_numpy_numbers_are_refused_with_the_way_out(tiny, tmp_path):
    path = save(tmp_path / "a.pth", tiny, best=np.float64(0.75))
    refused(path, tmp_path / "out", "multiarray.scalar", hint="safetensors.torch.save_file(model.state_dict()")


@pytest.mark.parametrize("name", ["absent.pth", "absent.safetensors", "folder.pth", "folder.safetensors"])
def test_missing_files_and_folders(tmp_path, name):
    (tmp_path / "folder.pth").mkdir()
    (tmp_path / "folder.safetensors").mkdir()
    refused(tmp_path / name, tmp_path / "out", name)


@pytest.mark.parametrize("ending", ["pth", "safetensors"])
@pytest.mark.parametrize(
    "content", [b"", b"PK\x03\x04", b"<html>404</html>" * 20, b"\x80\x02}q\x00.", bytes(range(256)) * 9]
)
def test_files_of_another_kind(tmp_path, ending, content):
    path = tmp_path / f"a.{ending}"
    path.write_bytes(content)
    refused(path, tmp_path / "out", str(path))


@pytest.mark.parametrize("content", [[1, 2], torch.zeros(3), {"state_dict": None}, {1: torch.zeros(3)}, {}], ids=str)
def test_checkpoints_of_something_else(tmp_path, content):
    torch.save(content, tmp_path / "a.pth")
    refused(tmp_path / "a.pth", tmp_path / "out", "a")


def test_a_torchscript_archive(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.pth", "w") as archive:
        archive.writestr("a/constants.pkl", b"")
    refused(tmp_path / "a.pth", tmp_path / "out", "damaged or no checkpoint")


@pytest.mark.parametrize("kept", [0.2, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["zip", "old", "safetensors"])
def test_truncated_files(tiny, tmp_path, kind, kept):
    path = tmp_path / f"a.{'safetensors' if kind == 'safetensors' else 'pth'}"
    if kind == "safetensors":
        safetensors.torch.save_file(dict(tiny), path)
    else:
        torch.save({"state_dict": tiny}, path, _use_new_zipfile_serialization=kind == "zip")
    with path.open("r+b") as stream:
        stream.truncate(int(path.stat().st_size * kept))
    refused(path, tmp_path / "out", str(path), hint="download")


def test_a_flipped_bit_is_noticed(tiny, tmp_path):
    path = save(tmp_path / "a.pth", tiny)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    refused(path, tmp_path / "out", "checksum", hint="download")
