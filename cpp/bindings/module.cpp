#include <pybind11/pybind11.h>

#include "bindings/array_view.hpp"
#include "bindings/bindings.hpp"
#include "host/level.hpp"

namespace edgetwin::bindings {

void register_faults() {
  pybind11::register_local_exception_translator([](std::exception_ptr pointer) {
    const auto raise = [](const char* type, const std::exception& fault) {
      pybind11::set_error(pybind11::module_::import("edgetwin.errors").attr(type), fault.what());
    };
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const host::ShapeFault& fault) {
      raise("ShapeError", fault);
    } catch (const host::QuantizationFault& fault) {
      raise("QuantizationError", fault);
    } catch (const host::LevelFault& fault) {
      raise("DataError", fault);
    }
  });
}

}  // namespace edgetwin::bindings

// What calls share is fixed at load, atomic, a thread's own, or the pool's behind its mutex: free-threaded Python needs
// no GIL here.
PYBIND11_MODULE(_core, m, pybind11::mod_gil_not_used()) {
  m.doc() = "The compiled core of edgetwin. Private: use the edgetwin package.";
  edgetwin::bindings::register_faults();
  edgetwin::bindings::bind_build_info(m);
  edgetwin::bindings::bind_kernels(m);
  edgetwin::bindings::bind_plan(m);
  edgetwin::bindings::bind_ordinary_call(m);
  edgetwin::bindings::bind_audio(m);
  edgetwin::bindings::bind_signal(m);
  edgetwin::bindings::bind_windows(m);
  edgetwin::bindings::bind_filters(m);
  edgetwin::bindings::bind_training(m);
}
