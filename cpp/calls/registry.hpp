// The list of all calls: the one place that names every kernel of the device core.
#ifndef EDGETWIN_CALLS_REGISTRY_HPP_
#define EDGETWIN_CALLS_REGISTRY_HPP_

#include "arg_min_max.hpp"
#include "batch_matmul.hpp"
#include "cast.hpp"
#include "comparison.hpp"
#include "conv.hpp"
#include "data_movement.hpp"
#include "depthwise_conv.hpp"
#include "elementwise.hpp"
#include "fully_connected.hpp"
#include "gather.hpp"
#include "logical.hpp"
#include "nonlinear.hpp"
#include "pool.hpp"
#include "quantize.hpp"
#include "rectify.hpp"
#include "recurrent.hpp"
#include "reduce.hpp"
#include "resize.hpp"
#include "space_batch.hpp"
#include "strided_copy.hpp"
#include "transpose_conv.hpp"

namespace edgetwin::calls {

/// Calls visit(Call{}) for every call. The position in this list is the call's number in a runner's job.
template <class Visitor>
void for_each_call(Visitor&& visit) {
  visit(Conv2dS8{});
  visit(DepthwiseConv2dS8{});
  visit(FullyConnectedS8{});
  visit(MaxPool2dS8{});
  visit(AveragePool2dS8{});
  visit(SoftmaxS8{});
  visit(SoftmaxS8S16{});
  visit(LogisticS8{});
  visit(TanhS8{});
  visit(AddS8{});
  visit(PadS8{});
  visit(MeanS8{});
  visit(QuantizeF32S8{});
  visit(QuantizeF32S16{});
  visit(DequantizeS8F32{});
  visit(DequantizeU8F32{});
  visit(DequantizeS16F32{});
  visit(RequantizeS8S8{});
  visit(RequantizeS8U8{});
  visit(RequantizeU8S8{});
  visit(RequantizeS8S16{});
  visit(RequantizeS8S32{});
  visit(RequantizeS16S8{});
  visit(RequantizeS16S16{});
  visit(RequantizeS16S32{});
  visit(RequantizeS32S8{});
  visit(RequantizeS32S16{});
  visit(ClampS8{});
  visit(SvdfS8{});
  visit(LstmS8{});
  visit(StridedCopyS8{});
  visit(StridedCopyS16{});
  visit(StridedCopyS32{});
  visit(SpaceToBatchS8{});
  visit(BatchToSpaceS8{});
  visit(SubS8{});
  visit(MulS8{});
  visit(MaximumS8{});
  visit(MinimumS8{});
  visit(SquaredDifferenceS8{});
  visit(HardSwishS8{});
  visit(RsqrtS8{});
  visit(LookupS8{});
  visit(LogSoftmaxS8{});
  visit(L2NormalizationS8{});
  visit(ReduceMaxS8{});
  visit(ReduceMinS8{});
  visit(ArgMaxS8{});
  visit(ArgMinS8{});
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
  visit(TransposeConvS8{});
  visit(ResizeNearestNeighborS8{});
  visit(ResizeBilinearS8{});
  visit(BatchMatmulS8{});
  visit(ReduceAllBool{});
  visit(GatherS8{});
  visit(CastS8S16{});
  visit(CastS8S32{});
  visit(CastS8F32{});
  visit(CastS16S8{});
  visit(CastS16S32{});
  visit(CastS16F32{});
  visit(CastS32S8{});
  visit(CastS32S16{});
  visit(CastS32F32{});
  visit(LeakyReluS8{});
  visit(PreluS8{});
  visit(AbsS8{});
  visit(DivS8{});
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_HPP_
