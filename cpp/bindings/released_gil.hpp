// The interpreter let go of while a plan runs, and taken back for a moment to see to signals.
#ifndef EDGETWIN_BINDINGS_RELEASED_GIL_HPP_
#define EDGETWIN_BINDINGS_RELEASED_GIL_HPP_

#include <pybind11/pybind11.h>

namespace edgetwin::bindings {

class ReleasedGil {
 public:
  ReleasedGil() : state_(PyEval_SaveThread()) {}
  ReleasedGil(const ReleasedGil&) = delete;
  ReleasedGil& operator=(const ReleasedGil&) = delete;
  ~ReleasedGil() { PyEval_RestoreThread(state_); }

  /// Runs the handlers of signals that came, on Python's main thread. True where one raised: its exception is set.
  [[nodiscard]] bool signal_raised() {
    PyEval_RestoreThread(state_);
    const bool raised = PyErr_CheckSignals() != 0;
    state_ = PyEval_SaveThread();
    return raised;
  }

 private:
  PyThreadState* state_;
};

}  // namespace edgetwin::bindings

#endif  // EDGETWIN_BINDINGS_RELEASED_GIL_HPP_
