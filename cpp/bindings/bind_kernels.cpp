#include <pybind11/numpy.h>
#include <pybind11/stl.h>

#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "edgetwin/requantize.hpp"
#include "host/kernel_table.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

host::ParamMap read_param_map(const py::dict& params) {
  host::ParamMap result;
  for (const auto& [key, value] : params) {
    const auto name = py::cast<std::string>(key);
    if (PyFloat_Check(value.ptr())) {
      result[name] = PyFloat_AS_DOUBLE(value.ptr());
    } else if (PyLong_Check(value.ptr())) {
      int overflow = 0;
      const long long integer = PyLong_AsLongLongAndOverflow(value.ptr(), &overflow);
      if (overflow != 0) throw host::ShapeFault("parameter '" + name + "' is not an int32");
      result[name] = static_cast<int64_t>(integer);
    } else {
      throw host::ShapeFault("parameter '" + name + "' is neither int nor float");
    }
  }
  return result;
}

host::ConstantMap read_constant_map(const py::dict& constants) {
  host::ConstantMap result;
  for (const auto& [key, value] : constants) {
    const auto name = py::cast<std::string>(key);
    if (value.is_none()) {
      result[name] = {};
    } else {
      const ArrayView view = view_of(value, "constant '" + name + "'", false);
      result[name] = {view.data, view.bytes};
    }
  }
  return result;
}

std::optional<host::Level> read_level(const std::optional<std::string>& name) {
  if (!name) return std::nullopt;
  return host::level_named(*name);
}

namespace {

py::list run_kernel(const std::string& kernel, const py::dict& params, const std::vector<py::object>& inputs,
                    const py::dict& constants, const std::vector<py::object>& state,
                    const std::optional<std::string>& level) {
  const auto step = host::make_step(kernel, read_param_map(params), read_constant_map(constants), read_level(level));
  const calls::Layout& layout = step->layout();
  calls::Operands operands = {};
  const auto fill = [&](const std::vector<py::object>& given, const int64_t* expected, auto* slots, const char* kind,
                        bool writable) {
    for (size_t i = 0; i < 4; ++i) {
      const std::string what = kernel + ": " + kind + " " + std::to_string(i);
      if (i >= given.size()) {
        if (expected[i] != 0) throw host::ShapeFault(what + " is missing");
        continue;
      }
      const ArrayView view = view_of(given[i], what, writable);
      if (view.bytes != expected[i]) {
        throw host::ShapeFault(what + " has " + std::to_string(view.bytes) + " bytes, expected " +
                               std::to_string(expected[i]));
      }
      slots[i] = view.data;
    }
    if (given.size() > 4) throw host::ShapeFault(kernel + ": too many arrays");
  };
  fill(inputs, layout.inputs, operands.inputs, "input", false);
  fill(state, layout.state, operands.state, "state", true);
  py::list outputs;
  for (size_t i = 0; i < 4 && layout.outputs[i] != 0; ++i) {
    py::array_t<uint8_t> output(layout.outputs[i]);
    operands.outputs[i] = output.mutable_data();
    // Some kernels write a part of their output.
    std::memset(operands.outputs[i], 0, static_cast<size_t>(layout.outputs[i]));
    outputs.append(output);
  }
  const host::AlignedBytes scratch(static_cast<size_t>(layout.scratch));
  operands.scratch = scratch.data();
  // What other steps of a plan would leave there: a kernel that counts on zeros must not get away with it.
  std::memset(operands.scratch, 0xA5, scratch.size());
  {
    const py::gil_scoped_release release;
    step->run(operands);
  }
  return outputs;
}

/// Element-wise on arrays that the caller has broadcast to one shape.
py::array_t<int32_t> requantize_array(const py::array_t<int32_t, py::array::c_style>& values,
                                      const py::array_t<int32_t, py::array::c_style>& multiplier,
                                      const py::array_t<int32_t, py::array::c_style>& shift, int rounding) {
  if (values.size() != multiplier.size() || values.size() != shift.size()) {
    throw host::ShapeFault("requantize: values, multiplier and shift differ in size");
  }
  if (rounding != 0 && rounding != 1) throw host::QuantizationFault("requantize: rounding is neither 0 nor 1");
  for (const py::array* array : std::initializer_list<const py::array*>{&values, &multiplier, &shift}) {
    static_cast<void>(view_of(*array, "requantize: an array", false));
  }
  const auto count = static_cast<int64_t>(values.size());
  py::array_t<int32_t> result(std::vector<py::ssize_t>(values.shape(), values.shape() + values.ndim()));
  const int32_t* const v = values.data();
  const int32_t* const m = multiplier.data();
  const int32_t* const s = shift.data();
  int32_t* const out = result.mutable_data();
  for (int64_t i = 0; i < count; ++i) {
    if (check_requantize(m + i, s + i, 1) != Status::kOk) {
      throw host::QuantizationFault("requantize: multiplier " + std::to_string(m[i]) + " and shift " +
                                    std::to_string(s[i]) + ", accepted are multiplier >= 0 and shift in [-31, 30]");
    }
    out[i] = requantize(v[i], m[i], s[i], static_cast<Rounding>(rounding));
  }
  return result;
}

}  // namespace

void bind_kernels(py::module_& m) {
  m.def("kernel_fields", [] {
    py::dict result;
    for (const host::KernelInfo& info : host::kernel_infos()) result[py::str(info.name)] = py::cast(info.fields);
    return result;
  });
  m.def("kernel_slots", [] {
    py::dict result;
    for (const host::KernelInfo& info : host::kernel_infos()) {
      py::dict slots;
      slots["inputs"] = py::cast(info.inputs);
      slots["constants"] = py::cast(info.constants);
      slots["state"] = py::cast(info.state);
      slots["outputs"] = py::cast(info.outputs);
      result[py::str(info.name)] = slots;
    }
    return result;
  });
  m.def("device_kernels", [] {
    py::list result;
    for (const host::KernelInfo& info : host::kernel_infos()) {
      if (!info.host_only) result.append(info.name);
    }
    return result;
  });
  m.def(
      "kernel_layout",
      [](const std::string& kernel, const py::dict& params) {
        const calls::Layout layout = host::kernel_layout(kernel, read_param_map(params));
        py::dict result;
        result["inputs"] = py::cast(std::vector<int64_t>(layout.inputs, layout.inputs + 4));
        result["constants"] = py::cast(std::vector<int64_t>(layout.constants, layout.constants + calls::kMaxSlots));
        result["state"] = py::cast(std::vector<int64_t>(layout.state, layout.state + 4));
        result["outputs"] = py::cast(std::vector<int64_t>(layout.outputs, layout.outputs + 4));
        result["scratch"] = layout.scratch;
        return result;
      },
      py::arg("kernel"), py::arg("params"));
  m.def("run_kernel", &run_kernel, py::arg("kernel"), py::arg("params"), py::arg("inputs"), py::arg("constants"),
        py::arg("state") = std::vector<py::object>(), py::arg("level") = py::none());
  m.def("requantize", &requantize_array, py::arg("values").noconvert(), py::arg("multiplier").noconvert(),
        py::arg("shift").noconvert(), py::arg("rounding"));
}

}  // namespace edgetwin::bindings
