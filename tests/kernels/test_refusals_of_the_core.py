"""What the core itself refuses, whoever calls it: both of a kernel's forms say the same."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.cases import random_case

import edgetwin as et
from edgetwin import _core
from edgetwin.errors import QuantizationError, ShapeError

WITH_ROUNDING = [kernel for kernel, fields in _core.kernel_fields().items() if ("rounding", "int") in fields]
BOTH = pytest.mark.parametrize("level", [et.archs()[-1], None])


@BOTH
@pytest.mark.parametrize("rounding", [-1, 2, 2**31 - 1])
@pytest.mark.parametrize("kernel", WITH_ROUNDING)
def test_unknown_rounding(kernel, rounding, level):
    case = random_case(kernel, np.random.default_rng(3))
    with pytest.raises(QuantizationError, match=f"{kernel}: unknown rounding"):
        _core.run_kernel(
            kernel, case.params | {"rounding": rounding}, case.inputs, case.constants, case.state, level=level
        )


@BOTH
@pytest.mark.parametrize("kernel", _core.device_kernels())
def test_unknown_constant_is_named(kernel, level):
    case = random_case(kernel, np.random.default_rng(3))
    constants = case.constants | {"wrong": np.zeros(4, np.int8)}
    with pytest.raises(ShapeError, match=f"{kernel}: unknown constant 'wrong'"):
        _core.run_kernel(kernel, case.params, case.inputs, constants, case.state, level=level)


def off_by_one(array):
    """The same values at an odd address, contiguous."""
    raw = np.zeros(array.nbytes + array.itemsize, np.uint8)
    start = 1 - raw.ctypes.data % 2
    view = raw[start : start + array.nbytes].view(array.dtype)
    view[...] = array
    assert view.flags.c_contiguous
    assert not view.flags.aligned
    return view


def test_arrays_that_are_not_aligned():
    """Not every core may load a number from any address."""
    params = {"size": 5, "scale": 0.5, "zero_point": 0}
    with pytest.raises(ShapeError, match="input 0 is not aligned"):
        _core.run_kernel("quantize_f32_s8", params, [off_by_one(np.zeros(5, np.float32))], {})
    good, bad = np.zeros(5, np.int32), off_by_one(np.zeros(5, np.int32))
    for arrays in ((bad, good, good), (good, bad, good), (good, good, bad)):
        with pytest.raises(ShapeError, match="not aligned"):
            _core.requantize(*arrays, 0)


@pytest.mark.parametrize("dtype", ["O", [("a", "O")]], ids=["object", "structure"])
def test_arrays_of_python_objects(dtype):
    params = {"size": 8, "activation_min": -128, "activation_max": 127}
    with pytest.raises(ShapeError, match="Python objects"):
        _core.run_kernel("clamp_s8", params, [np.zeros(1, dtype)], {})
