"""Firmware that is not ours: another set of kernels, written for the tests, with the agent in it.

Patches are gathered first and multiplied then, sums have 64 bits, requantization divides instead of shifting, and
layers hand tensors on channel by channel: nothing of the device core's way is followed, but its definition is.
"""

from __future__ import annotations

import math

import numpy as np

from edgetwin.conformance.generators.builder import affine
from edgetwin.graph.graph import Graph, Operator, Tensor
from edgetwin.io.tflite_write import write_tflite

CONV = {"stride_h": 1, "stride_w": 1, "dilation_h_factor": 1, "dilation_w_factor": 1, "padding": "same"}
POOL = {"stride_h": 2, "stride_w": 2, "filter_height": 2, "filter_width": 2, "padding": "valid"}
SCALES = {"x": (1 / 40, -7), "a": (1 / 9, -20), "b": (1 / 4, 3), "y": (1.3, -11)}


def network() -> Graph:
    """Return conv_2d with ReLU, depthwise_conv_2d, max_pool_2d and fully_connected; input 8 x 8 x 2."""
    rng = np.random.default_rng(3)

    def weights(name, shape, axis, channels, source):
        scales = (2.0 ** rng.uniform(-7, -5, channels)).astype(np.float32)
        kernel = Tensor(name, shape, "int8", affine(scales, 0, axis), rng.integers(-127, 128, shape).astype(np.int8))
        bias_scales = (np.float32(SCALES[source][0]) * scales).astype(np.float32)
        data = rng.integers(-2000, 2000, channels).astype(np.int32)
        return kernel, Tensor(f"{name}_bias", (channels,), "int32", affine(bias_scales, 0), data)

    tensors = (
        Tensor("x", (1, 8, 8, 2), "int8", affine(*SCALES["x"])),
        *weights("conv", (5, 3, 3, 2), 0, 5, "x"),
        Tensor("a", (1, 8, 8, 5), "int8", affine(*SCALES["a"])),
        *weights("depthwise", (1, 3, 3, 5), 3, 5, "a"),
        Tensor("b", (1, 8, 8, 5), "int8", affine(*SCALES["b"])),
        Tensor("c", (1, 4, 4, 5), "int8", affine(*SCALES["b"])),
        *weights("dense", (6, 80), 0, 1, "b")[:1],
        Tensor("dense_bias", (6,), "int32", None, rng.integers(-2000, 2000, 6).astype(np.int32)),
        Tensor("y", (1, 6), "int8", affine(*SCALES["y"])),
    )
    dense = float(tensors[8].quantization.scale[0])
    bias = affine(np.float32(SCALES["b"][0]) * np.float32(dense))
    tensors = (*tensors[:9], Tensor("dense_bias", (6,), "int32", bias, tensors[9].data), tensors[10])
    operators = (
        Operator("conv_2d", (0, 1, 2), (3,), {**CONV, "fused_activation_function": "relu"}),
        Operator(
            "depthwise_conv_2d", (3, 4, 5), (6,), {**CONV, "depth_multiplier": 1, "fused_activation_function": "none"}
        ),
        Operator("max_pool_2d", (6,), (7,), {**POOL, "fused_activation_function": "none"}),
        Operator("fully_connected", (7, 8, 9), (10,), {"fused_activation_function": "none"}),
    )
    return Graph(tensors, operators, (0,), (10,), "")


def model_bytes() -> bytes:
    return write_tflite(network())


def _scaled(source, kernel, made):
    """Return multiplier and power of two of each channel."""
    given, out = (np.float64(np.float32(SCALES[name][0])) for name in (source, made))
    found = []
    for scale in kernel.quantization.scale:
        mantissa, exponent = math.frexp(given * np.float64(scale) / out)
        multiplier = round(mantissa * 2**31)
        found.append((multiplier // 2, exponent + 1) if multiplier == 2**31 else (multiplier, exponent))
    return found


def _array(ctype, name, values):
    return f"static const {ctype} {name}[] = {{{', '.join(str(int(v)) for v in np.ravel(values))}}};"


def constants() -> str:
    """Return the network's constants as C++."""
    t = network().tensors
    lines = []
    for kernel, bias, source, made in ((1, 2, "x", "a"), (4, 5, "a", "b"), (8, 9, "b", "y")):
        name = t[kernel].name
        scaled = _scaled(source, t[kernel], made)
        lines += [
            _array("int8_t", f"{name}_weights", t[kernel].data),
            _array("int32_t", f"{name}_bias", t[bias].data),
            _array("int32_t", f"{name}_multiplier", [m for m, _ in scaled]),
            _array("int32_t", f"{name}_power", [p for _, p in scaled]),
        ]
    return "\n".join(lines)


#: FAULT is done to the depthwise kernel's output.
SOURCE = """
#include "firmware.hpp"

namespace firmware {
namespace {

CONSTANTS

int8_t input[128], output[6];
int8_t planes[320], narrow[320], pooled[80], shown[320];

int64_t divided(int64_t value, int64_t by) {  // to the nearest, halves away from zero
  return value >= 0 ? (value + by / 2) / by : -((-value + by / 2) / by);
}

int8_t code(int64_t sum, int32_t multiplier, int32_t power, int32_t zero_point, int32_t least) {
  int64_t doubled = sum * (power > 0 ? int64_t{1} << power : 1) * multiplier + (int64_t{1} << 30);
  const int64_t unit = int64_t{1} << 31;
  const int64_t high = doubled >= 0 ? doubled / unit : -((-doubled + unit - 1) / unit);
  const int64_t result = (power < 0 ? divided(high, int64_t{1} << -power) : high) + zero_point;
  return static_cast<int8_t>(result < least ? least : result > 127 ? 127 : result);
}

int gather(const int8_t* from, int channel_step, int pixel_step, int channels, int y, int x, int zero_point,
           int16_t* patch) {
  int count = 0;
  for (int dy = -1; dy <= 1; ++dy) {
    for (int dx = -1; dx <= 1; ++dx) {
      for (int c = 0; c < channels; ++c) {
        const int row = y + dy, column = x + dx;
        const bool outside = row < 0 || row > 7 || column < 0 || column > 7;
        const int at = (row * 8 + column) * pixel_step + c * channel_step;
        patch[count++] = outside ? 0 : static_cast<int16_t>(from[at] - zero_point);
      }
    }
  }
  return count;
}

void show_planes(const edgetwin::Observer* observer, int op, const int8_t* from, int pixels) {
  for (int c = 0; c < 5; ++c) {
    for (int i = 0; i < pixels; ++i) shown[i * 5 + c] = from[c * pixels + i];
  }
  edgetwin::agent::show(observer, op, shown, edgetwin::agent::kOperators[op].bytes);
}

void run(const edgetwin::Observer* observer) {
  int16_t patch[18];
  for (int c = 4; c >= 0; --c) {
    for (int i = 63; i >= 0; --i) {
      const int count = gather(input, 1, 2, 2, i / 8, i % 8, -7, patch);
      int64_t sum = conv_bias[c];
      for (int k = 0; k < count; ++k) sum += patch[k] * conv_weights[c * 18 + k];
      planes[c * 64 + i] = code(sum, conv_multiplier[c], conv_power[c], -20, -20);
    }
  }
  show_planes(observer, 0, planes, 64);
  for (int c = 0; c < 5; ++c) {
    for (int i = 0; i < 64; ++i) {
      gather(planes + c * 64, 64, 1, 1, i / 8, i % 8, -20, patch);
      int64_t sum = depthwise_bias[c];
      for (int k = 0; k < 9; ++k) sum += patch[k] * depthwise_weights[k * 5 + c];
      narrow[c * 64 + i] = code(sum, depthwise_multiplier[c], depthwise_power[c], 3, -128);
    }
  }
  FAULT
  show_planes(observer, 1, narrow, 64);
  for (int c = 0; c < 5; ++c) {
    for (int i = 0; i < 16; ++i) {
      const int8_t* corner = narrow + c * 64 + i / 4 * 16 + i % 4 * 2;
      const int8_t upper = corner[0] > corner[1] ? corner[0] : corner[1];
      const int8_t lower = corner[8] > corner[9] ? corner[8] : corner[9];
      pooled[c * 16 + i] = upper > lower ? upper : lower;
    }
  }
  show_planes(observer, 2, pooled, 16);
  for (int o = 0; o < 6; ++o) {
    int64_t sum = dense_bias[o];
    for (int i = 0; i < 16; ++i) {
      for (int c = 0; c < 5; ++c) sum += (pooled[c * 16 + i] - 3) * dense_weights[o * 80 + i * 5 + c];
    }
    output[o] = code(sum, dense_multiplier[0], dense_power[0], -11, -128);
  }
  edgetwin::agent::show(observer, 3, output, edgetwin::agent::kOperators[3].bytes);
}

void* const inputs[] = {input};
const void* const outputs[] = {output};

}  // namespace

const edgetwin::CheckedModel kChecked = {edgetwin::agent::kModelName, edgetwin::agent::kModelHash, 1,
    edgetwin::agent::kInputBytes, inputs, 1, edgetwin::agent::kOutputBytes, outputs, run, nullptr};

}  // namespace firmware
"""
HEADER = """
#include "edgetwin_agent.hpp"
namespace firmware { extern const edgetwin::CheckedModel kChecked; }
"""


def sources(agent: str, fault: str = "") -> dict[str, str]:
    """Return the firmware's files by path, the agent's header included.

    It lies in place of check.hpp, too, which the board's own program includes.
    """
    return {
        "model/firmware.hpp": HEADER,
        "model/firmware.cpp": SOURCE.replace("CONSTANTS", constants()).replace("FAULT", fault),
        "edgetwin_agent.hpp": agent,
        "edgetwin/check.hpp": '#include "edgetwin_agent.hpp"\n',
    }
