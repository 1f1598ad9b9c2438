// What a network in training is asked to be and do, from dictionaries.
#ifndef EDGETWIN_BINDINGS_TRAINING_OPTIONS_HPP_
#define EDGETWIN_BINDINGS_TRAINING_OPTIONS_HPP_

#include <pybind11/pybind11.h>

#include <string>

#include "host/training/layer.hpp"
#include "host/training/loss.hpp"
#include "host/training/optimizer.hpp"

namespace edgetwin::bindings {

// Each throws ShapeFault where a name or a key is unknown or a value is of another type or out of its range.
[[nodiscard]] host::training::LayerSpec layer_of(const std::string& kind, const pybind11::dict& options);
[[nodiscard]] host::training::Loss loss_of(const std::string& name, const pybind11::dict& options);
[[nodiscard]] host::training::Optimizer optimizer_of(const pybind11::dict& options);

}  // namespace edgetwin::bindings

#endif  // EDGETWIN_BINDINGS_TRAINING_OPTIONS_HPP_
