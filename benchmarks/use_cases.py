"""Two use cases, trained, quantized and evaluated: gait stride length and free fall, as Markdown.

    python benchmarks/use_cases.py [--smoke] [--seeds 10] [--write]

Gait on simulated walkers by folds of subjects, on the real TRIPOD excerpt across speeds beside a constant prediction
and the published model, with a learning curve; free fall on the real recordings, folds by recording. Real data come
from EDGETWIN_SHARED; without it those parts are left out. `--write` replaces the marked section of RESULTS.md.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

import numpy as np  # noqa: E402
from speed import machine, tables  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin.usecases import free_fall, gait, shared_data, tripod  # noqa: E402

BEGIN = "<!-- use cases: written by benchmarks/use_cases.py -->"
END = "<!-- end of what benchmarks/use_cases.py writes -->"


def file_bytes(model):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.tflite"
        model.save(path)
        return path.stat().st_size


def simulated(people, epochs, filters):
    """Folds of subjects: three fifths trained on, one validated, one tested, as published."""
    strides = gait.simulated_strides(range(3000, 3000 + people))
    fifth = people // 5
    folds = et.signal.subject_folds(list(strides.subjects), sizes=(people - 2 * fifth, fifth, fifth))
    rows, predicted, tested = [], [], []
    for number, fold in enumerate(folds):
        network = gait.stride_network(filters, seed=number)
        train, validation, test = (strides.take(part) for part in (fold.train, fold.validation, fold.test))
        gait.train_strides(network, train, validation, epochs=epochs, seed=number)
        model = et.quantize(network, train.windows, bias_correction=True)
        exact = et.nn.QuantizationAware(network, train.windows)
        exact.fit(
            train.windows, train.label_cm, validation_data=(validation.windows, validation.label_cm), batch_size=64,
            epochs=6, optimizer=et.nn.Adam(1e-5), schedule=et.nn.CosineDecay(), seed=number, verbose=0,
        )  # fmt: skip
        predictions = [m.predict(test.windows)[:, 0] for m in (network, model, exact)]
        rows.append([str(number), *simulated_row(predictions, test.label_cm)])
        predicted.append(predictions)
        tested.append(test)
    test = gait.StrideSet.joined(tested)
    float32, int8, aware = (np.concatenate([part[k] for part in predicted]) for k in range(3))
    rows.append(["all", *simulated_row([float32, int8, aware], test.label_cm)])
    header = (
        "fold", "strides", "float32 bias / SD, cm", "int8 bias / SD, cm", "int8 m", "int8 - float32 bias, cm",
        "MSE of int8 over float32", "of quantization-aware training",
    )  # fmt: skip
    limits = et.metrics.repeated_limits(int8, test.label_cm, test.subjects)
    ratios = [
        et.metrics.paired_agreement(float32, other, test.label_cm, test.subjects).mse_ratio_interval
        for other in (int8, aware)
    ]
    after, within = (f"{r.low:.3f} to {r.high:.3f}" for r in ratios)
    said = f"{after} quantized after training, {within} with it"
    profile = model.profile()
    return (
        f"{tables.table(header, rows)}\n\nOf all folds together: limits of agreement by subject {limits.loa_low:.2f} "
        f"to {limits.loa_high:.2f} cm; 95 % intervals, by subject, of the ratio of squared errors: {said}. The last "
        f"fold's model: {profile.macs:,} multiply-accumulates, {file_bytes(model):,} bytes as `.tflite`, "
        f"{profile.arena_bytes:,} bytes of arena (the published one: 506,752, 77,008 and 6,912)."
    )


def simulated_row(predictions, labels):
    float32, int8, aware = (et.metrics.agreement(p, labels) for p in predictions)
    return [
        str(int8.n), f"{float32.bias:.2f} / {float32.sd:.2f}", f"{int8.bias:.2f} / {int8.sd:.2f}", f"{int8.m:.3f}",
        f"{int8.bias - float32.bias:+.2f}", f"{int8.mse / float32.mse:.3f}", f"{aware.mse / float32.mse:.3f}",
    ]  # fmt: skip


def time_normalised(strides):
    """Duration, and 60 points of each axis from contact to contact."""
    rows = []
    for window in strides.windows:
        length = int(np.flatnonzero(window.any(1))[-1]) + 1
        at = np.linspace(0, length - 1, 60)
        axes = [np.interp(at, np.arange(length), window[:length, axis]) for axis in range(6)]
        rows.append(np.concatenate([*axes, [length]]))
    return np.array(rows)


def ridge(train, test):
    """Agreement of a linear model; what it is drawn to 0 with has the least error of leaving one out in training."""
    x, y = time_normalised(train), train.label_cm.astype(np.float64)
    mean, deviation = x.mean(0), x.std(0) + 1e-9
    x = (x - mean) / deviation
    products, centred = x @ x.T, y - y.mean()

    def left_out(penalty):
        hat = products @ np.linalg.inv(products + penalty * np.eye(len(y)))
        return np.std((centred - hat @ centred) / (1 - np.diag(hat) - 1 / len(y)))

    penalty = min((10, 30, 100, 300, 1000), key=left_out)
    weights = x.T @ np.linalg.solve(products + penalty * np.eye(len(y)), centred)
    return et.metrics.agreement((time_normalised(test) - mean) / deviation @ weights + y.mean(), test.label_cm)


def across_speeds(root, published, effort, shares, seeds):
    trials = tripod.tripod_strides(root)
    rows, curve = [], []
    for share in shares:
        every = [tripod.across_speeds(trials, share=share, seed=seed, **effort) for seed in range(seeds)]
        for direction, first in enumerate(every[0]):
            runs = [run[direction] for run in every]
            ratios = [run.sd_ratio for run in runs]
            slopes = [run.evaluation.result.m for run in runs]
            biases = [run.evaluation.result.bias for run in runs]
            name = f"{first.trained_on} -> {first.tested_on}"
            curve.append([name, str(first.strides), f"{np.mean(ratios):.3f}", f"{np.mean(slopes):.2f}"])
            if share == 1.0:
                sd = trials[first.tested_on].label_cm.std()
                float_ratio = np.mean([run.evaluation.reference.result.sd for run in runs]) / sd
                rows.append(
                    [
                        name, f"trained here, int8, mean of {seeds} seeds", f"{np.mean(biases):.2f}",
                        f"{np.mean(ratios) * sd:.2f}", f"{np.mean(ratios):.3f}", f"{np.mean(slopes):.2f}",
                    ]
                )  # fmt: skip
                rows.append([name, "the same, float32", "", f"{float_ratio * sd:.2f}", f"{float_ratio:.3f}", ""])
                r = ridge(trials[first.trained_on], trials[first.tested_on])
                what = "no network: ridge on time-normalised strides"
                rows.append([name, what, f"{r.bias:.2f}", f"{r.sd:.2f}", f"{r.sd / sd:.3f}", f"{r.m:.2f}"])
                constant = tripod.constant_figures(trials[first.trained_on], trials[first.tested_on])
                rows.append([name, "constant", f"{constant['bias']:.2f}", f"{constant['sd']:.2f}", "1.000", "0.00"])
    model = et.load(published)
    for name, test in tripod.tripod_strides(root, accelerometer_range_g=16.0).items():
        for what, part in [("both feet", test)] + [
            (foot, test.take(np.char.endswith(test.subjects, foot))) for foot in ("RF", "LF")
        ]:
            r = et.metrics.agreement(model.predict(part.flat), part.label_cm)
            ratio = r.sd / part.label_cm.std()
            rows.append(
                [
                    f"on {name}",
                    f"published int8 model, {what}",
                    f"{r.bias:.2f}",
                    f"{r.sd:.2f}",
                    f"{ratio:.3f}",
                    f"{r.m:.2f}",
                ]
            )
    header = ("trained -> tested", "model", "bias, cm", "SD of error, cm", "over SD of labels", "m")
    lines = tables.table(("trained -> tested", "strides trained on", "SD of error over SD of labels", "m"), curve)
    return f"{tables.table(header, rows)}\n\nLearning curve, mean of {seeds} seeds:\n\n{lines}"


def falls(folder, seeds, efforts):
    real, _ = free_fall.load_falls(folder)
    rows, missed = [], {}
    for name, (kind, effort) in efforts.items():
        int8, float32 = [], []
        for seed in range(seeds):
            result = free_fall.cross_validated(real, kind, seed=seed, **effort)
            int8.append(result.result.accuracy)
            float32.append(result.reference.result.accuracy)
            for k in np.flatnonzero(result.predictions.argmax(1) != real.labels):
                missed[name, real.names[k]] = missed.get((name, real.names[k]), 0) + 1
        half = 1.96 * np.std(int8, ddof=1) / np.sqrt(seeds) if seeds > 1 else float("nan")
        worst = max((a - b) * len(real) for a, b in zip(float32, int8, strict=True))
        rows.append(
            [
                name, f"{100 * np.mean(float32):.1f}", f"{100 * np.mean(int8):.1f}",
                f"{100 * (np.mean(int8) - half):.1f} to {100 * (np.mean(int8) + half):.1f}",
                f"{100 * min(int8):.1f} to {100 * max(int8):.1f}", f"{worst:.0f}",
            ]
        )  # fmt: skip
    header = (
        "network", "float32, %", "int8, %", "int8 mean's 95 % interval", "int8, worst to best seed",
        "recordings int8 lost, at most",
    )  # fmt: skip
    often = [
        f"{name.split('.')[0]}.{name.split('.')[1]} ({count} of {seeds}{', padded' if pad else ''})"
        for (row, name), count in sorted(missed.items(), key=lambda item: -item[1])
        for pad in [real.padded[real.names.index(name)]]
        if count > seeds / 2 and row == "spectral"
    ]
    said = f"Missed by the spectral network with more than half of the seeds: {', '.join(often) or 'none'}."
    return f"{tables.table(header, rows)}\n\n{said}"


def sections(smoke, seeds):
    command = "`python benchmarks/use_cases.py`"
    filters = (4, 4, 4) if smoke else (32, 16, 32)
    parts = [
        "### Gait on simulated walkers, folds by subject\n\n"
        f"{command}. ML@E2dge's network, trained here, quantized with bias correction. No measurements.",
        simulated(5 if smoke else 60, 1 if smoke else 20, filters),
    ]
    excerpt = shared_data("datasets/tripod_excerpt")
    if excerpt is not None:
        parts += [
            "### Gait on the real TRIPOD excerpt: trained on one speed, tested on the other\n\n"
            f"{command}. One subject, both feet; the error's SD is the RMSE after removing the bias. Trained with "
            "copies of each stride at other cadences of the same speed.",
            across_speeds(
                excerpt, shared_data("models") / "gait_int8.tflite", {"copies": 1, "epochs": 1} if smoke else {},
                (1.0,) if smoke else (0.25, 0.5, 1.0), 1 if smoke else 3,
            ),
        ]  # fmt: skip
    real = shared_data("datasets/free_fall/training")
    if real is not None:
        chosen = {"fft_lengths": free_fall.FFT_LENGTHS}
        efforts = {
            "spectral": ("spectral", {}),
            "spectral, FFT length chosen in each fold": ("spectral", chosen),
            "raw": ("raw", {"copies": 12, "epochs": 16}),
        }
        if smoke:
            efforts = {name: (kind, effort | {"copies": 1, "epochs": 1}) for name, (kind, effort) in efforts.items()}
        parts += [
            f"### Free fall on real recordings, 5 folds by recording, {seeds} seeds\n\n"
            f"{command}. 83 recordings of one phone; five are shorter than 3 s and zero-padded. Accuracy per "
            "recording; folds, weights and copies change with the seed. The block's FFT length is 32, half "
            "a second, which a fall from 1.2 m lasts; 16 and 64 were tried on the same recordings. In the second row "
            "it is chosen from the three in each fold, by folds of its training recordings.",
            falls(real, seeds, efforts),
        ]
    return "\n\n".join(parts)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="least of everything: whether it runs")
    parser.add_argument("--seeds", type=int, default=10, help="of free fall")
    parser.add_argument("--write", action="store_true", help="write the section of RESULTS.md")
    arguments = parser.parse_args()
    text = sections(arguments.smoke, 1 if arguments.smoke else arguments.seeds)
    text += "\n\n" + "\n".join(machine.described())
    if arguments.write:
        tables.write_section(ROOT / "benchmarks" / "RESULTS.md", text, BEGIN, END)
    else:
        print(text)
        if "EDGETWIN_SHARED" not in os.environ:
            print("\nEDGETWIN_SHARED is not set: nothing was run on real recordings")


if __name__ == "__main__":
    main()
