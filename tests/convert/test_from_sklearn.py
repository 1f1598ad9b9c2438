"""scikit-learn's perceptrons, converted."""

from __future__ import annotations

import doctest
import sys

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

import edgetwin as et

RNG = np.random.default_rng(8)
#: Features of different size and place.
X = (RNG.normal(size=(60, 5)) * [1, 3, 0.2, 10, 1] + [0, 5, 1, -20, 2]).astype(np.float32)
CLASSES = np.array(["fall", "idle", "walk"])[np.digitize(X[:, 0] + X[:, 4], [1.5, 2.5])]
TARGET = np.sin(X[:, 0]) + X[:, 1] / 3
FEW = {"max_iter": 15, "random_state": 0}

ESTIMATORS = {
    "classes": (MLPClassifier((8,), **FEW), CLASSES),
    "two classes": (MLPClassifier((8, 4), activation="tanh", **FEW), CLASSES == "fall"),
    "regressor": (MLPRegressor(hidden_layer_sizes=(8,), activation="logistic", **FEW), TARGET),
    "several outputs": (
        MLPRegressor(hidden_layer_sizes=(6,), activation="identity", **FEW),
        np.stack([TARGET, -TARGET], 1),
    ),
    "no hidden layer": (MLPRegressor(hidden_layer_sizes=(), **FEW), TARGET),
    "scaled": (make_pipeline(StandardScaler(), MLPClassifier((8,), **FEW)), CLASSES),
    "scaled twice": (
        make_pipeline(
            StandardScaler(),
            "passthrough",
            StandardScaler(with_mean=False),
            MLPRegressor(hidden_layer_sizes=(8,), **FEW),
        ),
        TARGET,
    ),
    "not centred": (
        make_pipeline(StandardScaler(with_std=False), MLPRegressor(hidden_layer_sizes=(8,), **FEW)),
        TARGET,
    ),
    "counts": (MLPRegressor(hidden_layer_sizes=(4,), loss="poisson", **FEW), np.abs(TARGET)),
}

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.parametrize("name", ESTIMATORS)
def test_outputs_are_equal(name):
    estimator, y = ESTIMATORS[name]
    estimator.fit(X, y)
    model = et.from_sklearn(estimator)
    last = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    probabilities = isinstance(last, MLPClassifier)
    # In float64, so that only our own rounding is measured.
    expected = estimator.predict_proba(X.astype(float)) if probabilities else estimator.predict(X.astype(float))
    expected = expected.reshape(len(X), -1)
    ours = model.run(X)
    assert ours.shape == expected.shape
    np.testing.assert_allclose(ours, expected, rtol=1e-5, atol=1e-5)
    assert expected.std() > 1e-3
    if probabilities:
        np.testing.assert_array_equal(last.classes_[ours.argmax(1)], estimator.predict(X))


def test_scaling_costs_no_operator():
    estimator, y = ESTIMATORS["scaled"]
    model = et.from_sklearn(estimator.fit(X, y))
    assert [operator.name for operator in model.graph.operators] == ["fully_connected", "fully_connected", "softmax"]


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (LogisticRegression(), "LogisticRegression is not converted, accepted are MLPClassifier"),
        (make_pipeline(MinMaxScaler(), MLPClassifier((2,), **FEW)), "step MinMaxScaler is not converted"),
        (make_pipeline(StandardScaler()), "StandardScaler is not converted"),
        ("perceptron", "str is not converted"),
    ],
    ids=["estimator", "step", "no network", "text"],
)
def test_what_is_not_converted_is_named(estimator, message):
    if hasattr(estimator, "fit"):
        estimator.fit(X, CLASSES)
    with pytest.raises(et.UnsupportedError, match=message):
        et.from_sklearn(estimator)


def test_example_of_the_docstring():
    result = doctest.testmod(sys.modules["edgetwin.convert.sklearn"])
    assert result.attempted > 4
    assert not result.failed


def test_not_fitted():
    with pytest.raises(et.UnsupportedError, match="MLPRegressor instance is not fitted"):
        et.from_sklearn(MLPRegressor())


def test_several_labels_a_sample():
    labels = np.stack([CLASSES == "fall", X[:, 0] > 0], 1)
    with pytest.raises(et.UnsupportedError, match="several labels a sample"):
        et.from_sklearn(MLPClassifier((4,), **FEW).fit(X, labels))


def test_weights_that_are_not_finite():
    network = MLPRegressor(hidden_layer_sizes=(4,), **FEW).fit(X, TARGET)
    network.coefs_[0][0, 0] = np.inf
    with pytest.raises(et.DataError, match="NaN or infinity"):
        et.from_sklearn(network)


@pytest.mark.parametrize(
    ("framework", "convert"), [("sklearn", "from_sklearn"), ("torch", "from_torch"), ("keras", "from_keras")]
)
def test_framework_that_is_not_installed(monkeypatch, framework, convert):
    monkeypatch.setitem(sys.modules, framework, None)
    with pytest.raises(
        et.MissingExtraError, match=rf'{framework} is not installed: pip install "edgetwin\[{framework}\]"'
    ):
        getattr(et, convert)(*[None] * (2 if framework == "torch" else 1))
