"""Layers that learn nothing any more: dead and saturated ones, by name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..types import Array
from .stack import Stack

__all__ = ["TRIED_SAMPLES", "silent_layer"]

#: Samples that are looked at.
TRIED_SAMPLES = 256
#: A probability this near to 0 or 1 has no gradient left in float32.
_CERTAIN = 1e-6


def silent_layer(stack: Stack, activations: Sequence[Array]) -> str | None:
    """Return a warning of the first layer through which no gradient goes, None where there is none.

    Parameters
    ----------
    stack : Stack
    activations : sequence of ndarray
        Each stage's outputs for some samples.

    Returns
    -------
    str or None
    """
    for stage, values in zip(stack.stages, activations, strict=True):
        where, tried = f"layer {stage.layer!r}", f"for all {len(values)} samples tried"
        if stage.kind == "relu":
            maximum = stage.options["maximum"]
            if not values.any():
                return f"{where} is dead: its ReLU gives 0 {tried}; a smaller learning rate or another seed helps"
            if maximum is not None and (values >= maximum).all():
                return f"{where} is saturated: its ReLU6 gives {maximum:g} {tried}; smaller weights or inputs help"
        if stage.kind == "softmax" and len(values) > 1:
            chosen = values.reshape(-1, values.shape[-1]).argmax(-1)
            if (np.minimum(values, 1 - values) < _CERTAIN).all() and (chosen == chosen[0]).all():
                return f"{where} is saturated: its softmax is certain of class {chosen[0]} {tried}"
    last = activations[-1].reshape(len(activations[-1]), -1)
    if len(last) > 1 and (last == last[0]).all():
        return f"the network's output is the same for all {len(last)} samples tried"
    return None
