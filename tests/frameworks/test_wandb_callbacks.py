"""Callbacks for Keras and PyTorch log what the board will compute with the epoch's weights."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.frameworks import framework

import edgetwin as et


class Recorder:
    """Where a run would log."""

    def __init__(self):
        self.entries = []

    def log(self, entry):
        self.entries.append(dict(entry))


def data(n=80):
    x = np.random.default_rng(3).normal(0, 1, (n, 20, 3)).astype(np.float32)
    return x, x[:, :5, 0].sum(1)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
def test_keras():
    keras = framework("keras")
    layers = keras.layers
    parts = [keras.Input((20, 3)), layers.Conv1D(4, 5, activation="relu"), layers.Flatten(), layers.Dense(1)]
    network = keras.Sequential(parts)
    network.compile("adam", "mse")
    x, y = data()
    run = Recorder()
    callback = et.integrations.wandb.keras_callback(run, x, (x, y), target="cortex-m4f@80:cmsis-nn")
    history = network.fit(x, y, epochs=2, verbose=0, callbacks=[callback])
    int8 = et.quantize(et.from_keras(network), x)
    assert run.entries[1]["int8_mdc"] == et.evaluate(int8, (x, y)).result.mdc
    assert run.entries[1]["latency_ms"] > 0
    assert {"loss", "float32_mdc", "arena_bytes"} <= run.entries[0].keys()
    # Keras' other callbacks can watch them.
    assert history.history["int8_mdc"] == [entry["int8_mdc"] for entry in run.entries]

    aware = et.convert.keras.quantization_aware(network, x)
    aware.compile("adam", "mse")
    aware.fit(x, y, epochs=1, verbose=0, callbacks=[callback])
    assert run.entries[2]["int8_mdc"] == et.evaluate(aware.to_model(), (x, y)).result.mdc


def test_torch():
    torch = framework("torch")
    nn = torch.nn
    torch.manual_seed(1)
    # As many channels as samples in time: the order has to come from the network.
    network = nn.Sequential(nn.Conv1d(6, 4, 3), nn.ReLU(), nn.Flatten(), nn.Dropout(0.5), nn.Linear(16, 1))
    x = torch.randn(60, 6, 6)
    y = x[:, 0].sum(1)
    run = Recorder()
    callback = et.integrations.wandb.TorchCallback(run, network, x[:1], x, (x, y))
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    for epoch in range(2):
        network.train()
        loss = nn.functional.mse_loss(network(x)[:, 0], y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        figures = callback(epoch, {"loss": loss.item()})
    network.eval()
    with torch.no_grad():
        mse = float(nn.functional.mse_loss(network(x)[:, 0], y))
    assert figures["float32_mse"] == pytest.approx(mse, rel=1e-4)
    windows = np.ascontiguousarray(x.numpy().transpose(0, 2, 1))
    int8 = et.quantize(et.from_torch(network, x[:1]), windows)
    assert figures["int8_mse"] == et.evaluate(int8, (windows, y.numpy())).result.mse
    assert run.entries[1] == {"epoch": 1, "loss": loss.item(), **figures}
    assert run.entries[0]["int8_mse"] != run.entries[1]["int8_mse"]

    aware = et.convert.torch.quantization_aware(network, x[:1], x)
    found = et.integrations.wandb.TorchCallback(None, aware, x[:1], x, (x, y))(0)
    assert found["int8_mse"] == et.evaluate(aware.to_model(), (windows, y.numpy())).result.mse
    with pytest.raises(et.ShapeError, match="the network takes"):
        et.integrations.wandb.TorchCallback(None, network, x[:1], x[:, :3], (x, y))
