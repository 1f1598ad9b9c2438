"""The picture of what quantization costs: a bar for every operator, nothing of it cut."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import edgetwin as et
from edgetwin.quantization import OperatorError, QuantizationReport
from edgetwin.report.files import save_figure


def report_of(count, share, saturated=3):
    operators = tuple(
        OperatorError(
            i - 1, "input" if i == 0 else "conv_2d", f"t{i}", 100, 2.0, 30.0 + i, saturated, 47.5, 50.0, share
        )
        for i in range(count)
    )
    return QuantizationReport(10, ("y",), (35.0,), (0.1,), operators)


@pytest.mark.parametrize(
    "report",
    [
        report_of(1, 1.0),
        report_of(12, 1 / 12),
        report_of(3, 0.0, 0),
        QuantizationReport(
            1, ("y",), (np.inf,), (0.0,), (OperatorError(0, "mul", "$a", 1, 0.0, np.inf, 0, None, np.inf, 0.0),)
        ),
    ],
    ids=["one", "many", "nothing", "exact"],
)
def test_every_operator_has_a_bar(report, tmp_path):
    figure = et.plots.quantization_errors(report, title="model")
    assert save_figure(figure, tmp_path / "x.png").stat().st_size > 5000
    noise, saturated, share = figure.axes
    assert all(len(axes.patches) == len(report.operators) for axes in (noise, saturated, share))
    assert len(noise.get_yticklabels()) == len(report.operators)
    renderer = FigureCanvasAgg(figure).get_renderer()
    width, _ = figure.canvas.get_width_height()
    for axes in (saturated, share):
        right = axes.get_window_extent(renderer).x1
        for text in axes.texts:
            assert text.get_window_extent(renderer).x1 <= min(right + 8, width)
