#include "host/build_info.hpp"

#include <Eigen/Core>
#include <xsimd/config/xsimd_config.hpp>

namespace edgetwin::host {
namespace {

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

}  // namespace

BuildInfo build_info() {
  BuildInfo info;
  info.version = EDGETWIN_VERSION;
  info.compiler = EDGETWIN_COMPILER;
  info.flags = EDGETWIN_FLAGS;
#ifdef NDEBUG
  info.debug = false;
#else
  info.debug = true;
#endif
  info.eigen = dotted(EIGEN_WORLD_VERSION, EIGEN_MAJOR_VERSION, EIGEN_MINOR_VERSION);
  info.xsimd = dotted(XSIMD_VERSION_MAJOR, XSIMD_VERSION_MINOR, XSIMD_VERSION_PATCH);
  return info;
}

}  // namespace edgetwin::host
