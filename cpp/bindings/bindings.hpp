#ifndef EDGETWIN_BINDINGS_BINDINGS_HPP_
#define EDGETWIN_BINDINGS_BINDINGS_HPP_

#include <pybind11/pybind11.h>

#include <optional>
#include <string>

#include "host/level.hpp"
#include "host/step.hpp"

namespace edgetwin::bindings {

void bind_build_info(pybind11::module_& m);
void bind_filters(pybind11::module_& m);
void bind_kernels(pybind11::module_& m);
void bind_ordinary_call(pybind11::module_& m);
void bind_plan(pybind11::module_& m);
void bind_audio(pybind11::module_& m);
void bind_signal(pybind11::module_& m);
void bind_training(pybind11::module_& m);
void bind_windows(pybind11::module_& m);

[[nodiscard]] host::ParamMap read_param_map(const pybind11::dict& params);
[[nodiscard]] host::ConstantMap read_constant_map(const pybind11::dict& constants);
/// The level of this name, which this CPU has; none for the device core's own code.
[[nodiscard]] std::optional<host::Level> read_level(const std::optional<std::string>& name);

}  // namespace edgetwin::bindings

#endif  // EDGETWIN_BINDINGS_BINDINGS_HPP_
