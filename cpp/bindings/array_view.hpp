// The wall between numpy and the core: arrays are checked here, and the core's faults become Python exceptions here.
#ifndef EDGETWIN_BINDINGS_ARRAY_VIEW_HPP_
#define EDGETWIN_BINDINGS_ARRAY_VIEW_HPP_

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include <cstdint>
#include <string>

#include "host/step.hpp"

namespace edgetwin::bindings {

namespace py = pybind11;

/// A C-contiguous view of any dtype, aligned for that dtype. Nothing is copied or cast.
struct ArrayView {
  std::byte* data;
  int64_t bytes;
};

/// True where bytes are references, directly or inside a structure: they must not be read or written as numbers.
[[nodiscard]] inline bool holds_objects(const py::dtype& dtype) {
  constexpr uint64_t kItemRefcount = 0x01;  // numpy's NPY_ITEM_REFCOUNT
  return (dtype.flags() & kItemRefcount) != 0;
}

[[nodiscard]] inline ArrayView view_of(const py::handle& object, const std::string& what, bool writable) {
  if (!py::isinstance<py::array>(object)) throw host::ShapeFault(what + " is not a numpy array");
  const auto array = py::reinterpret_borrow<py::array>(object);
  if ((array.flags() & py::array::c_style) == 0) throw host::ShapeFault(what + " is not C-contiguous");
  if ((array.flags() & py::detail::npy_api::NPY_ARRAY_ALIGNED_) == 0) throw host::ShapeFault(what + " is not aligned");
  if (writable && !array.writeable()) throw host::ShapeFault(what + " is read-only");
  if (holds_objects(array.dtype())) throw host::ShapeFault(what + " holds Python objects");
  // A null pointer would mean "absent", so an empty array points at something.
  static std::byte empty;
  const void* data = array.nbytes() > 0 ? array.data() : &empty;
  return {static_cast<std::byte*>(const_cast<void*>(data)), static_cast<int64_t>(array.nbytes())};
}

/// Maps the core's faults to edgetwin.errors.
void register_faults();

}  // namespace edgetwin::bindings

#endif  // EDGETWIN_BINDINGS_ARRAY_VIEW_HPP_
