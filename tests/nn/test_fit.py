"""Training: it learns, to the same bytes for the same seed, and says what it did."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from oracles.toys import classifier, line, regressor, same_weights, waves

import edgetwin as et
from edgetwin import nn
from edgetwin.errors import DataError, TrainingError


@pytest.mark.parametrize(
    "optimizer", ["sgd", nn.SGD(0.02, momentum=0.9, nesterov=True), nn.Adam(0.02), nn.AdamW(0.02)], ids=str
)
def test_a_line_is_learnt(optimizer):
    x, y = line()
    net = regressor()
    history = net.fit(x, y, epochs=60, batch_size=16, optimizer=optimizer)
    losses = history.history["loss"]
    assert len(losses) == history.epochs == 60
    assert history.kept_epoch == 59
    assert losses[-1] < 0.02 * losses[0]
    assert net.evaluate(x, y)["mae"] < 0.3


@pytest.mark.parametrize("loss", ["mse", "mae", nn.Huber(0.5)], ids=str)
def test_losses_fall(loss):
    x, y = line()
    history = regressor().fit(x, y, epochs=30, batch_size=16, optimizer=nn.Adam(0.02), loss=loss)
    assert history.history["loss"][-1] < 0.2 * history.history["loss"][0]


def test_waves_are_told_apart():
    x, y = waves(240)
    net = classifier()
    history = net.fit(x, y, epochs=40, optimizer=nn.Adam(0.01), validation_data=waves(60, seed=1))
    assert list(history.history) == ["loss", "val_loss", "val_accuracy", "learning_rate"]
    assert history.history["val_accuracy"][-1] > 0.9
    assert net.predict(x).sum(1) == pytest.approx(1, abs=1e-5)
    assert_allclose(net.to_model().run(x), net.predict(x), atol=1e-5)


def test_the_figures_are_those_of_evaluate():
    x, y = waves()
    validation = waves(50, seed=1)
    net = classifier()
    history = net.fit(x, y, epochs=3, validation_data=validation)
    figures = net.evaluate(*validation)
    assert history.history["val_loss"][-1] == figures["loss"]
    assert history.history["val_accuracy"][-1] == figures["accuracy"]
    chosen = net.predict(validation[0])[np.arange(50), validation[1]]
    assert figures["loss"] == pytest.approx(-np.log(chosen).mean(), rel=1e-6)


def test_the_loss_of_an_epoch_is_the_mean_over_samples():
    """A learning rate that changes nothing: the last batch, of one sample, counts as one."""
    x, y = line(33)
    net = regressor(input_shape=5, seed=1)
    history = net.fit(x, y, epochs=2, batch_size=16, optimizer=nn.SGD(1e-30))
    assert history.history["loss"][1] == pytest.approx(net.evaluate(x, y)["loss"], rel=1e-6)


def test_same_seed_same_bytes():
    x, y = waves()
    nets = [classifier(seed=4) for _ in range(3)]
    histories = [net.fit(x, y, epochs=2, seed=seed) for net, seed in zip(nets, (7, 7, 8), strict=True)]
    assert same_weights(nets[0], nets[1])
    assert histories[0].history == histories[1].history
    assert not same_weights(nets[0], nets[2])


def test_threads_change_no_byte():
    x, y = waves()
    nets = [classifier(), classifier()]
    for threads, net in zip((1, 3), nets, strict=True):
        et.set_num_threads(threads)
        try:
            net.fit(x, y, epochs=2)
        finally:
            et.set_num_threads(None)
    assert same_weights(*nets)


def test_a_second_fit_goes_on_from_the_weights():
    x, y = line()
    net = regressor()
    first = net.fit(x, y, epochs=10, optimizer=nn.Adam(0.02))
    second = net.fit(x, y, epochs=1, optimizer=nn.Adam(0.02))
    assert second.history["loss"][0] < 1.1 * first.history["loss"][-1]


def test_classes_that_weigh_nothing_are_not_learnt():
    x, y = waves()
    by_class, by_sample = classifier(), classifier()
    by_class.fit(x, y, epochs=20, optimizer=nn.Adam(0.01), class_weight={1: 0.0})
    by_sample.fit(x, y, epochs=20, optimizer=nn.Adam(0.01), sample_weight=(y != 1).astype(float))
    assert same_weights(by_class, by_sample)
    assert (by_class.predict(x).argmax(1) != 1).mean() > 0.9


def test_balanced_classes():
    x, y = waves()
    counts = np.bincount(y)
    balanced, same = classifier(), classifier()
    balanced.fit(x, y, epochs=1, class_weight="balanced")
    same.fit(x, y, epochs=1, class_weight={c: len(y) / (3 * counts[c]) for c in range(3)})
    assert same_weights(balanced, same)


def test_validation_split_takes_the_last_samples():
    x, y = line(50)
    split, given = regressor(), regressor()
    a = split.fit(x, y, epochs=2, validation_split=0.2)
    b = given.fit(x[:40], y[:40], epochs=2, validation_data=(x[40:], y[40:]))
    assert a.history == b.history
    assert same_weights(split, given)


def test_early_stopping_keeps_the_best_weights():
    x, y = line(24)
    net = regressor()
    seen = []

    class Watch(nn.Callback):
        def on_epoch_end(self, epoch, logs):
            seen.append((logs["val_loss"], self.net.weights["dense/weights"]))

    # Labels without sense: what is learnt makes validation worse.
    history = net.fit(
        x, np.flip(y), epochs=200, optimizer=nn.Adam(0.05), validation_data=line(24, seed=5),
        early_stopping=nn.EarlyStopping(patience=5), callbacks=[Watch()],
    )  # fmt: skip
    assert history.stopped_early
    assert history.epochs == history.best_epoch + 6
    assert history.kept_epoch == history.best_epoch
    losses = [loss for loss, _ in seen]
    assert losses.index(min(losses)) == history.best_epoch
    assert_array_equal(net.weights["dense/weights"], seen[history.best_epoch][1])


def test_a_callback_ends_training():
    x, y = line()
    calls = []
    history = regressor().fit(x, y, epochs=9, callbacks=[lambda epoch, logs: calls.append(epoch) or epoch == 2])
    assert calls == [0, 1, 2]
    assert history.stopped_early


def test_callbacks_are_called_around():
    calls = []

    class Log(nn.Callback):
        def on_train_begin(self):
            calls.append(type(self.net).__name__)

        def on_epoch_end(self, epoch, logs):
            calls.append((epoch, sorted(logs)))

        def on_train_end(self, logs):
            calls.append("end")

    regressor().fit(*line(), epochs=2, callbacks=Log())
    assert calls == ["Sequential", (0, ["learning_rate", "loss"]), (1, ["learning_rate", "loss"]), "end"]


def test_learning_rates_follow_the_schedule():
    x, y = line(64)
    history = regressor().fit(
        x, y, epochs=4, batch_size=32, optimizer=nn.SGD(0.1), schedule=nn.ExponentialDecay(1, 0.5)
    )
    assert history.history["learning_rate"] == pytest.approx([0.1 * 0.5**step for step in (1, 3, 5, 7)])


def test_a_plateau_lowers_the_learning_rate():
    x, y = line(64)
    schedule = nn.ReduceLROnPlateau(factor=0.5, patience=2)
    history = regressor().fit(x, y, epochs=7, optimizer=nn.SGD(1e-30), schedule=schedule)
    assert np.array(history.history["learning_rate"]) / 1e-30 == pytest.approx([1, 1, 1, 0.5, 0.5, 0.25, 0.25])


DIVERGING = {
    "dense": (regressor, line, r"step \d+ \(epoch \d+\): .* of layer 'dense(_1)?' \(dense\) is not finite"),
    "convolution": (
        lambda: nn.Sequential([nn.Conv1D(4, 3, name="first"), nn.Flatten(), nn.Dense(1, name="last")]),
        lambda: (waves()[0], waves()[1].astype(np.float32)),
        "of layer '(first|last)'",
    ),
}


@pytest.mark.parametrize(("make", "data", "message"), DIVERGING.values(), ids=DIVERGING)
def test_divergence_names_step_and_layer(make, data, message):
    net = make()
    ended = []
    with pytest.raises(TrainingError, match=message):
        net.fit(
            *data(), epochs=50, loss="mse", optimizer=nn.SGD(1e3), callbacks=[lambda e, logs: ended.append(net.weights)]
        )
    assert all(np.isfinite(value).all() for value in net.weights.values())
    assert net.history.epochs == len(ended)


def test_a_dead_layer_is_named():
    x, y = line()
    net = regressor(input_shape=5)
    net.set_weights({**net.weights, "dense/bias": np.full(8, -100, np.float32)})
    with pytest.warns(RuntimeWarning, match="layer 'dense' is dead: its ReLU gives 0 for all 96 samples") as caught:
        history = net.fit(x, y, epochs=1)
    assert history.notes == [str(caught[0].message)]
    assert caught[0].filename == __file__


def test_a_saturated_layer_is_named():
    x, y = line()
    net = nn.Sequential([nn.Dense(8, activation="relu6", name="full"), nn.Dense(1)], input_shape=5)
    net.set_weights({**net.weights, "full/bias": np.full(8, 100, np.float32)})
    with pytest.warns(RuntimeWarning, match="layer 'full' is saturated: its ReLU6 gives 6"):
        net.fit(x, y, epochs=1)


def test_a_certain_softmax_is_named():
    x, y = waves()
    net = classifier(input_shape=(32, 2))
    net.set_weights({**net.weights, "dense/bias": np.array([0, 1000, 0], np.float32)})
    with pytest.warns(RuntimeWarning, match="layer 'dense' is saturated: its softmax is certain of class 1"):
        net.fit(x, y, epochs=1, optimizer=nn.SGD(1e-6))


def test_lines_and_bars(capsys, monkeypatch):
    x, y = line()
    regressor().fit(x, y, epochs=2, verbose=2)
    captured = capsys.readouterr()
    assert captured.err.splitlines()[1].startswith("epoch 2/2  loss ")
    regressor().fit(x, y, epochs=2)
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    regressor().fit(x, y, epochs=2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "2/2" in captured.err


def test_history_in_words():
    history = regressor().fit(*line(), epochs=2)
    assert str(history).startswith("2 epochs: loss ")
    assert history.as_dict()["history"] == history.history


def test_history_as_a_picture():
    history = regressor().fit(*line(), epochs=3, validation_split=0.2)
    loss, mae = history.plot("a line").axes
    assert [label.get_text() for label in loss.get_legend().get_texts()] == ["training", "validation", "weights kept"]
    assert [label.get_text() for label in mae.get_legend().get_texts()] == ["validation", "weights kept"]
    assert (loss.get_ylabel(), mae.get_ylabel()) == ("loss", "mae")


def test_no_picture_of_no_epoch():
    with pytest.raises(DataError, match="empty history"):
        nn.History().plot()
