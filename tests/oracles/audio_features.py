"""Audio feature blocks as dsp-blocks.md defines them, in plain numpy float64 with the reference's float32 roundings."""

from __future__ import annotations

import math

import numpy as np


def whole_samples(value):
    """Upwards, but for a rest below a thousandth."""
    return math.floor(value) if 0 < value - math.floor(value) < 0.001 else math.ceil(value)


def framing(samples, rate, p, version):
    """Length and stride of frames in samples, and their number."""
    exact = rate * p["frame_length"]
    length = round(exact) if version == 1 else whole_samples(exact)
    stride = whole_samples(rate * p["frame_stride"])
    return length, stride, (samples - length) // stride + (version > 1)


def power(x, rate, p, version):
    """Frames x bins."""
    length, stride, count = framing(len(x), rate, p, version)
    n = p["fft_length"]
    frames = np.stack([x[i * stride : i * stride + length] for i in range(count)])
    return np.abs(np.fft.rfft(frames, n)) ** 2 / n


def mel_edges(rate, p, version):
    hi = p["high_frequency"] or rate / 2
    mel = 1127 * np.log(1 + np.array([p["low_frequency"], hi]) / 700)
    hz = 700 * (np.exp(np.linspace(mel[0], mel[1], p["num_filters"] + 2) / 1127) - 1)
    hz[-1] -= 0.001
    q = p["fft_length"] if version >= 4 else p["fft_length"] // 2 + 1
    return np.floor((q + 1) * hz / rate).astype(int)


def mel_bank(rate, p, version):
    edges = mel_edges(rate, p, version)
    k = np.arange(p["fft_length"] // 2 + 1)
    rows = []
    for low, centre, high in zip(edges, edges[1:], edges[2:], strict=False):
        row = np.zeros(len(k))
        if low < centre:
            row = np.where((k > low) & (k <= centre), (k - low) / (centre - low), row)
        if centre < high:
            row = np.where((k >= centre) & (k < high), (high - k) / (high - centre), row)
        rows.append(row)
    return np.array(rows)


def nonzero(x):
    return np.where(x == 0, 1e-10, x)


def sliding(rows, size, variance):
    """Mean, and optionally variance, normalised over `size` frames."""
    half = (size - 1) // 2

    def windows(r):
        padded = np.pad(r, ((half, half), (0, 0)), "symmetric")
        return np.lib.stride_tricks.sliding_window_view(padded, size, axis=0)

    centred = (rows - windows(rows).mean(-1)).astype(np.float32)
    if not variance:
        return centred
    return (centred / (windows(centred.astype(np.float64)).std(-1) + 1e-10)).astype(np.float32)


def to_unit(rows):
    low, high = rows.min(), rows.max()
    with np.errstate(all="ignore"):
        return np.nan_to_num((rows - low) / (high - low))


def decibels(x):
    return 10 * np.log10(np.maximum(x, 1e-30))


def mfe(x, rate, p, version, wrap=True):
    """Frames x filters."""
    if version >= 3:
        x = (x / 32768).astype(np.float32)
        x = (x - np.float32(0.98) * np.roll(x, 1)).astype(np.float32)
    energies = nonzero(power(x.astype(np.float64), rate, p, version) @ mel_bank(rate, p, version).T)
    if version >= 3:
        floor = p["noise_floor_db"]
        codes = np.round(256 * np.clip((decibels(energies) - floor) / (12 - floor), 0, 1))
        return (codes % 256 if wrap else np.minimum(codes, 256)) / 256
    rows = sliding(energies, p["win_size"], variance=False).astype(np.float64)
    return to_unit(rows) if rows.min() != 0 and rows.max() != 0 else rows


def mfcc(x, rate, p, version):
    """Frames x coefficients."""
    x = x.astype(np.float64)
    x = x - p["pre_cof"] * np.roll(x, p["pre_shift"])
    spectrum = power(x, rate, p, version)
    logs = np.log(nonzero(spectrum @ mel_bank(rate, p, version).T))
    m = logs.shape[1]
    k, j = np.arange(p["num_cepstral"])[:, None], np.arange(m)
    rows = logs @ (np.sqrt(2 / m) * np.cos(np.pi * k * (2 * j + 1) / (2 * m))).T
    rows[:, 0] = np.log(nonzero(spectrum.sum(1)))
    return sliding(rows, p["win_size"], variance=True) if p["win_size"] else rows


def spectrogram(x, rate, p, version):
    """Frames x bins."""
    x = x.astype(np.float64)
    if version == 3 and np.abs(x).max() > 1:
        x = x / 32768
    spectrum = power(x, rate, p, version)
    if version < 3:
        return to_unit(spectrum)
    value = np.maximum(0, (decibels(spectrum) - p["noise_floor_db"]) / (12 - p["noise_floor_db"]))
    return np.minimum(value, 1) if version == 3 else value
