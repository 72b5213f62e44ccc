"""A published checkpoint: a folder in the Hugging Face format, checked before anything is built from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from vitpose_live.errors import ModelError, VitposeLiveError, WeightsError
from vitpose_live.models import hub
from vitpose_live.models.catalog import ModelRow

_FORMAT = "a checkpoint is a folder in the Hugging Face format"
_VALUE_ERRORS = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, ZeroDivisionError, OverflowError, ImportError,
)  # fmt: skip
"""What numbers of the wrong kind, size or length end in, deep inside transformers and torch."""
_SAMPLE = 4096
_COUNTS = ("layers", "experts")
_MOST = 256
"""Bytes read at each of 64 places of a weights file to tell it from another of the same size."""


@dataclass(frozen=True)
class Checkpoint:
    """A folder with a configuration and safetensors weights.

    Parameters
    ----------
    name
        What the user calls it.
    folder
        Where it lies.
    raw
        ``config.json`` as it is: what differs from the architecture's defaults.
    preprocessor
        ``preprocessor_config.json``; empty when there is none.
    """

    name: str
    folder: Path
    raw: Mapping[str, Any]
    preprocessor: Mapping[str, Any]

    @property
    def model_type(self) -> str:
        """The architecture as transformers names it, such as ``"vitpose"``."""
        return str(self.raw.get("model_type", "unknown"))

    @cached_property
    def weights(self) -> tuple[Path, ...]:
        """The safetensors files, each of the length that its header announces.

        Raises
        ------
        WeightsError
            When there is none, or one is truncated.
        """
        files = hub.weight_files(self.folder)
        if not files:
            raise WeightsError(
                f"{self.name}: no safetensors weights in {self.folder}",
                hint="other formats are not read, because they can carry code; "
                "`vitpose-live models convert` takes the original ViTPose files",
            )
        for file in files:
            hub.check_safetensors(file)
        return files

    @cached_property
    def key(self) -> str:
        """Tells these weights and this configuration from any others; changes when a file does."""
        digest = hashlib.sha256(json.dumps([self.raw, self.preprocessor], sort_keys=True).encode())
        for file in self.weights:
            status = file.stat()
            digest.update(f"{file.name} {status.st_size} {status.st_mtime_ns}".encode())
            with file.open("rb") as stream:
                for place in range(64):
                    stream.seek(status.st_size * place // 64)
                    digest.update(stream.read(_SAMPLE))
        return digest.hexdigest()[:32]

    @cached_property
    def config(self) -> Any:
        """The configuration with the architecture's defaults filled in: a transformers ``PreTrainedConfig``.

        Raises
        ------
        ModelError
            When transformers does not know the architecture or refuses the values.
        """
        from transformers import AutoConfig  # noqa: PLC0415  seconds to import, and not needed for a cached network

        self._refuse_endless_lists(self.raw)
        try:
            config = AutoConfig.from_pretrained(self.folder, local_files_only=True, trust_remote_code=False)
        except _load_errors() as error:
            raise ModelError(
                f"{self.name}: {self.folder / hub.CONFIG} cannot be used: {_told(error)}",
                hint="the file must be a configuration that transformers knows",
            ) from error
        self._refuse_foreign_attention(config)
        return config

    def _refuse_endless_lists(self, values: Mapping[str, Any]) -> None:
        """Refuse what transformers would spend minutes and gigabytes on, as it makes a list with a name for each."""
        for key, value in values.items():
            if isinstance(value, dict):
                self._refuse_endless_lists(value)
            elif key.endswith(_COUNTS) and isinstance(value, int) and value > _MOST:
                raise ModelError(
                    f"{self.name}: {self.folder / hub.CONFIG} cannot be used: {key} is {value}",
                    hint=f"models have at most {_MOST}; the file is damaged",
                )

    def load(self, model_class: Any) -> Any:
        """Return the network with its weights, in fp32, ready for inference.

        Parameters
        ----------
        model_class
            A transformers class with ``from_pretrained``.

        Raises
        ------
        WeightsError
            When a tensor is missing or of another shape than the configuration says; the first is named.
        ModelError
            When the class cannot be built from the configuration.
        """
        import torch  # noqa: PLC0415
        from transformers.utils import logging  # noqa: PLC0415

        logging.disable_progress_bar()
        logging.set_verbosity_error()  # what it would say of the weights is checked below
        config, _ = self.config, self.weights
        try:
            network, report = model_class.from_pretrained(
                self.folder,
                config=config,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
            )
        except ImportError as error:
            raise ModelError(
                f"{self.name} needs a package that is not installed: {_one_line(str(error))}",
                hint="install it, or use another model",
            ) from error
        except _load_errors() as error:
            raise WeightsError(
                f"{self.name}: its weights cannot be loaded: {_told(error)}",
                hint="a package that it names may be missing, or its files do not belong together; get it again",
            ) from error
        self._complain_of(report)
        return network.eval().requires_grad_(requires_grad=False)

    def _refuse_foreign_attention(self, config: Any) -> None:
        """Refuse kernels that would be downloaded and run."""
        parts = (config, getattr(config, "backbone_config", None))
        named = {getattr(part, "_attn_implementation", None) for part in parts} | {
            values.get(key)
            for values in (self.raw, self.raw.get("backbone_config"))
            if isinstance(values, Mapping)
            for key in ("_attn_implementation", "attn_implementation")
        }
        if foreign := named - {None, "eager", "sdpa"}:
            raise ModelError(
                f"{self.name}: its configuration asks for attention kernels of others: {foreign.pop()!r:.80}",
                hint="remove attn_implementation from its config.json",
            )

    def _complain_of(self, report: Mapping[str, Any]) -> None:
        hint = f"the weights in {self.folder} do not belong to its {hub.CONFIG}; get both again"
        for key, found, expected in sorted(report["mismatched_keys"]):
            raise WeightsError(
                f"{self.name}: tensor {key} is {tuple(found)}, the configuration wants {tuple(expected)}", hint=hint
            )
        if report["missing_keys"]:
            # transformers would go on with random numbers there
            first, *others = sorted(report["missing_keys"])
            more = f", and {len(others)} more" if others else ""
            raise WeightsError(f"{self.name}: tensor {first} is missing{more}", hint=hint)


def open_checkpoint(row: ModelRow) -> Checkpoint:
    """Find the files of `row`, downloading them if they are not here yet.

    Raises
    ------
    WeightsError
        When they cannot be found or downloaded, or the folder is not a checkpoint.
    """
    if row.folder is not None:
        folder = row.folder
    else:
        assert row.repository is not None
        folder = hub.cached(row.repository, row.revision) or hub.download(row.repository, row.revision)
    return Checkpoint(row.name, folder, _json(row.name, folder / hub.CONFIG), _json_if_there(row.name, folder))


def _json_if_there(name: str, folder: Path) -> Mapping[str, Any]:
    path = folder / hub.PREPROCESSOR
    return _json(name, path) if path.exists() else {}


def _json(name: str, path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(f"{name}: {path} is missing", hint=_FORMAT) from error
    except OSError as error:
        raise WeightsError(f"{name}: cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{name}: {path} is not JSON: {error}", hint="delete it and get the model again") from error
    if not isinstance(content, dict):
        raise WeightsError(f"{name}: {path} holds no configuration", hint=_FORMAT)
    return content


@contextmanager
def usable_values(name: str) -> Iterator[None]:
    """Translate what goes wrong when something is built from the values in a checkpoint's files."""
    try:
        yield
    except VitposeLiveError:
        raise
    except (*_VALUE_ERRORS, RuntimeError) as error:
        raise ModelError(
            f"{name}: a value in its configuration cannot be used: {_told(error)}",
            hint="its config.json or preprocessor_config.json is damaged or of a kind that is not supported",
        ) from error


def _load_errors() -> tuple[type[Exception], ...]:
    """Everything transformers and safetensors raise on files that are not what they say."""
    from huggingface_hub.errors import StrictDataclassError  # noqa: PLC0415
    from safetensors import SafetensorError  # noqa: PLC0415

    return (*_VALUE_ERRORS, OSError, RuntimeError, StrictDataclassError, SafetensorError)


def _told(error: Exception) -> str:
    """Return what `error` is and says, on one line."""
    text = _one_line(str(error))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _one_line(text: str) -> str:
    """Return the first 200 letters of `text`, without line breaks."""
    return " ".join(text.split())[:200]
