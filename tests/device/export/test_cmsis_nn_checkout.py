"""Exports that call CMSIS-NN compute the host's bytes: with EDGETWIN_CMSIS_NN, the path of a checkout, only."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from oracles.exported import build
from oracles.exported_board import run_on_board
from oracles.inputs import samples
from oracles.models import model_bytes
from oracles.random_graphs import random_graph

import edgetwin as et
from edgetwin.device.qemu import COMPILER, CORES, INSTALL, device_source
from edgetwin.io.tflite_write import write_tflite

CHECKOUT = os.environ["EDGETWIN_CMSIS_NN"]
#: Random networks for each board and for the host; the full number of the release check is 200.
NETWORKS = int(os.environ.get("EDGETWIN_CMSIS_NN_NETWORKS", "10"))
EACH = 20
OPERATORS = (
    "conv_2d", "conv_2d", "depthwise_conv_2d", "max_pool_2d", "average_pool_2d", "add", "mul", "fully_connected",
    "softmax", "reshape",
)  # fmt: skip


@pytest.mark.filterwarnings("ignore:operator .* on a Cortex-M55")
@pytest.mark.parametrize("first", range(0, NETWORKS, EACH))
@pytest.mark.parametrize("core", ["host", "cortex-m4", "cortex-m55"])
def test_random_networks(tmp_path, core, first):
    if core != "host" and shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not installed: {INSTALL}")
    models, inputs = {}, {}
    for number in range(first, min(first + EACH, NETWORKS)):
        drawn = random_graph(np.random.default_rng([number, 81]), 3, "int8", OPERATORS)
        models[f"network_{number}"] = et.load(write_tflite(drawn.graph))
        inputs[f"network_{number}"] = drawn.samples
    options = {"kernels": "cmsis-nn", "cmsis_nn": CHECKOUT}
    if core == "host":
        built = build(models, tmp_path, **options)
    else:
        built = run_on_board(models, inputs, core, tmp_path, **options)
    for name, exported in built.items():
        exported.compare(inputs[name])


def test_shared_models(shared, tmp_path):
    models = {name: et.load(model_bytes(shared, name)) for name in ("gait_int8", "kws_int8", "resnet8_int8")}
    for name, exported in build(models, tmp_path, "cmsis-nn", cmsis_nn=CHECKOUT).items():
        first = exported.model.graph.tensors[exported.model.graph.inputs[0]]
        exported.compare([[sample] for sample in samples(shared, name, first, 4)])


@pytest.mark.parametrize("core", ["cortex-m3", "cortex-m4", "cortex-m55"])
def test_scratch_that_is_told_is_what_is_compiled(shared, tmp_path, core):
    """Of each core at most what the export tells, of one of them exactly that."""
    lines, includes, told = [], [], []
    for name in ("gait_int8", "kws_int8", "resnet8_int8"):
        folder = et.load(model_bytes(shared, name)).export(tmp_path / name, kernels="cmsis-nn", cmsis_nn=CHECKOUT)
        told.append(json.loads((folder / "export.json").read_text())["scratch_bytes"])
        lines.append(f'#include "{folder}/model/{name}.cpp"\n')
        lines.append(f"static_assert(sizeof({name}::scratch) <= {told[-1]});\n")
        includes += [f"-I{folder}", f"-I{folder}/cmsis_nn/Include"]
    if core == "cortex-m55":
        lines.append(f"static_assert(sizeof(kws_int8::scratch) == {told[1]});\n")
    (tmp_path / "main.cpp").write_text("".join(lines))
    command = [COMPILER, *CORES[core].flags, "-std=c++17", "-O1", "-mthumb", "-fsyntax-only", *includes]
    done = subprocess.run([*command, tmp_path / "main.cpp"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:3000]


SIZES = """
#include "cmsis_nn_calls.hpp"
namespace t = edgetwin::cmsis_nn;

static uint32_t state = 1;
static int32_t draw(int32_t low, int32_t high) {
  state = state * 1664525u + 1013904223u;
  return low + static_cast<int32_t>((state >> 8) % static_cast<uint32_t>(high - low + 1));
}

int main() {
  for (int i = 0; i < 20000; ++i) {
    const int32_t h = draw(0, 1) ? 1 : draw(1, 20), w = draw(1, 40), kh = h == 1 ? 1 : draw(1, 4), kw = draw(1, 9);
    const int32_t s = draw(1, 4), dilation = draw(1, 5) == 1 ? 2 : 1, groups = draw(1, 4) == 1 ? 2 : 1;
    const int32_t in_c = groups * draw(1, 9), out_c = groups * draw(1, 9), top = draw(0, kh - 1);
    const int32_t left = draw(0, kw / 2);
    const int32_t oh = (h + s - 1) / s, ow = (w + s - 1) / s;
    const edgetwin::Conv2dParams p = {1, h, w, in_c, oh, ow, out_c, kh, kw, s, s, dilation, dilation, top, left, groups,
                                      0, 0, -128, 127, edgetwin::Rounding::kDouble};
    const cmsis_nn_conv_params conv = {0, 0, {s, s}, {left, top}, {dilation, dilation}, {-128, 127}};
    const cmsis_nn_dims in = {1, h, w, in_c}, filter = {out_c, kh, kw, in_c / groups}, out = {1, oh, ow, out_c};
    if (t::conv_2d_scratch_bytes(p, t::Core::kPlain) !=
        arm_convolve_wrapper_s8_get_buffer_size(&conv, &in, &filter, &out)) return 1;
    if (t::conv_2d_scratch_bytes(p, t::Core::kDsp) !=
        arm_convolve_wrapper_s8_get_buffer_size_dsp(&conv, &in, &filter, &out)) return 2;
    if (t::conv_2d_scratch_bytes(p, t::Core::kMve) !=
        arm_convolve_wrapper_s8_get_buffer_size_mve(&conv, &in, &filter, &out)) return 3;
    const int32_t one = draw(0, 2) == 0 ? 1 : in_c, many = one * draw(1, 3);
    const edgetwin::DepthwiseConv2dParams d = {1, h, w, one, oh, ow, many, kh, kw, s, s, dilation, dilation, top, left,
                                               0, 0, -128, 127, edgetwin::Rounding::kDouble};
    const cmsis_nn_dw_conv_params dw = {0, 0, many / one, {s, s}, {left, top}, {dilation, dilation}, {-128, 127}};
    const cmsis_nn_dims dw_in = {1, h, w, one}, dw_filter = {1, kh, kw, many}, dw_out = {1, oh, ow, many};
    if (t::depthwise_conv_2d_scratch_bytes(d, t::Core::kPlain) !=
        arm_depthwise_conv_wrapper_s8_get_buffer_size(&dw, &dw_in, &dw_filter, &dw_out)) return 4;
    if (t::depthwise_conv_2d_scratch_bytes(d, t::Core::kDsp) !=
        arm_depthwise_conv_wrapper_s8_get_buffer_size_dsp(&dw, &dw_in, &dw_filter, &dw_out)) return 5;
    if (t::depthwise_conv_2d_scratch_bytes(d, t::Core::kMve) !=
        arm_depthwise_conv_wrapper_s8_get_buffer_size_mve(&dw, &dw_in, &dw_filter, &dw_out)) return 6;
    const edgetwin::Pool2dParams pool = {1, h, w, in_c, oh, ow, 1, 1, s, s, 0, 0, -128, 127};
    if (t::average_pool_2d_scratch_bytes(pool, t::Core::kDsp) != arm_avgpool_s8_get_buffer_size_dsp(ow, in_c)) return 7;
    if (t::average_pool_2d_scratch_bytes(pool, t::Core::kMve) != arm_avgpool_s8_get_buffer_size_mve(ow, in_c)) return 8;
  }
}
"""


def test_scratch_is_what_it_asks_for(tmp_path):
    (tmp_path / "main.cpp").write_text(SIZES)
    template = Path(et.__file__).parent / "device/export/templates/cmsis_nn_calls.hpp.in"
    shutil.copy(template, tmp_path / "cmsis_nn_calls.hpp")
    sources = [str(path) for path in Path(CHECKOUT).glob("Source/*/*get_buffer_sizes_s8.c")]
    include = ["-I", f"{CHECKOUT}/Include", "-I", str(tmp_path), "-I", str(device_source() / "include")]
    subprocess.run(["gcc", "-c", *include, *sources], cwd=tmp_path, check=True)
    objects = [path.name for path in tmp_path.glob("*.o")]
    link = ["g++", "-std=c++17", "-O1", "-ffunction-sections", "-Wl,--gc-sections", *include, "main.cpp", *objects]
    subprocess.run([*link, "-o", "sizes"], cwd=tmp_path, check=True)
    assert subprocess.run([tmp_path / "sizes"], check=False).returncode == 0
