import pytest

from vitpose_live.app.settings import Settings, Smoothing, load_settings, require_causal
from vitpose_live.errors import SettingsError, SettingsFileError


def test_defaults_need_no_file():
    settings = Settings.of()
    assert (settings.detector, settings.pose, settings.det_frequency) == ("auto", "auto", 5)
    assert settings.smoothing is Smoothing.ADAPTIVE


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"conf": 1.5}, "conf: .*1, got 1.5"),
        ({"det_frequency": 0}, "det_frequency: input should be 'auto' or greater than or equal to 1, got 0"),
        ({"det_frequency": "often"}, "det_frequency: input should be 'auto' or a valid integer, got 'often'"),
        ({"det_frequency": 2.0}, "det_frequency: .*'auto' or a valid integer, got 2.0"),
        ({"number_people_max": 0}, "number_people_max"),
        ({"smoothing": "lots"}, "smoothing: .*one_euro.*'lots'"),
        ({"konf": 0.5}, "unknown setting 'konf'"),
    ],
)
def test_impossible_values_are_named(values, message):
    with pytest.raises(SettingsError, match=message):
        Settings.of(**values)


@pytest.mark.parametrize("every", [1, 12, "auto"])
def test_the_detector_runs_every_so_many_frames_or_as_needed(tmp_path, every):
    path = tmp_path / "settings.toml"
    path.write_text(f"det_frequency = {every!r}\n")
    assert load_settings(path).det_frequency == Settings.of(det_frequency=every).det_frequency == every


def test_only_smoothing_that_needs_the_future_is_refused_frame_by_frame():
    for smoothing in set(Smoothing) - {Smoothing.ZERO_PHASE}:
        require_causal(smoothing)
    with pytest.raises(SettingsError, match="smoothing: zero_phase needs the whole recording"):
        require_causal(Smoothing.ZERO_PHASE)


def test_an_unknown_setting_offers_the_nearest():
    with pytest.raises(SettingsError) as caught:
        Settings.of(konf=0.5)
    assert "conf" in caught.value.hint


def test_settings_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Settings.of().conf = 0.1


def test_flags_win_over_the_file(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("conf = 0.4\ndet_frequency = 7\n")
    settings = load_settings(path, conf=0.6)
    assert (settings.conf, settings.det_frequency) == (0.6, 7)


@pytest.mark.parametrize("text", ["conf = ", "konf = 1", "conf = 7", b"\xff\xfe"])
def test_a_broken_file_is_named(tmp_path, text):
    path = tmp_path / "settings.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SettingsFileError, match=r"settings\.toml"):
        load_settings(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(SettingsFileError, match="no settings file"):
        load_settings(tmp_path / "none.toml")
