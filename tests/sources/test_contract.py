"""Every source passes the one suite."""

from __future__ import annotations

from functools import partial

import pytest
from contracts.source_contract import SourceContract
from sources.media import coded, write_picture, write_video

from vitpose_live.sources import open_source


class TestVideoFile(SourceContract):
    @pytest.fixture(params=["mp4", "mkv", "webm", "avi", "ts", "gif"])
    def opened(self, request, tmp_path):
        path = tmp_path / f"clip.{request.param}"
        if request.param == "webm":
            write_video(path, codec="libvpx", options={"crf": "10", "b:v": "1M"})
        elif request.param == "gif":
            write_video(path, codec="gif", pix_fmt="rgb8")
        else:
            write_video(path)
        return partial(open_source, path)


class TestManyThreads(SourceContract):
    @pytest.fixture
    def opened(self, tmp_path):
        return partial(open_source, write_video(tmp_path / "clip.mp4", 20), threads=4)


class TestTurnedVideo(SourceContract):
    @pytest.fixture
    def opened(self, tmp_path):
        return partial(open_source, write_video(tmp_path / "clip.mp4", turn=(90, False, False)))


class TestShortenedVideo(SourceContract):
    @pytest.fixture
    def opened(self, tmp_path):
        return partial(open_source, write_video(tmp_path / "clip.mp4", 20), duration=0.4)


class TestSequence(SourceContract):
    @pytest.fixture
    def opened(self, tmp_path):
        for number in range(8, 13):
            write_picture(tmp_path / f"shot_{number}.png", coded(number))
        return partial(open_source, tmp_path)


class TestStills(SourceContract):
    @pytest.fixture
    def opened(self, tmp_path):
        for number, name in enumerate(("anna", "bert", "carl", "dora")):
            write_picture(tmp_path / f"{name}.png", coded(number, 40 + 8 * number, 30))
        return partial(open_source, str(tmp_path / "*.png"))
