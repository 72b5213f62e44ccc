import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitpose_live.ui.viewport import Viewport

sizes = st.integers(1, 4000)
viewports = st.builds(Viewport, sizes, sizes, st.floats(1, 4000), st.floats(1, 4000), st.booleans())


@given(viewports, st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_there_and_back_is_the_same_place(viewport, across, down):
    point = np.array([across * viewport.width, down * viewport.height])
    x, y = viewport.to_view(point)
    back = viewport.to_source(x, y)
    assert back == pytest.approx(tuple(point), rel=1e-6, abs=1e-6)


@given(viewports)
def test_the_picture_fills_the_area_one_way_and_keeps_its_shape(viewport):
    left, top, width, height = viewport.rectangle
    assert left >= -1e-6
    assert top >= -1e-6
    assert min(left, top) == pytest.approx(0, abs=1e-6)
    assert width / height == pytest.approx(viewport.width / viewport.height)


def test_beside_the_picture_is_nowhere():
    viewport = Viewport(100, 100, 300, 100)
    assert viewport.rectangle == (100, 0, 100, 100)
    assert viewport.to_source(99, 50) is None
    assert viewport.to_source(200, 50) is None
    assert viewport.to_source(100, 50) == (0, 50)


def test_mirrored_boxes_keep_their_order():
    plain, mirrored = (Viewport(100, 50, 200, 100, mirrored) for mirrored in (False, True))
    box = np.array([[10, 5, 30, 25]])
    assert plain.boxes_to_view(box).tolist() == [[20, 10, 60, 50]]
    assert mirrored.boxes_to_view(box).tolist() == [[140, 10, 180, 50]]
