"""Out of memory, or the device lost: a smaller step, said aloud, or a plain error."""

import contextlib
import gc
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from vitpose_live.errors import DeviceError, ModelError
from vitpose_live.models import fallback
from vitpose_live.models.device import Device, Precision, Runtime
from vitpose_live.models.fallback import Fallback

CUDA, MPS, CPU = Device(Runtime.CUDA, "0"), Device(Runtime.MPS), Device(Runtime.CPU)
FP32, FP16, BF16, AUTO = Precision.FP32, Precision.FP16, Precision.BF16, Precision.AUTO

NO_MEMORY = {
    "torch's own": lambda: torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    "the driver's": lambda: torch.AcceleratorError("CUDA error: out of memory"),
    "MPS": lambda: RuntimeError("MPS backend out of memory (MPS allocated: 9.05 GB, max allowed: 9.07 GB)."),
    "cuBLAS": lambda: RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    "cuDNN": lambda: RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
}
LOST = {
    "assert": lambda: torch.AcceleratorError("CUDA error: device-side assert triggered\nCUDA kernel errors might be"),
    "no class": lambda: RuntimeError("CUDA error: an illegal memory access was encountered"),
    "cuBLAS": lambda: RuntimeError("CUDA error: CUBLAS_STATUS_EXECUTION_FAILED when calling `cublasGemmEx`"),
    "cuDNN": lambda: RuntimeError("cuDNN error: CUDNN_STATUS_EXECUTION_FAILED"),
}


class Part:
    """What was built, and how."""

    def __init__(self, device, precision, max_batch):
        self.step = (device, precision, max_batch)
        self.device, self.precision = str(device), str(precision)
        self.notices = (f"runs on {device}",)


COLLECT = gc.collect


@pytest.fixture(autouse=True)
def _every_device_is_here(monkeypatch):
    monkeypatch.setattr(fallback, "resolve", lambda device: device)
    monkeypatch.setattr(gc, "collect", lambda: 0)  # takes a second beside all that tests have imported


@pytest.fixture
def built():
    """The steps for which a part was built, in order."""
    return []


@pytest.fixture
def start(built):
    """Return a function: a model that begins on a device, in a precision, with a batch."""

    def begin(device=CUDA, precision=FP32, max_batch=16, fails=lambda step: None):
        def build(*step):
            built.append(step)
            if error := fails(step):
                raise error
            return Part(*step)

        return Fallback("model", build, device, precision, max_batch)

    return begin


def failing_unless(error, good):
    """Return work that raises `error` on every step but those for which `good` is true."""

    def work(part):
        if not good(part.step):
            raise error()
        return part.step

    return work


def on_the_cpu(step):
    return step[0] == CPU


# --- out of memory ---


@pytest.mark.parametrize("error", NO_MEMORY.values(), ids=NO_MEMORY)
def test_half_the_batch_once_then_half_the_precision_then_the_cpu(start, built, error):
    model = start()
    assert model.run(failing_unless(error, on_the_cpu)) == (CPU, AUTO, 8)
    assert built == [(CUDA, FP32, 16), (CUDA, FP32, 8), (CUDA, FP16, 8), (CPU, AUTO, 8)]


def test_each_step_is_said_in_order_and_what_the_part_says_last(start):
    model = start()
    assert model.notices == ("runs on cuda:0",)
    model.run(failing_unless(NO_MEMORY["torch's own"], on_the_cpu))
    assert model.notices == (
        "model: cuda:0 ran out of memory; goes on with 8 people at a time",
        "model: cuda:0 ran out of memory; goes on in fp16",
        "model: cuda:0 ran out of memory; goes on on the CPU, slower",
        "runs on cpu",
    )


@pytest.mark.parametrize("good", [(CUDA, FP32, 8), (CUDA, FP16, 8)])
def test_the_first_step_that_works_is_kept(start, built, good):
    model = start()
    work = failing_unless(NO_MEMORY["torch's own"], lambda step: step == good)
    assert model.run(work) == good
    steps = len(built)
    assert [model.run(work), model.run(work), model.part.step] == [good] * 3
    assert len(built) == steps


@pytest.mark.parametrize("precision", [AUTO, FP16, BF16])
def test_what_is_half_precision_already_goes_from_half_the_batch_to_the_cpu(start, built, precision):
    start(precision=precision).run(failing_unless(NO_MEMORY["torch's own"], on_the_cpu))
    assert built == [(CUDA, precision, 16), (CUDA, precision, 8), (CPU, AUTO, 8)]


@pytest.mark.parametrize("precision", [AUTO, FP32])
def test_on_mps_auto_is_fp32_so_that_there_is_a_smaller_one(start, built, precision):
    start(MPS, precision).run(failing_unless(NO_MEMORY["MPS"], on_the_cpu))
    assert built == [(MPS, precision, 16), (MPS, precision, 8), (MPS, FP16, 8), (CPU, AUTO, 8)]


def test_a_batch_of_one_cannot_be_halved(start, built):
    start(max_batch=1).run(failing_unless(NO_MEMORY["torch's own"], on_the_cpu))
    assert built == [(CUDA, FP32, 1), (CUDA, FP16, 1), (CPU, AUTO, 1)]


def test_no_memory_to_build_it_is_no_memory(start, built):
    model = start(fails=lambda step: None if on_the_cpu(step) else NO_MEMORY["torch's own"]())
    assert model.part.step == (CPU, AUTO, 8)
    assert len(built) == 4
    assert len(model.notices) == 4


def test_memory_that_runs_out_later_does_not_halve_again(start, built):
    model = start(precision=FP16)
    model.run(failing_unless(NO_MEMORY["torch's own"], lambda step: step[2] == 8))
    model.run(lambda part: part)
    model.run(failing_unless(NO_MEMORY["torch's own"], on_the_cpu))
    assert built == [(CUDA, FP16, 16), (CUDA, FP16, 8), (CPU, AUTO, 8)]


@pytest.mark.parametrize("chained", [False, True])
def test_what_failed_is_gone_before_memory_is_freed_and_the_next_is_built(monkeypatch, chained):
    """Else the old weights would still fill the device while the new ones are made."""
    parts, left = [], []

    def count():
        left.append(sum(part() is not None for part in parts))

    class Watched(Part):
        def __init__(self, *step):
            count()
            super().__init__(*step)
            self.tensors = self  # a cycle, as modules have them
            parts.append(weakref.ref(self))

    def fails(part):
        inputs = [part]  # what a frame of the traceback holds
        raise NO_MEMORY["torch's own"]() if inputs else AssertionError

    def work(part):
        if on_the_cpu(part.step):
            return part.step
        try:
            fails(part)
        except RuntimeError:
            if chained:  # as where the end of a recording fails, too
                raise NO_MEMORY["the driver's"]()  # noqa: B904
            raise

    monkeypatch.setattr(torch.cuda, "empty_cache", count)
    monkeypatch.setattr(gc, "collect", COLLECT)
    gc.disable()  # only what is freed on purpose
    try:
        assert Fallback("model", Watched, CUDA, FP32).run(work) == (CPU, AUTO, 8)
    finally:
        gc.enable()
    assert left == [0] * 7  # four built, three times freed


# --- device lost ---


@pytest.mark.parametrize("error", LOST.values(), ids=LOST)
def test_a_lost_device_is_left_at_once(start, built, error):
    model = start()
    assert model.run(failing_unless(error, on_the_cpu)) == (CPU, AUTO, 16)
    assert built == [(CUDA, FP32, 16), (CPU, AUTO, 16)]
    assert model.notices[0] == "model: cuda:0 was lost; goes on on the CPU, slower"


def test_a_lost_device_has_nothing_to_free(start, monkeypatch):
    def empty_cache():
        raise LOST["assert"]()

    monkeypatch.setattr(torch.cuda, "empty_cache", empty_cache)
    assert start().run(failing_unless(LOST["assert"], on_the_cpu)) == (CPU, AUTO, 16)


# --- what is no trouble of the device's ---


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied (1x3 and 4x5)"),
        RuntimeError("Expected all tensors to be on the same device, but found cuda:0 and cpu"),
        ValueError("CUDA out of memory"),
        ModelError("the model is broken"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("device", [CUDA, CPU])
def test_mistakes_pass_through_and_change_nothing(start, built, error, device):
    model = start(device)
    part = model.part

    def work(part):
        raise error

    with pytest.raises(type(error)) as caught:
        model.run(work)
    assert caught.value is error
    assert model.part is part
    assert model.notices == (f"runs on {device}",)
    assert len(built) == 1


def test_mistakes_pass_through_where_torch_was_never_imported(start, monkeypatch):
    monkeypatch.delitem(sys.modules, "torch")
    with pytest.raises(RuntimeError, match="broken"):
        start(CPU, fails=lambda step: RuntimeError("broken"))


@pytest.mark.parametrize("device", [CPU, Device(Runtime.TORCH, "cpu"), Device(Runtime.OPENVINO, "GPU")])
def test_where_nothing_is_left_it_is_an_error_that_says_so(start, built, device):
    model = start(device)
    error = NO_MEMORY["torch's own"]()

    def work(part):
        raise error

    with pytest.raises(DeviceError, match=f"^model: {device} ran out of memory$") as caught:
        model.run(work)
    assert caught.value.__cause__ is error
    assert caught.value.hint
    assert len(built) == 1


def test_the_cpu_that_fails_too_is_named_and_not_the_device_before_it(start):
    with pytest.raises(DeviceError, match=r"^model: cpu ran out of memory$"):
        start(fails=lambda step: NO_MEMORY["torch's own"]())


# --- threads ---


def test_threads_that_fail_together_fall_back_once(start, built):
    model = start(precision=FP16)
    both = threading.Barrier(2)

    def work(part):
        if part.step[2] == 16:
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(0.3)  # they meet here where they do not take turns
            raise NO_MEMORY["torch's own"]()
        return part.step

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(model.run, [work, work])) == [(CUDA, FP16, 8)] * 2
    assert built == [(CUDA, FP16, 16), (CUDA, FP16, 8)]
