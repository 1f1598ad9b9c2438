"""Known departures of other runtimes' kernels: which layers meet their conditions, and where they are discussed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .graph import Graph
from .m55 import m55_departures
from .step import Step

__all__ = ["ADVISORIES", "Advisory", "advisories"]

_Params = Mapping[str, int | float]


@dataclass(frozen=True)
class Advisory:
    """One departure.

    Attributes
    ----------
    key : str
    where : str
        Core and library.
    kernels : tuple of str
        Of `Step`, that it is about.
    condition : str
        In words.
    effect : str
        What goes wrong there.
    thread : str
        Where it is discussed in public.
    meets : callable, or None
        Whether a step's parameters meet the condition; None where they do not decide it: no layer is then named.
    """

    key: str
    where: str
    kernels: tuple[str, ...]
    condition: str
    effect: str
    thread: str
    meets: Callable[[_Params], bool] | None


def _padding(p: _Params, axis: str, before: str) -> tuple[int, int]:
    """Return the padding before and after an axis."""
    extent = (p[f"kernel_{axis}"] - 1) * p[f"dilation_{axis}"] + 1
    total = (p[f"output_{axis}"] - 1) * p[f"stride_{axis}"] + extent - p[f"input_{axis}"]
    return int(p[before]), max(int(total - p[before]), 0)


def _loses_last_padding(p: _Params) -> bool:
    rows, columns = _padding(p, "h", "pad_top"), _padding(p, "w", "pad_left")
    return (rows[0] > 0 or columns[0] > 0) and (rows[1] > rows[0] or columns[1] > columns[0])


def _scratch_too_small(p: _Params) -> bool:
    return p["output_c"] % 16 == 0 and (p["pad_top"], p["pad_left"]) not in ((0, 0), (1, 1))


ADVISORIES = (
    Advisory(
        "esp-nn-31",
        "ESP-NN on an ESP32-S3, before July 2026",
        ("conv_2d_s8",),
        "padding before the input, and more after it than before it along an axis",
        "esp_nn_conv_s8_esp32s3 leaves out the last row or column of padding: wrong last outputs",
        "https://github.com/espressif/esp-nn/issues/31",
        _loses_last_padding,
    ),
    Advisory(
        "esp-nn-30",
        "ESP-NN on an ESP32-S3, before August 2026",
        ("depthwise_conv_2d_s8",),
        "a multiple of 16 channels, and padding before the input that is neither (0, 0) nor (1, 1)",
        "its depthwise kernel writes past its scratch memory: wrong values anywhere",
        "https://github.com/espressif/esp-nn/issues/30",
        _scratch_too_small,
    ),
    Advisory(
        "esp-nn-34",
        "ESP-NN on an ESP32-S3, before 1.2.6",
        ("fully_connected_s8",),
        "an input that does not lie at a multiple of 16 bytes",
        "its dense kernels give corrupted sums",
        "https://github.com/espressif/esp-nn/issues/34",
        None,
    ),
    Advisory(
        "esp-nn-23",
        "ESP-NN on an ESP32-S3",
        ("conv_2d_s8",),
        "not known",
        "convolutions that give -128 almost everywhere",
        "https://github.com/espressif/esp-nn/issues/23",
        None,
    ),
)


def advisories(graph: Graph, steps: Sequence[Step]) -> list[str]:
    """Return a sentence for each layer that some other runtime is known to compute wrongly.

    Parameters
    ----------
    graph : Graph
    steps : sequence of Step
        Of `graph`.

    Returns
    -------
    list of str
        Each names the operator and its output tensor. Those on a Cortex-M55 come first: their condition was found by
        running its kernels, those of `ADVISORIES` are as told in their threads.
    """
    found = list(m55_departures(graph, steps).values())
    found += [
        f"{graph.where(step.operator)} of {graph.tensors[step.outputs[0]].name!r}: {advisory.where}, {advisory.effect} "
        f"({advisory.thread})"
        for advisory in ADVISORIES
        for step in steps
        if advisory.meets is not None and step.kernel in advisory.kernels and advisory.meets(step.params)
    ]
    return found
