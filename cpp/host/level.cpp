// The only file that sees xsimd's templates at the baseline's flags: a file of a higher level would otherwise emit
// inline functions of the same names, and the linker might keep those for every CPU.
#include "host/level.hpp"

#include <atomic>
#include <cstddef>
#include <xsimd/xsimd.hpp>

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif

namespace edgetwin::host {
namespace {

/// xsimd does not report AVX-512VL, without which the 256-bit forms of the other extensions do not exist.
bool has_avx512vl() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512vl") != 0;
#else
  return false;
#endif
}

bool has_neon_dotprod() {
#if defined(__aarch64__) && defined(__linux__)
  return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
#elif defined(__aarch64__) && defined(__APPLE__)
  int has = 0;
  size_t bytes = sizeof(has);
  return sysctlbyname("hw.optional.arm.FEAT_DotProd", &has, &bytes, nullptr, 0) == 0 && has != 0;
#else
  return false;
#endif
}

std::vector<Level> find_available() {
  std::vector<Level> levels;
  for (const Level level : built_levels()) {
    if (cpu_has(level)) levels.push_back(level);
  }
  return levels;
}

std::atomic<Level>& active() {
  static std::atomic<Level> level{best_level()};
  return level;
}

}  // namespace

const char* level_name(Level level) {
  switch (level) {
    case Level::kScalar: return "scalar";
    case Level::kAvx2: return "avx2";
    case Level::kAvxVnni: return "avx_vnni";
    case Level::kAvx512: return "avx512";
    case Level::kAvx512Vnni: return "avx512_vnni";
    case Level::kNeon: return "neon";
    case Level::kNeonDotprod: return "neon_dotprod";
  }
  return "unknown";
}

const std::vector<Level>& built_levels() {
#if defined(__x86_64__)
  static const std::vector<Level> levels = {Level::kScalar, Level::kAvx2, Level::kAvxVnni, Level::kAvx512,
                                            Level::kAvx512Vnni};
#elif defined(__aarch64__)
  static const std::vector<Level> levels = {Level::kScalar, Level::kNeon, Level::kNeonDotprod};
#else
  static const std::vector<Level> levels = {Level::kScalar};
#endif
  return levels;
}

bool cpu_has(Level level) {
  const auto cpu = xsimd::available_architectures();
  const bool avx2 = cpu.has(xsimd::fma3<xsimd::avx2>{});
  const bool avx512 =
      avx2 && cpu.has(xsimd::avx512cd{}) && cpu.has(xsimd::avx512bw{}) && cpu.has(xsimd::avx512dq{}) && has_avx512vl();
  switch (level) {
    case Level::kScalar: return true;
    case Level::kAvx2: return avx2;
    case Level::kAvxVnni: return avx2 && cpu.has(xsimd::avxvnni{});
    case Level::kAvx512: return avx512;
    case Level::kAvx512Vnni: return avx512 && cpu.has(xsimd::avx512vnni<xsimd::avx512bw>{});
    case Level::kNeon: return cpu.has(xsimd::neon64{});
    case Level::kNeonDotprod: return cpu.has(xsimd::neon64{}) && has_neon_dotprod();
  }
  return false;
}

const std::vector<Level>& available_levels() {
  static const std::vector<Level> levels = find_available();
  return levels;
}

Level best_level() { return available_levels().back(); }

Level level_named(const std::string& name) {
  std::string accepted;
  for (const Level level : available_levels()) {
    if (name == level_name(level)) return level;
    accepted += std::string(accepted.empty() ? "" : ", ") + level_name(level);
  }
  throw LevelFault("level '" + name + "': this CPU has " + accepted);
}

Level active_level() { return active().load(std::memory_order_relaxed); }

void set_active_level(Level level) { active().store(level, std::memory_order_relaxed); }

}  // namespace edgetwin::host
