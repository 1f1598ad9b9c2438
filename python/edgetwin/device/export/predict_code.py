"""A model from real values to real values, on the buffers that checks use: what sketches and pages call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .model_code import Source
from .presentation import Presentation
from .text import c_type, float_literal, wrapped

__all__ = ["predict_files", "predict_headers"]

_QUANTIZED = ("int8", "int16")
_DEQUANTIZED = ("int8", "uint8", "int16")


def predict_headers() -> set[str]:
    """Return the files of the core that `predict_files` include."""
    return {"quantize.hpp"}


def predict_files(source: Source, shown: Presentation) -> dict[str, str]:
    """Return the text of the files by path.

    Parameters
    ----------
    source : Source
    shown : Presentation
    """
    name = source.name
    return {f"model/{name}_predict.hpp": _header(source, shown), f"model/{name}_predict.cpp": _body(source)}


def _header(source: Source, shown: Presentation) -> str:
    names = wrapped([f'"{name}"' for name in shown.names], 4)
    return _HEADER.format(
        name=source.name,
        guard=f"{source.name.upper()}_PREDICT_HPP_",
        samples=shown.samples,
        results=shown.results,
        axes=shown.axes,
        rate=float_literal(shown.rate_hz),
        classifies="true" if shown.classifies else "false",
        unit=shown.unit,
        names=names,
    )


def _body(source: Source) -> str:
    graph = source.graph
    inputs = list(_conversions(source, graph.inputs, to_codes=True))
    outputs = list(_conversions(source, graph.outputs, to_codes=False))
    used = {function for function, _ in (*inputs, *outputs)}
    helpers = "".join(text for function, text in _HELPERS.items() if function in used)
    return _BODY.format(
        name=source.name,
        helpers=f"namespace {{\n{helpers}\n}}  // namespace\n\n" if helpers else "",
        inputs="".join(text for _, text in inputs),
        outputs="".join(text for _, text in outputs),
    )


def _conversions(source: Source, tensors: Sequence[int], *, to_codes: bool) -> Iterator[tuple[str, str]]:
    """Yield function and statement for each input or output."""
    offset = 0
    for position, index in enumerate(tensors):
        tensor = source.graph.tensors[index]
        kind = c_type(tensor.dtype)
        quantization = tensor.quantization
        scale, zero = "1.0F", 0
        if quantization is not None and quantization.scale.size == 1:
            scale, zero = float_literal(quantization.scale[0]), int(quantization.zero_point[0])
        end = f" + {offset}" if offset else ""
        if to_codes:
            arrays = f"samples{end}, static_cast<{kind}*>(kChecked.inputs[{position}])"
        else:
            arrays = f"static_cast<const {kind}*>(kChecked.outputs[{position}]), results{end}"
        if tensor.dtype == "float32":
            yield "copy", f"  copy({arrays}, {tensor.size});\n"
        elif tensor.dtype in (_QUANTIZED if to_codes else _DEQUANTIZED):
            function = "edgetwin::quantize_f32" if to_codes else "edgetwin::dequantize_f32"
            yield function, f"  {function}<{kind}>({{{tensor.size}, {scale}, {zero}}}, {arrays});\n"
        else:
            function = "to_codes" if to_codes else "to_real"
            yield function, f"  {function}({arrays}, {tensor.size}, {scale}, {zero});\n"
        offset += tensor.size


_HEADER = """\
// From real values to real values: quantizes, runs, dequantizes, each as edgetwin does on a host.
#ifndef {guard}
#define {guard}

#include "{name}.hpp"

namespace {name} {{

/// Numbers that predict() reads: all inputs' elements, one input after the other.
constexpr int32_t kSampleCount = {samples};
/// Numbers that predict() writes.
constexpr int32_t kResultCount = {results};
/// Values of a sensor's sample, which lie beside each other.
constexpr int32_t kAxes = {axes};
/// Samples a second.
constexpr float kRateHz = {rate};
/// Whether results are scores of classes.
constexpr bool kClassifies = {classifies};
/// Of results that are no scores.
constexpr char kUnit[] = "{unit}";
constexpr const char* kResultNames[kResultCount] = {{
{names}}};

/// Runs the model once on the buffers that checks use.
/// @param samples  [kSampleCount], in the unit that the model was trained with
/// @param results  [kResultCount]
void predict(const float* samples, float* results);

}}  // namespace {name}

#endif  // {guard}
"""

_BODY = """\
#include "{name}_predict.hpp"

#include "edgetwin/quantize.hpp"

namespace {name} {{
{helpers}void predict(const float* samples, float* results) {{
{inputs}  kChecked.run(nullptr);
{outputs}}}

}}  // namespace {name}
"""

_HELPERS = {
    "copy": """
void copy(const float* from, float* to, int32_t size) {
  for (int32_t i = 0; i < size; ++i) to[i] = from[i];
}
""",
    "to_codes": """
/// For dtypes that the core has no kernel for.
template <class Element>
void to_codes(const float* real, Element* codes, int32_t size, float scale, int32_t zero_point) {
  const int32_t low = Element(-1) < Element(0) ? -(1 << 24) : 0;
  const int32_t high = sizeof(Element) == 1 ? 255 : 1 << 24;
  for (int32_t i = 0; i < size; ++i) {
    const int32_t code = edgetwin::round_half_away(real[i] / scale) + zero_point;
    codes[i] = static_cast<Element>(edgetwin::clamp(code, low, high));
  }
}
""",
    "to_real": """
/// For dtypes that the core has no kernel for: in double, as on a host.
template <class Element>
void to_real(const Element* codes, float* real, int32_t size, float scale, int32_t zero_point) {
  for (int32_t i = 0; i < size; ++i) {
    real[i] = static_cast<float>((static_cast<double>(codes[i]) - zero_point) * static_cast<double>(scale));
  }
}
""",
}
