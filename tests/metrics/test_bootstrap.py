"""Bootstrap intervals against a plain loop over drawn samples, their seeds, and paired comparisons."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from edgetwin.errors import DataError
from edgetwin.metrics import (
    agreement,
    agreement_intervals,
    classification,
    classification_intervals,
    paired_agreement,
    paired_classification,
)

RNG = np.random.default_rng(8)
SUBJECTS = RNG.integers(0, 6, 50)
LABELS = RNG.normal(130, 8, 50)
PREDICTED = 20 + 0.85 * LABELS + RNG.normal(0, 2, 6)[SUBJECTS] + RNG.normal(0, 2, 50)
CLASSES = RNG.integers(0, 3, 50)
SCORES = RNG.integers(0, 6, (50, 3)) + 3 * (CLASSES[:, None] == np.arange(3))


def drawn_indices(subjects, resamples, seed):
    """Which samples each resample holds, one after another."""
    owner = np.arange(50) if subjects is None else subjects
    count = owner.max() + 1
    for drawn in np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=resamples):
        yield np.repeat(np.arange(50), drawn[owner])


@pytest.mark.parametrize("subjects", [None, SUBJECTS], ids=["pairs", "subjects"])
def test_agreement_is_that_of_the_drawn_pairs(subjects):
    results = [agreement(PREDICTED[i], LABELS[i]).as_dict() for i in drawn_indices(subjects, 40, 3)]
    intervals = agreement_intervals(PREDICTED, LABELS, subjects, resamples=40, seed=3, confidence=0.8)
    assert intervals.keys() == results[0].keys() - {"n", "mdc_ml_at_e2dge"}
    for name, interval in intervals.items():
        expected = np.quantile([r[name] for r in results], [0.1, 0.9])
        assert_allclose([interval.low, interval.high], expected, rtol=1e-9, err_msg=name)


@pytest.mark.parametrize("subjects", [None, SUBJECTS], ids=["samples", "subjects"])
def test_classification_is_that_of_the_drawn_samples(subjects):
    results = [classification(SCORES[i], CLASSES[i]) for i in drawn_indices(subjects, 40, 5)]
    intervals = classification_intervals(SCORES, CLASSES, subjects, resamples=40, seed=5)
    plain = {"accuracy": [r.accuracy for r in results], "f1_macro": [r.f1_macro for r in results]}
    for k in range(3):
        plain |= {f"{name} {k}": [getattr(r, name)[k] for r in results] for name in ("recall", "f1", "auc")}
    assert intervals.keys() == plain.keys()
    for name, interval in intervals.items():
        expected = np.quantile(plain[name], [0.025, 0.975])
        assert_allclose([interval.low, interval.high], expected, rtol=1e-12, err_msg=name)


def test_subjects_who_differ_widen_the_interval():
    by_pair, by_subject = (agreement_intervals(PREDICTED, LABELS, s)["bias"] for s in (None, SUBJECTS))
    assert by_subject.high - by_subject.low > 1.3 * (by_pair.high - by_pair.low)


def test_seeds_decide():
    first, again, other = (agreement_intervals(PREDICTED, LABELS, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other


def test_blocks_are_one_stream(monkeypatch):
    whole = agreement_intervals(PREDICTED, LABELS, resamples=64)
    monkeypatch.setattr("edgetwin.metrics.bootstrap._BLOCK", 7 * 50)
    made = agreement_intervals(PREDICTED, LABELS, resamples=64)
    # Products of matrices of another height may have other last bits; other draws would differ at once.
    assert {name: pytest.approx(found.as_dict(), rel=1e-12) for name, found in whole.items()} == {
        name: found.as_dict() for name, found in made.items()
    }


def test_resamples_without_a_figure_are_counted():
    # Drawn thrice, one label has no line: 1/9 of the resamples.
    interval = agreement_intervals([1.0, 2.0, 4.0], [1.0, 2.0, 3.0], resamples=900)["m"]
    assert 60 < interval.undefined < 140
    assert np.isfinite([interval.low, interval.high]).all()
    never = agreement_intervals([1.0, 2.0], [3.0, 3.0])["m"]
    assert never.undefined == 1000
    assert np.isnan([never.low, never.high]).all()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"resamples": 0}, "resamples: 0"),
        ({"resamples": 1.5}, "resamples: 1.5"),
        ({"seed": -1}, "seed: -1"),
        ({"confidence": 2.0}, "confidence: 2.0"),
        ({"subjects": np.zeros(50, int)}, "1 subject, accepted are none"),
        ({"subjects": SUBJECTS[:4]}, "one for each of 50 samples"),
    ],
    ids=["none", "half", "seed", "confidence", "one-subject", "count"],
)
def test_refuses(options, says):
    with pytest.raises(DataError, match=says):
        agreement_intervals(PREDICTED, LABELS, **options)


# Pairs of models.


def test_paired_agreement_is_the_difference_of_two():
    second = PREDICTED + RNG.normal(0.3, 0.2, 50)
    result = paired_agreement(PREDICTED, second, LABELS, SUBJECTS)
    before, after = agreement(PREDICTED, LABELS), agreement(second, LABELS)
    assert result.bias == pytest.approx(after.bias - before.bias)
    assert result.mse == pytest.approx(after.mse - before.mse)
    assert result.mse_ratio == pytest.approx(after.mse / before.mse)
    assert result.sd_of_error == pytest.approx(after.sd - before.sd)
    assert (result.mean, result.largest) == pytest.approx((result.bias, np.abs(second - PREDICTED).max()))
    # What both share cancels: far narrower than the interval of either.
    alone = agreement_intervals(PREDICTED, LABELS, SUBJECTS)["bias"]
    assert result.bias_interval.high - result.bias_interval.low < 0.3 * (alone.high - alone.low)
    assert result.bias_interval.low < result.bias < result.bias_interval.high


def test_equal_predictions_cost_nothing():
    result = paired_agreement(PREDICTED, PREDICTED, LABELS)
    assert (result.mean, result.sd, result.largest, result.bias, result.mse, result.mse_ratio) == (0, 0, 0, 0, 0, 1)
    assert (result.mse_interval.low, result.mse_interval.high) == (0, 0)


def test_perfect_predictions_have_no_ratio():
    assert np.isnan(paired_agreement(LABELS, PREDICTED, LABELS).mse_ratio)


def test_mcnemar_of_statsmodels():
    tables = pytest.importorskip("statsmodels.stats.contingency_tables", reason="pip install statsmodels")
    second = SCORES + RNG.integers(-3, 4, SCORES.shape)
    result = paired_classification(SCORES, second, CLASSES)
    first_right, second_right = SCORES.argmax(1) == CLASSES, second.argmax(1) == CLASSES
    table = [[(a & b).sum() for b in (second_right, ~second_right)] for a in (first_right, ~first_right)]
    assert (result.only_first, result.only_second) == (table[0][1], table[1][0])
    assert result.only_first + result.only_second >= 5
    assert result.p == pytest.approx(tables.mcnemar(table, exact=True).pvalue)
    assert result.accuracy == pytest.approx(second_right.mean() - first_right.mean())
    assert result.changed == (SCORES.argmax(1) != second.argmax(1)).sum()
    assert result.accuracy_interval.low <= result.accuracy <= result.accuracy_interval.high


def test_scores_of_other_classes_are_refused():
    with pytest.raises(DataError, match=r"\(50, 3\) and \(50, 4\)"):
        paired_classification(SCORES, np.zeros((50, 4)), CLASSES)
