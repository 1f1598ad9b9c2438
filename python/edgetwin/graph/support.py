"""The one table of what is supported: the reader, the exporter and the README use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import UnsupportedError
from .graph import Graph, Operator

__all__ = ["SUPPORT", "Support", "check_supported", "support_table"]

_WHEEL = "tflite-micro 0.dev20261023182759"
_BOTH = f"{_WHEEL}, CMSIS-NN 99f736a"


@dataclass(frozen=True)
class Support:
    """How one operator is supported.

    Attributes
    ----------
    dtypes : str
        Activations (and weights) that it takes.
    granularity : str
        Of the weights: "per-tensor", "per-channel", both, or "-".
    device : bool
        In the device core, so on emulated boards too.
    export : bool
    peer : str
        What the bytes were compared with.
    note : str
    """

    dtypes: str
    granularity: str = "-"
    device: bool = True
    export: bool = False
    peer: str = _WHEEL
    note: str = ""


#: Operator name -> support. The host runs every operator of this table.
SUPPORT: Mapping[str, Support] = {
    "conv_2d": Support("int8", "per-tensor, per-channel", peer=_BOTH, note="Conv1D, dilation, groups"),
    "depthwise_conv_2d": Support("int8", "per-tensor, per-channel", peer=_BOTH, note="any depth multiplier"),
    "fully_connected": Support("int8", "per-tensor, per-channel", peer=_BOTH),
    "max_pool_2d": Support("int8", peer=_BOTH),
    "average_pool_2d": Support("int8", peer=_BOTH),
    "softmax": Support("int8 -> int8, int16", peer=_BOTH, note="over the last axis"),
    "logistic": Support("int8"),
    "tanh": Support("int8"),
    "relu": Support("int8"),
    "relu6": Support("int8"),
    "add": Support("int8", peer=_BOTH, note="broadcasting, constant operands"),
    "pad": Support("int8"),
    "padv2": Support("int8"),
    "mean": Support("int8"),
    "reshape": Support("any", device=True, note="relabels bytes"),
    "squeeze": Support("any", device=True, note="relabels bytes"),
    "expand_dims": Support("any", device=True, note="relabels bytes"),
    "quantize": Support("float32 -> int8, int16; int8 -> int8, int16, int32; int16 -> int8, int16, int32"),
    "dequantize": Support("int8, int16 -> float32"),
    "svdf": Support("int8, int8 state", "per-tensor", peer=_BOTH, note="stateful"),
    "unidirectional_sequence_lstm": Support("int8, int16 cell", "per-tensor", peer=_BOTH, note="stateful"),
}

_WEIGHTED = ("conv_2d", "depthwise_conv_2d", "fully_connected", "unidirectional_sequence_lstm", "svdf")
_CURE = "convert the model with full-integer quantization (int8 activations and weights)"


def check_supported(graph: Graph, live: Sequence[int]) -> None:
    """Check that every operator that must run is supported.

    Parameters
    ----------
    graph : Graph
    live : sequence of int

    Raises
    ------
    UnsupportedError : naming every unsupported operator, or the kind of model (dynamic-range, float16, float32) and
        the cure
    """
    missing = [graph.where(index) for index in live if graph.operators[index].name not in SUPPORT]
    if missing:
        raise UnsupportedError(f"not implemented: {', '.join(missing)}")
    for index in live:
        _refuse_float(graph, graph.operators[index], graph.where(index))


def _refuse_float(graph: Graph, operator: Operator, where: str) -> None:
    inputs = [graph.tensors[i] for i in operator.inputs if i >= 0]
    if operator.name == "dequantize" and inputs and inputs[0].dtype == "float16":
        raise UnsupportedError(f"{where}: the weights are float16 (a float16-quantized model); {_CURE}")
    if operator.name in ("quantize", "dequantize", "reshape", "squeeze", "expand_dims"):
        return
    if not inputs or inputs[0].dtype != "float32":
        return
    if operator.name in _WEIGHTED and any(t.data is not None and t.dtype == "int8" for t in inputs):
        raise UnsupportedError(
            f"{where}: int8 weights with float32 activations (a dynamic-range or hybrid model, which TFLite Micro "
            f"refuses too); {_CURE}"
        )
    raise UnsupportedError(f"{where}: float32 operators are not implemented; {_CURE}")


def support_table() -> str:
    """Return the table as Markdown, for the README."""
    lines = [
        "| operator | dtypes | weights | host | device core | export | same bytes as | note |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in SUPPORT.items():
        marks = ["yes", "yes" if row.device else "no", "yes" if row.export else "no"]
        lines.append(f"| `{name}` | {row.dtypes} | {row.granularity} | {' | '.join(marks)} | {row.peer} | {row.note} |")
    return "\n".join(lines)
