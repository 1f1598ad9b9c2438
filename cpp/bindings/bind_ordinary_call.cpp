// Model.run without Python's share of the work. For a model of a few hundred multiply-accumulates that share,
// pybind11's dispatcher included, is many times the model's own: hence a plain CPython function.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "host/level.hpp"
#include "host/plan.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

namespace {

/// One integer input, one output, no state and no array to write to. Whatever is not exactly that is declined, so that
/// the caller's full checks decide about it and say what is wrong.
class OrdinaryCall {
 public:
  OrdinaryCall(std::shared_ptr<host::Plan> plan, py::dtype input_dtype, std::vector<py::ssize_t> input_shape,
               py::dtype output_dtype, std::vector<py::ssize_t> output_shape, int threads)
      : plan_(std::move(plan)),
        input_dtype_(std::move(input_dtype)),
        output_dtype_(std::move(output_dtype)),
        input_shape_(std::move(input_shape)),
        output_shape_(std::move(output_shape)),
        few_samples_(kLittleWork / std::max<int64_t>(plan_->touched_bytes(), 1)),
        threads_(threads) {
    if (plan_->input_bytes().size() != 1 || plan_->output_bytes().size() != 1 || input_shape_.size() >= kMostAxes ||
        output_shape_.size() >= kMostAxes || !fills(input_dtype_, input_shape_, plan_->input_bytes()[0]) ||
        !fills(output_dtype_, output_shape_, plan_->output_bytes()[0])) {
      throw host::ShapeFault("the plan does not take one input and one output of these shapes");
    }
  }

  /// The output for one sample or for n samples on a new first axis; None where `object` is anything but an aligned,
  /// C-contiguous array of exactly the input's dtype and shape, or where another level than the plan's is in use.
  [[nodiscard]] py::object run(PyObject* object) const {
    if (plan_->level() && *plan_->level() != host::active_level()) return py::none();
    const auto& numpy = py::detail::npy_api::get();
    if (Py_TYPE(object) != numpy.PyArray_Type_) return py::none();
    const auto* array = py::detail::array_proxy(object);
    constexpr int needed = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
    const py::ssize_t extra = array->nd - static_cast<py::ssize_t>(input_shape_.size());
    if (array->descr != input_dtype_.ptr() || (array->flags & needed) != needed || (extra != 0 && extra != 1) ||
        !std::equal(input_shape_.begin(), input_shape_.end(), array->dimensions + extra)) {
      return py::none();
    }
    const int64_t samples = extra == 1 ? array->dimensions[0] : 1;
    py::ssize_t shape[kMostAxes + 1] = {samples};
    std::copy(output_shape_.begin(), output_shape_.end(), shape + extra);
    output_dtype_.inc_ref();  // stolen by the call
    auto result = py::reinterpret_steal<py::object>(numpy.PyArray_NewFromDescr_(
        numpy.PyArray_Type_, output_dtype_.ptr(), static_cast<int>(output_shape_.size()) + static_cast<int>(extra),
        shape, nullptr, nullptr, 0, nullptr));
    if (!result) throw py::error_already_set();
    const host::SampleArray input = {reinterpret_cast<std::byte*>(array->data), plan_->input_bytes()[0]};
    const host::SampleArray output = {reinterpret_cast<std::byte*>(py::detail::array_proxy(result.ptr())->data),
                                      plan_->output_bytes()[0]};
    const int threads = samples > 1 && threads_ == 0 ? host::default_threads() : threads_;
    // Letting go of the GIL and taking it back costs as much as a model of a few hundred bytes computes.
    std::optional<py::gil_scoped_release_simple> release;
    if (samples > few_samples_) release.emplace();
    plan_->run(samples, &input, &output, {nullptr, 0}, threads);
    release.reset();
    return result;
  }

 private:
  static constexpr size_t kMostAxes = 16;
  static constexpr int64_t kLittleWork = 4096;  // bytes touched

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

  std::shared_ptr<host::Plan> plan_;
  py::dtype input_dtype_, output_dtype_;
  std::vector<py::ssize_t> input_shape_, output_shape_;
  int64_t few_samples_;  ///< up to so many are done before another thread could take the GIL
  int threads_;
};

constexpr const char* kCapsuleName = "edgetwin._core.ordinary_call";

PyObject* call(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  try {
    if (count != 3 || !PyTuple_CheckExact(arguments[0])) throw py::type_error("takes (inputs: tuple, state, out)");
    if (arguments[1] != Py_None || arguments[2] != Py_None || PyTuple_GET_SIZE(arguments[0]) != 1) Py_RETURN_NONE;
    const auto* ordinary = static_cast<const OrdinaryCall*>(PyCapsule_GetPointer(self, kCapsuleName));
    return ordinary->run(PyTuple_GET_ITEM(arguments[0], 0)).release().ptr();
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

py::object ordinary_call(std::shared_ptr<host::Plan> plan, const py::dtype& input_dtype,
                         const std::vector<py::ssize_t>& input_shape, const py::dtype& output_dtype,
                         const std::vector<py::ssize_t>& output_shape, int threads) {
  static PyMethodDef definition = {"ordinary_call", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&call)),
                                   METH_FASTCALL, "(inputs, state, out) -> ndarray, or None where it declines"};
  auto held =
      std::make_unique<OrdinaryCall>(std::move(plan), input_dtype, input_shape, output_dtype, output_shape, threads);
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
        py::arg("output_dtype"), py::arg("output_shape"), py::arg("threads"));
}

}  // namespace edgetwin::bindings
