// The calls of operators on elements, one or two operands.
#ifndef EDGETWIN_CALLS_REGISTRY_ELEMENTWISE_HPP_
#define EDGETWIN_CALLS_REGISTRY_ELEMENTWISE_HPP_

#include "comparison.hpp"
#include "elementwise.hpp"
#include "logical.hpp"
#include "rectify.hpp"

namespace edgetwin::calls {

template <class Visitor>
void for_each_elementwise_call(Visitor&& visit) {
  visit(AddS8{});
  visit(SubS8{});
  visit(MulS8{});
  visit(MaximumS8{});
  visit(MinimumS8{});
  visit(SquaredDifferenceS8{});
  visit(EqualS8{});
  visit(NotEqualS8{});
  visit(GreaterS8{});
  visit(GreaterEqualS8{});
  visit(LessS8{});
  visit(LessEqualS8{});
  visit(LogicalAndBool{});
  visit(LogicalOrBool{});
  visit(LogicalNotBool{});
  visit(SelectS8{});
  visit(LeakyReluS8{});
  visit(PreluS8{});
  visit(AbsS8{});
  visit(DivS8{});
  visit(AddS16{});
  visit(SubS16{});
  visit(MulS16{});
  visit(MaximumS16{});
  visit(MinimumS16{});
  visit(SquaredDifferenceS16{});
  visit(SelectS16{});
  visit(MaximumS32{});
  visit(MaximumS64{});
  visit(MinimumS32{});
  visit(MinimumS64{});
  visit(EqualS32{});
  visit(NotEqualS32{});
  visit(GreaterS32{});
  visit(GreaterEqualS32{});
  visit(LessS32{});
  visit(LessEqualS32{});
  visit(EqualS64{});
  visit(NotEqualS64{});
  visit(GreaterS64{});
  visit(GreaterEqualS64{});
  visit(LessS64{});
  visit(LessEqualS64{});
  visit(EqualBool{});
  visit(NotEqualBool{});
  visit(LeakyReluS16{});
  visit(PreluS16{});
  visit(AbsS16{});
  visit(AddS32{});
  visit(SubS32{});
  visit(MulS32{});
  visit(DivS32{});
  visit(SquaredDifferenceS32{});
  visit(SelectS32{});
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_ELEMENTWISE_HPP_
