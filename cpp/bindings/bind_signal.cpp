#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <optional>
#include <string>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "edgetwin/features_image.hpp"
#include "host/signal/blocks.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

namespace {

constexpr int64_t kMaxWindowValues = int64_t{1} << 24;

/// A batch of windows: float32, C-contiguous, [windows, samples, axes], each dimension checked.
struct Batch {
  const float* values;
  int64_t count;
  int32_t samples, axes;
};

Batch batch_of(const py::array& array, const char* block) {
  const std::string what = std::string(block) + ": the array of windows";
  if (!array.dtype().is(py::dtype::of<float>()) || array.ndim() != 3) {
    throw host::ShapeFault(what + " is not float32 of three dimensions");
  }
  const ArrayView view = view_of(array, what, false);
  const int64_t samples = array.shape(1), axes = array.shape(2);
  if (samples < 1 || axes < 1 || samples > kMaxWindowValues / axes) {
    throw host::ShapeFault(what + " holds windows of " + std::to_string(samples) + " x " + std::to_string(axes) +
                           " values, accepted are 1 to 2^24 values");
  }
  return {reinterpret_cast<const float*>(view.data), array.shape(0), static_cast<int32_t>(samples),
          static_cast<int32_t>(axes)};
}

host::Level level_or_active(const std::optional<std::string>& name) {
  return read_level(name).value_or(host::active_level());
}

template <class Block>
py::array_t<float> features_of(const Block& block, const Batch& batch, const std::optional<std::string>& level,
                               int threads) {
  const host::Level chosen = level_or_active(level);
  py::array_t<float> features({batch.count, int64_t{batch.axes} * (block.count() + block.low_count())});
  float* const target = features.mutable_data();
  const int used = threads > 0 ? threads : host::default_threads();
  const py::gil_scoped_release release;
  host::signal::run_block(block, batch.values, batch.count, batch.samples, batch.axes, target, chosen, used);
  return features;
}

[[noreturn]] void refuse(const char* block, Status status) {
  throw host::ShapeFault(std::string(block) + ": " + status_name(status));
}

/// The plan for windows of `samples` x `axes` values.
real::SpectralPlan spectral_plan_of(const py::dict& given, int32_t samples, int32_t axes) {
  const auto value = [&](const char* name) { return given[name]; };
  real::SpectralParams p = {};
  p.version = value("version").cast<int32_t>();
  p.samples = samples;
  p.axes = axes;
  p.fft_length = value("fft_length").cast<int32_t>();
  p.decimation = value("decimation").cast<int32_t>();
  p.filter = static_cast<real::SpectralFilter>(value("filter").cast<int32_t>());
  p.filter_order = value("filter_order").cast<int32_t>();
  p.overlap = value("overlap").cast<bool>();
  p.logarithm = value("logarithm").cast<bool>();
  p.low_frequencies = value("low_frequencies").cast<bool>();
  p.scale = value("scale").cast<float>();
  p.cutoff_hz = value("cutoff_hz").cast<double>();
  p.rate_hz = value("rate_hz").cast<double>();
  real::SpectralPlan plan;
  const Status status = real::spectral_plan(p, &plan);
  if (status != Status::kOk) refuse("spectral_analysis", status);
  return plan;
}

py::array_t<float> spectral_features(const py::array& windows, const py::dict& params,
                                     const std::optional<std::string>& level, int threads) {
  const Batch batch = batch_of(windows, "spectral_analysis");
  const real::SpectralPlan plan = spectral_plan_of(params, batch.samples, batch.axes);
  const host::signal::SpectralBlock block = {plan, host::signal::cosines_of(plan.params.fft_length)};
  return features_of(block, batch, level, threads);
}

py::array_t<float> flatten_features(const py::array& windows, int statistics, float scale,
                                    const std::optional<std::string>& level, int threads) {
  const Batch batch = batch_of(windows, "flatten");
  return features_of(host::signal::FlattenBlock{{batch.samples, batch.axes, statistics, scale}}, batch, level, threads);
}

py::array_t<float> raw_features(const py::array& windows, float scale) {
  const Batch batch = batch_of(windows, "raw");
  const int32_t size = batch.samples * batch.axes;
  py::array_t<float> features({batch.count, int64_t{size}});
  float* const target = features.mutable_data();
  const py::gil_scoped_release release;
  for (int64_t i = 0; i < batch.count; ++i) real::raw_features(batch.values + i * size, size, scale, target + i * size);
  return features;
}

/// pixels [images, count, 3] of uint8.
py::array_t<float> image_features(const py::array& pixels, bool grayscale) {
  if (!pixels.dtype().is(py::dtype::of<uint8_t>()) || pixels.ndim() != 3 || pixels.shape(2) != 3 ||
      pixels.shape(1) < 1 || pixels.shape(1) > kMaxWindowValues) {
    throw host::ShapeFault("image: the array of pixels is not uint8 [images, 1 to 2^24, 3]");
  }
  const auto* const values =
      reinterpret_cast<const uint8_t*>(view_of(pixels, "image: the array of pixels", false).data);
  const int64_t images = pixels.shape(0), count = pixels.shape(1), width = grayscale ? count : 3 * count;
  py::array_t<float> features({images, width});
  float* const target = features.mutable_data();
  const py::gil_scoped_release release;
  const auto convert = grayscale ? real::grayscale_features : real::rgb_features;
  for (int64_t i = 0; i < images; ++i) convert(values + 3 * i * count, static_cast<int32_t>(count), target + i * width);
  return features;
}

/// First and last-but-one of the bins that features hold, without and with low frequencies; 0, 0 where those are off.
py::tuple spectral_bins(const py::dict& params, int samples) {
  const real::SpectralPlan plan = spectral_plan_of(params, samples, 1);
  return py::make_tuple(plan.bins.first, plan.bins.end, plan.low_bins.first, plan.low_bins.end);
}

py::array_t<float> rows_of(const real::Section* sections, int32_t count) {
  py::array_t<float> rows({count, 5});
  for (int i = 0; i < count; ++i) {
    const real::Section& s = sections[i];
    const float row[] = {s.b0, s.b1, s.b2, s.a1, s.a2};
    for (int k = 0; k < 5; ++k) rows.mutable_at(i, k) = row[k];
  }
  return rows;
}

/// Stages of decimation, sections of the filter, bins of features and of low frequencies, features of an axis of both,
/// and values of scratch.
py::tuple spectral_plan(const py::dict& params, int samples, int axes) {
  const real::SpectralPlan plan = spectral_plan_of(params, samples, axes);
  return py::make_tuple(py::make_tuple(plan.stages[0], plan.stages[1], plan.stages[2]),
                        rows_of(plan.sections, plan.section_count),
                        py::make_tuple(plan.bins.first, plan.bins.end, plan.low_bins.first, plan.low_bins.end),
                        py::make_tuple(plan.count, plan.low_count), samples + real::spectral_scratch(plan));
}

/// Rows b0, b1, b2, a1, a2 of float32.
py::array_t<float> butterworth_sections(bool high, int order, double cutoff_hz, double rate_hz) {
  real::Section sections[real::kMaxSections];
  const Status status =
      real::butterworth(high ? real::Band::kHigh : real::Band::kLow, order, cutoff_hz, rate_hz, sections);
  if (status != Status::kOk) refuse("butterworth", status);
  return rows_of(sections, order / 2);
}

bool all_finite(const py::array& array) {
  if (!array.dtype().is(py::dtype::of<float>())) throw host::ShapeFault("all_finite: the array is not float32");
  const ArrayView view = view_of(array, "all_finite: the array", false);
  const py::gil_scoped_release release;
  return host::signal::all_finite(reinterpret_cast<const float*>(view.data), view.bytes / 4);
}

py::array_t<float> fft_table(int n) {
  const float* const cosines = host::signal::cosines_of(n);
  if (cosines == nullptr) throw host::ShapeFault("fft_table: " + std::to_string(n) + " is no length of a transform");
  return py::array_t<float>(n / 4 + 1, cosines);
}

}  // namespace

void bind_signal(py::module_& m) {
  const auto level = py::arg("level") = py::none();
  const auto threads = py::arg("threads") = 0;
  m.def("spectral_features", &spectral_features, py::arg("windows"), py::arg("params"), level, threads);
  m.def("flatten_features", &flatten_features, py::arg("windows"), py::arg("statistics"), py::arg("scale"), level,
        threads);
  m.def("raw_features", &raw_features, py::arg("windows"), py::arg("scale"));
  m.def("image_features", &image_features, py::arg("pixels"), py::arg("grayscale"));
  m.def("spectral_bins", &spectral_bins, py::arg("params"), py::arg("samples"));
  m.def("spectral_plan", &spectral_plan, py::arg("params"), py::arg("samples"), py::arg("axes"));
  m.def("butterworth_sections", &butterworth_sections, py::arg("high"), py::arg("order"), py::arg("cutoff_hz"),
        py::arg("rate_hz"));
  m.def("all_finite", &all_finite, py::arg("array"));
  m.def("fft_table", &fft_table, py::arg("n"));
}

}  // namespace edgetwin::bindings
