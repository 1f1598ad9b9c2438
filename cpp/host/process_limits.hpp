// What this process may use of the machine: control groups, as containers set them, beside the machine itself.
#ifndef EDGETWIN_HOST_PROCESS_LIMITS_HPP_
#define EDGETWIN_HOST_PROCESS_LIMITS_HPP_

#include <cstdint>
#include <string>

namespace edgetwin::host {

/// CPUs' worth of time that the control groups allow, versions 1 and 2; infinite where they set no limit or cannot be
/// read. `root` is put before every path that is read: "" for this machine.
[[nodiscard]] double cgroup_cpus(const std::string& root);

/// Bytes of memory that they allow; the largest int64 without a limit.
[[nodiscard]] int64_t cgroup_memory(const std::string& root);

/// Bytes of memory that this process could have at most: the machine's, or fewer by its control groups. Read once.
[[nodiscard]] int64_t memory_limit();

/// CPUs that this process may use, at least 1: those of its affinity now, or fewer by its control groups, which are
/// read once. A quota of 1.5 CPUs counts as 1: a second thread would be stopped for half of its time.
[[nodiscard]] int available_threads();

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_PROCESS_LIMITS_HPP_
