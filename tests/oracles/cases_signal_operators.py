"""Random valid calls of TFLite Micro's signal operators; see `cases`."""

from __future__ import annotations

import math

import numpy as np
from oracles.case_parts import Case, random_size

from edgetwin.conformance.generators.signal import any_magnitude, filter_ranges, spectral_subtraction_options


def _values(rng, size, dtype):
    return any_magnitude(rng, size, np.dtype(dtype), int(rng.integers(4)))


def _window(rng):
    windows, size = random_size(rng, 3), random_size(rng, 65)
    params = {"windows": windows, "size": size, "shift": int(rng.choice([0, 7, 12, 15]))}
    return Case(params, [_values(rng, windows * size, np.int16)], {"weights": _values(rng, size, np.int16)}, [])


def _fft_auto_scale(rng):
    size = random_size(rng, 65)
    return Case({"size": size}, [_values(rng, size, np.int16)], {}, [])


def turns(count, phase):
    """cos and sin of phase(i) in Q15."""
    rows = [[math.floor(0.5 + 32767 * f(phase(i))) for f in (math.cos, math.sin)] for i in range(count)]
    return np.array(rows, np.int16)


def _rfft(rng):
    length, rows = 2 ** int(rng.integers(2, 10)), random_size(rng, 2)
    half, size = length // 2, int(rng.integers(1, length, endpoint=True))
    tables = {
        "twiddles": turns(half, lambda i: -2 * math.pi * i / half),
        "split_twiddles": turns(half // 2, lambda i: -math.pi * ((i + 1) / half + 0.5)),
    }
    params = {"rows": rows, "size": size, "fft_length": length}
    return Case(params, [_values(rng, rows * size, np.int16)], tables, [])


def _energy(rng):
    bins = random_size(rng, 65)
    start = int(rng.integers(0, bins))
    params = {"bins": bins, "start_index": start, "end_index": int(rng.integers(start, bins, endpoint=True))}
    return Case(params, [_values(rng, 2 * bins, np.int16)], {}, [])


def _filter_bank(rng):
    channels, bins, weights = random_size(rng, 40), random_size(rng, 65), random_size(rng, 99)
    (starts, weight_starts), widths = filter_ranges(rng, channels, bins, weights)
    constants = {name: _values(rng, weights, np.int16) for name in ("weights", "unweights")}
    ranges = {"frequency_starts": starts, "weight_starts": weight_starts, "widths": widths}
    constants |= {name: values.astype(np.int16) for name, values in ranges.items()}
    params = {"num_channels": channels, "bins": bins, "weights_size": weights}
    return Case(params, [_values(rng, bins, np.uint32)], constants, [])


def _square_root(rng):
    size = random_size(rng, 65)
    shift = np.array([rng.integers(0, 15)], np.int32)
    return Case({"size": size}, [_values(rng, size, np.uint64), shift], {}, [])


def _spectral_subtraction(rng):
    channels = random_size(rng, 40)
    params = spectral_subtraction_options(rng, channels)
    return Case(params, [_values(rng, channels, np.uint32)], {}, [_values(rng, channels, np.uint32)])


def _pcan(rng):
    size = random_size(rng, 65)
    inputs = [_values(rng, size, np.uint32) for _ in range(2)]
    return Case({"size": size, "snr_shift": int(rng.integers(24))}, inputs, {"gain": _values(rng, 125, np.int16)}, [])


def _log(rng):
    size = random_size(rng, 65)
    params = {
        "size": size,
        "input_correction_bits": int(rng.integers(8)),
        "output_scale": int(rng.choice([1, 64, 1600])),
    }
    return Case(params, [_values(rng, size, np.uint32)], {}, [])


SIGNAL_OPERATORS = {
    "signal_window_s16": _window,
    "signal_fft_auto_scale_s16": _fft_auto_scale,
    "signal_rfft_s16": _rfft,
    "signal_energy_s16": _energy,
    "signal_filter_bank_u32": _filter_bank,
    "signal_filter_bank_square_root_u64": _square_root,
    "signal_filter_bank_spectral_subtraction_u32": _spectral_subtraction,
    "signal_pcan_u32": _pcan,
    "signal_filter_bank_log_u32": _log,
}
