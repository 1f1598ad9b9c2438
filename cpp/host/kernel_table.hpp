// Kernels by name: portable code behind every one of them, the device core's where it has the kernel, and a faster host
// form in front where there is one.
#ifndef EDGETWIN_HOST_KERNEL_TABLE_HPP_
#define EDGETWIN_HOST_KERNEL_TABLE_HPP_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/level.hpp"
#include "host/step.hpp"

namespace edgetwin::host {

struct KernelInfo {
  std::string name;
  std::vector<std::pair<std::string, std::string>> fields;  ///< name and "int" or "float", in the struct's order
  std::vector<std::string> inputs, constants, state, outputs;
  bool host_only;  ///< not of the device core
};

/// Every kernel: the device core's in the registry's order, then those that only the host has.
[[nodiscard]] std::vector<KernelInfo> kernel_infos();

/// Bytes of the portable code's arrays for these parameters. Throws as make_step.
[[nodiscard]] calls::Layout kernel_layout(const std::string& kernel, const ParamMap& params);

/// A step that runs the portable code, or with a level the host form of that level where there is one. All give the
/// same bytes. Throws ShapeFault or QuantizationFault that names the kernel and the field or array.
[[nodiscard]] std::unique_ptr<Step> make_step(const std::string& kernel, const ParamMap& params,
                                              const ConstantMap& constants, std::optional<Level> level);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_KERNEL_TABLE_HPP_
