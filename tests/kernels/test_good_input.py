"""Arguments of et.kernels that are right: any memory layout, empty batches; nothing given is changed."""

from __future__ import annotations

import inspect

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.kernel_arguments import GOOD, GOOD_INT16, int8

from edgetwin import kernels
from edgetwin.errors import QuantizationError, ShapeError


@pytest.mark.parametrize("kernel", GOOD)
def test_good_arguments_are_accepted_and_left_alone(kernel):
    before = {name: value.copy() for name, value in GOOD[kernel].items() if isinstance(value, np.ndarray)}
    getattr(kernels, kernel)(**GOOD[kernel])
    for name, value in before.items():
        assert_array_equal(GOOD[kernel][name], value)


@pytest.mark.parametrize("kernel", GOOD_INT16)
def test_the_dtype_of_x_chooses_the_kernel(kernel):
    result = getattr(kernels, kernel)(**GOOD_INT16[kernel])
    assert result.dtype == np.int16
    assert np.abs(result.astype(int)).max() > 127


@pytest.mark.parametrize("kernel", GOOD)
def test_required_arguments_are_required(kernel):
    function = getattr(kernels, kernel)
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.default is inspect.Parameter.empty:
            with pytest.raises(TypeError, match=name):
                function(**{key: value for key, value in GOOD[kernel].items() if key != name})


def spread(array):
    """Return the same values, not contiguous, not aligned, not writeable."""
    raw = np.zeros(array.size * 2 * array.itemsize + 1, np.uint8)
    view = raw[1:].view(array.dtype).reshape(*array.shape[:-1], array.shape[-1] * 2)[..., ::2]
    view[...] = array
    view.flags.writeable = False
    return view


def first_of(result):
    return first_of(result[0]) if isinstance(result, tuple) else result


@pytest.mark.parametrize("kernel", GOOD)
def test_any_memory_layout_gives_the_same(kernel):
    good = GOOD[kernel]
    function = getattr(kernels, kernel)
    expected = first_of(function(**good))
    for transform in (spread, np.asfortranarray):
        moved = {name: transform(v) if isinstance(v, np.ndarray) else v for name, v in good.items()}
        assert_array_equal(first_of(function(**moved)), expected, strict=True)


@pytest.mark.parametrize("kernel", [k for k in GOOD if k not in ("requantize", "quantize", "dequantize")])
def test_an_empty_batch_gives_an_empty_result(kernel):
    good = GOOD[kernel]
    function = getattr(kernels, kernel)
    batched = ("x", "state_in", "hidden_state", "cell_state")
    empty = {name: value[:0] if name in batched else value for name, value in good.items()}
    expected = first_of(function(**good))
    result = first_of(function(**empty))
    assert result.shape == (0, *expected.shape[1:])
    assert result.dtype == expected.dtype


@pytest.mark.parametrize("kernel", ["requantize", "quantize", "dequantize"])
def test_no_values_give_no_values(kernel):
    good = {name: value[:0] if isinstance(value, np.ndarray) else value for name, value in GOOD[kernel].items()}
    result = getattr(kernels, kernel)(**good)
    assert result.shape == (0,)


def test_an_empty_batch_is_checked_like_any_other():
    with pytest.raises(ShapeError, match="outside of x"):
        kernels.max_pool_2d(int8(0, 5, 5, 3), pool=2, stride=1, padding=((2, 0), (0, 0)))
    with pytest.raises(QuantizationError, match="multiplier"):
        kernels.requantize(np.zeros(0, np.int32), -1, 0)
