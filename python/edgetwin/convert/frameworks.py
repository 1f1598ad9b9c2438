"""What the converters share: frameworks imported where they are used, a graph made a model."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from ..errors import DataError, MissingExtraError, UnsupportedError
from ..graph.graph import Graph
from ..io.tflite_write import write_tflite
from ..model import Model

__all__ = ["model_of", "require", "unsupported"]

#: Import name of a framework -> what brings it.
_INSTALL: Mapping[str, str] = {
    "keras": 'pip install "edgetwin[keras]"',
    "sklearn": 'pip install "edgetwin[sklearn]"',
    "torch": 'pip install "edgetwin[torch]"',
}


def require(framework: str) -> Any:
    """Import a framework.

    Raises
    ------
    MissingExtraError : it is not installed
    """
    try:
        return import_module(framework)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != framework:
            raise
        raise MissingExtraError(f"{framework} is not installed: {_INSTALL[framework]}") from None


def model_of(graph: Graph, what: str) -> Model:
    """Return a graph as a model.

    Raises
    ------
    DataError : a weight is NaN or infinite
    """
    for tensor in graph.tensors:
        if tensor.data is not None and not np.isfinite(tensor.data).all():
            raise DataError(f"{what}: {tensor.name!r} holds NaN or infinity, accepted are finite weights")
    return Model(write_tflite(graph))


def unsupported(where: str, kind: str, accepted: str, hints: Mapping[str, str]) -> UnsupportedError:
    """Return the error that names a layer and what would work."""
    hint = hints.get(kind)
    return UnsupportedError(f"{where}: {hint}" if hint else f"{where} is not converted, accepted are {accepted}")
