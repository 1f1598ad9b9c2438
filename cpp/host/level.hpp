// SIMD levels: which this build holds, which this CPU runs, and the one in use. Every level gives the same bytes.
#ifndef EDGETWIN_HOST_LEVEL_HPP_
#define EDGETWIN_HOST_LEVEL_HPP_

#include <stdexcept>
#include <string>
#include <vector>

namespace edgetwin::host {

/// In the order of preference: of those that a CPU has, the last is the best.
enum class Level {
  kScalar,
  kAvx2,        ///< with FMA
  kAvxVnni,     ///< AVX2 with the 256-bit dot product
  kAvx512,      ///< F, CD, BW, DQ and VL: servers before VNNI
  kAvx512Vnni,  ///< kAvx512 with the dot product
  kNeon,
  kNeonDotprod,
};

/// A level that this build or this CPU lacks.
struct LevelFault : std::invalid_argument {
  using std::invalid_argument::invalid_argument;
};

[[nodiscard]] const char* level_name(Level level);

/// The levels that this build holds code for, worst first.
[[nodiscard]] const std::vector<Level>& built_levels();
/// Whether this CPU and its operating system run code of `level`.
[[nodiscard]] bool cpu_has(Level level);
/// Those of built_levels() that the CPU has, worst first; never empty.
[[nodiscard]] const std::vector<Level>& available_levels();
[[nodiscard]] Level best_level();

/// The available level of this name. Throws LevelFault, which lists the available ones.
[[nodiscard]] Level level_named(const std::string& name);

/// The level of everything that asks for no other: at first best_level(). It is the whole process's.
[[nodiscard]] Level active_level();
void set_active_level(Level level);

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_LEVEL_HPP_
