// How the runs of two broadcasting operands lie.
#ifndef EDGETWIN_HOST_PAIR_RUNS_HPP_
#define EDGETWIN_HOST_PAIR_RUNS_HPP_

#include <cstdint>

namespace edgetwin::host {

/// Neighbouring dimensions along which each operand has all elements or one.
struct PairAxis {
  int64_t count;
  bool x_is_one;
  bool y_is_one;
};

/// The output's dimensions with neighbours of one kind merged, innermost first: axis 0 is a run.
class PairRuns {
 public:
  template <class Params>
  explicit PairRuns(const Params& p) {
    const int32_t dims[6] = {p.dim_0, p.dim_1, p.dim_2, p.dim_3, p.dim_4, p.dim_5};
    for (int i = 5; i >= 0; --i) {
      if (dims[i] == 1) continue;
      const bool x_is_one = ((p.x_broadcast >> i) & 1) != 0, y_is_one = ((p.y_broadcast >> i) & 1) != 0;
      if (count_ > 0 && axes_[count_ - 1].x_is_one == x_is_one && axes_[count_ - 1].y_is_one == y_is_one) {
        axes_[count_ - 1].count *= dims[i];
      } else {
        axes_[count_++] = {dims[i], x_is_one, y_is_one};
      }
    }
    if (count_ == 0) axes_[count_++] = {1, false, false};
  }

  [[nodiscard]] const PairAxis& run() const { return axes_[0]; }
  [[nodiscard]] int count() const { return count_; }
  [[nodiscard]] const PairAxis& axis(int i) const { return axes_[i]; }

  /// Calls visit(x, y, output) with the offset of each run of `count` elements.
  template <class Visitor>
  void for_each(Visitor&& visit) const {
    int64_t x_step[6], y_step[6], index[6] = {};
    int64_t x_size = 1, y_size = 1, runs = 1;
    for (int i = 0; i < count_; ++i) {
      x_step[i] = axes_[i].x_is_one ? 0 : x_size;
      y_step[i] = axes_[i].y_is_one ? 0 : y_size;
      x_size *= axes_[i].x_is_one ? 1 : axes_[i].count;
      y_size *= axes_[i].y_is_one ? 1 : axes_[i].count;
      if (i > 0) runs *= axes_[i].count;
    }
    int64_t x = 0, y = 0;
    for (int64_t r = 0; r < runs; ++r) {
      visit(x, y, r * axes_[0].count);
      for (int i = 1; i < count_; ++i) {
        x += x_step[i];
        y += y_step[i];
        if (++index[i] < axes_[i].count) break;
        x -= x_step[i] * axes_[i].count;
        y -= y_step[i] * axes_[i].count;
        index[i] = 0;
      }
    }
  }

 private:
  PairAxis axes_[6] = {};
  int count_ = 0;
};

}  // namespace edgetwin::host

#endif  // EDGETWIN_HOST_PAIR_RUNS_HPP_
