"""The section of RESULTS.md, from what was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from . import roofline, scaling
from .machine import LEVELS, TARGET_LEVEL, belongs_here, cpu_name, lacking
from .networks import Result
from .peak import BOUND, LOOPS, giga_macs, here, refusal, share
from .scaling import Line
from .singles import Single
from .tables import percent, ratio, short, table, times, us
from .targets import SHARE_LEVEL, SHARE_OF_PEAK, TARGETS, target_table
from .timing import Effort


def rated(measured: Result | Single, body: str, peaks: Mapping[str, float], level: str) -> str:
    """GMAC/s and share of peak of the fastest round, or nothing."""
    seconds = measured.fastest.get(body)
    if not seconds or not measured.macs:
        return ""
    return f"{giga_macs(seconds, measured.macs):.1f}, {percent(share(seconds, measured.macs, peaks, level))}"


def peak_table(peaks: Mapping[str, float], bandwidths: Mapping[str, float], trouble: str) -> str:
    """The loops of this machine's family, and loads."""
    rows = []
    for name, loop in here().items():
        found = f"{peaks[name]:.1f}" if name in peaks else refusal(loop) or f"not measured: {trouble}"
        rows.append([loop.what, found])
    rows += [[f"loads in order, {place}", f"{value / 1e9:.0f} GB/s"] for place, value in bandwidths.items()]
    return table(("one core", "GMAC/s"), rows)


def network_table(results: Sequence[Result], levels: Sequence[str], peaks: Mapping[str, float]) -> str:
    """Each network at each level."""
    header = (
        "model (MMAC)",
        "level",
        "1 sample (us)",
        "batch",
        "1 thread (us a sample)",
        "2 threads",
        "GMAC/s, share of peak",
        "XNNPACK / 1 sample",
        "/ batch",
        "/ batch, 2 threads",
        "tflite-micro / 1 sample",
        "/ batch, 2 threads",
    )
    rows = []
    for result in results:
        if result.refusal:
            rows.append([result.name, f"not loaded: {short(result.refusal)}", *["-"] * (len(header) - 2)])
            continue
        for i, level in enumerate(levels):
            single, batch, batch_2 = (result.time(body, level) for body in ("single", "batch", "batch_2"))
            xnnpack, wheel = result.time("litert raw"), result.time("tflm raw")
            rate = rated(result, f"batch {level}", peaks, level) or "-"
            rows.append(
                [
                    f"{result.name} ({result.macs / 1e6:.3g})" if i == 0 else "",
                    level,
                    us(single),
                    str(result.batches[level]),
                    us(batch),
                    us(batch_2),
                    rate,
                    *(times(ratio(xnnpack, ours)) for ours in (single, batch, batch_2)),
                    *(times(ratio(wheel, ours)) for ours in (single, batch_2)),
                ]
            )
    rows += [["every model", *cells, *["-"] * (len(header) - 3)] for cells in lacking_levels()]
    return table(header, rows)


def lacking_levels() -> list[tuple[str, str]]:
    """Levels of this machine's family that it cannot run, and why."""
    return [
        (level, f"not measurable here: {lacking(level)}") for level in LEVELS if belongs_here(level) and lacking(level)
    ]


_LITERT = ("litert raw", "litert_2 raw", "litert whole")
_WHEEL = ("tflm raw", "tflm whole")
_ONNX = ("onnx raw", "onnx_2 raw", "onnx whole")


def peer_table(results: Sequence[Result]) -> str:
    """Other runtimes, us of a sample."""
    header = (
        "model",
        "bytes compared at each level",
        "LiteRT raw, 1 thread (us)",
        "2 threads",
        "whole call",
        "tflite-micro raw",
        "whole call",
        "ONNX Runtime raw, 1 thread",
        "2 threads",
        "whole call",
        "its furthest value from ours",
        "by default: raw, furthest",
    )
    rows = []
    for result in (r for r in results if not r.refusal):
        cells = [result.name, f"{result.bytes_compared:,}"]
        for key, bodies in (("litert", _LITERT), ("tflm", _WHEEL), ("onnx", _ONNX)):
            if all(result.time(body) is None for body in bodies):
                cells += [result.notes.get(key, "-"), *["-"] * (len(bodies) - 1)]
            else:
                cells += [us(result.time(body)) for body in bodies]
        if result.time("onnx raw") is None:
            cells += ["-", "-"]
        else:
            default = f"{us(result.time('onnx_default raw'))}, {result.notes.get('onnx_default', '-')}"
            cells += [result.notes.get("onnx", "-"), default]
        rows.append(cells)
    return table(header, rows)


def ratios(result: Result, level: str) -> dict[str, float | None]:
    """The ratios that have targets, at one level."""
    targets = TARGETS.get(result.name)
    rival = result.time("tflm raw" if targets is not None and targets.rival == "tflm" else "litert raw")
    single, batch, batch_2 = (result.time(body, level) for body in ("single", "batch", "batch_2"))
    return {
        "single": ratio(rival, single),
        "batch": ratio(rival, batch),
        "batch_2": ratio(rival, batch_2),
        "wheel": ratio(result.time("tflm raw"), batch_2),
        "whole": ratio(result.time("litert whole"), single),
    }


def targets_section(results: Sequence[Result], levels: Sequence[str]) -> str:
    """Targets at the level that they are for, where there is one here, else at the best there is."""
    best = TARGET_LEVEL if TARGET_LEVEL in levels else levels[-1]
    measured = {result.name: ratios(result, best) for result in results if not result.refusal}
    lines = [target_table(measured, best, best == TARGET_LEVEL)]
    if best != TARGET_LEVEL:
        reason = lacking(TARGET_LEVEL) or "it was not asked for, or this build has no such level"
        lines.insert(
            0,
            f"The targets are for {TARGET_LEVEL}, which is **not measurable here**: {reason}. What follows are the "
            f"ratios of the best level measured, {best}, and whether they are above or below those targets all the "
            "same.\n",
        )
    return "\n".join(lines)


def single_table(singles: Sequence[Single], levels: Sequence[str], peaks: Mapping[str, float]) -> str:
    """Single operators: us of a sample, GMAC/s, share of peak."""
    header = ["operator", "MMAC"]
    for level in levels:
        header += [f"{level}: 1 sample (us)", "batch of 64", "GMAC/s, share of peak"]
    header += ["LiteRT raw (us)", "tflite-micro raw"]
    rows = []
    for single in singles:
        cells = [single.name, f"{single.macs / 1e6:.3g}" if single.macs else "-"]
        for level in levels:
            alone, batch = (single.seconds.get(f"{body} {level}") for body in ("single", "batch"))
            cells += [us(alone), us(batch)]
            elements = f"{single.elements / batch / 1e9:.2f} G elements/s" if batch else "-"
            cells.append(rated(single, f"batch {level}", peaks, level) or elements)
        for key in ("litert", "tflm"):
            seconds = single.seconds.get(f"{key} raw")
            cells.append(single.notes.get(key, "-") if seconds is None else us(seconds))
        rows.append(cells)
    without = "; ".join(f"{level} is {reason}" for level, reason in lacking_levels())
    return table(header, rows) + (f"\n\nOf the levels, {without}." if without else "")


def share_note(singles: Sequence[Single], level: str, peaks: Mapping[str, float]) -> str:
    """Convolutions of 8 bits beside the share of the peak that is asked of them, or nothing."""
    found = {
        single.name: share(seconds, single.macs, peaks, level)
        for single in singles
        if single.name.startswith("conv") and (seconds := single.fastest.get(f"batch {level}")) is not None
    }
    shares = {name: value for name, value in found.items() if value is not None}
    if level != SHARE_LEVEL or not shares:
        return ""
    reached = [name for name, value in shares.items() if value >= SHARE_OF_PEAK]
    lowest = min(shares, key=lambda name: shares[name])
    return (
        f"Asked of convolution bodies at {level}: {percent(SHARE_OF_PEAK)} of its peak. Whole operators in batches, "
        f"requantization included: {len(reached)} of {len(shares)} reach it ({'; '.join(reached) or 'none'}); the "
        f"lowest is {lowest} with {percent(shares[lowest])}."
    )


def line_table(lines: Sequence[Line]) -> str:
    """Straight lines through costs."""
    header = (
        "what grows",
        "sizes",
        "first call (us)",
        "last call (us)",
        "line: us a unit",
        "unit",
        "at 0 (us)",
        "furthest",
    )
    rows = []
    for line in lines:
        slope, intercept, worst = line.fit
        sizes = f"{line.sizes[0]} to {line.sizes[-1]} ({len(line.sizes)})"
        ends = (us(line.seconds[0]), us(line.seconds[-1]))
        rows.append(
            [line.what, sizes, *ends, f"{slope * 1e6:.3g}", line.unit, f"{intercept * 1e6:.2f}", percent(worst)]
        )
    return table(header, rows)


def loops_note() -> str:
    """How the peaks are measured."""
    return (
        "Hand-written loops (`benchmarks/speed/peak_*.S`) of nothing but dot products on registers, 12 independent "
        "accumulators, in the same process, again before every model and operator; the fastest. A level's share of the "
        "peak is of the loop that bounds its 8-bit kernels: "
        + ", ".join(f"{level} {LOOPS[name].what}" for level, name in BOUND.items() if belongs_here(level))
        + "."
    )


def growth(shared: Path, effort: Effort, smoke: bool) -> Iterator[str]:
    """Cost against sizes, calls and memory."""

    def some(sizes: Sequence[int]) -> Sequence[int]:
        return sizes[:2] if smoke else sizes

    lines = [scaling.batches(shared, name, some(scaling.BATCHES), effort) for name in ("gait_int8", "ad01_int8")]
    lines += [scaling.widths(some(scaling.WIDTHS), effort), scaling.windows(some(scaling.WINDOWS), effort)]
    yield (
        "### Growth\n\nSeconds of a call on one thread at the best level, and the straight line nearest to them (least "
        "squares of relative errors): against samples for batches, against multiply-accumulates for generated conv1d "
        "networks of growing width (8 to 64 channels) and window (64 to 2048). *Furthest* is the largest relative "
        f"distance of a measured cost from the line.\n\n{line_table(lines)}"
    )
    yield line_details(lines)
    calls = scaling.calls(effort)
    yield (
        "### What a call costs beside arithmetic\n\nChains of 1 to 32 RELU of one element: the line at 0 is the "
        "call with its checks (asked for: less than 1 us), its slope what an operator costs, the RELU of its element "
        "included (asked for: dispatch of less than 20 ns).\n\n" + line_table(list(calls.values()))
    )
    yield memory_table(shared, some(scaling.MEMORY_BATCHES))


def line_details(lines: Sequence[Line]) -> str:
    """Every measured cost."""
    rows = [
        [line.what, ", ".join(f"{n}: {us(s)}" for n, s in zip(line.sizes, line.seconds, strict=True))] for line in lines
    ]
    return table(("what grows", "size: us of a call"), rows)


def memory_table(shared: Path, sizes: Sequence[int]) -> str:
    """Peak resident memory by batch, each in a process of its own."""
    rows = []
    for name in ("gait_int8", "resnet8_int8"):
        for batch in sizes:
            for threads in (1, 2):
                before, peak, arrays = scaling.memory(shared, name, batch, threads)
                more = f"{max(0, peak - before):,}"
                rows.append([name, str(batch), str(threads), f"{arrays / 1024:,.0f}", f"{peak:,}", more])
    header = ("model", "batch", "threads", "caller's arrays (KiB)", "peak of the process (KiB)", "of it by the batch")
    return "### Memory\n\n" + table(header, rows)


def picture(
    path: Path,
    results: Sequence[Result],
    singles: Sequence[Single],
    level: str,
    peaks: Mapping[str, float],
    bandwidths: Mapping[str, float],
) -> None:
    """Draw the roofline of the best level."""
    points = []
    for measured, is_network in ((results, True), (singles, False)):
        for one in measured:
            alone, batch = (one.fastest.get(f"{body} {level}") for body in ("single", "batch"))
            if alone and batch and one.macs and "f32" not in one.name:
                rates = [giga_macs(seconds, one.macs) for seconds in (alone, batch)]
                points.append(roofline.Point(one.name, one.macs / one.traffic, *rates, is_network))
    named = {LOOPS[name].what: value for name, value in peaks.items()}
    title = f"{cpu_name()}: one thread, level {level}"
    roofline.draw(path, points, named, bandwidths, title)
