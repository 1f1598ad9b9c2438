"""Record what CMSIS-NN's int16 element-wise kernels compute: `python make_cmsis_nn_s16.py CHECKOUT COMMIT`.

The kernels' plain C form, built for this machine by `cc` with each rounding. Writes cmsis_nn_s16.npz and manifest.json.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SOURCES = ("arm_elementwise_add_s16", "arm_elementwise_mul_s16")
#: Rounding -> the build's flag.
BUILDS = {"double": [], "single": ["-DCMSIS_NN_USE_SINGLE_ROUNDING"]}
CASES, SIZE, LEFT_SHIFT = 60, 61, 15
#: Scalar parameter -> its range. ADD takes all but `mul_shift`, MUL the output's multiplier, `mul_shift` and the clamp.
PARAMETERS = {
    **{f"{side}_multiplier": (2**30, 2**31 - 1) for side in ("x", "y", "output")},
    **{"x_shift": (-4, 0), "y_shift": (-4, 0), "output_shift": (-16, -12), "mul_shift": (-18, -10)},
    **{"activation_min": (-32768, -20000), "activation_max": (20000, 32767)},
}
#: What every other case has instead: small codes and shifts, with which both roundings differ often.
MOST_SMALL = 300
SMALL_SHIFTS = {"x_shift": (-12, -8), "y_shift": (-12, -8), "output_shift": (-4, -1), "mul_shift": (-6, -1)}


def build(checkout: Path, folder: Path, rounding: str) -> ctypes.CDLL:
    """Compile the kernels into a shared library."""
    library = folder / f"{rounding}.so"
    files = [str(checkout / "Source" / "BasicMathFunctions" / f"{name}.c") for name in SOURCES]
    # The kernels shift negative numbers left.
    command = ["cc", "-O1", "-w", "-shared", "-fPIC", "-fwrapv", f"-I{checkout / 'Include'}", *BUILDS[rounding]]
    subprocess.run([*command, *files, "-o", str(library)], check=True)
    return ctypes.CDLL(str(library))


def main() -> None:
    """Record every case with both builds."""
    checkout, commit = Path(sys.argv[1]).resolve(), sys.argv[2]
    rng = np.random.default_rng(16)
    arrays = {name: rng.integers(-32768, 32767, (CASES, SIZE), np.int16, endpoint=True) for name in ("x", "y")}
    arrays |= {name: rng.integers(*ends, CASES, np.int32, endpoint=True) for name, ends in PARAMETERS.items()}
    for name in ("x", "y"):
        arrays[name][::2] = rng.integers(-MOST_SMALL, MOST_SMALL, (CASES // 2, SIZE), np.int16, endpoint=True)
    for name, ends in SMALL_SHIFTS.items():
        arrays[name][::2] = rng.integers(*ends, CASES // 2, np.int32, endpoint=True)
    with tempfile.TemporaryDirectory() as folder:
        for rounding in BUILDS:
            library = build(checkout, Path(folder), rounding)
            outputs = np.zeros((2, CASES, SIZE), np.int16)
            for case in range(CASES):
                p = {name: int(arrays[name][case]) for name in PARAMETERS}
                clamp = (p["activation_min"], p["activation_max"], SIZE)
                x, y, total, product = (
                    ctypes.c_void_p(array[case].ctypes.data) for array in (arrays["x"], arrays["y"], *outputs)
                )
                sides = [(0, p[f"{side}_multiplier"], p[f"{side}_shift"]) for side in ("x", "y", "output")]
                library.arm_elementwise_add_s16(x, y, *sides[0], *sides[1], LEFT_SHIFT, total, *sides[2], *clamp)
                scale = (p["output_multiplier"], p["mul_shift"])
                library.arm_elementwise_mul_s16(x, y, 0, 0, product, 0, *scale, *clamp)
            arrays |= {f"{name}_{rounding}": output for name, output in zip(("add", "mul"), outputs, strict=True)}
    path = HERE / "cmsis_nn_s16.npz"
    np.savez_compressed(path, **arrays)
    entry = {
        "tool": "CMSIS-NN, plain C",
        "version": commit,
        "script": Path(__file__).name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
    }
    (HERE / "manifest.json").write_text(json.dumps({path.name: entry}, indent=2) + "\n")


if __name__ == "__main__":
    main()
