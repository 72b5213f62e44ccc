import subprocess
import sys

import numpy as np
from ui.scenes import scene

from vitpose_live.ui.overlay_options import OverlayOptions
from vitpose_live.ui.picture import Fit, Picture

TALL = (100, 40, 260, 700)


def fit(width=1280, height=720, ratio=1.0, **options):
    return Fit(width, height, OverlayOptions(**options), ratio)


def test_an_overlay_that_changes_leaves_the_pixels_alone():
    picture = Picture.of(scene((1, TALL), size=(1280, 720)), fit())
    assert picture.fitted(fit()) is picture
    bolder = picture.fitted(fit(thickness=2.0, angles=True))
    assert bolder.pixels is picture.pixels
    assert bolder.people[0].width == 2 * picture.people[0].width
    assert bolder.people[0].marks
    assert not picture.people[0].marks


def test_another_size_mirror_or_ground_makes_new_pixels():
    picture = Picture.of(scene((1, TALL), size=(1280, 720)), fit())
    assert picture.fitted(fit(640, 360)).pixels.shape == (360, 640, 4)
    assert np.array_equal(picture.fitted(fit(mirror=True)).pixels, picture.pixels[:, ::-1])
    assert picture.fitted(fit(black=True)).pixels is None


def test_people_lie_in_logical_pixels():
    result = scene((1, TALL), size=(1280, 720))
    once, twice = Picture.of(result, fit()), Picture.of(result, fit(2560, 1440, 2.0))
    assert np.allclose(once.people[0].points, twice.people[0].points)
    assert np.allclose(once.people[0].box, twice.people[0].box)
    assert twice.pixels.shape == (1440, 2560, 4)


def test_nobody_and_no_overlay_and_no_area_is_no_people():
    assert Picture.of(scene(size=(1280, 720)), fit()).people == ()
    result = scene((1, TALL), size=(1280, 720))
    assert Picture.of(result, fit(visible=False)).people == ()
    assert Picture.of(result, fit(0, 0)).people == ()
    assert Picture.of(result, fit(0, 0)).pixels is None


def test_it_needs_no_window_library():
    code = "import sys, vitpose_live.ui.picture; sys.exit(any(name.startswith('PyQt6') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
