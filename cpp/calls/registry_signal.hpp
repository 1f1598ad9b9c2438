// Signal code: float32 functions, transforms, filters and features; TFLite Micro's signal operators in integers.
#ifndef EDGETWIN_CALLS_REGISTRY_SIGNAL_HPP_
#define EDGETWIN_CALLS_REGISTRY_SIGNAL_HPP_

#include "decisions.hpp"
#include "features.hpp"
#include "features_audio.hpp"
#include "gait.hpp"
#include "signal_filter_bank.hpp"
#include "signal_filters.hpp"
#include "signal_math.hpp"
#include "signal_spectrum.hpp"
#include "windows.hpp"

namespace edgetwin::calls {

template <class Visitor>
void for_each_signal_call(Visitor&& visit) {
  visit(FunctionF32{});
  visit(RealFftF32{});
  visit(ButterworthF32{});
  visit(StateVariableF32{});
  visit(ResampleF32{});
  visit(SpectralAnalysisF32{});
  visit(FlattenF32{});
  visit(RawF32{});
  visit(ImageF32{});
  visit(AudioFeaturesF32{});
  visit(GaitF32{});
  visit(SignalWindowS16{});
  visit(SignalFftAutoScaleS16{});
  visit(SignalRfftS16{});
  visit(SignalEnergyS16{});
  visit(SignalFilterBankU32{});
  visit(SignalFilterBankSquareRootU64{});
  visit(SignalFilterBankSpectralSubtractionU32{});
  visit(SignalPcanU32{});
  visit(SignalFilterBankLogU32{});
  visit(WindowF32{});
  visit(DecisionsS8{});
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_SIGNAL_HPP_
