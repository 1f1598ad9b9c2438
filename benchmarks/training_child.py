"""One side of benchmarks/training.py: trains the gait network in one framework, as many steps as it is told to.

    python benchmarks/training_child.py edgetwin|keras|torch WEIGHTS.npz THREADS

WEIGHTS.npz holds x, y, the parameters of every layer as edgetwin keeps them, and the network's numbers. It prints the
losses of the first steps, then for every line "STEPS" on standard input the seconds and the CPU seconds that so many
steps took.
"""

from __future__ import annotations

import os
import sys
import time

os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": ""}

import numpy as np

BATCH, RATE = 64, 1e-3


def edgetwin_steps(data, threads):
    from edgetwin import _core

    _core.set_default_threads(threads)
    filters, kernel, units = data["numbers"].tolist()
    before, after = (kernel - 1) // 2, kernel // 2
    layers, width = [], 108
    for _ in range(3):
        layers += [
            ("conv_2d", {"filters": filters, "kernel": (1, kernel), "padding": ((0, 0), (before, after))}),
            ("relu", {}),
            ("max_pool_2d", {"pool": (1, 2), "stride": (1, 2)}),
        ]
        width //= 2
    layers += [("reshape", {"shape": (width * filters,)}), ("dense", {"units": units}), ("relu", {})]
    net = _core.TrainingNetwork((1, 108, 6), [*layers, ("dense", {"units": 1})])
    for i in range(len(net.parameters)):
        values = data[f"p{i}"]
        net.set_parameter(i, values[:, None] if values.ndim == 3 else values)
    x, y = data["x"][:, None], data["y"]
    done = 0

    def run(steps):
        nonlocal done
        order = np.arange(done * BATCH, (done + steps) * BATCH) % len(x)
        losses = net.train(
            x, y, None, order, BATCH, loss="mse", optimizer={"name": "adam"},
            learning_rates=np.full(steps, RATE, np.float32), first_step=done, seed=0,
        )  # fmt: skip
        done += steps
        return losses.tolist()

    return run, ""


def keras_steps(data, threads):
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    filters, kernel, units = data["numbers"].tolist()
    layers = [keras.Input((108, 6))]
    for _ in range(3):
        layers += [
            keras.layers.Conv1D(filters, kernel, padding="same", activation="relu"),
            keras.layers.MaxPooling1D(2),
        ]
    layers += [keras.layers.Flatten(), keras.layers.Dense(units, activation="relu"), keras.layers.Dense(1)]
    net = keras.Sequential(layers)
    weights = [data[f"p{i}"] for i in range(10)]
    net.set_weights([w.transpose(1, 2, 0) if w.ndim == 3 else w.T for w in weights])
    net.compile(optimizer=keras.optimizers.Adam(RATE), loss="mse")
    x, y = data["x"], data["y"]

    def run(steps):
        if steps < 5:
            # The mean over batches since the last reset is what Keras tells.
            means = []
            for i in range(steps):
                net.reset_metrics()
                means.append(float(net.train_on_batch(x[i * BATCH :][:BATCH], y[i * BATCH :][:BATCH])))
            return means
        assert steps * BATCH <= len(x)
        net.fit(x[: steps * BATCH], y[: steps * BATCH], batch_size=BATCH, epochs=1, shuffle=False, verbose=0)
        return []

    return run, f"Keras {keras.__version__} on TensorFlow {tf.__version__}"


def torch_steps(data, threads):
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    filters, kernel, units = data["numbers"].tolist()
    layers, channels, width = [], 6, 108
    for _ in range(3):
        layers += [nn.Conv1d(channels, filters, kernel, padding="same"), nn.ReLU(), nn.MaxPool1d(2)]
        channels, width = filters, width // 2
    net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(width * filters, units), nn.ReLU(), nn.Linear(units, 1))
    values = [data[f"p{i}"] for i in range(10)]
    # Flattened with channels first.
    values[6] = values[6].reshape(units, width, filters).transpose(0, 2, 1).reshape(units, -1)
    with torch.no_grad():
        for parameter, value in zip(net.parameters(), values, strict=True):
            parameter.copy_(
                torch.from_numpy(np.ascontiguousarray(value.transpose(0, 2, 1) if value.ndim == 3 else value))
            )
    x = torch.from_numpy(np.ascontiguousarray(data["x"].transpose(0, 2, 1)))
    y = torch.from_numpy(data["y"])
    optimizer = torch.optim.Adam(net.parameters(), RATE, eps=1e-7)
    loss_of = nn.MSELoss()
    done = 0

    def run(steps):
        nonlocal done
        losses = []
        for _ in range(steps):
            at = done * BATCH % len(x)
            optimizer.zero_grad()
            loss = loss_of(net(x[at : at + BATCH]), y[at : at + BATCH])
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
            done += 1
        return [float(loss) for loss in losses]

    return run, f"PyTorch {torch.__version__}"


def main():
    name, weights, threads = sys.argv[1], np.load(sys.argv[2]), int(sys.argv[3])
    run, version = {"edgetwin": edgetwin_steps, "keras": keras_steps, "torch": torch_steps}[name](weights, threads)
    print(version, flush=True)
    print(*run(3), flush=True)
    run(10)
    for line in sys.stdin:
        began, cpu_began = time.perf_counter(), time.process_time()
        run(int(line))
        print(time.perf_counter() - began, time.process_time() - cpu_began, flush=True)


if __name__ == "__main__":
    main()
