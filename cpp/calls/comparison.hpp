#ifndef EDGETWIN_CALLS_COMPARISON_HPP_
#define EDGETWIN_CALLS_COMPARISON_HPP_

#include "edgetwin/comparison.hpp"
#include "elementwise.hpp"

namespace edgetwin::calls {

template <class Relation>
struct ScaledComparison : BinaryCall<compare_s8<Relation>> {
  template <class P, class Visitor>
  static constexpr void fields(P& p, Visitor&& visit) {
    visit_comparison_fields(p, visit);
  }
  static Status check(const ComparisonParams& p) { return comparison_check(p); }
};

struct EqualS8 : ScaledComparison<Equal> {
  static constexpr const char* kName = "equal_s8";
};

struct NotEqualS8 : ScaledComparison<NotEqual> {
  static constexpr const char* kName = "not_equal_s8";
};

struct GreaterS8 : ScaledComparison<Greater> {
  static constexpr const char* kName = "greater_s8";
};

struct GreaterEqualS8 : ScaledComparison<GreaterEqual> {
  static constexpr const char* kName = "greater_equal_s8";
};

struct LessS8 : ScaledComparison<Less> {
  static constexpr const char* kName = "less_s8";
};

struct LessEqualS8 : ScaledComparison<LessEqual> {
  static constexpr const char* kName = "less_equal_s8";
};

struct EqualS32 : BroadcastCall<compare<Equal, int32_t>> {
  static constexpr const char* kName = "equal_s32";
};

struct NotEqualS32 : BroadcastCall<compare<NotEqual, int32_t>> {
  static constexpr const char* kName = "not_equal_s32";
};

struct GreaterS32 : BroadcastCall<compare<Greater, int32_t>> {
  static constexpr const char* kName = "greater_s32";
};

struct GreaterEqualS32 : BroadcastCall<compare<GreaterEqual, int32_t>> {
  static constexpr const char* kName = "greater_equal_s32";
};

struct LessS32 : BroadcastCall<compare<Less, int32_t>> {
  static constexpr const char* kName = "less_s32";
};

struct LessEqualS32 : BroadcastCall<compare<LessEqual, int32_t>> {
  static constexpr const char* kName = "less_equal_s32";
};

struct EqualS64 : BroadcastCall<compare<Equal, int64_t>> {
  static constexpr const char* kName = "equal_s64";
};

struct NotEqualS64 : BroadcastCall<compare<NotEqual, int64_t>> {
  static constexpr const char* kName = "not_equal_s64";
};

struct GreaterS64 : BroadcastCall<compare<Greater, int64_t>> {
  static constexpr const char* kName = "greater_s64";
};

struct GreaterEqualS64 : BroadcastCall<compare<GreaterEqual, int64_t>> {
  static constexpr const char* kName = "greater_equal_s64";
};

struct LessS64 : BroadcastCall<compare<Less, int64_t>> {
  static constexpr const char* kName = "less_s64";
};

struct LessEqualS64 : BroadcastCall<compare<LessEqual, int64_t>> {
  static constexpr const char* kName = "less_equal_s64";
};

struct EqualBool : BroadcastCall<compare<Equal, uint8_t>> {
  static constexpr const char* kName = "equal_bool";
};

struct NotEqualBool : BroadcastCall<compare<NotEqual, uint8_t>> {
  static constexpr const char* kName = "not_equal_bool";
};

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_COMPARISON_HPP_
