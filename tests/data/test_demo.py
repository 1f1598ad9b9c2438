"""The packaged model: an int8 model that takes the strides which the package cuts."""

from __future__ import annotations

import numpy as np

import edgetwin as et


def test_demo_model_loads_and_takes_a_stride():
    model = et.load(et.data.demo_model())
    assert [(spec.dtype, spec.shape) for spec in model.inputs] == [(np.int8, (648,))]
    assert [(spec.dtype, spec.shape) for spec in model.outputs] == [(np.int8, (1,))]


def test_demo_model_agrees_with_people_it_was_not_trained_on():
    model = et.load(et.data.demo_model())
    windows, label_cm = et.signal.simulate_strides(range(3000, 3004))
    result = et.metrics.agreement(model.predict(windows.reshape(len(windows), -1)), label_cm)
    assert abs(result.bias) < 2
    assert result.sd < 4
    assert len(np.unique(model.predict(windows.reshape(len(windows), -1)))) > 30
