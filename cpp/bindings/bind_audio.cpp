#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>
#include <vector>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "host/signal/audio.hpp"
#include "host/signal/blocks.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

namespace {

constexpr int64_t kMaxSamples = int64_t{1} << 24;

real::AudioParams params_of(const py::dict& given, int32_t samples) {
  const auto whole = [&](const char* name) { return given[name].cast<int32_t>(); };
  const auto number = [&](const char* name) { return given[name].cast<double>(); };
  real::AudioParams p = {};
  p.block = static_cast<real::AudioBlock>(whole("block"));
  p.version = whole("version");
  p.samples = samples;
  p.fft_length = whole("fft_length");
  p.filters = whole("filters");
  p.cepstra = whole("cepstra");
  p.window = whole("window");
  p.shift = whole("shift");
  p.wrap = given["wrap"].cast<bool>();
  p.emphasis = static_cast<float>(number("emphasis"));
  p.noise_floor_db = static_cast<float>(number("noise_floor_db"));
  p.frame_seconds = number("frame_seconds");
  p.stride_seconds = number("stride_seconds");
  p.low_hz = number("low_hz");
  p.high_hz = number("high_hz");
  p.rate_hz = number("rate_hz");
  return p;
}

std::vector<int32_t> edges_of(const real::AudioParams& p) {
  constexpr int32_t kMaxFilters = 1 << 16;
  if (p.filters < 1) return {};
  if (p.filters > kMaxFilters || !(p.rate_hz > 0.0) || !(p.low_hz >= 0.0) || !(real::top_hz(p) <= p.rate_hz / 2)) {
    throw host::ShapeFault("audio: no bank of filters has these parameters");
  }
  std::vector<int32_t> edges(static_cast<size_t>(p.filters) + 2);
  real::mel_edges(p.filters, p.low_hz, real::top_hz(p), p.rate_hz, real::mel_bins(p), edges.data());
  return edges;
}

std::vector<float> weights_of(const std::vector<int32_t>& edges) {
  size_t count = 0;
  for (size_t i = 0; i + 2 < edges.size(); ++i) count += static_cast<size_t>(real::weight_count(edges.data() + i));
  std::vector<float> weights(count);
  real::mel_weights(static_cast<int32_t>(edges.size()) - 2, edges.data(), weights.data());
  return weights;
}

py::array_t<int32_t> mel_edges(const py::dict& params) {
  const std::vector<int32_t> edges = edges_of(params_of(params, 1));
  return py::array_t<int32_t>(static_cast<py::ssize_t>(edges.size()), edges.data());
}

/// Length and stride of frames in samples, and their number.
py::tuple audio_framing(const py::dict& params, int samples) {
  const real::Framing f = real::framing(params_of(params, samples));
  return py::make_tuple(f.length, f.stride, f.frames);
}

/// The plan for windows of so many samples.
real::AudioPlan plan_of(const real::AudioParams& p) {
  real::AudioPlan plan = {};
  const Status status = real::audio_plan(p, &plan);
  if (status != Status::kOk) throw host::ShapeFault(std::string("audio: ") + status_name(status));
  return plan;
}

std::vector<float> cepstrum_of(const real::AudioParams& p) {
  std::vector<float> table(static_cast<size_t>(p.filters) + 1);
  if (p.block == real::AudioBlock::kMfcc) real::cepstrum_table(p.filters, table.data());
  return table;
}

/// Numbers of a plan in the order of AudioPlan, without its parameters, and bytes of scratch.
py::tuple audio_plan(const py::dict& params, int samples) {
  const real::AudioPlan plan = plan_of(params_of(params, samples));
  const py::tuple sizes = py::make_tuple(plan.length, plan.stride, plan.used, plan.frames, plan.columns);
  const py::tuple numbers =
      py::make_tuple(plan.gain, plan.offset, plan.per_octave, plan.per_neper, plan.rounding, plan.spread);
  return py::make_tuple(sizes, plan.emphasis, plan.shift, numbers, real::audio_scratch_bytes(plan));
}

/// Edges and weights of the filters, and the table of cepstrum(); empty where the block has none.
py::tuple audio_tables(const py::dict& params) {
  const real::AudioParams p = params_of(params, 1);
  const std::vector<int32_t> edges = edges_of(p);
  const auto array_of = [](const auto& values) {
    return py::array_t<std::decay_t<decltype(values[0])>>(static_cast<py::ssize_t>(values.size()), values.data());
  };
  const bool cepstra = p.block == real::AudioBlock::kMfcc;
  return py::make_tuple(array_of(edges), array_of(weights_of(edges)),
                        array_of(cepstra ? cepstrum_of(p) : std::vector<float>()));
}

/// windows [windows, samples] of float32; features [windows, frames * columns].
py::array_t<float> audio_features(const py::array& windows, const py::dict& params,
                                  const std::optional<std::string>& level, int threads) {
  if (!windows.dtype().is(py::dtype::of<float>()) || windows.ndim() != 2 || windows.shape(1) < 1 ||
      windows.shape(1) > kMaxSamples) {
    throw host::ShapeFault("audio: the array of windows is not float32 [windows, 1 to 2^24]");
  }
  const auto* const values =
      reinterpret_cast<const float*>(view_of(windows, "audio: the array of windows", false).data);
  const real::AudioParams p = params_of(params, static_cast<int32_t>(windows.shape(1)));
  host::signal::AudioCall call = {};
  call.plan = plan_of(p);
  const std::vector<int32_t> edges = edges_of(p);
  const bool keep_empty = params["keep_empty"].cast<bool>();
  if (!edges.empty() && !keep_empty && real::empty_filter(p.filters, edges.data()) >= 0) {
    throw host::ShapeFault("audio: a filter of the bank is empty");
  }
  const std::vector<float> cepstrum = cepstrum_of(p);
  const std::vector<float> weights = weights_of(edges);
  call.tables = {host::signal::cosines_of(p.fft_length), host::signal::wide_cosines_of(p.fft_length), edges.data(),
                 cepstrum.data(), weights.data()};
  const host::Level chosen = read_level(level).value_or(host::active_level());
  py::array_t<float> features({windows.shape(0), int64_t{call.plan.frames} * call.plan.columns});
  float* const target = features.mutable_data();
  const int64_t count = windows.shape(0);
  const int used = threads > 0 ? threads : host::default_threads();
  const py::gil_scoped_release release;
  host::signal::run_audio(call, values, count, target, chosen, used);
  return features;
}

}  // namespace

void bind_audio(py::module_& m) {
  m.def("audio_features", &audio_features, py::arg("windows"), py::arg("params"), py::arg("level") = py::none(),
        py::arg("threads") = 0);
  m.def("audio_framing", &audio_framing, py::arg("params"), py::arg("samples"));
  m.def("audio_plan", &audio_plan, py::arg("params"), py::arg("samples"));
  m.def("audio_tables", &audio_tables, py::arg("params"));
  m.def("mel_edges", &mel_edges, py::arg("params"));
}

}  // namespace edgetwin::bindings
