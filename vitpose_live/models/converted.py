"""Networks converted from torch to OpenVINO, and the folder where the converted files are kept.

Converting takes seconds and needs torch; a kept file is compiled in under a second without it. A file is only trusted
when its checksum is right, because OpenVINO takes a damaged one without noticing and computes wrong results from it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import shutil
import tempfile
import warnings
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from vitpose_live.errors import ModelError
from vitpose_live.machine import available_cores
from vitpose_live.models.device import Device, Precision
from vitpose_live.models.graph import Graph
from vitpose_live.models.openvino_runtime import OpenVinoNetwork, openvino

_KEEP_BYTES = 6 << 30
"""Room for the converted files; the longest unused go first."""
_FORMAT = 1
"""Counts changes of what is kept; others' files are left alone and made again."""
_FRONTEND_FAILURES = tuple(
    getattr(openvino.frontend, name) for name in dir(openvino.frontend) if name.endswith("Failure")
)
"""What OpenVINO's reader of torch modules raises; they have no base class of their own."""
_NETWORK, _NUMBERS, _FACTS, _CHECKSUM = "network.xml", "network.bin", "facts.json", "checksum"


class ConvertedNetwork:
    """A network that OpenVINO runs, converted from torch once and kept.

    Parameters
    ----------
    name
        The model's name, for errors.
    key
        Tells the network from any other: the name of its folder.
    make
        Builds the network in torch; called only when it is not kept yet.
    device, precision
        As for `OpenVinoNetwork`.

    Raises
    ------
    DeviceError
        When the device is not there or does not compute in that precision.
    ModelError
        When the network cannot be converted or compiled.
    """

    torch_device = None

    def __init__(self, name: str, key: str, make: Callable[[], Graph], device: Device, precision: Precision) -> None:
        self.notices: tuple[str, ...] = ()
        in_int8 = precision is Precision.INT8
        parts = (key, *(("int8",) if in_int8 else ()), str(_FORMAT), openvino.__version__.split("-")[0])
        folder = cache_folder() / "-".join(parts)
        kept = _kept(folder)
        if kept is None:
            graph = make()
            network, kept = _convert(name, graph)
            if in_int8:
                network = _quantized(name, network, graph)
            try:
                _keep(folder, network, kept)
                network = folder / _NETWORK
            except OSError as error:
                self.notices = (f"{name}: the converted network cannot be kept in {folder.parent} ({error.strerror})",)
        else:
            network = folder / _NETWORK
            with contextlib.suppress(OSError):  # a read-only cache still works; it only forgets what is in use
                os.utime(folder)
        self.facts: Mapping[str, Any] = kept["facts"]
        others = Precision.AUTO if in_int8 else precision
        # what is large enough to be converted takes most of the time, so it gets every core
        self._network = OpenVinoNetwork(name, network, tuple(kept["shape"]), device, others, available_cores())
        self.device = self._network.device
        self.precision = str(Precision.INT8) if in_int8 else self._network.precision

    def __call__(self, inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Return the outputs by name, float32; `inputs` (n, ...), n at least 1."""
        return self._network(inputs)


def cache_folder() -> Path:
    """Where converted networks are kept; they may be deleted at any time."""
    return user_cache_path("vitpose-live", appauthor=False) / "networks"


def _convert(name: str, graph: Graph) -> tuple[Any, dict[str, Any]]:
    import torch  # noqa: PLC0415

    record: Any = torch.jit.trace
    try:
        with torch.inference_mode(), warnings.catch_warnings():
            # OpenVINO records the module in torch's old way; the shapes it fixes by that are fixed here anyway
            warnings.filterwarnings("ignore", "`torch.jit.trace", DeprecationWarning)
            warnings.filterwarnings("ignore", category=torch.jit.TracerWarning)  # type: ignore[attr-defined]
            # recorded here and once, because OpenVINO would record it again to compare
            recorded = record(_plain(graph.module), graph.example, check_trace=False)
            network = openvino.convert_model(recorded, example_input=graph.example)
    except (RuntimeError, *_FRONTEND_FAILURES) as error:
        lines = str(error).strip().splitlines()
        # OpenVINO's report of unknown operations begins with its own source file
        reason = next((line for line in lines if "No conversion rule" in line), lines[0]).removeprefix("-- ")
        raise ModelError(
            f"OpenVINO cannot convert {name}: {reason}", hint="--device torch:cpu runs it without OpenVINO, slower"
        ) from error
    for output, output_name in zip(network.outputs, graph.outputs, strict=True):
        output.get_tensor().set_names({output_name})
    return network, {"shape": list(graph.example.shape[1:]), "facts": dict(graph.facts)}


def _plain(module: Any) -> Callable[[Any], Any]:
    """Return `module` as a function: of a module, torch would record every attribute, deprecated ones too."""

    def run(inputs: Any) -> Any:
        return module(inputs)

    return run


def _quantized(name: str, network: Any, graph: Graph) -> Any:
    """Return `network` with its large multiplications in int8, their ranges measured on typical inputs."""
    if graph.calibration is None:
        raise ModelError(f"{name} has no int8 form", hint="use --precision auto")
    try:
        import nncf  # noqa: PLC0415  optional, and takes a second
    except ImportError as error:
        raise ModelError("int8 needs the package nncf", hint="pip install 'vitpose-live[int8]'") from error
    inputs = list(graph.calibration())
    nncf.set_log_level(logging.ERROR)
    with contextlib.redirect_stdout(None):  # its progress bars
        return nncf.quantize(
            network, nncf.Dataset(inputs), subset_size=len(inputs), model_type=nncf.ModelType.TRANSFORMER
        )


def _kept(folder: Path) -> dict[str, Any] | None:
    """Return what is known of the network in `folder`; None when there is none, or it is damaged."""
    try:
        if (folder / _CHECKSUM).read_text("ascii") != _checksum(folder):
            return None
        kept: dict[str, Any] = json.loads((folder / _FACTS).read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return kept


def _keep(folder: Path, network: Any, kept: dict[str, Any]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix="draft-", dir=folder.parent))
    try:
        try:
            openvino.save_model(network, draft / _NETWORK, compress_to_fp16=False)
        except RuntimeError as error:  # how OpenVINO says that the disk is full
            raise OSError(0, "it could not be written") from error
        (draft / _FACTS).write_text(json.dumps(kept), "utf-8")
        (draft / _CHECKSUM).write_text(_checksum(draft), "ascii")
        if _kept(folder) is None:  # else another process was faster, and may be reading it
            shutil.rmtree(folder, ignore_errors=True)  # a damaged one
            draft.rename(folder)
    except OSError:
        if _kept(folder) is None:
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _make_room(folder)


def _make_room(newest: Path) -> None:
    """Delete the longest unused networks beyond `_KEEP_BYTES`."""
    with contextlib.suppress(FileNotFoundError):  # another process tidies up, too
        folders = [each for each in newest.parent.iterdir() if each.is_dir() and each != newest]
        room = _KEEP_BYTES - _bytes(newest)
        for each in sorted(folders, key=lambda folder: folder.stat().st_mtime, reverse=True):
            room -= _bytes(each)
            if room < 0:
                shutil.rmtree(each, ignore_errors=True)


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def _checksum(folder: Path) -> str:
    checksum = 0
    for name in (_NETWORK, _NUMBERS, _FACTS):
        with (folder / name).open("rb") as stream:
            while block := stream.read(1 << 22):
                checksum = zlib.crc32(block, checksum)
    return f"{checksum:08x}"
