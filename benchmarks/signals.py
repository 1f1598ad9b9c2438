"""Speed of the signal code beside the same mathematics in batched numpy and scipy, as a Markdown table.

    python benchmarks/signals.py [--smoke | --write]

One thread, whose CPU time is measured: other work on the machine hardly changes that. Before anything is timed the
features are compared; a difference beyond the tolerance ends the run. Rounds of all that is compared are interleaved,
figures are medians. `--write` replaces the marked section of RESULTS.md.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import thread_time

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

import numpy as np  # noqa: E402
from numpy.lib.stride_tricks import sliding_window_view  # noqa: E402
from scipy import fft, signal  # noqa: E402
from speed import machine, tables  # noqa: E402
from speed.timing import Body  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin import _core  # noqa: E402

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
BEGIN = "<!-- signals: written by benchmarks/signals.py -->"
END = "<!-- end of what benchmarks/signals.py writes -->"
#: What the published Python block takes for a window of 3 axes and 125 samples, as measured for the specification.
PUBLISHED_MS = 2.7
RATE_HZ, SAMPLES, AXES = 62.5, 125, 3
AUDIO_HZ = 16000


def moments(x):
    """Skewness and kurtosis along the last axis; 0 and -3 where nothing varies."""
    centred = x - x.mean(-1, keepdims=True)
    square = centred * centred
    m2 = square.mean(-1)
    constant = m2 == 0
    m2 = np.where(constant, 1, m2)
    skew = (square * centred).mean(-1) / m2**1.5
    return skew, np.where(constant, 0, (square * square).mean(-1) / m2**2) - 3


def spectral_numpy(windows, sections=None, n=16, bins=slice(1, None)):
    """spectral_analysis v4 of a whole batch, vectorised over windows, axes and frames."""
    x = np.ascontiguousarray(windows.transpose(0, 2, 1))
    if sections is not None:
        x = signal.sosfilt(sections, x)
    x = x - x.mean(-1, keepdims=True)
    hop = n // 2
    count = -(-x.shape[-1] // hop)
    padded = np.zeros((*x.shape[:-1], (count - 1) * hop + n), np.float32)
    padded[..., : x.shape[-1]] = x
    spectra = np.fft.rfft(sliding_window_view(padded, n, -1)[..., ::hop, :])
    power = (spectra.real**2 + spectra.imag**2).max(-2) / n
    rms = np.sqrt((x * x).mean(-1))
    features = [rms, *moments(x), *moments(power)]
    logs = np.log10(np.where(power == 0, 1e-10, power))[..., bins]
    return np.concatenate([np.stack(features, -1), logs], -1).reshape(len(windows), -1)


def mel_power_numpy(windows, p, emphasis, bank, dtype=np.float64):
    """Powers of frames of a batch of sound, and the energies of a mel bank, as dsp-blocks.md defines them."""
    x = windows.astype(dtype)
    x = x - dtype(emphasis) * np.roll(x, 1, axis=1)
    n, hop = p["fft_length"], round(AUDIO_HZ * p["frame_stride"])
    frames = sliding_window_view(x, round(AUDIO_HZ * p["frame_length"]), axis=1)[:, ::hop, :n]
    spectra = fft.rfft(frames.astype(np.float64, copy=False), n)
    power = (spectra.real**2 + spectra.imag**2) / n
    energies = power @ bank.T
    return power, np.where(energies == 0, 1e-10, energies)


def mfe_numpy(windows, p, bank):
    _, energies = mel_power_numpy(windows / np.float32(32768), p, 0.98, bank, np.float32)
    floor = p["noise_floor_db"]
    shares = np.clip((10 * np.log10(np.maximum(energies, 1e-30)) - floor) / (12 - floor), 0, 1)
    return (np.rint(256 * shares) / 256).reshape(len(windows), -1)


def mfcc_numpy(windows, p, bank):
    power, energies = mel_power_numpy(windows, p, p["pre_cof"], bank)
    rows = fft.dct(np.log(energies), norm="ortho")[..., : p["num_cepstral"]]
    rows[..., 0] = np.log(power.sum(-1))
    half = p["win_size"] // 2

    def sliding(values):
        padded = np.pad(values, ((0, 0), (half, half), (0, 0)), "symmetric")
        return sliding_window_view(padded, p["win_size"], axis=1)

    rows = (rows - sliding(rows).mean(-1)).astype(np.float32)
    return (rows / (sliding(rows).std(-1) + 1e-10)).reshape(len(windows), -1)


def mel_bank(edges, n):
    k = np.arange(n // 2 + 1)
    rising = (k - edges[:-2, None]) / np.maximum(1, edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - k) / np.maximum(1, edges[2:] - edges[1:-1])[:, None]
    sides = np.where(k < edges[1:-1, None], rising, falling)
    return np.where(k == edges[1:-1, None], 1, np.clip(sides, 0, 1))


def sounds(count):
    """Noise whose loudness and colour change within each second, int16 values."""
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 1, (count, AUDIO_HZ)).cumsum(1) % 7 + rng.normal(0, 1, (count, AUDIO_HZ))
    return np.rint(noise * 2000 * (1.2 + np.sin(np.arange(AUDIO_HZ) / 900))).astype(np.float32)


def audio_rows(count, rounds):
    """Table rows of MFE and MFCC of 1 s at 16 kHz; MFE must be equal."""
    windows = sounds(count)
    for name, theirs_of, tolerance, published_ms in (("mfe", mfe_numpy, 0, 0.94), ("mfcc", mfcc_numpy, 1e-4, 1.7)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the default frames are longer than the default transform
            block = et.signal.feature_block(name, {}, AUDIO_HZ)
        bank = mel_bank(_core.mel_edges(block.core_params), block.params["fft_length"])
        bodies = {"numpy": Body(lambda b=block, f=theirs_of, k=bank: f(windows, b.params, k), count)}
        theirs, ours = bodies["numpy"].call(), block.extract_batch(windows[..., None], num_threads=1)
        difference = np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))
        if difference.max() > tolerance:
            sys.exit(f"{name}: features differ from numpy's by {difference.max():.2g}")
        for level, within in machine.levels().items():
            body = Body(lambda b=block: b.extract_batch(windows[..., None], num_threads=1), count, within)
            bodies[level] = body
        medians = measured(bodies, rounds, 1)
        for level in machine.levels():
            yield (
                f"| {name}, 1 s at 16 kHz | {level} | {medians[level] * 1e6:.1f} | {medians['numpy'] * 1e6:.0f} | "
                f"{medians['numpy'] / medians[level]:.1f}x | {published_ms * 1e-3 / medians[level]:,.1f}x |"
            )


@dataclass(frozen=True)
class Case:
    name: str
    params: dict
    sections: np.ndarray | None
    bins: slice


def cases():
    low = signal.butter(6, 3.0, "low", fs=RATE_HZ, output="sos").astype(np.float32)
    yield Case("no filter", {}, None, slice(1, None))
    yield Case("low-pass of order 6", {"filter-type": "low"}, low, slice(1, 2))


def measured(bodies, rounds, repeats):
    """Median CPU seconds of a sample, by body, over interleaved rounds."""
    seconds = {name: [] for name in bodies}
    for number in range(rounds + 1):
        for name, body in bodies.items():
            with body.within():
                began = thread_time()
                for _ in range(repeats):
                    body.call()
                if number:  # the first one warms up
                    seconds[name].append((thread_time() - began) / (repeats * body.samples))
    return {name: median(values) for name, values in seconds.items()}


def rows(count, rounds):
    """Table rows of spectral_analysis: level, time of a window, numpy's, ratio."""
    rng = np.random.default_rng(0)
    windows = (rng.normal(0, 3, (count, SAMPLES, AXES)) + np.array([0.0, 1.0, 9.81])).astype(np.float32)
    for case in cases():
        block = et.signal.feature_block("spectral_analysis", case.params, RATE_HZ)
        theirs = spectral_numpy(windows, case.sections, bins=case.bins)
        ours = block.extract_batch(windows, num_threads=1)
        difference = np.abs(ours - theirs) / np.maximum(1, np.abs(theirs))
        if difference.max() > 1e-4:
            sys.exit(f"{case.name}: features differ from numpy's by {difference.max():.2g}")
        bodies = {"numpy": Body(lambda c=case: spectral_numpy(windows, c.sections, bins=c.bins), count)}
        for level, within in machine.levels().items():
            bodies[level] = Body(lambda b=block: b.extract_batch(windows, num_threads=1), count, within)
        medians = measured(bodies, rounds, 1 if count < 100 else 3)
        for level in machine.levels():
            yield (
                f"| spectral_analysis, {case.name} | {level} | {medians[level] * 1e6:.2f} | "
                f"{medians['numpy'] * 1e6:.1f} | {medians['numpy'] / medians[level]:.1f}x | "
                f"{PUBLISHED_MS * 1e-3 / medians[level]:,.0f}x |"
            )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="one round of a few windows: whether it runs")
    parser.add_argument("--write", action="store_true", help="replace the marked section of RESULTS.md")
    arguments = parser.parse_args()
    count = 64 if arguments.smoke else 1000
    lines = [
        f"`python benchmarks/signals.py`, CPU time, one thread, {count} windows of {AXES} axes x {SAMPLES} samples. "
        + "\n".join(machine.described()),
        f"Sound: {8 if arguments.smoke else 48} windows of 1 s. The published blocks take {PUBLISHED_MS} ms for the "
        "spectral analysis, 0.94 ms for MFE and 1.7 ms for MFCC."
        "\n\n| features | level | us a window | batched numpy/scipy, us | ratio | beside the published block |",
        "| --- | --- | --- | --- | --- | --- |",
        *rows(count, 1 if arguments.smoke else 15),
        *audio_rows(8 if arguments.smoke else 48, 1 if arguments.smoke else 15),
    ]
    section = "\n".join(lines)
    print(section)
    if arguments.write:
        tables.write_section(RESULTS, section, BEGIN, END)


if __name__ == "__main__":
    main()
