// What float32 operators do to one value or to two. NaN, infinities and the sign of zero go as in LiteRT's own kernels.
#ifndef EDGETWIN_HOST_FLOAT32_FUNCTIONS_HPP_
#define EDGETWIN_HOST_FLOAT32_FUNCTIONS_HPP_

#include <cmath>

namespace edgetwin::host::float32 {

struct Abs {
  static constexpr const char* kName = "abs_f32";
  float operator()(float x) const { return std::abs(x); }
};
struct Neg {
  static constexpr const char* kName = "neg_f32";
  float operator()(float x) const { return -x; }
};
struct Square {
  static constexpr const char* kName = "square_f32";
  float operator()(float x) const { return x * x; }
};
struct Sqrt {
  static constexpr const char* kName = "sqrt_f32";
  float operator()(float x) const { return std::sqrt(x); }
};
struct Rsqrt {
  static constexpr const char* kName = "rsqrt_f32";
  float operator()(float x) const { return 1.0F / std::sqrt(x); }
};
struct Exp {
  static constexpr const char* kName = "exp_f32";
  float operator()(float x) const { return std::exp(x); }
};
struct Log {
  static constexpr const char* kName = "log_f32";
  float operator()(float x) const { return std::log(x); }
};
struct Sin {
  static constexpr const char* kName = "sin_f32";
  float operator()(float x) const { return std::sin(x); }
};
struct Cos {
  static constexpr const char* kName = "cos_f32";
  float operator()(float x) const { return std::cos(x); }
};
struct Floor {
  static constexpr const char* kName = "floor_f32";
  float operator()(float x) const { return std::floor(x); }
};
struct Ceil {
  static constexpr const char* kName = "ceil_f32";
  float operator()(float x) const { return std::ceil(x); }
};
/// To the nearest integer, ties to even: what nearbyint does in the default rounding mode, the only one used here.
struct Round {
  static constexpr const char* kName = "round_f32";
  float operator()(float x) const { return std::nearbyint(x); }
};
/// Zero has no sign.
struct Sign {
  static constexpr const char* kName = "sign_f32";
  float operator()(float x) const { return x > 0.0F ? 1.0F : x < 0.0F ? -1.0F : x + 0.0F; }
};

struct Relu {
  static constexpr const char* kName = "relu_f32";
  float operator()(float x) const { return x < 0.0F ? 0.0F : x; }
};
struct Relu6 {
  static constexpr const char* kName = "relu6_f32";
  float operator()(float x) const { return x > 6.0F ? 6.0F : x < 0.0F ? 0.0F : x; }
};
struct ReluN1To1 {
  static constexpr const char* kName = "relu_n1_to_1_f32";
  float operator()(float x) const { return x > 1.0F ? 1.0F : x < -1.0F ? -1.0F : x; }
};
struct Relu0To1 {
  static constexpr const char* kName = "relu_0_to_1_f32";
  float operator()(float x) const { return x > 1.0F ? 1.0F : x < 0.0F ? 0.0F : x; }
};
struct Elu {
  static constexpr const char* kName = "elu_f32";
  float operator()(float x) const { return x < 0.0F ? std::expm1(x) : x; }
};
struct Gelu {
  static constexpr const char* kName = "gelu_f32";
  float operator()(float x) const {
    constexpr float kHalfRoot = 0.70710678118654752440F;
    return 0.5F * x * std::erfc(-x * kHalfRoot);
  }
};
/// The form by tanh, which models ask for with `approximate`. It cancels below zero, as LiteRT's does.
struct GeluTanh {
  static constexpr const char* kName = "gelu_tanh_f32";
  float operator()(float x) const {
    constexpr float kRoot = 0.79788456080286535588F;  // sqrt(2 / pi)
    return 0.5F * x * (1.0F + std::tanh(kRoot * (x + 0.044715F * (x * x * x))));
  }
};
struct HardSwish {
  static constexpr const char* kName = "hard_swish_f32";
  float operator()(float x) const {
    const float raised = x + 3.0F;
    const float gate = raised < 0.0F ? 0.0F : raised > 6.0F ? 6.0F : raised;
    // TFLite Micro's order, which alone would overflow beyond a sixth of the largest number, where LiteRT does not.
    const float product = x * gate;
    return std::isfinite(product) ? product / 6.0F : x * (gate / 6.0F);
  }
};
/// Below -9 TFLite Micro takes exp(x), which is larger by up to 1.2e-4 of it; this is as near to LiteRT's there as
/// elsewhere.
struct Logistic {
  static constexpr const char* kName = "logistic_f32";
  float operator()(float x) const { return 1.0F / (1.0F + std::exp(-x)); }
};
struct Tanh {
  static constexpr const char* kName = "tanh_f32";
  float operator()(float x) const { return std::tanh(x); }
};

struct Add {
  static constexpr const char* kName = "add_f32";
  float operator()(float x, float y) const { return x + y; }
};
struct Sub {
  static constexpr const char* kName = "sub_f32";
  float operator()(float x, float y) const { return x - y; }
};
struct Mul {
  static constexpr const char* kName = "mul_f32";
  float operator()(float x, float y) const { return x * y; }
};
struct Div {
  static constexpr const char* kName = "div_f32";
  float operator()(float x, float y) const { return x / y; }
};
struct Maximum {
  static constexpr const char* kName = "maximum_f32";
  float operator()(float x, float y) const { return x > y ? x : y; }
};
struct Minimum {
  static constexpr const char* kName = "minimum_f32";
  float operator()(float x, float y) const { return x < y ? x : y; }
};
struct SquaredDifference {
  static constexpr const char* kName = "squared_difference_f32";
  float operator()(float x, float y) const { return (x - y) * (x - y); }
};
struct Pow {
  static constexpr const char* kName = "pow_f32";
  float operator()(float x, float y) const { return std::pow(x, y); }
};
struct Prelu {
  static constexpr const char* kName = "prelu_f32";
  float operator()(float x, float alpha) const {
    const float scaled = x * alpha;
    return x >= 0.0F ? x : scaled;
  }
};

struct Equal {
  static constexpr const char* kName = "equal_f32";
  bool operator()(float x, float y) const { return x == y; }
};
struct NotEqual {
  static constexpr const char* kName = "not_equal_f32";
  bool operator()(float x, float y) const { return x != y; }
};
struct Greater {
  static constexpr const char* kName = "greater_f32";
  bool operator()(float x, float y) const { return x > y; }
};
struct GreaterEqual {
  static constexpr const char* kName = "greater_equal_f32";
  bool operator()(float x, float y) const { return x >= y; }
};
struct Less {
  static constexpr const char* kName = "less_f32";
  bool operator()(float x, float y) const { return x < y; }
};
struct LessEqual {
  static constexpr const char* kName = "less_equal_f32";
  bool operator()(float x, float y) const { return x <= y; }
};

}  // namespace edgetwin::host::float32

#endif  // EDGETWIN_HOST_FLOAT32_FUNCTIONS_HPP_
