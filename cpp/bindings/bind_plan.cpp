#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "bindings/released_gil.hpp"
#include "host/executor.hpp"
#include "host/kernel_table.hpp"
#include "host/plan.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

namespace {

host::Place place_of(const std::string& name) {
  if (name == "arena") return host::Place::kArena;
  if (name == "state") return host::Place::kState;
  if (name == "constant") return host::Place::kConstant;
  if (name == "input") return host::Place::kInput;
  if (name == "output") return host::Place::kOutput;
  throw host::ShapeFault("unknown place '" + name + "'");
}

host::AlignedBytes aligned_copy(const std::string& bytes) {
  host::AlignedBytes copy(bytes.size());
  std::memcpy(copy.data(), bytes.data(), bytes.size());
  return copy;
}

using StorageTuple = std::tuple<std::string, int64_t, int64_t>;

std::shared_ptr<host::Executor> make_plan(const std::vector<StorageTuple>& storages, const py::list& steps,
                                          int64_t arena_bytes, const std::string& initial_state,
                                          const std::string& constants, const std::optional<std::string>& level_name) {
  const std::optional<host::Level> level = read_level(level_name);
  std::vector<host::Storage> places;
  places.reserve(storages.size());
  for (const auto& [place, where, bytes] : storages) places.push_back({place_of(place), where, bytes});
  std::vector<host::PlanStep> plan_steps;
  for (const py::handle& item : steps) {
    const auto [kernel, params, step_constants, inputs, state, outputs] =
        py::cast<std::tuple<std::string, py::dict, py::dict, std::vector<int>, std::vector<int>, std::vector<int>>>(
            item);
    for (const std::vector<int>* slots : {&inputs, &state, &outputs}) {
      for (const int storage : *slots) {
        if (storage < 0 || static_cast<size_t>(storage) >= places.size()) {
          throw host::ShapeFault(kernel + ": no such storage");
        }
      }
    }
    std::unique_ptr<host::Step> step;
    if (kernel == "copy") {
      if (outputs.size() != 1) throw host::ShapeFault("copy: takes one output");
      step = host::make_copy_step(places[static_cast<size_t>(outputs[0])].bytes);
    } else {
      step = host::make_step(kernel, read_param_map(params), read_constant_map(step_constants), level);
    }
    plan_steps.push_back({std::move(step), inputs, state, outputs});
  }
  return std::make_shared<host::Executor>(host::Plan(std::move(places), std::move(plan_steps), arena_bytes,
                                                     aligned_copy(initial_state), aligned_copy(constants), level));
}

/// Checks that an array holds one value (`shared`) or `samples` values of `bytes` bytes.
host::SampleArray sample_array(const py::handle& array, int64_t samples, int64_t bytes, bool shared, bool writable,
                               const std::string& what) {
  const ArrayView view = view_of(array, what, writable);
  // Divided, not multiplied: a number of samples may be anything.
  const int64_t copies = shared ? 1 : samples;
  const bool fits = bytes == 0 ? view.bytes == 0 : view.bytes % bytes == 0 && view.bytes / bytes == copies;
  if (!fits) {
    throw host::ShapeFault(what + " has " + std::to_string(view.bytes) + " bytes, expected " + std::to_string(copies) +
                           " times " + std::to_string(bytes));
  }
  return {view.data, shared ? 0 : bytes};
}

void run_plan(const host::Executor& executor, int64_t samples, const py::list& inputs, const std::vector<bool>& shared,
              const py::list& outputs, const py::object& state, int threads) {
  const host::Plan& plan = executor.plan();
  if (samples < 0) throw host::ShapeFault("the number of samples is negative");
  if (inputs.size() != plan.input_bytes().size() || shared.size() != inputs.size() ||
      outputs.size() != plan.output_bytes().size()) {
    throw host::ShapeFault("the plan takes " + std::to_string(plan.input_bytes().size()) + " inputs and " +
                           std::to_string(plan.output_bytes().size()) + " outputs");
  }
  std::vector<host::SampleArray> input_arrays, output_arrays;
  for (size_t i = 0; i < inputs.size(); ++i) {
    input_arrays.push_back(
        sample_array(inputs[i], samples, plan.input_bytes()[i], shared[i], false, "input " + std::to_string(i)));
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    output_arrays.push_back(
        sample_array(outputs[i], samples, plan.output_bytes()[i], false, true, "output " + std::to_string(i)));
  }
  host::SampleArray state_array = {nullptr, 0};
  if (!state.is_none()) state_array = sample_array(state, samples, plan.state_bytes(), false, true, "state");
  const int count = threads > 0 || samples <= 1 ? threads : host::default_threads();
  try {
    ReleasedGil released;
    executor.run(samples, input_arrays.data(), output_arrays.data(), state_array, count,
                 [&released] { return released.signal_raised(); });
  } catch (const host::Interrupted&) {
    throw py::error_already_set();
  }
}

}  // namespace

void bind_plan(py::module_& m) {
  py::class_<host::Executor, std::shared_ptr<host::Executor>>(m, "Plan")
      .def(py::init(&make_plan), py::arg("storages"), py::arg("steps"), py::arg("arena_bytes"),
           py::arg("initial_state"), py::arg("constants"), py::arg("level") = py::none())
      .def("run", &run_plan, py::arg("samples"), py::arg("inputs"), py::arg("shared"), py::arg("outputs"),
           py::arg("state"), py::arg("threads"))
      .def_property_readonly("level",
                             [](const host::Executor& executor) -> std::optional<std::string> {
                               if (!executor.plan().level()) return std::nullopt;
                               return host::level_name(*executor.plan().level());
                             })
      .def_property_readonly("arena_bytes",
                             [](const host::Executor& executor) { return executor.plan().arena_bytes(); })
      .def_property_readonly("state_bytes",
                             [](const host::Executor& executor) { return executor.plan().state_bytes(); })
      .def_property_readonly("scratch_bytes",
                             [](const host::Executor& executor) { return executor.plan().scratch_bytes(); });
}

}  // namespace edgetwin::bindings
