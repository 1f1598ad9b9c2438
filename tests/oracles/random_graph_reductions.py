"""Reductions of random graphs; see `random_graph_operators`."""

from __future__ import annotations

import numpy as np
from oracles.random_graph_parts import axis_behind_the_batch


def _axes(g, x):
    """Some axes behind the batch, or None."""
    rank = len(g.shape(x))
    if not 2 <= rank <= 4:
        return None
    return sorted(g.rng.choice(np.arange(1, rank), int(g.rng.integers(1, rank)), replace=False).tolist())


def _reduction(name, compute, calibrate, across=False):
    """A maker; `across`: now and then over the first axis, where that is no batch."""

    def make(g, x, room):
        axes = _axes(g, x)
        if axes is None:
            return None
        if across and g.shape(x)[0] > 1 and g.rng.random() < 0.5:
            axes = [0]
        keep = bool(g.rng.random() < 0.5)
        values = compute(g.values[x], axis=tuple(a + 1 for a in axes), keepdims=keep)
        result = g.activation(values, None if calibrate else g.quantization(x))
        return g.operator(name, [x, g.constant(np.array(axes, np.int32))], result, keep_dims=keep)

    return make


def _cumsum(g, x, room):
    found = axis_behind_the_batch(g, x)
    if found is None or len(g.shape(x)) > 4:
        return None
    axis, written = found
    reverse, exclusive = bool(g.rng.random() < 0.4), bool(g.rng.random() < 0.4)
    values = np.flip(g.values[x], axis + 1) if reverse else g.values[x]
    sums = np.cumsum(values, axis + 1) - (values if exclusive else 0)
    made = g.activation(np.flip(sums, axis + 1) if reverse else sums)
    operand = g.constant(np.array(written, np.int32))
    return g.operator("cumsum", [x, operand], made, exclusive=exclusive, reverse=reverse)


#: By name, as `random_graph_operators.MAKERS`.
REDUCTIONS = {
    "mean": _reduction("mean", np.mean, True, across=True),
    "sum": _reduction("sum", np.sum, True),
    "reduce_max": _reduction("reduce_max", np.max, False),
    "reduce_min": _reduction("reduce_min", np.min, False),
    "cumsum": _cumsum,
}
