"""Exported models, several in one firmware, on an emulated core: all that they compute, to compare afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from oracles.exported import Exported, _joined, c_objects

import edgetwin as et
from edgetwin.device.qemu import COMPILER, CORES, EMULATOR, device_source

#: Of each model and sample: outputs of a plain run; of an observed one outputs again and every piece with its head.
_MAIN = """\
#include "edgetwin/check.hpp"
#include "semihosting.hpp"
namespace io = edgetwin::runner;

static int32_t output;

static void put(const void* data, int32_t bytes) {
  if (!io::write_file(output, data, static_cast<size_t>(bytes))) io::exit_emulation(2);
}

static void see(void*, int32_t op, int32_t offset, const void* data, int32_t bytes) {
  const int32_t head[] = {op, offset, bytes};
  put(head, sizeof head);
  put(data, bytes);
}

static void run(const edgetwin::CheckedModel& model, const edgetwin::Observer* observer) {
  if (model.reset != nullptr) model.reset();
  model.run(observer);
  const int32_t end[] = {-1, 0, 0};
  if (observer != nullptr) put(end, sizeof end);
  for (int32_t i = 0; i < model.output_count; ++i) {
    put(model.outputs[i], model.output_bytes[i]);
  }
}

int main() {
  const int32_t input = io::open_file("in.bin", 6, io::kReadBinary);
  output = io::open_file("out.bin", 7, io::kWriteBinary);
  const edgetwin::Observer observer = {nullptr, see};
  for (const edgetwin::CheckedModel* model : kModels) {
    for (int32_t sample = 0; sample < kSamples; ++sample) {
      for (int32_t i = 0; i < model->input_count; ++i) {
        if (!io::read_file(input, model->inputs[i], static_cast<size_t>(model->input_bytes[i]))) return 1;
      }
      run(*model, nullptr);
      run(*model, &observer);
    }
  }
  io::close_file(output);
  return 0;
}
"""


def run_on_board(
    models: Mapping[str, et.Model],
    inputs: Mapping[str, list],
    core: str,
    folder: Path,
    kernels: str = "fast",
    **options: object,
) -> dict[str, Replayed]:
    """Export the models, run all samples on the core, and return what to compare; as many samples of each model."""
    unit = []
    for name, model in models.items():
        model.export(folder / name, name=name, kernels=kernels, **options)
        unit += [f'#include "{name}/model/{name}{part}.cpp"\n' for part in ("", "_check")]
    count = len(next(iter(inputs.values())))
    entries = ", ".join(f"&{name}::kChecked" for name in models)
    unit.append(f"static const edgetwin::CheckedModel* const kModels[] = {{{entries}}};\n")
    unit.append(f"constexpr int32_t kSamples = {count};\n{_MAIN}")
    (folder / "main.cpp").write_text("".join(unit))
    samples = [array for name in models for sample in inputs[name] for array in sample]
    (folder / "in.bin").write_bytes(b"".join(np.ascontiguousarray(array).tobytes() for array in samples))
    runner, program = device_source() / "runner", folder / "all.elf"
    done = subprocess.run(
        [COMPILER, "-std=c++17", "-O2", "-mthumb", "-fno-exceptions", "-fno-rtti", "-nostartfiles", "-Wall", "-Wextra",
         "-Werror", *CORES[core].flags, *(f"-I{folder / name}" for name in models), f"-I{runner}", f"-L{runner}",
         "-T", runner / CORES[core].linker_script, runner / "startup.cpp", folder / "main.cpp",
         *c_objects(models, folder, [COMPILER.replace("g++", "gcc"), "-O2", "-mthumb", *CORES[core].flags]),
         "-o", program],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[:4000]
    command = [EMULATOR, "-M", CORES[core].board, "-semihosting-config", "enable=on,target=native", "-nographic"]
    done = subprocess.run(
        [*command, "-kernel", program], cwd=folder, capture_output=True, check=False, timeout=300,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    recorded = _Recorded((folder / "out.bin").read_bytes())
    found = {name: Replayed(name, model, recorded, count) for name, model in models.items()}
    assert recorded.at == len(recorded.data)
    return found


class _Recorded:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int) -> bytes:
        self.at += count
        assert self.at <= len(self.data), "the firmware wrote too little"
        return self.data[self.at - count : self.at]


class Replayed(Exported):
    """What a board has computed, run by run."""

    def __init__(self, name, model, recorded, count) -> None:
        self.model = model
        self.name = name
        sizes = [model.graph.tensors[index].nbytes for index in model.graph.outputs]
        self.runs = []
        for _ in range(count):
            self.runs.append(([recorded.take(size) for size in sizes], {}))
            seen: dict[int, dict[int, bytes]] = {}
            while True:
                operator, offset, nbytes = np.frombuffer(recorded.take(12), "<i4").tolist()
                if operator < 0:
                    break
                seen.setdefault(operator, {})[offset] = recorded.take(nbytes)
            outputs = [recorded.take(size) for size in sizes]
            self.runs.append((outputs, {number: _joined(number, pieces) for number, pieces in seen.items()}))

    def run(self, inputs, *, observed=False):
        outputs, seen = self.runs.pop(0)
        assert bool(seen) == observed
        return outputs, seen

    def reset(self):
        pass

    def _compare_sequence(self, samples):
        pass
