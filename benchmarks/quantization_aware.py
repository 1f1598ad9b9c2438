"""What quantization costs and what quantization-aware training gets back, as a Markdown table.

    python benchmarks/quantization_aware.py [--smoke]

Mean squared errors on held-out samples. "Trained on" is the float32 network under the same further epochs, so that what
more training alone gives is not counted as quantization's. Seeds are fixed: the figures are those of the SIMD level.
"""

from __future__ import annotations

import argparse
import copy
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "benchmarks")]

import numpy as np  # noqa: E402
from oracles.toys import bent, deep_regressor, depthwise_regressor, tones  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin import nn  # noqa: E402


def strides(people, first):
    """Windows of simulated walkers and the stride lengths in m."""
    windows, label_cm = et.signal.simulate_strides(range(first, first + people))
    return windows, (label_cm / 100).astype(np.float32)


def gait_network():
    """Three convolutions and two dense layers, as ML@E2dge's."""
    layers = []
    for filters, kernel in ((32, 5), (16, 5), (32, 15)):
        layers += [nn.Conv1D(filters, kernel, padding="same", activation="relu"), nn.MaxPool1D(2)]
    return nn.Sequential([*layers, nn.Flatten(), nn.Dense(128, activation="relu"), nn.Dense(1)], seed=1)


def cases(smoke):
    """Name, network, training, validation and test samples, epochs in float32, its learning rate and the later one."""
    size = 60 if smoke else 600
    people = 2 if smoke else 40
    return {
        "gait, simulated walkers (m²)": (
            gait_network(), strides(people, 1000), strides(2 + people // 5, 2000), strides(2 + people // 3, 3000),
            40, 1e-3, 3e-4,
        ),
        "depthwise, frequency of a sine": (
            depthwise_regressor(seed=1), tones(size), tones(size, 1), tones(size, 2), 40, 1e-2, 3e-3,
        ),
        "dense, a bent function": (
            deep_regressor(seed=1), bent(size), bent(size, 1), bent(size, 2), 40, 1e-2, 3e-3,
        ),
    }  # fmt: skip


def row(net, train, validation, test, epochs, rate, later_rate, smoke):
    """Held-out errors of one network."""
    options = {"validation_data": validation, "batch_size": 64 if len(train[0]) > 1000 else 32, "verbose": 0, "seed": 1}
    epochs, more = (1, 1) if smoke else (epochs, 6)
    options |= {"schedule": nn.CosineDecay(), "early_stopping": epochs}
    net.fit(*train, epochs=epochs, optimizer=nn.Adam(rate), **options)
    later = {"epochs": more, "optimizer": nn.Adam(later_rate), **options}
    errors = [net.evaluate(*test)["loss"]]
    longer = copy.deepcopy(net)
    longer.fit(*train, **later)
    errors.append(longer.evaluate(*test)["loss"])
    for weights in ("int8", "int4"):
        exact = nn.QuantizationAware(net, train[0][:300], weights=weights)
        errors.append(exact.evaluate(*test)["loss"])
        exact.fit(*train, **later)
        errors.append(exact.evaluate(*test)["loss"])
        codes_equal = np.array_equal(exact.to_model().predict(test[0]), exact.predict(test[0]))
        assert codes_equal, "the export is not what was trained"
    return errors


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--smoke", action="store_true", help="a few samples, one epoch")
    smoke = parser.parse_args().smoke
    print(
        "| network | float32 | float32, trained on | int8 after training | int8 trained | int4 after | int4 trained |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name, case in cases(smoke).items():
        print(f"| {name} | {' | '.join(f'{error:.3g}' for error in row(*case, smoke))} |", flush=True)


if __name__ == "__main__":
    main()
