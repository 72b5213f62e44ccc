"""The demonstration: the bundled clip and what is made of it."""

from __future__ import annotations

from pathlib import Path

from vitpose_live.app.outputs import Outputs
from vitpose_live.bundled import bundled_path
from vitpose_live.errors import OutputError


def demo_clip() -> Path:
    """Return the path of the bundled clip."""
    return bundled_path("demo.mp4")


def demo_outputs(folder: Path) -> Outputs:
    """Make `folder` and name the demonstration's files in it; those of an earlier demonstration are replaced."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot make the folder {folder}: {error.strerror}", hint="choose another with --output-dir"
        ) from error
    return Outputs(
        video=folder / "demo_pose.mp4",
        keypoints=(folder / "demo_keypoints.parquet", folder / "demo_keypoints.csv"),
        sheet=folder / "demo_contact_sheet.png",
        overwrite=True,
    )
