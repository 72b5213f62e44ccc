"""Models the catalogue does not list: repositories, folders, files, and what is none of them."""

from pathlib import Path

import pytest

from vitpose_live.errors import ModelError, UnknownNameError
from vitpose_live.models.catalog import ModelKind, find


@pytest.fixture
def model(tmp_path, monkeypatch):
    """Return a folder in the Hugging Face format below the current one."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "models" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"")
    return folder


@pytest.mark.parametrize(("kind", "architecture"), [(ModelKind.POSE, "vitpose"), (ModelKind.DETECTOR, "detr")])
def test_another_repository_is_a_model_of_the_kind_asked_for(kind, architecture):
    row = find("someone/some.thing-1", kind)
    assert (row.name, row.repository, row.revision) == ("someone/some.thing-1", "someone/some.thing-1", "main")
    assert (row.kind, row.architecture) == (kind, architecture)
    assert row.licence == "unknown"
    assert row.origin == "https://huggingface.co/someone/some.thing-1"
    assert row.parameters is row.average_precision is row.skeleton is row.folder is row.download_bytes is None


@pytest.mark.parametrize(
    ("name", "repository", "revision"),
    [
        ("someone/something@v1.0", "someone/something", "v1.0"),
        ("someone/something@refs/pr/1", "someone/something", "refs/pr/1"),
        ("usyd-community/vitpose-plus-base@0123abc", "usyd-community/vitpose-plus-base", "0123abc"),
        ("vitpose-plus-base@0123abc", "usyd-community/vitpose-plus-base", "0123abc"),
    ],
)
def test_a_revision_can_be_asked_for(name, repository, revision):
    row = find(name, ModelKind.POSE)
    assert (row.name, row.repository, row.revision) == (name, repository, revision)
    assert (row.parameters is None) == (repository == "someone/something")


@pytest.mark.parametrize("name", ["someone/something@", "vitpose-plus-base@", "movenet-thunder@main"])
def test_a_revision_of_nothing_is_no_name(name):
    with pytest.raises(UnknownNameError):
        find(name, ModelKind.POSE)


@pytest.mark.parametrize("spelling", ["models/mine", "./models/mine", "models/mine/", "models/mine/model.safetensors"])
def test_a_local_folder_or_its_weights_is_a_model(model, spelling):
    row = find(spelling, ModelKind.POSE)
    assert row.folder == model
    assert row.folder.is_absolute()
    assert (row.name, row.architecture, row.licence) == (spelling, "vitpose", "unknown")
    assert (row.repository, row.download_bytes) == (None, 0)
    assert row.facts()["folder"] == row.origin == str(model)
    assert "local" in row.columns()
    assert find(str(model), ModelKind.DETECTOR).architecture == "detr"


def test_a_folder_of_the_home_is_found(model, monkeypatch):
    monkeypatch.setenv("HOME", str(model.parent))
    monkeypatch.setenv("USERPROFILE", str(model.parent))
    assert find("~/mine", ModelKind.POSE).folder == model


def test_a_folder_wins_over_a_repository_but_not_over_a_name(model):
    for name in ("usyd-community/vitpose-base", "vitpose-base"):
        Path(name).mkdir(parents=True)
        Path(name, "config.json").write_text("{}")
    assert find("usyd-community/vitpose-base", ModelKind.POSE).folder == Path("usyd-community/vitpose-base").resolve()
    assert find("vitpose-base", ModelKind.POSE).folder is None


@pytest.mark.parametrize("name", ["someone/something", "models/mine"])
def test_without_a_kind_nobody_knows_what_a_foreign_model_does(model, name):
    with pytest.raises(ModelError, match="detector or a pose model"):
        find(name)


@pytest.mark.parametrize("name", ["vitpose.pth", "last.PT", "pytorch_model.bin"])
def test_an_original_checkpoint_is_to_be_converted(model, name):
    (model / name).write_bytes(b"")
    with pytest.raises(ModelError, match=name) as caught:
        find(f"models/mine/{name}", ModelKind.POSE)
    assert caught.value.hint.startswith("convert it first: vitpose-live models convert models")
    assert caught.value.hint.endswith(f"{name} --out DIR")


@pytest.mark.parametrize("name", ["model.onnx", "model.xml", "notes.txt"])
def test_other_files_are_refused_with_what_is_read(model, name):
    (model / name).write_bytes(b"")
    with pytest.raises(ModelError, match=name) as caught:
        find(f"models/mine/{name}", ModelKind.POSE)
    assert "config.json" in caught.value.hint


@pytest.mark.parametrize("name", ["models", "models/model.safetensors", "."])
def test_a_folder_without_a_configuration_is_told_what_it_lacks(model, name):
    (model.parent / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelError, match=r"has no config\.json"):
        find(name, ModelKind.POSE)


@pytest.mark.parametrize(
    "name",
    [
        "./here", "../there", "/no/such/folder", "~/nothing", "~nobody/x", "C:\\models\\a", "a/b/c", "a/b/", "m.onnx",
        "a/b.pth",
    ],
)  # fmt: skip
def test_a_path_that_leads_nowhere_is_said_to(model, name):
    with pytest.raises(ModelError, match="there is no model at") as caught:
        find(name, ModelKind.POSE)
    assert not isinstance(caught.value, UnknownNameError)
    assert caught.value.hint
