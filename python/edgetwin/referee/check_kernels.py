"""Claims about operators without channels: what the checker of certificates finds anew in kernels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import DataError
from ..graph.graph import Graph
from .every import EVERY, without_sums
from .tables import by_kernels, passes, replayed

__all__ = ["need", "without_channels"]


def need(true: Any, message: str) -> None:
    """Raise DataError, with the reason, unless something is true."""
    if not true:
        raise DataError(f"the certificate is refused: {message}")


def without_channels(
    graph: Graph, claim: Any, names: tuple[str, str], ranges: dict[int, tuple[int, int]], where: str
) -> None:
    """Raise DataError unless a claim about an operator without channels is true; take down what its output holds."""
    operator, witness = graph.operators[claim["operator"]], claim["witness"]
    if passes(operator) and operator.inputs[0] in ranges:
        ranges[operator.outputs[0]] = ranges[operator.inputs[0]]
    if EVERY in names:
        found = without_sums(graph, claim["operator"], ranges)
        need(witness is None and (claim["verdict"], claim["reason"]) == found, f"{where}: it is {', '.join(found)}")
        return
    if witness is None:  # the same call, or the same bytes for all codes: found anew
        verdict, reason, _ = by_kernels(graph, claim["operator"], names, ranges)
        need((claim["verdict"], claim["reason"]) == (verdict, reason), f"{where}: it is {verdict}, {reason}")
        return
    given = [graph.tensors[i] for i in dict.fromkeys(operator.inputs) if i >= 0 and graph.tensors[i].data is None]
    sample = [np.array(x, t.dtype).reshape(t.shape) for x, t in zip(witness["inputs"], given, strict=False)]
    codes = [int(outputs[0][tuple(witness["at"])]) for outputs in replayed(graph, claim["operator"], names, [sample])]
    need(claim["verdict"] == "differs" and codes[0] != codes[1] and codes == witness["codes"], f"{where}: {codes}")
