"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AsJson", "ModelPath", "ReportPath"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]
ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A .tflite file.")]
ReportPath = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.html", help="Also write everything as one page of HTML.")
]
