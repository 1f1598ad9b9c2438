#include "host/fully_connected_step.hpp"

#include "calls/fully_connected.hpp"
#include "host/fast_steps.hpp"

namespace edgetwin::host {

std::unique_ptr<Step> make_fast_fully_connected(const ParamMap& params, const ConstantMap& constants) {
  return std::make_unique<FullyConnectedStep<calls::FullyConnectedS8, MultiplierOutput>>(params, constants);
}

}  // namespace edgetwin::host
