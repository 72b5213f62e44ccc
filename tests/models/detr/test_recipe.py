"""What is read from a checkpoint's files, held against transformers' image processors."""

import numpy as np
import pytest
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st

from vitpose_live.errors import ModelError
from vitpose_live.models.detr.pictures import scaled_on_host
from vitpose_live.models.detr.recipe import person_labels, read_recipe

FILES = {
    "as RT-DETR is published": (
        "rt_detr",
        {"image_processor_type": "RTDetrImageProcessor", "do_normalize": False, "do_pad": False, "do_rescale": True,
         "do_resize": True, "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "resample": 2,
         "rescale_factor": 0.00392156862745098, "size": {"height": 96, "width": 128}},
    ),
    "normalised": ("d_fine", {"do_normalize": True, "size": {"height": 64, "width": 64}}),
    "not rescaled, bicubic": ("rt_detr_v2", {"do_rescale": False, "resample": 3, "size": {"height": 64, "width": 32}}),
    "as DETR was published in 2021": (
        "detr",
        {"do_normalize": True, "do_resize": True, "feature_extractor_type": "DetrFeatureExtractor",
         "format": "coco_detection", "image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225],
         "max_size": 133, "size": 80},
    ),
    "as YOLOS was published": (
        "yolos", {"feature_extractor_type": "YolosFeatureExtractor", "do_normalize": True, "size": 51, "max_size": 86}
    ),
    "edges": ("conditional_detr", {"size": {"shortest_edge": 80, "longest_edge": 100}, "do_pad": True}),
    "other numbers": ("deformable_detr", {"image_mean": [0.5] * 3, "image_std": [0.25, 0.5, 1.0], "size": 40}),
    "a fixed size": ("lw_detr", {"size": {"height": 64, "width": 64}}),
}  # fmt: skip
PROCESSORS = {
    "rt_detr": "RTDetr", "rt_detr_v2": "RTDetr", "d_fine": "RTDetr", "detr": "Detr", "yolos": "Yolos",
    "conditional_detr": "ConditionalDetr", "deformable_detr": "DeformableDetr", "lw_detr": "DeformableDetr",
}  # fmt: skip


def processor(model_type, file):
    return getattr(transformers, PROCESSORS[model_type] + "ImageProcessorPil").from_dict(dict(file))


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("shape", [(90, 160), (160, 90), (75, 75), (51, 130)])
def test_pixels_are_those_of_the_reference(case, shape, mosaic):
    model_type, file = FILES[case]
    image = mosaic(*shape)
    recipe = read_recipe("x", model_type, file)
    scaled = scaled_on_host(image, recipe.input_size(*shape), recipe.resample)
    pixels = scaled * np.array(recipe.scale, np.float32) + np.array(recipe.shift, np.float32)
    expected = processor(model_type, file)(image, input_data_format="channels_last", return_tensors="np")
    expected = expected["pixel_values"][0].transpose(1, 2, 0)
    assert pixels.shape == expected.shape
    np.testing.assert_allclose(pixels, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("model_type", ["rt_detr", "detr", "yolos", "conditional_detr", "deformable_detr"])
def test_without_a_file_the_defaults_are_the_reference_s(model_type):
    recipe, reference = read_recipe("x", model_type, {}), processor(model_type, {})
    size = dict(reference.size)
    if recipe.size is None:
        assert recipe.edges == (size["shortest_edge"], size["longest_edge"])
    else:
        assert recipe.size == (size["height"], size["width"])
    assert any(recipe.shift) == reference.do_normalize
    assert recipe.resample == reference.resample


@given(st.integers(1, 3000), st.integers(1, 3000), st.sampled_from([(800, 1333), (480, 640), (640, 640), (51, 86)]))
@settings(max_examples=300, deadline=None)
def test_sides_that_keep_the_aspect_are_those_of_the_reference(height, width, edges):
    from transformers.image_transforms import get_size_with_aspect_ratio

    file = {"size": {"shortest_edge": edges[0], "longest_edge": edges[1]}}
    expected = get_size_with_aspect_ratio((height, width), *edges)
    if min(expected) > 0:  # the reference gives up on a line
        assert read_recipe("x", "detr", file).input_size(height, width) == expected
    coarse = read_recipe("x", "yolos", file).input_size(height, width)
    assert coarse == tuple(max(side - side % 16, 16) for side in expected)


def test_another_size_may_be_asked_for():
    assert read_recipe("x", "d_fine", {}, (416, 416)).input_size(720, 1280) == (416, 416)
    assert read_recipe("x", "detr", {}, (416, 608)).input_size(720, 1280) == (416, 608)
    with pytest.raises(ModelError, match="x: input size 400 x 416 cannot") as caught:
        read_recipe("x", "d_fine", {}, (416, 400))
    assert "multiples of 32" in caught.value.hint


@pytest.mark.parametrize(
    ("model_type", "file", "message"),
    [
        ("vitpose", {"image_processor_type": "VitPoseImageProcessor"}, "vitpose model, not a detector"),
        ("rt_detr", {"do_resize": False}, "not scaled"),
        ("detr", {"do_pad": True, "pad_size": {"height": 800, "width": 800}}, "padded"),
        ("detr", {"size": {"shortest_edge": 800}}, "size"),
        ("detr", {"size": "large"}, "large"),
    ],
)
def test_files_that_ask_for_what_is_not_done_are_refused(model_type, file, message):
    with pytest.raises(ModelError, match=message) as caught:
        read_recipe("x", model_type, file)
    assert caught.value.hint


def test_the_processor_a_file_names_counts_more_than_the_architecture():
    assert read_recipe("x", "some_new_one", {"image_processor_type": "DetrImageProcessorFast"}).scoring.exclusive
    assert read_recipe("x", "d_fine", {"image_processor_type": "SomethingNew"}).size == (640, 640)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"id2label": {"0": "person", "1": "bicycle"}}, (0,)),
        ({"id2label": {"0": "N/A", "1": "person"}}, (1,)),
        ({"id2label": {"3": "Pedestrian", "10": "Person", "4": "personal computer"}}, (3, 10)),
        ({"id2label": {str(number): f"LABEL_{number}" for number in range(80)}}, (0,)),
        ({"num_labels": 91}, (1,)),
    ],
)
def test_people_are_found_by_name_and_in_coco_s_places(config, expected):
    assert person_labels("x", config) == expected


@pytest.mark.parametrize("config", [{}, {"id2label": {"0": "LABEL_0"}}, {"num_labels": 79}])
def test_a_model_that_does_not_say_where_people_are_is_refused(config):
    with pytest.raises(ModelError, match="LABEL_0") as caught:
        person_labels("x", config)
    assert "id2label" in caught.value.hint


def test_the_refusal_names_the_classes():
    labels = {str(number): f"part {number}" for number in range(11)}
    with pytest.raises(ModelError, match=r"part 0, part 1, .*part 7 and 3 more"):
        person_labels("x", {"id2label": labels})
