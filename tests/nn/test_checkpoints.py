"""Interrupted runs: what is kept, and that they go on to the same bytes."""

from __future__ import annotations

import os
import signal
import threading

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.toys import classifier, line, regressor, same_weights, waves

from edgetwin import nn
from edgetwin.errors import DataError

OPTIONS = {
    "epochs": 6,
    "batch_size": 32,
    "optimizer": nn.Adam(0.01),
    "validation_split": 0.2,
    "schedule": nn.WarmUp(3, nn.CosineDecay()),
    "early_stopping": 4,
}


def interrupt_after(count):
    def function(epoch, logs):
        if epoch + 1 == count:
            raise KeyboardInterrupt

    return function


@pytest.mark.parametrize("count", [1, 3, 5])
@pytest.mark.parametrize("schedule", [OPTIONS["schedule"], nn.ReduceLROnPlateau(patience=1)], ids=["cosine", "plateau"])
def test_resumed_runs_give_the_same_bytes(tmp_path, count, schedule):
    x, y = waves()
    options = {**OPTIONS, "schedule": schedule}
    whole, stopped, other = classifier(), classifier(), classifier(seed=9)
    expected = whole.fit(x, y, **options)
    path = tmp_path / "run.npz"
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(x, y, **options, checkpoint=path, callbacks=interrupt_after(count))
    assert stopped.history.interrupted
    assert stopped.history.epochs == count
    # Another process would begin with other weights: the checkpoint has everything.
    history = other.fit(x, y, **options, checkpoint=path, resume=True)
    assert history.history == expected.history
    assert history.best_epoch == expected.best_epoch
    assert not history.interrupted
    assert same_weights(other, whole)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.npz"]


def test_an_interrupt_keeps_the_best_weights():
    x, y = line(24)
    net = regressor()
    seen = []

    def watch(epoch, logs):
        seen.append((logs["val_loss"], net.weights["dense/weights"]))
        if epoch == 9:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        net.fit(x, np.flip(y), epochs=50, optimizer=nn.Adam(0.05), validation_data=line(24, seed=5), callbacks=[watch])
    losses = [loss for loss, _ in seen]
    assert net.history.best_epoch == losses.index(min(losses)) != 9
    assert_array_equal(net.weights["dense/weights"], seen[net.history.best_epoch][1])
    assert str(net.history).startswith("10 epochs, interrupted: ")


class Alarm(nn.Callback):
    """SIGINT in the middle of the first epoch."""

    def on_train_begin(self):
        self.timer = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT))
        self.timer.start()


def test_a_signal_ends_training_within_an_epoch(tmp_path):
    x, y = waves(4000)
    net, alarm = classifier(), Alarm()
    with pytest.raises(KeyboardInterrupt):
        net.fit(np.tile(x, (40, 1, 1)), np.tile(y, 40), epochs=1, checkpoint=tmp_path / "run.npz", callbacks=[alarm])
    alarm.timer.join()
    assert net.history.epochs == 0
    # Nothing is kept of an epoch that is not whole.
    assert same_weights(net, classifier(input_shape=(32, 2)))


def test_without_a_checkpoint_to_resume_a_run_begins(tmp_path):
    x, y = line()
    a, b = regressor(), regressor()
    a.fit(x, y, epochs=2)
    b.fit(x, y, epochs=2, checkpoint=tmp_path / "run.npz", resume=True)
    assert same_weights(a, b)


def test_more_epochs_from_a_finished_run(tmp_path):
    x, y = line()
    long, short = regressor(), regressor()
    expected = long.fit(x, y, epochs=5)
    short.fit(x, y, epochs=2, checkpoint=tmp_path / "run.npz")
    history = short.fit(x, y, epochs=5, checkpoint=tmp_path / "run.npz", resume=True)
    assert history.history == expected.history
    assert same_weights(long, short)


DIFFERENT = {
    "batch": ({"batch_size": 8}, "batch_size differ: 32 there, 8 here"),
    "optimizer": ({"optimizer": "sgd"}, "optimizer differ: Adam"),
    "seed": ({"seed": 3}, "seed differ: 0 there, 3 here"),
    "total": ({"schedule": nn.CosineDecay()}, "epochs, schedule differ"),
    "weights": ({"sample_weight": np.full(96, 0.5)}, "data differ;"),
}


@pytest.mark.parametrize(("change", "message"), DIFFERENT.values(), ids=DIFFERENT)
def test_a_checkpoint_of_another_run(tmp_path, change, message):
    x, y = line()
    regressor().fit(x, y, epochs=1, checkpoint=tmp_path / "run.npz")
    with pytest.raises(DataError, match=rf"run\.npz: the checkpoint of another run, {message}"):
        regressor().fit(x, y, epochs=1, checkpoint=tmp_path / "run.npz", resume=True, **change)


def test_a_checkpoint_of_another_network(tmp_path):
    x, y = line()
    regressor().fit(x, y, epochs=1, checkpoint=tmp_path / "run.npz")
    with pytest.raises(DataError, match="network differ"):
        nn.Sequential([nn.Dense(1)]).fit(x, y, epochs=1, checkpoint=tmp_path / "run.npz", resume=True)


def test_a_file_that_is_no_checkpoint(tmp_path):
    x, y = line()
    net = regressor(input_shape=5)
    net.save_weights(tmp_path / "run.npz")
    with pytest.raises(DataError, match=r"run\.npz: not a checkpoint"):
        net.fit(x, y, epochs=1, checkpoint=tmp_path / "run.npz", resume=True)
