"""Networks that converters write: the environment that has TensorFlow, its child processes, and what they wrote."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

INSTALL = (
    'TensorFlow is not installed: pip install ".[frameworks]", here or in an environment of its own whose python '
    "EDGETWIN_FRAMEWORKS_PYTHON names"
)
#: What the converter is asked for: int8 throughout; int8 with float32 or uint8 inputs and outputs; int16 activations;
#: nothing quantized.
FORMS = ("int8", "int8_float", "int8_uint8", "int16x8", "float32")
#: Files of networks, by the child process that converts them.
FILES = {
    "keras": ("keras_layers", "keras_functions", "keras_recurrent"),
    "torch": ("torch_layers", "torch_sequences"),
}
#: Inputs in real units that a network comes with; the first of them calibrate.
SAMPLES = 200
CALIBRATED = 24
#: Codes beyond those: noise over the whole range and its ends.
EXTREMES = 56
_HERE = Path(__file__).resolve().parent


def networks(file) -> list[str]:
    """Names of a file's networks, without importing the framework: its decorated functions."""
    tree = ast.parse((_HERE / f"converters_{file}.py").read_text())
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.decorator_list]


#: Every network in every form.
CASES = [
    (f"{file}.{network}", form)
    for files in FILES.values()
    for file in files
    for network in networks(file)
    for form in FORMS
]


def frameworks_python() -> str | None:
    """The python that has TensorFlow: `EDGETWIN_FRAMEWORKS_PYTHON`, or this one; None where neither has it."""
    chosen = os.environ.get("EDGETWIN_FRAMEWORKS_PYTHON")
    if chosen:
        return chosen
    return sys.executable if importlib.util.find_spec("tensorflow") else None


def convert(python, folder) -> None:
    """Convert every network into `folder`, a child process for each framework, side by side."""
    folder.mkdir(parents=True, exist_ok=True)
    children = {}
    for framework, files in FILES.items():
        with (folder / f"{framework}.log").open("w") as log:
            command = [python, str(_HERE / "converters_convert.py"), str(folder), *files]
            children[framework] = subprocess.Popen(command, stdout=log, stderr=log)
    failed = [framework for framework, child in children.items() if child.wait()]
    for framework in failed:
        text = (folder / f"{framework}.log").read_text()
        raise RuntimeError(f"converters_convert.py {framework} failed:\n{text[-4000:]}")


class Converted:
    """What one conversion wrote."""

    def __init__(self, folder, network, form) -> None:
        self.name = f"{network}, {form}"
        self._path = folder / f"{network}.{form}.tflite"
        self._samples = folder / f"{network}.npz"

    @property
    def data(self) -> bytes:
        """The model's file."""
        if not self._path.exists():
            raise AssertionError(f"{self.name} was not converted: {self.refusal}")
        return self._path.read_bytes()

    @property
    def refusal(self) -> str | None:
        """What the converter said where it refused; None where it wrote a model."""
        path = self._path.with_suffix(".txt")
        return path.read_text() if path.exists() else None

    def inputs(self, graph) -> list[np.ndarray]:
        """Samples for each of the graph's inputs: the network's own in codes, then noise and the ends of the range."""
        rng = np.random.default_rng(sum(self.name.encode()))
        with np.load(self._samples) as file:
            real = {name: file[name] for name in file.files}
        return [self._input(graph.tensors[index], real, rng) for index in graph.inputs]

    def _input(self, tensor, real, rng) -> np.ndarray:
        values = next(array for name, array in real.items() if len(real) == 1 or name in tensor.name)
        if tensor.dtype == "float32":
            noise = rng.normal(0, 1, (EXTREMES, *tensor.shape)) * 4.0 ** rng.integers(-3, 6, EXTREMES).reshape(
                -1, *[1] * len(tensor.shape)
            )
            return np.concatenate([values, noise]).astype(np.float32)
        if tensor.quantization is None:
            return values
        info = np.iinfo(tensor.dtype)
        codes = np.rint(values / tensor.quantization.scale[0]) + tensor.quantization.zero_point[0]
        noise = rng.integers(info.min, info.max + 1, (EXTREMES, *tensor.shape))
        noise[::4] = rng.choice([info.min, info.max], noise[::4].shape)
        return np.concatenate([codes, noise]).clip(info.min, info.max).astype(tensor.dtype)
