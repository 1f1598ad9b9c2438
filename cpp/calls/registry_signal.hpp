// Signal code in float32: functions, transforms, filters and features.
#ifndef EDGETWIN_CALLS_REGISTRY_SIGNAL_HPP_
#define EDGETWIN_CALLS_REGISTRY_SIGNAL_HPP_

#include "features.hpp"
#include "gait.hpp"
#include "signal_math.hpp"

namespace edgetwin::calls {

template <class Visitor>
void for_each_signal_call(Visitor&& visit) {
  visit(FunctionF32{});
  visit(RealFftF32{});
  visit(ButterworthF32{});
  visit(SpectralAnalysisF32{});
  visit(FlattenF32{});
  visit(RawF32{});
  visit(ImageF32{});
  visit(GaitF32{});
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_SIGNAL_HPP_
