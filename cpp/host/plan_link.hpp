// What a plan arranges between neighbouring steps: fused pools, activations that stay codes, blocks of samples.
#ifndef EDGETWIN_HOST_PLAN_LINK_HPP_
#define EDGETWIN_HOST_PLAN_LINK_HPP_

#include <cstdint>
#include <vector>

#include "host/plan.hpp"

namespace edgetwin::host {

/// Takes poolings into the convolutions before them, and has steps hand codes to the next step where both can: such a
/// storage becomes Place::kCodes. Returns the bytes of the region that holds all codes.
int64_t link_steps(std::vector<Storage>& storages, std::vector<PlanStep>& steps);

/// Cuts the plan into sections: steps that gain by a block of samples, such as dense layers, which read their weights
/// once for it, and the rest. What such a section reads or writes, and what several sections touch, moves to
/// Place::kBlock, one after another for the samples of a block.
[[nodiscard]] std::vector<Section> cut_sections(std::vector<Storage>& storages, const std::vector<PlanStep>& steps,
                                                int64_t block_samples);

/// Samples of a block: 1 where no step gains by more.
[[nodiscard]] int64_t samples_of_block(const std::vector<PlanStep>& steps);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_PLAN_LINK_HPP_
