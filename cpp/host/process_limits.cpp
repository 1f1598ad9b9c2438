#include "host/process_limits.hpp"

#include <algorithm>
#include <fstream>
#include <limits>
#include <sstream>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif
#if !defined(_WIN32)
#include <unistd.h>
#endif

namespace edgetwin::host {
namespace {

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

/// Whether `list`, separated by commas, has `item`.
bool lists(const std::string& list, const std::string& item) {
  return ("," + list + ",").find("," + item + ",") != std::string::npos;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// mountinfo writes a space, tab, newline and backslash of a path as \ and three octal digits.
std::string unescaped(const std::string& path) {
  std::string plain;
  for (size_t i = 0; i < path.size(); ++i) {
    const bool escape = path[i] == '\\' && i + 3 < path.size() &&
                        std::all_of(path.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                    path.begin() + static_cast<std::ptrdiff_t>(i) + 4,
                                    [](char digit) { return digit >= '0' && digit <= '7'; });
    if (escape) {
      plain += static_cast<char>(std::stoi(path.substr(i + 1, 3), nullptr, 8));
      i += 3;
    } else {
      plain += path[i];
    }
  }
  return plain;
}

/// A number at the start of a file, or no limit: "max", -1 and what cannot be read stand for none.
double number_in(const std::string& file) {
  std::ifstream stream(file);
  double value = 0;
  return stream >> value && value >= 0 ? value : kNoLimit;
}

double quota(double microseconds, double period) {
  return microseconds > 0 && microseconds < kNoLimit && period > 0 && period < kNoLimit ? microseconds / period
                                                                                        : kNoLimit;
}

double cpus_v1(const std::string& folder) {
  return quota(number_in(folder + "/cpu.cfs_quota_us"), number_in(folder + "/cpu.cfs_period_us"));
}

double cpus_v2(const std::string& folder) {
  std::ifstream stream(folder + "/cpu.max");
  double microseconds = 0, period = 0;
  return stream >> microseconds >> period ? quota(microseconds, period) : kNoLimit;
}

double memory_v1(const std::string& folder) { return number_in(folder + "/memory.limit_in_bytes"); }
double memory_v2(const std::string& folder) { return number_in(folder + "/memory.max"); }

using ReadLimit = double (*)(const std::string& folder);

/// The lowest limit of `controller` on the way from this process's group up to the mount that shows it.
double lowest_limit(const std::string& root, const std::string& controller, ReadLimit read_v1, ReadLimit read_v2) {
  // Lines "number:controllers:path"; version 2 has number 0 and no controllers.
  std::string path_v1, path_v2;
  std::ifstream groups(root + "/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    if (controllers.empty()) path_v2 = line.substr(second + 1);
    if (lists(controllers, controller)) path_v1 = line.substr(second + 1);
  }
  double limit = kNoLimit;
  // "id parent device root mount-point options [tags] - type source super-options"
  std::ifstream mounts(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    const std::vector<std::string> words = words_of(line);
    const auto dash = std::find(words.begin(), words.end(), "-");
    if (words.size() < 6 || words.end() - dash < 4) continue;
    const bool v2 = dash[1] == "cgroup2";
    if (!v2 && (dash[1] != "cgroup" || !lists(dash[3], controller))) continue;
    std::string path = v2 ? path_v2 : path_v1;
    const std::string shown = unescaped(words[3]), mount = root + unescaped(words[4]);
    // A mount may show a part of the tree only; a group outside it (a container without a namespace of its own) is
    // known by what the mount itself says.
    if (shown != "/") path = path.compare(0, shown.size(), shown) == 0 ? path.substr(shown.size()) : "";
    for (;;) {
      while (!path.empty() && path.back() == '/') path.pop_back();
      limit = std::min(limit, (v2 ? read_v2 : read_v1)(mount + path));
      if (path.empty()) break;
      const size_t parent = path.rfind('/');
      path.resize(parent == std::string::npos ? 0 : parent);
    }
  }
  return limit;
}

int64_t machine_memory() {
#if defined(_SC_PHYS_PAGES)
  const int64_t pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGE_SIZE);
  if (pages > 0 && page > 0) return pages * page;
#endif
  return std::numeric_limits<int64_t>::max();
}

}  // namespace

double cgroup_cpus(const std::string& root) { return lowest_limit(root, "cpu", &cpus_v1, &cpus_v2); }

int64_t cgroup_memory(const std::string& root) {
  constexpr int64_t most = std::numeric_limits<int64_t>::max();
  const double limit = lowest_limit(root, "memory", &memory_v1, &memory_v2);
  return limit < static_cast<double>(most) ? static_cast<int64_t>(limit) : most;
}

int64_t memory_limit() {
  static const int64_t bytes = std::min(machine_memory(), cgroup_memory(""));
  return bytes;
}

int available_threads() {
  static const double allowed = std::max(1.0, cgroup_cpus(""));
  int cpus = static_cast<int>(std::thread::hardware_concurrency());
#if defined(__linux__)
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) cpus = CPU_COUNT(&set);
#endif
  return std::max(1, static_cast<int>(std::min<double>(cpus, allowed)));
}

}  // namespace edgetwin::host
