#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "edgetwin/quantize.hpp"
#include "host/signal/windows.hpp"
#include "host/signal/windows_stream.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

namespace {

/// The first value of an array of this dtype and shape; a length of -1 is any.
template <class Value>
Value* values_of(const py::array& array, std::initializer_list<int64_t> shape, const std::string& what, bool writable) {
  const ArrayView view = view_of(array, what, writable);
  bool fits = array.dtype().is(py::dtype::of<Value>()) && array.ndim() == static_cast<py::ssize_t>(shape.size());
  py::ssize_t axis = 0;
  for (const int64_t length : shape) {
    fits = fits && (length < 0 || array.shape(axis) == length);
    ++axis;
  }
  if (!fits) throw host::ShapeFault(what + " has another dtype or shape");
  return static_cast<Value*>(static_cast<void*>(view.data));
}

/// The place of a NaN among the values in windows, or -1.
int64_t windows_to_int8(const py::array& values, int64_t length, int64_t hop, float scale, int32_t zero_point,
                        const py::array& codes, const std::optional<std::string>& level) {
  const std::string what = "windows_to_int8: ";
  if (values.ndim() != 2 || codes.ndim() != 2) throw host::ShapeFault(what + "arrays without two dimensions");
  const int64_t samples = values.shape(0), axes = values.shape(1), count = codes.shape(0);
  const int64_t most = std::numeric_limits<int32_t>::max();
  if (length < 1 || hop < 1 || length > most || hop > most || !fits_int32(length, axes)) {
    throw host::ShapeFault(what + "a length or hop is out of range");
  }
  if (count > 0 && (count - 1) * hop >= samples) throw host::ShapeFault(what + "a window begins behind the signal");
  const QuantizeParams params = {1, scale, zero_point};
  if (quantize_check<int8_t>(params) != Status::kOk) throw host::QuantizationFault(what + "scale or zero point");
  const float* const from = values_of<float>(values, {samples, axes}, what + "the signal", false);
  int8_t* const to = values_of<int8_t>(codes, {count, length * axes}, what + "the array of codes", true);
  const host::Level chosen = read_level(level).value_or(host::active_level());
  const py::gil_scoped_release release;
  return host::signal::windows_to_int8({samples, count, length, hop, axes}, from, scale, zero_point, to, chosen);
}

template <class Value>
void bind_stream(py::module_& m, const char* name) {
  using Stream = host::signal::WindowStream<Value>;
  py::class_<Stream>(m, name)
      .def(py::init([](int32_t length, int32_t hop, int32_t axes, Value padding) {
             const WindowParams params = {length, hop, axes};
             const Status status = window_check(params);
             if (status != Status::kOk)
               throw host::ShapeFault(std::string("a stream's windows: ") + status_name(status));
             return std::make_unique<Stream>(params, padding);
           }),
           py::arg("length"), py::arg("hop"), py::arg("axes"), py::arg("padding"))
      .def("capacity", &Stream::capacity, py::arg("count"))
      .def(
          "push",
          [](Stream& stream, const py::array& samples, const py::array& windows) {
            const WindowParams& p = stream.params();
            const Value* const from = values_of<Value>(samples, {-1, p.axes}, "the samples", false);
            const int64_t count = samples.shape(0);
            Value* const to =
                values_of<Value>(windows, {stream.capacity(count), p.length, p.axes}, "the windows", true);
            const py::gil_scoped_release release;
            return stream.push(from, count, to);
          },
          py::arg("samples"), py::arg("windows"))
      .def(
          "finish",
          [](Stream& stream, const py::array& window) {
            const WindowParams& p = stream.params();
            Value* const to = values_of<Value>(window, {p.length, p.axes}, "the window", true);
            const py::gil_scoped_release release;
            return stream.finish(to);
          },
          py::arg("window"));
}

}  // namespace

void bind_windows(py::module_& m) {
  m.def("windows_to_int8", &windows_to_int8, py::arg("values"), py::arg("length"), py::arg("hop"), py::arg("scale"),
        py::arg("zero_point"), py::arg("codes"), py::arg("level") = py::none());
  bind_stream<float>(m, "FloatWindows");
  bind_stream<int8_t>(m, "CodeWindows");
}

}  // namespace edgetwin::bindings
