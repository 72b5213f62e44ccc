"""Networks that torch runs: in which numbers, in which order, and how a batch is cut up; on the CPU, without a GPU."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import torch

from vitpose_live.errors import DeviceError
from vitpose_live.models import torch_runtime
from vitpose_live.models.device import Device, Precision, Runtime
from vitpose_live.models.graph import Graph
from vitpose_live.models.torch_runtime import TorchNetwork, _Recording

CPU, TORCH = Device(Runtime.CPU), Device(Runtime.TORCH, "cpu")


class Rows(torch.nn.Module):
    """Tells rows apart, and remembers what it was given."""

    def __init__(self):
        super().__init__()
        self.wide = torch.nn.Linear(4, 4)
        self.norm = torch.nn.LayerNorm(4)
        self.register_buffer("scale", torch.full((4,), 2.0))
        self.register_buffer("count", torch.tensor(3))
        self.requires_grad_(requires_grad=False)
        self.seen = []

    def forward(self, inputs):
        wide = self.wide(inputs.to(self.wide.weight.dtype))
        self.seen.append((tuple(inputs.shape), wide.dtype))
        return wide, inputs.float() * self.scale.float() + self.count


def network(module=None, precision=Precision.FP32, device=TORCH, max_batch=16, **graph):
    torch.manual_seed(0)
    module = module or Rows()
    parts = Graph(module, torch.zeros(1, 4), ("wide", "scaled"), facts={"size": [4]}, **graph)
    return TorchNetwork("model", parts, device, precision, max_batch=max_batch)


def inputs(n, seed=0):
    return torch.rand(n, 4, generator=torch.Generator().manual_seed(seed))


# --- what it says of itself ---


@pytest.mark.parametrize("device", [CPU, TORCH])
@pytest.mark.parametrize(("asked", "real"), [("auto", "fp32"), ("fp32", "fp32"), ("bf16", "bf16")])
def test_it_says_where_and_in_what_it_computes(device, asked, real):
    it = network(device=device, precision=Precision(asked))
    assert (it.device, it.precision, it.torch_device, it.facts) == ("cpu", real, torch.device("cpu"), {"size": [4]})


@pytest.mark.parametrize("device", [CPU, TORCH])
@pytest.mark.parametrize(("precision", "words"), [("int8", "model runs in int8 only with OpenVINO"), ("fp16", "fp16")])
def test_what_a_device_does_not_compute_is_refused(device, precision, words):
    with pytest.raises(DeviceError, match=words) as caught:
        network(device=device, precision=Precision(precision))
    assert "auto" in caught.value.hint


@pytest.mark.parametrize(("native", "precision", "said"), [(False, "bf16", 1), (True, "bf16", 0), (False, "fp32", 0)])
def test_bf16_that_is_slower_is_said(monkeypatch, native, precision, said):
    monkeypatch.setattr(torch_runtime, "native_bf16", lambda: native)
    notices = network(precision=Precision(precision)).notices
    assert len(notices) == said
    assert all("bf16 is slower here than fp32" in notice for notice in notices)


# --- in which numbers ---


def test_outputs_are_named_and_are_float32_whatever_the_precision():
    rows = inputs(3)
    exact = network()(rows)
    rough = network(precision=Precision.BF16)(rows)
    assert list(exact) == list(rough) == ["wide", "scaled"]
    for name in exact:
        assert exact[name].dtype == rough[name].dtype == torch.float32
        assert exact[name].shape == (3, 4)
        assert not exact[name].requires_grad
    assert 0 < (exact["wide"] - rough["wide"]).abs().max() < 0.02


def test_in_fp32_it_computes_what_the_module_computes():
    rows = inputs(5)
    it = network()
    torch.manual_seed(0)
    wide, scaled = Rows()(rows)
    found = it(rows)
    torch.testing.assert_close(found["wide"], wide, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(found["scaled"], scaled, rtol=0, atol=0)


def test_half_precision_takes_all_floating_point_weights_and_no_others():
    module = Rows()
    network(module, Precision.BF16)
    assert {name: tensor.dtype for name, tensor in module.state_dict().items()} == {
        "wide.weight": torch.bfloat16, "wide.bias": torch.bfloat16, "norm.weight": torch.bfloat16,
        "norm.bias": torch.bfloat16, "scale": torch.bfloat16, "count": torch.int64,
    }  # fmt: skip


def test_precise_modules_keep_their_own_weights_and_those_inside_them_do_not():
    module = Rows()
    network(module, Precision.BF16, precise=frozenset({module, module.norm}))
    assert module.scale.dtype == module.norm.weight.dtype == module.norm.bias.dtype == torch.float32
    assert module.wide.weight.dtype == module.wide.bias.dtype == torch.bfloat16


def test_what_needs_autocast_keeps_its_weights_and_computes_in_half_precision():
    module = Rows()
    it = network(module, Precision.BF16, autocast=True)
    found = it(inputs(2))
    assert {tensor.dtype for tensor in module.parameters()} == {torch.float32}
    assert [dtype for _, dtype in module.seen] == [torch.bfloat16] * 2
    assert found["wide"].dtype == torch.float32
    assert it.precision == "bf16"
    assert not torch.is_autocast_enabled("cpu")


def test_in_fp32_nothing_is_left_to_autocast():
    module = Rows()
    network(module, autocast=True)(inputs(1))
    assert [dtype for _, dtype in module.seen] == [torch.float32]


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32, torch.int64])
def test_inputs_may_be_pixels(dtype):
    rows = torch.tensor([[0, 1, 128, 255], [9, 8, 7, 6]], dtype=dtype)
    torch.testing.assert_close(network()(rows)["scaled"], rows.float() * 2 + 3, rtol=0, atol=0)


# --- how a batch is cut up ---


@pytest.mark.parametrize("n", [1, 2, 7])
def test_on_the_cpu_rows_go_one_by_one_and_come_back_in_order(n):
    module = Rows()
    rows = inputs(n)
    found = network(module)(rows)
    assert [shape for shape, _ in module.seen] == [(1, 4)] * n
    torch.testing.assert_close(found["scaled"], rows * 2 + 3, rtol=0, atol=0)


def test_a_rows_result_does_not_depend_on_the_others():
    it = network(precision=Precision.BF16)
    rows = inputs(6)
    together = it(rows)["wide"]
    alone = torch.cat([it(row[None])["wide"] for row in rows])
    assert torch.equal(together, alone)


@pytest.mark.parametrize("n", [1, 4, 5, 8, 11])
def test_elsewhere_they_go_in_batches_and_come_back_in_order(n):
    module = Rows()
    it = network(module)
    it._max_batch = 4  # as on MPS
    rows = inputs(n)
    torch.testing.assert_close(it(rows)["scaled"], rows * 2 + 3, rtol=0, atol=0)
    sizes = [shape[0] for shape, _ in module.seen]
    assert sizes == [4] * (n // 4) + [n % 4] * (n % 4 > 0)


# --- what is recorded for a CUDA device, with recordings that run on the CPU ---


class Replays:
    """Records on the CPU as `TorchNetwork` does on CUDA: places in memory that each replay reads and writes."""

    def __init__(self, it, monkeypatch, before_replay=lambda: None):
        self.sizes, self.it, self.before_replay = [], it, before_replay
        it._pool, it._max_batch = object(), 16
        monkeypatch.setattr(it, "_record", self.record)

    def record(self, size, rows):
        self.sizes.append(size)
        place = torch.zeros((size, *rows.shape[1:]), dtype=rows.dtype)
        outputs = self.it._compute(place)

        def replay():
            self.before_replay()
            for output, now in zip(outputs, self.it._compute(place), strict=True):
                output.copy_(now)

        made = _Recording(SimpleNamespace(replay=replay), place, outputs)
        self.it._recordings[(size, *rows.shape[1:])] = made
        return made


def test_sizes_are_powers_of_two_and_each_is_recorded_once(monkeypatch):
    it = network()
    replays = Replays(it, monkeypatch)
    for n in range(1, 41):
        rows = inputs(n, seed=n)
        found = it(rows)
        torch.testing.assert_close(found["scaled"], rows * 2 + 3, rtol=0, atol=0)
    assert sorted(replays.sizes) == [1, 2, 4, 8, 16]
    for n in (3, 16, 1, 33, 8, 20, 5):
        rows = inputs(n, seed=n)
        torch.testing.assert_close(it(rows)["scaled"], rows * 2 + 3, rtol=0, atol=0)
    assert len(replays.sizes) == 5


def test_the_smallest_size_that_holds_the_rows_is_taken(monkeypatch):
    for n, size in [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (9, 16), (16, 16)]:
        it = network()
        replays = Replays(it, monkeypatch)
        it(inputs(n))
        assert replays.sizes == [size]


def test_a_batch_that_was_halved_is_not_recorded_larger(monkeypatch):
    it = network()
    replays = Replays(it, monkeypatch)
    it._max_batch = 8
    rows = inputs(19)
    torch.testing.assert_close(it(rows)["scaled"], rows * 2 + 3, rtol=0, atol=0)
    assert sorted(replays.sizes) == [4, 8]


def test_pictures_of_another_size_have_recordings_of_their_own(monkeypatch):
    class Any(torch.nn.Module):
        def forward(self, rows):
            return rows * 2, rows + 1

    it = network(Any())
    replays = Replays(it, monkeypatch)
    for shape in [(2, 3, 5), (2, 5, 3), (2, 3, 5)]:
        rows = torch.rand(shape)
        torch.testing.assert_close(it(rows)["scaled"], rows + 1)
    assert replays.sizes == [2, 2]


def test_answers_stay_as_they_are_when_the_next_ones_come(monkeypatch):
    it = network()
    Replays(it, monkeypatch)
    first = it(inputs(3, seed=1))
    before = {name: output.clone() for name, output in first.items()}
    it(inputs(3, seed=2))
    it(inputs(4, seed=3))
    for name, output in first.items():
        assert torch.equal(output, before[name])


def test_what_is_left_in_the_padding_changes_nothing(monkeypatch):
    it = network(precision=Precision.BF16)
    Replays(it, monkeypatch)
    rows = inputs(3)
    clean = it(rows)
    it(torch.full((4, 4), float("nan")))
    after = it(rows)
    for name in clean:
        assert torch.equal(clean[name], after[name])


def test_threads_that_share_a_recording_get_each_their_own_answer(monkeypatch):
    both = threading.Barrier(2)

    def meet():
        with contextlib.suppress(threading.BrokenBarrierError):
            both.wait(0.3)  # they meet here where they do not take turns

    it = network()
    Replays(it, monkeypatch, meet)
    one, other = inputs(2, seed=1), inputs(2, seed=2)
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(it, [one, other]))
    for rows, answers in zip((one, other), found, strict=True):
        torch.testing.assert_close(answers["scaled"], rows * 2 + 3, rtol=0, atol=0)


# --- how it is recorded, with a stand-in for torch.cuda ---


class Recorder:
    """Takes the place of `torch.cuda.graph`, and remembers how it was used."""

    def __init__(self):
        self.uses, self.inside, self.most = [], 0, 0
        self.other = threading.Barrier(2)

    @contextlib.contextmanager
    def graph(self, cuda_graph, pool=None, stream=None, capture_error_mode="global"):
        self.uses.append((pool, stream, capture_error_mode))
        self.inside += 1
        with contextlib.suppress(threading.BrokenBarrierError):
            self.other.wait(0.2)  # another recording meets it here if it does not wait for its turn
        self.most = max(self.most, self.inside)
        yield
        self.inside -= 1


@pytest.fixture
def recorder(monkeypatch):
    recorder = Recorder()
    nothing = contextlib.nullcontext
    stream = SimpleNamespace(wait_stream=lambda other: None)
    stands_in = {
        "graph": recorder.graph,
        "CUDAGraph": lambda: SimpleNamespace(replay=lambda: None),
        "Stream": lambda device: SimpleNamespace(wait_stream=lambda other: None),
        "current_stream": lambda *device: stream,
        "stream": lambda stream: nothing(),
        "device": lambda device: nothing(),
    }
    for name, stand_in in stands_in.items():
        monkeypatch.setattr(torch.cuda, name, stand_in)
    return recorder


def recording():
    """Return a network that records as on CUDA."""
    it = network()
    it._pool, it._max_batch = object(), 16
    return it


def test_everything_is_recorded_on_one_stream_and_other_threads_are_let_go_on(recorder):
    one, other = recording(), recording()
    for n in (1, 2, 9):
        one(inputs(n))
        other(inputs(n))
    pools, streams, modes = zip(*recorder.uses, strict=True)
    assert set(modes) == {"thread_local"}
    # a stream of its own would cost each recording a workspace, and torch's default one lies on the first device used
    assert len({id(stream) for stream in streams}) == 1
    assert streams[0] is not None
    assert pools == (one._pool, other._pool) * 3


def test_one_graph_is_recorded_at_a_time(recorder):
    """As CUDA wants it: a recording ends when another thread waits for the device, and each begins with that."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda it: it(inputs(1)), [recording(), recording()]))
    assert len(recorder.uses) == 2
    assert recorder.most == 1


# --- what it leaves behind ---


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.BF16])
def test_torchs_settings_are_the_same_afterwards(precision):
    def settings():
        backends = torch.backends
        return (
            backends.cudnn.enabled, backends.cudnn.benchmark, backends.cudnn.deterministic,
            backends.cudnn.conv.fp32_precision, backends.cuda.matmul.fp32_precision,
            torch.get_float32_matmul_precision(), torch.is_grad_enabled(), torch.is_inference_mode_enabled(),
            torch.is_autocast_enabled("cpu"), torch.get_default_dtype(),
        )  # fmt: skip

    before = settings()
    network(precision=precision)(inputs(2))
    assert settings() == before
    with pytest.raises(RuntimeError, match="shapes"):
        network(precision=precision)(torch.rand(2, 5))
    assert settings() == before
