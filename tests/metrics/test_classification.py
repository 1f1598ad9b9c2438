"""Classification against counting, F1 and areas under curves against scikit-learn, and refusals."""

from __future__ import annotations

import json
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from edgetwin.errors import DataError
from edgetwin.metrics import classification, roc


@pytest.fixture(scope="module")
def sklearn_metrics():
    return pytest.importorskip("sklearn.metrics", reason="scikit-learn is not installed: pip install scikit-learn")


def drawn(seed, n=60, classes=3):
    """Scores of few distinct values, so that many are equal, and labels of every class."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, n - classes)])
    scores = rng.integers(0, 5, (n, classes)) + 2 * (labels[:, None] == np.arange(classes))
    return scores.astype(np.int8), labels


@pytest.mark.parametrize("seed", range(8))
def test_against_scikit_learn(sklearn_metrics, seed):
    scores, labels = drawn(seed)
    result, chosen = classification(scores, labels), scores.argmax(1)
    assert_array_equal(result.confusion, sklearn_metrics.confusion_matrix(labels, chosen))
    assert result.accuracy == pytest.approx(sklearn_metrics.accuracy_score(labels, chosen), rel=1e-14)
    assert_allclose(result.f1, sklearn_metrics.f1_score(labels, chosen, average=None), rtol=1e-14)
    assert result.f1_macro == pytest.approx(sklearn_metrics.f1_score(labels, chosen, average="macro"), rel=1e-14)
    for k in range(3):
        assert result.auc[k] == pytest.approx(sklearn_metrics.roc_auc_score(labels == k, scores[:, k]), rel=1e-14)
        curve = roc(scores, labels, k)
        false, true, thresholds = sklearn_metrics.roc_curve(labels == k, scores[:, k], drop_intermediate=False)
        assert_allclose(curve.false_positive_rate, false, rtol=1e-14)
        assert_allclose(curve.true_positive_rate, true, rtol=1e-14)
        assert_array_equal(curve.thresholds, thresholds)


def test_infinite_scores_can_be_equal():
    curve = roc(np.array([[0.0, np.inf], [0.0, np.inf], [0.0, 1.0], [0.0, -np.inf]]), [1, 0, 1, 0], 1)
    assert curve.auc == (0.5 + 1 + 1 + 0) / 4
    assert len(curve.thresholds) == 4


def test_classes_that_are_nowhere_have_no_scores():
    result = classification([[2, 1, 0], [2, 1, 0], [1, 2, 0]], [0, 0, 0])
    assert_array_equal(result.f1, [0.8, 0.0, math.nan])
    assert result.f1_macro == pytest.approx(0.4)
    assert np.isnan(result.auc).all()
    assert result.as_dict()["auc"] == [None, None, None]


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 5).flatmap(
    lambda c: st.lists(st.tuples(st.integers(0, c - 1), st.lists(st.integers(-3, 3), min_size=c, max_size=c)),
                       min_size=1, max_size=30)))  # fmt: skip
def test_classification_against_counting(samples):
    labels, scores = [label for label, _ in samples], [row for _, row in samples]
    classes = len(scores[0])
    result = classification(scores, labels)
    guesses = [row.index(max(row)) for row in scores]
    for i in range(classes):
        for j in range(classes):
            assert result.confusion[i, j] == sum(a == i and b == j for a, b in zip(labels, guesses, strict=True))
    assert result.n == len(samples)
    assert result.accuracy == pytest.approx(statistics.fmean(a == b for a, b in zip(labels, guesses, strict=True)))
    for i in range(classes):
        of_label, of_guess = labels.count(i), guesses.count(i)
        hits = result.confusion[i, i]
        assert_array_equal(result.recall[i], hits / of_label if of_label else math.nan)
        assert_array_equal(result.precision[i], hits / of_guess if of_guess else math.nan)
    figures = json.loads(json.dumps(result.as_dict(), allow_nan=False))
    assert figures["recall"] == [None if np.isnan(v) else v for v in result.recall]


@pytest.mark.parametrize(
    ("scores", "labels", "says"),
    [
        (np.zeros((0, 3)), [], "n >= 1"),
        (np.zeros(3), [0, 1, 2], r"\(n, classes\)"),
        (np.zeros((3, 2)), [0, 1], "2 labels"),
        (np.zeros((2, 2)), [0, 2], r"\[0, 1\]"),
        (np.zeros((2, 2)), [-1, 0], r"\[0, 1\]"),
        (np.zeros((2, 2)), [0.0, 1.0], "integers"),
        (np.zeros((2, 2)), ["a", "b"], "labels: dtype <U1"),
        ([[1.0, math.nan], [0.0, 1.0]], [0, 1], "NaN"),
        ([["a", "b"]], [0], "dtype"),
        ([[1.0], [1.0, 2.0]], [0, 1], "rows of different length"),
    ],
    ids=["empty", "one-axis", "count", "high", "negative", "float", "text", "nan", "text-scores", "ragged"],
)
def test_classification_refuses(scores, labels, says):
    with pytest.raises(DataError, match=says) as caught:
        classification(scores, labels)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "positive", "says"),
    [([0, 1], 2, "accepted are classes 0 to 1"), ([0, 1], True, "True"), ([1, 1], 1, "2 of 2"), ([1, 1], 0, "0 of 2")],
    ids=["class", "bool", "all", "none"],
)
def test_roc_refuses(labels, positive, says):
    with pytest.raises(DataError, match=says):
        roc(np.eye(2), labels, positive)
