// Runs plans of a job file at a SIMD level, whether the CPU says that it has it or not: the levels of other processors
// in an emulator, and dot products that this one lacks. Without Python, so that it crosses to other processors.
//
//   host_runner LEVEL JOB RESULTS      LEVEL: one of built_levels(), or "none" for the device core's own code
//
// JOB is a sequence of little-endian int64. Bytes stand as their number (-1: absent) and the bytes themselves, filled
// up to a multiple of 8; text so, too.
//   job      magic, number of plans, plans
//   plan     samples, bytes of the arena, lists of storages and of steps, bytes of the initial state and of the
//            constants, list of inputs, bytes of the samples' states
//   storage  place, where, bytes
//   step     kernel, list of parameters (name, whether real, value), list of constants (name, bytes), lists of
//   storages:
//            inputs, state, outputs
//   input    whether all samples share it, bytes
// A list is its length and its elements. RESULTS are the bytes of each plan's outputs and states. The last line that is
// printed is the number of instructions that were emulated.
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "host/kernel_table.hpp"
#include "host/level.hpp"
#include "host/plan.hpp"
#include "host_runner/guarded_bytes.hpp"
#include "host_runner/vnni_emulator.hpp"

namespace edgetwin::host_runner {
namespace {

constexpr int64_t kMagic = 0x424A5448;  // "HTJB"

/// Reads a job from its beginning to its end.
class Reader {
 public:
  explicit Reader(const std::vector<char>& bytes) : next_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  int64_t number() {
    int64_t value;
    std::memcpy(&value, take(sizeof(value)), sizeof(value));
    return value;
  }

  double real() {
    double value;
    std::memcpy(&value, take(sizeof(value)), sizeof(value));
    return value;
  }

  /// Null data where they are absent.
  host::ConstantView bytes() {
    const int64_t count = number();
    if (count < 0) return {};
    return {take((count + 7) / 8 * 8), count};
  }

  std::string text() {
    const host::ConstantView view = bytes();
    return std::string(static_cast<const char*>(view.data), static_cast<size_t>(view.bytes));
  }

  /// Calls read() for each element of a list.
  template <class Read>
  void list(Read&& read) {
    for (int64_t i = number(); i > 0; --i) read();
  }

  std::vector<int> numbers() {
    std::vector<int> values;
    list([&] { values.push_back(static_cast<int>(number())); });
    return values;
  }

 private:
  const char* take(int64_t count) {
    if (count > end_ - next_) throw std::runtime_error("the job is cut short");
    next_ += count;
    return next_ - count;
  }

  const char* next_;
  const char* end_;
};

host::AlignedBytes aligned_copy(const host::ConstantView& view) {
  host::AlignedBytes copy(static_cast<size_t>(view.bytes));
  if (view.bytes != 0) std::memcpy(copy.data(), view.data, copy.size());
  return copy;
}

host::PlanStep read_step(Reader& job, const std::vector<host::Storage>& storages, std::optional<host::Level> level) {
  const std::string kernel = job.text();
  host::ParamMap params;
  job.list([&] {
    const std::string name = job.text();
    if (job.number() != 0) {
      params[name] = job.real();
    } else {
      params[name] = job.number();
    }
  });
  host::ConstantMap constants;
  job.list([&] {
    const std::string name = job.text();
    constants[name] = job.bytes();
  });
  host::PlanStep step;
  step.inputs = job.numbers();
  step.state = job.numbers();
  step.outputs = job.numbers();
  step.step = kernel == "copy" ? host::make_copy_step(storages.at(static_cast<size_t>(step.outputs.at(0))).bytes)
                               : host::make_step(kernel, params, constants, level);
  return step;
}

using Array = std::unique_ptr<GuardedBytes>;

Array array_of(int64_t bytes) { return std::make_unique<GuardedBytes>(static_cast<size_t>(bytes)); }

/// A copy of its own of bytes in the job.
Array copy_of(const host::ConstantView& view) {
  Array copy = array_of(view.bytes);
  if (view.bytes != 0) std::memcpy(copy->data(), view.data, copy->size());
  return copy;
}

void run_plan(Reader& job, std::optional<host::Level> level, std::ofstream& results) {
  const int64_t samples = job.number();
  const int64_t arena_bytes = job.number();
  std::vector<host::Storage> storages;
  job.list([&] {
    const auto place = static_cast<host::Place>(job.number());
    const int64_t where = job.number();
    storages.push_back({place, where, job.number()});
  });
  std::vector<host::PlanStep> steps;
  job.list([&] { steps.push_back(read_step(job, storages, level)); });
  host::AlignedBytes initial_state = aligned_copy(job.bytes());
  host::AlignedBytes constants = aligned_copy(job.bytes());
  const host::Plan plan(std::move(storages), std::move(steps), arena_bytes, std::move(initial_state),
                        std::move(constants), level);
  std::vector<Array> arrays;
  std::vector<host::SampleArray> inputs, outputs;
  job.list([&] {
    const bool shared = job.number() != 0;
    arrays.push_back(copy_of(job.bytes()));
    const auto bytes = static_cast<int64_t>(arrays.back()->size());
    const int64_t expected = plan.input_bytes().at(inputs.size()) * (shared ? 1 : samples);
    if (bytes != expected) throw std::runtime_error("an input has a wrong number of bytes");
    inputs.push_back({arrays.back()->data(), shared ? 0 : bytes / samples});
  });
  if (inputs.size() != plan.input_bytes().size()) throw std::runtime_error("a wrong number of inputs");
  for (const int64_t bytes : plan.output_bytes()) {
    arrays.push_back(array_of(bytes * samples));
    outputs.push_back({arrays.back()->data(), bytes});
  }
  const Array states = copy_of(job.bytes());
  if (states->size() != 0 && static_cast<int64_t>(states->size()) != plan.state_bytes() * samples) {
    throw std::runtime_error("the states have a wrong number of bytes");
  }
  plan.run(0, samples, inputs.data(), outputs.data(),
           {states->size() == 0 ? nullptr : states->data(), plan.state_bytes()});
  const auto put = [&](const GuardedBytes& bytes) {
    results.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  };
  for (size_t i = inputs.size(); i < arrays.size(); ++i) put(*arrays[i]);
  put(*states);
}

std::optional<host::Level> level_of(const std::string& name) {
  if (name == "none") return std::nullopt;
  std::string accepted = "none";
  for (const host::Level level : host::built_levels()) {
    if (name == host::level_name(level)) return level;
    accepted += std::string(", ") + host::level_name(level);
  }
  throw std::invalid_argument("level '" + name + "', accepted are " + accepted);
}

void run_job(const std::string& level_name, const std::string& job_path, const std::string& results_path) {
  const std::optional<host::Level> level = level_of(level_name);
  std::ifstream file(job_path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error(job_path + " cannot be read");
  std::vector<char> bytes(static_cast<size_t>(file.tellg()));
  file.seekg(0).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  Reader job(bytes);
  if (job.number() != kMagic) throw std::runtime_error(job_path + " is not a job");
  std::ofstream results(results_path, std::ios::binary);
  const int64_t plans = job.number();
  for (int64_t i = 0; i < plans; ++i) {
    try {
      run_plan(job, level, results);
    } catch (const std::exception& error) {
      throw std::runtime_error("plan " + std::to_string(i) + ": " + error.what());
    }
  }
  if (!results.flush()) throw std::runtime_error(results_path + " cannot be written");
}

}  // namespace
}  // namespace edgetwin::host_runner

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: host_runner LEVEL JOB RESULTS\n");
    return 2;
  }
  edgetwin::host_runner::install_vnni_emulator();
  try {
    edgetwin::host_runner::run_job(arguments[1], arguments[2], arguments[3]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "host_runner: %s\n", error.what());
    return 2;
  }
  std::printf("%lld\n", static_cast<long long>(edgetwin::host_runner::emulated_instructions()));
  return 0;
}
