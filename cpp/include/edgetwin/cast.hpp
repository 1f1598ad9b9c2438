// Codes as numbers of another type: scales and zero points are not looked at.
#ifndef EDGETWIN_CAST_HPP_
#define EDGETWIN_CAST_HPP_

#include <type_traits>

#include "edgetwin/types.hpp"

namespace edgetwin {

struct CastParams {
  int32_t size;  ///< >= 1
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_cast_fields(Params& p, Visitor&& visit) {
  visit("size", p.size);
}

[[nodiscard]] constexpr Status cast_check(const CastParams& p) { return p.size >= 1 ? Status::kOk : Status::kBadShape; }

/// output = input as Out: to a narrower integer the low bits, to float32 the nearest, ties to even.
///
/// input  [size] In, output [size] Out
/// `p` passed cast_check; no scratch.
template <class In, class Out>
inline void cast_codes(const CastParams& p, const In* input, Out* output) {
  for (int32_t i = 0; i < p.size; ++i) {
    if constexpr (std::is_integral<Out>::value) {
      output[i] = static_cast<Out>(static_cast<std::make_unsigned_t<Out>>(input[i]));
    } else {
      output[i] = static_cast<Out>(input[i]);
    }
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_CAST_HPP_
