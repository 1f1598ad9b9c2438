"""`edgetwin agent`: a header for firmware that is not ours, so that it can be verified."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..device.agent import ADAPTERS, agent_header, agent_howto
from ..model import load
from ..report.files import output_folder, write_atomic
from .arguments import AsJson
from .tables import console

__all__ = ["agent"]

HEADER, HOWTO = "edgetwin_agent.hpp", "HOWTO.md"


def agent(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The .tflite file that the firmware runs.")],
    adapter: Annotated[str, typer.Option(help=f"What it runs it with: {', '.join(ADAPTERS)}.")] = next(iter(ADAPTERS)),
    out: Annotated[Path, typer.Option("--out", help=f"Folder for {HEADER} and {HOWTO}.")] = Path("edgetwin-agent"),
    as_json: AsJson = False,
) -> None:
    """Write one self-contained header that lets firmware of any make be compared with its model, and how to use it."""
    howto = agent_howto(adapter)
    loaded = load(model)
    header = agent_header(loaded, model.stem)
    folder = output_folder(out)
    write_atomic(folder / HEADER, lambda file: file.write(header.encode()))
    write_atomic(folder / HOWTO, lambda file: file.write(howto.encode()))
    if as_json:
        content = {"folder": str(folder), "adapter": adapter, "hash": loaded.hash, "files": [HEADER, HOWTO]}
        print(json.dumps(content, indent=2))
        return
    console().print(f"written to {folder}: {HEADER}, {HOWTO}, which says where it goes", markup=False)
