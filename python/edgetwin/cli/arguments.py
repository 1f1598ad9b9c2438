"""Arguments that several commands take."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataError

__all__ = ["AsJson", "ModelPath", "ReportPath", "read_json"]

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON in place of a table.")]
ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="A .tflite file.")]
ReportPath = Annotated[
    Path | None, typer.Option("--report", metavar="FILE.html", help="Also write everything as one page of HTML.")
]


def read_json(path: Path) -> Any:
    """Return what a file of JSON holds."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    except ValueError as error:
        raise DataError(f"{path}: no JSON: {error}") from None
