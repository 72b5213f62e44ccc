"""The same answers on a CUDA device, however many people there are, and whatever becomes of its memory."""

import gc
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from models.detr.reference import matched, recipe
from models.vitpose.reference import BOXES, Reference, tracks_of
from random_models import (
    POSE_MODELS,
    detector_config,
    noise_frame,
    peak,
    random_detector,
    random_vitpose,
    save_detector,
    save_vitpose,
)
from transformers import AutoModelForObjectDetection, RTDetrImageProcessorPil, VitPoseImageProcessorPil

from vitpose_live import Frame, load_detector, load_pose_estimator
from vitpose_live.errors import DeviceError
from vitpose_live.models.checkpoint import open_checkpoint
from vitpose_live.models.detr.pictures import scaled_on_device, scaled_on_host
from vitpose_live.models.device import Device, Precision, Runtime
from vitpose_live.models.graph import Graph
from vitpose_live.models.row import ModelKind, ModelRow
from vitpose_live.models.torch_runtime import TorchNetwork
from vitpose_live.models.vitpose.decode import DarkDecoder
from vitpose_live.models.vitpose.estimator import Parts
from vitpose_live.models.vitpose.windows import cut_on_device, cut_on_host, windows_around

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device that torch can use"),
    pytest.mark.timeout(300),
]

ROOT = Path(__file__).parents[2]
CUDA = Device(Runtime.CUDA, "0")
COUNTS = (1, 20, 3, 16, 0, 5, 2, 17, 8, 4, 19, 7, 12, 6, 18, 9, 13, 10, 15, 11, 14)
"""Every number of people from 0 to 20, never the one beside it next."""


@pytest.fixture(scope="module")
def frame():
    return Frame(noise_frame(1280, 720))


@pytest.fixture(scope="module")
def published(tmp_path_factory, frame):
    """Return a function: the folder of a published model, two layers deep, with a peak for each keypoint."""
    made = {}

    def make(name, dataset_index=0):
        if (name, dataset_index) not in made:
            model = random_vitpose(name, 2)
            xywh = np.concatenate([BOXES[:, :2], BOXES[:, 2:] - BOXES[:, :2]], axis=1).astype(np.float64)
            pictures = VitPoseImageProcessorPil()(frame.image, boxes=[xywh.tolist()], return_tensors="pt").pixel_values
            peak(model, pictures, dataset_index)
            made[name, dataset_index] = save_vitpose(model, tmp_path_factory.mktemp(name))
        return made[name, dataset_index]

    return make


@pytest.fixture(scope="module")
def expected(published, frame):
    """Return a function: keypoints and scores of `BOXES` as transformers finds them on the CPU."""
    found = {}

    def find(name, dataset_index=0):
        if (name, dataset_index) not in found:
            reference = Reference(published(name, dataset_index))
            found[name, dataset_index] = reference(frame.image, BOXES, dataset_index)
        return found[name, dataset_index]

    return find


@pytest.fixture(scope="module")
def detectors(tmp_path_factory, frame):
    """Return a function: the folder of a published detector that answers as a trained one does."""
    made = {}

    def make(name):
        if name not in made:
            processor = RTDetrImageProcessorPil()
            pixels = processor(frame.image, return_tensors="pt").pixel_values
            with torch.no_grad():
                model = random_detector(detector_config(name), pixels)
            made[name] = save_detector(model, tmp_path_factory.mktemp(name), processor)
        return made[name]

    return make


def pose(folder, precision="auto", device="cuda", **options):
    return load_pose_estimator(str(folder), device=device, precision=precision, **options)


def people(n):
    return tracks_of(np.resize(BOXES, (n, 4)))


def away(poses, keypoints):
    """Return (n,) how far each person's farthest keypoint is from `keypoints`, those of `BOXES` over and over."""
    distances = np.linalg.norm(poses.keypoints - np.resize(keypoints, poses.keypoints.shape), axis=2)
    return distances.max(axis=1)


def near(poses, keypoints, limit):
    """Check that everybody is within `limit` pixels, or three times that in the last box, with such large cells."""
    distances = away(poses, keypoints)
    whole_frame = np.arange(len(poses)) % len(BOXES) == len(BOXES) - 1
    assert (distances < np.where(whole_frame, 3 * limit, limit)).all(), distances
    assert len(poses) == len(distances)


# --- the numbers ---


def test_auto_takes_the_gpu_and_says_what_it_computes_in(published):
    estimator = pose(published("vitpose-plus-small"), device="auto")
    assert (estimator.device, estimator.precision, estimator.notices) == ("cuda:0", "fp16", ())
    estimator = pose(published("vitpose-plus-small"), "bf16", device="cuda:0")
    assert (estimator.device, estimator.precision, estimator.notices) == ("cuda:0", "bf16", ())


def test_what_it_cannot_be_is_refused(published):
    count = torch.cuda.device_count()
    with pytest.raises(DeviceError, match=f"cuda:{count} is not here"):
        pose(published("vitpose-plus-small"), device=f"cuda:{count}")
    with pytest.raises(DeviceError, match="int8 only on the CPU"):
        pose(published("vitpose-plus-small"), "int8")


@pytest.mark.parametrize("name", POSE_MODELS)
def test_fp32_is_within_a_hundredth_of_a_pixel(published, expected, frame, name):
    keypoints, scores = expected(name)
    poses = pose(published(name), "fp32").estimate(frame, people(5))
    assert away(poses, keypoints).max() < 0.01
    np.testing.assert_allclose(poses.scores, np.clip(scores, 0, 1), atol=1e-3)


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
@pytest.mark.parametrize("name", POSE_MODELS)
def test_half_precision_is_within_a_tenth_of_a_pixel(published, expected, frame, name, precision):
    near(pose(published(name), precision).estimate(frame, people(5)), expected(name)[0], 0.1)


@pytest.mark.parametrize("dataset_index", range(6))
def test_every_expert_answers_as_in_transformers(published, expected, frame, dataset_index):
    folder = published("vitpose-plus-small", dataset_index)
    poses = pose(folder, "fp32", dataset_index=dataset_index).estimate(frame, people(5))
    assert away(poses, expected("vitpose-plus-small", dataset_index)[0]).max() < 0.01


def test_the_flip_test_is_that_of_the_cpu(published, frame):
    folder = published("vitpose-plus-small")
    one, other = (
        pose(folder, "fp32", device=device, flip_test=True).estimate(frame, people(5))
        for device in ("cuda", "torch:cpu")
    )
    # the mirrored picture of a random network has peaks elsewhere: two of equal height may change places
    assert (np.linalg.norm(one.keypoints - other.keypoints, axis=2) < 0.01).mean() > 0.95


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16"])
def test_any_number_of_people_in_any_order(published, expected, frame, precision):
    estimator = pose(published("vitpose-plus-small"), precision)
    keypoints, _ = expected("vitpose-plus-small")
    for n in (*COUNTS, 33):
        near(estimator.estimate(frame, people(n)), keypoints, 0.01 if precision == "fp32" else 0.1)


def test_fp32_means_fp32_even_where_torch_is_set_otherwise_and_leaves_that_as_it_was(published, expected, frame):
    convolutions = torch.backends.cudnn.conv
    before = convolutions.fp32_precision
    convolutions.fp32_precision = "tf32"
    try:
        poses = pose(published("vitpose-base"), "fp32").estimate(frame, people(5))
        assert convolutions.fp32_precision == "tf32"
    finally:
        convolutions.fp32_precision = before
    assert away(poses, expected("vitpose-base")[0]).max() < 0.01


def test_pictures_are_those_of_the_cpu(frame):
    windows = windows_around(BOXES, 192, 256)
    pictures = cut_on_device(torch.from_numpy(frame.image.copy()).cuda(), windows).cpu().numpy()
    difference = np.abs(pictures.astype(int) - cut_on_host(frame.image, windows))
    # a sample that lies between two grey levels may be rounded either way, nothing else
    assert difference.max() <= 1
    assert (difference > 0).mean() < 0.002


def test_places_are_those_of_the_cpu():
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.rand(7, 17, 1, 1, generator=generator) * (side - 1) for side in (48, 64))
    heatmaps = torch.exp(-((torch.arange(48) - x) ** 2 + (torch.arange(64)[:, None] - y) ** 2) / 8)
    decoder = DarkDecoder(64, 48)
    (cpu,) = decoder(heatmaps)
    (cuda,) = decoder.cuda()(heatmaps.cuda())
    torch.testing.assert_close(cuda.cpu(), cpu, rtol=0, atol=1e-3)


@pytest.mark.parametrize("size", [(640, 640), (480, 640), (1000, 2000), (720, 1280)])
def test_scaled_pictures_are_pillows_to_the_bit(frame, size):
    scaled = scaled_on_device(torch.from_numpy(frame.image.copy()).cuda(), size).cpu().numpy()
    np.testing.assert_array_equal(scaled, scaled_on_host(frame.image, size, 2))


@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
def test_the_second_device_answers_as_the_first(published, expected, frame):
    for device in ("cuda:0", "cuda:1"):
        for precision in ("fp32", "fp16"):
            estimator = pose(published("vitpose-plus-small"), precision, device=device)
            assert estimator.device == device
            for n in (5, 1, 12):
                near(estimator.estimate(frame, people(n)), expected("vitpose-plus-small")[0], 0.1)
    assert torch.cuda.current_device() == 0


# --- detectors ---


@pytest.mark.parametrize("name", ["rtdetr-r18", "rtdetr-r50", "rtdetr-v2-r18", "dfine-small"])
def test_people_are_those_of_the_model_card_s_recipe(detectors, frame, name):
    folder = detectors(name)
    detector = load_detector(str(folder), device="cuda", precision="fp32")
    assert (detector.device, detector.precision) == ("cuda:0", "fp32")
    model = AutoModelForObjectDetection.from_pretrained(folder).eval().requires_grad_(requires_grad=False)
    boxes, scores = recipe(model, RTDetrImageProcessorPil.from_pretrained(folder), frame.image)
    boxes = np.clip(boxes, 0, [1280, 720, 1280, 720])
    for _ in range(2):  # recorded, then replayed
        found = detector.detect(frame)
        sure = scores > 0.301  # those within rounding of the threshold may come or go
        assert sure.sum() >= 5
        assert matched(boxes[sure], found.boxes).max() < 0.1
        np.testing.assert_allclose(found.scores[: sure.sum()], scores[sure], atol=1e-3)


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
@pytest.mark.parametrize("name", ["rtdetr-r18", "rtdetr-v2-r18", "dfine-nano"])
def test_half_precision_moves_people_by_little(detectors, frame, name, precision):
    folder = str(detectors(name))
    exact = load_detector(folder, device="cuda", precision="fp32").detect(frame)
    rough = load_detector(folder, device="cuda", precision=precision).detect(frame)
    assert len(exact) > 8
    # in pixels; which of nearly equal candidates are chosen is left to rounding
    assert np.quantile(matched(exact.boxes[:8], rough.boxes), 0.8) < (0.5 if precision == "fp16" else 2)


@pytest.mark.parametrize("precision", [Precision.FP32, Precision.FP16])
def test_a_network_that_waits_for_the_device_in_the_middle_runs_all_the_same(precision):
    """Modules of others may; such a one cannot be recorded."""

    class Waits(torch.nn.Module):
        def forward(self, inputs):
            return (inputs.float() * (2 if inputs.float().mean().item() > 0 else 3),)

    graph = Graph(Waits(), torch.zeros(1, 4), ("scaled",), autocast=True)
    network = TorchNetwork("waits", graph, CUDA, precision, max_batch=16)
    for n in (1, 3):
        rows = torch.rand(n, 4).cuda()
        torch.testing.assert_close(network(rows)["scaled"], rows * 2)
        torch.testing.assert_close(network(-rows)["scaled"], -rows * 3)


# --- a changing number of people ---


def test_nothing_is_recorded_again_and_no_memory_is_taken(published, frame, monkeypatch):
    estimator = pose(published("vitpose-plus-small"))
    for n in COUNTS * 2:
        estimator.estimate(frame, people(n))
    gc.collect()
    before = torch.cuda.memory_allocated(), torch.cuda.memory_reserved()

    def refuse(*arguments, **options):
        raise AssertionError("recorded again")

    monkeypatch.setattr(torch.cuda, "graph", refuse)
    for n in COUNTS * 4:
        estimator.estimate(frame, people(n))
    gc.collect()
    assert (torch.cuda.memory_allocated(), torch.cuda.memory_reserved()) == before


def test_a_model_that_is_dropped_gives_its_memory_back(published, frame):
    def use():
        estimator = pose(published("vitpose-base"))
        for n in (1, 16):
            estimator.estimate(frame, people(n))

    seen = []
    for _ in range(4):
        use()
        gc.collect()
        torch.cuda.empty_cache()
        seen.append(torch.cuda.memory_reserved())
    assert seen[1] == seen[2] == seen[3]


@pytest.mark.filterwarnings("ignore:Synchronization debug mode is a prototype feature:UserWarning")
def test_nothing_waits_for_the_device_before_the_answer_is_copied_back(published, frame):
    parts = pose(published("vitpose-plus-small")).parts
    windows = parts.windows(np.resize(BOXES, (5, 4)))
    parts.locate(frame.image, windows)  # recorded
    torch.cuda.set_sync_debug_mode("error")
    try:
        found = parts.decode(parts.heatmaps(parts.cut(frame.image, windows)))
    finally:
        torch.cuda.set_sync_debug_mode("default")
    np.testing.assert_allclose(found.cpu().numpy(), parts.locate(frame.image, windows), atol=1e-4)


def test_frames_that_are_not_waited_for_do_not_get_mixed_up(published):
    """What a copy reads must stay until the copy is done."""
    parts = pose(published("vitpose-plus-small")).parts
    windows = parts.windows(np.array([[500, 200, 700, 500]], np.float32))
    torch.cuda._sleep(200_000_000)  # the device is busy meanwhile
    pictures = []
    for level in range(1, 121):
        image = np.full((720, 1280, 3), level, np.uint8)
        pictures.append(parts.cut(image, windows))
        image[:] = 255
    assert [int(picture.unique()) for picture in pictures] == list(range(1, 121))


# --- threads ---


def test_models_that_record_in_several_threads_at_once_do_not_disturb_each_other(published, expected, detectors, frame):
    def load():
        return load_detector(str(detectors("rtdetr-r18")), device="cuda", precision="fp32")

    boxes = load().detect(frame).boxes
    wanted = {name: expected(name)[0] for name in ("vitpose-plus-small", "vitpose-base")}
    estimators = [(name, pose(published(name), precision)) for name in wanted for precision in ("fp16", "fp32")]
    looking = [load() for _ in range(3)]
    start = threading.Barrier(len(estimators) + 1)

    def estimate(name, estimator):
        start.wait(60)
        for n in COUNTS * 2:
            near(estimator.estimate(frame, people(n)), wanted[name], 0.1)

    def detect():
        start.wait(60)
        for detector in looking * 10:
            assert matched(boxes, detector.detect(frame).boxes).max() < 0.1

    with ThreadPoolExecutor(len(estimators) + 1) as pool:
        running = [pool.submit(detect), *(pool.submit(estimate, *each) for each in estimators)]
        for each in running:
            each.result()
    assert torch.backends.cudnn.conv.fp32_precision == torch.backends.cudnn.rnn.fp32_precision


def test_threads_that_share_a_model_get_each_their_own_answer(published, frame):
    estimator = pose(published("vitpose-plus-small"), "fp32")
    frames = [frame, Frame(np.ascontiguousarray(frame.image[::-1]))]
    alone = [estimator.estimate(each, people(5)) for each in frames]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda turn: estimator.estimate(frames[turn % 2], people(5)), range(60)))
    for turn, poses in enumerate(together):
        np.testing.assert_array_equal(poses.keypoints, alone[turn % 2].keypoints)


# --- out of memory, and a lost device ---


@pytest.fixture
def limit():
    """Return a function: let torch take that many bytes of the device and no more, until the test ends."""
    _, total = torch.cuda.mem_get_info()
    yield lambda count: torch.cuda.set_per_process_memory_fraction(count / total)
    torch.cuda.set_per_process_memory_fraction(1.0)
    gc.collect()
    torch.cuda.empty_cache()


def test_without_any_memory_the_cpu_goes_on_and_each_step_is_said(published, expected, frame, limit):
    folder = published("vitpose-plus-large")
    keypoints, _ = expected("vitpose-plus-large")
    gc.collect()
    torch.cuda.empty_cache()
    limit(torch.cuda.memory_reserved())
    estimator = pose(folder, "fp32")
    assert estimator.device == "openvino:CPU"
    near(estimator.estimate(frame, people(5)), keypoints, 0.1)
    assert estimator.notices[:3] == (
        f"{folder}: cuda:0 ran out of memory; goes on with 8 people at a time",
        f"{folder}: cuda:0 ran out of memory; goes on in fp16",
        f"{folder}: cuda:0 ran out of memory; goes on on the CPU, slower",
    )


def test_half_the_batch_goes_on_where_the_whole_one_does_not_fit(published, expected, frame, limit):
    folder = published("vitpose-base")
    row = ModelRow("base", ModelKind.POSE, "vitpose", "unknown", "", folder=folder)

    def needed(max_batch):
        parts = Parts(open_checkpoint(row), 0, False, CUDA, Precision.FP16, max_batch)
        torch.cuda.reset_peak_memory_stats()
        parts.locate(frame.image, parts.windows(people(16).boxes))
        return torch.cuda.max_memory_reserved()

    def clean():
        gc.collect()
        torch.cuda.empty_cache()

    sizes = []
    for max_batch in (8, 8, 16):  # the first time the libraries take some for themselves
        clean()
        sizes.append(needed(max_batch))
    clean()
    _, half, whole = sizes
    assert whole - half > 20e6
    limit((half + whole) // 2)
    estimator = pose(folder, "fp16")
    near(estimator.estimate(frame, people(16)), expected("vitpose-base")[0], 0.1)
    assert (estimator.device, estimator.precision) == ("cuda:0", "fp16")
    assert estimator.notices == (f"{folder}: cuda:0 ran out of memory; goes on with 8 people at a time",)
    near(estimator.estimate(frame, people(20)), expected("vitpose-base")[0], 0.1)


DEVICE_LOST = """
import sys
import numpy as np, torch
from vitpose_live import Frame, Tracks, load_detector, load_pose_estimator
folder, detector_folder, image = sys.argv[1:]
frame = Frame(np.load(image))
tracks = Tracks(np.array([[200, 80, 420, 560]], np.float32), np.arange(1), np.ones(1, bool))
pose = load_pose_estimator(folder, device="cuda", precision="fp32")
detector = load_detector(detector_folder, device="cuda", precision="fp32")
before, boxes = pose.estimate(frame, tracks), detector.detect(frame).boxes
try:
    torch.zeros(1, device="cuda")[torch.tensor([7], device="cuda")].cpu()
except RuntimeError:
    pass
for _ in range(3):
    after, found = pose.estimate(frame, tracks), detector.detect(frame).boxes
print(pose.device, detector.device, pose.notices[0].endswith("cuda:0 was lost; goes on on the CPU, slower"), end=" ")
print(np.abs(before.keypoints - after.keypoints).max() < 0.1, len(found) == len(boxes), flush=True)
"""


def test_a_lost_device_is_left_and_the_cpu_goes_on(published, detectors, frame, tmp_path):
    """In a process of its own, because nothing there can use the device afterwards."""
    np.save(tmp_path / "image.npy", frame.image)
    folders = [str(published("vitpose-plus-small")), str(detectors("rtdetr-r18"))]
    line = [sys.executable, "-c", DEVICE_LOST, *folders, str(tmp_path / "image.npy")]
    done = subprocess.run(line, check=False, cwd=ROOT, capture_output=True, text=True, timeout=250)
    assert done.stdout == "openvino:CPU openvino:CPU True True True\n", done.stderr[-3000:]
