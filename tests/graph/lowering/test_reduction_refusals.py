"""What reductions, arg_max, comparisons, logical operators and select refuse, and whether the pinned wheel does too."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.tflm import Refused

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_write import write_tflite

CODES = affine(0.1, 3)


def model_of(name, inputs, output, options=None):
    """A model of (shape, dtype, quantization) inputs, those with a value constant, and one output."""
    b = Builder(np.random.default_rng(0))
    indices = []
    for shape, dtype, what in inputs:
        if isinstance(what, list):
            indices.append(b.add("constant", shape, dtype, data=np.array(what, dtype).reshape(shape)))
        else:
            indices.append(b.input(shape, dtype, what))
    shape, dtype, quantization = output
    return write_tflite(b.graph(name, indices, [b.add("output", shape, dtype, quantization)], options or {}))


def reduced(name, axis, output, source=((1, 3, 5), "int8", CODES), dtype="int32"):
    return name, [source, ((len(axis),), dtype, axis)], output, {"keep_dims": True}


def compared(name, x=CODES, y=CODES, output="bool", dtypes=("int8", "int8")):
    shape = (1, 5)
    return name, [(shape, dtypes[0], x), (shape, dtypes[1], y)], (shape, output, None)


def chosen(name, x="int8", y="int8", output="int8", condition="bool", shape=(1, 5)):
    inputs = [((1, 5), condition, None), ((1, 5), x, CODES), (shape, y, CODES)]
    return name, inputs, ((1, 5), output, CODES)


ONE = ((1, 1, 5), "int8", CODES)
#: Case -> (model, message).
BOTH_REFUSE = {
    "reduce_max to another scale": (reduced("reduce_max", [1], ((1, 1, 5), "int8", affine(0.2, 3))), "requantize"),
    "reduce_min to another zero point": (reduced("reduce_min", [1], ((1, 1, 5), "int8", affine(0.1))), "requantize"),
    "reduce_max to int16": (reduced("reduce_max", [1], ((1, 1, 5), "int16", CODES)), "'output' is int16"),
    "reduce_max of int16": (
        reduced("reduce_max", [1], ((1, 1, 5), "int16", affine(0.1)), ((1, 3, 5), "int16", affine(0.1))),
        r"operator 0 \(reduce_max\) on int16",
    ),
    "sum of int32": (
        reduced("sum", [1], ((1, 1, 5), "int32", affine(0.1)), ((1, 3, 5), "int32", affine(0.1))),
        r"operator 0 \(sum\) on int32",
    ),
    "axes of int64": (reduced("sum", [1], ONE, dtype="int64"), "'constant'.* is int64"),
    "reduce_prod": (reduced("reduce_prod", [1], ONE), r"not implemented: operator 0 \(reduce_prod\)"),
    "reduce_all of int8": (reduced("reduce_all", [1], ONE), r"operator 0 \(reduce_all\) on int8"),
    "reduce_any": (reduced("reduce_any", [1], ONE), r"not implemented: operator 0 \(reduce_any\)"),
    "arg_max to int64": (
        ("arg_max", [((1, 5), "int8", CODES), ((1,), "int32", [1])], ((1,), "int64", None), {"output_type": 4}),
        "'output' is int64",
    ),
    "arg_min of int16": (
        ("arg_min", [((1, 5), "int16", affine(0.1)), ((1,), "int32", [1])], ((1,), "int32", None), {"output_type": 2}),
        r"operator 0 \(arg_min\) on int16",
    ),
    "less at scale 1": (compared("less", affine(1.0)), "has scale 1.0, accepted are scales below 1"),
    "equal at scale 4": (compared("equal", y=affine(4.0)), "has scale 4.0, accepted are scales below 1"),
    "less of uint8": (compared("less", dtypes=("uint8", "uint8")), r"operator 0 \(less\) on uint8"),
    "logical_not of int8": (
        ("logical_not", [((1, 5), "int8", CODES)], ((1, 5), "int8", CODES)),
        r"operator 0 \(logical_not\) on int8",
    ),
    "select_v2 by int8": (chosen("select_v2", condition="int8"), "is int8, accepted is bool"),
    "select_v2 of int8 and int16": (chosen("select_v2", y="int16"), "is int16, accepted is int8"),
    "select_v2 of int32": (
        chosen("select_v2", x="int32", y="int32", output="int32"),
        r"operator 0 \(select_v2\) on int32",
    ),
    "select_v2 of shapes": (chosen("select_v2", shape=(1, 4)), "do not broadcast"),
    "select": (chosen("select"), r"not implemented: operator 0 \(select\)"),
    "where": (
        ("where", [((1, 5), "bool", None)], ((5, 2), "int64", None)),
        r"not implemented: operator 0 \(where\)",
    ),
}


@pytest.mark.parametrize("case", BOTH_REFUSE)
def test_what_the_wheel_refuses(tflm, case):
    model, message = BOTH_REFUSE[case]
    data = model_of(*model)
    with pytest.raises(et.ModelError, match=message):
        et.load(data)
    dtypes = {"float32": np.float32, "bool": np.bool_}
    arrays = [np.zeros(s, dtypes.get(d, d)) for s, d, what in model[1] if not isinstance(what, list)]
    with pytest.raises(Refused):
        tflm.run(data, [arrays])


BOTH_RUN = {
    "greater just below scale 1": compared("greater", affine(np.nextafter(np.float32(1), np.float32(0)))),
    "less_equal at a scale of nothing": compared("less_equal", affine(2.0**-40, -128), affine(2.0**-33, 127)),
    "arg_max without quantization": (
        "arg_max",
        [((3, 5), "int8", None), ((), "int32", [0])],
        ((5,), "int32", None),
        {},
    ),
    "select_v2 of one element, any shapes": (
        "select_v2",
        [((), "bool", [True]), ((1, 1), "int8", CODES), ((1,), "int8", affine(0.5))],
        ((1, 1, 1), "int8", affine(0.2)),
    ),
    "select_v2 of other scales": (
        "select_v2",
        [((1, 5), "bool", None), ((1, 5), "int8", CODES), ((), "int8", [7])],
        ((1, 5), "int8", affine(0.2)),
    ),
    "an axis twice": reduced("reduce_min", [1, -2], ONE),
    "no axis": reduced("sum", [], ((1, 3, 5), "int8", affine(0.3, -9))),
}


@pytest.mark.parametrize("case", BOTH_RUN)
def test_what_the_wheel_runs(tflm, case):
    model = BOTH_RUN[case]
    data = model_of(*model)
    rng = np.random.default_rng(0)
    twin = et.load(data)
    for _ in range(5):
        arrays = [
            rng.random(shape) < 0.5 if dtype == "bool" else rng.integers(-128, 128, shape).astype(dtype)
            for shape, dtype, what in model[1]
            if not isinstance(what, list)
        ]
        ((expected,),) = tflm.run(data, [arrays]).outputs
        assert_array_equal(twin.run(*arrays).reshape(-1), expected.reshape(-1), strict=True)
