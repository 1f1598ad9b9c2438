// The kinds of layers, each in a file of its own.
#ifndef EDGETWIN_HOST_TRAINING_LAYERS_HPP_
#define EDGETWIN_HOST_TRAINING_LAYERS_HPP_

#include <memory>

#include "host/training/layer.hpp"

namespace edgetwin::host::training {

[[nodiscard]] std::unique_ptr<Layer> make_conv(const LayerSpec& spec, const Shape& input);
[[nodiscard]] std::unique_ptr<Layer> make_depthwise_conv(const LayerSpec& spec, const Shape& input);
[[nodiscard]] std::unique_ptr<Layer> make_dense(const LayerSpec& spec, const Shape& input);
[[nodiscard]] std::unique_ptr<Layer> make_max_pool(const LayerSpec& spec, const Shape& input);
[[nodiscard]] std::unique_ptr<Layer> make_average_pool(const LayerSpec& spec, const Shape& input);
[[nodiscard]] std::unique_ptr<Layer> make_batch_norm(const LayerSpec& spec, const Shape& input);
[[nodiscard]] std::unique_ptr<Layer> make_relu(const LayerSpec& spec, const Shape& input);
[[nodiscard]] std::unique_ptr<Layer> make_dropout(const LayerSpec& spec, const Shape& input);
[[nodiscard]] std::unique_ptr<Layer> make_reshape(const LayerSpec& spec, const Shape& input);
[[nodiscard]] std::unique_ptr<Layer> make_softmax(const LayerSpec& spec, const Shape& input);

}  // namespace edgetwin::host::training

#endif  // EDGETWIN_HOST_TRAINING_LAYERS_HPP_
