"""The device core's float32 functions: errors against float64, special values, the same bits under any flags."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest
from oracles.cases_signal import FUNCTIONS, cosines

from edgetwin import _core
from edgetwin.device.qemu import device_source
from edgetwin.errors import QuantizationError, ShapeError

#: Largest error in units of the last place over every 67th of the 2^32 inputs, rounded up.
ULPS = {"log": 0.77, "log10": 0.66, "exp": 0.95, "square_root": 0.5, "sin": 2.65, "cos": 2.65}
EXACT = {name: getattr(np, {"square_root": "sqrt"}.get(name, name)) for name in FUNCTIONS}
INFINITY, NAN = np.float32(np.inf), np.float32(np.nan)


def apply(name, values):
    values = np.ascontiguousarray(values, np.float32)
    params = {"function": FUNCTIONS.index(name), "size": values.size}
    return _core.run_kernel("function_f32", params, [values], {})[0].view(np.float32)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_error_over_a_sample_of_all_inputs(name):
    """Every 4099th of the 2^32 float32 numbers."""
    values = np.arange(0, 2**32, 4099, dtype=np.uint64).astype(np.uint32).view(np.float32)
    ours = apply(name, values)
    with np.errstate(all="ignore"):
        exact = EXACT[name](values.astype(np.float64))
        rounded = exact.astype(np.float32)
    finite = np.isfinite(rounded) & np.isfinite(ours)
    np.testing.assert_array_equal(ours[~finite], rounded[~finite])
    _, exponents = np.frexp(exact[finite])
    error = np.abs(ours[finite] - exact[finite]) / np.ldexp(1.0, np.maximum(exponents, -125) - 24)
    assert error.max() <= ULPS[name]


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("log", [0.0, -0.0, 1.0, INFINITY, -1.0, -INFINITY, NAN], [-INFINITY, -INFINITY, 0.0, INFINITY, NAN, NAN, NAN]),
        ("log10", [0.0, -1e-45, 1.0, INFINITY, NAN], [-INFINITY, NAN, 0.0, INFINITY, NAN]),
        ("exp", [0.0, -INFINITY, INFINITY, -200.0, 200.0, NAN], [1.0, 0.0, INFINITY, 0.0, INFINITY, NAN]),
        ("square_root", [0.0, -0.0, 4.0, INFINITY, -1e-45, NAN], [0.0, -0.0, 2.0, INFINITY, NAN, NAN]),
        ("sin", [0.0, -0.0, INFINITY, NAN], [0.0, -0.0, NAN, NAN]),
        ("cos", [0.0, -INFINITY, NAN], [1.0, NAN, NAN]),
    ],
    ids=FUNCTIONS,
)
def test_special_values(name, values, expected):
    ours, expected = apply(name, values), np.float32(expected)
    np.testing.assert_array_equal(ours, expected)
    np.testing.assert_array_equal(np.signbit(ours[~np.isnan(expected)]), np.signbit(expected[~np.isnan(expected)]))


def test_square_root_is_that_of_ieee_754():
    values = [0.0, 1.0, 1e-45, 1.17e-38, 3.4e38]
    bits = np.random.default_rng(2).integers(0, 0x7F800000, 100_000).astype(np.uint32)
    values = np.concatenate([np.float32(values), bits.view(np.float32)])
    np.testing.assert_array_equal(apply("square_root", values), np.sqrt(values))


@pytest.mark.parametrize("size", [2**k for k in range(2, 14)])
def test_transform_against_float64(size):
    values = np.random.default_rng(size).normal(0, 3, size).astype(np.float32)
    packed = _core.run_kernel("real_fft_f32", {"size": size}, [values], {"cosines": cosines(size)})[0].view(np.float32)
    spectrum = np.fft.rfft(values.astype(np.float64))
    expected = np.concatenate([[spectrum[0].real, spectrum[-1].real], spectrum[1:-1].view(np.float64)])
    error = np.abs(packed - expected).max() / np.sqrt(np.mean(np.abs(spectrum) ** 2))
    assert error < 2.0**-24 * (3 + np.log2(size))


@pytest.mark.parametrize("size", [0, 1, 2, 3, 6, 100, 2**14, -16])
def test_lengths_that_are_no_power_of_two_are_refused(size):
    with pytest.raises(ShapeError, match="bad shape"):
        _core.run_kernel("real_fft_f32", {"size": size}, [np.zeros(4, np.float32)], {"cosines": cosines(4)})


def filtered(band, order, cutoff, rate, values, state):
    params = {"band": band, "order": order, "cutoff_hz": cutoff, "rate_hz": rate, "size": values.size}
    return _core.run_kernel("butterworth_f32", params, [values], {}, [state])[0].view(np.float32)


@pytest.mark.parametrize("order", [2, 4, 6, 8])
@pytest.mark.parametrize("band", ["low", "high"])
def test_butterworth_equals_scipy_to_the_last_bit(band, order):
    signal = pytest.importorskip("scipy.signal")
    rng = np.random.default_rng([order, len(band)])
    for _ in range(40):
        rate = float(np.float32(rng.uniform(10, 500)))
        cutoff = float(np.float32(rate * rng.uniform(0.02, 0.49)))
        values = rng.normal(9.8, 1, 300).astype(np.float32)
        sections = signal.butter(order, cutoff, band, fs=rate, output="sos").astype(np.float32)
        ours = filtered(["low", "high"].index(band), order, cutoff, rate, values, np.zeros(order, np.float32))
        np.testing.assert_array_equal(ours, signal.sosfilt(sections, values), f"{cutoff} of {rate} Hz")


def test_blocks_of_any_size_give_what_one_call_gives():
    rng = np.random.default_rng(4)
    values = rng.normal(5, 3, 500).astype(np.float32)
    whole, parts, state = filtered(0, 6, 3.0, 62.5, values, np.zeros(6, np.float32)), [], np.zeros(6, np.float32)
    first = 0
    while first < values.size:
        size = int(rng.integers(1, 40))
        parts.append(filtered(0, 6, 3.0, 62.5, values[first : first + size].copy(), state))
        first += size
    np.testing.assert_array_equal(np.concatenate(parts), whole)


@pytest.mark.parametrize(
    ("change"),
    [
        {"order": 3},
        {"order": 0},
        {"order": 18},
        {"cutoff_hz": 31.25},
        {"cutoff_hz": 0.0},
        {"band": 2},
        {"rate_hz": -1.0},
    ],
    ids=str,
)
def test_impossible_filters_are_refused(change):
    params = {"band": 0, "order": 6, "cutoff_hz": 3.0, "rate_hz": 62.5, "size": 4} | change
    with pytest.raises(QuantizationError, match="parameter out of range"):
        _core.run_kernel("butterworth_f32", params, [np.zeros(4, np.float32)], {}, [np.zeros(6, np.float32)])


def test_unstable_sections_are_refused():
    """At a cut-off so low float32 puts a pole on the unit circle."""
    with pytest.raises(QuantizationError, match="parameter out of range"):
        filtered(0, 8, 0.01, 1000.0, np.zeros(4, np.float32), np.zeros(8, np.float32))


PROGRAM = """
#include <cstdio>
#include "signal_math.hpp"
template <class Call>
int run(typename Call::Params params, const float* input, const float* constant, int size) {
  using namespace edgetwin::calls;
  static float output[4096], state[64];
  Operands operands = {};
  operands.inputs[0] = input;
  operands.constants[0] = constant;
  operands.state[0] = state;
  operands.outputs[0] = output;
  Call::run(params, operands);
  return std::fwrite(output, 4, size, stdout) == size_t(size) ? 0 : 1;
}
int main() {
  using namespace edgetwin::calls;
  static float input[1024], cosines[257];
  if (std::fread(input, 4, 1024, stdin) != 1024 || std::fread(cosines, 4, 257, stdin) != 257) return 1;
  int failed = 0;
  for (int f = 0; f < 6; ++f) failed += run<FunctionF32>({static_cast<Function>(f), 1024}, input, nullptr, 1024);
  failed += run<RealFftF32>({1024}, input, cosines, 1024);
  failed += run<ButterworthF32>({0, 6, 3.0f, 62.5f, 1024}, input, nullptr, 1024);
  return failed;
}
"""


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize(
    "flags", [("-O2",), ("-O3", "-march=native"), ("-O2", "-march=native", "-ffp-contract=fast")], ids=" ".join
)
def test_contraction_cannot_change_results(compiler, flags, tmp_path):
    """Built with a compiler's default, or told to fuse wherever it may, the core gives this extension's bytes."""
    path = shutil.which(compiler)
    if path is None:
        pytest.skip(f"{compiler} is not installed: apt-get install g++ clang")
    source, program = tmp_path / "main.cpp", tmp_path / "main"
    source.write_text(PROGRAM)
    root = device_source()
    command = [path, "-std=c++17", *flags, f"-I{root / 'include'}", f"-I{root / 'calls'}", source, "-o", program]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    values, table = np.abs(np.random.default_rng(5).normal(0, 30, 1024)).astype(np.float32), cosines(1024)
    given = subprocess.run([program], input=values.tobytes() + table.tobytes(), capture_output=True, check=True).stdout
    expected = [apply(name, values) for name in FUNCTIONS]
    expected += [_core.run_kernel("real_fft_f32", {"size": 1024}, [values], {"cosines": table})[0].view(np.float32)]
    expected += [filtered(0, 6, 3.0, 62.5, values, np.zeros(6, np.float32))]
    np.testing.assert_array_equal(np.frombuffer(given, np.float32), np.concatenate(expected))
