#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "bindings/released_gil.hpp"
#include "bindings/training_options.hpp"
#include "host/executor.hpp"
#include "host/thread_pool.hpp"
#include "host/training/network.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;
namespace training = host::training;

namespace {

using Shape = training::Shape;

std::unique_ptr<training::Network> make_network(const Shape& input,
                                                const std::vector<std::pair<std::string, py::dict>>& layers) {
  std::vector<training::LayerSpec> specs;
  for (const auto& [kind, options] : layers) {
    try {
      specs.push_back(layer_of(kind, options));
    } catch (const host::ShapeFault& fault) {
      throw host::ShapeFault("layer " + std::to_string(specs.size()) + ": " + fault.what());
    }
  }
  return std::make_unique<training::Network>(input, specs);
}

py::tuple tuple_of(const Shape& shape) { return py::tuple(py::cast(shape)); }

/// The first value of an array of this type and shape; -1 is any length.
template <class T>
T* values_of(const py::handle& object, const Shape& shape, const std::string& what, bool writable = false) {
  const ArrayView view = view_of(object, what, writable);
  const auto array = py::reinterpret_borrow<py::array>(object);
  bool fits = array.dtype().is(py::dtype::of<T>()) && array.ndim() == static_cast<py::ssize_t>(shape.size());
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    fits = shape[i] < 0 || array.shape(static_cast<py::ssize_t>(i)) == shape[i];
  }
  if (!fits) {
    const Shape got(array.shape(), array.shape() + array.ndim());
    throw host::ShapeFault(what + ": expected " + std::string(py::str(py::dtype::of<T>())) + " of shape " +
                           training::text_of(shape) + ", got " + std::string(py::str(array.dtype())) + " of shape " +
                           training::text_of(got));
  }
  return static_cast<T*>(static_cast<void*>(view.data));
}

Shape batch_of(int64_t samples, const Shape& shape) {
  Shape whole = {samples};
  whole.insert(whole.end(), shape.begin(), shape.end());
  return whole;
}

/// How many samples x has, of which there must be some.
int64_t samples_of(const training::Network& network, const py::array& x, const float*& inputs) {
  inputs = values_of<float>(x, batch_of(-1, network.layers().front()->input()), "x");
  if (x.shape(0) < 1) throw host::ShapeFault("x has no samples");
  return x.shape(0);
}

training::Means means_now() { return {&training::kernels_of(host::active_level()), host::default_threads()}; }

py::array_t<float> floats_of(const Shape& shape) { return py::array_t<float>(shape); }

/// Every layer's outputs, or the last one's.
std::vector<py::array_t<float>> run_forward(training::Network& network, const py::array& x, bool training,
                                            uint64_t seed, bool all) {
  const float* inputs = nullptr;
  const int64_t samples = samples_of(network, x, inputs);
  std::vector<py::array_t<float>> arrays;
  std::vector<float*> outputs;
  for (size_t l = all ? 0 : network.layers().size() - 1; l < network.layers().size(); ++l) {
    arrays.push_back(floats_of(batch_of(samples, network.layers()[l]->output())));
    outputs.push_back(arrays.back().mutable_data());
  }
  const training::Means means = means_now();
  const py::gil_scoped_release release;
  network.forward(means, inputs, samples, training, seed, all, outputs.data());
  return arrays;
}

training::Task task_of(const training::Network& network, const py::array& x, const py::array& y,
                       const py::object& weights, const std::string& loss, const py::dict& loss_options,
                       int64_t& samples) {
  training::Task task = {};
  samples = samples_of(network, x, task.inputs);
  task.loss = loss_of(loss, loss_options);
  const Shape& output = network.layers().back()->output();
  if (task.loss.kind == training::LossKind::kCrossEntropy) {
    if (!network.ends_with_softmax()) throw host::ShapeFault("cross_entropy: the last layer is not softmax");
    const Shape places(output.begin(), output.end() - 1);
    task.targets.classes = values_of<int64_t>(y, batch_of(samples, places), "y");
    const int64_t count = samples * training::size_of(places);
    for (int64_t i = 0; i < count; ++i) {
      const int64_t label = task.targets.classes[i];
      if (label >= 0 && label < output.back()) continue;
      throw host::ShapeFault("y[" + std::to_string(i) + "] is " + std::to_string(label) + ", classes are 0 to " +
                             std::to_string(output.back() - 1));
    }
  } else {
    task.targets.values = values_of<float>(y, batch_of(samples, output), "y");
  }
  if (!weights.is_none()) task.targets.weights = values_of<float>(weights, {samples}, "sample_weights");
  return task;
}

/// A copy of every parameter's gradient, zeros where it has none.
std::vector<py::array_t<float>> split_gradients(const training::Network& network, const float* all) {
  std::vector<py::array_t<float>> arrays;
  for (const auto& entry : network.parameters()) {
    arrays.push_back(floats_of(entry.parameter->shape));
    float* const to = arrays.back().mutable_data();
    const int64_t count = training::size_of(entry.parameter->shape);
    if (entry.gradient < 0) {
      std::fill_n(to, count, 0.0F);
    } else {
      std::copy_n(all + entry.gradient, count, to);
    }
  }
  return arrays;
}

py::tuple gradients(training::Network& network, const py::array& x, const py::array& y, const std::string& loss,
                    const py::dict& loss_options, const py::object& weights, bool training, uint64_t seed) {
  int64_t samples = 0;
  const training::Task task = task_of(network, x, y, weights, loss, loss_options, samples);
  const training::Means means = means_now();
  std::vector<float> all(static_cast<size_t>(network.gradient_floats()));
  double value = 0;
  {
    const py::gil_scoped_release release;
    value = network.gradients(means, task, samples, training, seed, all.data());
  }
  return py::make_tuple(value, split_gradients(network, all.data()));
}

std::vector<py::array_t<float>> backward(training::Network& network, const py::array& x, const py::list& activations,
                                         const py::array& output_gradient, const std::optional<py::list>& masks) {
  const float* inputs = nullptr;
  const int64_t samples = samples_of(network, x, inputs);
  const size_t layers = network.layers().size();
  if (activations.size() != layers || (masks && masks->size() != layers)) {
    throw host::ShapeFault("activations and masks have one entry for each of " + std::to_string(layers) + " layers");
  }
  std::vector<const float*> outputs;
  std::vector<const uint8_t*> mask_values(layers, nullptr);
  for (size_t l = 0; l < layers; ++l) {
    const Shape shape = batch_of(samples, network.layers()[l]->output());
    outputs.push_back(values_of<float>(activations[l], shape, "activations[" + std::to_string(l) + "]"));
    if (!masks || (*masks)[l].is_none()) continue;
    const bool* const mask = values_of<bool>((*masks)[l], shape, "masks[" + std::to_string(l) + "]");
    mask_values[l] = static_cast<const uint8_t*>(static_cast<const void*>(mask));
  }
  const float* const given =
      values_of<float>(output_gradient, batch_of(samples, network.layers().back()->output()), "output_gradient");
  const training::Means means = means_now();
  std::vector<float> all(static_cast<size_t>(network.gradient_floats()));
  {
    const py::gil_scoped_release release;
    network.backward(means, inputs, samples, outputs, given, mask_values, all.data());
  }
  return split_gradients(network, all.data());
}

/// Raises edgetwin.errors.TrainingError with the numbers of step and layer beside its message.
[[noreturn]] void raise_training_error(const training::TrainingFault& fault) {
  const py::object type = py::module_::import("edgetwin.errors").attr("TrainingError");
  const py::object error = type(fault.what());
  error.attr("step") = fault.step;
  error.attr("layer") = fault.layer;
  PyErr_SetObject(type.ptr(), error.ptr());
  throw py::error_already_set();
}

py::array_t<double> train(training::Network& network, const py::array& x, const py::array& y, const py::object& weights,
                          const py::array& order, int64_t batch, const std::string& loss, const py::dict& loss_options,
                          const py::dict& optimizer, const py::array& learning_rates, int64_t first_step,
                          uint64_t seed) {
  int64_t samples = 0;
  const training::Task task = task_of(network, x, y, weights, loss, loss_options, samples);
  training::Course course = {};
  course.optimizer = optimizer_of(optimizer);
  course.learning_rates = values_of<float>(learning_rates, {-1}, "learning_rates");
  course.steps = learning_rates.shape(0);
  course.batch = batch;
  if (batch < 1 || first_step < 0) throw host::ShapeFault("batch is positive, and first_step is not negative");
  if (course.steps > std::numeric_limits<int64_t>::max() / batch) throw host::ShapeFault("batch is too large");
  course.order = values_of<int64_t>(order, {course.steps * batch}, "order");
  for (int64_t i = 0; i < course.steps * batch; ++i) {
    if (course.order[i] >= 0 && course.order[i] < samples) continue;
    throw host::ShapeFault("order[" + std::to_string(i) + "] is " + std::to_string(course.order[i]) +
                           ", samples are 0 to " + std::to_string(samples - 1));
  }
  course.first_step = first_step;
  course.seed = seed;
  const training::Means means = means_now();
  py::array_t<double> losses(course.steps);
  double* const written = losses.mutable_data();
  try {
    ReleasedGil released;
    network.train(means, task, course, written, [&released] { return released.signal_raised(); });
  } catch (const host::Interrupted&) {
    throw py::error_already_set();
  } catch (const training::TrainingFault& fault) {
    raise_training_error(fault);
  }
  return losses;
}

size_t checked(const training::Network& network, int64_t parameter) {
  if (parameter < 0 || static_cast<size_t>(parameter) >= network.parameters().size()) {
    throw host::ShapeFault("parameter " + std::to_string(parameter) + ": there are " +
                           std::to_string(network.parameters().size()));
  }
  return static_cast<size_t>(parameter);
}

py::array_t<float> parameter(training::Network& network, int64_t number) {
  const size_t which = checked(network, number);
  py::array_t<float> array = floats_of(network.parameters()[which].parameter->shape);
  float* const values = array.mutable_data();
  const py::gil_scoped_release release;
  network.copy_parameter(which, values);
  return array;
}

void set_parameter(training::Network& network, int64_t number, const py::array& array) {
  const size_t which = checked(network, number);
  const training::Parameter& parameter = *network.parameters()[which].parameter;
  const float* const values = values_of<float>(array, parameter.shape, parameter.name);
  const py::gil_scoped_release release;
  network.set_parameter(which, values);
}

py::list parameters(const training::Network& network) {
  py::list list;
  for (const auto& entry : network.parameters()) {
    list.append(py::make_tuple(entry.layer, entry.parameter->name, tuple_of(entry.parameter->shape),
                               entry.parameter->trainable));
  }
  return list;
}

py::list output_shapes(const training::Network& network) {
  py::list list;
  for (const auto& layer : network.layers()) list.append(tuple_of(layer->output()));
  return list;
}

/// For each slot an array for every trainable parameter, slot after slot.
py::list optimizer_state(training::Network& network) {
  std::vector<std::vector<float>> state;
  {
    const py::gil_scoped_release release;
    state = network.state();
  }
  py::list list;
  for (const std::vector<float>& all : state) {
    const std::vector<py::array_t<float>> split = split_gradients(network, all.data());
    for (size_t i = 0; i < split.size(); ++i) {
      if (network.parameters()[i].gradient >= 0) list.append(split[i]);
    }
  }
  return list;
}

void set_optimizer_state(training::Network& network, const py::list& state) {
  std::vector<const training::Network::Entry*> trainable;
  for (const auto& entry : network.parameters()) {
    if (entry.gradient >= 0) trainable.push_back(&entry);
  }
  const size_t slots = trainable.empty() ? 0 : state.size() / trainable.size();
  if (slots > 2 || slots * trainable.size() != state.size()) {
    throw host::ShapeFault("an optimizer's state has 0, 1 or 2 arrays for each of " + std::to_string(trainable.size()) +
                           " trainable parameters, got " + std::to_string(state.size()));
  }
  std::vector<std::vector<float>> all(slots);
  for (size_t slot = 0; slot < slots; ++slot) {
    all[slot].resize(static_cast<size_t>(network.gradient_floats()));
    for (size_t i = 0; i < trainable.size(); ++i) {
      const size_t place = slot * trainable.size() + i;
      const Shape& shape = trainable[i]->parameter->shape;
      const float* const values = values_of<float>(state[place], shape, "state[" + std::to_string(place) + "]");
      std::copy_n(values, training::size_of(shape), all[slot].data() + trainable[i]->gradient);
    }
  }
  const py::gil_scoped_release release;
  network.set_state(all);
}

}  // namespace

void bind_training(py::module_& m) {
  const auto seed = py::arg("seed") = 0;
  const auto loss_options = py::arg("loss_options") = py::dict();
  py::class_<training::Network>(m, "TrainingNetwork")
      .def(py::init(&make_network), py::arg("input_shape"), py::arg("layers"))
      .def_property_readonly("parameters", &parameters)
      .def_property_readonly("output_shapes", &output_shapes)
      .def("parameter", &parameter, py::arg("index"))
      .def("set_parameter", &set_parameter, py::arg("index"), py::arg("values"))
      .def(
          "forward",
          [](training::Network& network, const py::array& x, bool training, uint64_t number) {
            return run_forward(network, x, training, number, false).front();
          },
          py::arg("x"), py::kw_only(), py::arg("training") = false, seed)
      .def(
          "activations",
          [](training::Network& network, const py::array& x) { return run_forward(network, x, false, 0, true); },
          py::arg("x"))
      .def("gradients", &gradients, py::arg("x"), py::arg("y"), py::kw_only(), py::arg("loss"), loss_options,
           py::arg("sample_weights") = py::none(), py::arg("training") = true, seed)
      .def("backward", &backward, py::arg("x"), py::arg("activations"), py::arg("output_gradient"), py::kw_only(),
           py::arg("masks") = py::none())
      .def("train", &train, py::arg("x"), py::arg("y"), py::arg("sample_weights"), py::arg("order"), py::arg("batch"),
           py::kw_only(), py::arg("loss"), loss_options, py::arg("optimizer"), py::arg("learning_rates"),
           py::arg("first_step"), py::arg("seed"))
      .def("optimizer_state", &optimizer_state)
      .def("set_optimizer_state", &set_optimizer_state, py::arg("state"));
}

}  // namespace edgetwin::bindings
