"""Random models of TFLite Micro's signal operators."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import ArrayLike

from ...graph.graph import Graph
from ...types import Array
from .builder import Builder

__all__ = ["ANY_MAGNITUDE", "SIGNAL_OPERATORS", "any_magnitude", "filter_ranges", "spectral_subtraction_options"]

#: Name of inputs that `random_inputs` fills with values of any number of bits.
ANY_MAGNITUDE = "any_magnitude"


def _input(b: Builder, shape: Iterable[int], dtype: str) -> int:
    index = b.add(ANY_MAGNITUDE, shape, dtype)
    b.inputs.append(index)
    return index


def _int16(b: Builder, name: str, values: ArrayLike) -> int:
    stored = np.asarray(values, np.int16)
    return b.add(name, stored.shape, "int16", data=stored)


def _any_int16(rng: Generator, size: int) -> Array:
    """Return int16 of full range, or few bits, or the lowest and the highest."""
    if rng.random() < 0.2:
        return rng.choice([-32768, 32767], size)
    return rng.integers(-32768, 32767, size, endpoint=True) >> int(rng.integers(0, 12))


def _window(rng: Generator) -> Graph:
    b = Builder(rng)
    size, windows = int(rng.choice([1, 3, 16, 31, 480])), b.size(5)
    shape = [(1, windows * size), (windows, size), (windows * size,)][int(rng.integers(3))]
    weights = _int16(b, "weights", _any_int16(rng, size))
    y = b.add("output", shape, "int16")
    options = {"shift": int(rng.choice([0, 1, 7, 12, 15, 31]))}
    return b.graph("custom:SignalWindow", [_input(b, shape, "int16"), weights], [y], options)


def _fft_auto_scale(rng: Generator) -> Graph:
    b = Builder(rng)
    size = int(rng.choice([1, 2, 5, 17, 480]))
    outputs = [b.add("output", (size,), "int16"), b.add("scale_bits", (), "int32")]
    return b.graph("custom:SignalFftAutoScale", [_input(b, (size,), "int16")], outputs, {})


def _rfft(rng: Generator) -> Graph:
    b = Builder(rng)
    length = 2 ** int(rng.integers(2, 12))
    size = int(rng.choice([1, length // 2 + 1, length - 1, length]))
    lead = [(), (1,), (3,), (1, 2)][int(rng.integers(4))]
    y = b.add("output", (*lead, length + 2), "int16")
    return b.graph(
        "custom:SignalRfft", [_input(b, (*lead, size), "int16")], [y], {"T": 7, "fft_length": length}
    )  # fmt: skip


def _energy(rng: Generator) -> Graph:
    # Of all bins: what others hold is whatever lay there.
    b = Builder(rng)
    bins = int(rng.choice([1, 2, 17, 257]))
    y = b.add("output", (bins,), "uint32")
    return b.graph(
        "custom:SignalEnergy", [_input(b, (2 * bins,), "int16")], [y], {"start_index": 0, "end_index": bins}
    )  # fmt: skip


def filter_ranges(rng: Generator, channels: int, bins: int, weights: int) -> tuple[list[Array], Array]:
    """Return the starts and widths of random ranges inside so many bins and weights."""
    widths = rng.integers(0, min(bins, weights, 12), channels + 1, endpoint=True)
    return [rng.integers(0, limit - widths, endpoint=True) for limit in (bins, weights)], widths


def _filter_bank(rng: Generator) -> Graph:
    b = Builder(rng)
    channels, bins, weights = b.size(), int(rng.choice([1, 7, 257])), int(rng.choice([1, 11, 316]))
    (starts, weight_starts), widths = filter_ranges(rng, channels, bins, weights)
    inputs = [_input(b, (bins,), "uint32")]
    inputs += [_int16(b, name, _any_int16(rng, weights)) for name in ("weights", "unweights")]
    inputs += [_int16(b, "starts", starts), _int16(b, "weight_starts", weight_starts), _int16(b, "widths", widths)]
    y = b.add("output", (channels,), "uint64")
    return b.graph("custom:SignalFilterBank", inputs, [y], {"num_channels": channels})


def _filter_bank_square_root(rng: Generator) -> Graph:
    b = Builder(rng)
    size = b.size()
    if rng.random() < 0.5:
        shift = b.add("scale_bits", (), "int32", data=np.array(rng.integers(0, 31, endpoint=True), np.int32))
    else:
        shift = _input(b, (), "int32")
    y = b.add("output", (size,), "uint32")
    return b.graph("custom:SignalFilterBankSquareRoot", [_input(b, (size,), "uint64"), shift], [y], {})


def spectral_subtraction_options(rng: Generator, channels: int) -> dict[str, int]:
    """Return ordinary options, or any that are taken."""
    names = ("smoothing", "one_minus_smoothing", "alternate_smoothing", "alternate_one_minus_smoothing")
    ordinary = rng.random() < 0.6
    most = 2**14 if ordinary else 2**31 - 1
    options = {name: int(rng.integers(0, most, endpoint=True)) for name in (*names, "min_signal_remaining")}
    options |= {
        "num_channels": channels,
        "smoothing_bits": 10 if ordinary else int(rng.integers(32)),
        "spectral_subtraction_bits": 14 if ordinary else int(rng.integers(64)),
        "clamping": int(rng.integers(2)),
    }
    return options


def _filter_bank_spectral_subtraction(rng: Generator) -> Graph:
    b = Builder(rng)
    channels = b.size()
    outputs = [b.add(name, (channels,), "uint32") for name in ("output", "noise_estimate")]
    options = spectral_subtraction_options(rng, channels)
    source = _input(b, (channels,), "uint32")
    return b.graph("custom:SignalFilterBankSpectralSubtraction", [source], outputs, options)


def _pcan(rng: Generator) -> Graph:
    b = Builder(rng)
    size = b.size()
    inputs = [_input(b, (size,), "uint32") for _ in range(2)]
    inputs.append(_int16(b, "gain", _any_int16(rng, int(rng.choice([125, 130])))))
    y = b.add("output", (size,), "uint32")
    return b.graph("custom:SignalPCAN", inputs, [y], {"snr_shift": int(rng.integers(64))})


def _filter_bank_log(rng: Generator) -> Graph:
    b = Builder(rng)
    size = int(rng.choice([1, 40, 257]))
    scale = int(rng.choice([0, 1, 64, 1600, 65536, -3, 2**31 - 1]))
    y = b.add("output", (size,), "int16")
    options = {"input_correction_bits": int(rng.choice([0, 0, 3, 31])), "output_scale": scale}
    return b.graph("custom:SignalFilterBankLog", [_input(b, (size,), "uint32")], [y], options)


#: Generator of one operator by name.
SIGNAL_OPERATORS = {
    "custom:SignalEnergy": _energy,
    "custom:SignalFftAutoScale": _fft_auto_scale,
    "custom:SignalFilterBank": _filter_bank,
    "custom:SignalFilterBankLog": _filter_bank_log,
    "custom:SignalFilterBankSpectralSubtraction": _filter_bank_spectral_subtraction,
    "custom:SignalFilterBankSquareRoot": _filter_bank_square_root,
    "custom:SignalPCAN": _pcan,
    "custom:SignalRfft": _rfft,
    "custom:SignalWindow": _window,
}


def any_magnitude(rng: Generator, shape: tuple[int, ...], dtype: np.dtype[Any], number: int) -> Array:
    """Return values of any number of bits: one number for all, one for each, or the lowest and the highest."""
    info = np.iinfo(dtype)
    if number % 4 == 3:
        return rng.choice(np.array([info.min, info.max, 0], dtype), shape)
    values = rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)
    bits = rng.integers(0, info.bits, shape if number % 2 else ())
    return np.asarray(values >> bits.astype(dtype), dtype)
