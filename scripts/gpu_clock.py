"""What work on a CUDA device costs: the time on the clock and on the device, launches, memory."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import torch
from bench_models import Times
from torch.profiler import ProfilerActivity, profile

Call = Callable[[], Any]

_LAUNCHES = ("cudaLaunchKernel", "cudaLaunchKernelExC", "cuLaunchKernel", "cuLaunchKernelEx")


def clock_times(calls: Sequence[Call], rounds: int, warm_up: int = 2) -> list[Times]:
    """Return the milliseconds of each call, turn by turn, after some turns that do not count."""
    times: list[Times] = [[] for _ in calls]
    for turn in range(rounds + warm_up):
        for call, seen in zip(calls, times, strict=True):
            torch.cuda.synchronize()
            started = perf_counter()
            call()
            torch.cuda.synchronize()
            if turn >= warm_up:
                seen.append((perf_counter() - started) * 1e3)
    return times


def device_times(calls: Sequence[Call], rounds: int) -> list[Times]:
    """Return the milliseconds that the device is busy with each call, turn by turn, after a warm-up of three."""
    times: list[Times] = [[] for _ in calls]
    event: Any = partial(torch.cuda.Event, enable_timing=True)
    for turn in range(rounds + 3):
        for call, seen in zip(calls, times, strict=True):
            started, ended = event(), event()
            started.record()
            call()
            ended.record()
            ended.synchronize()
            if turn >= 3:
                seen.append(started.elapsed_time(ended))
    return times


def launches(call: Call) -> str:
    """Return how many kernels and graphs `call` launches."""
    call()
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as profiler:
        call()
        torch.cuda.synchronize()
    seen = Counter(event.name for event in profiler.events() or ())
    return f"{sum(seen[name] for name in _LAUNCHES)} + {seen['cudaGraphLaunch']}"


def held_memory() -> int:
    """Give back what nothing uses, start to look for a peak, and return the bytes that torch holds of the device."""
    gc.collect()
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    return torch.cuda.memory_reserved()
