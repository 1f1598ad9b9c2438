"""Cycles of a model on a core under a named runtime, estimated from published measurements.

What a network costs is taken to be linear in a few counts: multiply-accumulates by kind of layer, outputs that are
requantized, elements of layers without weights. The cost of each is fitted, for each core and runtime, to the
latencies that the MLPerf Tiny benchmark published for four networks. Four measurements say little about five costs, so
their ratios are held near those that all runtimes have in common.

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
    "NETWORKS",
    "PUBLISHED",
    "Calibration",
    "Counts",
    "Published",
    "calibration",
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


@dataclass(frozen=True)
class Calibration:
    """What a core takes under a runtime.

    Attributes
    ----------
    published : Published
        What it was fitted to.
    costs : tuple of float
        Cycles for one of each of `Counts`, in its order.
    factor : float
        The largest error, as a factor in either direction, of estimating one of the four networks from the other three;
        at least what such errors are over all calibrations (root mean square).
    """

    published: Published
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
            largest = max(abs(np.log1p(error)) for error in leave_one_out(published).values())
            return Calibration(published, tuple(costs.tolist()), float(np.exp(max(largest, _typical_error()))))
    return None


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
    known = ", ".join(f"{each.core}:{each.runtime}" for each in PUBLISHED)
    return f"no published latencies to calibrate {target.core.name}:{target.runtime}; there are for {known}"
