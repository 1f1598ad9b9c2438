"""Models inside other files, by name."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from .errors import DataError, ModelError
from .io.containers import models_within
from .io.model_file import read_file
from .model import Model

__all__ = ["FoundModel", "find_models"]


@dataclass(frozen=True)
class FoundModel:
    """A model in another file.

    Attributes
    ----------
    name : str
        Where it is: a member of an archive, `member:array`, `image@0x1f80`.
    data : bytes
        Its `.tflite` file.
    unsupported : str
        Why edgetwin does not run it; empty where it does.
    """

    name: str
    data: bytes
    unsupported: str

    @property
    def size(self) -> int:
        """Bytes of the `.tflite` file."""
        return len(self.data)

    @property
    def hash(self) -> str:
        """As `Model.hash`: first 16 hex digits of the SHA-256 of `data`."""
        return hashlib.sha256(self.data).hexdigest()[:16]

    def load(self, arithmetic: str = "tflm", num_threads: int | None = None) -> Model:
        """Return the model, as `edgetwin.load` does of its file."""
        return Model(self.data, arithmetic, num_threads)

    def as_dict(self) -> dict[str, str | int]:
        """Return what JSON can hold."""
        return {"name": self.name, "bytes": self.size, "hash": self.hash, "unsupported": self.unsupported}


def find_models(source: str | os.PathLike[str], name: str | None = None) -> tuple[FoundModel, ...]:
    """Find the TFLite models inside a file.

    Parameters
    ----------
    source : path
        A zip archive (Arduino library, Edge Impulse deployment), C or C++ source, ELF, BIN, UF2, Intel HEX, or a
        `.tflite` file. Models of Edge Impulse's EON compiler are code, and not found.
    name : str, optional
        Only those that have it, or its end, as their name.

    Returns
    -------
    tuple of FoundModel
        In the order of the file; empty where there is none.

    Raises
    ------
    DataError : the file, an archive or an image in it cannot be read, or none of its models has the name
    """
    path = Path(source)
    try:
        data = read_file(path)
    except ModelError as error:
        raise DataError(str(error)) from None
    found = list(models_within(data, path.name))
    chosen = [(where, model) for where, model in found if name is None or where.endswith(name)]
    if name is not None and not chosen:
        held = ", ".join(where for where, _ in found) or "no TFLite model at all"
        raise DataError(f"{path}: no model named {name!r}, it holds {held}")
    return tuple(FoundModel(where, model, _refusal(model)) for where, model in chosen)


def _refusal(data: bytes) -> str:
    try:
        Model(data)
    except ModelError as error:
        return str(error)
    return ""
