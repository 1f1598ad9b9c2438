#include "host/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#include "host/process_limits.hpp"

#if defined(_WIN32)
#include <process.h>
#else
#include <unistd.h>
#endif

namespace edgetwin::host {
namespace {

int process_id() {
#if defined(_WIN32)
  return _getpid();
#else
  return getpid();
#endif
}

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/// Waits for `ready` without sleeping: waking a thread takes longer than many a batch. Gives up soon, so that a pool
/// without work burns nothing; returns whether it is ready.
template <class Ready>
bool spin_until(const Ready& ready) {
  constexpr auto most = std::chrono::microseconds(50);
  constexpr int between_clocks = 32;
  const auto end = std::chrono::steady_clock::now() + most;
  do {
    for (int i = 0; i < between_clocks; ++i) {
      if (ready()) return true;
      relax();
    }
  } while (std::chrono::steady_clock::now() < end);
  return ready();
}

/// Lives on its caller's stack: it is gone when the caller knows that no helper is in it.
struct Job {
  RangeWork work;
  int64_t count, grain, chunks;
  std::atomic<int64_t> next{0};
  std::atomic<int> helpers_inside{0};  // changed under the pool's mutex
  std::atomic<bool> failed{false};
  std::exception_ptr fault;  // written once, by whoever sets `failed`; read when nobody is inside
  // Guarded by the pool's mutex.
  int helpers_wanted;
  bool caller_sleeps = false;
  Job* following = nullptr;

  [[nodiscard]] bool has_work() const { return next.load(std::memory_order_relaxed) < chunks; }

  /// Takes chunks until none is left; after a fault none is done any more.
  void help() {
    for (int64_t i = next.fetch_add(1); i < chunks; i = next.fetch_add(1)) {
      if (failed.load()) return;
      try {
        work.call(work.work, i * grain, std::min(count, (i + 1) * grain));
      } catch (...) {
        if (!failed.exchange(true)) fault = std::current_exception();
      }
    }
  }
};

class ThreadPool {
 public:
  ThreadPool() : owner_(process_id()) {}
  [[nodiscard]] int owner() const { return owner_; }

  void run(Job& job) {
    std::unique_lock<std::mutex> lock(mutex_);
    const size_t wanted = static_cast<size_t>(job.helpers_wanted);
    if (threads_.size() < wanted) add_threads(wanted);
    job.following = jobs_;
    jobs_ = &job;
    posted_.fetch_add(1);
    const int wake = std::min(job.helpers_wanted, sleepers_);
    lock.unlock();
    for (int i = 0; i < wake; ++i) wake_.notify_one();
    job.help();
    lock.lock();
    for (Job** at = &jobs_; *at != nullptr; at = &(*at)->following) {
      if (*at == &job) {
        *at = job.following;
        break;
      }
    }
    lock.unlock();
    // From here no helper comes in.
    const auto alone = [&] { return job.helpers_inside.load() == 0; };
    if (!(spins_.load() && spin_until(alone))) {
      lock.lock();
      job.caller_sleeps = true;
      finished_.wait(lock, alone);
      lock.unlock();
    }
    if (job.fault) std::rethrow_exception(job.fault);
  }

 private:
  void add_threads(size_t wanted) {
    try {
      while (threads_.size() < wanted) threads_.emplace_back([this] { serve(); });
    } catch (const std::system_error&) {
      // No more threads to be had (a limit of the process): the caller's thread does what helpers cannot.
    }
    // More threads than CPUs: whoever waits must leave its CPU to those who work.
    spins_.store(static_cast<int>(threads_.size()) < available_threads());
  }

  Job* take() {
    for (Job* job = jobs_; job != nullptr; job = job->following) {
      if (job->helpers_wanted > 0 && job->has_work()) {
        --job->helpers_wanted;
        job->helpers_inside.fetch_add(1);
        return job;
      }
    }
    return nullptr;
  }

  [[noreturn]] void serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      if (Job* const job = take()) {
        lock.unlock();
        job->help();
        lock.lock();
        // The caller may return, and end the job, at once when it reads that nobody is inside.
        const bool caller_sleeps = job->caller_sleeps;
        job->helpers_inside.fetch_sub(1);
        if (caller_sleeps) finished_.notify_all();
        continue;
      }
      const uint64_t seen = posted_.load();
      const auto more = [&] { return posted_.load() != seen; };
      if (spins_.load()) {
        lock.unlock();
        static_cast<void>(spin_until(more));
        lock.lock();
      }
      ++sleepers_;
      wake_.wait(lock, more);
      --sleepers_;
    }
  }

  const int owner_;
  std::mutex mutex_;
  std::condition_variable wake_, finished_;
  std::atomic<uint64_t> posted_{0};  // changed under the mutex
  std::atomic<bool> spins_{false};
  int sleepers_ = 0;
  Job* jobs_ = nullptr;
  std::vector<std::thread> threads_;
};

std::atomic<ThreadPool*> pool{nullptr};
std::atomic<int> default_count{0};

/// The pool of this process. Never destroyed: its threads sleep until the process ends, and a forked child must leave
/// its parent's pool alone, whose threads do not exist there and whose mutex may be held for ever.
ThreadPool& this_process_pool() {
  ThreadPool* current = pool.load();
  while (current == nullptr || current->owner() != process_id()) {
    ThreadPool* fresh = new ThreadPool();
    if (pool.compare_exchange_strong(current, fresh)) return *fresh;
    delete fresh;
  }
  return *current;
}

}  // namespace

void set_default_threads(int count) { default_count.store(count); }

int default_threads() {
  const int count = default_count.load();
  return count > 0 ? count : available_threads();
}

void parallel_for(int64_t count, int64_t grain, int threads, RangeWork work) {
  if (count <= 0) return;
  Job job = {};
  job.work = work;
  job.count = count;
  job.grain = std::max<int64_t>(1, grain);
  job.chunks = (count - 1) / job.grain + 1;
  job.helpers_wanted = static_cast<int>(std::min<int64_t>(job.chunks, std::max(1, threads))) - 1;
  if (job.helpers_wanted == 0) {
    work.call(work.work, 0, count);
    return;
  }
  this_process_pool().run(job);
}

}  // namespace edgetwin::host
