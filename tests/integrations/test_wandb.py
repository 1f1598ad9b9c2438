"""Models and exact figures in real runs of W&B's client, offline."""

from __future__ import annotations

import json
import os
import sys

import numpy as np
import pytest

import edgetwin as et
from edgetwin.errors import DataError, IntegrationError
from edgetwin.integrations.sweep import run_sweep


class Recorder:
    """Where a run would log."""

    def __init__(self):
        self.entries = []

    def log(self, entry):
        self.entries.append(dict(entry))


def data(n=120, classes=0):
    rng = np.random.default_rng(3)
    x = rng.normal(0, 1, (n, 20, 3)).astype(np.float32)
    y = x[:, :5, 0].sum(1)
    return x, (np.digitize(y, [-1, 1]) if classes else y).astype(np.int64 if classes else np.float32)


def network(outputs=1):
    nn = et.nn
    layers = [nn.Conv1D(4, 5, activation="relu"), nn.Flatten(), nn.Dense(outputs)]
    layers += [nn.Softmax()] if outputs > 1 else []
    return nn.Sequential(layers, input_shape=(20, 3), seed=1)


def test_figures_are_those_of_the_model_that_the_board_gets():
    x, y = data()
    run, net = Recorder(), network()
    target = "cortex-m4f@80:cmsis-nn"
    callback = et.integrations.wandb.Callback(run, x[:60], (x[60:], y[60:]), target=target, every=2)
    net.fit(x, y, epochs=5, callbacks=[callback], seed=1)
    assert [entry["epoch"] for entry in run.entries] == [1, 3]
    assert {"loss", "learning_rate", "float32_mdc"} <= run.entries[0].keys()
    assert run.entries[0]["int8_mse"] != run.entries[1]["int8_mse"]
    net.fit(x, y, epochs=2, callbacks=[callback], seed=1)
    last, float32 = callback.figures.history[-1], net.to_model()
    int8 = et.quantize(float32, x[:60])
    profile = int8.profile(target)
    assert last["int8_mdc"] == et.evaluate(int8, (x[60:], y[60:])).result.mdc
    assert last["float32_rmse"] == et.evaluate(float32, (x[60:], y[60:])).result.rmse
    assert last["tflite_bytes"] == len(int8.to_bytes())
    assert last["arena_bytes"] == profile.arena_bytes
    assert last["flash_bytes"] == profile.flash_bytes
    assert last["latency_ms"] == profile.latency_ms > 0
    assert callback.figures.model.hash == int8.hash


def test_classes_and_options_of_quantization():
    x, y = data(classes=3)
    run, net = Recorder(), network(3)
    callback = et.integrations.wandb.Callback(run, x, (x, y), activations="int16")
    net.fit(x, y, epochs=1, callbacks=[callback], seed=1)
    assert {"int16_accuracy", "float32_f1_macro"} <= run.entries[0].keys()


def test_quantization_aware_training_is_evaluated_as_it_is():
    x, y = data()
    run, net = Recorder(), network()
    net.fit(x, y, epochs=1, seed=1)
    aware = et.nn.QuantizationAware(net, x)
    aware.fit(x, y, epochs=1, seed=1, callbacks=[et.integrations.wandb.Callback(run, x, (x, y))])
    assert run.entries[0]["int8_mse"] == et.evaluate(aware.to_model(), (x, y)).result.mse
    assert "float32_mse" not in run.entries[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"run": 3}, "run: int, accepted is what wandb.init"),
        ({"every": 0}, "every"),
        ({"inputs": "float32"}, "of codes at both ends"),
    ],
    ids=["run", "every", "inputs"],
)
def test_what_a_callback_does_not_take(given, message):
    x, y = data()
    with pytest.raises(DataError, match=message):
        et.integrations.wandb.Callback(given.pop("run", None), x, (x, y), **given)


SCRIPT = """
import wandb
import edgetwin as et
from test_wandb import data, network

x, y = data()
with wandb.init(project="test") as run:
    net = network()
    callback = et.integrations.wandb.Callback(run, x, (x, y))
    net.fit(x, y, epochs=run.config.epochs, callbacks=[callback], seed=1)
    metrics = {"int8_mdc": callback.figures.history[-1]["int8_mdc"], "nothing": float("nan")}
    et.integrations.wandb.log_model(run, callback.figures.model, metrics=metrics, target="cortex-m4f")
"""


def test_a_trial_of_the_real_client_logs_figures_and_its_model(tmp_path, monkeypatch):
    pytest.importorskip("wandb", reason='wandb is not installed: pip install "edgetwin[wandb]"')
    pytest.importorskip("yaml", reason='PyYAML is not installed: pip install "edgetwin[sweep]"')
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([*sys.path, os.path.dirname(__file__)]))
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    path = tmp_path / "sweep.yaml"
    path.write_text(
        "program: train.py\nmethod: grid\nmetric: int8_mdc subject to arena_bytes < 16 kB\n"
        "parameters:\n  epochs: {values: [3]}\n",
        encoding="utf-8",
    )
    results = run_sweep(path, tmp_path / "out")
    (trial,) = results.trials
    assert trial.state == "finished", trial.reason
    x, y = data()
    net = network()
    net.fit(x, y, epochs=3, seed=1)
    int8 = et.quantize(net.to_model(), x)
    assert trial.metrics["int8_mdc"] == et.evaluate(int8, (x, y)).result.mdc
    assert results.best is trial
    assert (tmp_path / "out" / "best.tflite").read_bytes() == int8.to_bytes()
    # The artifact's content lies in the trial's folder, which can be moved before `wandb sync`.
    staged = {file.read_bytes() for file in (trial.folder / "wandb-data").rglob("*") if file.is_file()}
    assert int8.to_bytes() in staged
    documents = [json.loads(content) for content in staged if content.startswith(b"{")]
    (profile,) = [document for document in documents if "operators" in document]
    (metrics,) = [document for document in documents if "int8_mdc" in document]
    assert profile["arena_bytes"] == metrics["arena_bytes"] == int8.profile().arena_bytes
    assert "nothing" not in metrics


def test_what_is_no_run_and_what_is_no_name(monkeypatch):
    pytest.importorskip("wandb", reason='wandb is not installed: pip install "edgetwin[wandb]"')
    model = et.load(et.data.demo_model())
    with pytest.raises(IntegrationError, match=r"run: NoneType, accepted is what wandb\.init"):
        et.integrations.wandb.log_model(None, model)

    class Run(Recorder):
        log_artifact = None

    Run.log_artifact = lambda *_: pytest.fail("logged")
    with pytest.raises(IntegrationError, match="W&B takes no artifact 'a/b'"):
        et.integrations.wandb.log_model(Run(), model, name="a/b")
