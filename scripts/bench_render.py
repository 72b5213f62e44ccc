"""Measure how much faster a saved session is drawn again than the recording is processed again.

Both write the same annotated video of the same recording, turn and turn about; loading the models is not counted.

    python scripts/bench_render.py [CLIP] [--duration 10] [--rounds 3] [--pose embedded-fast] [--no-session-video]
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time

from vitpose_live.app.console import prepare_process
from vitpose_live.app.outputs import Outputs
from vitpose_live.app.process import process_source
from vitpose_live.app.render import render_session
from vitpose_live.app.saved_session import SavedSession
from vitpose_live.app.settings import Settings
from vitpose_live.bundled import bundled_path


def main() -> None:
    """Print a JSON object per round, and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", nargs="?", default=str(bundled_path("demo.mp4")))
    parser.add_argument("--duration", type=float, default=10.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--detector", default="embedded")
    parser.add_argument("--pose", default="embedded")
    parser.add_argument("--no-session-video", action="store_true")
    asked = parser.parse_args()
    prepare_process()
    settings = Settings.of(detector=asked.detector, pose=asked.pose, history=False)
    rounds = []
    with TemporaryDirectory() as name:
        folder = Path(name)
        kept = Outputs(session=folder / "run.vpl", session_video=not asked.no_session_video)
        process_source(asked.clip, settings, kept, duration=asked.duration)
        for _ in range(asked.rounds):
            began = process_time()
            outputs = Outputs(folder / "run.mp4", overwrite=True)
            processed = process_source(asked.clip, settings, outputs, duration=asked.duration)
            middle = process_time()
            opened = SavedSession.open(folder / "run.vpl")
            rendered = render_session(opened, folder / "again.mp4", overwrite=True)
            ended = process_time()
            rounds.append(
                {
                    "frames": rendered.status.delivered,
                    "process_s": round(processed.seconds, 3),
                    "render_s": round(rendered.seconds, 3),
                    "times_faster": round(processed.seconds / rendered.seconds, 2),
                    "process_cpu_s": round(middle - began, 3),
                    "render_cpu_s": round(ended - middle, 3),
                }
            )
            print(json.dumps(rounds[-1]), flush=True)
    figures = {name: median(each[name] for each in rounds) for name in rounds[0]}
    print(json.dumps({"median": figures}))


if __name__ == "__main__":
    main()
