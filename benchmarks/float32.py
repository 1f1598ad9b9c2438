"""float32 models beside LiteRT and TFLite Micro's wheel, tensor by tensor, as Markdown tables.

    EDGETWIN_SHARED=../shared python benchmarks/float32.py [--smoke]

A distance is the largest difference over the largest value of LiteRT's tensor. LiteRT with its default delegate is the
reference; its own gap is the distance of LiteRT without that delegate.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "benchmarks"))

import numpy as np  # noqa: E402
from exactness import versions  # noqa: E402
from oracles.float32.models import TWINS, compare  # noqa: E402
from oracles.float32.operators import for_the_wheel  # noqa: E402
from oracles.litert import TOLERANCE, LiteRt, Refused, distance  # noqa: E402
from oracles.tflm import Tflm  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin.conformance.generators.real import real_inputs  # noqa: E402
from edgetwin.conformance.generators.real_operators import FLOAT32_GENERATORS  # noqa: E402
from edgetwin.io.tflite_write import write_tflite  # noqa: E402

#: Generated models of an operator, and inputs of each.
GENERATED, SAMPLES = 60, 4


def models(shared, litert, tflm, smoke):
    """Print a row a shared model; return how many tensors are too far from LiteRT or differ from the wheel."""
    print("| model | inputs | operators | values | largest before softmax | LiteRT's own there | unlike the wheel |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    failed = 0
    for name, (_, count) in TWINS.items():
        count = 4 if smoke else count
        rows = compare(shared, litert, tflm, name, count)
        worst = max((row for row in rows if not row.operator.endswith("softmax")), key=lambda row: row.ours)
        differing = sum(row.wheel_differing for row in rows)
        failed += sum(not row.near for row in rows) + (differing > 0)
        print(
            f"| {name} | {count} | {len(rows)} | {sum(row.elements for row in rows):,} | {worst.ours:.2g} "
            f"({worst.operator}) | {worst.litert:.2g} | {differing} |"
        )
    return failed


def first_outputs(run, data, samples):
    """The first output of every sample, of each way that a runtime has; None where it refuses."""
    try:
        ways = run(data, samples)
    except Refused:
        return None
    return [[sample[0] for sample in way] for way in ways]


def finite_distance(ours, theirs):
    """The distance of the values that are finite in both: infinities and NaN have tests of their own."""
    finite = np.isfinite(ours) & np.isfinite(theirs)
    return distance(ours[finite], theirs[finite])


def operators(litert, tflm, smoke):
    """Print a row an operator; return how many models do not run or are too far or differ."""
    print("\n| operator | models | largest distance | LiteRT's own gap | models in the wheel | values that differ |")
    print("| --- | --- | --- | --- | --- | --- |")
    failed = 0
    for name, generator in FLOAT32_GENERATORS.items():
        ours_worst = own_worst = 0.0
        beside = in_wheel = differing = 0
        for number in range(2 if smoke else GENERATED):
            rng = np.random.default_rng([number, 31])
            graph = generator(rng)
            data, samples = write_tflite(graph), real_inputs(graph, rng, SAMPLES)
            smaller = for_the_wheel(name, samples)
            near = first_outputs(litert.run, data, samples)
            exact = first_outputs(lambda *given: [tflm.run(*given).outputs], data, smaller)
            if near is None and exact is None:
                continue
            model = et.load(data)
            if near is not None:
                beside += 1
                made = [
                    model.run(*arrays).reshape(theirs.shape) for arrays, theirs in zip(samples, near[0], strict=True)
                ]
                ours, own = (max(map(finite_distance, way, near[0])) for way in (made, near[1]))
                failed += ours > max(TOLERANCE, 2 * own)
                ours_worst, own_worst = max(ours_worst, ours), max(own_worst, own)
            if exact is not None:
                in_wheel += 1
                for arrays, theirs in zip(smaller, exact[0], strict=True):
                    made = model.run(*arrays).reshape(theirs.shape)
                    differing += np.count_nonzero((made != theirs) & ~((made != made) & (theirs != theirs)))
        failed += differing > 0
        print(f"| {name} | {beside} | {ours_worst:.2g} | {own_worst:.2g} | {in_wheel} | {differing} |", flush=True)
    return failed


def main() -> int:
    """Print the tables; exit 1 where a tensor is too far from LiteRT's or differs from the wheel's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="a few inputs only: whether it runs")
    smoke = parser.parse_args().smoke
    shared = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    litert, tflm = LiteRt(), Tflm()
    print(f"{versions()}, ai-edge-litert {version('ai-edge-litert')}\n")
    failed = models(shared, litert, tflm, smoke) + operators(litert, tflm, smoke)
    litert.close()
    tflm.close()
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
