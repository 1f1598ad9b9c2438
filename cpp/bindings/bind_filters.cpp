#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "host/signal/filters.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

namespace {

/// The first value of a float32 array of this shape; a length of -1 is any.
float* floats_of(const py::array& array, std::initializer_list<int64_t> shape, const std::string& what, bool writable) {
  const ArrayView view = view_of(array, what, writable);
  bool fits = array.dtype().is(py::dtype::of<float>()) && array.ndim() == static_cast<py::ssize_t>(shape.size());
  py::ssize_t axis = 0;
  for (const int64_t length : shape) {
    fits = fits && (length < 0 || array.shape(axis) == length);
    ++axis;
  }
  if (!fits) throw host::ShapeFault(what + " has another dtype or shape");
  return static_cast<float*>(static_cast<void*>(view.data));
}

host::signal::Recordings recordings_of(const py::array& values) {
  if (values.ndim() != 3) throw host::ShapeFault("the signal has no three dimensions");
  return {values.shape(0), values.shape(1), values.shape(2)};
}

template <class Section>
void run_cascade(const float* given, int64_t count, const host::signal::Recordings& recordings, float* values,
                 float* state, host::Level level, int threads) {
  std::vector<Section> sections(static_cast<size_t>(count));
  std::memcpy(sections.data(), given, sections.size() * sizeof(Section));
  for (const Section& section : sections) {
    if (!real::is_stable(section)) throw host::QuantizationFault("a filter's section is not stable in float32");
  }
  const py::gil_scoped_release release;
  host::signal::run_cascade(sections.data(), static_cast<int32_t>(count), recordings, values, state, level, threads);
}

/// Filters values [recordings, time, channels] in place and moves state [recordings, channels, 2 * sections] on;
/// sections hold b0, b1, b2, a1 and a2, or a1, a2, a3, direct, band and low of state variables.
void cascade(const py::array& sections, const py::array& state, const py::array& values,
             const std::optional<std::string>& level, int threads) {
  const host::signal::Recordings recordings = recordings_of(values);
  const bool direct = sections.ndim() == 2 && sections.shape(1) == 5;
  const float* const given = floats_of(sections, {-1, direct ? 5 : 6}, "the array of sections", false);
  const int64_t count = sections.shape(0);
  if (count < 1 || count > real::kMaxSections) throw host::ShapeFault("a filter's number of sections");
  float* const value = floats_of(values, {-1, -1, -1}, "the signal", true);
  float* const memory =
      floats_of(state, {recordings.count, recordings.channels, 2 * count}, "the filter's state", true);
  const host::Level chosen = read_level(level).value_or(host::active_level());
  const int used = threads > 0 ? threads : host::default_threads();
  (direct ? run_cascade<real::Section> : run_cascade<real::StateVariableSection>)(given, count, recordings, value,
                                                                                  memory, chosen, used);
}

/// position [2] is the int32 of a ResampleState, history [recordings, taps_per_phase, channels]; output [recordings,
/// outputs, channels] has room for all outputs, of which there are as many as are returned.
int64_t resample(const py::array& taps, int32_t up, int32_t down, const py::array& position, const py::array& history,
                 const py::array& values, const py::array& output, const std::optional<std::string>& level,
                 int threads) {
  const host::signal::Recordings recordings = recordings_of(values);
  const int64_t most = std::numeric_limits<int32_t>::max();
  if (history.ndim() != 3 || history.shape(1) > most || recordings.channels > most) {
    throw host::ShapeFault("the resampler's history");
  }
  host::signal::Resampling r = {};
  r.params = {up, down, static_cast<int32_t>(history.shape(1)), static_cast<int32_t>(recordings.channels)};
  const Status status = real::resample_check(r.params);
  if (status != Status::kOk) throw host::ShapeFault(std::string("resampling: ") + status_name(status));
  r.taps = floats_of(taps, {int64_t{up} * r.params.taps_per_phase}, "the array of taps", false);
  r.history = floats_of(history, {recordings.count, r.params.taps_per_phase, recordings.channels},
                        "the resampler's history", true);
  const float* const input = floats_of(values, {-1, -1, -1}, "the signal", false);
  const ArrayView place = view_of(position, "the resampler's position", true);
  if (place.bytes != sizeof(real::ResampleState)) throw host::ShapeFault("the resampler's position");
  std::memcpy(&r.state, place.data, sizeof(r.state));
  const bool inside = r.state.newest >= 0 && r.state.newest < r.params.taps_per_phase && r.state.ahead >= 0 &&
                      r.state.ahead < int64_t{up} + down;
  // Products with the rates stay in 63 bits.
  if (!inside || recordings.samples > (int64_t{1} << 31) * 1024) throw host::ShapeFault("the resampler's position");
  const int64_t count = host::signal::outputs_of(r, recordings.samples);
  float* const made = floats_of(output, {recordings.count, count, recordings.channels}, "the output", true);
  const host::Level chosen = read_level(level).value_or(host::active_level());
  const int used = threads > 0 ? threads : host::default_threads();
  {
    const py::gil_scoped_release release;
    host::signal::run_resampling(r, recordings, input, made, chosen, used);
  }
  std::memcpy(place.data, &r.state, sizeof(r.state));
  return count;
}

}  // namespace

void bind_filters(py::module_& m) {
  const auto level = py::arg("level") = py::none();
  const auto threads = py::arg("threads") = 0;
  m.def("cascade", &cascade, py::arg("sections"), py::arg("state"), py::arg("values"), level, threads);
  m.def("resample", &resample, py::arg("taps"), py::arg("up"), py::arg("down"), py::arg("position"), py::arg("history"),
        py::arg("values"), py::arg("output"), level, threads);
}

}  // namespace edgetwin::bindings
