import os

import pytest
from PyQt6.QtCore import QByteArray

from vitpose_live.app.settings import Settings
from vitpose_live.ui.overlay_options import OverlayOptions
from vitpose_live.ui.preferences import RECENT, Preferences, default_path
from vitpose_live.ui.theme import ThemeName


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "window.ini"


def test_nothing_kept_means_the_defaults(path):
    preferences = Preferences(path)
    assert preferences.theme is ThemeName.DARK
    assert preferences.geometry is None
    assert preferences.side_panel
    assert preferences.recent == []
    assert preferences.overlay == OverlayOptions()
    assert preferences.settings(Settings()) == Settings()
    assert not preferences.offer_declined


def test_what_is_kept_is_there_the_next_day(path):
    overlay = OverlayOptions(
        visible=False, skeletons=False, boxes=False, trails=True, mirror=True, thickness=1.75, threshold=0.6
    )
    before = Preferences(path)
    before.theme = ThemeName.LIGHT
    before.geometry = QByteArray(b"there")
    before.side_panel = False
    before.offer_declined = True
    before.overlay = overlay
    before.keep_settings(Settings(pose="embedded-fast", precision="bf16"))
    before.remember("a, b.mp4")
    before.save()
    after = Preferences(path)
    assert after.theme is ThemeName.LIGHT
    assert after.geometry == QByteArray(b"there")
    assert not after.side_panel
    assert after.offer_declined
    assert after.overlay == overlay
    assert after.settings(Settings(det_frequency=9)) == Settings(
        pose="embedded-fast", precision="bf16", det_frequency=9
    )
    assert after.recent == ["a, b.mp4"]


def test_what_is_asked_for_on_the_command_line_wins(path):
    preferences = Preferences(path)
    preferences.keep_settings(Settings(pose="embedded-fast", detector="nanodet-g-416"))
    assert preferences.settings(Settings(pose="movenet-thunder")) == Settings(
        pose="movenet-thunder", detector="nanodet-g-416"
    )


def test_recent_sources_are_few_and_the_latest_comes_first(path):
    preferences = Preferences(path)
    for number in range(RECENT + 3):
        preferences.remember(f"{number}.mp4")
    preferences.remember("5.mp4")
    assert len(preferences.recent) == RECENT
    assert preferences.recent[:2] == ["5.mp4", "10.mp4"]
    assert len(set(preferences.recent)) == RECENT
    preferences.forget()
    assert preferences.recent == []


def test_a_spoilt_file_does_no_harm(path):
    path.parent.mkdir()
    path.write_text(
        "[window]\ntheme=mauve\ngeometry=5\n[overlay]\nthickness=nan\nthreshold=12\nboxes=perhaps\n"
        "[models]\nprecision=fp99\n[sources]\nrecent=@Invalid()\n"
    )
    preferences = Preferences(path)
    assert preferences.theme is ThemeName.DARK
    assert preferences.geometry is None
    assert preferences.overlay == OverlayOptions(threshold=1.0)
    assert preferences.recent == []


def test_the_file_belongs_to_the_persons_settings():
    assert default_path().name == "window.ini"
    assert "vitpose-live" in str(default_path())


SECRET = "rtsp://anna:hush@camera/live"


@pytest.mark.skipif(os.name == "nt", reason="modes of Unix")
def test_the_file_is_this_persons_alone_and_keeps_passwords(path):
    preferences = Preferences(path)
    preferences.theme = ThemeName.LIGHT
    preferences.save()
    assert path.stat().st_mode & 0o777 == 0o600
    preferences.remember(SECRET)
    preferences.save()
    assert path.stat().st_mode & 0o777 == 0o600
    assert Preferences(path).recent == [SECRET]


@pytest.mark.skipif(os.name == "nt", reason="modes of Unix")
def test_a_file_that_others_can_read_keeps_no_password(path):
    preferences = Preferences(path)
    preferences.remember("a.mp4")
    preferences.save()
    path.chmod(0o644)
    preferences.remember(SECRET)
    preferences.remember("http://camera/?token=hush")
    preferences.remember("rtsp://camera/live")
    preferences.save()
    assert Preferences(path).recent == ["rtsp://camera/live", "a.mp4"]
    assert "hush" not in path.read_text()


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path):
    (tmp_path / "taken").touch()
    preferences = Preferences(tmp_path / "taken" / "window.ini")
    preferences.theme = ThemeName.LIGHT
    preferences.remember(SECRET)
    assert preferences.recent == []
