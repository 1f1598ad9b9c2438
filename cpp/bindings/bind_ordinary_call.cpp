// Model.run without Python's share of the work. For a model of a few hundred multiply-accumulates that share,
// pybind11's dispatcher included, is many times the model's own: hence a plain CPython function.
#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <tuple>
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

/// An input or output: arrays of one sample have this shape.
struct Port {
  py::dtype dtype;
  std::vector<py::ssize_t> shape;
  bool shared;  ///< one array serves all samples
};

/// Inputs whose values need no look, outputs, this model's state or none. Whatever is not exactly that is declined, so
/// that the caller's full checks decide about it and say what is wrong.
class OrdinaryCall {
 public:
  OrdinaryCall(std::shared_ptr<host::Executor> executor, std::vector<Port> inputs, std::vector<Port> outputs,
               int threads, py::object state_layout)
      : executor_(std::move(executor)),
        inputs_(std::move(inputs)),
        outputs_(std::move(outputs)),
        threads_(threads),
        state_layout_(std::move(state_layout)) {
    const host::Plan& plan = executor_->plan();
    if (!fill(inputs_, plan.input_bytes()) || !fill(outputs_, plan.output_bytes()) || outputs_.empty()) {
      throw host::ShapeFault("the plan does not take inputs and outputs of these shapes");
    }
  }

  /// The most inputs, and the most outputs, that a call takes.
  static constexpr size_t kMostPorts = 16;

  /// The output for one sample or for n samples on a new first axis, or a tuple of several outputs: `out`, or new
  /// arrays where that is None. None where `given` is anything but aligned, C-contiguous arrays of exactly the inputs'
  /// dtypes and shapes, likewise `out`, where they overlap, where `state` is not of this model and for n samples, or
  /// where another level than the plan's is in use.
  [[nodiscard]] py::object run(PyObject* given, PyObject* state, PyObject* out) const {
    const host::Plan& plan = executor_->plan();
    if (plan.level() && *plan.level() != host::active_level()) return py::none();
    if (static_cast<size_t>(PyTuple_GET_SIZE(given)) != inputs_.size()) return py::none();
    host::SampleArray from[kMostPorts], to[kMostPorts];
    Batch batch;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      PyObject* const array = PyTuple_GET_ITEM(given, static_cast<py::ssize_t>(i));
      if (!take_input(inputs_[i], array, plan.input_bytes()[i], batch, from[i])) return py::none();
    }
    py::object state_data;  // kept alive
    host::SampleArray sequences = {nullptr, 0};
    if (state != Py_None) {
      state_data = state_array(state, batch.samples);
      if (!state_data) return py::none();
      sequences = {reinterpret_cast<std::byte*>(py::detail::array_proxy(state_data.ptr())->data), plan.state_bytes()};
    }
    py::object result = results(batch, out, from, to);
    if (result.is_none()) return result;
    if (executor_->is_brief(batch.samples)) {
      // Letting go of the GIL and taking it back would cost as much as a small model.
      executor_->run(batch.samples, from, to, sequences, 1, [] { return false; });
    } else {
      const int threads = batch.samples > 1 && threads_ == 0 ? host::default_threads() : threads_;
      ReleasedGil released;
      executor_->run(batch.samples, from, to, sequences, threads, [&released] { return released.signal_raised(); });
    }
    return result;
  }

 private:
  static constexpr size_t kMostAxes = 16;
  /// Whether larger results fit into memory is a question for the full checks.
  static constexpr int64_t kMostBytes = std::numeric_limits<int32_t>::max();

  /// What the inputs say of the samples; without any that has a batch axis it is one.
  struct Batch {
    int64_t samples = 1;
    py::ssize_t axes = 0;  ///< 1 where samples have an axis of their own
    bool known = false;
  };

  /// Whether `object` is an array, not of a subclass, of this very dtype, aligned and C-contiguous.
  [[nodiscard]] static bool is_plain(PyObject* object, const py::dtype& dtype) {
    if (Py_TYPE(object) != py::detail::npy_api::get().PyArray_Type_) return false;
    constexpr int needed = py::array::c_style | py::detail::npy_api::NPY_ARRAY_ALIGNED_;
    const auto* array = py::detail::array_proxy(object);
    return array->descr == dtype.ptr() && (array->flags & needed) == needed;
  }

  /// Whether `object` can be this input, of as many samples as those before it.
  [[nodiscard]] static bool take_input(const Port& port, PyObject* object, int64_t bytes, Batch& batch,
                                       host::SampleArray& taken) {
    if (!is_plain(object, port.dtype)) return false;
    const auto* input = py::detail::array_proxy(object);
    const py::ssize_t axes = input->nd - static_cast<py::ssize_t>(port.shape.size());
    if ((axes != 0 && (axes != 1 || port.shared)) ||
        !std::equal(port.shape.begin(), port.shape.end(), input->dimensions + axes)) {
      return false;
    }
    taken = {reinterpret_cast<std::byte*>(input->data), port.shared ? 0 : bytes};
    if (port.shared) return true;
    const int64_t samples = axes == 1 ? input->dimensions[0] : 1;
    if (batch.known) return batch.axes == axes && batch.samples == samples;
    batch = {samples, axes, true};
    return true;
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

  /// What run() returns, before it is computed; `to` are its arrays.
  [[nodiscard]] py::object results(const Batch& batch, PyObject* out, const host::SampleArray* from,
                                   host::SampleArray* to) const {
    if (outputs_.size() == 1) return result_array(0, batch, out, from, to);
    const bool is_tuple = PyTuple_CheckExact(out);
    if (out != Py_None && (!is_tuple || static_cast<size_t>(PyTuple_GET_SIZE(out)) != outputs_.size())) {
      return py::none();
    }
    py::tuple made(outputs_.size());
    for (size_t i = 0; i < outputs_.size(); ++i) {
      PyObject* const one = is_tuple ? PyTuple_GET_ITEM(out, static_cast<py::ssize_t>(i)) : out;
      if (is_tuple && one == Py_None) return py::none();
      py::object array = result_array(i, batch, one, from, to);
      if (array.is_none()) return array;
      PyTuple_SET_ITEM(made.ptr(), static_cast<py::ssize_t>(i), array.release().ptr());
    }
    return std::move(made);
  }

  /// `out` if it takes output `i` of so many samples, or a new array where it is None; None where neither is to be had.
  /// Sets to[i]; those before it are set.
  [[nodiscard]] py::object result_array(size_t i, const Batch& batch, PyObject* out, const host::SampleArray* from,
                                        host::SampleArray* to) const {
    const Port& port = outputs_[i];
    py::ssize_t shape[kMostAxes + 1] = {batch.samples};
    std::copy(port.shape.begin(), port.shape.end(), shape + batch.axes);
    const auto axes = static_cast<py::ssize_t>(port.shape.size()) + batch.axes;
    const int64_t sample_bytes = executor_->plan().output_bytes()[i];
    py::object result;
    if (out == Py_None) {
      if (batch.samples > kMostBytes / sample_bytes) return py::none();
      const auto& numpy = py::detail::npy_api::get();
      port.dtype.inc_ref();  // stolen by the call
      result = py::reinterpret_steal<py::object>(numpy.PyArray_NewFromDescr_(
          numpy.PyArray_Type_, port.dtype.ptr(), static_cast<int>(axes), shape, nullptr, nullptr, 0, nullptr));
      if (!result) throw py::error_already_set();
    } else {
      if (!is_plain(out, port.dtype)) return py::none();
      const auto* array = py::detail::array_proxy(out);
      if ((array->flags & py::detail::npy_api::NPY_ARRAY_WRITEABLE_) == 0 || array->nd != axes ||
          !std::equal(shape, shape + axes, array->dimensions)) {
        return py::none();
      }
      result = py::reinterpret_borrow<py::object>(out);
    }
    to[i] = {reinterpret_cast<std::byte*>(py::detail::array_proxy(result.ptr())->data), sample_bytes};
    return out == Py_None || !overlaps(i, batch.samples, from, to) ? result : py::none();
  }

  /// Whether output `i` shares memory with an input or with an output before it.
  [[nodiscard]] bool overlaps(size_t i, int64_t samples, const host::SampleArray* from,
                              const host::SampleArray* to) const {
    const std::less<const std::byte*> before;
    const auto meets = [&](const host::SampleArray& other, int64_t bytes) {
      return before(to[i].data, other.data + bytes) && before(other.data, to[i].data + samples * to[i].stride);
    };
    for (size_t j = 0; j < inputs_.size(); ++j) {
      if (meets(from[j], (inputs_[j].shared ? 1 : samples) * executor_->plan().input_bytes()[j])) return true;
    }
    for (size_t j = 0; j < i; ++j) {
      if (meets(to[j], samples * to[j].stride)) return true;
    }
    return false;
  }

  /// Whether arrays of these ports have exactly the bytes that the plan needs, at least one each.
  [[nodiscard]] static bool fill(const std::vector<Port>& ports, const std::vector<int64_t>& bytes) {
    return ports.size() == bytes.size() && ports.size() <= kMostPorts &&
           std::equal(ports.begin(), ports.end(), bytes.begin(), [](const Port& port, int64_t needed) {
             int64_t rest = needed;
             const auto divide = [&](int64_t factor) {
               if (factor < 1 || rest % factor != 0) return false;
               rest /= factor;
               return true;
             };
             return needed > 0 && port.shape.size() < kMostAxes && !holds_objects(port.dtype) &&
                    divide(port.dtype.itemsize()) && std::all_of(port.shape.begin(), port.shape.end(), divide) &&
                    rest == 1;
           });
  }

  std::shared_ptr<host::Executor> executor_;
  std::vector<Port> inputs_, outputs_;
  int threads_;
  /// What a state refers to that this model made, and the names of that and of its bytes.
  py::object state_layout_;
  py::str layout_name_{"_layout"}, data_name_{"_data"};
  py::dtype state_dtype_ = py::dtype::of<uint8_t>();
};

PyObject* call(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  try {
    if (count != 3 || !PyTuple_CheckExact(arguments[0])) throw py::type_error("takes (inputs: tuple, state, out)");
    const auto* ordinary = static_cast<const OrdinaryCall*>(PyCapsule_GetPointer(self, nullptr));
    return ordinary->run(arguments[0], arguments[1], arguments[2]).release().ptr();
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

using PortTuple = std::tuple<py::dtype, std::vector<py::ssize_t>, bool>;

std::vector<Port> ports_of(const std::vector<PortTuple>& given) {
  std::vector<Port> ports;
  for (const auto& [dtype, shape, shared] : given) ports.push_back({dtype, shape, shared});
  return ports;
}

py::object ordinary_call(std::shared_ptr<host::Executor> plan, const std::vector<PortTuple>& inputs,
                         const std::vector<PortTuple>& outputs, int threads, const py::object& state_layout) {
  static PyMethodDef definition = {"ordinary_call", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&call)),
                                   METH_FASTCALL,
                                   "(inputs, state, out) -> ndarray or tuple of them, or None where it declines"};
  if (std::max(inputs.size(), outputs.size()) > OrdinaryCall::kMostPorts) return py::none();
  auto held =
      std::make_unique<OrdinaryCall>(std::move(plan), ports_of(inputs), ports_of(outputs), threads, state_layout);
  // Without a name, which each call would compare: only the function has it.
  const py::capsule self(held.get(), nullptr, [](PyObject* capsule) {
    delete static_cast<OrdinaryCall*>(PyCapsule_GetPointer(capsule, nullptr));
  });
  static_cast<void>(held.release());
  auto function = py::reinterpret_steal<py::object>(PyCFunction_NewEx(&definition, self.ptr(), nullptr));
  if (!function) throw py::error_already_set();
  return function;
}

}  // namespace

void bind_ordinary_call(py::module_& m) {
  m.def("ordinary_call", &ordinary_call, py::arg("plan"), py::arg("inputs"), py::arg("outputs"), py::arg("threads"),
        py::arg("state_layout") = py::none());
}

}  // namespace edgetwin::bindings
