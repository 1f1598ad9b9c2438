"""Truth values in and out: `run`, batches, `predict`, `trace`, `out`."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite


@pytest.fixture(scope="module")
def masked():
    """The larger of x and a constant where the mask holds, else x; and whether it was larger."""
    b = Builder(np.random.default_rng(0))
    codes = affine(0.5, -3)
    mask, x = b.input((1, 4), "bool"), b.input((1, 4), "int8", codes)
    limit = b.add("limit", (4,), "int8", codes, np.array([-100, 0, 5, 100], np.int8))
    larger, chosen = b.add("larger", (1, 4), "bool"), b.add("chosen", (1, 4), "bool")
    output = b.add("output", (1, 4), "int8", codes)
    first = b.graph("less", [x, limit], [larger], {})
    both = b.graph("logical_and", [larger, mask], [chosen], {})
    last = b.graph("select_v2", [chosen, limit, x], [output], {})
    operators = (*first.operators, *both.operators, *last.operators)
    return et.load(write_tflite(type(first)(last.tensors, operators, (mask, x), (output, chosen))))


def expected(mask, x):
    chosen = (x < np.array([-100, 0, 5, 100])) & mask
    return np.where(chosen, np.array([-100, 0, 5, 100], np.int8), x), chosen


def arrays(n):
    rng = np.random.default_rng(n)
    return rng.random((n, 4)) < 0.5, rng.integers(-128, 128, (n, 4)).astype(np.int8)


def test_run_takes_and_gives_numpy_bool(masked):
    assert [spec.dtype for spec in masked.inputs] == [np.dtype(bool), np.dtype(np.int8)]
    assert masked.inputs[0].scale is masked.outputs[1].zero_point is None
    mask, x = arrays(50)
    for ours, want in zip(masked.run(mask, x), expected(mask, x), strict=True):
        assert_array_equal(ours, want, strict=True)
    for i in range(5):
        assert_array_equal(masked.run(mask[i], x[i])[1], expected(mask[i], x[i])[1], strict=True)
    out = np.empty((50, 4), np.int8), np.empty((50, 4), bool)
    masked.run(mask, x, out=out)
    assert_array_equal(out[1], expected(mask, x)[1])
    assert masked.trace(mask, x)[1].dtype == bool


def test_predict_takes_truth_values_as_they_are(masked):
    mask, x = arrays(20)
    real = (x.astype(np.float32) + 3) * np.float32(0.5)
    values, chosen = masked.predict(mask, real)
    assert_array_equal(chosen, expected(mask, x)[1].astype(np.float32), strict=True)
    assert_array_equal(values, (expected(mask, x)[0].astype(np.float32) + 3) * np.float32(0.5))
    assert_array_equal(masked.predict(mask.tolist(), real)[0], values)


@pytest.mark.parametrize("wrong", [np.ones(4), np.ones(4, np.uint8), [1, 0, 1, 1], ["a"] * 4, None])
def test_what_is_merely_true_is_refused(masked, wrong):
    x = np.zeros(4, np.int8)
    with pytest.raises(et.ShapeError, match=r"'input_0'.*accepted is a numpy array of bool"):
        masked.run(wrong, x)
    with pytest.raises(et.DataError, match=r"'input_0'.*accepted are truth values"):
        masked.predict(wrong, x.astype(np.float32))


def test_bool_constants_are_written_and_read():
    b = Builder(np.random.default_rng(0))
    x = b.input((1, 3), "bool")
    constant = b.add("constant", (3,), "bool", data=np.array([True, False, True]))
    data = write_tflite(b.graph("logical_or", [x, constant], [b.add("output", (1, 3), "bool")], {}))
    assert_array_equal(read_tflite(data).tensors[constant].data, [True, False, True])
    assert_array_equal(et.load(data).run(np.zeros(3, bool)), [True, False, True], strict=True)
