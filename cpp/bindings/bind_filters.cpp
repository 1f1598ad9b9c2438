#include <pybind11/numpy.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "edgetwin/biquad.hpp"
#include "edgetwin/resample.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

namespace {

/// The first value of a float32 array of two dimensions with so many columns.
float* rows_of(const py::array& array, int64_t columns, const std::string& what, bool writable) {
  const ArrayView view = view_of(array, what, writable);
  if (!array.dtype().is(py::dtype::of<float>()) || array.ndim() != 2 || array.shape(1) != columns) {
    throw host::ShapeFault(what + " is not float32 with " + std::to_string(columns) + " columns");
  }
  return static_cast<float*>(static_cast<void*>(view.data));
}

/// Filters values [time, channels] in place and moves state [channels, 2 * sections] on; sections hold b0, b1, b2, a1
/// and a2.
void cascade(const py::array& sections, const py::array& state, const py::array& values) {
  const float* const given = rows_of(sections, 5, "the sections", false);
  const int64_t count = sections.shape(0);
  if (count < 1 || count > real::kMaxSections || values.ndim() != 2) throw host::ShapeFault("a filter's arrays");
  real::Section cascaded[real::kMaxSections];
  for (int64_t i = 0; i < count; ++i) {
    const float* const s = given + 5 * i;
    cascaded[i] = {s[0], s[1], s[2], s[3], s[4]};
    if (!real::is_stable(cascaded[i])) throw host::QuantizationFault("a filter's section is not stable in float32");
  }
  const int64_t rows = values.shape(0), channels = values.shape(1);
  float* const value = rows_of(values, channels, "the signal", true);
  float* const memory = rows_of(state, 2 * count, "the filter's state", true);
  if (state.shape(0) != channels) throw host::ShapeFault("the filter's state has another number of channels");
  const py::gil_scoped_release release;
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t c = 0; c < channels; ++c) {
      float& x = value[i * channels + c];
      x = real::cascade_step(cascaded, static_cast<int32_t>(count), memory + 2 * count * c, x);
    }
  }
}

/// Returns how many rows of `output` were written. position [2] is the int32 of a ResampleState; taps have one row.
int64_t resample(const py::array& taps, int32_t up, int32_t down, const py::array& position, const py::array& history,
                 const py::array& values, const py::array& output) {
  if (history.ndim() != 2 || history.shape(0) > std::numeric_limits<int32_t>::max() ||
      history.shape(1) > std::numeric_limits<int32_t>::max()) {
    throw host::ShapeFault("the resampler's history");
  }
  const real::ResampleParams p = {up, down, static_cast<int32_t>(history.shape(0)),
                                  static_cast<int32_t>(history.shape(1))};
  const Status status = real::resample_check(p);
  if (status != Status::kOk) throw host::ShapeFault(std::string("resampling: ") + status_name(status));
  const float* const tap = rows_of(taps, int64_t{up} * p.taps_per_phase, "the taps", false);
  float* const past = rows_of(history, p.channels, "the resampler's history", true);
  const float* const input = rows_of(values, p.channels, "the signal", false);
  float* const made = rows_of(output, p.channels, "the output", true);
  const ArrayView place = view_of(position, "the resampler's position", true);
  if (taps.shape(0) != 1 || place.bytes != sizeof(real::ResampleState))
    throw host::ShapeFault("the resampler's arrays");
  real::ResampleState state;
  std::memcpy(&state, place.data, sizeof(state));
  const int64_t rows = values.shape(0);
  const bool inside =
      state.newest >= 0 && state.newest < p.taps_per_phase && state.ahead >= 0 && state.ahead < up + down;
  if (!inside || output.shape(0) < real::resampled_size(p, rows)) throw host::ShapeFault("the resampler's room");
  const py::gil_scoped_release release;
  int64_t count = 0;
  std::vector<float> sample(static_cast<size_t>(p.channels));
  for (int64_t i = 0; i < rows; ++i) {
    if (!real::resample_step(p, tap, state, past, input + i * p.channels, sample.data())) continue;
    std::copy(sample.begin(), sample.end(), made + count * p.channels);
    ++count;
  }
  std::memcpy(place.data, &state, sizeof(state));
  return count;
}

}  // namespace

void bind_filters(py::module_& m) {
  m.def("cascade", &cascade, py::arg("sections"), py::arg("state"), py::arg("values"));
  m.def("resample", &resample, py::arg("taps"), py::arg("up"), py::arg("down"), py::arg("position"), py::arg("history"),
        py::arg("values"), py::arg("output"));
}

}  // namespace edgetwin::bindings
