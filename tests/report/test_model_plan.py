"""The picture of a model: every operator, its shapes and codes, and the arena that TFLite Micro plans."""

from __future__ import annotations

import pytest
from matplotlib.patches import Rectangle

import edgetwin as et
from edgetwin.data import demo_model
from edgetwin.graph.arena import tflm_arena_bytes, tflm_plan


def rectangles(axes):
    return [patch for patch in axes.patches if isinstance(patch, Rectangle)]


def test_every_operator_is_drawn():
    model = et.load(demo_model())
    profile = model.profile()
    graph_panel, macs_panel, bytes_panel, arena_panel = model.plot("stride").axes
    written = [text.get_text() for text in graph_panel.texts]
    for row in profile.operators:
        assert any(text.startswith(f"{row.index}  {row.name} ") for text in written)
    assert graph_panel.get_title() == "stride"
    assert [bar.get_width() for bar in macs_panel.patches] == [row.macs for row in profile.operators]
    assert [bar.get_width() for bar in bytes_panel.patches] == [row.constant_bytes for row in profile.operators]
    ends = [box.get_x() + box.get_width() for box in rectangles(arena_panel)]
    assert max(ends) == profile.arena_bytes
    scale, zero_point = model.outputs[0].scale, model.outputs[0].zero_point
    assert f"{scale:.3g} (q {-zero_point:+d})" in written


def test_skipping_tensors_go_around(shared):
    model = et.load(shared / "models" / "resnet8_int8.tflite")
    skips = [line for line in model.plot().axes[0].lines if len(line.get_xdata()) == 3]
    rows = {tuple(int(y) for y in line.get_ydata()[1:]) for line in skips}
    assert rows == {(0, 3), (3, 6), (5, 7), (7, 10), (9, 11)}


@pytest.mark.parametrize("name", ["gait_int8", "resnet8_int8", "dtln", "person"])
def test_buffers_in_use_at_once_lie_apart(shared, name):
    graph = et.load(shared / "models" / f"{name}.tflite").graph
    plan = tflm_plan(graph)
    assert max(buffer.offset + buffer.size for buffer in plan) == tflm_arena_bytes(graph)
    for number, one in enumerate(plan):
        for other in plan[:number]:
            if one.first <= other.last and other.first <= one.last:
                assert one.offset >= other.offset + other.size or other.offset >= one.offset + one.size
