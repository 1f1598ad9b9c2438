"""int16 ADD and MUL against the recordings of CMSIS-NN, in both roundings."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from edgetwin import kernels

FOLDER = Path(__file__).parent
RECORDINGS = "cmsis_nn_s16.npz"
ZEROS = dict.fromkeys(("x_zero_point", "y_zero_point", "output_zero_point"), 0)
CLAMP = ("activation_min", "activation_max")
SCALES = [f"{side}_{part}" for side in ("x", "y", "output") for part in ("multiplier", "shift")]


@pytest.fixture(scope="module")
def recorded():
    with np.load(FOLDER / RECORDINGS) as data:
        return dict(data)


@pytest.mark.parametrize("rounding", ["double", "single"])
def test_equal(recorded, rounding):
    for case, (x, y) in enumerate(zip(recorded["x"], recorded["y"], strict=True)):
        p = {name: int(recorded[name][case]) for name in (*CLAMP, *SCALES, "mul_shift")}
        options = {**ZEROS, **{name: p[name] for name in CLAMP}, "rounding": rounding}
        total = kernels.add(x, y, left_shift=15, **{name: p[name] for name in SCALES}, **options)
        assert_array_equal(total, recorded[f"add_{rounding}"][case], strict=True)
        product = kernels.mul(x, y, multiplier=p["output_multiplier"], shift=p["mul_shift"], **options)
        assert_array_equal(product, recorded[f"mul_{rounding}"][case], strict=True)


@pytest.mark.parametrize("operator", ["add", "mul"])
def test_the_rounding_matters(recorded, operator):
    assert (recorded[f"{operator}_double"] != recorded[f"{operator}_single"]).any()


def test_recordings_are_those_of_the_manifest():
    entry = json.loads((FOLDER / "manifest.json").read_text())[RECORDINGS]
    assert hashlib.sha256((FOLDER / RECORDINGS).read_bytes()).hexdigest() == entry["sha256"]
