"""Firmware that takes a sensor's samples one by one: windows or strides of them, the model, means and labels."""

from __future__ import annotations

from ...errors import UnsupportedError
from ...signal import CausalGait
from ...streaming import ModelStream
from .model_code import Source
from .text import float_literal

__all__ = ["samples_files", "samples_headers"]


def samples_headers(source: object) -> set[str]:
    """Return the files of the core that `samples_files` include."""
    own = {"gait.hpp"} if isinstance(source, CausalGait) else {"decisions.hpp", "window.hpp"}
    return own | {"quantize.hpp"}


def samples_files(model: Source, source: object) -> dict[str, str]:
    """Return the text of the files by path.

    Parameters
    ----------
    model : Source
    source : ModelStream or CausalGait
        What makes inputs of samples on the host.

    Returns
    -------
    dict of str to str

    Raises
    ------
    UnsupportedError : another source, or one that does not make this model's inputs
    """
    tensors = [model.graph.tensors[index] for index in (*model.graph.inputs, *model.graph.outputs)]
    if not isinstance(source, (ModelStream, CausalGait)):
        raise UnsupportedError(f"source: {type(source).__name__}, accepted are Model.stream and GaitPipeline.stream")
    if len(tensors) != 2 or any(tensor.dtype != "int8" or tensor.quantization is None for tensor in tensors):
        forms = ", ".join(f"{tensor.dtype}{list(tensor.shape)}" for tensor in tensors)
        raise UnsupportedError(f"source: the model has {forms}, accepted are one int8 input and one int8 output")
    quantization = tensors[0].quantization
    assert quantization is not None  # noqa: S101  for the type checker: seen above
    values = {
        "name": model.name,
        "upper": model.name.upper(),
        "inputs": tensors[0].size,
        "outputs": tensors[1].size,
        "scale": float_literal(quantization.scale[0]),
        "zero_point": int(quantization.zero_point[0]),
        "reset_model": f"    ::{model.name}::reset();\n" if model.has_state else "",
    }
    if isinstance(source, CausalGait):
        if source.window_values != tensors[0].size:
            raise UnsupportedError(
                f"source: windows of {source.window_values} values, the model's input has {tensors[0].size}"
            )
        constants = source.header()
        return {
            f"model/{model.name}_gait_constants.hpp": constants,
            f"model/{model.name}_samples.hpp": _GAIT.format(**values),
        }
    if source.length * source.axes != tensors[0].size or len(source.labels) != tensors[1].size:
        raise UnsupportedError(
            f"source: windows of {source.length} x {source.axes} values for {len(source.labels)} outputs, the model "
            f"takes {tensors[0].size} and gives {tensors[1].size}: it is another model's stream"
        )
    sizes = {"length": source.length, "hop": source.hop, "axes": source.axes}
    rule = {"average": source.average, "debounce": source.debounce}
    return {f"model/{model.name}_samples.hpp": _STREAM.format(**values, **sizes, **rule)}


_STREAM = """\
// Samples of a sensor in, outputs of the model out, window by window.
#ifndef {upper}_SAMPLES_HPP_
#define {upper}_SAMPLES_HPP_

#include "edgetwin/decisions.hpp"
#include "edgetwin/quantize.hpp"
#include "edgetwin/window.hpp"
#include "{name}.hpp"

namespace {name} {{

inline constexpr edgetwin::WindowParams kWindow = {{/*length=*/{length}, /*hop=*/{hop}, /*axes=*/{axes}}};
inline constexpr edgetwin::DecisionParams kDecision = {{
    /*outputs=*/{outputs}, /*average=*/{average}, /*debounce=*/{debounce}}};

/// All of its memory is its own: make it static.
class Samples {{
 public:
  /// Takes a sample, [{axes}] finite numbers in the unit that the model was trained in. True where a window has ended
  /// with it: output(), means() and label() are then new.
  bool push(const float* sample) {{
    int8_t codes[kWindow.axes];
    edgetwin::quantize_f32<int8_t>({{kWindow.axes, {scale}, {zero_point}}}, sample, codes);
    static_cast<void>(edgetwin::window_push(kWindow, window_, ring_, codes, 1));
    if (!edgetwin::window_is_ready(kWindow, window_)) return false;
    edgetwin::window_copy(kWindow, window_, ring_, kWindow.length, int8_t{{0}}, input_);
    run(input_, output_);
    label_ = edgetwin::decision_push(kDecision, decision_, last_, sums_, output_, means_);
    return true;
  }}

  /// The model's output for the last window, [{outputs}].
  const int8_t* output() const {{ return output_; }}
  /// Its mean over the last {average}, [{outputs}].
  const int8_t* means() const {{ return means_; }}
  /// The output that counts as found, -1 for none yet.
  int32_t label() const {{ return label_; }}

  /// Begins a new signal.
  void reset() {{
    *this = Samples();
{reset_model}  }}

 private:
  edgetwin::WindowState window_ = {{}};
  edgetwin::DecisionState decision_ = {{}};
  int32_t label_ = -1;
  int32_t sums_[kDecision.outputs] = {{}};
  int8_t ring_[kWindow.length * kWindow.axes] = {{}};
  alignas(4) int8_t input_[{inputs}] = {{}};
  int8_t output_[{outputs}] = {{}};
  int8_t means_[{outputs}] = {{}};
  int8_t last_[kDecision.average * kDecision.outputs] = {{}};
}};

}}  // namespace {name}

#endif  // {upper}_SAMPLES_HPP_
"""

_GAIT = """\
// Samples of a foot's inertial sensor in, outputs of the model out, stride by stride.
#ifndef {upper}_SAMPLES_HPP_
#define {upper}_SAMPLES_HPP_

#include "edgetwin/gait.hpp"
#include "edgetwin/quantize.hpp"
#include "{name}.hpp"
#include "{name}_gait_constants.hpp"

namespace {name} {{

/// All of its memory is its own: make it static.
class Samples {{
 public:
  /// Takes a raw sample, Gx, Gy, Gz in deg/s, Ax, Ay, Az in g. True where a stride has ended with it: input(), output()
  /// and stride() are then new.
  bool push(const float* raw) {{
    float resampled[edgetwin::real::kGaitChannels], filtered[edgetwin::real::kGaitChannels];
    const edgetwin::real::GaitMemory memory = {{history_, filter_, window_}};
    const edgetwin::real::GaitEvent event = edgetwin::real::gait_step(
        kParams, edgetwin_gait::kGaitTables, memory, state_, raw, resampled, filtered, &stride_);
    if (!event.ended) return false;
    edgetwin::quantize_f32<int8_t>({{{inputs}, {scale}, {zero_point}}}, window_, input_);
    run(input_, output_);
    return true;
  }}

  /// The last stride as the model's codes, [{inputs}].
  const int8_t* input() const {{ return input_; }}
  /// The model's output for it, [{outputs}].
  const int8_t* output() const {{ return output_; }}
  /// Where it ended and how long it was, in samples of the resampled rate.
  const edgetwin::real::GaitStride& stride() const {{ return stride_; }}

  /// Begins a new walk.
  void reset() {{
    *this = Samples();
{reset_model}  }}

 private:
  static constexpr const edgetwin::real::GaitParams& kParams = edgetwin_gait::kGaitParams;
  float history_[kParams.taps_per_phase * edgetwin::real::kGaitChannels] = {{}};
  float filter_[edgetwin::real::kGaitChannels * 2 * kParams.sections] = {{}};
  float window_[kParams.window * edgetwin::real::kGaitChannels] = {{}};
  edgetwin::real::GaitState state_ = {{}};
  edgetwin::real::GaitStride stride_ = {{}};
  alignas(4) int8_t input_[{inputs}] = {{}};
  int8_t output_[{outputs}] = {{}};
}};

}}  // namespace {name}

#endif  // {upper}_SAMPLES_HPP_
"""
