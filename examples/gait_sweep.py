"""A trial of gait_sweep.yaml, online or offline: folds of people, exact int8 figures of each epoch, and the model."""

from __future__ import annotations

import numpy as np
import wandb

import edgetwin as et
from edgetwin.usecases import gait

TARGET = "cortex-m4f@80:cmsis-nn"


def main() -> None:
    """Train on all folds but one, evaluate on that, and log what the whole sweep is ranked by."""
    with wandb.init() as run:
        config = run.config
        strides = gait.simulated_strides(range(100, 100 + config.people))
        fold_of = np.unique(strides.subjects, return_inverse=True)[1] % config.folds
        predictions = {"float32": np.zeros(len(strides)), "int8": np.zeros(len(strides))}
        for fold in range(config.folds):
            # Nobody is in both.
            train, test = strides.take(fold_of != fold), strides.take(fold_of == fold)
            network, int8 = trained(run, train, test)
            predictions["float32"][fold_of == fold] = network.predict(test.windows)[:, 0]
            predictions["int8"][fold_of == fold] = int8.predict(test.windows)[:, 0]
        figures = {
            f"{name}_{figure}": getattr(et.metrics.agreement(values, strides.label_cm), figure)
            for name, values in predictions.items()
            for figure in ("mdc", "bias")
        }
        run.log(figures)
        # Of the last fold: the one whose figures are known. Its size is that of all.
        et.integrations.wandb.log_model(run, int8, name="stride", metrics=figures, target=TARGET)


def trained(run: wandb.Run, train: gait.StrideSet, test: gait.StrideSet) -> tuple[et.nn.Sequential, et.Model]:
    """Return a fold's network and its int8 model."""
    config = run.config
    network = gait.stride_network(config.filters, config.kernels, config.dense, dropout=config.dropout, seed=1)
    calibration = train.windows[::4]
    callback = et.integrations.wandb.Callback(run, calibration, (test.windows, test.label_cm), target=TARGET)
    gait.train_strides(
        network, train, epochs=config.epochs, learning_rate=config.learning_rate, callbacks=[callback], seed=1
    )
    return network, et.quantize(network, calibration)


if __name__ == "__main__":
    main()
