#ifndef EDGETWIN_CALLS_SIGNAL_MATH_HPP_
#define EDGETWIN_CALLS_SIGNAL_MATH_HPP_

#include "call.hpp"
#include "edgetwin/biquad.hpp"
#include "edgetwin/fft.hpp"
#include "edgetwin/float_math.hpp"

namespace edgetwin::calls {

/// Bytes of so many float32.
[[nodiscard]] constexpr int64_t float_bytes(int64_t count) { return 4 * count; }

enum class Function : int32_t { kLog, kLog10, kExp, kSquareRoot, kSin, kCos };

/// One of the core's functions of each value.
struct FunctionF32 {
  struct Params {
    Function function;
    int32_t size;
  };
  static constexpr const char* kName = "function_f32";
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("function", p.function);
    visit("size", p.size);
  }
  static Status check(const Params& p) {
    if (p.function < Function::kLog || p.function > Function::kCos) return Status::kBadParameter;
    return p.size < 1 ? Status::kBadShape : Status::kOk;
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = float_bytes(p.size);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static float value(Function function, float x) {
    switch (function) {
      case Function::kLog: return real::log(x);
      case Function::kLog10: return real::log10(x);
      case Function::kExp: return real::exp(x);
      case Function::kSquareRoot: return real::Lanes<float>::square_root(x);
      case Function::kSin: return real::sin(x);
      case Function::kCos: return real::cos(x);
    }
    return 0.0F;
  }
  static void run(const Params& p, const Operands& o) {
    const float* const input = as<float>(o.inputs[0]);
    float* const output = as<float>(o.outputs[0]);
    for (int32_t i = 0; i < p.size; ++i) output[i] = value(p.function, input[i]);
  }
};

/// real_fft() of `size` values.
struct RealFftF32 {
  struct Params {
    int32_t size;
  };
  static constexpr const char* kName = "real_fft_f32";
  static constexpr SlotNames kSlots = {{"input"}, {"cosines"}, {}, {"output"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("size", p.size);
  }
  static Status check(const Params& p) { return real::is_fft_length(p.size) ? Status::kOk : Status::kBadShape; }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = float_bytes(p.size);
    l.constants[0] = float_bytes(p.size / 4 + 1);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    const float* const input = as<float>(o.inputs[0]);
    float* const output = as<float>(o.outputs[0]);
    for (int32_t i = 0; i < p.size; ++i) output[i] = input[i];
    real::real_fft(output, p.size, as<float>(o.constants[0]));
  }
};

/// A Butterworth filter, designed and run where the call runs.
struct ButterworthF32 {
  struct Params {
    int32_t band;
    int32_t order;
    float cutoff_hz;
    float rate_hz;
    int32_t size;
  };
  static constexpr const char* kName = "butterworth_f32";
  static constexpr SlotNames kSlots = {{"input"}, {}, {"state"}, {"output"}};
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit("band", p.band);
    visit("order", p.order);
    visit("cutoff_hz", p.cutoff_hz);
    visit("rate_hz", p.rate_hz);
    visit("size", p.size);
  }
  static Status design(const Params& p, real::Section* sections) {
    return real::butterworth(static_cast<real::Band>(p.band), p.order, p.cutoff_hz, p.rate_hz, sections);
  }
  static Status check(const Params& p) {
    real::Section sections[real::kMaxSections];
    if (p.band < 0 || p.band > 1) return Status::kBadParameter;
    return p.size < 1 ? Status::kBadShape : design(p, sections);
  }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = float_bytes(p.size);
    l.state[0] = float_bytes(p.order);
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    real::Section sections[real::kMaxSections];
    if (design(p, sections) != Status::kOk) return;
    const float* const input = as<float>(o.inputs[0]);
    float* const output = as<float>(o.outputs[0]);
    for (int32_t i = 0; i < p.size; ++i) output[i] = input[i];
    real::cascade(sections, p.order / 2, as<float>(o.state[0]), output, p.size);
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_SIGNAL_MATH_HPP_
