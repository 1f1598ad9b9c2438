"""Pictures of scores, training and costs: what is drawn, and what cannot be."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et
from edgetwin.errors import DataError

RNG = np.random.default_rng(2)
LABELS = RNG.integers(0, 3, 90)
SCORES = RNG.normal(0, 1, (90, 3)) + (LABELS[:, None] == np.arange(3))


def texts(figure):
    legends = [text.get_text() for axes in figure.axes if axes.get_legend() for text in axes.get_legend().get_texts()]
    return legends + [text.get_text() for axes in figure.axes for text in axes.texts]


def test_a_curve_for_each_class():
    figure = et.plots.roc_curves(SCORES, LABELS, names=["a$", "b", "c"], title="x")
    areas = et.metrics.classification(SCORES, LABELS).auc
    assert texts(figure) == [f"{name}: {area:.3f}" for name, area in zip(("a\\$", "b", "c"), areas, strict=True)]
    assert len(figure.axes[0].lines) == 4


def test_many_classes_have_no_names():
    labels = np.arange(40) % 20
    figure = et.plots.roc_curves(RNG.normal(0, 1, (40, 20)), labels)
    assert figure.axes[0].get_legend() is None
    assert len(figure.axes[0].lines) == 21


def test_limits_by_subject_are_drawn_with_their_intervals():
    y = RNG.normal(130, 5, 40)
    p, subjects = y + RNG.normal(0, 2, 40), np.arange(40) % 5
    result, limits = et.metrics.agreement(p, y), et.metrics.repeated_limits(p, y, subjects)
    words = {"quantity": "length", "unit": "cm"}
    plain = et.plots.bland_altman(p, y, result, **words)
    figure = et.plots.bland_altman(p, y, result, repeated=limits, **words)
    assert len(figure.axes[0].patches) == len(plain.axes[0].patches) + 3
    assert any("by subject" in text and f"{limits.loa_high:.2f}" in text for text in texts(figure))
    bottom, top = figure.axes[0].get_ylim()
    assert bottom < limits.loa_low_interval[0]
    assert top > limits.loa_high_interval[1]


def test_training_beside_validation():
    history = {"loss": [3.0, 2.0, 0.1], "val_loss": [3.0, np.nan, 1.0], "accuracy": [0.1, 0.2, 0.3]}
    figure = et.plots.training_curve(history, best=1)
    assert [axes.get_ylabel() for axes in figure.axes] == ["loss", "accuracy"]
    assert [axes.get_yscale() for axes in figure.axes] == ["log", "linear"]
    assert texts(figure) == ["training", "validation", "weights kept", "training", "weights kept"]


def test_learning_curve_with_a_band():
    figure = et.plots.learning_curve(
        [10, 20], {"test": [3, 2]}, what="RMSE (cm)", spread={"test": [[2, 1], [4, 3]]}, level=("constant", 5.0)
    )
    assert texts(figure) == ["test", "constant"]
    assert figure.axes[0].get_ylim()[0] == 0


def test_networks_by_their_costs():
    figure = et.plots.accuracy_and_cost(["small", "large"], [4.0, 3.0], [1000, 9000], [10, 90], what="RMSE (cm)")
    assert texts(figure) == ["small", "large"] * 2


@pytest.mark.parametrize(
    ("draw", "says"),
    [
        (lambda p: p.roc_curves(SCORES, np.zeros(90, int)), "all samples are of one class"),
        (lambda p: p.roc_curves(SCORES, LABELS, names=["a"]), "1 names, accepted is one for each of 3"),
        (lambda p: p.training_curve({}), "empty history"),
        (lambda p: p.training_curve({"loss": [1.0], "val_loss": []}), r"val_loss: shape \(0,\), accepted are 1"),
        (lambda p: p.learning_curve([1, 2], {"test": [1.0]}, what=""), r"test: shape \(1,\), accepted are 2"),
        (lambda p: p.accuracy_and_cost(["a"], [1.0], [1.0, 2.0], [1.0], what=""), "bytes of the .tflite file: shape"),
    ],
    ids=["one class", "names", "no history", "no epochs", "sizes", "costs"],
)
def test_refuses(draw, says):
    with pytest.raises(DataError, match=says):
        draw(et.plots)
