"""``vitpose-live models``: what there is, what is here, and how the rest gets here."""

from __future__ import annotations

import json as json_format
import sys
from pathlib import Path

from cyclopts import App

from vitpose_live.cli.output import print_line

models = App(name="models", help="List, describe, download and convert models.")


@models.command(name="list")
def list_models() -> None:
    """List every model with its size, licence and accuracy, and whether it is on this machine."""
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    from vitpose_live.app.models import is_here  # noqa: PLC0415
    from vitpose_live.models import catalog  # noqa: PLC0415

    table = Table(box=None, header_style="bold", pad_edge=False)
    *headings, last = catalog.HEADINGS
    for heading in (*headings, "here"):
        table.add_column(heading, no_wrap=True)
    table.add_column(last, no_wrap=True, overflow="ellipsis")
    for row in catalog.rows():
        *cells, summary = row.columns()
        table.add_row(*cells, "yes" if is_here(row) else "-", summary)
    # a pipe has no width to cut the text to
    Console(width=None if sys.stdout.isatty() else 240).print(table)


@models.command
def info(name: str, /, *, json: bool = False) -> None:
    """Show everything known of one model.

    Parameters
    ----------
    name
        A name from `models list`.
    json
        Print one JSON object instead.
    """
    from vitpose_live.app.models import folder_of  # noqa: PLC0415
    from vitpose_live.models import catalog, hub  # noqa: PLC0415

    row = catalog.find(name)
    here = folder_of(row)
    facts = {**row.facts(), "here": None if here is None else str(here)}
    if here is not None and row.repository is not None:
        facts["bytes_here"] = hub.size_on_disk(here)
    if json:
        print_line(json_format.dumps(facts))
    else:
        width = max(map(len, facts))
        for key, value in facts.items():
            print_line(f"{key:<{width}}  {value}")


@models.command
def path(name: str, /) -> None:
    """Print where a model's files are.

    Parameters
    ----------
    name
        A name from `models list`.
    """
    from vitpose_live.app.models import files_of  # noqa: PLC0415

    for file in files_of(name):
        print_line(str(file))


@models.command
def download(*names: str) -> None:
    """Download models, and go on with downloads that were interrupted.

    Parameters
    ----------
    names
        Names from `models list`, or Hugging Face repositories, with @REVISION if need be.
    """
    from vitpose_live.app.console import DownloadLine, prepare_process  # noqa: PLC0415
    from vitpose_live.app.models import fetch  # noqa: PLC0415
    from vitpose_live.errors import SettingsError  # noqa: PLC0415

    if not names:
        raise SettingsError("no model is named", hint="see `vitpose-live models list`")
    prepare_process()
    for name in names:
        with DownloadLine(name) as progress:
            folder = fetch(name, progress=progress.update)
        print_line(str(folder))


@models.command
def convert(checkpoint: Path, /, *, out: Path, dataset: str | None = None, overwrite: bool = False) -> None:
    """Turn an original ViTPose or ViTPose+ file into model folders, one for each data set it was trained on.

    Parameters
    ----------
    checkpoint
        The .pth or .safetensors file.
    out
        Folder for the model folders; made if missing.
    dataset
        What a file of one data set was trained on, where neither its shape nor its name tells: coco, aic, mpii,
        ap10k, apt36k or wholebody.
    overwrite
        Replace model folders that exist.
    """
    from vitpose_live.models.vitpose.original import convert_checkpoint  # noqa: PLC0415  torch takes seconds

    for folder in convert_checkpoint(checkpoint, out, dataset=dataset, overwrite=overwrite):
        print_line(str(folder))
