"""Arguments that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AsJson", "ModelPath"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]
ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A .tflite file.")]
