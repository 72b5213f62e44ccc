"""A film of somebody who squats, processed with the models of the gym into a video and a session."""

from __future__ import annotations

from pathlib import Path

import gym
import numpy as np
from sinks.media import write_clicks

from vitpose_live.app import session as app_session
from vitpose_live.app.process import Outputs, process_source
from vitpose_live.app.settings import Settings
from vitpose_live.sinks import VideoRecorder

SIZE = (320, 240)
SECONDS = 10.0


def shoot(path: Path, *, seconds: float = SECONDS, size: tuple[int, int] = SIZE, sound: bool = True) -> Path:
    """Film a room, 15 pictures a second, of which each is another one, with clicks."""
    heard = write_clicks(path.with_suffix(".m4a"), "aac", seconds=seconds) if sound else None
    camera = VideoRecorder(path, fps_hint=gym.FPS, audio_path=heard)
    down, across = np.mgrid[: size[1], : size[0]]
    for index in range(round(seconds * gym.FPS)):
        room = np.stack([across % 256, (down + index) % 256, np.full_like(down, 60 + index)], axis=2)
        camera.write(room.astype(np.uint8), index / gym.FPS)
    camera.close()
    return path


def train(film, folder: Path, monkeypatch, name: str = "run", *, video: bool = True, picture: bool = True, **settings):
    """Process `film` into ``name.mp4`` and ``name.vpl``; return the report."""
    monkeypatch.setattr(app_session, "load_detector_of", gym.detector)
    monkeypatch.setattr(app_session, "load_pose_estimator_of", lambda *_: gym.SquattingPose())
    outputs = Outputs(folder / f"{name}.mp4" if picture else None, session=folder / f"{name}.vpl", session_video=video)
    return process_source(film, Settings.of(history=False, **settings), outputs)
