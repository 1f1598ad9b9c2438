"""Quantization-aware training: the forward pass is the export's, byte for byte, and it learns what rounding costs."""

from __future__ import annotations

import os
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from oracles.random_networks import random_network
from oracles.toys import bent, classifier, deep_regressor, depthwise_regressor, line, regressor, tones, waves

import edgetwin as et
from edgetwin import _core, nn
from edgetwin.errors import DataError, QuantizationError, TrainingError, UnsupportedError
from edgetwin.io.tflite_write import write_tflite
from edgetwin.nn.exact import ExactNetwork
from edgetwin.nn.losses import Loss
from edgetwin.nn.samples import Samples

CASES = int(os.environ.get("EDGETWIN_NN_CASES", "10"))
ADAM = nn.Adam(0.002)


def trained(make, data, **options):
    net = make()
    net.fit(*data, epochs=8, optimizer=nn.Adam(0.01), **options)
    return net


@pytest.fixture(scope="module")
def told():
    """A trained classifier with batch norm and dropout, and its samples."""
    x, y = waves()
    return trained(classifier, (x, y)), x, y


FORMS = {
    "int8": {},
    "int4": {"weights": "int4"},
    "int16": {"activations": "int16"},
    "percentile": {"method": "percentile", "percentile": 99.0},
}


@pytest.mark.parametrize("options", FORMS.values(), ids=FORMS)
def test_before_training_it_is_what_et_quantize_makes(told, options):
    net, x, _ = told
    exact = nn.QuantizationAware(net, x[:50], **options)
    assert_array_equal(exact.predict(x), et.quantize(net, x[:50], **options).predict(x))


@pytest.mark.parametrize("options", FORMS.values(), ids=FORMS)
def test_the_last_forward_pass_is_the_exports(told, tflm, monkeypatch, options):
    """A last step whose learning rate is 0 leaves the weights of its own forward pass."""
    net, x, y = told
    seen = []
    forward = ExactNetwork.forward

    def spied(self, codes):
        found = forward(self, codes)
        seen.append((codes, found[self.output]))
        return found

    monkeypatch.setattr(ExactNetwork, "forward", spied)
    exact = nn.QuantizationAware(net, x[:50], **options)
    exact.fit(x[:96], y[:96], epochs=2, optimizer=ADAM, schedule=nn.PiecewiseConstantDecay([4], [1, 0]))
    codes, outputs = [pair for pair in seen if len(pair[0]) == 32][-1]
    assert exact.history.history["learning_rate"][-1] == 0
    model = exact.to_model()
    assert_array_equal(model.run(codes), outputs)
    data = write_tflite(model.graph)
    answer = tflm.run(data, [[sample[None]] for sample in codes]).outputs
    assert_array_equal(np.concatenate([sample[0] for sample in answer]), outputs)


@pytest.mark.parametrize("seed", range(CASES))
def test_random_networks_after_training(tflm, seed):
    net, x, y = random_network(seed)
    weights = "int4" if seed % 4 == 3 else "int8"
    exact = nn.QuantizationAware(net, x, weights=weights, range_momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # random networks may be dead
        exact.fit(x, y, epochs=1, batch_size=8, optimizer=nn.SGD(0.01))
    model = exact.to_model()
    assert_array_equal(model.predict(x), exact.predict(x))
    spec = model.inputs[0]
    codes = et.kernels.quantize(x, spec.scale, spec.zero_point)
    ours = model.run(codes)
    answer = tflm.run(write_tflite(model.graph), [[sample[None]] for sample in codes]).outputs
    assert_array_equal(np.concatenate([sample[0] for sample in answer]), ours)


@pytest.mark.parametrize(
    ("make", "data"), [(depthwise_regressor, tones), (deep_regressor, bent)], ids=["depthwise", "dense"]
)
def test_half_of_what_4_bit_weights_cost_comes_back(make, data):
    x, y = data(400)
    held_out, options = data(300, seed=1), {"schedule": nn.CosineDecay(), "seed": 1}
    net = make()
    net.fit(x, y, epochs=40, optimizer=nn.Adam(0.01), **options)
    exact = nn.QuantizationAware(net, x[:300], weights="int4")
    real, after = net.evaluate(*held_out)["loss"], exact.evaluate(*held_out)["loss"]
    # What stops training early is not what is judged.
    exact.fit(x, y, epochs=6, optimizer=nn.Adam(0.003), early_stopping=6, validation_split=0.2, **options)
    learnt = exact.evaluate(*held_out)["loss"]
    assert after > 2 * real
    assert after - learnt >= 0.5 * (after - real)


def gradients(exact, x, y, loss):
    engine = exact.engine()
    codes = engine.exact().codes_of(x)
    engine._give(engine.exact())
    return engine, *engine._gradients(Samples(x, y, None), codes, loss)


@pytest.mark.parametrize("make", [depthwise_regressor, classifier], ids=["regressor", "classifier"])
def test_gradients_are_those_of_the_float_network_at_the_same_weights(make):
    """With activations of 16 bits there is next to nothing to round."""
    x, y = tones(64) if make is depthwise_regressor else waves(64)
    net = trained(make, (x, y))
    exact = nn.QuantizationAware(net, x, activations="int16", range_momentum=1.0)
    # Rounded weights may reach a little further than those that the ranges were taken from.
    exact.keep([*exact._values[:-1], 1.1 * exact._values[-1]])
    loss = Loss("mse") if make is depthwise_regressor else Loss("cross_entropy")
    y = loss.labels(y, exact.stack, "y")
    engine, value, found = gradients(exact, x, y, loss)
    network = _core.TrainingNetwork(exact.stack.engine_input, exact.stack.engine_layers)
    for index, parameter in enumerate(engine.exact().weights()):
        network.set_parameter(index, parameter)
    expected_value, expected = network.gradients(x[:, None], y, loss=loss.name, training=False)
    assert value == pytest.approx(expected_value, rel=0.01, abs=1e-5)
    for ours, theirs in zip(found, expected, strict=True):
        assert np.linalg.norm(ours - theirs) <= 0.01 * np.linalg.norm(theirs) + 1e-6


def test_no_gradient_goes_through_saturated_codes():
    x, y = line()
    net = trained(regressor, (x, y))
    exact = nn.QuantizationAware(net, x, range_momentum=1.0)
    narrow = exact._values[-1].copy()
    narrow[-1] = (0, 1e-3)
    exact.keep([*exact._values[:-1], narrow])
    chosen = net.predict(x)[:, 0] > 0.1
    _, value, found = gradients(exact, x[chosen], y[chosen, None] + 10, Loss("mse"))
    assert value > 10
    assert all(not gradient.any() for gradient in found)


def test_ranges_follow_the_batches():
    x, y = line(64)
    exact = nn.QuantizationAware(trained(regressor, (x, y)), x[:40], range_momentum=0.75)
    before = exact.ranges
    engine = exact.engine()
    engine._give(engine.exact())
    codes = engine.exact().codes_of(3 * x)
    real = engine._network.activations(engine.exact().real({0: codes}, 0))
    exact.fit(3 * x, y, epochs=1, batch_size=64, optimizer=nn.SGD(1e-30))
    after = exact.ranges
    assert after["input"] == before["input"]
    for name, stage in (("dense", 1), ("dense_1", 2)):
        seen = np.array([real[stage].min(), real[stage].max()])
        assert_allclose(after[name], 0.75 * np.array(before[name]) + 0.25 * seen, rtol=1e-6)


def test_the_float_network_stays_as_it_was(told):
    net, x, y = told
    before = net.weights
    exact = nn.QuantizationAware(net, x[:50])
    exact.fit(x, y, epochs=1, optimizer=ADAM)
    assert all(before[name].tobytes() == value.tobytes() for name, value in net.weights.items())
    assert repr(exact) == (
        "<edgetwin.nn.QuantizationAware int8 weights, int8 activations: conv1d, re_lu, max_pooling1d, "
        "global_average_pooling, dense>"
    )


def test_figures_are_of_the_int8_outputs(told):
    net, x, y = told
    exact = nn.QuantizationAware(net, x[:50])
    history = exact.fit(x, y, epochs=2, optimizer=ADAM, validation_data=(x, y))
    assert history.history["val_accuracy"][-1] == (exact.to_model().predict(x).argmax(1) == y).mean()
    assert exact.evaluate(x, y)["loss"] == history.history["val_loss"][-1]


def test_training_that_makes_it_worse_is_not_kept(told, tmp_path):
    """Where no epoch is better on validation, the start's bytes are exported; resumed runs know it, too."""
    net, x, y = told
    wrong, options = (y + 1) % 3, {"optimizer": ADAM, "validation_data": (x, y)}
    exact, resumed, last = (nn.QuantizationAware(net, x[:50]) for _ in range(3))
    first, began = write_tflite(exact.to_model().graph), exact.evaluate(x, y)
    path = tmp_path / "run.npz"
    for run, epochs in ((exact, 2), (resumed, 4)):
        history = run.fit(x, wrong, epochs=epochs, checkpoint=path, resume=run is resumed, **options)
        assert history.epochs == epochs
        assert history.start == {f"val_{name}": value for name, value in began.items()}
        assert min(history.history["val_loss"]) > history.start["val_loss"]
        assert (history.best_epoch, history.kept_epoch) == (None, None)
        assert write_tflite(run.to_model().graph) == first
    kept = nn.EarlyStopping(2, restore_best_weights=False)
    history = last.fit(x, wrong, epochs=4, early_stopping=kept, **options)
    assert (history.epochs, history.kept_epoch) == (2, 1)
    assert last.evaluate(x, y)["loss"] == history.history["val_loss"][-1]


def test_the_best_epoch_is_kept_without_being_asked_for(told):
    net, x, y = told
    exact = nn.QuantizationAware(net, x[:50])
    # From the fourth epoch on nothing good can be learnt.
    far = nn.PiecewiseConstantDecay([3 * -(-len(x) // 32)], [1, 1000])
    history = exact.fit(x, y, epochs=5, optimizer=ADAM, schedule=far, validation_data=(x, y))
    losses = history.history["val_loss"]
    assert history.best_epoch == history.kept_epoch == losses.index(min(losses)) < 4
    assert exact.evaluate(x, y)["loss"] == min(losses) < history.start["val_loss"]


def test_resumed_runs_give_the_same_bytes(told, tmp_path):
    net, x, y = told
    options = {"epochs": 3, "optimizer": ADAM, "validation_split": 0.2}
    whole, stopped, resumed = (nn.QuantizationAware(net, x[:50]) for _ in range(3))
    expected = whole.fit(x, y, **options)

    def interrupt(epoch, logs):
        if epoch == 0:
            raise KeyboardInterrupt

    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(x, y, **options, checkpoint=path, callbacks=[interrupt])
    history = resumed.fit(x, y, **options, checkpoint=path, resume=True)
    assert history.history == expected.history
    assert write_tflite(resumed.to_model().graph) == write_tflite(whole.to_model().graph)


@pytest.mark.parametrize(
    "optimizer", [nn.SGD(0.1), nn.SGD(0.1, momentum=0.9, nesterov=True), nn.Adam(0.1), nn.AdamW(0.1)], ids=str
)
def test_updates_are_the_engines(optimizer):
    from edgetwin.nn.updates import update

    x, y = line(8)
    net = nn.Sequential([nn.Dense(1)], input_shape=5)
    network = _core.TrainingNetwork((5,), net.stack.engine_layers)
    values = [network.parameter(index) for index in range(2)]
    state = []
    for step in range(3):
        _, found = network.gradients(x, y[:, None], loss="mse")
        update(optimizer, 0.1, step + 1, found, values, state)
        network.train(
            x, y[:, None], None, np.arange(8), 8, loss="mse", optimizer=optimizer.engine_options(),
            learning_rates=np.array([0.1], np.float32), first_step=step, seed=0,
        )  # fmt: skip
        for index, value in enumerate(values):
            assert_allclose(value, network.parameter(index), rtol=2e-6, atol=1e-7)
    assert len(state) == len(network.optimizer_state())


def test_diverging_training_is_named():
    x, y = line()
    exact = nn.QuantizationAware(trained(regressor, (x, y)), x, range_momentum=0.0)
    before = exact.predict(x)
    with pytest.raises(TrainingError, match=r"step \d+ \(epoch \d+\): .*; a smaller learning rate helps"):
        exact.fit(x, y, epochs=30, optimizer=nn.SGD(1e3))
    assert_array_equal(exact.predict(x), before)


def test_a_classifier_learns_by_cross_entropy():
    x, y = waves(24)
    exact = nn.QuantizationAware(classifier(input_shape=(32, 2)), x)
    with pytest.raises(DataError, match="loss 'mse': a network that ends in softmax learns by 'cross_entropy' here"):
        exact.fit(x, np.eye(3)[y], epochs=1, loss="mse")


X, Y = line(24)
ALONE = nn.Sequential([nn.BatchNorm(), nn.Dense(1)], input_shape=5)
REFUSED = {
    "model": (lambda: nn.QuantizationAware(et.load(et.data.demo_model()), X), DataError, "accepted is a Sequential"),
    "batch norm": (
        lambda: nn.QuantizationAware(ALONE, X),
        UnsupportedError,
        "batch_normalization: .* cannot be folded",
    ),
    "weights": (lambda: nn.QuantizationAware(regressor(input_shape=5), X, weights="int2"), QuantizationError, "'int2'"),
    "momentum": (lambda: nn.QuantizationAware(regressor(input_shape=5), X, range_momentum=2), DataError, "range_mom"),
    "not built": (lambda: nn.QuantizationAware(regressor(), X), TrainingError, "no input shape yet"),
    "constant": (lambda: nn.QuantizationAware(regressor(input_shape=5), X * 0), DataError, "gives no range"),
    "nan": (lambda: nn.QuantizationAware(regressor(input_shape=5), X * np.nan), DataError, "NaN|finite"),
}


@pytest.mark.parametrize(("make", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
