"""A script for each difference: numpy, the runtime, the smallest case that shows it, and what is expected."""

from __future__ import annotations

import base64
import textwrap
import zlib
from collections.abc import Sequence

from ..convert.onnx_qdq import onnx_bytes
from ..types import ARITHMETIC_VERSIONS, Array
from .driver import Runtime
from .suite import Outcome

__all__ = ["MAX_LINES", "reproducer", "smallest"]

MAX_LINES = 60
_LEAST_WIDTH = 112
_RESOLVERS = {
    "litert": "",
    "litert_without_delegate": ", experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES",
    "litert_reference": ", experimental_op_resolver_type=OpResolverType.BUILTIN_REF",
}
_HEAD = '''"""{row}: {runtime} gives other values than {arithmetic}; case {case}, sample {sample}.

{cause}
"""

import base64
import sys
import zlib

import numpy as np
{imports}

def unpacked(text):
    return zlib.decompress(base64.b64decode(text))


def array(text, dtype, shape):
    return np.frombuffer(unpacked(text), dtype).reshape(shape)


MODEL = unpacked(
    {model}
)
INPUTS = [
    {inputs}
]
EXPECTED = [
    {expected}
]
{body}
worst = 0
for made, expected in zip(outputs, EXPECTED):
    made = np.asarray(made).reshape(-1)
    wrong = np.flatnonzero(~((made == expected) | ((made != made) & (expected != expected))))
    worst += len(wrong)
    for at in wrong[:8]:
        print(f"element {{at}}: {{made[at]}}, expected is {{expected[at]}}")
print(f"{{worst}} elements differ")
sys.exit(worst > 0)
'''
_TFLM = """runner = runtime.Interpreter.from_bytes(MODEL, arena_size=1 << 24)
for index, value in enumerate(INPUTS):
    runner.set_input(value, index)
runner.invoke()
outputs = [runner.get_output(index) for index in range(len(EXPECTED))]
"""
_LITERT = """runner = Interpreter(model_content=MODEL, num_threads=1{resolver})
runner.allocate_tensors()
for detail, value in zip(runner.get_input_details(), INPUTS):
    runner.set_tensor(detail["index"], value)
runner.invoke()
outputs = [runner.get_tensor(detail["index"]) for detail in runner.get_output_details()]
"""
_ONNX = """options = onnxruntime.SessionOptions()
options.add_session_config_entry("session.x64quantprecision", "1")
session = onnxruntime.InferenceSession(MODEL, options, providers=["CPUExecutionProvider"])
outputs = session.run(None, {node.name: value for node, value in zip(session.get_inputs(), INPUTS)})
"""
_DRIVER = """folder = pathlib.Path(tempfile.mkdtemp())
(folder / "model.tflite").write_bytes(MODEL)
for index, value in enumerate(INPUTS):
    (folder / f"input_{index}.bin").write_bytes(value.tobytes())
subprocess.run(COMMAND, input=f"{folder}\\n".encode(), env={**os.environ, **ENVIRONMENT}, check=True)
outputs = [np.fromfile(folder / f"output_{index}.bin", value.dtype) for index, value in enumerate(EXPECTED)]
"""


def smallest(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome whose model and inputs take the fewest bytes."""
    return min(
        outcomes, key=lambda o: len(o.case.model) + sum(a[:1].nbytes for a in (*o.case.inputs, *o.case.expected))
    )


def reproducer(runtime: Runtime, outcome: Outcome, cause: str) -> str:
    """Return a script that runs one sample in a runtime and ends with 1 where a value differs.

    Parameters
    ----------
    runtime : Runtime
    outcome : Outcome
        It differs.
    cause : str

    Returns
    -------
    str
        At most `MAX_LINES` lines, mostly of 120 characters; longer ones where the case does not fit.
    """
    width = _LEAST_WIDTH
    while True:
        text = _written(runtime, outcome, cause, width)
        if text.count("\n") <= MAX_LINES:
            return text
        width *= 2


def _written(runtime: Runtime, outcome: Outcome, cause: str, width: int) -> str:
    case, at = outcome.case, outcome.sample
    imports, body = _body(runtime)
    model = onnx_bytes(case.graph) if runtime.runtime == "onnxruntime" else case.model
    given = [(array[at : at + 1], array.shape[1:]) for array in case.inputs]
    expected = [(array[at : at + 1], (-1,)) for array in case.expected]
    return _HEAD.format(
        row=case.row,
        runtime=f"{runtime.name} {runtime.version}".strip(),
        arithmetic=ARITHMETIC_VERSIONS["tflm"],
        case=case.name,
        sample=at,
        cause=textwrap.fill(f"Cause: {cause}.", 110),
        imports=imports,
        model=_packed(model, width),
        inputs=_arrays(given, width),
        expected=_arrays(expected, width),
        body=body,
    )


def _body(runtime: Runtime) -> tuple[str, str]:
    if runtime.runtime == "tflm":
        return "from tflite_micro.python.tflite_micro import runtime\n", _TFLM
    if runtime.runtime in _RESOLVERS:
        resolver = _RESOLVERS[runtime.runtime]
        names = "Interpreter, OpResolverType" if resolver else "Interpreter"
        return f"from ai_edge_litert.interpreter import {names}\n", _LITERT.format(resolver=resolver)
    if runtime.runtime == "onnxruntime":
        return "import onnxruntime\n", _ONNX
    command = f"COMMAND, ENVIRONMENT = {list(runtime.command)!r}, {dict(runtime.environment)!r}\n"
    return "import os\nimport pathlib\nimport subprocess\nimport tempfile\n", command + _DRIVER


def _packed(data: bytes, width: int) -> str:
    text = base64.b64encode(zlib.compress(data, 9)).decode()
    return "\n    ".join(f'"{text[i : i + width]}"' for i in range(0, len(text), width))


def _arrays(arrays: Sequence[tuple[Array, tuple[int, ...]]], width: int) -> str:
    parts = []
    for array, shape in arrays:
        packed = _packed(array.tobytes(), width)
        parts.append(f"array({packed}, {array.dtype.name!r}, {tuple(shape)!r}),")
    return "\n    ".join(parts)
