// Memory that ends where no byte may be touched, so that a kernel that leaves its arrays is stopped.
#ifndef EDGETWIN_HOST_RUNNER_GUARDED_BYTES_HPP_
#define EDGETWIN_HOST_RUNNER_GUARDED_BYTES_HPP_

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <new>

namespace edgetwin::host_runner {

/// Zeroed bytes whose last one is a page's last one; the next page is out of bounds.
class GuardedBytes {
 public:
  explicit GuardedBytes(size_t bytes) : bytes_(bytes) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t usable = (bytes + page - 1) / page * page;
    mapped_ = usable + page;
    map_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map_ == MAP_FAILED) throw std::bad_alloc();
    data_ = static_cast<std::byte*>(map_) + (usable - bytes);
    if (mprotect(static_cast<std::byte*>(map_) + usable, page, PROT_NONE) != 0) {
      munmap(map_, mapped_);
      throw std::bad_alloc();
    }
  }
  ~GuardedBytes() { munmap(map_, mapped_); }
  GuardedBytes(const GuardedBytes&) = delete;
  GuardedBytes& operator=(const GuardedBytes&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] size_t size() const { return bytes_; }

 private:
  size_t bytes_;
  size_t mapped_ = 0;
  void* map_ = nullptr;
  std::byte* data_ = nullptr;
};

}  // namespace edgetwin::host_runner

#endif  // EDGETWIN_HOST_RUNNER_GUARDED_BYTES_HPP_
