"""A picture of a model: its operators, what each costs, and the arena over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..graph.arena import Placed, tflm_plan
from ..graph.graph import Graph
from ..profile import OperatorProfile, Profile
from .figure import DOT, LINE, QUIET, new_panels, plain, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_model"]

_BOX = "#e8eef5"
_TENSOR = ("#9fbfdf", "#c3d7ea")
_SCRATCH = "#e3c4bb"
#: Inches.
_ROW, _MARGIN, _WIDTH = 0.36, 1.3, 13.0
_BOX_WIDTH = 0.78


def draw_model(graph: Graph, profile: Profile, title: str = "") -> Figure:
    """Draw a model: a row an operator.

    Parameters
    ----------
    graph : Graph
        That `profile` was made from.
    profile : Profile
    title : str, optional

    Returns
    -------
    matplotlib.figure.Figure
        From left to right: the operators with shapes and the tensors that skip some of them; multiply-accumulates;
        bytes of constants; TFLite Micro's arena, a tensor a rectangle from its first to its last use.

    Raises
    ------
    MissingExtraError : matplotlib is not installed
    """
    rows = {row.index: position for position, row in enumerate(profile.operators)}
    figure, panels = new_panels(_WIDTH, _MARGIN + _ROW * len(rows), 1, 4, share_y=True, widths=(4.4, 1.3, 1.3, 3.4))
    graph_panel, macs_panel, bytes_panel, arena_panel = panels
    _draw_operators(graph_panel, graph, profile, rows)
    _draw_bars(macs_panel, [row.macs for row in profile.operators], "multiply-accumulates")
    _draw_bars(bytes_panel, [row.constant_bytes for row in profile.operators], "bytes of constants")
    _draw_arena(arena_panel, graph, tflm_plan(graph), rows)
    graph_panel.set_ylim(len(rows) - 0.4, -1.4)
    if title:
        set_title(graph_panel, title)
    return figure


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "scalar"


def _text(row: OperatorProfile) -> str:
    made = ", ".join(f"{dtype} {_shape(shape)}" for dtype, shape in row.outputs)
    return plain(f"{row.index}  {row.name}   {made}")


def _codes(graph: Graph, tensor: int) -> str:
    """Return what a tensor's codes mean, or nothing where it is not quantized."""
    quantization = graph.tensors[tensor].quantization
    if quantization is None or quantization.scale.size != 1:
        return ""
    return f"{float(quantization.scale[0]):.3g} (q {-int(quantization.zero_point[0]):+d})"


def _draw_operators(axes: Any, graph: Graph, profile: Profile, rows: dict[int, int]) -> None:
    for position, row in enumerate(profile.operators):
        box = {"facecolor": _BOX, "edgecolor": DOT, "linewidth": 0.8}
        axes.add_patch(_rectangle(0.0, position - 0.36, _BOX_WIDTH, 0.72, **box))
        axes.text(0.02, position, _text(row), va="center", fontsize=7)
        codes = _codes(graph, graph.operators[row.index].outputs[0])
        axes.text(_BOX_WIDTH - 0.01, position, codes, va="center", ha="right", fontsize=6, color=QUIET)
    makers = {tensor: index for index in rows for tensor in graph.operators[index].outputs}
    skips = 0
    for index, position in rows.items():
        sources = [tensor for tensor in graph.operators[index].inputs if tensor in makers or tensor in graph.inputs]
        for tensor in dict.fromkeys(sources):
            start = rows[makers[tensor]] if tensor in makers else -1
            if position - start == 1:
                axes.annotate("", (0.1, position - 0.36), (0.1, start + 0.36), arrowprops={"arrowstyle": "->"})
                continue
            # What skips operators goes around them, each at its own distance.
            x = _BOX_WIDTH + 0.03 + 0.02 * (skips % 9)
            skips += 1
            axes.plot([_BOX_WIDTH, x, x], [start, start, position], color=LINE, linewidth=0.9)
            axes.annotate("", (_BOX_WIDTH, position), (x, position), arrowprops={"arrowstyle": "->", "color": LINE})
    inputs = ", ".join(f"{graph.tensors[t].dtype} {_shape(graph.tensors[t].shape)}" for t in graph.inputs)
    axes.text(0.02, -1, plain(f"input  {inputs}"), va="center", fontsize=7, fontstyle="italic")
    axes.set_xlim(-0.02, 1.0)
    axes.set_axis_off()


def _rectangle(x: float, y: float, width: float, height: float, **style: Any) -> Any:
    from matplotlib.patches import Rectangle

    return Rectangle((x, y), width, height, **style)


def _draw_bars(axes: Any, values: list[int], what: str) -> None:
    axes.barh(range(len(values)), values, height=0.72, color=DOT)
    axes.set_xlabel(what, fontsize=8)
    axes.tick_params(labelsize=7, left=False, labelleft=False)
    axes.xaxis.set_major_locator(_few_ticks())
    axes.xaxis.set_major_formatter(_short_numbers())


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(3, integer=True)


def _short_numbers() -> Any:
    from matplotlib.ticker import EngFormatter

    return EngFormatter(sep="")


def _draw_arena(axes: Any, graph: Graph, plan: list[Placed], rows: dict[int, int]) -> None:
    end = max((placed.offset + placed.size for placed in plan), default=0)
    for number, placed in enumerate(plan):
        # Of operators that are not executed there is no row; what only they use is not drawn.
        used = [position for index, position in rows.items() if placed.first <= index <= placed.last]
        if not used:
            continue
        first = min(used) - (1.0 if placed.first < 0 else 0.0)
        color = _SCRATCH if placed.tensor is None else _TENSOR[number % 2]
        height = max(used) - first + 1
        style = {"facecolor": color, "edgecolor": "white", "linewidth": 0.8}
        axes.add_patch(_rectangle(placed.offset, first - 0.5, placed.size, height, **style))
        label = "scratch" if placed.tensor is None else _shape(graph.tensors[placed.tensor].shape)
        if placed.size >= end / 8:
            middle = (placed.offset + placed.size / 2, first - 0.5 + height / 2)
            axes.text(*middle, label, ha="center", va="center", fontsize=6)
    axes.axvline(end, color=LINE, linewidth=0.9, linestyle="--")
    axes.set_xlim(0, max(end, 1) * 1.04)
    axes.set_xlabel(f"arena of TFLite Micro over time: {end:,} bytes", fontsize=8)
    axes.tick_params(labelsize=7, left=False, labelleft=False)
    axes.xaxis.set_major_locator(_few_ticks())
