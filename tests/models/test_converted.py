"""Converted networks: made once, kept, never trusted when damaged, never in the way when they cannot be kept."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from vitpose_live.errors import ModelError
from vitpose_live.models import converted
from vitpose_live.models.converted import ConvertedNetwork
from vitpose_live.models.device import Device, Precision, Runtime
from vitpose_live.models.graph import Graph

ROOT = Path(__file__).parents[2]
FILES = ("network.bin", "network.xml", "facts.json")
INPUTS = np.arange(12, dtype=np.float32).reshape(3, 4) / 10
BOUND = 150


class Tiny(torch.nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.register_buffer("factor", torch.arange(1, 5) * factor)

    def forward(self, inputs):
        return inputs * self.factor, inputs.sum(1)


class Making:
    """Builds a network of ours, and counts how often; `before` is done first."""

    def __init__(self, factor=1.5, before=lambda: None):
        self.factor, self.before, self.times = factor, before, 0

    def __call__(self):
        self.times += 1
        self.before()
        return Graph(Tiny(self.factor), torch.zeros(1, 4), ("scaled", "sum"), {"sizes": [4, 1], "name": "tiny"})

    def right(self, network):
        found = network(INPUTS)
        np.testing.assert_allclose(found["scaled"], INPUTS * np.arange(1, 5) * self.factor, rtol=1e-6)
        np.testing.assert_allclose(found["sum"], INPUTS.sum(axis=1), rtol=1e-6)
        return found["scaled"].dtype == found["sum"].dtype == np.float32


def refuse():
    raise AssertionError("made again")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Return the folder where networks are kept, which is not there yet."""
    folder = tmp_path / "cache" / "networks"
    monkeypatch.setattr(converted, "cache_folder", lambda: folder)
    return folder


def load(make, key="key", precision=Precision.FP32):
    return ConvertedNetwork("tiny", key, make, Device(Runtime.CPU), precision)


def only_folder(cache):
    (folder,) = cache.iterdir()
    return folder


# --- kept and used again ---


def test_it_computes_what_torch_computes_row_by_row(cache):
    make = Making()
    network = load(make)
    assert make.right(network)
    assert (network.device, network.precision, network.torch_device) == ("openvino:CPU", "fp32", None)
    assert network.facts == {"sizes": [4, 1], "name": "tiny"}
    assert network.notices == ()


def test_a_kept_network_needs_nothing_made(cache):
    make = Making()
    first = load(make)
    second = load(refuse)
    assert make.right(second)
    assert (second.facts, second.notices, second.precision) == (first.facts, (), "fp32")
    assert make.times == 1


def test_each_key_has_a_network_of_its_own(cache):
    one, other = Making(1.5), Making(2.5)
    load(one, "one")
    load(other, "other")
    assert one.right(load(refuse, "one"))
    assert other.right(load(refuse, "other"))


@pytest.mark.parametrize("what", ["openvino", "format"])
def test_what_another_version_kept_is_left_alone_and_made_again(cache, monkeypatch, what):
    make = Making()
    load(make)
    with monkeypatch.context() as changed:
        if what == "openvino":
            changed.setattr(converted.openvino, "__version__", "2031.1.0-1-abc")
        else:
            changed.setattr(converted, "_FORMAT", converted._FORMAT + 1)
        load(make)
        assert make.times == 2
        load(refuse)
    assert make.right(load(refuse))
    assert len(list(cache.iterdir())) == 2


def test_int8_is_refused_where_it_would_cost_too_much(cache):
    with pytest.raises(ModelError, match="tiny has no int8 form"):
        load(Making(), precision=Precision.INT8)


def test_what_openvino_cannot_convert_is_an_error_that_says_so(cache):
    class Exotic(torch.nn.Module):
        def forward(self, inputs):
            return (torch.linalg.eigvalsh(inputs),)

    with pytest.raises(ModelError, match=r"^OpenVINO cannot convert tiny: ") as caught:
        load(lambda: Graph(Exotic(), torch.zeros(1, 4, 4), ("values",)))
    assert "torch:cpu" in caught.value.hint
    assert "eigvalsh" in str(caught.value)
    assert "\n" not in str(caught.value)


# --- damage ---


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: flip(path, 5),
        lambda path: flip(path, -2),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(b""),
        Path.unlink,
    ],
    ids=["flipped near the start", "flipped near the end", "truncated", "emptied", "deleted"],
)
def test_a_damaged_file_is_noticed_and_made_again(cache, name, damage):
    make = Making()
    load(make)
    damage(only_folder(cache) / name)
    assert make.right(load(make))
    assert make.times == 2
    assert make.right(load(refuse))


@pytest.mark.parametrize("name", FILES)
def test_no_bit_can_be_flipped_unnoticed(cache, name):
    load(Making())
    path = only_folder(cache) / name
    whole = path.read_bytes()
    for place in range(0, len(whole), 1 if len(whole) < 500 else 7):
        flip(path, place)
        assert converted._kept(path.parent) is None, f"byte {place} of {name}: {whole[place : place + 1]}"
        path.write_bytes(whole)
    assert converted._kept(path.parent) is not None


@pytest.mark.parametrize("text", ["null", "[]", "3", '"text"', "{}", '{"checksum": 0}', "[[[[", "\udcff"])
def test_facts_of_another_kind_are_made_again(cache, text):
    make = Making()
    load(make)
    (only_folder(cache) / "facts.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    load(make)
    assert make.times == 2
    load(refuse)


# --- where nothing can be kept ---


def test_a_cache_that_cannot_be_made_is_said_and_it_runs(cache):
    cache.parent.write_text("a file where the folder should be")
    make = Making()
    for _ in range(2):
        network = load(make)
        assert make.right(network)
        (notice,) = network.notices
        assert notice.startswith(f"tiny: the converted network cannot be kept in {cache} (")
    assert make.times == 2


def test_a_folder_without_permission_is_said_and_what_it_holds_is_used(cache):
    make = Making()
    load(make, "kept")
    cache.chmod(0o555)
    if os.access(cache, os.W_OK):
        pytest.skip("this user may write everywhere")
    try:
        assert load(refuse, "kept").notices == ()
        network = load(make, "new")
        assert make.right(network)
        assert "cannot be kept" in network.notices[0]
    finally:
        cache.chmod(0o755)


def test_a_cache_that_cannot_remember_what_is_used_still_works(cache, monkeypatch):
    def refuse_times(*arguments):
        raise PermissionError(1, "Operation not permitted")

    make = Making()
    load(make)
    monkeypatch.setattr(os, "utime", refuse_times)
    network = load(refuse)
    assert make.right(network)
    assert network.notices == ()


@pytest.mark.parametrize("room", [0, 70, 2000])
def test_a_full_disk_is_said_leaves_nothing_behind_and_it_runs(cache, room):
    """No file may grow beyond `room` bytes: none at all, the numbers or facts alone, or most of the network."""
    resource = pytest.importorskip("resource", reason="limits the size of files, as POSIX systems can")
    make = Making()
    load(make, "before")
    make.times = 0
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        network = load(make, "new")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert make.right(network)
    assert "cannot be kept" in network.notices[0]
    assert [folder.name.partition("-")[0] for folder in cache.iterdir()] == ["before"]
    assert load(make, "new").notices == ()
    assert make.times == 2


# --- several processes ---


def test_what_another_process_was_faster_to_keep_is_left_as_it_is(cache):
    """It may be reading its files at this moment."""
    faster = Making()

    def meanwhile():
        faster.right(load(faster))
        (only_folder(cache) / "facts.json").touch()
        meant.append((only_folder(cache) / "facts.json").stat().st_ino)

    meant = []
    slower = Making(before=meanwhile)
    network = load(slower)
    assert slower.right(network)
    assert network.notices == ()
    assert [(only_folder(cache) / "facts.json").stat().st_ino] == meant


PROCESS = """
import sys
from pathlib import Path
from time import monotonic, sleep
sys.path[:0] = sys.argv[3:]
from models.test_converted import INPUTS, Making, converted, load
cache, meeting = Path(sys.argv[1]), Path(sys.argv[2])
converted.cache_folder = lambda: cache

def meet():
    (meeting / str(id(meeting) ^ __import__("os").getpid())).touch()
    end = monotonic() + 100
    while len(list(meeting.iterdir())) < 2:
        assert monotonic() < end, "the other process did not come"
        sleep(0.01)

make = Making(before=meet)
network = load(make)
assert make.right(network)
assert network.notices == (), network.notices
print("made", make.times)
"""


def test_two_processes_at_once_both_run_and_one_network_is_kept(cache, tmp_path):
    meeting = tmp_path / "meeting"
    meeting.mkdir()
    line = [sys.executable, "-c", PROCESS, str(cache), str(meeting), str(ROOT), str(ROOT / "tests")]
    processes = [subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in processes:
        out, errors = process.communicate(timeout=BOUND)
        assert (process.returncode, out) == (0, "made 1\n"), errors
    assert Making().right(load(refuse))
    only_folder(cache)


# --- room ---


def size_of(folder):
    return sum(file.stat().st_size for file in folder.iterdir())


def folder_of(cache, key):
    (folder,) = cache.glob(f"{key}-*")
    return folder


def test_the_longest_unused_go_when_there_is_no_room(cache, monkeypatch):
    for age, key in enumerate(["newest", "middle", "oldest"]):
        load(Making(), key)
        os.utime(folder_of(cache, key), (10_000 - age, 10_000 - age))
    monkeypatch.setattr(converted, "_KEEP_BYTES", int(3.5 * size_of(folder_of(cache, "oldest"))))
    load(refuse, "oldest")  # used, and so the last to go now
    load(Making(), "added")
    assert sorted(folder.name.partition("-")[0] for folder in cache.iterdir()) == ["added", "newest", "oldest"]
    load(refuse, "oldest")


def test_what_was_just_made_stays_even_where_it_takes_all_the_room(cache, monkeypatch):
    load(Making(), "old")
    monkeypatch.setattr(converted, "_KEEP_BYTES", 1)
    load(Making(), "large")
    assert [folder.name.partition("-")[0] for folder in cache.iterdir()] == ["large"]
    load(refuse, "large")


def test_what_a_killed_process_left_goes_too(cache, monkeypatch):
    draft = cache / "draft-abc"
    draft.mkdir(parents=True)
    (draft / "network.bin").write_bytes(bytes(100_000))
    os.utime(draft, (1, 1))
    monkeypatch.setattr(converted, "_KEEP_BYTES", 100_000)
    load(Making())
    assert only_folder(cache).name.startswith("key-")


def test_with_room_enough_nothing_goes(cache):
    for key in ("one", "two", "three"):
        load(Making(), key)
    for key in ("one", "two", "three"):
        load(refuse, key)


def test_the_facts_are_json_that_says_what_it_is(cache):
    load(Making())
    kept = json.loads((only_folder(cache) / "facts.json").read_text("utf-8"))
    assert kept["shape"] == [4]
    assert kept["facts"] == {"sizes": [4, 1], "name": "tiny"}
