"""What the speed must be, as the issue that asked for it states, beside what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .tables import table, times


@dataclass(frozen=True)
class Targets:
    """Least ratios; None where there is none.

    Attributes
    ----------
    single, batch, batch_2 : float
        One sample; a batch on one thread; on two: against the rival's raw call on one thread.
    wheel : float
        A batch on two threads against the tflite-micro wheel's raw call.
    rival : str
        "litert" or "tflm".
    """

    single: float | None
    batch: float | None
    batch_2: float | None
    wheel: float | None
    rival: str = "litert"


_ANY = Targets(1.2, 1.5, 2.5, 150)
_RECURRENT_OR_WIDE = Targets(3, 5, 8, None, "tflm")
#: By network; what is not here is neither named by the issue nor an int8 network of convolutions and dense layers.
TARGETS: Mapping[str, Targets] = {
    "gait_int8": Targets(2.0, 2.4, 4.4, 400),
    "kws_int8": Targets(2.3, 2.3, 4.4, 450),
    "resnet8_int8": Targets(1.2, 1.2, 2.3, 400),
    "ad01_int8": Targets(1.2, 3.0, 4.5, 200),
    "micro_speech_int8": _ANY,
    "hello_int8": _ANY,
    "person": _ANY,
    "generated conv1d int8": _ANY,
    "dtln": _RECURRENT_OR_WIDE,
    "kwscr8_small_biases": _RECURRENT_OR_WIDE,
    "generated conv1d int16x8": _RECURRENT_OR_WIDE,
}
#: What convolution bodies must reach of the multiply-add peak of a level.
SHARE_LEVEL, SHARE_OF_PEAK = "avx2", 0.7
COLUMNS = ("single", "batch", "batch_2", "wheel", "whole")


def least(network: str, column: str) -> float | None:
    """The least ratio asked of a network, in a column; of whole calls, to be faster than LiteRT's."""
    if column == "whole":
        return 1.0
    targets = TARGETS.get(network)
    return None if targets is None else getattr(targets, column)


def verdict(measured: float | None, wanted: float | None, counts: bool) -> str:
    """A cell: what was measured and what was wanted; met or not at the level that counts, above or below at others."""
    if measured is None:
        return "-"
    if wanted is None:
        return times(measured)
    words = ("met", "**not met**") if counts else ("above", "below")
    return f"{times(measured)}, {words[measured < wanted]} ({wanted:g}x)"


def target_table(rows: Mapping[str, Mapping[str, float | None]], level: str, counts: bool) -> str:
    """The table of targets.

    Parameters
    ----------
    rows : mapping of network to ratios by column
        Measured at `level`.
    counts : bool
        Whether the targets are for that level.
    """
    header = (
        f"model, at {level}",
        "1 sample, 1 thread",
        "batch, 1 thread",
        "batch, 2 threads against 1 of the rival",
        "batch, 2 threads, against tflite-micro",
        "whole call against LiteRT's",
    )
    cells = []
    for network, ratios in rows.items():
        named = TARGETS.get(network)
        rival = "" if named is None or named.rival == "litert" else " (rival: tflite-micro)"
        cells.append([network + rival, *(verdict(ratios[c], least(network, c), counts) for c in COLUMNS)])
    return table(header, cells)
