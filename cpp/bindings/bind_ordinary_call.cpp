// Model.run without Python's share of the work. For a model of a few hundred multiply-accumulates that share,
// pybind11's dispatcher included, is many times the model's own: hence a plain CPython function.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "bindings/released_gil.hpp"
#include "host/executor.hpp"
#include "host/level.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

namespace {

/// One input whose values need no look, one output, this model's state or none. Whatever is not exactly that is
/// declined, so that the caller's full checks decide about it and say what is wrong.
class OrdinaryCall {
 public:
  OrdinaryCall(std::shared_ptr<host::Executor> executor, py::dtype input_dtype, std::vector<py::ssize_t> input_shape,
               py::dtype output_dtype, std::vector<py::ssize_t> output_shape, int threads, py::object state_layout)
      : executor_(std::move(executor)),
        input_dtype_(std::move(input_dtype)),
        output_dtype_(std::move(output_dtype)),
        input_shape_(std::move(input_shape)),
        output_shape_(std::move(output_shape)),
        threads_(threads),
        state_layout_(std::move(state_layout)) {
    const host::Plan& plan = executor_->plan();
    if (plan.input_bytes().size() != 1 || plan.output_bytes().size() != 1 || input_shape_.size() >= kMostAxes ||
        output_shape_.size() >= kMostAxes || !fills(input_dtype_, input_shape_, plan.input_bytes()[0]) ||
        !fills(output_dtype_, output_shape_, plan.output_bytes()[0])) {
      throw host::ShapeFault("the plan does not take one input and one output of these shapes");
    }
  }

  /// The output for one sample or for n samples on a new first axis: `out`, or a new array where that is None. None
  /// where `given` is anything but an aligned, C-contiguous array of exactly the input's dtype and shape, likewise
  /// `out`, where they overlap, where `state` is not of this model and for n samples, or where another level than the
  /// plan's is in use.
  [[nodiscard]] py::object run(PyObject* given, PyObject* state, PyObject* out) const {
    const host::Plan& plan = executor_->plan();
    if (plan.level() && *plan.level() != host::active_level()) return py::none();
    if (!is_plain(given, input_dtype_)) return py::none();
    const auto* input = py::detail::array_proxy(given);
    const py::ssize_t extra = input->nd - static_cast<py::ssize_t>(input_shape_.size());
    if ((extra != 0 && extra != 1) ||
        !std::equal(input_shape_.begin(), input_shape_.end(), input->dimensions + extra)) {
      return py::none();
    }
    const int64_t samples = extra == 1 ? input->dimensions[0] : 1;
    const host::SampleArray from = {reinterpret_cast<std::byte*>(input->data), plan.input_bytes()[0]};
    py::object state_data;  // kept alive
    host::SampleArray sequences = {nullptr, 0};
    if (state != Py_None) {
      state_data = state_array(state, samples);
      if (!state_data) return py::none();
      sequences = {reinterpret_cast<std::byte*>(py::detail::array_proxy(state_data.ptr())->data), plan.state_bytes()};
    }
    py::object result = result_array(samples, extra, out, from);
    if (result.is_none()) return result;
    const host::SampleArray to = {reinterpret_cast<std::byte*>(py::detail::array_proxy(result.ptr())->data),
                                  plan.output_bytes()[0]};
    if (executor_->is_brief(samples)) {
      // Letting go of the GIL and taking it back would cost as much as a small model.
      executor_->run(samples, &from, &to, sequences, 1, [] { return false; });
    } else {
      const int threads = samples > 1 && threads_ == 0 ? host::default_threads() : threads_;
      ReleasedGil released;
      executor_->run(samples, &from, &to, sequences, threads, [&released] { return released.signal_raised(); });
    }
    return result;
  }

 private:
  static constexpr size_t kMostAxes = 16;
  /// Whether larger results fit into memory is a question for the full checks.
  static constexpr int64_t kMostBytes = std::numeric_limits<int32_t>::max();

  /// Whether `object` is an array, not of a subclass, of this very dtype, aligned and C-contiguous.
  [[nodiscard]] static bool is_plain(PyObject* object, const py::dtype& dtype) {
    if (Py_TYPE(object) != py::detail::npy_api::get().PyArray_Type_) return false;
    constexpr int needed = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
    const auto* array = py::detail::array_proxy(object);
    return array->descr == dtype.ptr() && (array->flags & needed) == needed;
  }

  /// The bytes of a state of `samples` sequences that this model made; null for any other object.
  [[nodiscard]] py::object state_array(PyObject* state, int64_t samples) const {
    if (state_layout_.is_none() || py::getattr(state, layout_name_, py::none()).ptr() != state_layout_.ptr()) return {};
    py::object data = py::getattr(state, data_name_, py::none());
    if (!is_plain(data.ptr(), state_dtype_)) return {};
    const auto* array = py::detail::array_proxy(data.ptr());
    const bool fits = array->nd == 2 && array->dimensions[0] == samples &&
                      array->dimensions[1] == executor_->plan().state_bytes() &&
                      (array->flags & py::detail::npy_api::NPY_ARRAY_WRITEABLE_) != 0;
    return fits ? data : py::object();
  }

  /// `out` if it takes the output of so many samples, or a new array where it is None; None where neither is to be had.
  [[nodiscard]] py::object result_array(int64_t samples, py::ssize_t extra, PyObject* out,
                                        const host::SampleArray& input) const {
    py::ssize_t shape[kMostAxes + 1] = {samples};
    std::copy(output_shape_.begin(), output_shape_.end(), shape + extra);
    const auto axes = static_cast<py::ssize_t>(output_shape_.size()) + extra;
    const int64_t sample_bytes = executor_->plan().output_bytes()[0];
    if (out == Py_None) {
      if (samples > kMostBytes / sample_bytes) return py::none();
      const auto& numpy = py::detail::npy_api::get();
      output_dtype_.inc_ref();  // stolen by the call
      auto made = py::reinterpret_steal<py::object>(numpy.PyArray_NewFromDescr_(
          numpy.PyArray_Type_, output_dtype_.ptr(), static_cast<int>(axes), shape, nullptr, nullptr, 0, nullptr));
      if (!made) throw py::error_already_set();
      return made;
    }
    if (!is_plain(out, output_dtype_)) return py::none();
    const auto* array = py::detail::array_proxy(out);
    const auto* data = reinterpret_cast<const std::byte*>(array->data);
    const std::less<const std::byte*> before;
    const bool overlap =
        before(data, input.data + samples * input.stride) && before(input.data, data + samples * sample_bytes);
    if ((array->flags & py::detail::npy_api::NPY_ARRAY_WRITEABLE_) == 0 || array->nd != axes || overlap ||
        !std::equal(shape, shape + axes, array->dimensions)) {
      return py::none();
    }
    return py::reinterpret_borrow<py::object>(out);
  }

  /// Whether numbers of this dtype and shape have exactly `bytes` bytes, at least one.
  [[nodiscard]] static bool fills(const py::dtype& dtype, const std::vector<py::ssize_t>& shape, int64_t bytes) {
    int64_t rest = bytes;
    const auto divide = [&](int64_t factor) {
      if (factor < 1 || rest % factor != 0) return false;
      rest /= factor;
      return true;
    };
    return bytes > 0 && !holds_objects(dtype) && divide(dtype.itemsize()) &&
           std::all_of(shape.begin(), shape.end(), divide) && rest == 1;
  }

  std::shared_ptr<host::Executor> executor_;
  py::dtype input_dtype_, output_dtype_;
  std::vector<py::ssize_t> input_shape_, output_shape_;
  int threads_;
  /// What a state refers to that this model made, and the names of that and of its bytes.
  py::object state_layout_;
  py::str layout_name_{"_layout"}, data_name_{"_data"};
  py::dtype state_dtype_ = py::dtype::of<uint8_t>();
};

constexpr const char* kCapsuleName = "edgetwin._core.ordinary_call";

PyObject* call(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  try {
    if (count != 3 || !PyTuple_CheckExact(arguments[0])) throw py::type_error("takes (inputs: tuple, state, out)");
    if (PyTuple_GET_SIZE(arguments[0]) != 1) Py_RETURN_NONE;
    const auto* ordinary = static_cast<const OrdinaryCall*>(PyCapsule_GetPointer(self, kCapsuleName));
    return ordinary->run(PyTuple_GET_ITEM(arguments[0], 0), arguments[1], arguments[2]).release().ptr();
  } catch (const host::Interrupted&) {
    // The handler's exception is set.
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const py::builtin_exception& error) {
    error.set_error();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  return nullptr;
}

py::object ordinary_call(std::shared_ptr<host::Executor> plan, const py::dtype& input_dtype,
                         const std::vector<py::ssize_t>& input_shape, const py::dtype& output_dtype,
                         const std::vector<py::ssize_t>& output_shape, int threads, const py::object& state_layout) {
  static PyMethodDef definition = {"ordinary_call", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&call)),
                                   METH_FASTCALL, "(inputs, state, out) -> ndarray, or None where it declines"};
  auto held = std::make_unique<OrdinaryCall>(std::move(plan), input_dtype, input_shape, output_dtype, output_shape,
                                             threads, state_layout);
  const py::capsule self(held.get(), kCapsuleName, [](PyObject* capsule) {
    delete static_cast<OrdinaryCall*>(PyCapsule_GetPointer(capsule, kCapsuleName));
  });
  static_cast<void>(held.release());
  auto function = py::reinterpret_steal<py::object>(PyCFunction_NewEx(&definition, self.ptr(), nullptr));
  if (!function) throw py::error_already_set();
  return function;
}

}  // namespace

void bind_ordinary_call(py::module_& m) {
  m.def("ordinary_call", &ordinary_call, py::arg("plan"), py::arg("input_dtype"), py::arg("input_shape"),
        py::arg("output_dtype"), py::arg("output_shape"), py::arg("threads"), py::arg("state_layout") = py::none());
}

}  // namespace edgetwin::bindings
