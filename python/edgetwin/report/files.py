"""Results on disk: whole or not at all."""

from __future__ import annotations

import json
import math
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..atomic import write_atomic
from ..data.files import save_arrays
from ..errors import OutputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["output_folder", "save_arrays", "save_figure", "write_atomic", "write_json"]


def output_folder(path: str | Path) -> Path:
    """Create a folder for results.

    Parameters
    ----------
    path : path
        Folders above it are created too.

    Returns
    -------
    Path

    Raises
    ------
    OutputError : it cannot be created or written to
    """
    folder = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(f"cannot write to the folder {folder}: {error.strerror or error}") from error
    return folder


def write_json(path: str | Path, content: Mapping[str, Any]) -> Path:
    """Write a JSON file; NaN and infinities become null.

    Parameters
    ----------
    path : path
    content : mapping
        Of what `json` writes.

    Returns
    -------
    Path

    Raises
    ------
    OutputError : the file cannot be written
    """
    text = json.dumps(_finite(content), indent=2, allow_nan=False) + "\n"
    return write_atomic(path, lambda file: file.write(text.encode()))


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def save_figure(figure: Figure, path: str | Path) -> Path:
    """Write a picture as PNG.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : path

    Returns
    -------
    Path

    Raises
    ------
    OutputError : the file cannot be written
    """

    def draw(file: IO[bytes]) -> None:
        with warnings.catch_warnings():
            # A file's name may hold letters that the font lacks: boxes in a title are no reason to say anything.
            warnings.filterwarnings("ignore", "Glyph .* missing from")
            figure.savefig(file, format="png")

    return write_atomic(path, draw)
