// Output pixels by the taps with which their windows meet the input.
#ifndef EDGETWIN_HOST_FLOAT32_WINDOW_AREAS_HPP_
#define EDGETWIN_HOST_FLOAT32_WINDOW_AREAS_HPP_

#include <vector>

#include "host/float32/window.hpp"
#include "host/simd/float_tasks.hpp"

namespace edgetwin::host::float32 {

/// One image cut into areas: mostly one inside, and those along its edges and in its corners.
class WindowAreas {
 public:
  /// `ragged`: images of few lines become ragged areas.
  explicit WindowAreas(const WindowParams& p, bool ragged = false);

  /// What kernels need to know of the windows with so many channels in a group, input and output left out.
  [[nodiscard]] simd::FloatWindows windows(const WindowParams& p, int64_t channels) const;

 private:
  std::vector<simd::FloatArea> areas_;
  std::vector<simd::FloatTaps> columns_;
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_WINDOW_AREAS_HPP_
