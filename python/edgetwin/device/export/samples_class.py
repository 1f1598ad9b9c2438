"""The C++ class that takes samples one by one, whose memory is counted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .text import float_literal

if TYPE_CHECKING:
    from .model_code import Source

__all__ = ["Member", "samples_class"]

#: Bytes of a word, to which all structs of the core are aligned.
_WORD = 4


@dataclass(frozen=True)
class Member:
    """A member of the class: an array, or one value where `count` is empty; `initial` is zeros where it is empty.

    Attributes
    ----------
    kind, name, count : str
        C++ type, name, and length.
    nbytes : int
    initial : str
    alignment : int
        In bytes; 0 for the type's.
    """

    kind: str
    name: str
    count: str
    nbytes: int
    initial: str = ""
    alignment: int = 0

    @property
    def boundary(self) -> int:
        """Bytes that its place is a multiple of."""
        return max(self.alignment, {"int8_t": 1, "uint8_t": 1, "int16_t": 2}.get(self.kind, _WORD))

    @property
    def definition(self) -> str:
        """One line."""
        raised = f"alignas({self.alignment}) " if self.alignment > 1 else ""
        array = f"[{self.count}]" if self.count else ""
        return f"  {raised}{self.kind} {self.name}{array} = {self.initial or '{}'};\n"


def samples_class(
    model: Source, form: str, headers: frozenset[str], members: Sequence[Member], facts: Mapping[str, str]
) -> tuple[str, int]:
    """Return a header with the class ``Samples``, and the bytes of an object.

    Parameters
    ----------
    model : Source
    form : str
        "codes" (windows are the model's input), "raw", "features", "image" or "gait".
    headers : frozenset of str
        Files of the core.
    members : sequence of Member
    facts : mapping
        What the texts below name.
    """
    size = 0
    for member in members:
        size = -(-size // member.boundary) * member.boundary + member.nbytes
    size = -(-size // _WORD) * _WORD
    name = model.name
    given, made = (model.graph.tensors[index[0]] for index in (model.graph.inputs, model.graph.outputs))
    quantization = made.quantization
    assert quantization is not None  # noqa: S101  for the type checker: the caller has seen it
    own = {f"{name}.hpp"} | ({f"{name}_gait_constants.hpp"} if form == "gait" else set())
    values = dict(facts) | {
        "NAME": name,
        "UPPER": name.upper(),
        "INPUTS": str(given.size),
        "OUTPUTS": str(made.size),
        "RESULT_SCALE": f"{float_literal(quantization.scale[0])}, {int(quantization.zero_point[0])}",
        "RESET": f"    ::{name}::reset();\n" if model.has_state else "",
        "BYTES": str(size),
        "MEMBERS": "".join(member.definition for member in members),
        "INCLUDES": "".join(f'#include "edgetwin/{header}"\n' for header in sorted(headers))
        + "".join(f'#include "{header}"\n' for header in sorted(own)),
    }
    values["PRIVATE"] = (
        "  static constexpr const edgetwin::real::GaitParams& kParams = edgetwin_gait::kGaitParams;\n"
        if form == "gait"
        else ""
    )
    parts = {part: _filled(text, values) for part, text in _FORMS[form].items()}
    return _filled(_FRAME, values | parts), size


def _filled(text: str, values: Mapping[str, str]) -> str:
    return re.sub(r"@([A-Z_]+)@", lambda match: values[match[1]], text)


_FRAME = """\
// @TITLE@
#ifndef @UPPER@_SAMPLES_HPP_
#define @UPPER@_SAMPLES_HPP_

@INCLUDES@
namespace @NAME@ {

@CONSTANTS@/// RAM of an object of class Samples.
inline constexpr int32_t kSamplesBytes = @BYTES@;

/// All of its memory is its own@BUT@: make it static.
class Samples {
 public:
@PUSH@
@ACCESS@
  /// What output() says, or its mean where there is one, in real units. values  [@OUTPUTS@]
  void values(float* values) const {
    edgetwin::dequantize_f32<int8_t>({@OUTPUTS@, @RESULT_SCALE@}, @RESULT@, values);
  }

  /// Begins a new signal.
  void reset() {
    *this = Samples();
@RESET@  }

 private:
@PRIVATE@@MEMBERS@};

static_assert(sizeof(Samples) == kSamplesBytes, "RAM is what the export says");

}  // namespace @NAME@

#endif  // @UPPER@_SAMPLES_HPP_
"""

_DECISION = """\
inline constexpr edgetwin::DecisionParams kDecision = {
    /*outputs=*/@OUTPUTS@, /*average=*/@AVERAGE@, /*debounce=*/@DEBOUNCE@};

"""

_WINDOW = """\
inline constexpr edgetwin::WindowParams kWindow = {/*length=*/@LENGTH@, /*hop=*/@HOP@, /*axes=*/@AXES@};
"""

_OUTPUTS = """\
  /// What the model was given for the last window, [@INPUTS@].
  const int8_t* input() const { return input_; }
  /// Its output, [@OUTPUTS@].
  const int8_t* output() const { return output_; }
  /// The output's mean over the last @AVERAGE@, [@OUTPUTS@].
  const int8_t* means() const { return means_; }
  /// The output that counts as found, -1 for none yet.
  int32_t label() const { return label_; }
"""

_DECIDED = """\
    run(input_, output_);
    label_ = edgetwin::decision_push(kDecision, decision_, last_, sums_, output_, means_);
    return true;
  }
"""

_PUSH_CODES = """\
    static_cast<void>(edgetwin::window_push(kWindow, window_, ring_, codes, 1));
    if (!edgetwin::window_is_ready(kWindow, window_)) return false;
    edgetwin::window_copy(kWindow, window_, ring_, kWindow.length, int8_t{0}, input_);
"""

_TAKES = """\
  /// Takes a sample, [@AXES@]@UNIT@. True where a window has ended
  /// with it: output(), means() and label() are then new.
  bool push(const @SAMPLE@* sample) {
"""

_CODES = {
    "TITLE": "Samples of a sensor in, outputs of the model out, window by window.",
    "CONSTANTS": _WINDOW + _DECISION,
    "BUT": "",
    "PUSH": _TAKES.replace("@UNIT@", " finite numbers in the unit that the model was trained in")
    + """\
    int8_t codes[kWindow.axes];
    edgetwin::quantize_f32<int8_t>({kWindow.axes, @SCALE@}, sample, codes);
"""
    + _PUSH_CODES
    + _DECIDED,
    "ACCESS": _OUTPUTS,
    "RESULT": "means_",
}

_FORMS = {
    "codes": _CODES,
    "raw": _CODES
    | {
        "PUSH": _TAKES.replace("@UNIT@", " finite numbers in the unit that the model was trained in")
        + """\
    float scaled[kWindow.axes];
    int8_t codes[kWindow.axes];
    edgetwin::real::raw_features(sample, kWindow.axes, @FACTOR@, scaled);
    edgetwin::quantize_f32<int8_t>({kWindow.axes, @SCALE@}, scaled, codes);
"""
        + _PUSH_CODES
        + _DECIDED,
    },
    "features": _CODES
    | {
        "TITLE": "Samples of a sensor in, features of windows, outputs of the model out.",
        "CONSTANTS": _WINDOW + _DECISION + "@FEATURES@\n",
        "BUT": " but for the features, which lie in the model's arena before it runs",
        "PUSH": _TAKES.replace("@UNIT@", " finite numbers as the block was made for")
        + """\
    static_cast<void>(edgetwin::window_push(kWindow, window_, ring_, sample, 1));
    if (!edgetwin::window_is_ready(kWindow, window_)) return false;
    edgetwin::window_straighten(kWindow, window_, ring_);
    uint8_t* const scratch = static_cast<uint8_t*>(workspace());
    float* const features = static_cast<float*>(static_cast<void*>(scratch + (kFeatureScratchBytes + 3) / 4 * 4));
    compute_features(ring_, scratch, features);
    edgetwin::quantize_f32<int8_t>({kFeatureCount, @SCALE@}, features, input_);
"""
        + _DECIDED,
        "ACCESS": """\
  /// The last window in the order of time, [@LENGTH@, @AXES@]; until the next push().
  const @SAMPLE@* window() const { return ring_; }
"""
        + _OUTPUTS,
    },
    "image": _CODES
    | {
        "TITLE": "Pictures in, outputs of the model out.",
        "CONSTANTS": _DECISION,
        "PUSH": """\
  /// Takes a picture, [@INPUTS@ / @CHANNELS@, 3], each pixel red, green and blue. True: output(), means() and label()
  /// are new.
  bool push(const uint8_t* picture) {
    for (int32_t i = 0; i < @INPUTS@; i += @CHANNELS@) {
      float values[@CHANNELS@];
      edgetwin::real::@PIXELS@_features(picture, 1, values);
      edgetwin::quantize_f32<int8_t>({@CHANNELS@, @SCALE@}, values, input_ + i);
      picture += 3;
    }
"""
        + _DECIDED,
    },
    "gait": {
        "TITLE": "Samples of a foot's inertial sensor in, outputs of the model out, stride by stride.",
        "CONSTANTS": "",
        "BUT": "",
        "PUSH": """\
  /// Takes a raw sample, Gx, Gy, Gz in deg/s, Ax, Ay, Az in g. True where a stride has ended with it: input(), output()
  /// and stride() are then new.
  bool push(const float* raw) {
    float resampled[edgetwin::real::kGaitChannels], filtered[edgetwin::real::kGaitChannels];
    const edgetwin::real::GaitMemory memory = {history_, filter_, window_};
    const edgetwin::real::GaitEvent event = edgetwin::real::gait_step(
        kParams, edgetwin_gait::kGaitTables, memory, state_, raw, resampled, filtered, &stride_);
    if (!event.ended) return false;
    edgetwin::quantize_f32<int8_t>({@INPUTS@, @SCALE@}, window_, input_);
    run(input_, output_);
    return true;
  }
""",
        "ACCESS": """\
  /// The last stride as the model's codes, [@INPUTS@].
  const int8_t* input() const { return input_; }
  /// The model's output for it, [@OUTPUTS@].
  const int8_t* output() const { return output_; }
  /// Where it ended and how long it was, in samples of the resampled rate.
  const edgetwin::real::GaitStride& stride() const { return stride_; }
""",
        "RESULT": "output_",
    },
}
