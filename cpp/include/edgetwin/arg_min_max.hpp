// Position of the largest or smallest activation along one axis.
#ifndef EDGETWIN_ARG_MIN_MAX_HPP_
#define EDGETWIN_ARG_MIN_MAX_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

/// The axes in front of the one that is searched, that axis, and those behind it.
struct ArgMinMaxParams {
  int32_t outer;  ///< >= 1
  int32_t size;   ///< >= 1; elements searched
  int32_t inner;  ///< >= 1
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_arg_min_max_fields(Params& p, Visitor&& visit) {
  visit("outer", p.outer);
  visit("size", p.size);
  visit("inner", p.inner);
}

[[nodiscard]] constexpr Status arg_min_max_check(const ArgMinMaxParams& p) {
  return fits_int32(p.outer, p.size, p.inner) ? Status::kOk : Status::kBadShape;
}

namespace detail {

/// `better(candidate, best)` is strict, so that the first of equal elements wins.
template <class Element, class Better>
void arg_min_max(const ArgMinMaxParams& p, const Element* input, int32_t* output, Better&& better) {
  const ptrdiff_t size = p.size, inner = p.inner;
  for (ptrdiff_t outer = 0; outer < p.outer; ++outer) {
    const Element* slice = input + outer * size * inner;
    for (ptrdiff_t i = 0; i < inner; ++i) {
      int32_t best = 0;
      Element value = slice[i];
      for (int32_t k = 1; k < p.size; ++k) {
        const Element candidate = slice[k * inner + i];
        if (!better(candidate, value)) continue;
        best = k;
        value = candidate;
      }
      *output++ = best;
    }
  }
}

}  // namespace detail

/// output = the index of the largest element, the first of equal ones.
///
/// input  [outer, size, inner] Element: codes of one scale, or numbers
/// output [outer, inner] int32
/// `p` passed arg_min_max_check; no scratch.
template <class Element>
inline void arg_max(const ArgMinMaxParams& p, const Element* input, int32_t* output) {
  detail::arg_min_max(p, input, output, [](Element candidate, Element best) { return candidate > best; });
}

/// output = the index of the smallest element, the first of equal ones; arguments as of arg_max.
template <class Element>
inline void arg_min(const ArgMinMaxParams& p, const Element* input, int32_t* output) {
  detail::arg_min_max(p, input, output, [](Element candidate, Element best) { return candidate < best; });
}

}  // namespace edgetwin

#endif  // EDGETWIN_ARG_MIN_MAX_HPP_
