#include "host/thread_pool.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif
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

struct Job {
  const std::function<void(int64_t, int64_t)>* work;
  int64_t count;
  int64_t chunks;
  std::atomic<int64_t> next{0};
  std::atomic<int64_t> done{0};
  std::atomic<bool> failed{false};
  std::exception_ptr fault;  // written once, by whoever sets `failed`; read when all chunks are done
  int helpers_wanted;        // guarded by the pool's mutex

  /// Takes chunks until none is left. After a fault the rest are only counted: `work` lives until all are done.
  void help() {
    for (int64_t i = next.fetch_add(1); i < chunks; i = next.fetch_add(1)) {
      try {
        if (!failed.load()) (*work)(i* count / chunks, (i + 1) * count / chunks);
      } catch (...) {
        if (!failed.exchange(true)) fault = std::current_exception();
      }
      done.fetch_add(1);
    }
  }
};

class ThreadPool {
 public:
  ThreadPool() : owner_(process_id()) {}
  [[nodiscard]] int owner() const { return owner_; }

  void run(const std::shared_ptr<Job>& job) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const size_t wanted = static_cast<size_t>(job->helpers_wanted);
      try {
        while (threads_.size() < wanted) threads_.emplace_back([this] { serve(); });
      } catch (const std::system_error&) {
        // No more threads to be had (a limit of the process): the caller's thread does what helpers cannot.
      }
      jobs_.push_back(job);
    }
    wake_.notify_all();
    job->help();
    std::unique_lock<std::mutex> lock(mutex_);
    finished_.wait(lock, [&] { return job->done.load() == job->chunks; });
    jobs_.erase(std::remove(jobs_.begin(), jobs_.end(), job), jobs_.end());
    lock.unlock();
    if (job->fault) std::rethrow_exception(job->fault);
  }

 private:
  std::shared_ptr<Job> take() {
    for (const std::shared_ptr<Job>& job : jobs_) {
      if (job->helpers_wanted > 0 && job->next.load() < job->chunks) {
        --job->helpers_wanted;
        return job;
      }
    }
    return nullptr;
  }

  [[noreturn]] void serve() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      std::shared_ptr<Job> job;
      wake_.wait(lock, [&] { return (job = take()) != nullptr; });
      lock.unlock();
      job->help();
      lock.lock();
      if (job->done.load() == job->chunks) finished_.notify_all();
    }
  }

  const int owner_;
  std::mutex mutex_;
  std::condition_variable wake_, finished_;
  std::deque<std::shared_ptr<Job>> jobs_;
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

int available_threads() {
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) return std::max(1, CPU_COUNT(&set));
#endif
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void set_default_threads(int count) { default_count.store(count); }

int default_threads() {
  const int count = default_count.load();
  return count > 0 ? count : available_threads();
}

void parallel_for(int64_t count, int threads, const std::function<void(int64_t, int64_t)>& work) {
  if (count <= 0) return;
  const int64_t parts = std::min<int64_t>(count, std::max(1, threads));
  if (parts == 1) {
    work(0, count);
    return;
  }
  const auto job = std::make_shared<Job>();
  job->work = &work;
  job->count = count;
  // A few chunks a thread even out threads that are slowed by other processes.
  job->chunks = std::min<int64_t>(count, parts * 4);
  job->helpers_wanted = static_cast<int>(parts) - 1;
  this_process_pool().run(job);
}

}  // namespace edgetwin::host
