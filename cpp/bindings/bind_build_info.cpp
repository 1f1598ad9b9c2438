#include <pybind11/stl.h>

#include <string>
#include <vector>

#include "bindings/bindings.hpp"
#include "host/build_info.hpp"
#include "host/level.hpp"
#include "host/process_limits.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

namespace {

std::vector<std::string> names_of(const std::vector<host::Level>& levels) {
  std::vector<std::string> names;
  for (const host::Level level : levels) names.emplace_back(host::level_name(level));
  return names;
}

}  // namespace

void bind_build_info(py::module_& m) {
  m.def("build_info", [] {
    const host::BuildInfo info = host::build_info();
    py::dict result;
    result["version"] = info.version;
    result["compiler"] = info.compiler;
    result["flags"] = info.flags;
    result["debug"] = info.debug;
    result["eigen"] = info.eigen;
    result["xsimd"] = info.xsimd;
    return result;
  });
  m.def("built_levels", [] { return names_of(host::built_levels()); });
  m.def("available_levels", [] { return names_of(host::available_levels()); });
  m.def("active_level", [] { return host::level_name(host::active_level()); });
  m.def(
      "set_active_level", [](const std::string& level) { host::set_active_level(host::level_named(level)); },
      py::arg("level"));
  m.def("available_threads", &host::available_threads);
  m.def("cgroup_cpus", &host::cgroup_cpus, py::arg("root") = "");
  m.def("cgroup_memory", &host::cgroup_memory, py::arg("root") = "");
  m.def("memory_limit", &host::memory_limit);
  m.def("set_default_threads", &host::set_default_threads, py::arg("count"));
  m.def("default_threads", &host::default_threads);
}

}  // namespace edgetwin::bindings
