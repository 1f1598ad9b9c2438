"""The C++ plan: what it refuses, and that a fault in one thread reaches the caller."""

from __future__ import annotations

import gc
import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from edgetwin import _core
from edgetwin.errors import ShapeError

SVDF = {
    "batches": 1, "input_size": 1, "filters": 1, "memory": 4, "rank": 1,
    "input_zero_point": 0, "state_zero_point": 0, "output_zero_point": 0,
    "input_multiplier": 2**30, "input_shift": 1, "output_multiplier": 2**30, "output_shift": 1,
    "state_min": -128, "state_max": 127, "activation_min": -128, "activation_max": 127, "rounding": 0,
}  # fmt: skip


def copying(arena_bytes=0):
    """A plan that copies four bytes."""
    steps = [("copy", {}, {}, [0], [], [1])]
    return _core.Plan([("input", 0, 4), ("output", 0, 4)], steps, arena_bytes, b"", b"")


def run(plan, x, threads):
    y = np.zeros_like(x)
    plan.run(len(x), [x], [False], [y], None, threads)
    return y


@pytest.mark.parametrize("arena_bytes", [-1, -(2**63), 2**63 - 1, 2**61])
def test_impossible_arena(arena_bytes):
    with pytest.raises(ShapeError, match="arena"):
        copying(arena_bytes)


@pytest.mark.parametrize("threads", [1, 2, 8])
def test_memory_that_cannot_be_had(threads):
    """Every thread needs memory of its own: where one gets none, the caller learns it and the pool goes on."""
    x = np.arange(400, dtype=np.int8).reshape(100, 4)
    with pytest.raises(MemoryError):
        run(copying(2**59), x, threads)
    assert_array_equal(run(copying(), x, threads), x)


@pytest.mark.parametrize("samples", [2**62, 2**62 + 1, 2**63 - 1, 0, 2])
def test_numbers_of_samples_that_do_not_fit(samples):
    """2^62 samples of four bytes are no bytes modulo 2^64."""
    x, y = np.zeros(4, np.int8), np.zeros(4, np.int8)
    arrays = (x[:0], y[:0]) if samples % 2**62 == 0 and samples else (x, y)
    with pytest.raises(ShapeError, match=f"expected {samples} times 4"):
        copying().run(samples, [arrays[0]], [False], [arrays[1]], None, 1)


@pytest.mark.parametrize("place", ["input", "constant"])
def test_state_that_must_not_be_written(place):
    constants = {"weights_feature": np.ones(1, np.int8), "weights_time": np.ones(4, np.int8)}
    storages = [("input", 0, 1), ("output", 0, 1), (place, 1 if place == "input" else 0, 4)]
    with pytest.raises(ShapeError, match="writes to an input or a constant"):
        _core.Plan(storages, [("svdf_s8", SVDF, constants, [0], [2], [1])], 0, b"", bytes(64))


@pytest.mark.parametrize("outputs", [[], [1, 1]], ids=["none", "two"])
def test_copies_have_one_output(outputs):
    with pytest.raises(ShapeError, match="copy"):
        _core.Plan([("input", 0, 4), ("output", 0, 4)], [("copy", {}, {}, [0], [], outputs)], 0, b"", b"")


def test_a_copy_onto_itself():
    steps = [("copy", {}, {}, [0], [], [2]), ("copy", {}, {}, [2], [], [2]), ("copy", {}, {}, [2], [], [1])]
    plan = _core.Plan([("input", 0, 4), ("output", 0, 4), ("arena", 0, 4)], steps, 4, b"", b"")
    x = np.arange(8, dtype=np.int8).reshape(2, 4)
    assert_array_equal(run(plan, x, 1), x)


@pytest.mark.parametrize(
    ("dtype", "shape"),
    [
        ("int8", (3,)),
        ("int8", (-2, -2)),
        ("int8", (4, 0)),
        ("int8", (2**32, 2**32, 4)),
        ("int8", (1,) * 15 + (4,)),
        ("S0", (4,)),
        ("O", ()),
        ([("a", "O")], ()),
    ],
    ids=str,
)
def test_ordinary_calls_of_other_sizes(dtype, shape):
    storages = [("input", 0, 8), ("output", 0, 8)] if np.dtype(dtype).hasobject else [("input", 0, 4), ("output", 0, 4)]
    plan = _core.Plan(storages, [("copy", {}, {}, [0], [], [1])], 0, b"", b"")
    good, bad = (np.dtype("int8"), (storages[0][2],), False), (np.dtype(dtype), shape, False)
    for inputs, outputs in (([bad], [good]), ([good], [bad]), ([good, good], [good]), ([good], []), ([], [good])):
        with pytest.raises(ShapeError, match="inputs and outputs of these shapes"):
            _core.ordinary_call(plan, inputs, outputs, 1)


def test_an_ordinary_call_gives_back_every_reference():
    """Its function is plain CPython: each result takes one reference to the dtype, and its end takes the rest."""
    given, made = (np.dtype("int8", metadata={"of": name}) for name in ("input", "output"))
    x = np.arange(8, dtype=np.int8).reshape(2, 4).astype(given)
    assert x.dtype is given
    before = sys.getrefcount(given), sys.getrefcount(made)
    call = _core.ordinary_call(copying(), [(given, (4,), False)], [(made, (4,), False)], 1)
    for _ in range(20):
        result = call((x,), None, None)
        assert result.dtype is made
        assert_array_equal(result, x)
        assert call((x[:, :3],), None, None) is None
        with pytest.raises(TypeError, match="inputs: tuple"):
            call(x, None, None)
    del call, result
    gc.collect()
    assert (sys.getrefcount(given), sys.getrefcount(made)) == before
