"""Every shared int8 model against the pinned TFLite Micro wheel: outputs and every operator, byte for byte."""

from __future__ import annotations

import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.exactness import compare
from oracles.files import npz
from oracles.inputs import MODELS

import edgetwin as et

#: The full numbers are run by `benchmarks/exactness.py`; the suite takes this share of them.
SHARE = float(os.environ.get("EDGETWIN_EXACT_SHARE", "0.05"))


@pytest.mark.parametrize("name", MODELS)
def test_same_bytes_as_the_wheel(shared, tflm, name):
    result = compare(shared, tflm, name, max(40, int(MODELS[name] * SHARE)))
    assert result.differing_outputs == 0
    assert result.differing_operators == {}
    assert result.operators >= 3
    if name != "kwscr8":
        assert result.distinct >= 30, "too few distinct outputs: a fault could hide"


@pytest.mark.parametrize(("trial", "bias", "sd"), [("PWS", "0.92", "3.90"), ("PWS+20", "4.24", "3.55")])
def test_real_strides(shared, trial, bias, sd):
    """The recorded outputs, as one batch and one by one; the mean of 4.24481 cm prints as 4.24, not 4.25."""
    data = npz(shared / "golden/gait" / f"Sub_FZ_{trial}_RF.npz")
    model = et.load(shared / "models/gait_int8.tflite")
    assert_array_equal(model.run(data["int8_input"])[:, 0], data["int8_output"])
    one_by_one = [model.run(x)[0] for x in data["int8_input"]]
    assert_array_equal(np.array(one_by_one, np.int8), data["int8_output"])
    predicted = model.predict(data["strides"].reshape(-1, 648))[:, 0]
    result = et.metrics.agreement(predicted, data["label_cm"])
    assert f"{result.bias:.2f}" == bias
    assert f"{result.sd:.2f}" == sd


def test_quantized_strides_are_the_recorded_codes(shared):
    """Ties away from zero, division in float32: the recorded input codes to the byte."""
    for trial in ("PWS", "PWS+20"):
        data = npz(shared / "golden/gait" / f"Sub_FZ_{trial}_RF.npz")
        spec = et.load(shared / "models/gait_int8.tflite").inputs[0]
        codes = et.kernels.quantize(data["strides"].reshape(-1, 648), spec.scale, spec.zero_point)
        assert_array_equal(codes, data["int8_input"])


def test_person_is_told_from_no_person(shared, tflm):
    from PIL import Image

    data = (shared / "models/person.tflite").read_bytes()
    model = et.load(data)
    scores = {}
    for picture in ("person", "no_person"):
        with Image.open(shared / "datasets/tflm_examples" / f"{picture}.bmp") as image:
            x = np.array(image.convert("L")).view(np.int8).reshape(1, 96, 96, 1)
        scores[picture] = model.run(x)[0]
        assert_array_equal(scores[picture], tflm.run(data, [[x]]).outputs[0][0][0])
    assert scores["person"][1] > scores["person"][0]
    assert scores["no_person"][0] > scores["no_person"][1]


def test_dynamic_range_is_refused_by_name(shared):
    with pytest.raises(et.UnsupportedError) as caught:
        et.load(shared / "models" / "kws_f32.tflite")
    for word in ("operator 0 (conv_2d)", "dynamic-range", "full-integer quantization"):
        assert word in str(caught.value)


@pytest.mark.parametrize(
    ("name", "arena"), [("gait_int8", 6912), ("kws_int8", 16000), ("resnet8_int8", 49152), ("ad01_int8", 768)]
)
def test_arena_is_tflite_micros_own(shared, name, arena):
    assert et.load(shared / "models" / f"{name}.tflite").profile().arena_bytes == arena
