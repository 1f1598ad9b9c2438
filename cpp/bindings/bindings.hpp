#ifndef EDGETWIN_BINDINGS_BINDINGS_HPP_
#define EDGETWIN_BINDINGS_BINDINGS_HPP_

#include <pybind11/pybind11.h>

#include "host/step.hpp"

namespace edgetwin::bindings {

void bind_build_info(pybind11::module_& m);
void bind_kernels(pybind11::module_& m);
void bind_ordinary_call(pybind11::module_& m);
void bind_plan(pybind11::module_& m);

[[nodiscard]] host::ParamMap read_param_map(const pybind11::dict& params);
[[nodiscard]] host::ConstantMap read_constant_map(const pybind11::dict& constants);

}  // namespace edgetwin::bindings

#endif  // EDGETWIN_BINDINGS_BINDINGS_HPP_
