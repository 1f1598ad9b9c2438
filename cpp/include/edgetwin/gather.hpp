// Slices of an array by index: embeddings, reordered channels.
#ifndef EDGETWIN_GATHER_HPP_
#define EDGETWIN_GATHER_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

struct GatherParams {
  int32_t batches;  ///< >= 1; each has its own indices
  int32_t outer;    ///< >= 1; elements of the axes between the batches and the indexed axis
  int32_t axis;     ///< >= 1; size of the indexed axis
  int32_t indices;  ///< >= 1; of one batch
  int32_t inner;    ///< >= 1; bytes of one slice
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_gather_fields(Params& p, Visitor&& visit) {
  visit("batches", p.batches);
  visit("outer", p.outer);
  visit("axis", p.axis);
  visit("indices", p.indices);
  visit("inner", p.inner);
}

[[nodiscard]] constexpr Status gather_check(const GatherParams& p) {
  return fits_int32(p.batches, p.outer, p.axis, p.inner) && fits_int32(p.batches, p.outer, p.indices, p.inner)
             ? Status::kOk
             : Status::kBadShape;
}

/// output[b, o, i] = input[b, o, indices[b, i]]
///
/// input   [batches, outer, axis, inner] int8, or inner / n elements of n bytes
/// indices [batches, indices] int32 in [0, axis). What lies outside is taken as the nearest inside: the reference
///         reads beyond its array there.
/// output  [batches, outer, indices, inner]
/// `p` passed gather_check; no scratch.
inline void gather_s8(const GatherParams& p, const int8_t* input, const int32_t* indices, int8_t* output) {
  for (int32_t batch = 0; batch < p.batches; ++batch) {
    for (int32_t outer = 0; outer < p.outer; ++outer) {
      for (int32_t i = 0; i < p.indices; ++i) {
        const int8_t* const slice = input + clamp<int32_t>(indices[i], 0, p.axis - 1) * p.inner;
        for (int32_t c = 0; c < p.inner; ++c) output[c] = slice[c];
        output += p.inner;
      }
      input += p.axis * p.inner;
    }
    indices += p.indices;
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_GATHER_HPP_
