"""What training refuses, before the first step."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.toys import classifier, line, regressor, same_weights, waves

from edgetwin import nn
from edgetwin.errors import DataError, OutputError, ShapeError, TrainingError

X, Y = line(12)
WAVES, CLASSES = waves(12)


def holed(array, value):
    array = np.array(array)
    array[3, 1] = value
    return array


SETTINGS = {
    "epochs": ({"epochs": 0}, "epochs: 0, accepted is an integer >= 1"),
    "batch": ({"batch_size": 2.5}, "batch_size: 2.5"),
    "optimizer": ({"optimizer": "rmsprop"}, "optimizer 'rmsprop', accepted are 'sgd', 'adam', 'adamw'"),
    "loss": ({"loss": "hinge"}, "loss 'hinge', accepted are"),
    "softmax": ({"loss": "cross_entropy"}, "needs a softmax over classes at the end, dense_1 gives"),
    "schedule": ({"schedule": 0.1}, "schedule: 0.1"),
    "stopping": ({"early_stopping": "yes"}, "early_stopping: 'yes'"),
    "monitor": ({"early_stopping": nn.EarlyStopping(monitor="val_loss")}, "monitor 'val_loss', this run has loss"),
    "callback": ({"callbacks": [nn.Callback]}, r"callbacks\[0\]"),
    "resume": ({"resume": True}, "give checkpoint="),
    "seed": ({"seed": -1}, "seed: -1"),
    "verbose": ({"verbose": "loud"}, "verbose: 'loud'"),
    "class weights": ({"class_weight": {0: 1}}, "the loss is 'mse', classes have weights with 'cross_entropy'"),
    "sample weights": ({"sample_weight": -np.ones(12)}, "sample_weight: -1.0 at sample 0"),
    "all weigh 0": ({"sample_weight": np.zeros(12)}, "all samples have weight 0"),
    "validation": ({"validation_data": X}, r"accepted are \(x, y\)"),
    "empty validation": ({"validation_data": (X[:0], Y[:0])}, "validation x: no samples"),
    "split": ({"validation_split": 0.99}, "leaves none"),
    "both": ({"validation_split": 0.5, "validation_data": (X, Y)}, "give one of them"),
}


@pytest.mark.parametrize(("options", "message"), SETTINGS.values(), ids=SETTINGS)
def test_refused_settings(options, message):
    net = regressor(input_shape=5)
    with pytest.raises(DataError, match=message):
        net.fit(X, Y, **options)
    assert same_weights(net, regressor(input_shape=5))


DATA = {
    "nan": (regressor, (holed(X, np.nan), Y), DataError, "x: NaN or infinity in 1 of 12 samples, the first is 3"),
    "infinity": (regressor, (holed(X, -np.inf), Y), DataError, "x: NaN or infinity"),
    "beyond float32": (regressor, (holed(X.astype(float), 1e300), Y), DataError, "x: NaN or infinity"),
    "nan label": (regressor, (X, np.where(Y[2] == Y, np.nan, Y)), DataError, "y: NaN or infinity in 1 .*first is 2"),
    "empty": (lambda: regressor(input_shape=5), (X[:0], Y[:0]), DataError, "x: no samples"),
    "counts": (regressor, (X, Y[:5]), ShapeError, "x has 12 samples, y 5"),
    "text": (regressor, (X, ["a"] * 12), DataError, "y: dtype"),
    "outputs": (regressor, (X, np.zeros((12, 2))), ShapeError, r"y: shape \(12, 2\), the network's outputs are \(n, 1"),
    "input": (lambda: regressor(input_shape=5), (X[:, :4], Y), ShapeError, r"samples of shape \(4,\)|x: shape"),
    "rank": (regressor, (WAVES, Y), ShapeError, "dense: input .* put Flatten"),
    "too large a class": (classifier, (WAVES, CLASSES + 1), DataError, r"out of range \(3; .*accepted are 0 to 2"),
    "negative class": (classifier, (WAVES, CLASSES - 1), DataError, r"out of range \(-1; "),
    "real classes": (classifier, (WAVES, CLASSES * 1.0), DataError, "accepted are whole numbers of classes, 0 to 2"),
    "one column a class": (classifier, (WAVES, np.eye(3)[CLASSES].astype(int)), ShapeError, "y.argmax"),
    "nothing to learn": (lambda: nn.Sequential([nn.Flatten()]), (X, X), TrainingError, "no weights to train"),
}


@pytest.mark.parametrize(("make", "data", "error", "message"), DATA.values(), ids=DATA)
def test_refused_data(make, data, error, message):
    with pytest.raises(error, match=message):
        make().fit(*data, epochs=1)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({3: 1.0}, "class 3, accepted are 0 to 2"),
        ({0: -1.0}, r"class_weight\[0\]: -1.0"),
        ("even", "'even', accepted are 'balanced'"),
    ],
    ids=["class", "value", "word"],
)
def test_refused_class_weights(weights, message):
    with pytest.raises(DataError, match=message):
        classifier().fit(WAVES, CLASSES, class_weight=weights)


def test_balanced_without_a_class():
    with pytest.raises(DataError, match="'balanced': no samples of class 2"):
        classifier().fit(WAVES, np.minimum(CLASSES, 1), class_weight="balanced")


def test_a_checkpoint_that_cannot_be_written(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        regressor().fit(X, Y, epochs=1, checkpoint=tmp_path / "nowhere" / "c.npz")


@pytest.mark.parametrize("call", ["predict", "evaluate"])
def test_predict_and_evaluate_refuse_too(call):
    net = regressor(input_shape=5)
    arguments = (holed(X, np.nan), Y)[: 1 if call == "predict" else 2]
    with pytest.raises(DataError, match="x: NaN or infinity in 1 of 12 samples"):
        getattr(net, call)(*arguments)
