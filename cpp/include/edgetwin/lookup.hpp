// Any function of one int8 code, as a table.
#ifndef EDGETWIN_LOOKUP_HPP_
#define EDGETWIN_LOOKUP_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

struct LookupParams {
  int32_t size;  ///< >= 1; number of elements
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_lookup_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
}

[[nodiscard]] constexpr Status lookup_check(const LookupParams& p) {
  return p.size >= 1 ? Status::kOk : Status::kBadShape;
}

/// output = table[input]: ELU, whose table TFLite Micro fills with the C library's expf, so that the core, which has
/// none, is given it.
///
/// input, output [size] int8
/// table         [256] int8, by the code's bits: codes 0 to 127, then -128 to -1
/// `p` passed lookup_check; no scratch.
inline void lookup_s8(const LookupParams& p, const int8_t* input, const int8_t* table, int8_t* output) {
  for (int32_t i = 0; i < p.size; ++i) output[i] = table[static_cast<uint8_t>(input[i])];
}

}  // namespace edgetwin

#endif  // EDGETWIN_LOOKUP_HPP_
