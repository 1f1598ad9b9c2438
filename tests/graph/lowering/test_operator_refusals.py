"""One field of a good model is spoiled: the load is refused by an error that names operator, tensor or option."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.generators.builder import affine
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.graph.graph import Tensor
from edgetwin.graph.plan import MAX_ACTIVATION_BYTES
from edgetwin.io.tflite_write import write_tflite

OUTPUT = "output"


def _good(operator):
    """An int8 model that loads, with a bias where it may have one."""
    for seed in range(100):
        graph = GENERATORS[operator](np.random.default_rng(seed))
        first, operands = graph.tensors[graph.inputs[0]], graph.operators[0].inputs
        dtypes = {tensor.dtype for tensor in graph.tensors}
        if "int4" in dtypes or ("int16" in dtypes and (first.dtype == "int16" or operator in ("softmax", "svdf"))):
            continue
        if any(graph.tensors[i].dtype == "int16" for i in (*graph.inputs, *graph.outputs, *operands[4:5])):
            continue
        if operator in ("conv_2d", "depthwise_conv_2d", "fully_connected") and len(operands) < 3:
            continue
        if operator == "conv_2d" and np.less(graph.tensors[operands[1]].shape[1:], (3, 3, 2)).any():
            continue
        if operator == "svdf" and graph.tensors[operands[4]].size < first.size:
            continue
        if operator == "svdf" and graph.tensors[operands[4]].shape[1] < 2 * first.shape[1]:
            continue
        if all(dim > 1 for dim in first.shape[1:]):
            return graph
    raise AssertionError(operator)


def _options(**changes):
    def spoil(graph):
        operator = graph.operators[0]
        return replace(graph, operators=(replace(operator, options={**operator.options, **changes}),))

    return spoil


def _operand(position, **changes):
    """Change the tensor at an input, or at OUTPUT; a callable is given the old value."""

    def spoil(graph):
        operator = graph.operators[0]
        index = operator.outputs[0] if position == OUTPUT else operator.inputs[position]
        tensors = list(graph.tensors)
        old = tensors[index]
        new = {key: value(getattr(old, key)) if callable(value) else value for key, value in changes.items()}
        tensors[index] = replace(old, **new)
        return replace(graph, tensors=tuple(tensors))

    return spoil


def _inputs(change):
    def spoil(graph):
        operator = graph.operators[0]
        return replace(graph, operators=(replace(operator, inputs=tuple(change(operator.inputs))),))

    return spoil


def _intermediate(graph):
    tensors = (*graph.tensors, Tensor("between", (3,), "int16"))
    operator = replace(graph.operators[0], intermediates=(len(graph.tensors),))
    return replace(graph, tensors=tensors, operators=(operator,))


def _activation(position):
    """A constant becomes an input of the model."""

    def spoil(graph):
        index = graph.operators[0].inputs[position]
        spoiled = _operand(position, data=None)(graph)
        return replace(spoiled, inputs=(*graph.inputs, index))

    return spoil


def _scales(*scales, axis=0):
    return affine(scales, 0, axis)


def _longer(shape):
    return (*shape[:-1], shape[-1] + 1)


CASES = {
    "conv_2d": {
        "stride": (_options(stride_h=0), "stride_h is 0, accepted is >= 1"),
        "dilation": (_options(dilation_w_factor=-1), "dilation_w_factor is -1"),
        "activation": (_options(fused_activation_function="sign_bit"), "fused activation 'sign_bit', accepted"),
        "far dilation": (_options(padding="valid", dilation_h_factor=2**30), "does not fit into"),
        "output shape": (_operand(OUTPUT, shape=_longer), r"output 'output' has shape \[.*\], its inputs give \["),
        "rank of the input": (_operand(0, shape=lambda s: s[1:]), r"'input_0' has shape \[.*\], accepted are 4 axes"),
        "channels": (_operand(0, shape=_longer), "input channels are not a multiple of the filter's|channels are not"),
        "weights that change": (_activation(1), r"input 1 \('weights'\) must be a constant"),
        "bias that changes": (_activation(2), r"input 2 \('bias'\) must be a constant"),
        "no scale of the input": (_operand(0, quantization=None), r"'input_0' \(int8\) has no quantization"),
        "two scales of the input": (
            _operand(0, shape=lambda s: (*s[:3], 2), quantization=_scales(0.5, 0.5, axis=3)), "channels|per-channel",
        ),
        "zero point of the input": (_operand(0, quantization=affine(0.5, 128)), r"zero_point 128, accepted is"),
        "zero point of the weights": (_operand(1, quantization=affine(0.5, 1)), "'weights' have a zero point"),
        "scale 0": (_operand(OUTPUT, quantization=affine(0.0)), "'output' has a scale that is not positive"),
        "scale NaN": (_operand(OUTPUT, quantization=affine(np.nan)), "'output' has a scale that is not"),
        "scales out of range": (_operand(0, quantization=affine(1e30)), "needs a left shift of"),
        "int16 output": (_operand(OUTPUT, dtype="int16"), "'output' is int16, accepted is int8"),
        "four inputs": (_inputs(lambda i: (*i, i[0])), "it has 4 inputs, accepted are 2 to 3"),
        "no weights": (_inputs(lambda i: i[:1]), "it has 1 inputs, accepted are 2 to 3"),
        "absent weights": (_inputs(lambda i: (i[0], -1, i[2])), "input 1 is missing"),
        "intermediate": (_intermediate, r"intermediate tensor 'between' has shape \[3\]"),
        "two outputs": (
            lambda g: replace(
                g, tensors=(*g.tensors, Tensor("more", (1,), "int8")),
                operators=(replace(g.operators[0], outputs=(*g.operators[0].outputs, len(g.tensors))),),
            ),
            "it has 2 outputs, accepted is 1",
        ),
    },
    "depthwise_conv_2d": {
        "depth_multiplier": (_options(depth_multiplier=0), r"are not \d+ input channels by depth_multiplier 0"),
        "absent bias": (_inputs(lambda i: (*i[:2], -1)), r"its bias is absent \(-1\)"),
        "output shape": (_operand(OUTPUT, shape=_longer), "output 'output' has shape"),
    },
    "fully_connected": {
        "weights format": (_options(weights_format=1), "weights_format is shuffled"),
        "features": (_operand(0, shape=_longer), "elements, not a multiple of"),
        "output shape": (_operand(OUTPUT, shape=_longer), "its inputs give .* rows of"),
        "bias size": (
            _operand(2, shape=lambda s: (s[0] + 1,), data=lambda d: np.append(d, d[:1])), "bias 'bias' has .* expected",
        ),
        "int64 bias": (_operand(2, dtype="int64", data=lambda d: d.astype(np.int64)), "is int64, accepted is int32"),
        "bias of another scale": (
            lambda g: _operand(2, quantization=affine(1e3))(_operand(1, quantization=affine(0.01))(g)),
            "bias 'bias' has scale 1000, input and weights give",
        ),
        "float weights": (_operand(1, dtype="float32", data=lambda d: d.astype(np.float32)), "'weights'. is float32"),
    },
    "max_pool_2d": {
        "window": (_options(filter_width=0), "filter_width is 0"),
        "padding": (_options(padding="same", filter_height=2**20), "'output' has shape|padding 52"),
        "window beyond": (_options(padding="valid", filter_height=99), "a window of 99 does not fit into"),
        "requantizes": (_operand(OUTPUT, quantization=affine(0.75, 3)), "a pool does not requantize"),
    },
    "average_pool_2d": {"stride": (_options(stride_w=-(2**31)), "stride_w is -2147483648")},
    "softmax": {
        "beta": (_options(beta=float("nan")), "beta nan times input scale"),
        "output scale": (_operand(OUTPUT, quantization=affine(1 / 255, -128)), "'output' has scale .* accepted are"),
        "output shape": (_operand(OUTPUT, shape=_longer), "output 'output' has shape"),
    },
    "logistic": {
        "zero point": (_operand(OUTPUT, quantization=affine(1 / 256, 0)), "zero_point 0, accepted is -128"),
        "tiny scale": (_operand(0, quantization=affine(1e-12)), "'input_0' has scale .*, accepted are"),
    },
    "tanh": {"huge scale": (_operand(0, quantization=affine(3e38)), "'input_0' has scale 3.*, accepted are")},
    "svdf": {
        "rank": (_options(rank=0), "rank is 0"),
        "filters": (_options(rank=97), "filters are not a multiple of rank 97"),
        "state that is none": (
            lambda g: replace(_operand(4, is_variable=False)(g), inputs=(*g.inputs, g.operators[0].inputs[4])),
            r"input 4 \('state'\) must be a variable tensor",
        ),
        "state size": (_operand(4, shape=_longer), "state 'state' has .* elements, expected"),
        "state shape": (_operand(4, shape=lambda s: (*s, 1)), r"state 'state' has shape .* expected"),
        "int16 state": (_operand(4, dtype="int16"), "state 'state' is int16, accepted is int8"),
        "bias shape": (_operand(3, shape=lambda s: (*s, 1), data=lambda d: d[:, None]), "bias 'bias' has shape"),
        "bias of another scale": (_operand(3, quantization=affine(9.0)), "bias 'bias' has scale 9, state and time"),
        "no bias": (_inputs(lambda i: (*i[:3], -1, i[4])), "it has no bias"),
        "six inputs": (_inputs(lambda i: (*i, -1)), "it has 6 inputs, accepted are 5"),
    },
    "unidirectional_sequence_lstm": {
        "activation": (_options(fused_activation_function="relu"), "its activation is 'relu', accepted is 'tanh'"),
        "tiny clip": (_options(cell_clip=1e-30), "cell_clip is 1.*, less than a step of the cell state"),
        "negative clip": (_options(cell_clip=-1.0), "cell_clip is -1.0, accepted is >= 0"),
        "peepholes": (_inputs(lambda i: (*i[:9], i[1], *i[10:])), "an LSTM with peepholes"),
        "projection": (_inputs(lambda i: (*i[:16], i[1], *i[17:])), "an LSTM with a projection"),
        "old form": (_inputs(lambda i: i[:20]), "it has 20 inputs, accepted are 24"),
        "cell dtype": (_operand(19, dtype="int8"), "state 'cell' is int8, accepted is int16"),
        "cell scale": (_operand(19, quantization=affine(1e9)), r"accepted are 2\*\*-30 to 2\*\*2"),
        "bias shape": (_operand(13, shape=lambda s: (1, *s), data=lambda d: d[None]), "bias 'bias' has shape"),
        "no bias": (_inputs(lambda i: (*i[:14], -1, *i[15:])), "input 14 is missing"),
        "weights of a gate": (
            _operand(6, shape=lambda s: (s[0], s[1] + 1), data=lambda d: np.pad(d, ((0, 0), (0, 1)))),
            "weights 'weights' have shape",
        ),
    },
}  # fmt: skip


@pytest.mark.parametrize(("operator", "case"), [(name, case) for name in CASES for case in CASES[name]])
def test_spoiled(operator, case):
    spoil, message = CASES[operator][case]
    good = _good(operator)
    et.load(write_tflite(good))
    with pytest.raises(et.ModelError, match=message) as caught:
        et.load(write_tflite(spoil(good)))
    assert f"operator 0 ({operator})" in str(caught.value)


def _grown(shapes):
    """The tensors of an operator, by input position or OUTPUT, get shapes."""

    def spoil(graph):
        for position, shape in shapes.items():
            graph = _operand(position, shape=shape)(graph)
        return graph

    return spoil


HUGE = {
    "activation": ("relu6", _grown({0: (1, 2**20, 2**9), OUTPUT: (1, 2**20, 2**9)}), "'input_0' has 536870912 bytes"),
    "more than 16 bits": (
        "conv_2d",
        lambda g: _operand(OUTPUT, shape=lambda s: (*g.tensors[g.inputs[0]].shape[:3], s[3]))(
            _options(padding="same", stride_h=1, stride_w=1, dilation_h_factor=2**31 - 1, dilation_w_factor=1)(g)
        ),
        "padding .*, stride 1 and dilation 2147483647, accepted are at most 32767",
    ),
    "scratch": (
        "mean",
        lambda g: _options(keep_dims=True)(
            _operand(1, shape=(1,), data=np.int32([0]))(_grown({0: (1, 2**27), OUTPUT: (1, 2**27)})(g))
        ),
        "it needs 536870912 bytes of scratch",
    ),
    "state": ("svdf", _grown({0: (2**25, 3), 4: (2**25, 18), OUTPUT: (2**25, 2)}), "bytes, accepted are at most"),
}  # fmt: skip


@pytest.mark.parametrize("case", HUGE)
def test_absurd_sizes(case):
    operator, spoil, message = HUGE[case]
    with pytest.raises(et.UnsupportedError, match=message):
        et.load(write_tflite(spoil(_good(operator))))


def test_many_states_are_bounded_together():
    """Each is small enough; the file that asks for all of them is tiny."""
    batches = 2**24
    one = _good("svdf")
    filters, size = one.tensors[one.operators[0].inputs[1]].shape
    units = one.tensors[one.outputs[0]].shape[1]
    state_size = one.tensors[one.operators[0].inputs[4]].shape[1]
    batches = MAX_ACTIVATION_BYTES // max(state_size, size, units)
    base = _grown({0: (batches, size), 4: (batches, state_size), OUTPUT: (batches, units)})(one)
    tensors, operators, outputs = list(base.tensors), [], []
    for number in range(4):
        operator = base.operators[0]
        state, output = len(tensors), len(tensors) + 1
        tensors += [replace(base.tensors[operator.inputs[4]], name=f"state_{number}")]
        tensors += [replace(base.tensors[operator.outputs[0]], name=f"output_{number}")]
        operators.append(replace(operator, inputs=(*operator.inputs[:4], state), outputs=(output,)))
        outputs.append(output)
    graph = replace(base, tensors=tuple(tensors), operators=tuple(operators), outputs=tuple(outputs))
    assert filters % units == 0
    with pytest.raises(et.UnsupportedError, match=r"variable tensor 'state_\d' and those before it have"):
        et.load(write_tflite(graph))
