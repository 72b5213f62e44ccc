"""Checkpoints: what tells one from another, and what is refused before anything is built from it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import VitPoseBackboneConfig, VitPoseConfig, VitPoseForPoseEstimation

from vitpose_live.errors import ModelError, WeightsError
from vitpose_live.models.checkpoint import open_checkpoint
from vitpose_live.models.row import ModelKind, ModelRow

ROOT = Path(__file__).parents[2]
CONFIG, PREPROCESSOR, WEIGHTS = "config.json", "preprocessor_config.json", "model.safetensors"
INDEX = "model.safetensors.index.json"
LARGE = 100_000
"""Numbers of 4 bytes in the large weights: more than is looked at of a file."""


def opened(folder):
    return open_checkpoint(ModelRow("mine", ModelKind.POSE, "vitpose", "unknown", "", folder=folder))


@pytest.fixture
def folder(tmp_path):
    """A small checkpoint."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / CONFIG).write_text(json.dumps({"model_type": "vitpose", "hidden_size": 32}))
    (folder / PREPROCESSOR).write_text(json.dumps({"image_mean": [0.5, 0.5, 0.5]}))
    save_file({"weight": torch.arange(100.0)}, folder / WEIGHTS)
    return folder


def flip(path, place, keep_time=True):
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=times if keep_time else (times[0], times[1] + 1))


# --- the key ---


def test_the_same_files_have_the_same_key_and_so_has_a_copy_that_keeps_their_times(folder, tmp_path):
    key = opened(folder).key
    assert opened(folder).key == key
    assert opened(shutil.copytree(folder, tmp_path / "copy")).key == key


def test_the_key_names_a_folder(folder):
    assert opened(folder).key.isalnum()
    assert len(opened(folder).key) == 32


def test_the_order_in_which_settings_are_written_does_not_matter(folder):
    key = opened(folder).key
    (folder / CONFIG).write_text(json.dumps({"hidden_size": 32, "model_type": "vitpose"}, indent=4))
    assert opened(folder).key == key


@pytest.mark.parametrize("name", [CONFIG, PREPROCESSOR])
def test_another_setting_is_another_key(folder, name):
    keys = {opened(folder).key}
    settings = json.loads((folder / name).read_text())
    for change in ({"extra": 1}, {"extra": 2}, {"nested": {"a": [1, 2]}}, {"nested": {"a": [2, 1]}}):
        (folder / name).write_text(json.dumps(settings | change))
        keys.add(opened(folder).key)
    assert len(keys) == 5


def test_no_preprocessor_is_not_the_same_as_one(folder):
    key = opened(folder).key
    (folder / PREPROCESSOR).unlink()
    checkpoint = opened(folder)
    assert checkpoint.preprocessor == {}
    assert checkpoint.key != key


def test_settings_that_change_files_are_told_apart(folder):
    """What is moved from one file to the other is another checkpoint."""
    (folder / CONFIG).write_text('{"a": 1}')
    (folder / PREPROCESSOR).write_text("{}")
    key = opened(folder).key
    (folder / CONFIG).write_text("{}")
    (folder / PREPROCESSOR).write_text('{"a": 1}')
    assert opened(folder).key != key


def test_every_byte_of_small_weights_counts_even_when_the_times_are_the_same(folder):
    key = opened(folder).key
    size = (folder / WEIGHTS).stat().st_size
    for place in range(size - 400, size, 13):
        flip(folder / WEIGHTS, place)
        assert opened(folder).key != key, f"byte {place} of {size}"
        flip(folder / WEIGHTS, place)
    assert opened(folder).key == key


def test_large_weights_are_told_apart_by_samples_and_times(folder):
    save_file({"weight": torch.arange(float(LARGE))}, folder / WEIGHTS)
    key = opened(folder).key
    size = (folder / WEIGHTS).stat().st_size
    for place, keep_time in ((size // 2, True), (size * 63 // 64, True), (size // 64 - 1, False)):
        flip(folder / WEIGHTS, place, keep_time)
        changed = opened(folder).key
        assert changed != key, f"byte {place} of {size}"
        key = changed


def sharded(folder):
    """Write the weights in two files, as large models have them."""
    (folder / WEIGHTS).unlink()
    names = [f"model-0000{number}-of-00002.safetensors" for number in (1, 2)]
    for name in names:
        save_file({name[6:11]: torch.arange(50.0)}, folder / name)
    (folder / INDEX).write_text(json.dumps({"weight_map": {name[6:11]: name for name in names}}))
    return [folder / name for name in names]


@pytest.mark.parametrize("shard", [0, 1])
def test_every_shard_counts(folder, shard):
    files = sharded(folder)
    key = opened(folder).key
    assert opened(folder).weights == tuple(files)
    flip(files[shard], -1)
    assert opened(folder).key != key


def test_a_key_needs_neither_torch_nor_transformers(folder):
    code = f"""
import sys
from pathlib import Path
from vitpose_live.models.checkpoint import open_checkpoint
from vitpose_live.models.row import ModelKind, ModelRow
row = ModelRow("mine", ModelKind.POSE, "vitpose", "unknown", "", folder=Path({str(folder)!r}))
print(open_checkpoint(row).key, sorted({{"torch", "transformers"}} & set(sys.modules)))
"""
    line = [sys.executable, "-c", code]
    done = subprocess.run(line, check=False, cwd=ROOT, capture_output=True, text=True, timeout=200)
    assert done.stdout == f"{opened(folder).key} []\n", done.stderr


# --- weights that are missing or damaged ---


def test_no_weights_is_an_error_that_says_which_are_read(folder):
    (folder / WEIGHTS).rename(folder / "pytorch_model.bin")
    with pytest.raises(WeightsError, match=f"mine: no safetensors weights in {folder}") as caught:
        _ = opened(folder).key
    assert "models convert" in caught.value.hint


def test_a_missing_shard_is_no_weights(folder):
    sharded(folder)[1].unlink()
    with pytest.raises(WeightsError, match="no safetensors weights"):
        _ = opened(folder).weights


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda data: data[:-1], "truncated"),
        (lambda data: data[:20], "truncated"),
        (lambda data: b"", "truncated"),
        (lambda data: data + b"\0", "damaged: 1 bytes behind its end"),
        (lambda data: b"PK\x03\x04" * 30, "not a safetensors file"),
        (lambda data: b"version https://git-lfs.github.com/spec/v1\noid sha256:0", "placeholder"),
    ],
    ids=["short of a byte", "header cut", "empty", "too long", "zip", "git-lfs"],
)
@pytest.mark.parametrize("shards", [False, True])
def test_damaged_weights_are_named_before_they_are_loaded(folder, damage, words, shards):
    path = sharded(folder)[1] if shards else folder / WEIGHTS
    path.write_bytes(damage(path.read_bytes()))
    checkpoint = opened(folder)
    for use in (lambda: checkpoint.weights, lambda: checkpoint.key):
        with pytest.raises(WeightsError, match=words) as caught:
            use()
        assert path.name in str(caught.value)
        assert caught.value.hint


# --- settings that are missing or damaged ---


def test_a_folder_without_a_configuration_is_no_checkpoint(tmp_path):
    with pytest.raises(WeightsError, match=r"mine: .*config\.json is missing") as caught:
        opened(tmp_path)
    assert "Hugging Face" in caught.value.hint


@pytest.mark.parametrize("name", [CONFIG, PREPROCESSOR])
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe{}"])
def test_settings_that_are_no_settings_are_named(folder, name, content):
    (folder / name).write_bytes(content)
    with pytest.raises(WeightsError, match=f"mine: .*{name}"):
        opened(folder)


def test_a_folder_in_the_place_of_a_file_is_named(folder):
    (folder / CONFIG).unlink()
    (folder / CONFIG).mkdir()
    with pytest.raises(WeightsError, match=r"cannot read .*config\.json"):
        opened(folder)


# --- loading ---


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """A tiny ViTPose as transformers saves it."""
    backbone = VitPoseBackboneConfig(
        image_size=(32, 32), patch_size=(16, 16), hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        out_indices=[1],
    )  # fmt: skip
    torch.manual_seed(0)
    model = VitPoseForPoseEstimation(VitPoseConfig(backbone_config=backbone, use_simple_decoder=True, num_labels=3))
    folder = tmp_path_factory.mktemp("tiny")
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def tiny(real, tmp_path):
    return shutil.copytree(real, tmp_path / "tiny")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_weights_are_loaded_in_fp32_ready_to_run(tiny, dtype):
    saved = {name: tensor.to(dtype) for name, tensor in load_file(tiny / WEIGHTS).items()}
    save_file(saved, tiny / WEIGHTS, metadata={"format": "pt"})
    network = opened(tiny).load(VitPoseForPoseEstimation)
    assert not network.training
    for name, parameter in network.named_parameters():
        assert (parameter.dtype, parameter.requires_grad) == (torch.float32, False)
        torch.testing.assert_close(parameter, saved[name].float(), rtol=0, atol=0)


def test_the_configuration_has_the_architectures_defaults(tiny):
    raw = json.loads((tiny / CONFIG).read_text())
    del raw["initializer_range"]
    (tiny / CONFIG).write_text(json.dumps(raw))
    checkpoint = opened(tiny)
    assert (checkpoint.model_type, checkpoint.config.backbone_config.hidden_size) == ("vitpose", 32)
    assert checkpoint.config.initializer_range == VitPoseConfig().initializer_range
    assert "initializer_range" not in checkpoint.raw


def test_a_missing_tensor_is_not_made_up(tiny):
    tensors = load_file(tiny / WEIGHTS)
    del tensors["backbone.layernorm.weight"], tensors["head.conv.bias"]
    save_file(tensors, tiny / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(WeightsError, match=r"^mine: tensor backbone\.layernorm\.weight is missing, and 1 more$"):
        opened(tiny).load(VitPoseForPoseEstimation)


def test_a_tensor_of_another_shape_is_named_with_both_shapes(tiny):
    tensors = load_file(tiny / WEIGHTS)
    tensors["backbone.layernorm.bias"] = torch.zeros(31)
    save_file(tensors, tiny / WEIGHTS, metadata={"format": "pt"})
    with pytest.raises(WeightsError, match=r"tensor backbone\.layernorm\.bias is \(31,\), the conf.* wants \(32,\)"):
        opened(tiny).load(VitPoseForPoseEstimation)


def test_an_architecture_that_transformers_does_not_know_is_an_error(folder):
    (folder / CONFIG).write_text('{"model_type": "newer_than_this"}')
    checkpoint = opened(folder)
    assert checkpoint.model_type == "newer_than_this"
    with pytest.raises(ModelError, match=r"config\.json cannot be used") as caught:
        _ = checkpoint.config
    assert caught.value.hint


def test_a_configuration_without_an_architecture_says_unknown(folder):
    (folder / CONFIG).write_text("{}")
    assert opened(folder).model_type == "unknown"


# --- what a hostile folder asks for ---


@pytest.mark.parametrize("model_type", ["evil", "bert"])
def test_code_in_a_folder_is_never_run(tmp_path, monkeypatch, model_type):
    """Not even when somebody, or a pipe, answers transformers' question with yes."""
    from transformers import AutoModelForObjectDetection

    marker = tmp_path / "it ran"
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "evil.py").write_text(f"open({str(marker)!r}, 'w').close()\nclass Cfg: pass\nclass M: pass\n")
    config = {"model_type": model_type, "auto_map": {"AutoConfig": "evil.Cfg", "AutoModelForObjectDetection": "evil.M"}}
    (folder / "config.json").write_text(json.dumps(config))
    save_file({"x": torch.zeros(1)}, folder / "model.safetensors")
    monkeypatch.setattr("builtins.input", lambda *_: "y")
    with pytest.raises((ModelError, WeightsError)):
        opened(folder).load(AutoModelForObjectDetection)
    assert not marker.exists()


@pytest.mark.parametrize("key", ["attn_implementation", "_attn_implementation"])
def test_attention_kernels_of_others_are_refused(tmp_path, key):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vitpose", key: "kernels-community/x"}))
    save_file({"x": torch.zeros(1)}, tmp_path / "model.safetensors")
    with pytest.raises(ModelError, match=r"attention|cannot be used"):
        _ = opened(tmp_path).config


@pytest.mark.parametrize("where", ["num_hidden_layers", "backbone_config"])
def test_more_layers_than_any_model_has_are_refused_before_lists_are_made_of_them(tmp_path, where):
    values = {"num_hidden_layers": 10**9} if where == "backbone_config" else 10**9
    (tmp_path / CONFIG).write_text(json.dumps({"model_type": "vitpose", where: values}))
    checkpoint = opened(tmp_path)
    with pytest.raises(ModelError, match="num_hidden_layers is 1000000000"):
        _ = checkpoint.config


def test_a_configuration_nested_without_end_is_one_named_error(tmp_path):
    (tmp_path / CONFIG).write_text("[" * 100_000)
    with pytest.raises(WeightsError, match="is not JSON"):
        opened(tmp_path)
