#include "host/plan_link.hpp"

#include <algorithm>

#include "host/code_plane.hpp"

namespace edgetwin::host {
namespace {

constexpr size_t kNone = static_cast<size_t>(-1);

/// The only step that reads what step `i` writes into a storage of the arena, as its first input, or kNone.
size_t only_reader(const std::vector<Storage>& storages, const std::vector<PlanStep>& steps, size_t i) {
  if (steps[i].outputs.size() != 1) return kNone;
  const int storage = steps[i].outputs[0];
  if (storages[static_cast<size_t>(storage)].place != Place::kArena) return kNone;
  size_t reader = kNone;
  for (size_t j = 0; j < steps.size(); ++j) {
    const PlanStep& step = steps[j];
    const auto uses = [&](const std::vector<int>& slots) { return std::count(slots.begin(), slots.end(), storage); };
    if ((j != i && uses(step.outputs) > 0) || uses(step.state) > 0) return kNone;
    if (uses(step.inputs) == 0) continue;
    if (reader != kNone || j <= i || uses(step.inputs) != 1 || step.inputs[0] != storage) return kNone;
    reader = j;
  }
  return reader;
}

void absorb_pools(const std::vector<Storage>& storages, std::vector<PlanStep>& steps) {
  for (size_t i = 0; i + 1 < steps.size(); ++i) {
    // Only a direct neighbour: what lies between could still use the memory that the pool's output gets. The input of
    // the step itself may have been there, too, but it has been copied to codes when the first output is written.
    const Pool2dParams* const pool = steps[i + 1].step->max_pool();
    if (pool == nullptr || only_reader(storages, steps, i) != i + 1) continue;
    if (!steps[i].step->absorb_max_pool(*pool)) continue;
    steps[i].outputs = steps[i + 1].outputs;
    steps.erase(steps.begin() + static_cast<ptrdiff_t>(i) + 1);
  }
}

struct Lifetime {
  size_t storage;
  size_t first;
  size_t last;
};

/// Gives planes places that no other plane has at the same time: the lowest gap, in the order of their steps.
int64_t place_codes(std::vector<Storage>& storages, const std::vector<Lifetime>& planes) {
  constexpr int64_t alignment = AlignedBytes::kAlignment;
  int64_t total = 0;
  for (size_t i = 0; i < planes.size(); ++i) {
    Storage& storage = storages[planes[i].storage];
    std::vector<std::pair<int64_t, int64_t>> taken;
    for (size_t j = 0; j < i; ++j) {
      const Storage& other = storages[planes[j].storage];
      if (planes[j].last >= planes[i].first) taken.emplace_back(other.where, other.where + other.bytes);
    }
    std::sort(taken.begin(), taken.end());
    int64_t where = 0;
    for (const auto& [begin, end] : taken) {
      if (begin - where >= storage.bytes) break;
      where = std::max(where, (end + alignment - 1) / alignment * alignment);
    }
    storage.where = where;
    total = std::max(total, where + storage.bytes);
  }
  return total;
}

void move_to_block(Storage& storage) {
  if (storage.place == Place::kCodes) storage.bytes -= kPlaneSlack;
  if (storage.place == Place::kArena || storage.place == Place::kCodes) storage.place = Place::kBlock;
}

}  // namespace

int64_t link_steps(std::vector<Storage>& storages, std::vector<PlanStep>& steps) {
  absorb_pools(storages, steps);
  std::vector<Lifetime> planes;
  for (size_t i = 0; i < steps.size(); ++i) {
    const size_t reader = only_reader(storages, steps, i);
    if (reader == kNone) continue;
    const CodePlane* const plane = steps[reader].step->input_codes();
    if (plane == nullptr || !steps[i].step->write_codes(*plane)) continue;
    steps[reader].step->read_codes();
    const size_t storage = static_cast<size_t>(steps[i].outputs[0]);
    storages[storage] = {Place::kCodes, 0, plane->bytes() + kPlaneSlack};
    planes.push_back({storage, i, reader});
  }
  return place_codes(storages, planes);
}

int64_t samples_of_block(const std::vector<PlanStep>& steps) {
  // Smaller weights stay in the first cache from one sample to the next.
  constexpr int64_t many_bytes = 8192;
  int64_t samples = 1, common = steps.empty() ? 1 : steps[0].step->block_samples();
  for (const PlanStep& s : steps) {
    if (s.step->layout().constants[0] >= many_bytes) samples = std::max(samples, s.step->block_samples());
    common = std::min(common, s.step->block_samples());
  }
  // Where all steps take blocks nothing is put aside for them, and one call serves many samples.
  return std::max(samples, common);
}

std::vector<Section> cut_sections(std::vector<Storage>& storages, const std::vector<PlanStep>& steps,
                                  int64_t block_samples) {
  std::vector<Section> sections;
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool blocks = block_samples > 1 && steps[i].step->block_samples() >= block_samples;
    if (sections.empty() || sections.back().blocks != blocks) sections.push_back({i, i, blocks});
    sections.back().end = i + 1;
    if (!blocks) continue;
    move_to_block(storages[static_cast<size_t>(steps[i].inputs[0])]);
    move_to_block(storages[static_cast<size_t>(steps[i].outputs[0])]);
  }
  // The arena holds one sample. What a later section reads again must last until all samples of the block are there.
  std::vector<size_t> touched_in(storages.size(), sections.size());
  for (size_t section = 0; section < sections.size(); ++section) {
    for (size_t i = sections[section].first; i < sections[section].end; ++i) {
      for (const std::vector<int>* arrays : {&steps[i].inputs, &steps[i].outputs}) {
        for (const int index : *arrays) {
          size_t& before = touched_in[static_cast<size_t>(index)];
          if (before != sections.size() && before != section) move_to_block(storages[static_cast<size_t>(index)]);
          before = section;
        }
      }
    }
  }
  return sections;
}

}  // namespace edgetwin::host
