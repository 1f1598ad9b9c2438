#include "host/training/workspace.hpp"

#include <algorithm>
#include <utility>

namespace edgetwin::host::training {

std::vector<Segment> segments_of(const Layers& layers) {
  std::vector<Segment> segments;
  for (size_t l = 0; l < layers.size(); ++l) {
    const bool sliced = layers[l]->sliced();
    if (sliced && !segments.empty() && segments.back().sliced) {
      segments.back().last = l + 1;
      segments.back().cost += layers[l]->cost();
    } else {
      segments.push_back({l, l + 1, sliced, layers[l]->cost()});
    }
  }
  return segments;
}

void Workspace::reserve(int64_t samples, bool gradients) {
  // Too little memory may end either part: then there is room for none.
  if (samples > samples_) {
    samples_ = 0;
    owned_.clear();
    values_.clear();
    owned_.emplace_back(samples * size_of(layers_.front()->input()));
    values_.push_back(owned_.back().data());
    bool needed = false;
    for (const auto& layer : layers_) {
      if (shared_ && layer->in_place() && !needed) {
        values_.push_back(values_.back());
      } else {
        owned_.emplace_back(samples * size_of(layer->output()));
        values_.push_back(owned_.back().data());
        needed = false;
      }
      needed = needed || layer->needs_output();
    }
    samples_ = samples;
  }
  if (gradients && samples > gradient_samples_) {
    gradient_samples_ = 0;
    gradients_.clear();
    gradients_.resize(layers_.size() + 1);
    layer_offsets_.assign(layers_.size(), 0);
    slice_floats_ = widest_ = 0;
    for (const Segment& segment : segments_) {
      gradients_[segment.first] = Floats(samples * size_of(layers_[segment.first]->input()));
      for (size_t l = segment.first; l < segment.last && segment.sliced; ++l) {
        layer_offsets_[l] = slice_floats_;
        slice_floats_ += layers_[l]->trainable_floats();
        widest_ = std::max(widest_, padded_to_lanes(kSliceSamples * size_of(layers_[l]->input())));
      }
    }
    gradients_.back() = Floats(samples * size_of(layers_.back()->output()));
    slice_gradients_ = Floats(slices_of(samples) * slice_floats_);
    free_.clear();
    gradient_samples_ = samples;
  }
  for (const auto& layer : layers_) {
    if (layer->sliced()) scratch_ = std::max(scratch_, layer->scratch());
  }
}

Workspace::Lease::Lease(Workspace& workspace) : workspace_(workspace) {
  const std::lock_guard<std::mutex> lock(workspace_.mutex_);
  if (workspace_.free_.empty()) {
    floats_ = Floats(2 * workspace_.widest_ + workspace_.scratch_);
  } else {
    floats_ = std::move(workspace_.free_.back());
    workspace_.free_.pop_back();
  }
}

Workspace::Lease::~Lease() {
  const std::lock_guard<std::mutex> lock(workspace_.mutex_);
  workspace_.free_.push_back(std::move(floats_));
}

}  // namespace edgetwin::host::training
