// Facts about this build, for bug reports and for tests that must know what ran.
#ifndef EDGETWIN_HOST_BUILD_INFO_HPP_
#define EDGETWIN_HOST_BUILD_INFO_HPP_

#include <string>

namespace edgetwin::host {

struct BuildInfo {
  std::string version;
  std::string compiler;
  std::string flags;
  bool debug;
  std::string eigen;
  std::string xsimd;
};

[[nodiscard]] BuildInfo build_info();

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_BUILD_INFO_HPP_
