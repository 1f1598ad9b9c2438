"""Speed: every shared model and single operators, at every SIMD level, beside other runtimes, in one process.

    EDGETWIN_SHARED=../shared python benchmarks/run.py [--smoke | --write] [--models gait_int8 ...] [--levels avx2 ...]

Outputs are compared with the tflite-micro wheel's bytes first, at every level, on one thread and two, one by one and in
a batch; a difference ends the run. Then rounds of all that is compared are interleaved; figures are medians. `--write`
replaces the marked section of RESULTS.md and the picture beside it. Other runtimes: pip install ".[peers,bench]".
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "benchmarks"))

from speed import machine, networks, peak, sections, singles, tables  # noqa: E402
from speed.generated import OPERATORS  # noqa: E402
from speed.peers import Probe  # noqa: E402
from speed.timing import Effort  # noqa: E402

RESULTS = ROOT / "benchmarks" / "RESULTS.md"
PICTURE = "roofline.png"
HOW = """One process. Before anything is timed, outputs are compared with the tflite-micro wheel's bytes: at each level,
on one thread and two, one by one and in a batch (float32: within 1e-5 of LiteRT's). Then rounds of all that is compared
are interleaved; times and ratios are of medians over {rounds}, GMAC/s of the fastest, as a peak is.

Ours is the whole call `model.run(x)` from Python, on one sample and on a batch of 64 distinct samples, repeated up to
1024 or as many as take 0.25 s. *Raw* of another runtime is its binding's own invoke, bound once, its inputs set before
(`interpreter._interpreter.Invoke` of both wheels, `run_with_iobinding` of ONNX Runtime without Python's wrapper);
Python's call of it, some 50 ns, is not subtracted. *Whole* is set, invoke, get. LiteRT's XNNPACK uses all that this CPU
has, whatever level is forced on ours."""


def parsed() -> argparse.Namespace:
    """What the caller asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--smoke", action="store_true", help="each body once: for rot, not for speed")
    parser.add_argument("--write", action="store_true", help="replace the section of RESULTS.md and the picture")
    parser.add_argument("--models", nargs="+", metavar="NAME", choices=networks.NAMES, help="these networks only")
    parser.add_argument("--levels", nargs="+", metavar="NAME", help="these levels only")
    parser.add_argument("--rounds", type=int, default=7, help="rounds of every comparison (default: 7)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts only")
    arguments = parser.parse_args()
    if arguments.rounds < 1:
        parser.error(f"--rounds {arguments.rounds}: accepted is an integer >= 1")
    unknown = set(arguments.levels or ()) - machine.levels().keys()
    if unknown:
        wrong = ", ".join(sorted(unknown))
        parser.error(f"--levels {wrong}: accepted are those of this CPU, {', '.join(machine.levels())}")
    return arguments


PARTS = ("models", "operators", "growth")


def main() -> None:
    """Measure, print, and write where asked."""
    arguments = parsed()
    shared = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    if not (shared / "models").is_dir():
        sys.exit(f"no shared models at {shared}: set EDGETWIN_SHARED")
    began = time.perf_counter()
    if arguments.levels:
        machine.restrict(arguments.levels)
    levels = list(machine.levels())
    smoke = arguments.smoke
    models, operators, lines = (
        Effort(1, 0.0) if smoke else Effort(arguments.rounds, seconds) for seconds in (0.03, 0.015, 0.02)
    )
    parts: list[str] = []

    def say(text: str) -> None:
        print(f"{text}\n", flush=True)
        parts.append(text)

    command = shlex.join(["python", "benchmarks/run.py", *sys.argv[1:]])
    say(f"`{command}`. " + "\n".join(machine.described()))
    say(HOW.format(rounds=f"{models.rounds} rounds" if models.rounds > 1 else "one round"))
    results: list[networks.Result] = []
    made: list[singles.Single] = []
    growth: list[str] = []
    probe = Probe("litert")
    with tempfile.TemporaryDirectory() as folder:
        meter = peak.Meter(Path(folder), Effort(1, 0.0 if smoke else 0.004))
        for name in (arguments.models or networks.NAMES) if "models" in arguments.only else ():
            print(f"... {name}", file=sys.stderr, flush=True)
            meter.measure()
            results.append(networks.measure(shared, name, probe, models, smoke))
        for name in OPERATORS if "operators" in arguments.only else ():
            print(f"... {name}", file=sys.stderr, flush=True)
            meter.measure()
            made.append(singles.measure(name, probe, operators))
        probe.close()
        if "growth" in arguments.only:
            print("... growth", file=sys.stderr, flush=True)
            with machine.levels()[levels[-1]]():
                growth = list(sections.growth(shared, lines, smoke))
        meter.measure()
    peaks = meter.peaks
    say("### Peak\n\n" + sections.loops_note())
    say(sections.peak_table(peaks, meter.bandwidths, meter.trouble))
    if results:
        say("### Models\n\n" + sections.network_table(results, levels, peaks))
        say("### Targets\n\n" + sections.targets_section(results, levels))
        say("### Other runtimes\n\n" + sections.peer_table(results))
    if made:
        say("### Single operators\n\n" + sections.single_table(made, levels, peaks))
        for text in filter(None, (sections.share_note(made, level, peaks) for level in levels)):
            say(text)
    for text in growth:
        say(text)
    if results and made and peaks:
        picture = RESULTS.with_name(PICTURE) if arguments.write else Path(tempfile.gettempdir()) / PICTURE
        sections.picture(picture, results, made, levels[-1], peaks, meter.bandwidths)
        say(f"### Roofline\n\n![One thread's GMAC/s against multiply-accumulates a byte]({PICTURE})")
    print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr)
    if arguments.write:
        tables.write_section(RESULTS, "\n\n".join(parts))


if __name__ == "__main__":
    main()
