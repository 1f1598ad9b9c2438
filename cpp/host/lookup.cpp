// Kernels that map each int8 code to one int8 code, as a table of 256 bytes that the device core filled.
#include <cstdint>

#include "host/fast_steps.hpp"
#include "host/kernel_table.hpp"

namespace edgetwin::host {
namespace {

class LookupStep final : public Step {
 public:
  LookupStep(int64_t count, const simd::Kernels* kernels) : layout_{}, kernels_(kernels) {
    layout_.inputs[0] = layout_.outputs[0] = count;
  }

  [[nodiscard]] const calls::Layout& layout() const override { return layout_; }
  [[nodiscard]] int8_t* table() { return table_; }

  void run(const calls::Operands& operands) const override { run_block(operands, 1); }

  [[nodiscard]] int64_t block_samples() const override {
    return layout_.inputs[0] > kMostBlockBytes ? 1 : kBlockSamples;
  }

  void run_block(const calls::Operands& operands, int64_t samples) const override {
    const int8_t* input = calls::as<int8_t>(operands.inputs[0]);
    int8_t* output = calls::as<int8_t>(operands.outputs[0]);
    const int64_t count = samples * layout_.inputs[0];
    if (kernels_ != nullptr) return kernels_->look_up(input, count, table_, output);
    for (int64_t i = 0; i < count; ++i) output[i] = table_[static_cast<uint8_t>(input[i])];
  }

 private:
  calls::Layout layout_;
  const simd::Kernels* kernels_;  ///< null for none
  int8_t table_[256];
};

}  // namespace

std::unique_ptr<Step> make_lookup(const std::string& kernel, const ParamMap& params, const ConstantMap& constants,
                                  const simd::Kernels* kernels) {
  // What was given is checked as it came, then the kernel runs once on all 256 codes.
  const std::unique_ptr<Step> checked = make_step(kernel, params, constants, std::nullopt);
  ParamMap all_codes = params;
  all_codes["size"] = int64_t{256};
  const std::unique_ptr<Step> core = make_step(kernel, all_codes, constants, std::nullopt);
  auto lookup = std::make_unique<LookupStep>(checked->layout().inputs[0], kernels);
  int8_t codes[256];
  for (int code = 0; code < 256; ++code) codes[code] = static_cast<int8_t>(static_cast<uint8_t>(code));
  calls::Operands operands = {};
  operands.inputs[0] = codes;
  operands.outputs[0] = lookup->table();
  core->run(operands);
  return lookup;
}

}  // namespace edgetwin::host
