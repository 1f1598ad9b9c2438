"""How each operator is quantized: where its output's scale comes from, and which inputs are weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import UnsupportedError
from ..graph.graph import Graph, Operator
from ..graph.support import SUPPORT

__all__ = ["RULES", "Rule", "check_rules", "version_of"]


@dataclass(frozen=True)
class Rule:
    """How one operator is quantized.

    Attributes
    ----------
    output : str
        "own" (its calibrated range), "input" (the quantization of the data's input), "joined" (one quantization for
        all inputs and the output), "fixed", or "none" (the output is no real number).
    fixed : mapping of str to (scale, zero point)
        By dtype, where `output` is "fixed".
    weights, bias : int
        Which input they are, -1 for none.
    channel_axis : int
        The axis of the weights that counts outputs; -1 for weights with one scale.
    versions : tuple of int
        Of the operator with int8 and with int16 activations, as TFLite counts them; 0 where LiteRT has none.
    """

    output: str
    fixed: Mapping[str, tuple[float, int]] | None = None
    weights: int = -1
    bias: int = -1
    channel_axis: int = -1
    versions: tuple[int, int] = (2, 3)


def _fixed(int8: tuple[float, int], int16: float | None = None) -> Rule:
    values = {"int8": int8}
    return Rule("fixed", values if int16 is None else values | {"int16": (int16, 0)})


_OWN = Rule("own")
_INPUT = Rule("input")
_JOINED = Rule("joined")
_NONE = Rule("none")
_FIRST = (1, 1)

RULES: Mapping[str, Rule] = {
    "abs": Rule("own", versions=(3, 5)),
    "add": Rule("own", versions=(2, 3)),
    "arg_max": _NONE,
    "arg_min": _NONE,
    "average_pool_2d": _INPUT,
    "batch_matmul": Rule("own", versions=(2, 3)),
    "batch_to_space_nd": _INPUT,
    "broadcast_to": Rule("input", versions=(3, 3)),
    "concatenation": _JOINED,
    "conv_2d": Rule("own", None, 1, 2, 0, (3, 4)),
    "depth_to_space": _INPUT,
    "depthwise_conv_2d": Rule("own", None, 1, 2, 3, (3, 5)),
    "elu": Rule("own", versions=_FIRST),
    "equal": _NONE,
    "expand_dims": Rule("input", versions=_FIRST),
    "fully_connected": Rule("own", None, 1, 2, 0, (4, 7)),
    "gather": _INPUT,
    "gather_nd": _INPUT,
    "greater": _NONE,
    "greater_equal": _NONE,
    "hard_swish": Rule("own", versions=_FIRST),
    "l2_normalization": _fixed((1 / 128, 0)),
    "leaky_relu": Rule("own", versions=(2, 2)),
    "less": _NONE,
    "less_equal": _NONE,
    "log_softmax": _fixed((16 / 256, 127)),
    "logistic": _fixed((1 / 256, -128), 1 / 32768),
    "max_pool_2d": _INPUT,
    "maximum": _JOINED,
    "mean": _OWN,
    "minimum": _JOINED,
    "mirror_pad": Rule("input", versions=(2, 2)),
    "mul": Rule("own", versions=(2, 4)),
    "not_equal": _NONE,
    "pack": _JOINED,
    "pad": _INPUT,
    "padv2": _INPUT,
    "prelu": Rule("own", versions=_FIRST),
    "reduce_max": _INPUT,
    "reduce_min": _INPUT,
    "relu": _OWN,
    # TFLite Micro clamps the input's codes and does not look at the output's scale.
    "relu6": _INPUT,
    "reshape": Rule("input", versions=_FIRST),
    "resize_bilinear": Rule("input", versions=(2, 2)),
    "resize_nearest_neighbor": Rule("input", versions=(2, 2)),
    "reverse_v2": Rule("input", versions=(3, 3)),
    "rsqrt": Rule("own", versions=(2, 2)),
    "select_v2": Rule("joined", versions=_FIRST),
    "slice": Rule("input", versions=(2, 4)),
    "softmax": _fixed((1 / 256, -128), 1 / 32768),
    "space_to_batch_nd": _INPUT,
    "space_to_depth": _INPUT,
    "split": Rule("input", versions=(2, 4)),
    "split_v": Rule("input", versions=(2, 2)),
    "squared_difference": Rule("own", versions=(2, 0)),
    "squeeze": Rule("input", versions=_FIRST),
    "strided_slice": Rule("input", versions=(2, 4)),
    "sub": Rule("own", versions=(3, 5)),
    "sum": Rule("own", versions=(2, 2)),
    "tanh": _fixed((1 / 128, 0), 1 / 32768),
    "transpose": Rule("input", versions=(2, 4)),
    "transpose_conv": Rule("own", None, 1, 3, 0, (3, 4)),
    "unpack": Rule("input", versions=(2, 3)),
}
#: Operator that has no int8 form -> what to use in its place.
_INSTEAD: Mapping[str, str] = {
    "cumsum": "fully_connected with a triangle of ones",
    "exp": "softmax, logistic or elu",
    "gelu": "relu, relu6 or hard_swish",
    "neg": "mul by -1",
    "pow": "mul of a tensor by itself",
    "square": "mul of the tensor by itself",
    "div": "mul by the inverse, where the divisor is a constant",
    "sqrt": "rsqrt",
    "relu_0_to_1": "relu6 with what comes before scaled by 6",
    "relu_n1_to_1": "the fused activation of the operator before, or tanh",
    "reduce_prod": "mul",
    "unidirectional_sequence_lstm": "1-D convolutions with pooling, or a model that its converter has quantized",
    "svdf": "1-D convolutions, or a model that its converter has quantized",
}
#: Activations that rules are for, in the order of their versions.
_DTYPES = ("int8", "int16")
_ACTIVATIONS = ("none", "relu", "relu6", "relu_n1_to_1")


def check_rules(graph: Graph, live: tuple[int, ...], dtype: str) -> None:
    """Check that every operator that must run can compute with codes.

    Parameters
    ----------
    graph : Graph
        Constants folded.
    live : tuple of int
    dtype : str
        Of the activations.

    Raises
    ------
    UnsupportedError : naming every operator that cannot, with what would work
    """
    wrong = []
    for index in live:
        operator = graph.operators[index]
        if not any(graph.tensors[i].dtype == "float32" for i in (*operator.inputs, *operator.outputs) if i >= 0):
            continue
        where = graph.where(index)
        rule = RULES.get(operator.name)
        if rule is None:
            instead = _INSTEAD.get(operator.name)
            wrong.append(
                f"{where} has no form that every runtime has" + (f"; in its place: {instead}" if instead else "")
            )
            continue
        dtypes = SUPPORT[operator.name].dtypes
        if (dtypes is not None and dtype not in dtypes) or not rule.versions[_DTYPES.index(dtype)]:
            forms = [
                d for d, version in zip(_DTYPES, rule.versions, strict=True) if version and d in (dtypes or _DTYPES)
            ]
            wrong.append(f"{where} has forms for {' and '.join(forms)} only")
        activation = operator.options.get("fused_activation_function", "none")
        if activation not in _ACTIVATIONS:
            wrong.append(f"{where} fuses {activation}; in its place: an operator {activation} after it")
        if 0 <= rule.weights < len(operator.inputs) and graph.tensors[operator.inputs[rule.weights]].data is None:
            wrong.append(f"{where} computes its weights, accepted are constants")
    if wrong:
        raise UnsupportedError(f"the model cannot be {dtype}: {' | '.join(wrong)}")


def version_of(operator: Operator, dtype: str, *, int4: bool, per_channel: bool) -> int:
    """Return the version that TFLite gives an operator once it computes with codes.

    Parameters
    ----------
    operator : Operator
        Of the float32 graph.
    dtype : str
        Of the activations.
    int4, per_channel : bool
        What its weights are.

    Returns
    -------
    int
    """
    version = RULES[operator.name].versions[_DTYPES.index(dtype)]
    if operator.name == "fully_connected":
        bias = len(operator.inputs) == 3 and operator.inputs[2] >= 0
        version = max(version, 12 if per_channel else 0, 6 if not bias else 0)
        version = max(version, 5 if operator.options.get("keep_num_dims") else 0)
    if int4:
        version = max(version, {"conv_2d": 7, "depthwise_conv_2d": 7, "fully_connected": 10}.get(operator.name, 0))
    return max(operator.version, version)
