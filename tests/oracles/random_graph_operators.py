"""Every operator of random graphs, and how often each is drawn; see `random_graph_parts` for what a maker is."""

from __future__ import annotations

import numpy as np
from oracles.random_graph_elementwise import ELEMENTWISE, NUMBERS
from oracles.random_graph_linear import LINEAR
from oracles.random_graph_movement import MOVEMENT
from oracles.random_graph_recurrent import RECURRENT
from oracles.random_graph_reductions import REDUCTIONS

from edgetwin.conformance.generators.builder import affine

#: Operators for every place, by name.
MAKERS = LINEAR | ELEMENTWISE | MOVEMENT | REDUCTIONS | RECURRENT
#: Those that TFLite Micro has not, or compares, on int16; the LSTM keeps its gates in int16 as it is.
_INT8_ONLY = (
    "cumsum", "depth_to_space", "div", "elu", "gather", "gather_nd", "hard_swish", "l2_normalization", "log_softmax",
    "mirror_pad", "reduce_all", "reduce_max", "reduce_min", "resize_bilinear", "reverse_v2", "select_v2",
    "space_to_batch_nd", "space_to_depth", "svdf", "unidirectional_sequence_lstm",
)  # fmt: skip
_NAMES = {"int8": list(MAKERS), "int16": [name for name in MAKERS if name not in _INT8_ONLY]}

#: How often against the others' 1.
_WEIGHTS = {
    "add": 5, "concatenation": 4, "conv_2d": 4, "depthwise_conv_2d": 3, "fully_connected": 2, "select_v2": 2,
    "unpack": 2, "split": 2, "softmax": 0.5, "log_softmax": 0.5, "quantize": 0.5, "cast": 0.5, "broadcast_to": 2,
    "space_to_depth": 6, "depth_to_space": 4, "space_to_batch_nd": 4, "transpose_conv": 2, "reshape": 3,
}  # fmt: skip


def draw_operator(g, x, room, names=None):
    """Append a random operator that reads `x`, of `names` or any; its output, or None where it does not suit."""
    names = names or _NAMES[g.dtype]
    weights = np.array([_WEIGHTS.get(name, 1) for name in names])
    return MAKERS[str(g.rng.choice(names, p=weights / weights.sum()))](g, x, room)


def _softmax_int16(g, x):
    shape = g.shape(x) or (1,)
    if len(shape) > 4:
        return _dequantize(g, x)
    return g.operator("softmax", [x], g.other(shape, "int16", affine(1 / 65536, -32768)), beta=1.0)


def _dequantize(g, x):
    return g.operator("dequantize", [x], g.other(g.shape(x), "float32"))


def _quantize_to(dtype):
    def quantize(g, x):
        quantization = g.calibrated(g.values[x], dtype)
        if dtype == "uint8":
            # The wheel takes uint8 only where the quantization is the same but for 128.
            quantization = affine(g.scale_of(x), g.quantization(x).zero_point + 128)
        return g.operator("quantize", [x], g.other(g.shape(x), dtype, quantization))

    return quantize


def _position(name):
    def find(g, x):
        shape = g.shape(x)
        if len(shape) < 2:
            return _dequantize(g, x)
        axis = int(g.rng.integers(1, len(shape)))
        made = g.other([n for i, n in enumerate(shape) if i != axis], "int32")
        written = axis - len(shape) if g.rng.random() < 0.3 else axis
        return g.operator(name, [x, g.constant(np.array(written, np.int32))], made, output_type=2)

    return find


def _cast_to(dtype, number):
    return lambda g, x: g.operator(
        "cast", [x], g.other(g.shape(x), dtype), in_data_type=NUMBERS[g.dtype], out_data_type=number
    )


#: Last operators that none of the same dtype can follow: (graph, tensor) -> output.
ENDS = {
    "int8": {
        "softmax to int16": _softmax_int16,
        "dequantize": _dequantize,
        **{f"quantize to {dtype}": _quantize_to(dtype) for dtype in ("uint8", "int16", "int32")},
        **{name: _position(name) for name in ("arg_max", "arg_min")},
        "cast to float32": _cast_to("float32", 0),
        "cast to int16": _cast_to("int16", 7),
    },
    "int16": {
        "dequantize": _dequantize,
        **{f"quantize to {dtype}": _quantize_to(dtype) for dtype in ("int8", "int32")},
        "cast to int8": _cast_to("int8", 9),
    },
}
