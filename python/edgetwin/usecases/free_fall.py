"""Does a phone fall, lie still, or neither? Spectral features to a dense net, and raw samples to a conv1d net."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import whole_number
from ..data import FALL_CLASSES, Recording, load, simulate_falls
from ..errors import DataError
from ..evaluation import Evaluation
from ..metrics import classification
from ..model import Model
from ..nn import AdamW, Conv1D, CosineDecay, Dense, Dropout, Flatten, MaxPool1D, Sequential
from ..quantization import quantize
from ..signal import FeatureBlock, feature_block
from .scaling import fold_input

__all__ = [
    "KINDS",
    "FallSet",
    "cross_validated",
    "fall_network",
    "fall_set",
    "load_falls",
    "recording_folds",
    "spectral_block",
    "train_falls",
]

#: What a network reads: features of a window, or its samples.
KINDS = ("spectral", "raw")
#: 3 s at 62.5 Hz.
WINDOW, AXES, RATE_HZ = 187, 3, 62.5

Windows = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class FallSet:
    """Recordings as windows, one each.

    Attributes
    ----------
    windows : ndarray of float32, shape (n, 187, 3), m/s2
        Zeros behind what is shorter.
    labels : ndarray of int64, shape (n,)
        Into `data.FALL_CLASSES`.
    names : tuple of str
    padded : ndarray of bool, shape (n,)
        Which ones are shorter than a window.
    """

    windows: Windows
    labels: NDArray[np.int64]
    names: tuple[str, ...]
    padded: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.labels)


def load_falls(folder: str | Path | None) -> tuple[FallSet, bool]:
    """Return the real recordings of a folder, or simulated ones.

    Parameters
    ----------
    folder : path or None
        Of Edge Impulse acquisitions whose names tell the label; None for simulated falls.

    Returns
    -------
    falls : FallSet
    real : bool

    Raises
    ------
    DataError : recordings that do not fit
    """
    recordings: Iterable[Recording] = simulate_falls(24) if folder is None else load(folder)
    return fall_set(recordings), folder is not None


def fall_set(recordings: Iterable[Recording]) -> FallSet:
    """Return the first 3 s of each recording, zero-padded where it is shorter.

    Parameters
    ----------
    recordings : iterable of Recording
        Three axes at 62.5 Hz, labelled with one of `data.FALL_CLASSES`.

    Returns
    -------
    FallSet

    Raises
    ------
    DataError : no recordings, or one of another rate, number of axes or label, which is named
    """
    windows, labels, names, padded = [], [], [], []
    for recording in recordings:
        values = recording.values
        if values.ndim != 2 or values.shape[1] != AXES or abs(recording.rate_hz - RATE_HZ) > 0.01 * RATE_HZ:
            raise DataError(
                f"{recording.name}: {values.shape} at {recording.rate_hz:g} Hz, accepted are {AXES} axes at "
                f"{RATE_HZ} Hz"
            )
        if recording.label not in FALL_CLASSES:
            raise DataError(f"{recording.name}: label {recording.label!r}, accepted are {', '.join(FALL_CLASSES)}")
        window = np.zeros((WINDOW, AXES), np.float32)
        window[: len(values)] = values[:WINDOW]
        windows.append(window)
        labels.append(FALL_CLASSES.index(recording.label))
        names.append(recording.name)
        padded.append(len(values) < WINDOW)
    if not windows:
        raise DataError("no recordings, accepted is one or more of each class")
    return FallSet(np.stack(windows), np.array(labels, np.int64), tuple(names), np.array(padded, np.bool_))


def recording_folds(labels: NDArray[np.int64], folds: int = 5, seed: int = 0) -> NDArray[np.int64]:
    """Return the fold of each recording; every fold has its share of every class.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
    folds : int, >= 2
    seed : int, >= 0

    Returns
    -------
    ndarray of int64, shape (n,), in [0, folds)

    Raises
    ------
    DataError : a class has fewer recordings than there are folds
    """
    whole_number(folds, "folds", 2)
    rng = np.random.default_rng(whole_number(seed, "seed", 0))
    fold = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        if len(members) < folds:
            raise DataError(f"{len(members)} recordings of class {label}, accepted are at least {folds}, one a fold")
        # Classes begin at different folds, so that what is left over does not all go to the first.
        fold[members] = (np.arange(len(members)) + rng.integers(folds)) % folds
    return fold


def spectral_block() -> FeatureBlock:
    """Return Edge Impulse's spectral analysis as the dense network reads it: 16 points, above 1 Hz, logarithms."""
    filters = {"filter-type": "high", "filter-cutoff": 1, "filter-order": 4, "fft-length": 16}
    return feature_block("spectral_analysis", {"axes": ["accX", "accY", "accZ"]} | filters, rate_hz=RATE_HZ)


def fall_network(kind: str, features: int = 0, *, seed: int = 0) -> Sequential:
    """Return a network that gives a probability for each class.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    features : int
        Of "spectral".
    seed : int
        Of the first weights.

    Returns
    -------
    Sequential

    Raises
    ------
    DataError : another kind
    """
    if kind not in KINDS:
        raise DataError(f"kind {kind!r}, accepted are {', '.join(KINDS)}")
    end = Dense(len(FALL_CLASSES), activation="softmax")
    if kind == "spectral":
        layers: Sequence[Any] = [Dense(32, activation="relu"), Dropout(0.2), Dense(16, activation="relu"), end]
        return Sequential(layers, input_shape=(features,), seed=seed)
    layers = []
    for filters, kernel in ((16, 7), (16, 5), (16, 5)):
        layers += [Conv1D(filters, kernel, padding="same", activation="relu"), MaxPool1D(4)]
    return Sequential(
        [*layers, Flatten(), Dropout(0.3), Dense(16, activation="relu"), end], input_shape=(WINDOW, AXES), seed=seed
    )


def augmented(windows: Windows, copies: int, rng: np.random.Generator) -> Windows:
    """Return windows with changed copies behind them: moved in time, turned, scaled, noisy, and some cut short.

    However a phone is held, a fall is a fall; and a recording that ends early is followed by zeros, which look as
    weightless as a fall: copies of every class that are cut short tell the two apart.

    Parameters
    ----------
    windows : ndarray of float32, shape (n, 187, 3)
    copies : int
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape ((copies + 1) * n, 187, 3)
    """
    parts = [windows]
    for _ in range(copies):
        copy = np.stack([np.roll(window, rng.integers(-40, 41), axis=0) for window in windows])
        turns = np.linalg.qr(rng.standard_normal((len(copy), AXES, AXES)))[0]
        copy = copy @ turns * rng.uniform(0.95, 1.05, (len(copy), 1, 1)) + rng.normal(0, 0.05, copy.shape)
        for k in np.flatnonzero(rng.random(len(copy)) < 0.4):
            copy[k, rng.integers(30, 160) :] = 0
        parts.append(copy.astype(np.float32))
    return np.concatenate(parts)


def train_falls(
    kind: str, windows: Windows, labels: NDArray[np.int64], *, copies: int = 15, epochs: int = 30, seed: int = 0
) -> tuple[Sequential, Model, Any]:
    """Train a network on windows and quantize it.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    windows : ndarray of float32, shape (n, 187, 3)
    labels : ndarray of int64, shape (n,)
    copies : int
        Changed copies of each window, see the module's `augmented`.
    epochs : int
    seed : int
        Of weights, copies, shuffling and dropout.

    Returns
    -------
    float32 : Sequential
        Takes the block's features, or windows.
    int8 : Model
    history : History

    Raises
    ------
    DataError, TrainingError : as in `Sequential.fit`
    """
    more = augmented(windows, copies, np.random.default_rng(seed))
    x = spectral_block().extract_batch(more) if kind == "spectral" else more
    if kind == "spectral":
        mean, deviation = x.mean(0), x.std(0) + 1e-6
    else:
        # Zeros behind a short recording stay zeros.
        mean, deviation = np.zeros(AXES), np.full(AXES, float(x.std()))
    network = fall_network(kind, x.shape[1], seed=seed)
    history = network.fit(
        ((x - mean) / deviation).astype(np.float32), np.tile(labels, copies + 1), epochs=epochs, batch_size=32,
        optimizer=AdamW(2e-3, weight_decay=1e-3), schedule=CosineDecay(), seed=seed, verbose=0,
    )  # fmt: skip
    fold_input(network, mean, deviation)
    return network, quantize(network, x[: 8 * len(windows)]), history


def cross_validated(
    falls: FallSet, kind: str, *, folds: int = 5, seed: int = 0, copies: int = 15, epochs: int = 30
) -> Evaluation:
    """Test every recording once, by networks that were trained on the other folds.

    Parameters
    ----------
    falls : FallSet
    kind : str
        One of `KINDS`.
    folds, seed : int
        As in `recording_folds`; the seed is that of training, too.
    copies, epochs : int
        As in `train_falls`.

    Returns
    -------
    Evaluation
        Of the int8 models, one prediction a recording; `reference` of their float32 twins.

    Raises
    ------
    DataError, TrainingError : as in `recording_folds` and `train_falls`
    """
    fold = recording_folds(falls.labels, folds, seed)
    block = spectral_block()
    int8 = np.zeros((len(falls), len(FALL_CLASSES)), np.float32)
    float32, codes = np.zeros_like(int8), np.zeros(int8.shape, np.int8)
    for number in range(folds):
        train, test = fold != number, fold == number
        network, model, _ = train_falls(
            kind, falls.windows[train], falls.labels[train], copies=copies, epochs=epochs, seed=seed
        )
        x = block.extract_batch(falls.windows[test]) if kind == "spectral" else falls.windows[test]
        float32[test], int8[test] = network.predict(x), model.predict(x)
        codes[test] = model.run(_codes(model, x))
    short = int(falls.padded.sum())
    notes = [f"{short} recordings are shorter than 3 s: zeros behind them"] if short else []
    reference = Evaluation(kind, float32, float32, falls.labels, classification(float32, falls.labels))
    return Evaluation(
        kind, codes, int8, falls.labels, classification(int8, falls.labels), notes=notes, reference=reference
    )


def _codes(model: Model, x: Any) -> Any:
    from ..quantize_values import quantize_array

    source = model.inputs[0]
    return quantize_array(x.reshape(len(x), *source.shape), source.scale or 0.0, source.zero_point or 0)
