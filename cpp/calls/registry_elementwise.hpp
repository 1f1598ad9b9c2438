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
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_ELEMENTWISE_HPP_
