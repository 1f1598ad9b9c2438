"""Does a phone fall, lie still, or neither? Spectral features to a dense net, and raw samples to a conv1d net."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data import FALL_CLASSES
from ..errors import DataError
from ..evaluation import Evaluation
from ..metrics import classification
from ..model import Model
from ..nn import AdamW, Conv1D, CosineDecay, Dense, Dropout, Flatten, MaxPool1D, Sequential
from ..quantization import quantize
from ..signal import FeatureBlock, feature_block
from .fall_set import AXES, RATE_HZ, WINDOW, FallSet, Windows, fall_set, load_falls, recording_folds
from .scaling import fold_input

__all__ = [
    "FFT_LENGTHS",
    "KINDS",
    "FallSet",
    "chosen_fft_length",
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
#: Points of the spectra that a choice is made from: frames of a quarter, half and one second.
FFT_LENGTHS = (16, 32, 64)


def spectral_block(fft_length: int = 32) -> FeatureBlock:
    """Return Edge Impulse's spectral analysis as the dense network reads it: above 1 Hz, logarithms of powers.

    Parameters
    ----------
    fft_length : int
        Samples of a frame. Those of half a second hold one fall: from 1.2 m it lasts 0.5 s.

    Returns
    -------
    FeatureBlock

    Raises
    ------
    DataError : a length that the block does not take
    """
    filters = {"filter-type": "high", "filter-cutoff": 1, "filter-order": 4, "fft-length": fft_length}
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
        layers: Sequence[Any] = [Dense(64, activation="relu"), Dropout(0.4), Dense(32, activation="relu"), end]
        return Sequential(layers, input_shape=(features,), seed=seed)
    layers = []
    for filters, kernel in ((16, 7), (16, 5), (16, 5)):
        layers += [Conv1D(filters, kernel, padding="same", activation="relu"), MaxPool1D(4)]
    return Sequential(
        [*layers, Flatten(), Dropout(0.3), Dense(16, activation="relu"), end], input_shape=(WINDOW, AXES), seed=seed
    )


def augmented(windows: Windows, copies: int, rng: np.random.Generator, *, turned: bool = True) -> Windows:
    """Return windows with changed copies behind them: moved in time, scaled, noisy; turned, and some cut short.

    However a phone is held, a fall is a fall; and a recording that ends early is followed by zeros, which look as
    weightless as a fall: copies of every class that are cut short tell the two apart.

    Parameters
    ----------
    windows : ndarray of float32, shape (n, 187, 3)
    copies : int
    rng : numpy.random.Generator
    turned : bool
        Turn copies, and cut some short.

    Returns
    -------
    ndarray of float32, shape ((copies + 1) * n, 187, 3)
    """
    parts = [windows]
    for _ in range(copies):
        copy = np.stack([np.roll(window, rng.integers(-40, 41), axis=0) for window in windows])
        if turned:
            copy = copy @ np.linalg.qr(rng.standard_normal((len(copy), AXES, AXES)))[0]
        copy = copy * rng.uniform(0.95, 1.05, (len(copy), 1, 1)) + rng.normal(0, 0.05, copy.shape)
        if turned:
            for k in np.flatnonzero(rng.random(len(copy)) < 0.4):
                copy[k, rng.integers(30, 160) :] = 0
        parts.append(copy.astype(np.float32))
    return np.concatenate(parts)


def train_falls(
    kind: str,
    windows: Windows,
    labels: NDArray[np.int64],
    *,
    fft_length: int = 32,
    copies: int = 8,
    epochs: int = 40,
    seed: int = 0,
) -> tuple[Sequential, Model, Any]:
    """Train a network on windows and quantize it.

    Copies are turned and cut short for the network that reads samples; the features of few recordings tell less where
    turned copies mix the axes.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    windows : ndarray of float32, shape (n, 187, 3)
    labels : ndarray of int64, shape (n,)
    fft_length : int
        As in `spectral_block`.
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
    x, network, history = _trained(kind, windows, labels, fft_length, copies, epochs, seed)
    return network, quantize(network, x[: 8 * len(windows)], method="mse" if kind == "raw" else "min_max"), history


def _trained(
    kind: str, windows: Windows, labels: NDArray[np.int64], fft_length: int, copies: int, epochs: int, seed: int
) -> tuple[Any, Sequential, Any]:
    more = augmented(windows, copies, np.random.default_rng(seed), turned=kind == "raw")
    x = spectral_block(fft_length).extract_batch(more) if kind == "spectral" else more
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
    return x, network, history


def chosen_fft_length(
    windows: Windows,
    labels: NDArray[np.int64],
    lengths: Sequence[int] = FFT_LENGTHS,
    *,
    folds: int = 5,
    repeats: int = 1,
    copies: int = 8,
    epochs: int = 40,
    seed: int = 0,
) -> int:
    """Return the FFT length whose spectral networks tell most of these recordings by folds; of equals, the surer one.

    Parameters
    ----------
    windows : ndarray of float32, shape (n, 187, 3)
        That may be trained on: what is tested later has no part in the choice.
    labels : ndarray of int64, shape (n,)
    lengths : sequence of int
        A single one is returned as it is.
    folds, copies, epochs, seed : int
        As in `recording_folds` and `train_falls`. A class of fewer recordings than `folds` sets the number of folds.
    repeats : int
        Times that folds are drawn.

    Returns
    -------
    int

    Raises
    ------
    DataError : no lengths, or a class of fewer than two recordings
    """
    if not lengths:
        raise DataError("no FFT lengths, accepted is one or more")
    if len(lengths) == 1:
        return lengths[0]
    folds = max(2, min(folds, int(np.unique(labels, return_counts=True)[1].min())))
    drawn = [recording_folds(labels, folds, seed + 1 + repeat) for repeat in range(repeats)]
    scores = []
    for length in lengths:
        block, right, likelihood = spectral_block(length), 0, 0.0
        for fold, number in product(drawn, range(folds)):
            train, test = fold != number, fold == number
            _, network, _ = _trained("spectral", windows[train], labels[train], length, copies, epochs, seed)
            told = network.predict(block.extract_batch(windows[test]))
            right += int((told.argmax(1) == labels[test]).sum())
            likelihood += float(np.log(np.maximum(told[np.arange(len(told)), labels[test]], 1e-6)).sum())
        scores.append((right, likelihood))
    return lengths[scores.index(max(scores))]


def cross_validated(
    falls: FallSet,
    kind: str,
    *,
    folds: int = 5,
    seed: int = 0,
    fft_lengths: Sequence[int] = (32,),
    copies: int = 8,
    epochs: int = 40,
) -> Evaluation:
    """Test every recording once, by networks that were trained on the other folds.

    Of several FFT lengths of the spectral block one is chosen for each fold, by folds of the recordings that it trains
    on: what is tested has no part in it.

    Parameters
    ----------
    falls : FallSet
    kind : str
        One of `KINDS`.
    folds, seed : int
        As in `recording_folds`; the seed is that of training, too.
    fft_lengths : sequence of int
        One, or what is chosen from, see `chosen_fft_length`.
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
    chosen: list[int] = []
    int8 = np.zeros((len(falls), len(FALL_CLASSES)), np.float32)
    float32, codes = np.zeros_like(int8), np.zeros(int8.shape, np.int8)
    for number in range(folds):
        train, test = fold != number, fold == number
        windows, labels, x = falls.windows[train], falls.labels[train], falls.windows[test]
        if kind == "spectral":
            chosen.append(chosen_fft_length(windows, labels, fft_lengths, copies=copies, epochs=epochs, seed=seed))
            x = spectral_block(chosen[-1]).extract_batch(x)
        network, model, _ = train_falls(
            kind, windows, labels, fft_length=chosen[-1] if chosen else 32, copies=copies, epochs=epochs, seed=seed
        )
        float32[test], int8[test] = network.predict(x), model.predict(x)
        codes[test] = model.run(_codes(model, x))
    short = int(falls.padded.sum())
    notes = [f"{short} recordings are shorter than 3 s: zeros behind them"] if short else []
    if len(set(fft_lengths)) > 1 and chosen:
        notes.append(f"FFT lengths that the folds chose by what they train on: {', '.join(map(str, chosen))}")
    reference = Evaluation(kind, float32, float32, falls.labels, classification(float32, falls.labels))
    return Evaluation(
        kind, codes, int8, falls.labels, classification(int8, falls.labels), notes=notes, reference=reference
    )


def _codes(model: Model, x: Any) -> Any:
    from ..quantize_values import quantize_array

    source = model.inputs[0]
    return quantize_array(x.reshape(len(x), *source.shape), source.scale or 0.0, source.zero_point or 0)
