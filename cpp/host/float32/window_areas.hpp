// Output pixels by the taps with which their windows meet the input.
#ifndef EDGETWIN_HOST_FLOAT32_WINDOW_AREAS_HPP_
#define EDGETWIN_HOST_FLOAT32_WINDOW_AREAS_HPP_

#include <vector>

#include "host/float32/window.hpp"
#include "host/simd/float_tasks.hpp"

namespace edgetwin::host::float32 {

/// The areas of one image: mostly one inside, and those along its edges and in its corners.
[[nodiscard]] std::vector<simd::FloatArea> window_areas(const WindowParams& p);

/// What kernels need to know of windows over one image with so many channels in a group, input and output left out.
[[nodiscard]] simd::FloatWindows float_windows(const WindowParams& p, const std::vector<simd::FloatArea>& areas,
                                               int64_t channels);

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_WINDOW_AREAS_HPP_
