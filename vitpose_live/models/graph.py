"""A network before it runs anywhere: what it computes, and what must be known to run or to convert it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Graph:
    """A network in torch, ready to run or to be converted.

    Parameters
    ----------
    module
        Takes one tensor with the batch as its first dimension; returns a tuple of tensors of the same batch.
    example
        An input of batch 1, on the CPU.
    outputs
        Names of the outputs.
    facts
        What callers must know of the network without loading its weights again; goes through JSON.
    precise
        Modules of it whose own weights stay in fp32 whatever the precision; those inside them are not meant.
    calibration
        Yields inputs of batch 1 such as it will see, NumPy arrays, by which it can be brought to int8; None where int8
        would cost too much accuracy.
    autocast
        Whether half precision must be left to torch's autocast, because half weights would overflow.
    """

    module: torch.nn.Module
    example: torch.Tensor
    outputs: tuple[str, ...]
    facts: Mapping[str, Any] = field(default_factory=dict)
    precise: frozenset[torch.nn.Module] = frozenset()
    calibration: Callable[[], Iterator[Any]] | None = None
    autocast: bool = False
