"""Stride length on the real TRIPOD excerpt: one subject, trained at one speed and tested at the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import positive_number, whole_number
from ..data import load_tripod, tripod_trials
from ..errors import DataError
from ..evaluation import Evaluation, evaluate
from ..model import Model
from ..quantization import quantize
from ..signal import GaitPipeline
from .gait import ACCELEROMETER_RANGE_G, StrideSet, stride_network, train_strides

__all__ = ["Transfer", "across_speeds", "at_other_cadences", "constant_figures", "tripod_strides"]

#: Samples that a stride has at least.
_LEAST = 20
#: Sets of strides that are quantized on: the real ones and copies.
_CALIBRATED = 5


@dataclass(frozen=True)
class Transfer:
    """A network trained on one trial and tested on another.

    Attributes
    ----------
    trained_on, tested_on : str
    strides : int
        That were trained on.
    evaluation : Evaluation
        Of the int8 model on the other trial, beside its float32 twin (`reference`).
    sd_ratio : float
        Standard deviation of the error, which is the RMSE after removing the bias, over that of the test labels.
    """

    trained_on: str
    tested_on: str
    strides: int
    evaluation: Evaluation
    sd_ratio: float


def tripod_strides(root: str | Path, *, accelerometer_range_g: float = ACCELEROMETER_RANGE_G) -> dict[str, StrideSet]:
    """Return the complete labelled strides of every trial, both feet together.

    Parameters
    ----------
    root : path
        As in `data.load_tripod`.
    accelerometer_range_g : float, > 0
        As in `signal.GaitPipeline`; the published model takes strides of 16 g.

    Returns
    -------
    dict of str to StrideSet
        By trial: "PWS", "PWS+20". Subjects are recordings: "Sub_FZ-PWS-RF".

    Raises
    ------
    DataError : files that are not as they should be, or a trial without strides
    """
    pipeline = GaitPipeline(accelerometer_range_g=accelerometer_range_g)
    parts: dict[str, list[StrideSet]] = {}
    for trial in tripod_trials(root):
        recording = load_tripod(root, **vars(trial))
        strides = pipeline.strides(recording)
        kept = strides.complete & np.isfinite(strides.label_cm)
        if not kept.any():
            raise DataError(f"{recording.name}: no complete stride with a label")
        windows, label_cm = strides.windows[kept], strides.label_cm[kept].astype(np.float32)
        whose = np.full(int(kept.sum()), recording.name)
        parts.setdefault(trial.trial, []).append(StrideSet(windows, label_cm, whose))
    return {name: StrideSet.joined(every) for name, every in parts.items()}


def constant_figures(train: StrideSet, test: StrideSet) -> dict[str, float]:
    """Return bias, error's standard deviation and its ratio of predicting the training labels' mean for every stride.

    Parameters
    ----------
    train, test : StrideSet

    Returns
    -------
    dict of str to float
        "bias", "sd", "sd_ratio" (1 by definition), "m" (0 by definition).
    """
    return {
        "bias": float(train.label_cm.mean() - test.label_cm.mean()),
        "sd": float(test.label_cm.std()),
        "sd_ratio": 1.0,
        "m": 0.0,
    }


def at_other_cadences(strides: StrideSet, copies: int, seed: int = 0, *, spread: float = 0.3) -> StrideSet:
    """Return strides with copies behind them that last longer or shorter at the same speed of walking.

    A treadmill's belt keeps its speed: a stride that lasts longer is longer in proportion. Few strides do not show
    this beside all else in which they differ. A copy has its time stretched, its angular rates divided and its length
    multiplied by the same factor; accelerations are left, since most of them is gravity.

    Parameters
    ----------
    strides : StrideSet
    copies : int, >= 0
        Of each stride.
    seed : int, >= 0
    spread : float in (0, 1)
        Factors are drawn evenly from 1 - spread to 1 + spread, such that a copy is a whole number of samples that the
        window holds.

    Returns
    -------
    StrideSet
        ``(copies + 1) * n`` strides.

    Raises
    ------
    DataError : copies, seed or spread out of range
    """
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    positive_number(spread, "spread", 1)
    parts = [strides]
    for _ in range(whole_number(copies, "copies", 0)):
        windows, label_cm = np.zeros_like(strides.windows), strides.label_cm.copy()
        for stride, window in enumerate(strides.windows):
            length = int(np.flatnonzero(window.any(1))[-1]) + 1
            drawn = round(length * rng.uniform(1 - spread, 1 + spread))
            samples = int(np.clip(drawn, _LEAST, len(window)))
            factor = samples / length
            at = np.linspace(0, length - 1, samples)
            for channel, values in enumerate(window[:length].T):
                windows[stride, :samples, channel] = np.interp(at, np.arange(length), values)
            windows[stride, :, :3] /= factor
            label_cm[stride] *= factor
        parts.append(StrideSet(windows, label_cm, strides.subjects))
    return StrideSet.joined(parts)


def across_speeds(
    trials: dict[str, StrideSet],
    *,
    share: float = 1.0,
    filters: Sequence[int] = (32, 16, 32),
    kernels: Sequence[int] = (5, 5, 15),
    dense: int = 128,
    copies: int = 32,
    epochs: int = 10,
    dropout: float = 0.3,
    weight_decay: float = 1e-2,
    seed: int = 0,
    resamples: int = 1000,
) -> list[Transfer]:
    """Train on each trial, quantize, and test on each other one.

    Parameters
    ----------
    trials : dict of str to StrideSet
        From `tripod_strides`, at least two.
    share : float in (0, 1]
        Of the training strides, drawn by `seed`: for learning curves.
    filters, kernels, dense
        As in `stride_network`.
    copies
        As in `at_other_cadences`.
    epochs, dropout, weight_decay, seed
        As in `train_strides`.
    resamples : int, >= 0
        As in `edgetwin.evaluate`.

    Returns
    -------
    list of Transfer

    Raises
    ------
    DataError : fewer than two trials, or a share that leaves fewer than two strides
    """
    if len(trials) < 2:
        raise DataError(f"trials {', '.join(trials)}, accepted are two or more")
    transfers = []
    for name, whole in trials.items():
        count = round(share * len(whole))
        if not 2 <= count <= len(whole):
            raise DataError(f"share {share!r} of {len(whole)} strides, accepted is what leaves two or more")
        train = whole.take(np.sort(np.random.default_rng(seed).permutation(len(whole))[:count]))
        network = stride_network(filters, kernels, dense, dropout=dropout, seed=seed)
        more = at_other_cadences(train, copies, seed)
        train_strides(network, more, epochs=epochs, weight_decay=weight_decay, seed=seed)
        int8 = quantize(network, more.windows[: _CALIBRATED * len(train)], bias_correction=True)
        for other, test in trials.items():
            if other != name:
                evaluation = _tested(int8, network, test, resamples, seed)
                ratio = float(getattr(evaluation.result, "sd", np.nan) / test.label_cm.std())
                transfers.append(Transfer(name, other, count, evaluation, ratio))
    return transfers


def _tested(int8: Model, network: Any, test: StrideSet, resamples: int, seed: int) -> Evaluation:
    # Strides of one recording depend on each other, but two recordings are too few to draw from.
    return evaluate(int8, (test.windows, test.label_cm), against=network, resamples=resamples, seed=seed)
