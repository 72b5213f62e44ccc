"""On a screen with two device pixels for each of Qt's, the people lie on their picture and a click hits them."""

import os
import subprocess
import sys

import pytest
from places import ROOT

PROGRAM = """
import sys
sys.path.insert(0, {tests!r})
import numpy as np
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtTest import QTest
from PyQt6.QtWidgets import QApplication
from ui.scenes import scene
from vitpose_live.rendering.style import person_colour
from vitpose_live.ui.picture import Picture
from vitpose_live.ui.video_view import VideoView

app = QApplication(sys.argv[:1])
box = (100, 40, 220, 340)
view = VideoView()
view.resize(700, 360)  # wider than the picture: a margin of 30 on both sides
view.show()
app.processEvents()
ratio = view.devicePixelRatioF()
assert ratio == {ratio}, ratio
assert (view.fit.width, view.fit.height) == (round(700 * ratio), round(360 * ratio))

def seen():
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    assert image.width() == round(700 * ratio)
    data = np.frombuffer(image.constBits().asarray(image.sizeInBytes()), np.uint8)
    return data.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), 2::-1].copy()

# the picture has a bright patch where the box is: on the screen both must have the same edges
result = scene((1, box))
picture = np.array(result.frame.image)
picture[40:340, 100:220] = 250
object.__setattr__(result.frame, "image", picture)
view.options = view.options.with_(skeletons=False, ids=False, boxes=False)
view.show_picture(Picture.of(result, view.fit))
patch = np.argwhere((seen() > 200).all(axis=2))[:, ::-1]
view.options = view.options.with_(boxes=True)
marks = np.argwhere((seen() == np.array(person_colour(1))).all(axis=2))[:, ::-1]
expected = (np.array(box).reshape(2, 2) + (30, 0)) * ratio
for name, found in (("picture", patch), ("box", marks)):
    corners = np.array((found.min(axis=0), found.max(axis=0) + 1))
    assert np.abs(corners - expected).max() <= 2, (name, corners, expected)
# the picture is shown at the screen's pixels, not at Qt's made larger
assert view.picture.pixels.shape[:2] == (round(360 * ratio), round(640 * ratio))

for place, person in (((130, 40 + 1), 1), ((30 + 215, 335), 1), ((30 + 225, 335), None), ((60, 200), None)):
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(*place))
    assert view.person == person, (place, view.person)
print("good")
"""


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_people_and_clicks_are_where_the_picture_is(ratio):
    program = PROGRAM.format(tests=str(ROOT / "tests"), ratio=ratio)
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(ratio)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.stdout.strip() == "good", done.stderr
