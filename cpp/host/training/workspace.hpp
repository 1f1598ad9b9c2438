// The memory that a pass through a network works in.
#ifndef EDGETWIN_HOST_TRAINING_WORKSPACE_HPP_
#define EDGETWIN_HOST_TRAINING_WORKSPACE_HPP_

#include <memory>
#include <mutex>
#include <vector>

#include "host/training/floats.hpp"
#include "host/training/layer.hpp"

namespace edgetwin::host::training {

using Layers = std::vector<std::unique_ptr<Layer>>;

/// Samples of a slice. Slices do not depend on the number of threads: gradients are added slice by slice.
constexpr int64_t kSliceSamples = 8;

[[nodiscard]] constexpr int64_t slices_of(int64_t samples) { return (samples + kSliceSamples - 1) / kSliceSamples; }

/// Neighbouring layers that a slice goes through at once, or one layer that takes the whole batch.
struct Segment {
  size_t first, last;  ///< last left out
  bool sliced;
  int64_t cost;  ///< of a sample
};

[[nodiscard]] std::vector<Segment> segments_of(const Layers& layers);

class Workspace {
 public:
  /// `shared`: layers that may work in place do, so that outputs are not kept where no gradient needs them.
  Workspace(const Layers& layers, const std::vector<Segment>& segments, bool shared)
      : layers_(layers), segments_(segments), shared_(shared) {}

  /// Makes room for so many samples, and for gradients if there are to be any.
  void reserve(int64_t samples, bool gradients);

  /// Of the whole network's input (0) and of layer l's output (l + 1).
  [[nodiscard]] float* values(size_t l) const { return values_[l]; }
  /// The gradient there; null inside of segments.
  [[nodiscard]] float* gradients(size_t l) const { return gradients_[l].size() > 0 ? gradients_[l].data() : nullptr; }
  /// Of sliced layers' parameters, for one slice; `layer_offset` tells where a layer's are.
  [[nodiscard]] float* slice_gradients(int64_t slice) const { return slice_gradients_.data() + slice * slice_floats_; }
  [[nodiscard]] int64_t layer_offset(size_t l) const { return layer_offsets_[l]; }

  /// A thread's own memory while it has this: for gradients between layers, two of kSliceSamples samples, and scratch.
  class Lease {
   public:
    explicit Lease(Workspace& workspace);
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    [[nodiscard]] float* gradients(size_t which) const {
      return floats_.data() + static_cast<int64_t>(which % 2) * workspace_.widest_;
    }
    [[nodiscard]] float* scratch() const { return floats_.data() + 2 * workspace_.widest_; }

   private:
    Workspace& workspace_;
    Floats floats_;
  };

 private:
  const Layers& layers_;
  const std::vector<Segment>& segments_;
  const bool shared_;
  int64_t samples_ = 0, gradient_samples_ = 0;
  std::vector<Floats> owned_;
  std::vector<float*> values_;
  std::vector<Floats> gradients_;
  Floats slice_gradients_;
  int64_t slice_floats_ = 0, widest_ = 0, scratch_ = 0;
  std::vector<int64_t> layer_offsets_;
  std::mutex mutex_;
  std::vector<Floats> free_;
};

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_WORKSPACE_HPP_
