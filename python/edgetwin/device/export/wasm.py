"""A model as a WebAssembly module, with a typed JavaScript loader and a page that needs neither network nor server."""

from __future__ import annotations

import base64
import json
from typing import Any

from ...build_info import __version__
from .core_files import core_files
from .model_code import Source
from .model_files import core_headers, model_files
from .predict_code import predict_files, predict_headers
from .presentation import Presentation
from .samples_code import SamplesCode
from .template import filled
from .wasm_compiler import compile_wasm

__all__ = ["wasm_files"]

_ARRAYS = {
    "bool": "Uint8Array", "float32": "Float32Array", "int16": "Int16Array", "int32": "Int32Array",
    "int64": "BigInt64Array", "int8": "Int8Array", "uint16": "Uint16Array", "uint32": "Uint32Array",
    "uint64": "BigUint64Array", "uint8": "Uint8Array",
}  # fmt: skip


def wasm_files(source: Source, shown: Presentation, samples: SamplesCode | None) -> dict[str, bytes]:
    """Return the module, its loader, types and page by path.

    Parameters
    ----------
    source : Source
    shown : Presentation
    samples : SamplesCode or None
        What takes samples one by one, where there is a source of them.

    Raises
    ------
    UnsupportedError : the device core lacks an operator's kernel
    MissingExtraError : there is no compiler for WebAssembly
    DeviceError : the compiler fails
    """
    name = source.name
    code = {**model_files(source), **predict_files(source, shown)}
    files = {path: text.encode() for path, text in code.items()}
    headers = core_headers(source) | predict_headers()
    unit = _MODULE.format(name=name, reset="" if samples is None else "  stream.reset();\n")
    if samples is not None:
        files |= {path: text.encode() for path, text in samples.files.items()}
        headers |= samples.headers
        include, memory = _STREAM_INCLUDE.format(name=name), _STREAM.format(name=name, type=samples.sample)
        unit = (
            include
            + unit.replace("namespace {\n", memory, 1)
            + _STREAM_EXPORTS.replace("@LABEL@", "stream.label()" if samples.decides else "-1")
        )
    files |= core_files(headers)
    files["module.cpp"] = unit.encode()
    module = compile_wasm(files, "module.cpp")
    # The page holds the loader: no name may end the page's script.
    facts = json.dumps(_info(source, shown) | _source_info(samples), indent=2).replace("<", "\\u003c")
    inputs, outputs = _signature(source)
    values = {"NAME": name, "VERSION": __version__, "INFO": facts, "INPUTS": inputs, "OUTPUTS": outputs}
    loader = filled("loader.js", values)
    page = filled("page.js", {"MODULE": base64.b64encode(module).decode()})
    inline = values | {"LOADER": loader, "PAGE": page}
    texts = {
        f"{name}.js": loader,
        f"{name}.d.ts": filled("loader.d.ts", values),
        "index.html": filled("page.html", inline),
        "README.md": _README.format(
            name=name, hash=source.model_hash, module=len(module), stream="" if samples is None else _README_STREAM
        ),
    }
    return {f"{name}.wasm": module} | {path: text.encode() for path, text in texts.items()}


def _info(source: Source, shown: Presentation) -> dict[str, Any]:
    graph = source.graph

    def tensor(index: int) -> dict[str, Any]:
        value = graph.tensors[index]
        quantization = value.quantization
        scaled = quantization is not None and quantization.scale.size == 1
        return {
            "name": value.name,
            "dtype": value.dtype,
            "shape": list(value.shape),
            "scale": float(quantization.scale[0]) if scaled and quantization is not None else None,
            "zeroPoint": int(quantization.zero_point[0]) if scaled and quantization is not None else None,
        }

    operators = []
    for index in source.live:
        value = graph.tensors[graph.operators[index].outputs[0]]
        kind = "int8" if value.dtype == "int4" else value.dtype
        operators.append(
            {"index": index, "name": graph.operators[index].name, "dtype": kind, "shape": list(value.shape)}
        )
    return {
        "name": source.name,
        "hash": source.model_hash,
        "inputs": [tensor(index) for index in graph.inputs],
        "outputs": [tensor(index) for index in graph.outputs],
        "operators": operators,
        "samples": shown.samples,
        "results": shown.results,
        "axes": shown.axes,
        "motion": shown.motion,
        "rateHz": shown.rate_hz,
        "classifies": shown.classifies,
        "names": list(shown.names),
        "unit": shown.unit,
        "arenaBytes": source.arena_bytes,
    }


def _source_info(samples: SamplesCode | None) -> dict[str, Any]:
    """Return how `push` takes samples; null where it does not."""
    if samples is None:
        return {"source": None}
    dtype = {"float": "float32", "int16_t": "int16", "uint8_t": "uint8"}[samples.sample]
    return {"source": {"kind": samples.kind, "dtype": dtype, "axes": samples.axes, "length": samples.length}}


def _signature(source: Source) -> tuple[str, str]:
    """Return TypeScript's types of `run`'s arguments and of what it returns."""
    tensors = source.graph.tensors
    inputs = ", ".join(
        f"{name}: {_ARRAYS[tensors[index].dtype]}"
        for index, name in zip(source.graph.inputs, source.inputs, strict=True)
    )
    outputs = [_ARRAYS[tensors[index].dtype] for index in source.graph.outputs]
    return inputs, outputs[0] if len(outputs) == 1 else f"[{', '.join(outputs)}]"


_MODULE = """\
#include "model/{name}.cpp"
#include "model/{name}_check.cpp"
#include "model/{name}_predict.cpp"

namespace {{

float samples_buffer[{name}::kSampleCount], results_buffer[{name}::kResultCount];

__attribute__((import_module("edgetwin"), import_name("see"))) void see(int32_t op, int32_t offset, const void* data,
                                                                        int32_t bytes);

void show(void*, int32_t op, int32_t offset, const void* data, int32_t bytes) {{ see(op, offset, data, bytes); }}

}}  // namespace

extern "C" {{

__attribute__((export_name("hash"))) const char* edgetwin_hash() {{ return {name}::kModelHash; }}

__attribute__((export_name("input"))) void* edgetwin_input(int32_t i) {{ return {name}::kChecked.inputs[i]; }}

__attribute__((export_name("output"))) const void* edgetwin_output(int32_t i) {{ return {name}::kChecked.outputs[i]; }}

__attribute__((export_name("samples"))) float* edgetwin_samples() {{ return samples_buffer; }}

__attribute__((export_name("results"))) const float* edgetwin_results() {{ return results_buffer; }}

__attribute__((export_name("run"))) void edgetwin_run(int32_t seen) {{
  const edgetwin::Observer observer = {{nullptr, show}};
  {name}::kChecked.run(seen != 0 ? &observer : nullptr);
}}

__attribute__((export_name("predict"))) void edgetwin_predict() {{ {name}::predict(samples_buffer, results_buffer); }}

__attribute__((export_name("reset"))) void edgetwin_reset() {{
{reset}  if ({name}::kChecked.reset != nullptr) {name}::kChecked.reset();
}}

}}
"""

_STREAM_INCLUDE = '#include "model/{name}_samples.hpp"\n'

_STREAM = """\
namespace {{

{name}::Samples stream;
{type} sample_buffer[{name}::kAxes];
"""

_STREAM_EXPORTS = """
extern "C" {

__attribute__((export_name("sample"))) void* edgetwin_sample() { return sample_buffer; }

__attribute__((export_name("push"))) int32_t edgetwin_push() {
  if (!stream.push(sample_buffer)) return 0;
  stream.values(results_buffer);
  return 1;
}

__attribute__((export_name("pushed"))) const void* edgetwin_pushed() { return stream.output(); }

__attribute__((export_name("label"))) int32_t edgetwin_label() { return @LABEL@; }

}
"""

_README_STREAM = """
`model.push(sample)` takes a sensor's samples as they come and gives an answer for each window that ends with them.
"""

_README = """\
# {name}

The neural network `{name}` (hash `{hash}`) as a WebAssembly module of {module:,} bytes: no interpreter, no heap, and
every byte is the one that a board computes.

- `index.html`: a page that predicts from a phone's motion sensor or from CSV. It is one file and asks for no network:
  open it, or put it on any server. Phones tell pages of motion over https only.
- `{name}.wasm`, `{name}.js`, `{name}.d.ts`: the module, its loader for pages, workers and Node, and the loader's types.

```js
import {{ load, info }} from "./{name}.js";

const model = await load();
const results = model.predict(new Float32Array(info.samples)); // real values in, real values out
const codes = model.run(...info.inputs.map(() => new Int8Array(info.samples))); // the model's own integers
```
{stream}
The module uses 128-bit SIMD: Chrome 91, Firefox 89, Safari 16.4, Node 16.4 and later.
"""
