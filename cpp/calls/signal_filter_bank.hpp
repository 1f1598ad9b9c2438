#ifndef EDGETWIN_CALLS_SIGNAL_FILTER_BANK_HPP_
#define EDGETWIN_CALLS_SIGNAL_FILTER_BANK_HPP_

#include "call.hpp"
#include "edgetwin/signal_filter_bank.hpp"

namespace edgetwin::calls {

struct SignalFilterBankU32 {
  using Params = SignalFilterBankParams;
  static constexpr const char* kName = "signal_filter_bank_u32";
  static constexpr SlotNames kSlots = {
      {"input"}, {"weights", "unweights", "frequency_starts", "weight_starts", "widths"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_signal_filter_bank_fields(p, visit);
  }
  static Status check(const Params& p) { return signal_filter_bank_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{4} * p.bins;
    l.constants[0] = l.constants[1] = int64_t{2} * p.weights_size;
    l.constants[2] = l.constants[3] = l.constants[4] = int64_t{2} * (int64_t{p.num_channels} + 1);
    l.outputs[0] = int64_t{8} * p.num_channels;
    return l;
  }
  static Status check_constants(const Params& p, const void* const* constants) {
    return signal_filter_bank_check_ranges(p, as<int16_t>(constants[2]), as<int16_t>(constants[3]),
                                           as<int16_t>(constants[4]));
  }
  static void run(const Params& p, const Operands& o) {
    signal_filter_bank_u32(p, as<uint32_t>(o.inputs[0]), as<int16_t>(o.constants[0]), as<int16_t>(o.constants[1]),
                           as<int16_t>(o.constants[2]), as<int16_t>(o.constants[3]), as<int16_t>(o.constants[4]),
                           as<uint64_t>(o.outputs[0]));
  }
};

struct SignalFilterBankSquareRootU64 {
  using Params = SignalSquareRootParams;
  static constexpr const char* kName = "signal_filter_bank_square_root_u64";
  static constexpr SlotNames kSlots = {{"input", "scale_bits"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_signal_square_root_fields(p, visit);
  }
  static Status check(const Params& p) { return signal_square_root_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{8} * p.size;
    l.inputs[1] = 4;
    l.outputs[0] = int64_t{4} * p.size;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    signal_filter_bank_square_root_u64(p, as<uint64_t>(o.inputs[0]), as<int32_t>(o.inputs[1]),
                                       as<uint32_t>(o.outputs[0]));
  }
};

struct SignalFilterBankSpectralSubtractionU32 {
  using Params = SignalSpectralSubtractionParams;
  static constexpr const char* kName = "signal_filter_bank_spectral_subtraction_u32";
  static constexpr SlotNames kSlots = {{"input"}, {}, {"noise"}, {"output", "noise_estimate"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_signal_spectral_subtraction_fields(p, visit);
  }
  static Status check(const Params& p) { return signal_spectral_subtraction_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.state[0] = l.outputs[0] = l.outputs[1] = int64_t{4} * p.num_channels;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    signal_filter_bank_spectral_subtraction_u32(p, as<uint32_t>(o.inputs[0]), as<uint32_t>(o.state[0]),
                                                as<uint32_t>(o.outputs[0]), as<uint32_t>(o.outputs[1]));
  }
};

struct SignalPcanU32 {
  using Params = SignalPcanParams;
  static constexpr const char* kName = "signal_pcan_u32";
  static constexpr SlotNames kSlots = {{"input", "noise_estimate"}, {"gain"}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_signal_pcan_fields(p, visit);
  }
  static Status check(const Params& p) { return signal_pcan_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = l.inputs[1] = l.outputs[0] = int64_t{4} * p.size;
    l.constants[0] = 2 * kSignalGainEntries;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    signal_pcan_u32(p, as<uint32_t>(o.inputs[0]), as<uint32_t>(o.inputs[1]), as<int16_t>(o.constants[0]),
                    as<uint32_t>(o.outputs[0]));
  }
};

struct SignalFilterBankLogU32 {
  using Params = SignalLogParams;
  static constexpr const char* kName = "signal_filter_bank_log_u32";
  static constexpr SlotNames kSlots = {{"input"}, {}, {}, {"output"}};

  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_signal_log_fields(p, visit);
  }
  static Status check(const Params& p) { return signal_log_check(p); }
  static Layout layout(const Params& p) {
    Layout l = {};
    l.inputs[0] = int64_t{4} * p.size;
    l.outputs[0] = int64_t{2} * p.size;
    return l;
  }
  static Status check_constants(const Params&, const void* const*) { return Status::kOk; }
  static void run(const Params& p, const Operands& o) {
    signal_filter_bank_log_u32(p, as<uint32_t>(o.inputs[0]), as<int16_t>(o.outputs[0]));
  }
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_SIGNAL_FILTER_BANK_HPP_
