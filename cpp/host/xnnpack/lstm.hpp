// unidirectional_sequence_lstm of int8 as LiteRT's own kernel computes it: XNNPACK has none.
#ifndef EDGETWIN_HOST_XNNPACK_LSTM_HPP_
#define EDGETWIN_HOST_XNNPACK_LSTM_HPP_

#include <cstring>

#include "calls/recurrent.hpp"
#include "edgetwin/math.hpp"

namespace edgetwin::host::xnnpack {

/// The cell of lstm_s8 with other curves and roundings: logistic and tanh are gemmlowp's in 16 bits, and products of
/// the cell are rounded once.
struct LstmCell {
  /// Arrays as of lstm_update.
  static void update(const LstmParams& p, const int16_t* gates, int16_t* cell, int8_t* hidden) {
    const ptrdiff_t n = p.hidden_size;
    for (ptrdiff_t i = 0; i < n; ++i) {
      const int32_t input_gate = fixed::logistic<3>(gates[i]);
      const int32_t forget_gate = fixed::logistic<3>(gates[n + i]);
      const int32_t cell_gate = fixed::tanh<3>(gates[2 * n + i]);
      const int32_t output_gate = fixed::logistic<3>(gates[3 * n + i]);
      const int32_t kept = rounding_divide_by_pot(forget_gate * cell[i], 15);
      const int32_t added = rounding_divide_by_pot(input_gate * cell_gate, 30 + p.cell_scale_power);
      const int32_t next = edgetwin::detail::clamp_s16(kept + added);
      cell[i] = static_cast<int16_t>(p.cell_clip > 0 ? clamp(next, -p.cell_clip, p.cell_clip) : next);
      const int32_t value =
          requantize_double(cell_curve(cell[i], p.cell_scale_power) * output_gate, p.hidden_multiplier, p.hidden_shift);
      hidden[i] = static_cast<int8_t>(clamp(wrapping_add(value, p.output_zero_point), kInt8Min, kInt8Max));
    }
  }

  /// tanh of a value of scale 2^scale_power in Q0.15.
  static int16_t cell_curve(int16_t value, int32_t scale_power) {
    switch (scale_power) {
      case -15: return fixed::tanh<0>(value);
      case -14: return fixed::tanh<1>(value);
      case -13: return fixed::tanh<2>(value);
      case -12: return fixed::tanh<3>(value);
      default: return fixed::tanh<4>(value);
    }
  }
};

/// The call of lstm_s8 without the fields that LstmCell leaves out; cell_scale_power is in [-15, -11], and gates
/// saturate as LstmSaturation::kSum.
struct LstmS8 {
  using Params = LstmParams;
  static constexpr const char* kName = "lstm_s8_litert";
  static constexpr calls::SlotNames kSlots = calls::LstmS8::kSlots;

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    calls::LstmS8::fields(p, [&](const char* name, auto& field) {
      for (const char* absent : {"forget_to_cell_multiplier", "forget_to_cell_shift", "input_to_cell_multiplier",
                                 "input_to_cell_shift", "rounding"}) {
        if (std::strcmp(name, absent) == 0) return;
      }
      visit(name, field);
    });
  }
  static Status check(const Params& p) {
    if (p.saturation != LstmSaturation::kSum || p.cell_scale_power < -15 || p.cell_scale_power > -11) {
      return Status::kBadParameter;
    }
    return calls::LstmS8::check(p);
  }
  static calls::Layout layout(const Params& p) { return calls::LstmS8::layout(p); }
  static Status check_constants(const Params& p, const void* const* constants) {
    return calls::LstmS8::check_constants(p, constants);
  }
};

}  // namespace edgetwin::host::xnnpack

#endif  // EDGETWIN_HOST_XNNPACK_LSTM_HPP_
