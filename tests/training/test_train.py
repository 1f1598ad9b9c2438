"""Training: optimizers as Keras 3 defines them, the same bytes for any number of threads, and when it stops."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import edgetwin as et
from edgetwin._core import TrainingNetwork, set_default_threads
from edgetwin.errors import ShapeError, TrainingError

GAIT = [
    ("conv_2d", {"filters": 16, "kernel": (1, 5), "padding": ((0, 0), (2, 2))}),
    ("relu", {}),
    ("max_pool_2d", {"pool": (1, 2), "stride": (1, 2)}),
    ("conv_2d", {"filters": 8, "kernel": (1, 5)}),
    ("batch_norm", {"momentum": 0.9, "epsilon": 1e-3}),
    ("relu", {}),
    ("dropout", {"rate": 0.25}),
    ("reshape", {"shape": (112,)}),
    ("dense", {"units": 150}),
    ("relu", {}),
    ("dropout", {"rate": 0.5}),
    ("dense", {"units": 1}),
]
SHAPE = (1, 36, 6)


def started(shape, layers, seed=0):
    net = TrainingNetwork(shape, layers)
    rng = np.random.default_rng(seed)
    for i, (_, name, of, _) in enumerate(net.parameters):
        if name == "weights":
            net.set_parameter(i, rng.normal(0, np.prod(of[1:]) ** -0.5, of).astype(np.float32))
        elif name in ("gamma", "moving_variance"):
            net.set_parameter(i, np.ones(of, np.float32))
    return net


def trained(net, x, y, steps, batch, **options):
    order = np.random.default_rng(5).integers(0, len(x), steps * batch)
    chosen = {
        "loss": "mse",
        "optimizer": {"name": "adam"},
        "learning_rates": np.full(steps, 1e-2, np.float32),
        "first_step": 0,
        "seed": 3,
    } | options
    return net.train(x, y, chosen.pop("sample_weights", None), order, batch, **chosen)


def bytes_of(net):
    arrays = [net.parameter(i) for i in range(len(net.parameters))] + net.optimizer_state()
    return b"".join(array.tobytes() for array in arrays)


def data(samples=90):
    rng = np.random.default_rng(4)
    x = rng.normal(0, 1, (samples, *SHAPE)).astype(np.float32)
    return x, x[:, 0, :5, 0].sum(1, keepdims=True) + np.float32(3)


@pytest.mark.parametrize("level", et.archs())
def test_same_bytes_for_any_number_of_threads(level):
    x, y = data()
    results = set()
    with et.arch(level):
        for threads in (1, 2, 3, 8):
            set_default_threads(threads)
            try:
                net = started(SHAPE, GAIT)
                losses = trained(net, x, y, 4, 37)
            finally:
                set_default_threads(0)
            results.add(losses.tobytes() + bytes_of(net))
    assert len(results) == 1


def test_training_learns():
    x, y = data()
    net = started(SHAPE, [layer for layer in GAIT if layer[0] != "dropout"])
    losses = trained(net, x, y, 150, 32)
    assert losses[0] > 5
    assert losses[-10:].mean() < 0.1
    assert np.mean((net.forward(x) - y) ** 2) < 0.5


def test_steps_in_two_calls_equal_one():
    x, y = data()
    one, two = started(SHAPE, GAIT), started(SHAPE, GAIT)
    order = np.random.default_rng(5).integers(0, len(x), 6 * 16)
    rates = np.linspace(1e-2, 1e-3, 6, dtype=np.float32)
    common = {"loss": "mse", "optimizer": {"name": "adamw"}, "seed": 9}
    expected = one.train(x, y, None, order, 16, learning_rates=rates, first_step=0, **common)
    first = two.train(x, y, None, order[:32], 16, learning_rates=rates[:2], first_step=0, **common)
    state = two.optimizer_state()
    resumed = TrainingNetwork(SHAPE, GAIT)
    for i in range(len(two.parameters)):
        resumed.set_parameter(i, two.parameter(i))
    resumed.set_optimizer_state(state)
    rest = resumed.train(x, y, None, order[32:], 16, learning_rates=rates[2:], first_step=2, **common)
    assert_array_equal(np.concatenate([first, rest]), expected)
    assert bytes_of(resumed) == bytes_of(one)


def keras_steps(optimizer, w, gradient_of, rates):
    """As keras.src.optimizers of 3.x update one variable."""
    o = {"momentum": 0.0, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "weight_decay": 0.004} | optimizer
    m, v = np.zeros_like(w), np.zeros_like(w)
    for t, rate in enumerate(rates.astype(np.float64), 1):
        g = gradient_of(w)
        if o["name"] == "sgd":
            m = o["momentum"] * m - rate * g
            w = w + (o["momentum"] * m - rate * g if o.get("nesterov") else m)
            continue
        if o["name"] == "adamw":
            w = w - w * o["weight_decay"] * rate
        m = m + (g - m) * (1 - o["beta_1"])
        v = v + (g * g - v) * (1 - o["beta_2"])
        w = w - m * rate * np.sqrt(1 - o["beta_2"] ** t) / (1 - o["beta_1"] ** t) / (np.sqrt(v) + o["epsilon"])
    return w


@pytest.mark.parametrize("level", et.archs())
@pytest.mark.parametrize(
    "optimizer",
    [
        {"name": "sgd"},
        {"name": "sgd", "momentum": 0.9},
        {"name": "sgd", "momentum": 0.9, "nesterov": True},
        {"name": "adam"},
        {"name": "adam", "beta_1": 0.8, "beta_2": 0.95, "epsilon": 1e-3},
        {"name": "adamw", "weight_decay": 0.3},
    ],
    ids=lambda optimizer: "_".join(map(str, optimizer.values())),
)
def test_optimizers_as_keras_defines_them(optimizer, level):
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 1, (8, 40)).astype(np.float32), rng.normal(0, 1, (8, 1)).astype(np.float32)
    rates = np.array([0.1, 0.05, 0.01, 0.1], np.float32)
    with et.arch(level):
        net = started((40,), [("dense", {"units": 1, "use_bias": False})])
        before = net.parameter(0).astype(np.float64)
        net.train(
            x, y, None, np.tile(np.arange(8), 4), 8, loss="mse", optimizer=optimizer, learning_rates=rates,
            first_step=0, seed=0,
        )  # fmt: skip
    expected = keras_steps(optimizer, before, lambda w: 2 * (x @ w.T - y).T @ x / 8, rates)
    assert_allclose(net.parameter(0), expected, rtol=2e-5, atol=2e-6)


def test_batch_norm_moves_its_statistics_in_training_only():
    net = started((4,), [("batch_norm", {"momentum": 0.75, "epsilon": 1e-3})])
    rng = np.random.default_rng(1)
    x = rng.normal(3, 2, (16, 4)).astype(np.float32)
    net.gradients(x, x, loss="mse")
    assert_array_equal(net.parameter(2), 0)
    trained(net, x, x, 0, 16)
    assert_array_equal(net.parameter(2), 0)
    net.train(
        x, x, None, np.arange(16), 16, loss="mse", optimizer={"name": "sgd"}, learning_rates=np.zeros(1, np.float32),
        first_step=0, seed=0,
    )  # fmt: skip
    assert_allclose(net.parameter(2), 0.25 * x.mean(0), rtol=1e-6)
    assert_allclose(net.parameter(3), 0.75 + 0.25 * x.var(0), rtol=1e-6)


def test_dropout_keeps_the_mean_and_drops_by_its_seed():
    net = TrainingNetwork((1000,), [("dropout", {"rate": 0.3})])
    x = np.ones((20, 1000), np.float32)
    assert_array_equal(net.forward(x), x)
    dropped = net.forward(x, training=True, seed=1)
    assert set(np.unique(dropped)) == {np.float32(0), np.float32(1 / 0.7)}
    assert abs((dropped == 0).mean() - 0.3) < 0.01
    assert_array_equal(net.forward(x, training=True, seed=1), dropped)
    other = net.forward(x, training=True, seed=2)
    assert abs(((dropped == 0) & (other == 0)).mean() - 0.09) < 0.01
    assert abs(((dropped[1:] == 0) & (dropped[:-1] == 0)).mean() - 0.09) < 0.01


def test_a_loss_that_is_not_finite_stops():
    x, y = data()
    y[7] = np.inf
    net = started(SHAPE, GAIT)
    before = bytes_of(net)
    order = np.array([*range(14), *range(7)])
    with pytest.raises(
        TrainingError, match=r"step 11: the loss from the output of layer 11 \(dense\) is not finite"
    ) as e:
        net.train(
            x, y, None, order, 7, loss="mse", optimizer={"name": "sgd"}, learning_rates=np.zeros(3, np.float32),
            first_step=10, seed=0,
        )  # fmt: skip
    assert (e.value.step, e.value.layer) == (11, 11)
    assert net.parameter(0).tobytes() in before


def test_a_gradient_that_is_not_finite_stops_and_is_not_used():
    layers = [("dense", {"units": 4}), ("relu", {}), ("dense", {"units": 1})]
    net = started((3,), layers)
    net.set_parameter(0, np.full((4, 3), 1e-30, np.float32))
    net.set_parameter(2, np.full((1, 4), 1e37, np.float32))
    before = [net.parameter(i) for i in range(4)]
    x = np.full((2, 3), 1e30, np.float32)
    with pytest.raises(TrainingError, match=r"step 0: a gradient of layer 0 \(dense\)"):
        trained(net, x, np.full((2, 1), 1e38, np.float32), 1, 2, loss="mae")
    for i, values in enumerate(before):
        assert_array_equal(net.parameter(i), values)


BAD = {
    "kind": (((4,), [("lstm", {})]), "layer 0: unknown kind of layer 'lstm'"),
    "option": (((4,), [("dense", {"unit": 3})]), r"layer 0: dense: unknown option 'unit', accepted: units, use_bias"),
    "type": (((4,), [("dense", {"units": "3"})]), "layer 0: dense: units is '3'"),
    "units": (((4,), [("relu", {}), ("dense", {})]), "layer 1: dense: units is positive, got 0"),
    "shape": (((4,), [("conv_2d", {"filters": 1})]), r"layer 0: conv_2d: takes an input of shape .*, got \(4,\)"),
    "kernel": (((1, 4, 1), [("conv_2d", {"filters": 1, "kernel": (1, 5)})]), "extends over 5 does not fit into 4"),
    "padding": (((1, 9, 1), [("max_pool_2d", {"pool": (1, 2), "padding": ((0, 0), (2, 0))})]), "padding of 2 and 0"),
    "reshape": (((6,), [("reshape", {"shape": (4,)})]), r"\(6,\) has not as many elements as \(4,\)"),
    "rate": (((6,), [("dropout", {"rate": 1.0})]), "rate is at least 0 and below 1"),
    "layers": (((6,), []), "at least one layer"),
    "input": (((0,), [("relu", {})]), "empty or too large"),
}


@pytest.mark.parametrize("name", BAD)
def test_networks_that_cannot_be(name):
    arguments, message = BAD[name]
    with pytest.raises(ShapeError, match=message):
        TrainingNetwork(*arguments)


def test_arguments_that_do_not_fit():
    x, y = data(8)
    net = started(SHAPE, GAIT)
    with pytest.raises(ShapeError, match=r"x: expected float32 of shape \(-1, 1, 36, 6\), got float64"):
        net.forward(x.astype(np.float64))
    with pytest.raises(ShapeError, match=r"y: expected float32 of shape \(8, 1\), got float32 of shape \(7, 1\)"):
        net.gradients(x, y[:7], loss="mse")
    with pytest.raises(ShapeError, match="the last layer is not softmax"):
        net.gradients(x, y, loss="cross_entropy")
    with pytest.raises(ShapeError, match=r"order\[3\] is 8, samples are 0 to 7"):
        net.train(
            x, y, None, np.array([0, 1, 2, 8]), 4, loss="mse", optimizer={"name": "sgd"},
            learning_rates=np.zeros(1, np.float32), first_step=0, seed=0,
        )  # fmt: skip
    classes = TrainingNetwork((3,), [("softmax", {})])
    with pytest.raises(ShapeError, match=r"y\[1\] is 3, classes are 0 to 2"):
        classes.gradients(np.zeros((2, 3), np.float32), np.array([0, 3]), loss="cross_entropy")


LONG = """
import time
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from edgetwin._core import TrainingNetwork
net = TrainingNetwork((200,), [("dense", {"units": 300}), ("dense", {"units": 1})])
x, y = np.ones((64, 200), np.float32), np.ones((64, 1), np.float32)
steps = 100_000
print("ready", flush=True)
try:
    net.train(x, y, None, np.zeros(64 * steps, np.int64), 64, loss="mse", optimizer={"name": "adam"},
              learning_rates=np.full(steps, 1e-4, np.float32), first_step=0, seed=0)
except KeyboardInterrupt:
    print(time.monotonic(), flush=True)
assert np.isfinite(net.forward(x)).all() and len(net.optimizer_state()) == 8
print("usable", flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process")
def test_ctrl_c_stops_training():
    """Of three tries the fastest: other processes may take the CPU."""
    for _ in range(3):
        with subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout.readline() == "ready\n"
            time.sleep(0.3)
            sent = time.monotonic()
            child.send_signal(signal.SIGINT)
            seconds = float(child.stdout.readline()) - sent
            assert child.stdout.read() == "usable\n"
        assert child.returncode == 0
        if seconds < 0.2:
            return
    raise AssertionError(f"stopped after {seconds} s")


def test_calls_wait_for_each_other():
    """Another thread reads and runs the network while it trains; it meets whole steps only."""
    x, y = data()
    net, twin = started(SHAPE, GAIT), started(SHAPE, GAIT)
    known = {twin.forward(x).tobytes()}
    for step in range(20):
        trained_step(twin, x, y, step)
        known.add(twin.forward(x).tobytes())
    seen, done = [], threading.Event()

    def look():
        while not done.is_set():
            seen.append(net.forward(x).tobytes())
            net.optimizer_state()

    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(look)
        for step in range(20):
            trained_step(net, x, y, step)
        done.set()
        future.result()
    assert set(seen) <= known


def trained_step(net, x, y, step):
    order = np.random.default_rng(step).integers(0, len(x), 16)
    rates = np.full(1, 1e-2, np.float32)
    net.train(
        x, y, None, order, 16, loss="mse", optimizer={"name": "adam"}, learning_rates=rates, first_step=step, seed=0
    )
