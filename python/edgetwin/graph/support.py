"""The one table of what is supported: the reader, the exporter, the README and the documentation use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import UnsupportedError
from .graph import Graph, Operator, Tensor

__all__ = [
    "MAX_CONSTANT_BYTES",
    "PORTABLE",
    "SUPPORT",
    "TABLE_BEGIN",
    "TABLE_END",
    "Support",
    "check_supported",
    "data_dtype",
    "support_summary",
    "support_table",
]

#: All constants that the operators read, each time one reads it: kernels pack them once an operator.
MAX_CONSTANT_BYTES = 2**28
#: Between these lines the README has `support_summary()`, docs/support.md `support_table()`.
TABLE_BEGIN = "<!-- support table: begin -->"
TABLE_END = "<!-- support table: end -->"

_WHEEL = "TFLite Micro"
_BOTH = f"{_WHEEL}, CMSIS-NN"
_BOTH_GRANULARITIES = "per-tensor, per-channel"
#: What most kernels that move elements take.
_MOVED = ("int8", "int16", "int32", "float32")
#: Activations with int8 weights.
_CODES = ("int8", "int16")
#: What the table calls the arithmetics of integers, and that of operators that compute in float32 only.
_INTEGER = ("tflm", "single_rounding", "xnnpack")
_ONE = "one"
#: int8 operators that `make_portable` gives a form in which every runtime computes the same codes, and how: weights and
#: scales that no tie meets, codes that move as they are, sums of odd parts, means as convolutions.
PORTABLE: Mapping[str, str] = {
    **dict.fromkeys(("conv_2d", "depthwise_conv_2d", "fully_connected"), "linear"),
    **dict.fromkeys(
        ("concatenation", "expand_dims", "gather", "max_pool_2d", "maximum", "minimum", "mirror_pad", "pack", "pad",
         "reduce_max", "reduce_min", "relu", "relu6", "reshape", "slice", "space_to_depth", "depth_to_space", "split",
         "split_v", "squeeze", "strided_slice", "transpose", "unpack"), "joined"),
    **dict.fromkeys(("add", "sub"), "sum"),
    **dict.fromkeys(("mean", "average_pool_2d"), "mean"),
}  # fmt: skip
_CURE = "convert the model with full-integer quantization (int8 activations and weights)"


@dataclass(frozen=True)
class Support:
    """How one operator is supported.

    Attributes
    ----------
    dtypes : tuple of str, or None
        What its input `operand` may be, beside what `float32` says; None for any.
    granularity : str
        Of the weights: "per-tensor", "per-channel", both, or "" for none.
    device : bool
        In the device core, so on emulated boards and in exports, too.
    peer : str
        What the bytes were compared with; the README has the versions.
    note : str
    operand : int
        The input that holds the data: the first but for operators whose first says how.
    float32 : str or None
        A note on the form that computes in float32, which only the host has and whose peer is LiteRT; None where there
        is none.
    xnnpack : bool
        Whether arithmetic "xnnpack" is defined for it, with codes or what moves them.
    """

    dtypes: tuple[str, ...] | None = ("int8",)
    granularity: str = ""
    device: bool = True
    peer: str = _WHEEL
    note: str = ""
    operand: int = 0
    float32: str | None = None
    xnnpack: bool = True

    def accepted(self) -> tuple[str, ...] | None:
        """Return every dtype that the data may have; None for any."""
        return self.dtypes if self.dtypes is None or self.float32 is None else (*self.dtypes, "float32")


def _real(note: str = "") -> Support:
    """Return the row of an operator that computes in float32 only."""
    return Support((), device=False, peer="", float32=note, xnnpack=False)


def _signal(dtype: str, note: str = "") -> Support:
    """Return the row of a signal operator, which only TFLite Micro has."""
    return Support((dtype,), note=note, xnnpack=False)


#: Operator name -> support. The host runs every operator of this table.
SUPPORT: Mapping[str, Support] = {
    "abs": Support(_CODES, float32=""),
    "add": Support((*_CODES, "int32"), peer=_BOTH, note="broadcasting, constant operands", float32=""),
    "arg_max": Support(note="to int32; the first of equal codes", float32=""),
    "arg_min": Support(note="to int32; the first of equal codes", float32=""),
    "average_pool_2d": Support(_CODES, peer=_BOTH, float32=""),
    "batch_matmul": Support(
        _CODES, granularity="per-tensor", note="2 to 5 axes, broadcasting, either operand constant", float32=""
    ),
    "batch_to_space_nd": Support(("int8", "float32"), note="constant block shape and crops"),
    "broadcast_to": Support((*_MOVED, "uint8", "int64", "bool"), note="constant shape"),
    "cast": Support(
        ("int8", "uint8", "int16", "int32", "uint32", "int64", "bool"),
        note="int8, int16, int32 to each other, uint32 and float32; uint32 to int8, int16, int32; bool to int8",
        float32="to int8, uint8, int16, int32, uint32, int64 and bool, saturated; from bool, uint8 and int64",
    ),
    "ceil": _real(),
    "concatenation": Support((*_MOVED, "int64", "bool"), note="up to 10 inputs of one quantization"),
    "conv_2d": Support(
        _CODES,
        granularity=_BOTH_GRANULARITIES,
        peer=_BOTH,
        note="Conv1D as height 1, dilation, groups; int4 weights",
        float32="",
    ),
    "cos": _real(),
    "cumsum": Support(note="constant axis; see Limits", float32="", xnnpack=False),
    "custom:SignalEnergy": _signal("int16", "to uint32; 0 outside its bins"),
    "custom:SignalFftAutoScale": _signal("int16"),
    "custom:SignalFilterBank": _signal("uint32", "to uint64; constant weights"),
    "custom:SignalFilterBankLog": _signal("uint32", "to int16"),
    "custom:SignalFilterBankSpectralSubtraction": _signal("uint32", "keeps the noise estimate as state"),
    "custom:SignalFilterBankSquareRoot": _signal("uint64", "to uint32"),
    "custom:SignalPCAN": _signal("uint32", "constant gain table"),
    "custom:SignalRfft": _signal("int16", "lengths that are powers of two, 4 to 32768"),
    "custom:SignalWindow": _signal("int16", "constant weights"),
    "depth_to_space": Support(("int8", "float32")),
    "depthwise_conv_2d": Support(
        _CODES, granularity=_BOTH_GRANULARITIES, peer=_BOTH, note="any depth multiplier; int4 weights", float32=""
    ),
    "dequantize": Support(("int8", "uint8", "int16"), note="to float32"),
    "div": Support(("int8", "int32"), note="broadcasting, constant operands; see Limits", float32=""),
    "elu": Support(note="by table; see Limits", float32=""),
    "equal": Support(
        ("int8", "int32", "int64", "bool"),
        note="to bool; broadcasting, constant operands; int8 scales below 1",
        float32="",
    ),
    "exp": _real(),
    "expand_dims": Support(None, note="the same bytes"),
    "fill": Support(("int8", "int32", "float32"), note="constant shape", operand=1),
    "floor": _real(),
    "fully_connected": Support(
        _CODES, granularity=_BOTH_GRANULARITIES, peer=_BOTH, note="int4 weights with one scale", float32=""
    ),
    "gather": Support(("int8", "float32"), note="int32 indices, constant or computed; batch axes"),
    "gather_nd": Support(("int8", "float32"), note="int32 indices, constant or computed"),
    "gelu": _real("by the error function or by tanh"),
    "greater": Support(
        ("int8", "int32", "int64"), note="to bool; broadcasting, constant operands; int8 scales below 1", float32=""
    ),
    "greater_equal": Support(
        ("int8", "int32", "int64"), note="to bool; broadcasting, constant operands; int8 scales below 1", float32=""
    ),
    "hard_swish": Support(float32=""),
    "l2_normalization": Support(note="over the last axis", float32=""),
    "leaky_relu": Support(_CODES, note="any alpha", float32=""),
    "less": Support(
        ("int8", "int32", "int64"), note="to bool; broadcasting, constant operands; int8 scales below 1", float32=""
    ),
    "less_equal": Support(
        ("int8", "int32", "int64"), note="to bool; broadcasting, constant operands; int8 scales below 1", float32=""
    ),
    "log": _real(),
    "log_softmax": Support(note="over the last axis", float32=""),
    "logical_and": Support(("bool",), note="broadcasting, constant operands"),
    "logical_not": Support(("bool",)),
    "logical_or": Support(("bool",), note="broadcasting, constant operands"),
    "logistic": Support(_CODES, float32=""),
    "max_pool_2d": Support(_CODES, peer=_BOTH, float32=""),
    "maximum": Support((*_CODES, "int32", "int64"), note="broadcasting, constant operands", float32=""),
    "mean": Support(_CODES, note="any axes", float32=""),
    "minimum": Support((*_CODES, "int32", "int64"), note="broadcasting, constant operands", float32=""),
    "mirror_pad": Support(("int8", "float32"), note="constant paddings"),
    "mul": Support((*_CODES, "int32"), peer=_BOTH, note="broadcasting, constant operands", float32=""),
    "neg": _real(),
    "not_equal": Support(
        ("int8", "int32", "int64", "bool"),
        note="to bool; broadcasting, constant operands; int8 scales below 1",
        float32="",
    ),
    "pack": Support((*_MOVED, "int64")),
    "pad": Support(_MOVED),
    "padv2": Support(_MOVED),
    "pow": _real("broadcasting, constant operands"),
    "prelu": Support(_CODES, note="broadcasting, constant operands", float32=""),
    "quantize": Support(
        ("float32", "int8", "uint8", "int16", "int32"),
        note="float32 to int8, int16; int8 to int8, uint8, int16, int32; uint8 to int8; int16 to int8, int16, int32; "
        "int32 to int8, int16",
    ),
    "reduce_all": Support(("bool",), note="any axes", xnnpack=False),
    "reduce_max": Support(note="any axes", float32=""),
    "reduce_min": Support(note="any axes", float32=""),
    "reduce_prod": _real("any axes"),
    "relu": Support(_CODES, float32=""),
    "relu6": Support(_CODES, float32=""),
    "relu_0_to_1": _real(),
    "relu_n1_to_1": _real(),
    "reshape": Support(None, note="the same bytes"),
    "resize_bilinear": Support(note="to at most about 45 times the size; codes only, scales not looked at", float32=""),
    "resize_nearest_neighbor": Support((*_CODES, "float32"), note="elements are copied, scales not looked at"),
    "reverse_v2": Support((*_MOVED, "uint8", "int64", "bool"), note="constant axes, neighbours"),
    "round": _real("ties to even"),
    "rsqrt": Support(_CODES, note="see Limits", float32=""),
    "select_v2": Support((*_CODES, "float32"), note="by a bool condition; broadcasting, constant operands", operand=1),
    "sign": _real(),
    "sin": _real(),
    "slice": Support((*_MOVED, "bool"), note="constant bounds"),
    "softmax": Support(_CODES, peer=_BOTH, note="over the last axis, to int8 or int16; see Limits", float32=""),
    "space_to_batch_nd": Support(("int8", "float32"), note="constant block shape and paddings; see Limits"),
    "space_to_depth": Support(("int8", "float32")),
    "split": Support(_MOVED, note="constant axis", operand=1),
    "split_v": Support(_MOVED, note="constant axis"),
    "sqrt": _real(),
    "square": _real(),
    "squared_difference": Support((*_CODES, "int32"), note="broadcasting, constant operands", float32=""),
    "squeeze": Support(None, note="the same bytes"),
    "strided_slice": Support((*_MOVED, "bool"), note="constant bounds; see Limits"),
    "sub": Support((*_CODES, "int32"), note="broadcasting, constant operands", float32=""),
    "sum": Support(_CODES, note="any axes", float32=""),
    "svdf": Support(granularity="per-tensor", peer=_BOTH, note="int8 or int16 state", float32=""),
    "tanh": Support(_CODES, float32=""),
    "transpose": Support(("int8", "int16", "float32"), note="constant permutation"),
    "transpose_conv": Support(
        _CODES,
        granularity=_BOTH_GRANULARITIES,
        peer=_BOTH,
        note="any output size, as the model says it",
        operand=2,
        float32="",
    ),
    "unidirectional_sequence_lstm": Support(
        _CODES,
        granularity="per-tensor",
        peer=_BOTH,
        note="state as the input, int16 cell; see Limits",
        float32="peepholes, projection, input and forget gate coupled",
    ),
    "unpack": Support(_MOVED),
}


def check_supported(graph: Graph, live: Sequence[int]) -> None:
    """Check that every operator that must run is supported.

    Parameters
    ----------
    graph : Graph
        Constants folded.
    live : sequence of int

    Raises
    ------
    UnsupportedError : naming every operator that is not implemented; or the kind of the model (dynamic-range, float16)
        and the cure; or every operator whose input has another dtype; or a tensor without elements
    """
    for what, indices in (("input", graph.inputs), ("output", graph.outputs)):
        for tensor in (graph.tensors[index] for index in indices):
            if tensor.size == 0:
                raise UnsupportedError(f"{what} {tensor.name!r} has shape {list(tensor.shape)}, which has no elements")
            if tensor.dtype == "int4":
                raise UnsupportedError(f"{what} {tensor.name!r} is int4, accepted as weights only")
    missing = [graph.where(index) for index in live if graph.operators[index].name not in SUPPORT]
    if missing:
        raise UnsupportedError(f"not implemented: {', '.join(missing)}")
    _refuse_float(graph, live)
    wrong = []
    constant_bytes = 0
    for index in live:
        operator = graph.operators[index]
        accepted = SUPPORT[operator.name].accepted()
        data = _data(graph, operator)
        dtype = None if data is None else data.dtype
        if accepted is not None and dtype not in accepted:
            wrong.append(f"{graph.where(index)} on {dtype or 'nothing'} (accepted: {', '.join(accepted)})")
        for tensor in (graph.tensors[i] for i in (*operator.inputs, *operator.outputs) if i >= 0):
            # Bounds, axes and the like may be empty constants; data may not.
            if tensor.size == 0 and (tensor.data is None or tensor is data):
                raise UnsupportedError(f"{graph.where(index)}: tensor {tensor.name!r} has shape {list(tensor.shape)}")
            constant_bytes += 0 if tensor.data is None else tensor.nbytes
    if wrong:
        raise UnsupportedError(f"not implemented: {', '.join(wrong)}; {_CURE}")
    if constant_bytes > MAX_CONSTANT_BYTES:
        raise UnsupportedError(
            f"the operators read {constant_bytes} bytes of constants, accepted are at most {MAX_CONSTANT_BYTES}"
        )


def data_dtype(graph: Graph, operator: Operator) -> str | None:
    """Return the dtype of the input that holds an operator's data.

    Parameters
    ----------
    graph : Graph
    operator : Operator
        A key of `SUPPORT`.

    Returns
    -------
    str or None
        None where that input is absent.
    """
    data = _data(graph, operator)
    return None if data is None else data.dtype


def _data(graph: Graph, operator: Operator) -> Tensor | None:
    """Return the input that holds an operator's data, None where it is absent."""
    operand = SUPPORT[operator.name].operand
    if len(operator.inputs) <= operand or operator.inputs[operand] < 0:
        return None
    return graph.tensors[operator.inputs[operand]]


def _refuse_float(graph: Graph, live: Sequence[int]) -> None:
    """Raise for operators that compute in float16, or in float32 where they have no such form."""
    floats = []
    for index in live:
        operator = graph.operators[index]
        row = SUPPORT[operator.name]
        dtype = data_dtype(graph, operator)
        if dtype == "float16":
            raise UnsupportedError(
                f"{graph.where(index)}: float16 activations, which TFLite Micro refuses too; {_CURE}, or with float32 "
                "activations"
            )
        if dtype != "float32" or row.dtypes is None or dtype in row.dtypes:
            continue
        if row.float32 is None:
            floats.append(index)
        weights = [graph.tensors[i] for i in operator.inputs[1:] if i >= 0]
        if any(tensor.data is not None and tensor.dtype == "int8" for tensor in weights):
            raise UnsupportedError(
                f"{graph.where(index)}: a dynamic-range (hybrid) model, int8 weights with float32 activations, which "
                f"TFLite Micro refuses too; {_CURE}"
            )
    if floats:
        names = ", ".join(map(graph.where, floats))
        raise UnsupportedError(f"not implemented on float32: {names}; {_CURE}")


def support_table() -> str:
    """Return the table as Markdown, a row an operator."""
    lines = [
        "| operator | host, device core, export | host only | weights | arithmetic | portable | same bytes as | note |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, row in SUPPORT.items():
        both = "any" if row.dtypes is None else ", ".join(row.dtypes)
        real = "" if row.float32 is None else "float32"
        arithmetic = ", ".join(_INTEGER[: 3 if row.xnnpack else 2]) if row.dtypes != () else _ONE
        notes = "; ".join(part for part in (row.note, row.float32 and f"float32: {row.float32}") if part)
        portable = "yes" if name in PORTABLE else ""
        cells = [f"`{name}`", both, real, row.granularity, arithmetic, portable, row.peer, notes]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def support_summary() -> str:
    """Return as Markdown which operators run where, a row a kind of data."""
    int8 = {name for name, row in SUPPORT.items() if row.dtypes is None or "int8" in row.dtypes}
    int16 = {name for name, row in SUPPORT.items() if row.dtypes is None or "int16" in row.dtypes}
    real = {name for name, row in SUPPORT.items() if row.float32 is not None}
    rows = [
        ("int8 and int16: host, device core, export", int8 & int16),
        ("int8: host, device core, export", int8 - int16),
        ("other data: host, device core, export", SUPPORT.keys() - int8 - real),
        ("float32: host only", real),
    ]
    lines = ["| data, where | operators |", "| --- | --- |"]
    lines += [f"| {title} | {', '.join(f'`{name}`' for name in sorted(names))} |" for title, names in rows]
    return "\n".join(lines)
