"""Exported models, several in one compilation, as a library that runs them beside their twins."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.testing import assert_array_equal

import edgetwin as et
from edgetwin.graph.graph import DTYPES

INSTALL = "apt-get install g++"
FLAGS = ("-std=c++17", "-O1", "-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror")

_SEE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int32, ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32)


class _Observer(ctypes.Structure):
    _fields_ = [("context", ctypes.c_void_p), ("see", _SEE)]


class _CheckedModel(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("hash", ctypes.c_char_p),
        ("input_count", ctypes.c_int32),
        ("input_bytes", ctypes.POINTER(ctypes.c_int32)),
        ("inputs", ctypes.POINTER(ctypes.c_void_p)),
        ("output_count", ctypes.c_int32),
        ("output_bytes", ctypes.POINTER(ctypes.c_int32)),
        ("outputs", ctypes.POINTER(ctypes.c_void_p)),
        ("run", ctypes.CFUNCTYPE(None, ctypes.POINTER(_Observer))),
        ("reset", ctypes.CFUNCTYPE(None)),
    ]


def compiler() -> str | None:
    return shutil.which("g++") or shutil.which("clang++")


def c_objects(models: Mapping[str, et.Model], folder: Path, command: Sequence[str]) -> list[str]:
    """Compile the C files of exports, each once, and return what brings objects and headers into a compilation."""
    sources = {path.name: path for name in models for path in sorted((folder / name).glob("cmsis_nn/Source/*/*.c"))}
    if not sources:
        return []
    includes = [f"-isystem{folder / name}/cmsis_nn/Include" for name in models]
    done = subprocess.run(
        [*command, *includes, "-c", *map(str, sources.values())],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[:4000]
    return [*includes, *(str(folder / name.replace(".c", ".o")) for name in sources)]


def build(
    models: Mapping[str, et.Model], folder: Path, kernels: str = "fast", **options: object
) -> dict[str, Exported]:
    """Export every model and compile all of them as one library."""
    unit = ["// Every exported file in one unit: their names do not meet.\n"]
    for name, model in models.items():
        model.export(folder / name, name=name, kernels=kernels, **options)
        unit += [f'#include "{name}/model/{name}{part}.cpp"\n' for part in ("", "_check")]
    entries = ", ".join(f"&{name}::kChecked" for name in models)
    unit.append(f'extern "C" const edgetwin::CheckedModel* const kModels[] = {{{entries}}};\n')
    (folder / "all.cpp").write_text("".join(unit))
    library = folder / "all.so"
    includes = [f"-I{folder / name}" for name in models]
    done = subprocess.run(
        [compiler(), *FLAGS, "-shared", "-fPIC", *includes, str(folder / "all.cpp"),
         *c_objects(models, folder, ["gcc", "-O1", "-fPIC"]), "-o", str(library)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[:4000]
    loaded = (ctypes.POINTER(_CheckedModel) * len(models)).in_dll(ctypes.CDLL(str(library)), "kModels")
    return {name: Exported(model, loaded[i].contents) for i, (name, model) in enumerate(models.items())}


class Exported:
    """An exported model, and the model that it has to equal."""

    def __init__(self, model, checked) -> None:
        self.model = model
        self.checked = checked
        self.name, self.hash = checked.name.decode(), checked.hash.decode()

    def run(self, inputs, *, observed=False):
        """Run one sample given as bytes; return the outputs' bytes and, by operator, what was seen."""
        c = self.checked
        assert c.input_count == len(inputs)
        for i, data in enumerate(inputs):
            assert len(data) == c.input_bytes[i]
            ctypes.memmove(c.inputs[i], data, len(data))
        for i in range(c.output_count):
            ctypes.memset(c.outputs[i], 0x5A, c.output_bytes[i])
        seen: dict[int, dict[int, bytes]] = {}

        def see(_, operator, offset, data, count):
            pieces = seen.setdefault(operator, {})
            assert offset not in pieces, f"operator {operator}: bytes at {offset} come twice"
            pieces[offset] = ctypes.string_at(data, count)

        c.run(ctypes.byref(_Observer(None, _SEE(see))) if observed else None)
        outputs = [ctypes.string_at(c.outputs[i], c.output_bytes[i]) for i in range(c.output_count)]
        return outputs, {operator: _joined(operator, pieces) for operator, pieces in seen.items()}

    def reset(self):
        if self.model.state().arrays:
            self.checked.reset()
        else:
            assert not self.checked.reset

    def compare(self, samples):
        """Compare outputs, alone and observed, and every operator; of models with state also a sequence of samples."""
        graph = self.model.graph
        for number, sample in enumerate(samples):
            arrays = [np.ascontiguousarray(array) for array in sample]
            data = [array.tobytes() for array in arrays]
            shaped = [
                array.reshape(graph.tensors[index].shape) for array, index in zip(arrays, graph.inputs, strict=True)
            ]
            expected = _tuple(self.model.run(*shaped))
            trace = self.model.trace(*shaped)
            self.reset()
            plain, nothing = self.run(data)
            self.reset()
            observed, seen = self.run(data, observed=True)
            assert not nothing
            for i, (theirs, index) in enumerate(zip(expected, graph.outputs, strict=True)):
                dtype = DTYPES[graph.tensors[index].dtype]
                for ours in (plain[i], observed[i]):
                    _equal(ours, theirs, dtype, f"{self.name}, sample {number}, output {i}")
            assert set(seen) == set(trace), "operators"
            for operator, theirs in trace.items():
                _equal(seen[operator], theirs, theirs.dtype, f"{self.name}, sample {number}, {graph.where(operator)}")
        if self.model.state().arrays:
            self._compare_sequence(samples)

    def _compare_sequence(self, samples):
        graph, state = self.model.graph, self.model.state()
        self.reset()
        for number, sample in enumerate(samples):
            arrays = [
                np.ascontiguousarray(array).reshape(graph.tensors[index].shape)
                for array, index in zip(sample, graph.inputs, strict=True)
            ]
            outputs, _ = self.run([array.tobytes() for array in arrays])
            for i, theirs in enumerate(_tuple(self.model.run(*arrays, state=state))):
                _equal(outputs[i], theirs, theirs.dtype, f"{self.name}, sample {number} with state")


def _joined(operator, pieces):
    at = 0
    for offset, data in sorted(pieces.items()):
        assert offset == at, f"operator {operator}: bytes from {at} were not seen"
        at += len(data)
    return b"".join(data for _, data in sorted(pieces.items()))


def _equal(ours, theirs, dtype, what):
    theirs = np.asarray(theirs, dtype).reshape(-1)
    bits = np.uint8 if dtype == np.bool_ else np.dtype(f"u{dtype.itemsize}")
    assert len(ours) == theirs.nbytes, what
    assert_array_equal(np.frombuffer(ours, bits), theirs.view(bits), err_msg=what)


def _tuple(outputs):
    return outputs if isinstance(outputs, tuple) else (outputs,)
