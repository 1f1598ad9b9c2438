"""The shared float32 models: tensor by tensor beside LiteRT and the TFLite Micro wheel, and on real strides."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.files import npz
from oracles.float32.models import TWINS, compare, real_samples
from oracles.litert import assert_near

import edgetwin as et


@pytest.mark.parametrize("name", TWINS)
def test_every_tensor(shared, litert, tflm, name):
    """Near LiteRT, and the bytes of TFLite Micro."""
    rows = compare(shared, litert, tflm, name, 12)
    assert [row for row in rows if not row.near] == []
    assert [row for row in rows if row.wheel_differing] == []
    assert len(rows) == len(et.load(shared / "models" / f"{name}.tflite").graph.operators)


@pytest.mark.parametrize("name", TWINS)
def test_outputs_of_the_file_as_it_is(shared, litert, name):
    """What LiteRT's delegate fuses where nobody looks at the tensors between."""
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    x = real_samples(shared, name, 12)
    delegate, plain = litert.run(data, [[sample[None]] for sample in x])
    theirs = (np.concatenate([sample[0] for sample in answer]) for answer in (delegate, plain))
    assert_near(et.load(data).run(x), *theirs)


@pytest.mark.parametrize(
    ("trial", "real", "codes"),
    [("PWS", ("1.03", "3.90"), ("0.92", "3.90")), ("PWS+20", ("3.90", "3.55"), ("4.24", "3.55"))],
)
def test_real_strides_beside_the_int8_twin(shared, trial, real, codes):
    """Bias and SD in cm of the float32 model and of its twin on the same strides."""
    data = npz(shared / "golden/gait" / f"Sub_FZ_{trial}_RF.npz")
    figures = []
    for name in ("gait_f32", "gait_int8"):
        predicted = et.load(shared / "models" / f"{name}.tflite").predict(data["strides"].reshape(-1, 648))[:, 0]
        result = et.metrics.agreement(predicted, data["label_cm"])
        figures.append((f"{result.bias:.2f}", f"{result.sd:.2f}"))
    assert figures == [real, codes]


@pytest.mark.parametrize("name", TWINS)
def test_one_by_one_is_the_batch(shared, name):
    """run(x)[i] is run(x[i]), on any number of threads."""
    data = (shared / "models" / f"{name}.tflite").read_bytes()
    x = real_samples(shared, name, 9)
    whole = et.load(data, num_threads=1).run(x)
    assert_array_equal(et.load(data, num_threads=2).run(x), whole)
    model = et.load(data)
    assert_array_equal(np.stack([model.run(sample) for sample in x]), whole)
