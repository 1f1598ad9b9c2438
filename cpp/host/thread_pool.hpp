// A persistent pool that splits an index range over threads. Survives fork: a child starts a pool of its own.
#ifndef EDGETWIN_HOST_THREAD_POOL_HPP_
#define EDGETWIN_HOST_THREAD_POOL_HPP_

#include <cstdint>
#include <functional>

namespace edgetwin::host {

/// Number of CPUs that this process may use (its affinity), at least 1.
[[nodiscard]] int available_threads();

/// The number of threads used where none is asked for; 0 sets it back to available_threads().
void set_default_threads(int count);
[[nodiscard]] int default_threads();

/// Calls work(begin, end) on consecutive ranges that cover [0, count), on at most `threads` threads including the
/// caller's. Returns when all are done; if `work` throws, what it threw first is thrown here once no thread is in it
/// any more. Several callers may use the pool at once.
void parallel_for(int64_t count, int threads, const std::function<void(int64_t, int64_t)>& work);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_THREAD_POOL_HPP_
