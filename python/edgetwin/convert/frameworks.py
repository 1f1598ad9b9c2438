"""What the converters share: frameworks imported where they are used, a graph made a model."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, TypeVar

import numpy as np

from ..errors import DataError, MissingExtraError
from ..graph.builder import GraphBuilder
from ..graph.graph import Graph
from ..io.tflite_write import write_tflite
from ..model import Model

__all__ = ["held_by", "model_of", "require"]

Key = TypeVar("Key")
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


def held_by(builder: GraphBuilder, graph: Graph, indices: Mapping[Key, int]) -> dict[Key, str]:
    """Return which tensors of the finished graph hold the builder's tensors, perhaps in another shape.

    What was folded or fused into another has none.
    """
    kept = {tensor.name for tensor in graph.tensors}
    names: dict[Key, str] = {}
    for key, index in indices.items():
        sources = [each for each in (index, builder.source(index)) if each is not None]
        held = [name for each in sources if (name := builder.name(each)) in kept]
        names |= {key: held[0]} if held else {}
    return names
