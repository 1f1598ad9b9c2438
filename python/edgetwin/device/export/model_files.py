"""The model's own files: interface, calls, constants, and what a check of the firmware drives."""

from __future__ import annotations

import re

from ...build_info import __version__
from ...graph.graph import DTYPES
from .folded_code import scratch_code
from .model_code import ModelCode, Source, described
from .template import filled
from .text import c_type, call, camel

__all__ = ["core_headers", "model_files"]

_CMSIS_NN_CALLS = "cmsis_nn_calls.hpp"
#: What that file includes.
_CMSIS_NN_HEADERS = {
    "conv.hpp", "depthwise_conv.hpp", "elementwise.hpp", "fully_connected.hpp", "pool.hpp", "softmax.hpp",
}  # fmt: skip

_SEE = """\
/// Shows a part of an operator's first output, from `offset` on.
void see(const edgetwin::Observer* observer, int32_t op, int32_t offset, const void* data, int32_t bytes) {
  if (observer != nullptr) observer->see(observer->context, op, offset, data, bytes);
}
"""

_AT = """
template <class Element>
Element* at(int32_t offset) {
  return reinterpret_cast<Element*>(arena + offset);
}
"""

#: Alignment of the arena where features are computed in it.
_WORKSPACE = 8

_NEEDED = """\
template <class Element>
edgetwin::Rows<const Element> read(edgetwin::Rows<Element> rows) {
  return {rows.data, rows.row_elements, rows.ring_rows};
}

/// How many of `rows` rows must be there for output row `y`, whose window has `reach` of them.
constexpr int32_t needed(int32_t y, int32_t stride, int32_t padding, int32_t reach, int32_t rows) {
  return edgetwin::min_of(y * stride - padding + reach, rows);
}
"""


def model_files(source: Source) -> dict[str, str]:
    """Return the text of a model's C++ files by path.

    Parameters
    ----------
    source : Source

    Returns
    -------
    dict of str to str

    Raises
    ------
    UnsupportedError : the device core lacks an operator's kernel
    """
    code = ModelCode(source)
    name = source.name
    calls = {f"model/{_CMSIS_NN_CALLS}": filled(f"{_CMSIS_NN_CALLS}.in", {})} if source.cmsis_nn else {}
    return {
        **calls,
        f"model/{name}.hpp": _interface(source),
        f"model/{name}.cpp": _calls(source, code),
        f"model/{name}_weights.hpp": _weights(source, code),
        f"model/{name}_check.cpp": _check(source),
    }


def core_headers(source: Source) -> set[str]:
    """Return the files of the core that a model's own files include."""
    return ModelCode(source).headers | {"check.hpp"} | (_CMSIS_NN_HEADERS if source.cmsis_nn else set())


def _origin(source: Source) -> str:
    hashed = f"the model with hash {source.model_hash}"
    return f"// Written by edgetwin {__version__} from {hashed}; export again to change it.\n"


def _signature(source: Source, *, observer: bool, body: str | None = None) -> str:
    """Return a declaration of `run`, or the head of the definition with `body`, which may not need every argument."""
    named = [
        *zip(source.graph.inputs, source.inputs, strict=True),
        *zip(source.graph.outputs, source.outputs, strict=True),
    ]
    kinds = [c_type(source.graph.tensors[tensor].dtype) for tensor, _ in named]
    count = len(source.inputs)
    arguments = [
        (f"{'const ' if position < count else ''}{kind}*", name)
        for position, (kind, (_, name)) in enumerate(zip(kinds, named, strict=True))
    ]
    if observer:
        arguments.append(("const edgetwin::Observer*", "observer"))
    used = [
        f"{kind} {name}" if body is None or re.search(rf"\b{name}\b", body) else f"{kind} /*{name}*/"
        for kind, name in arguments
    ]
    return call("void run", used, indent=0).removesuffix(";")


def _interface(source: Source) -> str:
    tensors = source.graph.tensors
    named = [
        *zip(source.graph.inputs, source.inputs, strict=True),
        *zip(source.graph.outputs, source.outputs, strict=True),
    ]
    sizes = "".join(
        f"inline constexpr int32_t k{camel(name)}Bytes = {tensors[tensor].nbytes};\n" for tensor, name in named
    )
    width = max(len(name) for _, name in named)
    lines = []
    for tensor, name in named:
        value = tensors[tensor]
        real = ""
        if value.quantization is not None and value.quantization.scale.size == 1:
            scale, zero = value.quantization.scale[0], int(value.quantization.zero_point[0])
            shift = f" {'-' if zero > 0 else '+'} {abs(zero)}" if zero else ""
            real = f", real = {scale} * (code{shift})" if shift else f", real = {scale} * code"
        lines.append(f"/// {name:<{width}}  {described(value)}{real}\n")
    arrays = "".join(lines)
    guard = f"{source.name.upper()}_HPP_"
    reset = (
        "\n/// Forgets the runs before: the state is the model file's again.\nvoid reset();\n"
        if source.has_state
        else ""
    )
    workspace = (
        "/// The arena, aligned as double is: anyone's until the next run, which overwrites it.\nvoid* workspace();\n\n"
        if source.workspace_bytes
        else ""
    )
    scratch = ""
    if source.scratch_bytes():
        without = max(source.scratch_bytes(form) for form in ("plain", "mve"))
        dsp = source.scratch_bytes("dsp")
        scratch = f";\n/// {dsp} bytes of scratch come on top with the DSP extension, {without} without"
    if source.cmsis_nn:
        scratch += ";\n/// so does that of CMSIS-NN's kernels, whose size depends on the core"
    state = " The state is kept from run to run." if source.has_state else ""
    return (
        f"{_origin(source)}#ifndef {guard}\n#define {guard}\n\n#include <cstdint>\n\n"
        f'#include "edgetwin/check.hpp"\n\nnamespace {source.name} {{\n\n'
        f"/// First 16 hex digits of the model file's SHA-256.\n"
        f'inline constexpr char kModelHash[] = "{source.model_hash}";\n\n{sizes}'
        f"/// RAM for everything between inputs and outputs, static{scratch}.\n"
        f"inline constexpr int32_t kArenaBytes = {source.arena_bytes};\n\n"
        f"/// Runs the model once. Arrays do not overlap, and are aligned to their elements.{state}\n{arrays}"
        f"{_signature(source, observer=False)};\n\n"
        f"/// As above; `observer`, which may be null, is shown what every operator computes.\n"
        f"{_signature(source, observer=True)};\n{reset}\n"
        f"{workspace}/// The model with buffers of its own, for edgetwin::serve().\n"
        f"extern const edgetwin::CheckedModel kChecked;\n\n}}  // namespace {source.name}\n\n#endif  // {guard}\n"
    )


def _calls(source: Source, code: ModelCode) -> str:
    includes = "".join(f'#include "edgetwin/{header}"\n' for header in sorted(code.headers))
    plan = source.plan
    parts = [
        f'{_origin(source)}#include "{source.name}.hpp"\n\n'
        + ("#include <cstring>\n\n" if plan.copies else "")
        + (f'#include "{_CMSIS_NN_CALLS}"\n' if source.cmsis_nn else "")
        + f'{includes}#include "{source.name}_weights.hpp"\n\nnamespace {source.name} {{\nnamespace {{\n'
    ]
    if source.arena_bytes:
        alignment = max(plan.alignment, _WORKSPACE if source.workspace_bytes else 1)
        parts.append(
            f"/// What operators hand to each other; bytes serve several of them, one after the other.\n"
            f"alignas({alignment}) uint8_t arena[kArenaBytes];\n\n" + (_AT if plan.arena_bytes else "")
        )
    parts += code.states
    parts += code.params
    if code.scratches:
        parts.append(scratch_code(code.scratches))
    if source.live:
        parts.append(_SEE)
    if code.segments:
        parts += [_NEEDED, *code.segments]
    body = "\n".join(code.body).lstrip("\n")
    names = [*source.inputs, *source.outputs]
    parts.append(
        f"}}  // namespace\n\n{_signature(source, observer=True, body=body)} {{\n{body}\n}}\n\n"
        f"{_signature(source, observer=False)} {{\n{call('run', [*names, 'nullptr'])}\n}}\n"
    )
    if source.workspace_bytes:
        parts.append("void* workspace() { return arena; }\n")
    if source.has_state:
        reset = "\n".join(code.reset)
        parts.append(f"void reset() {{\n{reset}\n}}\n")
    return "\n".join(parts) + f"\n}}  // namespace {source.name}\n"


def _weights(source: Source, code: ModelCode) -> str:
    guard = f"{source.name.upper()}_WEIGHTS_HPP_"
    body = "\n".join(code.weights)
    return (
        f"{_origin(source)}#ifndef {guard}\n#define {guard}\n\n#include <cstdint>\n\nnamespace {source.name} {{\n\n"
        f"{body}\n}}  // namespace {source.name}\n\n#endif  // {guard}\n"
    )


def _check(source: Source) -> str:
    tensors = source.graph.tensors
    buffers, sizes, names = [], {}, {}
    for word, indices, arguments in (
        ("Input", source.graph.inputs, source.inputs),
        ("Output", source.graph.outputs, source.outputs),
    ):
        for tensor, name in zip(indices, arguments, strict=True):
            value = tensors[tensor]
            count = max(value.nbytes // DTYPES[value.dtype].itemsize, 1)
            buffers.append(f"alignas(16) {c_type(value.dtype)} {name}_buffer[{count}];\n")
        sizes[word] = ", ".join(f"k{camel(name)}Bytes" for name in arguments)
        names[word] = ", ".join(f"{name}_buffer" for name in arguments)
    arguments = [f"{name}_buffer" for name in (*source.inputs, *source.outputs)]
    return (
        f"{_origin(source)}// Buffers for a check of this firmware against its twin; a product leaves this file out.\n"
        f'#include "{source.name}.hpp"\n\nnamespace {source.name} {{\nnamespace {{\n\n{"".join(buffers)}\n'
        f"constexpr int32_t kInputSizes[] = {{{sizes['Input']}}};\n"
        f"constexpr int32_t kOutputSizes[] = {{{sizes['Output']}}};\n"
        f"void* const kInputs[] = {{{names['Input']}}};\n"
        f"const void* const kOutputs[] = {{{names['Output']}}};\n\n"
        f"void run_buffers(const edgetwin::Observer* observer) {{\n{call('run', [*arguments, 'observer'])}\n}}\n\n"
        f"}}  // namespace\n\n"
        f"const edgetwin::CheckedModel kChecked = {{\n"
        f'    /*name=*/"{source.name}",\n    /*hash=*/kModelHash,\n'
        f"    /*input_count=*/{len(source.inputs)},\n    /*input_bytes=*/kInputSizes,\n    /*inputs=*/kInputs,\n"
        f"    /*output_count=*/{len(source.outputs)},\n    /*output_bytes=*/kOutputSizes,\n    /*outputs=*/kOutputs,\n"
        f"    /*run=*/run_buffers,\n    /*reset=*/{'reset' if source.has_state else 'nullptr'},\n}};\n\n"
        f"}}  // namespace {source.name}\n"
    )
