// Outputs of a classifier window by window: their mean over the last ones, and a label that changes only once it is
// clear. Integers only.
#ifndef EDGETWIN_DECISIONS_HPP_
#define EDGETWIN_DECISIONS_HPP_

#include "edgetwin/types.hpp"

namespace edgetwin {

struct DecisionParams {
  int32_t outputs;   ///< >= 1; codes of a window
  int32_t average;   ///< [1, 2^23]; windows that a mean is taken over, fewer at the start
  int32_t debounce;  ///< >= 1; windows in a row that a new label must lead in
};

/// Calls visit(name, field) for every field, in the order of the struct.
template <class Params, class Visitor>
constexpr void visit_decision_fields(Params& p, Visitor&& visit) {
  visit("outputs", p.outputs);
  visit("average", p.average);
  visit("debounce", p.debounce);
}

[[nodiscard]] constexpr Status decision_check(const DecisionParams& p) {
  // A sum of as many int8 codes, and half their number, is an int32.
  if (!fits_int32(p.average, 256) || !fits_int32(p.average, p.outputs)) return Status::kBadShape;
  return p.debounce >= 1 ? Status::kOk : Status::kBadShape;
}

/// Zeros at the start.
struct DecisionState {
  int32_t seen;   ///< windows in the ring
  int32_t next;   ///< row of the ring that the next window goes to
  int32_t leads;  ///< output that leads, plus 1; 0 for none yet
  int32_t row;    ///< windows in a row that it has led in
  int32_t label;  ///< output that counts as found, plus 1; 0 for none yet
};

/// Takes the codes of a window. Returns the output that counts as found, or -1 for none yet: the largest mean, the
/// first of equal ones, once it has led in `debounce` windows.
///
/// ring   [average, outputs]; any values at the start
/// sums   [outputs]; zeros at the start
/// codes  [outputs]
/// means  [outputs]: sums of the last codes divided by their number, halves away from zero
/// `p` passed decision_check.
[[nodiscard]] inline int32_t decision_push(const DecisionParams& p, DecisionState& state, int8_t* ring, int32_t* sums,
                                           const int8_t* codes, int8_t* means) {
  int8_t* const row = ring + state.next * p.outputs;
  const bool full = state.seen == p.average;
  if (!full) ++state.seen;
  state.next = state.next + 1 < p.average ? state.next + 1 : 0;
  int32_t best = 0;
  for (int32_t i = 0; i < p.outputs; ++i) {
    sums[i] += codes[i] - (full ? row[i] : 0);
    row[i] = codes[i];
    const int32_t half = state.seen / 2;
    means[i] = static_cast<int8_t>((sums[i] > 0 ? sums[i] + half : sums[i] - half) / state.seen);
    if (means[i] > means[best]) best = i;
  }
  state.row = state.leads == best + 1 ? min_of(state.row + 1, p.debounce) : 1;
  state.leads = best + 1;
  if (state.row >= p.debounce) state.label = state.leads;
  return state.label - 1;
}

}  // namespace edgetwin

#endif  // EDGETWIN_DECISIONS_HPP_
