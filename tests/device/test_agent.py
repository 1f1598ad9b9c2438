"""The agent in firmware that is not ours: another set of kernels on an emulated M4; the hook for TFLite Micro."""

from __future__ import annotations

import re
import shutil
import subprocess

import numpy as np
import pytest
from oracles.foreign_firmware import model_bytes, sources
from oracles.small_models import softmax_model

import edgetwin as et
from edgetwin.device.agent import ADAPTERS, agent_header, agent_howto
from edgetwin.device.qemu_board import BOARDS, build_firmware, start_board


@pytest.fixture(scope="module")
def model():
    return et.load(model_bytes())


def codes(n):
    return np.random.default_rng(0).integers(-128, 128, (n, 8, 8, 2)).astype(np.int8)


def start(model, folder, fault=""):
    for tool in (BOARDS["cortex-m4"].emulator[0], BOARDS["cortex-m4"].compiler[0]):
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is not installed: {BOARDS['cortex-m4'].install}")
    for name, text in sources(agent_header(model, "theirs"), fault).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    program = build_firmware("cortex-m4", folder, folder / "firmware.elf", "firmware")
    return start_board("cortex-m4", program, model)


def test_another_set_of_kernels_is_equal_per_operator(model, tmp_path):
    with start(model, tmp_path) as board:
        assert board.info().model == "theirs"
        result = et.device.assert_bit_exact(model, board, codes(6))
        assert [d.name for d in result.operators] == ["conv_2d", "depthwise_conv_2d", "max_pool_2d", "fully_connected"]
        assert all(len(np.unique(array)) > 12 for array in model.trace(codes(6)).values())


def test_a_fault_is_named_with_its_operator_and_element(model, tmp_path):
    with start(model, tmp_path, "narrow[3 * 64 + 2 * 8 + 5] ^= 8;") as board:
        with pytest.raises(AssertionError) as error:
            et.device.assert_bit_exact(model, board, codes(3))
        ours = model.trace(codes(3))[1][0, 2, 5, 3]
        said = f"first: operator 1 (depthwise_conv_2d), tensor 'b', at (0, 2, 5, 3): {ours} against {ours ^ 8}"
        assert said in str(error.value)
        assert "there: 3 of 960 elements differ, in 3 samples" in str(error.value)


def test_the_agent_is_small(model, tmp_path):
    """Under 2 kB of flash, no heap: the server and an adapter, without the port and the model."""
    compiler = BOARDS["cortex-m4"].compiler
    if shutil.which(compiler[0]) is None:
        pytest.skip(f"{compiler[0]} is not installed: {BOARDS['cortex-m4'].install}")
    (tmp_path / "edgetwin_agent.hpp").write_text(agent_header(model, "theirs"))
    (tmp_path / "main.cpp").write_text("""
#include "edgetwin_agent.hpp"
extern "C" int uart_read();
extern "C" void uart_write(const char*, int32_t);
struct Port {
  int read() { return uart_read(); }
  void write(const char* text, int32_t length) { uart_write(text, length); }
};
void check(const edgetwin::CheckedModel& checked) {
  Port port;
  edgetwin::serve(checked, port);
}
""")
    flags = [
        "-Os",
        "-std=c++17",
        "-fno-exceptions",
        "-fno-rtti",
        "-Wall",
        "-Wextra",
        "-Wconversion",
        "-Wshadow",
        "-Werror",
    ]
    target = tmp_path / "main.o"
    command = [*compiler, *flags, "-c", tmp_path / "main.cpp", "-o", target]
    subprocess.run(command, check=True, capture_output=True)
    size = subprocess.run(["arm-none-eabi-size", target], check=True, capture_output=True, text=True).stdout
    assert 500 < int(size.splitlines()[1].split()[0]) < 2048
    undefined = subprocess.run(["arm-none-eabi-nm", "-u", target], check=True, capture_output=True, text=True).stdout
    assert {line.split()[-1] for line in undefined.splitlines()} == {"uart_read", "uart_write"}


# As much of TFLite Micro as the adapter touches: an arena in which operators write over each other's outputs.
TFLM = """
#include <unistd.h>
#include "edgetwin_agent.hpp"

namespace tflite {
class MicroProfilerInterface {
 public:
  virtual ~MicroProfilerInterface() {}
  virtual uint32_t BeginEvent(const char* tag) = 0;
  virtual void EndEvent(uint32_t handle) = 0;
};
}  // namespace tflite

static int8_t arena[4];
static int8_t input[4];

struct Interpreter {
  tflite::MicroProfilerInterface* profiler;
  const void* tensor(int32_t index) { return index == 3 || index == 4 ? arena : nullptr; }
  void Invoke() {
    for (int op = 0; op < 2; ++op) {
      const uint32_t handle = profiler->BeginEvent(op == 0 ? "FULLY_CONNECTED" : "SOFTMAX");
      for (int i = 0; i < 4; ++i) arena[i] = static_cast<int8_t>(op == 0 ? input[i] + 1 : arena[i] * 2);
      profiler->EndEvent(handle);
    }
  }
};

namespace agent = edgetwin::agent;
static agent::OperatorHook<tflite::MicroProfilerInterface, Interpreter> hook(agent::kOperators, agent::kOperatorCount);
static Interpreter interpreter{&hook};

static void run(const edgetwin::Observer* observer) {
  hook.begin(&interpreter, observer);
  interpreter.Invoke();
}

struct Port {
  int read() {
    unsigned char byte;
    return ::read(0, &byte, 1) == 1 ? byte : -1;
  }
  void write(const char* text, int32_t length) {
    if (::write(1, text, static_cast<size_t>(length)) != length) _exit(3);
  }
};

int main() {
  static void* const inputs[] = {input};
  static const void* const outputs[] = {arena};
  static const edgetwin::CheckedModel checked = {agent::kModelName, agent::kModelHash, 1, agent::kInputBytes, inputs,
                                                 1, agent::kOutputBytes, outputs, run, nullptr};
  Port port;
  edgetwin::serve(checked, port);
}
"""


def test_the_profiler_shows_every_operator(tmp_path):
    pytest.importorskip("serial", reason="pyserial is not installed: pip install edgetwin[serial]")
    from oracles.check_board import FakeBoard

    if shutil.which("g++") is None:
        pytest.skip("g++ is not installed: apt-get install g++")
    model = et.load(softmax_model())
    (tmp_path / "edgetwin_agent.hpp").write_text(agent_header(model, "tflm"))
    (tmp_path / "main.cpp").write_text(TFLM)
    flags = ["-std=c++17", "-Wall", "-Wextra", "-Werror"]
    subprocess.run(["g++", *flags, tmp_path / "main.cpp", "-o", tmp_path / "firmware"], check=True)
    x = np.array([[1, 2, 3, 4], [50, -60, 7, -8]], np.int8)
    with FakeBoard(tmp_path / "firmware") as board, et.device.open(f"serial:{board.path}", model) as device:
        trace = device.trace(x)
        np.testing.assert_array_equal(trace[0], x + 1)
        np.testing.assert_array_equal(trace[1], (x + 1) * 2)
        np.testing.assert_array_equal(device.run(x), (x + 1) * 2)


def test_the_header_stands_alone(model):
    header = agent_header(model, 'na"me\\')
    assert re.findall(r"#include.*", header) == ["#include <cstdint>"]
    assert 'kModelName[] = "na_me_"' in header
    assert f'kModelHash[] = "{model.hash}"' in header
    assert "{6, 320},  // 1 depthwise_conv_2d" in header


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_howto(adapter):
    text = agent_howto(adapter)
    assert text.count("```") % 2 == 0
    assert "edgetwin verify MODEL --device serial:PORT" in text
    with pytest.raises(et.DataError, match="adapter 'mbed', accepted are tflite-micro, calls"):
        agent_howto("mbed")
