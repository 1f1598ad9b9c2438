"""Cycles of a model on a core under a named runtime, estimated from published measurements.

What a network costs is taken to be linear in a few counts: multiply-accumulates by kind of layer, outputs that are
requantized, elements of layers without weights. The cost of each is fitted, for each core and runtime, to the
latencies that the MLPerf Tiny benchmark published for four networks. Four measurements say little about five costs, so
their ratios are held near those that all runtimes have in common.

Of our own export no board was measured: there instructions under QEMU take the place of cycles, and what is assumed of
a cycle widens the bar.

How wrong that is, is measured too: each of the four networks in turn is left out of the fit and estimated. The largest
of these errors is the bar. It is an estimate; it never stands for a measurement.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .graph.macs import multiply_accumulates
from .graph.step import Step
from .targets import Target

__all__ = [
    "COUNTED",
    "KINDS",
    "NETWORKS",
    "PUBLISHED",
    "Calibration",
    "Counted",
    "Counts",
    "Published",
    "calibration",
    "counted_left_out",
    "counts_of",
    "leave_one_out",
    "uncalibrated",
]


@dataclass(frozen=True)
class Counts:
    """What a network's cost is taken to be linear in, for one sample.

    Attributes
    ----------
    conv, depthwise, dense : int
        Multiply-accumulates by kind of layer. Recurrent layers and matrix products count as dense.
    outputs : int
        Elements that layers with weights put out; each is requantized once.
    elements : int
        Elements that layers without weights put out.
    """

    conv: int = 0
    depthwise: int = 0
    dense: int = 0
    outputs: int = 0
    elements: int = 0

    @property
    def macs(self) -> int:
        """Multiply-accumulates in all."""
        return self.conv + self.depthwise + self.dense

    @property
    def vector(self) -> NDArray[np.float64]:
        """The counts in the order of the attributes."""
        return np.array([self.conv, self.depthwise, self.dense, self.outputs, self.elements], np.float64)


#: The four networks of MLPerf Tiny: image classification (ResNet-8), visual wake words (MobileNet v1 0.25 on
#: 96 x 96 x 3), keyword spotting (DS-CNN), anomaly detection (autoencoder).
NETWORKS: Mapping[str, Counts] = {
    "ic": Counts(conv=12_500_992, dense=640, outputs=86_026, elements=28_746),
    "vww": Counts(conv=6_691_328, depthwise=798_336, outputs=231_554, elements=258),
    "kws": Counts(conv=2_368_000, depthwise=288_000, dense=768, outputs=72_012, elements=76),
    "ad": Counts(dense=264_192, outputs=1_672),
}


@dataclass(frozen=True)
class Published:
    """Inferences a second of the four networks, as submitted to MLPerf Tiny.

    Attributes
    ----------
    core, runtime : str
    mhz : float
    board : str
    source : str
        Round and submitter.
    per_second : mapping of str to float
        By key of `NETWORKS`.
    """

    core: str
    runtime: str
    mhz: float
    board: str
    source: str
    per_second: Mapping[str, float]

    @property
    def cycles(self) -> Mapping[str, float]:
        """Cycles of one inference, by network."""
        return {name: self.mhz * 1e6 / rate for name, rate in self.per_second.items()}

    @property
    def origin(self) -> str:
        """What an estimate by it is told to be from."""
        return f"MLPerf Tiny {self.source}, on {self.board} at {self.mhz:g} MHz"


@dataclass(frozen=True)
class Counted:
    """Instructions of our own export under QEMU, and what a cycle is assumed to do of them. No board was measured.

    Attributes
    ----------
    core : str
    per_instruction : float
        Cycles of an instruction: the middle, on a logarithmic scale, of what is thought possible.
    unknown : float
        How far that may be off, as a factor in either direction.
    instructions : mapping of (str, str) to float
        Of one inference, by key of `KINDS`.
    """

    core: str
    per_instruction: float
    unknown: float
    instructions: Mapping[tuple[str, str], float]
    runtime: str = "edgetwin"

    @property
    def origin(self) -> str:
        """What an estimate by it is told to be from."""
        return f"instructions counted under QEMU, {self.per_instruction:g} cycles each assumed; no board was measured"

    def costs(self, without: str = "") -> NDArray[np.float64]:
        """Return the cycles for one of each count, fitted to all networks but one."""
        rows = [key for key in self.instructions if key[0] != without]
        counts = np.stack([KINDS[key].vector for key in rows])
        return _fit(counts, self.per_instruction * np.array([self.instructions[key] for key in rows]))


def _published(
    core: str, runtime: str, mhz: float, board: str, source: str, rates: tuple[float, float, float, float]
) -> Published:
    return Published(core, runtime, mhz, board, source, dict(zip(NETWORKS, rates, strict=True)))


_L4R5, _U575, _H7A3 = "NUCLEO-L4R5ZI", "NUCLEO-U575ZI-Q", "NUCLEO-H7A3ZI-Q"
#: Inferences a second (ic, vww, kws, ad) from the submitters' own logs (mlcommons/tiny_results_v0.5, v1.0 and v1.2).
PUBLISHED: Sequence[Published] = (
    _published("cortex-m4", "cmsis-nn", 120, _L4R5, "v0.5, reference", (1.420, 1.665, 5.497, 99.487)),
    _published("cortex-m85", "cmsis-nn", 480, "EK-RA8D1", "v1.2, Renesas", (117.948, 74.667, 288.611, 1884.138)),
    _published("cortex-m4", "microtvm", 120, _L4R5, "v1.0, OctoML", (2.567, 3.320, 10.019, 116.212)),
    _published("cortex-m33", "microtvm", 128, "nRF5340-DK", "v1.0, OctoML", (3.163, 4.310, 13.140, 159.579)),
    _published("cortex-m4", "x-cube-ai", 120, _L4R5, "v1.2, STMicroelectronics", (6.056, 11.245, 23.155, 190.086)),
    _published("cortex-m33", "x-cube-ai", 160, _U575, "v1.2, STMicroelectronics", (9.003, 16.870, 34.416, 291.589)),
    _published("cortex-m7", "x-cube-ai", 280, _H7A3, "v1.2, STMicroelectronics", (24.483, 42.010, 88.356, 816.004)),
    _published("cortex-m0plus", "hale", 64, "NUCLEO-G0B1RE", "v1.2, Bosch", (0.657, 0.707, 2.107, 24.454)),
    _published("cortex-m4", "hale", 120, _L4R5, "v1.2, Bosch", (5.539, 5.540, 16.623, 171.375)),
    _published("cortex-m33", "hale", 160, _U575, "v1.2, Bosch", (8.296, 8.345, 25.918, 262.860)),
    _published("cortex-m7", "hale", 280, _H7A3, "v1.2, Bosch", (21.811, 22.850, 68.083, 735.615)),
)

#: Parts of four networks, by network and kind of layer; the gait network stands for visual wake words. What is
#: less than three hundredths of its network is left out.
KINDS: Mapping[tuple[str, str], Counts] = {
    ("gait", "conv"): Counts(conv=449_280, outputs=5_184),
    ("gait", "dense"): Counts(dense=57_472, outputs=129),
    ("gait", "other"): Counts(elements=2_608),
    ("kws", "conv"): Counts(conv=2_368_000, outputs=40_000),
    ("kws", "depthwise"): Counts(depthwise=288_000, outputs=32_000),
    ("ic", "conv"): Counts(conv=12_500_992, outputs=86_016),
    ("ic", "other"): Counts(elements=28_746),
    ("ad", "dense"): Counts(dense=264_192, outputs=1_672),
}
_M4 = dict(zip(KINDS, (836e3, 83e3, 192e3, 3_083e3, 2_574e3, 17_277e3, 3_652e3, 396e3), strict=True))
_M55 = dict(zip(KINDS, (145e3, 10e3, 200e3, 902e3, 1_694e3, 3_727e3, 3_330e3, 58e3), strict=True))
#: Of exports with kernels "fast" (benchmarks/device_instructions.py). At best a cycle does one instruction; loads,
#: branches and flash cost more: 1 to 2 cycles on M4 and M33. Vectors of 128 bits take two on M55: 1 to 2.5.
COUNTED: Sequence[Counted] = (
    Counted("cortex-m4", 1.4, 1.45, _M4),
    Counted("cortex-m33", 1.4, 1.45, _M4),
    Counted("cortex-m55", 1.6, 1.6, _M55),
)

# Costs relative to a multiply-accumulate of a convolution, and how far (natural logarithm) a runtime may stray from
# them. Depthwise layers reuse no input, dense ones no weight; an output's requantization is some ten instructions.
_RATIOS = np.log(np.array([1.0, 3.5, 1.5, 15.0, 10.0]))
_SPREAD = np.array([0.35, 0.5, 0.35, 0.5, 1.0])
#: Relative error that a published latency is fitted to.
_FITTED = 0.08
_STEPS = 15


def _fit(counts: NDArray[np.float64], cycles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the cost of each count: least squares in logarithms, by Gauss-Newton from the common ratios."""
    scale = float(np.mean(np.log(cycles / (counts @ np.exp(_RATIOS)))))
    stray = np.zeros(len(_RATIOS))
    for _ in range(_STEPS):
        trial = np.exp(_RATIOS + stray + scale)
        estimates = counts @ trial
        residual = np.concatenate([np.log(estimates / cycles) / _FITTED, stray / _SPREAD])
        slopes = np.zeros((len(residual), 1 + len(stray)))
        slopes[: len(cycles), 0] = 1 / _FITTED
        slopes[: len(cycles), 1:] = counts * trial / estimates[:, None] / _FITTED
        slopes[len(cycles) :, 1:] = np.diag(1 / _SPREAD)
        change = np.linalg.lstsq(slopes, residual, rcond=None)[0]
        scale, stray = scale - float(change[0]), stray - change[1:]
    fitted: NDArray[np.float64] = np.exp(_RATIOS + stray + scale)
    return fitted


def leave_one_out(published: Published) -> dict[str, float]:
    """Return the relative error of each network's cycles when the fit has not seen it.

    Parameters
    ----------
    published : Published

    Returns
    -------
    dict of str to float
        (estimate - measurement) / measurement by key of `NETWORKS`.
    """
    names = list(NETWORKS)
    counts = np.stack([NETWORKS[name].vector for name in names])
    cycles = np.array([published.cycles[name] for name in names])
    errors = {}
    for left, name in enumerate(names):
        rest = np.arange(len(names)) != left
        errors[name] = float(counts[left] @ _fit(counts[rest], cycles[rest]) / cycles[left] - 1)
    return errors


def counted_left_out(counted: Counted) -> dict[str, float]:
    """Return the relative error of each network's instructions when the fit has not seen it.

    Parameters
    ----------
    counted : Counted

    Returns
    -------
    dict of str to float
        By network.
    """
    errors = {}
    for name in dict.fromkeys(network for network, _ in counted.instructions):
        costs = counted.costs(without=name) / counted.per_instruction
        rows = [key for key in counted.instructions if key[0] == name]
        estimate = sum(float(KINDS[key].vector @ costs) for key in rows)
        errors[name] = estimate / sum(counted.instructions[key] for key in rows) - 1
    return errors


@dataclass(frozen=True)
class Calibration:
    """What a core takes under a runtime.

    Attributes
    ----------
    source : str
        What it was fitted to.
    costs : tuple of float
        Cycles for one of each of `Counts`, in its order.
    factor : float
        The largest error, as a factor in either direction, of estimating one of the four networks from the other three;
        at least what such errors are over all calibrations (root mean square). Where instructions were counted it is
        multiplied by what a cycle may be off.
    """

    source: str
    costs: tuple[float, ...]
    factor: float

    def cycles(self, counts: Counts) -> float:
        """Return the estimated cycles of these counts."""
        return float(counts.vector @ np.array(self.costs))


@functools.cache
def calibration(core: str, runtime: str) -> Calibration | None:
    """Return the calibration of a core and runtime.

    Parameters
    ----------
    core, runtime : str
        Names in `targets.CORES` and `targets.RUNTIMES`.

    Returns
    -------
    Calibration or None
        None where nothing was published to calibrate with.
    """
    for published in PUBLISHED:
        if (published.core, published.runtime) == (core, runtime):
            counts = np.stack([each.vector for each in NETWORKS.values()])
            costs = _fit(counts, np.array([published.cycles[name] for name in NETWORKS]))
            bar = _bar(leave_one_out(published))
            return Calibration(published.origin, tuple(costs.tolist()), bar)
    for counted in COUNTED:
        if (counted.core, counted.runtime) == (core, runtime):
            bar = _bar(counted_left_out(counted)) * counted.unknown
            return Calibration(counted.origin, tuple(counted.costs().tolist()), bar)
    return None


def _bar(errors: Mapping[str, float]) -> float:
    return float(np.exp(max(*(abs(np.log1p(error)) for error in errors.values()), _typical_error())))


@functools.cache
def _typical_error() -> float:
    """Return the root mean square of all errors of `leave_one_out`, as natural logarithms."""
    errors = [error for published in PUBLISHED for error in leave_one_out(published).values()]
    return float(np.sqrt(np.mean(np.square(np.log1p(errors)))))


_KINDS: Mapping[str, str] = {"conv_2d": "conv", "transpose_conv": "conv", "depthwise_conv_2d": "depthwise"}
_INT8 = re.compile(r"_s8$")


def counts_of(step: Step, output_elements: int) -> Counts | None:
    """Return the counts of one step.

    Parameters
    ----------
    step : Step
    output_elements : int
        Elements that it puts out.

    Returns
    -------
    Counts or None
        None for a kernel of another type than int8, of which nothing was published.
    """
    if _INT8.search(step.kernel) is None:
        return None
    macs = multiply_accumulates(step)
    if macs == 0:
        return Counts(elements=output_elements)
    kind = _KINDS.get(_INT8.sub("", step.kernel), "dense")
    return Counts(outputs=output_elements, **{kind: macs})


def uncalibrated(target: Target) -> str:
    """Return why there is no latency for a target, and which there are."""
    known = ", ".join(
        [*(f"{each.core}:{each.runtime}" for each in PUBLISHED), *(f"{each.core}:{each.runtime}" for each in COUNTED)]
    )
    return f"no published latencies to calibrate {target.core.name}:{target.runtime}; there are for {known}"
