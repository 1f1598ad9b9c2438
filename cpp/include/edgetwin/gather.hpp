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

struct GatherNdParams {
  int32_t count;                              ///< >= 1; slices
  int32_t depth;                              ///< [1, 5]; axes that are indexed, the input's first
  int32_t dim_0, dim_1, dim_2, dim_3, dim_4;  ///< >= 1; sizes of those axes, 1 from `depth` on
  int32_t inner;                              ///< >= 1; bytes of one slice
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_gather_nd_fields(Params& p, Visitor&& visit) {
  visit("count", p.count);
  visit("depth", p.depth);
  visit("dim_0", p.dim_0);
  visit("dim_1", p.dim_1);
  visit("dim_2", p.dim_2);
  visit("dim_3", p.dim_3);
  visit("dim_4", p.dim_4);
  visit("inner", p.inner);
}

[[nodiscard]] constexpr Status gather_nd_check(const GatherNdParams& p) {
  if (p.depth < 1 || p.depth > 5) return Status::kBadParameter;
  if (!fits_int32(p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.inner)) return Status::kBadShape;
  if (!fits_int32(p.count, p.inner) || !fits_int32(p.count, p.depth)) return Status::kBadShape;
  const int32_t dims[] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4};
  for (int32_t i = p.depth; i < 5; ++i) {
    if (dims[i] != 1) return Status::kBadShape;
  }
  return Status::kOk;
}

/// output[i] = input[indices[i, 0], ..., indices[i, depth - 1]]
///
/// input   [dim_0, ..., dim_4, inner] int8, or inner / n elements of n bytes
/// indices [count, depth] int32 inside their axes. What lies outside is taken as the nearest inside: the reference
///         stops with an error there.
/// output  [count, inner]
/// `p` passed gather_nd_check; no scratch.
inline void gather_nd_s8(const GatherNdParams& p, const int8_t* input, const int32_t* indices, int8_t* output) {
  const int32_t dims[] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4};
  for (int32_t i = 0; i < p.count; ++i) {
    int32_t slice = 0;
    for (int32_t d = 0; d < p.depth; ++d) slice = slice * dims[d] + clamp<int32_t>(*indices++, 0, dims[d] - 1);
    const int8_t* const source = input + static_cast<ptrdiff_t>(slice) * p.inner;
    for (int32_t c = 0; c < p.inner; ++c) *output++ = source[c];
  }
}

}  // namespace edgetwin

#endif  // EDGETWIN_GATHER_HPP_
