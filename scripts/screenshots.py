#!/usr/bin/env python3
"""Take the README's pictures of the window, dark and light, with the bundled clip and the embedded models.

    .venv/bin/python scripts/screenshots.py [--out assets] [--at 0.45]

Needs Xvfb and xdotool. The app runs as for a person, on a display of its own, and is worked with the keyboard.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from real_desktop import ROOT, TOOLS, Desktop, until

from vitpose_live.bundled import bundled_path


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=ROOT / "assets")
    parser.add_argument("--at", type=float, default=0.45, help="where in the clip, 0..1")
    given = parser.parse_args()
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    if missing:
        sys.exit(f"needs {' and '.join(missing)}: apt install xvfb xdotool")
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "config" / "vitpose-live" / "window.ini"
        settings.parent.mkdir(parents=True)
        settings.write_text("[models]\noffer_declined=true\n", "utf-8")
        desktop = Desktop(Path(folder))
        try:
            take(desktop, given.out.resolve(), given.at)
        finally:
            desktop.close()


def take(desktop: Desktop, out: Path, share: float) -> None:
    """Play up to that place, stand still, and take both."""
    clip = bundled_path("demo.mp4")
    app = desktop.start("ui", str(clip), "--detector", "embedded", "--pose", "embedded")
    try:
        until(lambda: desktop.look().get("people"), "people in the picture")
        window = desktop.hands("search", "--onlyvisible", "--name", clip.name).split()[0]
        desktop.hands("windowfocus", "--sync", window)
        desktop.hands("key", "a", "key", "j")  # angles, and their traces
        until(lambda: (seen := desktop.look())["position"] >= share * seen["duration"], "the place")
        desktop.hands("key", "space")
        until(lambda: desktop.look()["state"] == "paused", "the pause")
        for theme in ("dark", "light"):
            until(lambda theme=theme: (seen := desktop.look())["theme"] == theme and seen["steps"], theme)  # type: ignore[misc]
            desktop.hands("mousemove", "--sync", 640, 400, "sleep", 0.5)
            path = out / f"ui_{theme}.jpg"
            desktop.shoot(path)
            print(path)
            desktop.hands("key", "t")
        desktop.hands("key", "ctrl+q")
        app.wait(10)
    finally:
        app.kill()
        app.wait()
        if app.stderr is not None:
            app.stderr.close()


if __name__ == "__main__":
    main()
