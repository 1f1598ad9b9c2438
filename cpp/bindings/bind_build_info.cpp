#include "bindings/bindings.hpp"
#include "host/build_info.hpp"
#include "host/thread_pool.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

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
  m.def("available_threads", &host::available_threads);
  m.def("set_default_threads", &host::set_default_threads, py::arg("count"));
  m.def("default_threads", &host::default_threads);
}

}  // namespace edgetwin::bindings
