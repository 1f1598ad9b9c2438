"""TFLite Micro's own int16 models with recorded answers: the wheel's bytes, and within the 1 that the records allow."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import edgetwin as et
from edgetwin.io.tflite_read import read_tflite

FOLDER = Path(os.environ.get("EDGETWIN_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "golden/tflm_int16"
MODELS = sorted(path.stem for path in FOLDER.glob("*.tflite"))
#: TFLite Micro's own test of these files allows so much: they were recorded elsewhere.
MOST_STEPS = 1


def recorded(name, dtype="int16"):
    return np.loadtxt(FOLDER / f"{name}_{dtype}.csv", delimiter=",", dtype=np.int64, ndmin=1)


@pytest.mark.parametrize("name", MODELS)
def test_recorded_model(tflm, name):
    data = (FOLDER / f"{name}.tflite").read_bytes()
    graph = read_tflite(data)
    inputs = []
    for number, index in enumerate(graph.inputs):
        tensor = graph.tensors[index]
        values = recorded(f"{name}_input{number}", tensor.dtype)
        inputs.append(values.astype(tensor.dtype).reshape(tensor.shape))
    answer = et.load(data).run(*inputs)
    (expected,) = tflm.run(data, [inputs]).outputs[0]
    assert_array_equal(answer.reshape(-1), expected.reshape(-1), strict=True)
    golden = recorded(f"{name}_golden", answer.dtype.name)
    assert_allclose(answer.reshape(-1).astype(np.int64), golden, rtol=0, atol=MOST_STEPS)


def test_every_operator_is_there():
    """The folder holds what it did when this was written."""
    if not MODELS:
        pytest.skip(f"no shared data at {FOLDER}: set EDGETWIN_SHARED")
    counts = Counter(name.rstrip("0123456789") for name in MODELS)
    assert counts == {
        "add": 9, "conv": 11, "leaky_relu": 12, "pad": 10, "quantize": 1, "strided_slice": 17, "sub": 3,
        "transpose_conv": 3,
    }  # fmt: skip
