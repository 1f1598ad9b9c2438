#include "host/training/layer.hpp"

#include "host/step.hpp"
#include "host/training/layers.hpp"

namespace edgetwin::host::training {

int64_t size_of(const Shape& shape) {
  int64_t size = 1;
  for (const int64_t length : shape) size *= length;
  return size;
}

std::string text_of(const Shape& shape) {
  std::string text = "(";
  for (size_t i = 0; i < shape.size(); ++i) text += (i > 0 ? ", " : "") + std::to_string(shape[i]);
  return text + (shape.size() == 1 ? ",)" : ")");
}

void Layer::add_parameter(const std::string& name, Shape shape, bool trainable) {
  int64_t& floats = floats_[trainable ? 1 : 0];
  const int64_t size = padded_to_lanes(size_of(shape));
  parameters_.push_back({name, std::move(shape), trainable, floats});
  floats += size;
}

std::unique_ptr<Layer> make_layer(const LayerSpec& spec, const Shape& input) {
  if (spec.kind == "conv_2d") return make_conv(spec, input);
  if (spec.kind == "depthwise_conv_2d") return make_depthwise_conv(spec, input);
  if (spec.kind == "dense") return make_dense(spec, input);
  if (spec.kind == "max_pool_2d") return make_max_pool(spec, input);
  if (spec.kind == "average_pool_2d") return make_average_pool(spec, input);
  if (spec.kind == "batch_norm") return make_batch_norm(spec, input);
  if (spec.kind == "relu") return make_relu(spec, input);
  if (spec.kind == "dropout") return make_dropout(spec, input);
  if (spec.kind == "reshape") return make_reshape(spec, input);
  if (spec.kind == "softmax") return make_softmax(spec, input);
  throw ShapeFault("unknown kind of layer '" + spec.kind + "'");
}

}  // namespace edgetwin::host::training
