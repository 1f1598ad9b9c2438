// Runs of floats, vector by vector.
#ifndef EDGETWIN_HOST_TRAINING_PIECES_HPP_
#define EDGETWIN_HOST_TRAINING_PIECES_HPP_

#include <cstdint>

namespace edgetwin::host::training {
namespace {

template <class V>
[[gnu::always_inline]] inline typename V::Batch load_some(const float* place, int64_t count) {
  using B = typename V::Batch;
  return count >= static_cast<int64_t>(B::size) ? B::load_unaligned(place) : V::load_part(place, count);
}

template <class V>
[[gnu::always_inline]] inline void store_some(const typename V::Batch& x, float* place, int64_t count) {
  if (count >= static_cast<int64_t>(V::Batch::size)) {
    x.store_unaligned(place);
  } else {
    V::store_part(x, place, count);
  }
}

/// Calls body(first, left) for vectors that cover [0, count): `left` may be more or fewer than lanes.
template <class V, class Body>
[[gnu::always_inline]] inline void for_each_vector(int64_t count, Body&& body) {
  for (int64_t i = 0; i < count; i += static_cast<int64_t>(V::Batch::size)) body(i, count - i);
}

/// a where it is larger or NaN, or b is not larger.
template <class V>
[[gnu::always_inline]] inline typename V::Batch larger(const typename V::Batch& a, const typename V::Batch& b) {
  return V::if_greater(b, a, b, a);
}

}  // namespace
}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_PIECES_HPP_
