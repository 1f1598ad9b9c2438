// A persistent pool that splits an index range over threads. Survives fork: a child starts a pool of its own.
#ifndef EDGETWIN_HOST_THREAD_POOL_HPP_
#define EDGETWIN_HOST_THREAD_POOL_HPP_

#include <cstdint>

namespace edgetwin::host {

/// The number of threads used where none is asked for; 0 sets it back to available_threads().
void set_default_threads(int count);
[[nodiscard]] int default_threads();

/// parallel_for's work without its type: a call through it allocates nothing.
struct RangeWork {
  void (*call)(const void* work, int64_t begin, int64_t end);
  const void* work;
};

void parallel_for(int64_t count, int64_t grain, int threads, RangeWork work);

/// Calls work(begin, end) on consecutive ranges that cover [0, count), of `grain` indices but for the last, on at most
/// `threads` threads including the caller's. Returns when all are done; if `work` throws, what it threw first is thrown
/// here once no thread is in it any more. Several callers may use the pool at once.
template <class Work>
void parallel_for(int64_t count, int64_t grain, int threads, const Work& work) {
  const auto call = [](const void* erased, int64_t begin, int64_t end) {
    (*static_cast<const Work*>(erased))(begin, end);
  };
  parallel_for(count, grain, threads, RangeWork{call, &work});
}

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_THREAD_POOL_HPP_
