#ifndef EDGETWIN_CALLS_SIGNAL_SPECTRUM_HPP_
#define EDGETWIN_CALLS_SIGNAL_SPECTRUM_HPP_

#include "call.hpp"
#include "edgetwin/signal_spectrum.hpp"

namespace edgetwin::calls {

struct SignalWindowS16 {
  using Params = SignalWindowParams;
  static constexpr const char* kName = "signal_window_s16";
  static constexpr SlotNames kSlots = {{"input"}, {"weights"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_signal_window_fields(p, visit);
  }
  static Status check(const Params& p) { return signal_window_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{2} * p.windows * p.size;
    l.constants[0] = int64_t{2} * p.size;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    signal_window_s16(p, as<int16_t>(o.inputs[0]), as<int16_t>(o.constants[0]), as<int16_t>(o.outputs[0]));
  }
};

struct SignalFftAutoScaleS16 {
  using Params = SignalFftAutoScaleParams;
  static constexpr const char* kName = "signal_fft_auto_scale_s16";
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output", "scale_bits"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_signal_fft_auto_scale_fields(p, visit);
  }
  static Status check(const Params& p) { return signal_fft_auto_scale_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{2} * p.size;
    l.outputs[1] = 4;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    signal_fft_auto_scale_s16(p, as<int16_t>(o.inputs[0]), as<int16_t>(o.outputs[0]), as<int32_t>(o.outputs[1]));
  }
};

struct SignalRfftS16 {
  using Params = SignalRfftParams;
  static constexpr const char* kName = "signal_rfft_s16";
  static constexpr SlotNames kSlots = {{"input"}, {"twiddles", "split_twiddles"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_signal_rfft_fields(p, visit);
  }
  static Status check(const Params& p) { return signal_rfft_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{2} * p.rows * p.size;
    l.constants[0] = int64_t{2} * p.fft_length;
    l.constants[1] = p.fft_length;
    l.outputs[0] = int64_t{2} * p.rows * (p.fft_length + 2);
    l.scratch = int64_t{2} * p.fft_length;
    return l;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    const int32_t sizes[2] = {p.fft_length, p.fft_length / 2};
    for (int table = 0; table < 2; ++table) {
      for (int32_t i = 0; i < sizes[table]; ++i) {
        if (as<int16_t>(constants[table])[i] == kInt16Min) return Status::kBadParameter;
      }
    }
    return Status::kOk;
  }
  static void run(const Params& p, const Operands& o) {
    signal_rfft_s16(p, as<int16_t>(o.inputs[0]), as<int16_t>(o.constants[0]), as<int16_t>(o.constants[1]),
                    as<int16_t>(o.outputs[0]), as<detail::ComplexS16>(o.scratch));
  }
};

struct SignalEnergyS16 {
  using Params = SignalEnergyParams;
  static constexpr const char* kName = "signal_energy_s16";
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_signal_energy_fields(p, visit);
  }
  static Status check(const Params& p) { return signal_energy_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.outputs[0] = int64_t{4} * p.bins;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    signal_energy_s16(p, as<int16_t>(o.inputs[0]), as<uint32_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_SIGNAL_SPECTRUM_HPP_
