#ifndef EDGETWIN_CALLS_COMPARISON_HPP_
#define EDGETWIN_CALLS_COMPARISON_HPP_

#include "edgetwin/comparison.hpp"
#include "elementwise.hpp"

namespace edgetwin::calls {

/// What all comparisons share; a derived call names the kernel.
template <void (*kernel)(const ComparisonParams&, const int8_t*, const int8_t*, uint8_t*)>
struct ComparisonCall : BinaryCall<ComparisonParams> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_comparison_fields(p, visit);
  }
  static Status check(const Params& p) { return comparison_check(p); }
  static void run(const Params& p, const Operands& o) {
    kernel(p, as<int8_t>(o.inputs[0]), as<int8_t>(o.inputs[1]), as<uint8_t>(o.outputs[0]));
  }
};

struct EqualS8 : ComparisonCall<equal_s8> {
  static constexpr const char* kName = "equal_s8";
};

struct NotEqualS8 : ComparisonCall<not_equal_s8> {
  static constexpr const char* kName = "not_equal_s8";
};

struct GreaterS8 : ComparisonCall<greater_s8> {
  static constexpr const char* kName = "greater_s8";
};

struct GreaterEqualS8 : ComparisonCall<greater_equal_s8> {
  static constexpr const char* kName = "greater_equal_s8";
};

struct LessS8 : ComparisonCall<less_s8> {
  static constexpr const char* kName = "less_s8";
};

struct LessEqualS8 : ComparisonCall<less_equal_s8> {
  static constexpr const char* kName = "less_equal_s8";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_COMPARISON_HPP_
