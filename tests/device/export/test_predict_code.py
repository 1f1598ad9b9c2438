"""predict() of exports: from real values to real values as `Model.predict`, whatever the inputs and outputs hold."""

from __future__ import annotations

import ctypes
import subprocess

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.exported import FLAGS, INSTALL, compiler

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS, random_inputs
from edgetwin.io.tflite_write import write_tflite

#: Generator and number: one of each way in and out.
CASES = {
    "int8": ("softmax", 0), "int16": ("max_pool_2d", 1), "int16_to_int32": ("quantize", 1), "float32": ("pad", 1),
    "uint8_to_float32": ("dequantize", 0), "two_int8": ("add", 2), "to_bool": ("equal", 1), "bool": ("logical_and", 2),
    "int64": ("greater", 0), "int32": ("sub", 0), "to_int32": ("arg_max", 0), "three_inputs": ("concatenation", 0),
    "three_outputs": ("split_v", 1), "int8_and_int32": ("gather", 1),
    "uint32_to_uint64": ("custom:SignalFilterBank", 0),
}  # fmt: skip
SAMPLES = 3


def drawn(name):
    generator, number = CASES[name]
    rng = np.random.default_rng([number, sum(generator.encode())])
    graph = GENERATORS[generator](rng)
    return et.load(write_tflite(graph)), random_inputs(graph, rng, SAMPLES)


@pytest.fixture(scope="module")
def predicts(tmp_path_factory):
    """predict() of every case, from one compilation."""
    if compiler() is None:
        pytest.skip(f"no C++ compiler: {INSTALL}")
    folder = tmp_path_factory.mktemp("predict")
    unit, includes = [], []
    for name in CASES:
        made = drawn(name)[0].export(folder / name, target="arduino", name=f"x_{name}")
        (library,) = (path for path in made.iterdir() if path.is_dir())
        files = sorted((library / "src/model").glob("*.cpp"))
        unit += [f'#include "{file}"\n' for file in files]
        includes.append(f"-I{library / 'src'}")
    entries = ", ".join(f"x_{name}::predict" for name in CASES)
    unit.append(f'extern "C" {{ void (*predicts[])(const float*, float*) = {{{entries}}}; }}\n')
    (folder / "all.cpp").write_text("".join(unit))
    command = [compiler(), *FLAGS, "-O0", "-shared", "-fPIC", *includes, folder / "all.cpp", "-o", folder / "all.so"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]
    pointer = ctypes.POINTER(ctypes.c_float)
    kind = ctypes.CFUNCTYPE(None, pointer, pointer)
    found = (kind * len(CASES)).in_dll(ctypes.CDLL(str(folder / "all.so")), "predicts")

    def call(name, samples, count):
        results = np.full(count, np.nan, np.float32)
        found[list(CASES).index(name)](samples.ctypes.data_as(pointer), results.ctypes.data_as(pointer))
        return results

    return call


def real(codes, spec, rng):
    """Return float32 values that stand for codes; scaled ones lie anywhere between codes and beyond the ends."""
    if spec.scale is None or spec.dtype == np.float32:
        return np.clip(codes.astype(np.float64), 0 if spec.dtype.kind == "u" else -1000, 1000).astype(np.float32)
    wide = codes.astype(np.float64) + rng.uniform(-0.7, 0.7, codes.shape)
    return ((wide - spec.zero_point) * spec.scale).astype(np.float32)


def expected_codes(values, spec):
    if spec.scale is None or spec.dtype == np.float32:
        return values.astype(spec.dtype)
    return et.kernels.quantize(values, spec.scale, spec.zero_point, dtype=spec.dtype.name)


@pytest.mark.parametrize("name", CASES)
def test_predicts_as_the_model(predicts, name):
    model, inputs = drawn(name)
    rng = np.random.default_rng(5)
    for sample in inputs:
        shaped = [
            np.asarray(array).reshape(model.graph.tensors[index].shape)
            for array, index in zip(sample, model.graph.inputs, strict=True)
        ]
        values = [real(array, spec, rng) for array, spec in zip(shaped, model.inputs, strict=True)]
        outputs = model.run(*(expected_codes(v, spec) for v, spec in zip(values, model.inputs, strict=True)))
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        wanted = [
            (array if spec.scale is None else et.kernels.dequantize(array, spec.scale, spec.zero_point))
            .astype(np.float32)
            .ravel()
            for array, spec in zip(outputs, model.outputs, strict=True)
        ]
        flat = np.ascontiguousarray(np.concatenate([value.ravel() for value in values]), np.float32)
        expected = np.concatenate(wanted)
        assert_array_equal(predicts(name, flat, len(expected)), expected)
