"""`edgetwin agent`: a header for firmware that is not ours, so that it can be verified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..device.agent import ADAPTERS, agent_header, agent_howto
from ..model import load
from ..report.files import output_folder, write_atomic
from .tables import console

__all__ = ["agent"]


def agent(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The .tflite file that the firmware runs.")],
    adapter: Annotated[str, typer.Option(help=f"What it runs it with: {', '.join(ADAPTERS)}.")] = next(iter(ADAPTERS)),
    out: Annotated[Path, typer.Option("--out", help="Folder for edgetwin_agent.hpp and HOWTO.md.")] = Path(
        "edgetwin-agent"
    ),
) -> None:
    """Write one self-contained header that lets firmware of any make be compared with its model, and how to use it."""
    howto = agent_howto(adapter)
    header = agent_header(load(model), model.stem)
    folder = output_folder(out)
    write_atomic(folder / "edgetwin_agent.hpp", lambda file: file.write(header.encode()))
    write_atomic(folder / "HOWTO.md", lambda file: file.write(howto.encode()))
    console().print(f"written to {folder}: edgetwin_agent.hpp, HOWTO.md, which says where it goes", markup=False)
