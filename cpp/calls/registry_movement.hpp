// The calls of copies and changes of representation.
#ifndef EDGETWIN_CALLS_REGISTRY_MOVEMENT_HPP_
#define EDGETWIN_CALLS_REGISTRY_MOVEMENT_HPP_

#include "cast.hpp"
#include "data_movement.hpp"
#include "gather.hpp"
#include "quantize.hpp"
#include "space_batch.hpp"
#include "strided_copy.hpp"

namespace edgetwin::calls {

template <class Visitor>
void for_each_movement_call(Visitor&& visit) {
  visit(PadS8{});
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
  visit(StridedCopyS8{});
  visit(StridedCopyS16{});
  visit(StridedCopyS32{});
  visit(SpaceToBatchS8{});
  visit(BatchToSpaceS8{});
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
  visit(ClampS16{});
  visit(PadS16{});
  visit(PadS32{});
  visit(GatherNdS8{});
}

}  // namespace edgetwin::calls

#endif  // EDGETWIN_CALLS_REGISTRY_MOVEMENT_HPP_
