"""The device core at the ends of its ranges, evaluated by the compiler, which refuses undefined behaviour."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from edgetwin.device.qemu import COMPILER, INSTALL, device_source

PRELUDE = """
#include <type_traits>
#include "edgetwin/activation.hpp"
#include "edgetwin/arg_min_max.hpp"
#include "edgetwin/comparison.hpp"
#include "edgetwin/conv.hpp"
#include "edgetwin/cumsum.hpp"
#include "edgetwin/data_movement.hpp"
#include "edgetwin/depthwise_conv.hpp"
#include "edgetwin/divide.hpp"
#include "edgetwin/elementwise.hpp"
#include "edgetwin/fully_connected.hpp"
#include "edgetwin/integer.hpp"
#include "edgetwin/gather.hpp"
#include "edgetwin/logical.hpp"
#include "edgetwin/lstm.hpp"
#include "edgetwin/pool.hpp"
#include "edgetwin/quantize.hpp"
#include "edgetwin/rectify.hpp"
#include "edgetwin/reduce.hpp"
#include "edgetwin/softmax.hpp"
#include "edgetwin/svdf.hpp"
using namespace edgetwin;
constexpr int32_t kLow = kInt32Min, kHigh = kInt32Max;
"""

#: All fields at one value, each in turn at another: whatever the check answers, it does so without overflow.
EXTREMES = """
template <class Params, class Visit, class Check>
constexpr bool answers(Visit visit_fields, Check check) {
  const int32_t ends[] = {kLow, kLow + 1, -1, 0, 1, 2, kHigh - 1, kHigh};
  int accepted = 0;
  for (const int32_t most : ends) {
    for (const int32_t one : ends) {
      int fields = 0;
      Params sized = {};
      visit_fields(sized, [&](const char*, auto&) { ++fields; });
      for (int changed = 0; changed < fields; ++changed) {
        Params p = {};
        int i = 0;
        visit_fields(p, [&](const char*, auto& field) {
          using Field = std::decay_t<decltype(field)>;
          if constexpr (std::is_same_v<Field, float>) {
            field = 1.0f;
          } else {
            field = static_cast<Field>(i == changed ? one : most);
          }
          ++i;
        });
        accepted += check(p) == Status::kOk ? 1 : 0;
      }
    }
  }
  return accepted >= 0;
}
#define ANSWERS(Params, visit_fields, check) \\
  static_assert(answers<Params>([](auto& p, auto&& visit) { visit_fields(p, visit); }, \\
                                [](const Params& p) { return check(p); }))
"""

CHECKS = {
    "conv_2d": "ANSWERS(Conv2dParams, visit_conv_2d_fields, conv_2d_check<int16_t>);",
    "depthwise_conv_2d": "ANSWERS(DepthwiseConv2dParams, visit_depthwise_conv_2d_fields, "
    "depthwise_conv_2d_check<int16_t>);",
    "fully_connected": "ANSWERS(FullyConnectedParams, visit_fully_connected_fields, fully_connected_check<int16_t>);",
    "pool_2d": "ANSWERS(Pool2dParams, visit_pool_2d_fields, pool_2d_check<int8_t>);",
    "pool_2d of int16": "ANSWERS(Pool2dParams, visit_pool_2d_fields, pool_2d_check<int16_t>);",
    "softmax": "ANSWERS(SoftmaxParams, visit_softmax_fields, softmax_check);",
    "table_softmax": "ANSWERS(TableSoftmaxParams, visit_table_softmax_fields, table_softmax_check);",
    "curve": "ANSWERS(CurveParams, visit_curve_fields, curve_check);",
    "table_curve": "ANSWERS(TableCurveParams, visit_table_curve_fields, table_curve_check);",
    "add": "ANSWERS(AddParams, visit_add_fields, add_check<int8_t>);",
    "add of int16": "ANSWERS(AddParams, visit_add_fields, add_check<int16_t>);",
    "mul": "ANSWERS(MulParams, visit_mul_fields, mul_check<int8_t>);",
    "integer": "ANSWERS(IntegerParams, visit_integer_fields, integer_check);",
    "div": "ANSWERS(DivParams, visit_div_fields, div_check);",
    "leaky_relu": "ANSWERS(LeakyReluParams, visit_leaky_relu_fields, leaky_relu_check<int16_t>);",
    "prelu": "ANSWERS(PreluParams, visit_prelu_fields, prelu_check<int16_t>);",
    "abs": "ANSWERS(AbsParams, visit_abs_fields, abs_check<int8_t>);",
    "broadcast": "ANSWERS(BroadcastParams, visit_broadcast_fields, broadcast_check);",
    "squared_difference": "ANSWERS(SquaredDifferenceParams, visit_squared_difference_fields, "
    "squared_difference_check<int8_t>);",
    "pad": "ANSWERS(PadParams, visit_pad_fields, pad_check<int32_t>);",
    "mean": "ANSWERS(MeanParams, visit_mean_fields, mean_check<int16_t>);",
    "comparison": "ANSWERS(ComparisonParams, visit_comparison_fields, comparison_check);",
    "logical_not": "ANSWERS(LogicalNotParams, visit_logical_not_fields, logical_not_check);",
    "select": "ANSWERS(SelectParams, visit_select_fields, select_check);",
    "reduce": "ANSWERS(ReduceParams, visit_reduce_fields, reduce_check);",
    "cumsum": "ANSWERS(CumsumParams, visit_cumsum_fields, cumsum_check);",
    "gather_nd": "ANSWERS(GatherNdParams, visit_gather_nd_fields, gather_nd_check);",
    "arg_min_max": "ANSWERS(ArgMinMaxParams, visit_arg_min_max_fields, arg_min_max_check);",
    "quantize": "ANSWERS(QuantizeParams, visit_quantize_fields, quantize_check<int16_t>);",
    "requantize": "ANSWERS(RequantizeParams, visit_requantize_fields, (requantize_check<int32_t, int16_t>));",
    "clamp": "ANSWERS(ClampParams, visit_clamp_fields, clamp_check<int8_t>);",
    "svdf": "ANSWERS(SvdfParams, visit_svdf_fields, svdf_check<int16_t>);",
    "lstm": "ANSWERS(LstmParams, visit_lstm_fields, (lstm_check<int16_t, int64_t>));",
}

VALUES = {
    "a window at the end of 2^31 - 1 elements": """
        constexpr detail::WindowPart part = detail::window_part(kHigh - 2, 1 << 21, kHigh);
        static_assert(part.begin == kHigh - 2 && part.end == kHigh);""",
    "a window larger than its input": """
        constexpr detail::WindowPart part = detail::window_part(-4, 1 << 21, 3);
        static_assert(part.begin == 0 && part.end == 3);""",
    "products at both ends": """
        static_assert(saturating_rounding_doubling_high_mul(kLow, kLow) == kHigh);
        static_assert(saturating_rounding_doubling_high_mul(kLow, kHigh) == -kHigh);
        static_assert(requantize_double(kLow, kHigh, 0) == -kHigh);
        static_assert(requantize_double(kLow, kHigh, -31) == -1);
        static_assert(requantize_double(kHigh, kHigh, 30) == 1 - (1 << 30));
        static_assert(requantize_single(kLow, kHigh, -31) == -1);
        static_assert(requantize_single(kHigh, 1, 30) == 1 << 30);
        static_assert(requantize_single(kLow, kHigh, 30) == 1 << 30);""",
    "sums of 64 bits at both ends": """
        constexpr int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
        static_assert(wrapping_add(high, int64_t{1}) == low);
        static_assert(requantize_wide(low, kHigh, 14) == 0 && requantize_wide(high, kHigh, -31) == -131072);
        static_assert(requantize_wide((int64_t{1} << 47) - 1, kHigh, -31) == 65534);
        static_assert(requantize_wide(1, 1 << 30, 0) == 1 && requantize_wide(-1, 1 << 30, 0) == 0);""",
    "divisions at both ends": """
        static_assert(rounding_divide_by_pot(kLow, 31) == -1 && rounding_divide_by_pot(kHigh, 31) == 1);
        static_assert(rounding_divide_by_pot(kLow, 62) == 0 && rounding_divide_by_pot(kHigh, 62) == 0);
        static_assert(rounding_divide_by_pot(kLow, 1) == kLow / 2 && rounding_divide_by_pot(kHigh, 1) == 1 << 30);""",
    "curves at both ends": """
        static_assert(fixed::logistic<4>(kLow) >= 0 && fixed::logistic<4>(kHigh) <= kHigh);
        static_assert(fixed::tanh<4>(kLow) == -fixed::tanh<4>(kHigh));
        static_assert(detail::logistic_s16(kInt16Min) >= 0 && detail::logistic_s16(kInt16Max) == 32757);
        static_assert(detail::tanh_s16(kInt16Min, 2) == -32767 && detail::tanh_s16(kInt16Max, 2) == 32767);
        static_assert(detail::tanh_s16(kInt16Min, -30) == 0 && detail::tanh_s16(kInt16Max, -30) == 0);
        static_assert(detail::table_logistic(kInt16Min, kInt16Max, 31) == 16384);
        static_assert(detail::table_tanh(kInt16Max, kInt16Max, 0) == 32767);
        static_assert(detail::interpolated(detail::kExpTable, kInt16Max) == 32762);
        static_assert(detail::interpolated(detail::kReciprocalTable, kInt16Min) == 32767);""",
    "rounding of reals": """
        constexpr float kInfinity = std::numeric_limits<float>::infinity();
        static_assert(round_half_away(kInfinity) == 1 << 24 && round_half_away(-kInfinity) == -(1 << 24));
        static_assert(round_half_away(std::numeric_limits<float>::quiet_NaN()) == -(1 << 24));
        static_assert(round_half_away(0.49999997f) == 0 && round_half_away(-8388607.5f) == -8388608);""",
    "a sum of the largest operands": """
        constexpr AddParams p = {1, 1, 1, 1, 1, 1, 0, 0, -128, kHigh, 0, -128, kHigh, 0, 22, 127, kHigh, 0, -128, 127,
                                 Rounding::kSingle};
        constexpr int8_t low = -128, high = 127;
        static_assert(add_check<int8_t>(p) == Status::kOk && add_element(p, high, high) == 127);
        static_assert(sub_element(p, high, high) == 127 && sub_element(p, low, high) == -128);""",
    "a sum of the largest operands of 16 bits": """
        constexpr AddParams p = {1, 1, 1, 1, 1, 1, 0, 0, 0, kHigh, 0, 0, kHigh, 0, 15, 0, kHigh, -14, kInt16Min,
                                 kInt16Max, Rounding::kDouble};
        constexpr int16_t low = kInt16Min, high = kInt16Max;
        static_assert(add_check<int16_t>(p) == Status::kOk && add_element(p, high, high) == kInt16Max);
        static_assert(add_element(p, low, low) == kInt16Min && sub_element(p, low, high) == kInt16Min);
        constexpr MulParams q = {1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, kHigh, 30, kInt16Min, kInt16Max, Rounding::kSingle};
        static_assert(mul_check<int16_t>(q) == Status::kOk && mul_element(q, low, low) == kInt16Min);
        constexpr SquaredDifferenceParams r = {1, 1, 1, 1, 1, 1, 0, 0, 0, kHigh, 0, 0, kHigh, 0, 15, 0, kHigh, 30};
        static_assert(squared_difference_check<int16_t>(r) == Status::kOk);
        static_assert(squared_difference_element(r, high, low) >= kInt16Min);""",
    "numbers at both ends": """
        static_assert(AddNumbers{}(kHigh, 1) == kLow && SubNumbers{}(kLow, 1) == kHigh);
        static_assert(MulNumbers{}(kLow, kLow) == 0 && SquaredDifferenceOfNumbers{}(kLow, kHigh) == 1);
        static_assert(DivNumbers{}(kLow, -1) == kLow && DivNumbers{}(kLow, 0) == 0 && DivNumbers{}(-7, 2) == -3);""",
    "divisions by every divisor, zero too": """
        constexpr int wrong(int32_t x_zero_point, int32_t shift) {
          DivParams p = {1, 1, 1, 1, 1, 1, 0, 0, x_zero_point, 127, 0, kHigh, shift, -128, 127};
          int seen = div_check(p) == Status::kOk ? 0 : 1;
          for (int y = -128; y < 128; ++y) {
            const int8_t code = div_element_s8(p, 127, static_cast<int8_t>(y));
            if (x_zero_point == 127 && code != 0) ++seen;
          }
          return seen;
        }
        static_assert(wrong(127, -23) == 0 && wrong(-128, -23) == 0 && wrong(-128, 22) == 0);""",
    "both sides of zero": """
        constexpr LeakyReluParams p = {1, 127, 127, kHigh, 22, -kHigh, 22};
        constexpr int8_t low = -128, high = 127;
        static_assert(leaky_relu_check<int8_t>(p) == Status::kOk && leaky_relu_element(p, low) == 127);
        constexpr LeakyReluParams wraps = {1, 127, 127, kHigh, 30, -kHigh, 30};
        static_assert(leaky_relu_check<int8_t>(wraps) == Status::kOk && leaky_relu_element(wraps, low) == -128);
        constexpr PreluParams q = {1, 1, 1, 1, 1, 1, 0, 0, 127, -128, -128, kHigh, 30, kHigh, 14};
        static_assert(prelu_check<int8_t>(q) == Status::kOk && prelu_element(q, low, high) == -128);
        constexpr AbsParams r = {1, -128, 127, kHigh, 22};
        static_assert(abs_check<int8_t>(r) == Status::kOk && abs_element(r, high) == 127);""",
    "a product of the largest operands": """
        constexpr MulParams p = {1, 1, 1, 1, 1, 1, 0, 0, -128, 127, 127, kHigh, 30, -128, 127, Rounding::kSingle};
        constexpr int8_t low = -128, high = 127;
        static_assert(mul_check<int8_t>(p) == Status::kOk && mul_element(p, high, low) == -128);""",
    "a square of the largest difference": """
        constexpr SquaredDifferenceParams p = {1, 1, 1, 1, 1, 1, 0, 0, -128, kHigh, 0, 127, kHigh, 0, 22, 127, kHigh,
                                               30};
        constexpr int8_t low = -128, high = 127;
        static_assert(squared_difference_check<int8_t>(p) == Status::kOk);
        static_assert(squared_difference_element(p, high, low) == 127);""",
}


@pytest.fixture(scope="module")
def evaluate(tmp_path_factory):
    """Compile a text; return what the compiler complains of."""
    if shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not installed: {INSTALL}")
    source = tmp_path_factory.mktemp("units") / "unit.cpp"
    command = [COMPILER, "-std=c++17", "-mcpu=cortex-m4", "-mthumb", "-fsyntax-only", "-Wall", "-Wextra", "-Werror"]
    command += ["-fconstexpr-ops-limit=200000000", f"-I{device_source() / 'include'}"]

    def run(text):
        source.write_text(PRELUDE + text)
        return subprocess.run([*command, str(source)], capture_output=True, text=True, check=False).stderr

    return run


@pytest.mark.parametrize("kernel", CHECKS)
def test_checks_answer_whatever_is_asked(evaluate, kernel):
    assert evaluate(EXTREMES + CHECKS[kernel]) == ""


@pytest.mark.parametrize("name", VALUES)
def test_values_at_the_ends(evaluate, name):
    assert evaluate(VALUES[name]) == ""


def test_undefined_behaviour_would_be_seen(evaluate):
    assert "overflow" in evaluate(
        "constexpr int32_t next(int32_t x) { return x + 1; } static_assert(next(kHigh) != 0);"
    )
