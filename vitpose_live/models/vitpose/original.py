"""Original ViTPose and ViTPose+ release files (.pth), converted into folders in the Hugging Face format.

The files are read without running any code that a pickle can carry, and nothing is written until every tensor fits.
"""

from __future__ import annotations

import json
import pickle
import re
import shutil
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from transformers import VitPoseBackboneConfig, VitPoseConfig

from vitpose_live.data import load_skeleton
from vitpose_live.errors import OutputError, OutputExistsError, WeightsError
from vitpose_live.models.hub import PREPROCESSOR, SINGLE
from vitpose_live.models.vitpose.original_file import OriginalFile
from vitpose_live.models.vitpose.original_layout import ATTENTION_HEADS, DATASETS, SKELETON_KEY, Head, Size

_WEIGHTS_ALONE = (
    "only weights are read, because a pickle can run code; where the file was made, save them alone: "
    "safetensors.torch.save_file(model.state_dict(), 'weights.safetensors')"
)
_DAMAGED = "download the file again"
_UNREADABLE = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    SafetensorError,
    RuntimeError,
    EOFError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    AssertionError,
    MemoryError,
    OverflowError,
)
"""All that torch and safetensors raise on a file that is not what its ending says."""

_PREPROCESSOR = {
    "image_processor_type": "VitPoseImageProcessor",
    "do_affine_transform": True,
    "do_normalize": True,
    "do_rescale": True,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
    "normalize_factor": 200.0,
    "rescale_factor": 1 / 255,
    "size": {"height": 256, "width": 192},
}


def convert_checkpoint(
    checkpoint: Path, out: Path, *, dataset: str | None = None, overwrite: bool = False
) -> tuple[Path, ...]:
    """Write a folder that transformers reads for every data set that a release file has a head for.

    Parameters
    ----------
    checkpoint
        ``.pth`` of the original repository, of all data sets or split into one each, or the same tensors as
        ``.safetensors``.
    out
        The folder to make, with one folder in it for each data set, called ``coco``, ``aic``, ``mpii``, ``ap10k``,
        ``apt36k`` and ``wholebody``.
    dataset
        Convert only this one of them. Where the file has only one head this says which it is; None goes by the number
        of keypoints and, for the three data sets of 17, by the file's name (``ap10k.pth``), else ``coco``.
    overwrite
        Whether folders of those names may be replaced; anything else in `out` is left alone.

    Returns
    -------
    tuple of Path
        The folders written, each with ``config.json``, ``model.safetensors`` (fp32) and ``preprocessor_config.json``.

    Raises
    ------
    WeightsError
        When the file is missing, damaged, wants more than weights to be loaded or does not fit; names the tensor.
    UnknownNameError
        When there is no such `dataset`.
    OutputExistsError
        When `out` holds something and nothing may be replaced.
    OutputError
        When the folders cannot be written; nothing half-written is left.
    """
    _check_target(out, overwrite=overwrite)
    original = OriginalFile(checkpoint.name, _state(checkpoint), dataset)
    with _writing(out):
        # beside or in the target, so that moving a finished folder is one step
        place = out if out.exists() else out.parent
        with TemporaryDirectory(prefix=f".{out.name[:100]}.partial-", dir=place) as staging:
            for head in original.heads:
                _save(original, head, Path(staging) / head.dataset)
            out.mkdir(exist_ok=True)
            return tuple(_moved(Path(staging), out, head.dataset) for head in original.heads)


def _check_target(out: Path, *, overwrite: bool) -> None:
    with _writing(out):
        if not out.exists():
            if not out.absolute().parent.is_dir():
                raise OutputError(f"cannot write {out}: there is no folder {out.parent}", hint="create it first")
        elif not out.is_dir():
            raise OutputError(f"cannot write {out}: it is a file", hint="name a folder")
        elif not overwrite and any(out.iterdir()):
            raise OutputExistsError(
                f"{out} already exists and is not empty",
                hint="name a new folder, or use --overwrite to replace the models in it",
            )


def _save(original: OriginalFile, head: Head, folder: Path) -> None:
    network = original.network(head)
    needed = sum(tensor.nbytes for tensor in network.values())
    free = shutil.disk_usage(folder.parent).free
    if free < needed:
        raise OutputError(
            f"no space for {head.dataset}: {needed / 1e9:.1f} GB needed, {free / 1e9:.1f} GB free",
            hint="free some space or write to another disk",
        )
    folder.mkdir()
    _config(original.size, head).save_pretrained(folder)
    (folder / PREPROCESSOR).write_text(json.dumps(_PREPROCESSOR, indent=2) + "\n", "utf-8")
    safetensors.torch.save_file(network, folder / SINGLE, metadata={"format": "pt"})


def _config(size: Size, head: Head) -> VitPoseConfig:
    skeleton = load_skeleton(DATASETS[head.dataset])
    sizes: dict[str, Any] = {
        "image_size": [256, 192],
        "patch_size": [16, 16],
        "hidden_size": size.width,
        "num_hidden_layers": size.depth,
        "num_attention_heads": ATTENTION_HEADS[size.width],
        "layer_norm_eps": 1e-6,  # the original's; transformers' default is another
        "out_indices": [size.depth],
    }
    facts: dict[str, Any] = {
        "architectures": ["VitPoseForPoseEstimation"],
        "id2label": dict(enumerate(skeleton.keypoints)),
        "label2id": {name: index for index, name in enumerate(skeleton.keypoints)},
        "edges": [list(edge) for edge in skeleton.edges],
        SKELETON_KEY: skeleton.name,
    }
    return VitPoseConfig(
        backbone_config=VitPoseBackboneConfig(**sizes), use_simple_decoder=head.simple, scale_factor=4, **facts
    )


def _moved(staging: Path, out: Path, name: str) -> Path:
    target = out / name
    if target.exists():
        target.rename(staging / f"replaced-{name}")
    return (staging / name).rename(target)


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Translate the errors of writing in the block into `OutputError` on `out`."""
    hint = "write to a place where you have permission and space"
    try:
        yield
    except OutputError:  # OutputExistsError is an OSError too, and has been said already
        raise
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}", hint=hint) from error
    except SafetensorError as error:  # carries the system's error as text
        raise OutputError(f"cannot write {out}: {str(error).rpartition(': ')[2]}", hint=hint) from error


def _state(path: Path) -> Mapping[str, object]:
    """Return the tensors in the file by their original names."""
    content = _loaded(path)
    if isinstance(content, Mapping):
        content = content.get("state_dict", content)
    if not isinstance(content, Mapping) or not all(isinstance(name, str) for name in content):
        raise WeightsError(f"{path} holds no state_dict", hint="expected the tensors of a network by their names")
    return content


def _loaded(path: Path) -> Any:
    try:
        with path.open("rb"):
            pass  # for the system's own words on a file that cannot be opened
        if path.suffix.lower() == ".safetensors":
            return safetensors.torch.load_file(path)
        mappable = zipfile.is_zipfile(path) and _checked(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # on odd files that are refused next
            # mapped, so that a file of several heads never lies in memory whole
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mappable)
    except OSError as error:
        raise WeightsError(
            f"cannot read {path}: {error.strerror or error}", hint="expected a .pth or .safetensors file"
        ) from error
    except _UNREADABLE as error:
        # torch's own message offers to load it unsafely, so none of it is passed on
        forbidden = re.search(r"GLOBAL ([\w.]+)", str(error))
        if forbidden:
            raise WeightsError(f"{path} wants {forbidden[1]} to be loaded", hint=_WEIGHTS_ALONE) from error
        raise WeightsError(f"{path} is damaged or no checkpoint", hint=_DAMAGED) from error


def _checked(path: Path) -> bool:
    """Compare the checksum of every part, which torch does not; return whether the parts lie there uncompressed."""
    with zipfile.ZipFile(path) as archive:
        damaged = archive.testzip()
        if damaged is not None:
            raise WeightsError(f"{path} is damaged: the checksum of {damaged} is wrong", hint=_DAMAGED)
        return all(part.compress_type == zipfile.ZIP_STORED for part in archive.infolist())
