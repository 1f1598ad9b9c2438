"""The roofline: what the machine can do at most, and where networks and operators are below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Point:
    """A network or an operator: multiply-accumulates a byte, and GMAC/s of one sample and in a batch."""

    name: str
    intensity: float
    single: float
    batch: float
    is_network: bool


def draw(
    path: Path,
    points: Sequence[Point],
    peaks: Mapping[str, float],
    bytes_a_second: Mapping[str, float],
    title: str,
) -> None:
    """Write the picture.

    Parameters
    ----------
    points : sequence of Point
    peaks : mapping of a loop's description to GMAC/s
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, both = pyplot.subplots(1, 2, figsize=(16, 8), sharex=True, sharey=True, layout="constrained")
    low, high = min(p.intensity for p in points) / 2, max(p.intensity for p in points) * 6
    x = np.geomspace(low, high, 200)
    top = max(peaks.values())
    for axes, is_network in zip(both, (True, False), strict=True):
        for name, bandwidth in bytes_a_second.items():
            roof = np.minimum(x * bandwidth / 1e9, top)
            axes.plot(x, roof, "--", lw=1, label=f"{name}, {bandwidth / 1e9:.0f} GB/s")
        for name, peak in peaks.items():
            axes.axhline(peak, color="0.3", lw=1)
            axes.annotate(f"{name}: {peak:.0f} GMAC/s", (high, peak), ha="right", va="bottom", fontsize=8)
        chosen = [p for p in points if p.is_network == is_network]
        place = [p.intensity for p in chosen]
        axes.plot(place, [p.single for p in chosen], "o", color="C3", ms=5, label="one sample")
        axes.plot(place, [p.batch for p in chosen], "o", color="C3", ms=5, mfc="none", label="batch")
        axes.vlines(place, [p.single for p in chosen], [p.batch for p in chosen], color="C3", lw=0.7)
        axes.set(
            xscale="log", yscale="log", xlim=(low, high), title="networks" if is_network else "single operators",
            xlabel="multiply-accumulates per byte of weights, input and output", ylabel="GMAC/s, one thread",
        )  # fmt: skip
        axes.grid(visible=True, which="both", alpha=0.2)
        axes.legend(loc="lower right", fontsize=9)
    figure.suptitle(title)
    figure.draw_without_rendering()
    for axes, is_network in zip(both, (True, False), strict=True):
        _name(axes, [p for p in points if p.is_network == is_network])
    figure.savefig(path, dpi=100, metadata={"Software": None})
    pyplot.close(figure)


def _name(axes: Axes, points: Sequence[Point]) -> None:
    """Write each name beside its point, further up where another name lies there already. In 1/72 inch."""
    height, letter = 8.0, 3.9
    taken: list[tuple[float, float, float]] = []
    pixel = 72 / axes.figure.dpi
    for p in sorted(points, key=lambda p: p.single):
        left, y = axes.transData.transform((p.intensity, p.single)) * pixel
        right, shift = left + 8 + letter * len(p.name), 0.0
        while any(abs(y + shift - v) < height and left < b and a < right for a, b, v in taken):
            shift += 1.0
        taken.append((left, right, y + shift))
        arrow = {"arrowstyle": "-", "lw": 0.4, "color": "0.5"} if shift > height else None
        axes.annotate(
            p.name, (p.intensity, p.single), (7, shift - 2.5), textcoords="offset points", fontsize=7, arrowprops=arrow
        )
