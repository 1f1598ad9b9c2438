"""`et.evaluate`: arrays, files and twins in, figures with intervals, by subject and paired, out."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin import metrics
from edgetwin.errors import DataError, ModelError, QuantizationError


@pytest.fixture(scope="module")
def model():
    return et.load(et.data.demo_model())


@pytest.fixture(scope="module")
def strides():
    """Strides of four people, and whose each is."""
    parts = [et.signal.simulate_strides([seed]) for seed in range(4)]
    subjects = np.repeat(["Ann", "Ben", "Cem", "Dag"], [len(labels) for _, labels in parts])
    return np.concatenate([w.reshape(len(w), -1) for w, _ in parts]), np.concatenate([y for _, y in parts]), subjects


@pytest.fixture(scope="module")
def words(shared):
    rng = np.random.default_rng(3)
    x = rng.integers(-128, 128, (60, 49, 10, 1)).astype(np.int8)
    return shared / "models/kws_int8.tflite", x, rng.integers(0, 12, 60), rng.integers(0, 5, 60)


def test_figures_are_those_of_the_metrics(model, strides):
    x, y, subjects = strides
    result = et.evaluate(model, strides, resamples=200, seed=4)
    p = model.predict(x)
    assert_array_equal(result.predictions, p)
    assert result.result == metrics.agreement(p, y)
    study = result.study
    assert study.intervals == metrics.agreement_intervals(p, y, subjects, resamples=200, seed=4)
    assert study.repeated == metrics.repeated_limits(p, y, subjects)
    assert study.proportional_bias == metrics.proportional_bias(p, y, subjects)
    assert study.reliability == metrics.reliability(np.stack([p[:, 0], y], 1))
    assert study.by_subject == {
        name: metrics.agreement(p[subjects == name], y[subjects == name]) for name in ("Ann", "Ben", "Cem", "Dag")
    }
    assert (result.reference, result.paired) == (None, None)
    content = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert content["study"]["repeated_limits"]["subjects"] == 4
    assert content["metrics"]["mdc_ml_at_e2dge"] == content["metrics"]["mdc"]


def test_text_is_the_single_figures(model, strides):
    evaluation = et.evaluate(model, strides, against=model, resamples=20)
    first, figures, beside = str(evaluation).splitlines()[:3]
    assert first.endswith(f"{len(evaluation.predictions)} samples")
    assert f"sd {evaluation.result.sd:.4g}, " in figures
    assert beside.startswith("  beside the other model: n ")


def test_codes_give_what_their_real_values_give(model, strides):
    x, y, subjects = strides
    source = model.inputs[0]
    codes = et.kernels.quantize(x, source.scale, source.zero_point)
    assert et.evaluate(model, (codes, y, subjects)).study == et.evaluate(model, strides).study


def test_without_subjects_samples_are_independent(model, strides):
    x, y, _ = strides
    study = et.evaluate(model, (x, y)).study
    assert study.repeated is None
    assert study.by_subject == {}
    assert not study.proportional_bias.clustered


def test_one_subject_is_said(model, strides):
    x, y, subjects = (part[:30] for part in strides)
    result = et.evaluate(model, (x, y, subjects))
    assert result.notes == ["dataset: all samples are of Ann; intervals take them as independent"]
    assert result.study.intervals == et.evaluate(model, (x, y)).study.intervals
    assert list(result.study.by_subject) == ["Ann"]


def test_no_resamples_no_intervals(model, strides):
    result = et.evaluate(model, strides, against=model, resamples=0)
    assert result.study.intervals == {}
    assert result.paired is None
    assert result.reference.result == result.result


def test_what_a_twin_differs_in(shared, strides):
    x, y, subjects = strides
    int8, float32 = (shared / "models" / f"gait_{kind}.tflite" for kind in ("int8", "f32"))
    result = et.evaluate(int8, strides, against=float32, resamples=100)
    before, after = (et.load(path).predict(x)[:, 0] for path in (float32, int8))
    assert result.paired == metrics.paired_agreement(before, after, y, subjects, resamples=100)
    assert result.paired.largest > 0
    assert result.reference.result == metrics.agreement(before, y)
    assert result.reference.study.by_subject.keys() == result.study.by_subject.keys()
    assert result.as_dict()["against"]["metrics"]["bias"] == result.reference.result.bias


def test_a_classifier(words):
    path, x, y, subjects = words
    result = et.evaluate(path, (x, y, subjects), against=path, resamples=100)
    scores = et.load(path).run(x)
    assert result.study.intervals == metrics.classification_intervals(scores, y, subjects, resamples=100)
    assert {name: c.n for name, c in result.study.by_subject.items()} == dict(
        zip("01234", np.bincount(subjects).tolist(), strict=True)
    )
    assert (result.paired.changed, result.paired.p) == (0, 1.0)
    json.dumps(result.as_dict(), allow_nan=False, default=str)


def test_a_file_and_what_becomes_a_model(model, strides, tmp_path):
    x, y, subjects = strides
    np.savez(tmp_path / "walk.npz", windows=x, label_cm=y, subjects=subjects)

    class Network:
        def to_model(self):
            return model

    assert et.evaluate(Network(), tmp_path / "walk.npz").study == et.evaluate(model, strides).study


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"dataset": 3}, DataError, r"dataset: int, accepted are \(x, labels\)"),
        ({"dataset": ([1.0],)}, DataError, "dataset: tuple of 1"),
        ({"dataset": (np.zeros((2, 648)), ["a", "b"])}, DataError, "dataset: labels: dtype <U1"),
        ({"dataset": (np.zeros((2, 648)), [1.0, np.nan])}, DataError, "labels must be finite"),
        ({"dataset": (np.zeros((2, 648)), [1.0])}, DataError, "1 labels for 2 samples"),
        ({"dataset": (np.zeros((2, 648)), [1.0, 2.0], ["a"])}, DataError, r"subjects of shape \(1,\)"),
        ({"dataset": (np.full((2, 648), np.nan), [1.0, 2.0])}, QuantizationError, "NaN"),
        ({"dataset": (np.zeros((2, 7)), [1.0, 2.0])}, DataError, r"\(2, 7\), the model takes samples of"),
        ({"model": 7}, ModelError, "model: int, accepted are a Model"),
        ({"against": object()}, ModelError, "against: object, accepted"),
        ({"resamples": -1}, DataError, "resamples: -1"),
        ({"seed": 0.5}, DataError, "seed: 0.5"),
        ({"confidence": 95}, DataError, "confidence: 95"),
    ],
    ids=["dataset", "x only", "text", "nan label", "label count", "subject count", "nan", "shape", "model", "against",
         "resamples", "seed", "confidence"],
)  # fmt: skip
def test_refuses(model, changes, error, says):
    options = {"model": model, "dataset": (np.zeros((2, 648)), [1.0, 2.0])} | changes
    with pytest.raises(error, match=says) as caught:
        et.evaluate(options.pop("model"), options.pop("dataset"), **options)
    assert "\n" not in str(caught.value)


def test_a_twin_of_other_outputs_is_refused(words, shared):
    path, x, y, _ = words
    other = shared / "models/hello_int8.tflite"
    with pytest.raises(DataError, match="the model takes samples"):
        et.evaluate(path, (x, y), against=other)
