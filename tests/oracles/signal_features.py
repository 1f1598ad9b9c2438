"""Feature blocks as dsp-blocks.md defines them, in plain numpy and scipy with the reference's precisions."""

from __future__ import annotations

import numpy as np
from scipy import signal


def moments(x):
    """Skewness and excess kurtosis, biased; 0 and -3 where the spread is rounding noise (SciPy 1.7.3)."""
    mean = x.mean()
    centred = x - mean
    m2 = np.mean(centred**2)
    if m2 <= (np.finfo(x.dtype).resolution * mean) ** 2:
        return 0.0, -3.0
    return np.mean(centred**3) / m2**1.5, np.mean(centred**4) / m2**2 - 3


def decimate(x, ratio):
    """By 3 or 10, causal, from the steady state of x[0]."""
    sections = signal.cheby1(8, 0.05, 0.8 / ratio, output="sos")
    start = signal.sosfilt_zi(sections) * x[0]
    return signal.sosfilt(sections, x.astype(np.float64), zi=start)[0][::ratio]


def bins(band, cutoff, rate, n):
    b = min(cutoff, rate / 2) * n / rate
    if band == "low":
        return 1, int(b + 0.5) + 1
    if band == "high":
        return max(1, int(b - 0.5) + 1), n // 2 + 1
    return 1, n // 2 + 1


def max_hold(x, n, overlap):
    hop = n - n // 2 if overlap else n
    frames = [x[start : start + n] for start in range(0, len(x), hop)]
    return np.max([np.abs(np.fft.rfft(frame, n)) ** 2 / n for frame in frames], axis=0)


def spectrum_features(x, rate, p, version):
    n = p["fft_length"]
    skew, kurt = moments(x)
    features = [np.sqrt(np.mean(x**2)), skew, kurt]
    power = max_hold(x, n, p["do_fft_overlap"])
    if version >= 4:
        features += moments(power)
    if p["do_log"]:
        power = np.log10(np.where(power == 0, 1e-10, power))
    start, stop = bins(p["filter_type"], p["filter_cutoff"], rate, n)
    return [*features, *power[start:stop]]


def spectral_analysis(window, rate, p, version=4):
    """Features of one window (time, axes) of float32."""
    main, low = [], []
    for x in (window * np.float32(p["scale_axes"])).astype(np.float32).T:
        at = rate
        ratio = p["input_decimation_ratio"] if version >= 4 else 1
        for factor in {1: (), 3: (3,), 10: (10,), 30: (3, 10), 100: (10, 10), 1000: (10, 10, 10)}[ratio]:
            x, at = decimate(x, factor), at / factor
        if p["filter_type"] != "none" and p["filter_order"] > 0:
            sections = signal.butter(p["filter_order"], p["filter_cutoff"], p["filter_type"], fs=at, output="sos")
            x = signal.sosfilt(sections.astype(np.float32), x)
        x = x - x.mean()
        main += spectrum_features(x, at, p, version)
        if version >= 4 and p["extra_low_freq"]:
            y = decimate(x, 10)
            low += spectrum_features(y - y.mean(), at / 10, p, version)
    return np.array(main + low)


def flatten(window, p):
    features = []
    for x in window.astype(np.float64).T * p["scale_axes"]:
        skew, kurt = moments(x)
        values = {"average": x.mean(), "minimum": x.min(), "maximum": x.max(), "rms": np.sqrt(np.mean(x**2))}
        values |= {"stdev": x.std(), "skewness": skew, "kurtosis": kurt}
        features += [value for name, value in values.items() if p[name]]
    return np.array(features)
