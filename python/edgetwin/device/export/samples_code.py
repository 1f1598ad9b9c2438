"""Firmware that takes a sensor's samples one by one: windows, features or strides of them, the model, means, labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...errors import UnsupportedError
from ...signal import CausalGait
from ...signal.blocks_base import FeatureBlock
from ...streaming import ModelStream
from .features_code import features_code
from .samples_class import Member, samples_class
from .text import c_type, float_literal

if TYPE_CHECKING:
    from .model_code import Source

__all__ = ["SamplesCode", "samples_code"]

#: Words of `edgetwin::WindowState` and `edgetwin::DecisionState`.
_WINDOW_WORDS, _DECISION_WORDS = 3, 5
_STRIDE_BYTES = 8
_FLOAT_BYTES = 4
#: Alignment of double, for features' scratch.
_WORKSPACE = 8


@dataclass(frozen=True)
class SamplesCode:
    """What turns samples into a model's inputs, as C++.

    Attributes
    ----------
    files : dict of str to str
        Text by path.
    headers : frozenset of str
        Files of the core that they include.
    ram_bytes : int
        Of an object of class ``Samples``.
    workspace_bytes : int
        That features need beside it while the model does not run: they lie in its arena.
    sample : str
        C++ type of a sample's values.
    axes : int
        Values of a sample.
    rate_hz : float or None
        Samples a second, where the source tells.
    kind : str
        "motion", "gait" (strides of motion: no means and no label), "sound", "picture" or "signal": what gives them.
    length : int
        Samples of a window.
    """

    files: dict[str, str]
    headers: frozenset[str]
    ram_bytes: int
    workspace_bytes: int
    sample: str
    axes: int
    rate_hz: float | None
    kind: str
    length: int

    @property
    def decides(self) -> bool:
        """Whether it has means and a label."""
        return self.kind != "gait"


def samples_code(model: Source, source: object) -> SamplesCode:
    """Return the code for a source.

    Parameters
    ----------
    model : Source
    source : ModelStream or CausalGait
        What makes inputs of samples on the host.

    Raises
    ------
    UnsupportedError : another source, or one that does not make this model's inputs
    """
    tensors = [model.graph.tensors[index] for index in (*model.graph.inputs, *model.graph.outputs)]
    if not isinstance(source, (ModelStream, CausalGait)):
        raise UnsupportedError(
            f"source: {type(source).__name__}, accepted are Model.stream, Impulse.stream and GaitPipeline.stream"
        )
    if len(tensors) != 2 or any(tensor.dtype != "int8" or tensor.quantization is None for tensor in tensors):
        forms = ", ".join(f"{tensor.dtype}{list(tensor.shape)}" for tensor in tensors)
        raise UnsupportedError(f"source: the model has {forms}, accepted are one int8 input and one int8 output")
    if isinstance(source, CausalGait):
        return _gait(model, source)
    return _windows(model, source)


def _gait(model: Source, source: CausalGait) -> SamplesCode:
    given = model.graph.tensors[model.graph.inputs[0]].size
    if source.window_values != given:
        raise UnsupportedError(f"source: windows of {source.window_values} values, the model's input has {given}")
    channels = "edgetwin::real::kGaitChannels"
    state, history, filters, window = source.memory_bytes
    members = [
        Member("float", "history_", f"kParams.taps_per_phase * {channels}", history),
        Member("float", "filter_", f"{channels} * 2 * kParams.sections", filters),
        Member("float", "window_", f"kParams.window * {channels}", window),
        Member("edgetwin::real::GaitState", "state_", "", state),
        Member("edgetwin::real::GaitStride", "stride_", "", _STRIDE_BYTES),
        *_codes(model, ("input_", "output_")),
    ]
    headers = frozenset({"gait.hpp", "quantize.hpp"})
    text, ram = samples_class(model, "gait", headers, members, {"SCALE": _scale(model, 0)})
    name = model.name
    files = {f"model/{name}_gait_constants.hpp": source.header(), f"model/{name}_samples.hpp": text}
    return SamplesCode(files, headers, ram, 0, "float", 6, source.raw_rate_hz, "gait", source.window_values // 6)


def _windows(model: Source, source: ModelStream) -> SamplesCode:
    tensors = [model.graph.tensors[index] for index in (*model.graph.inputs, *model.graph.outputs)]
    front = source.front
    values = source.length * source.axes if front is None else front.size
    if values != tensors[0].size or len(source.labels) != tensors[1].size:
        what = f"windows of {source.length} x {source.axes} values" if front is None else repr(front)
        raise UnsupportedError(
            f"source: {what} for {len(source.labels)} outputs, the model takes {tensors[0].size} and gives "
            f"{tensors[1].size}: it is another model's stream"
        )
    block: FeatureBlock | None = None if front is None else front.block
    form = "codes" if block is None else block.block if block.block in ("raw", "image") else "features"
    sample = {"int16": "int16_t", "uint8": "uint8_t"}.get("" if front is None else front.samples, "float")
    headers = {"decisions.hpp", "quantize.hpp"} | (set() if form == "image" else {"window.hpp"})
    extra: dict[str, str] = {}
    workspace = 0
    facts = {"SCALE": _scale(model, 0), "SAMPLE": sample}
    if front is not None and block is not None:
        if form == "features":
            code = features_code(front)
            headers.add(code.header)
            workspace = -(-code.scratch_bytes // _FLOAT_BYTES) * _FLOAT_BYTES + _FLOAT_BYTES * front.size
            workspace = -(-workspace // _WORKSPACE) * _WORKSPACE
            facts["FEATURES"] = code.text
        else:
            headers.add("features_image.hpp")
        facts["FACTOR"] = float_literal(block.params.get("scale_axes", 1.0))
        gray = block.params.get("channels") == "Grayscale"
        facts["PIXELS"] = "grayscale" if gray else "rgb"
        facts["CHANNELS"] = "1" if gray else "3"
    facts |= {"LENGTH": str(source.length), "HOP": str(source.hop), "AXES": str(source.axes)}
    facts |= {"AVERAGE": str(source.average), "DEBOUNCE": str(source.debounce)}
    outputs = tensors[1].size
    ring = "int8_t" if form in ("codes", "raw") else sample
    members = [Member("edgetwin::DecisionState", "decision_", "", 4 * _DECISION_WORDS)]
    members += [Member("int32_t", "label_", "", 4, "-1"), Member("int32_t", "sums_", "kDecision.outputs", 4 * outputs)]
    if form != "image":
        members.insert(0, Member("edgetwin::WindowState", "window_", "", 4 * _WINDOW_WORDS))
        size = source.length * source.axes * {"float": 4, "int16_t": 2, "int8_t": 1}[ring]
        members.append(Member(ring, "ring_", "kWindow.length * kWindow.axes", size))
    members += _codes(model, ("input_", "output_", "means_"))
    members.append(Member("int8_t", "last_", "kDecision.average * kDecision.outputs", source.average * outputs))
    text, ram = samples_class(model, form, frozenset(headers), members, facts)
    kind = "motion" if source.axes in (1, 3, 6) else "signal"
    if form == "image":
        kind = "picture"
    elif sample == "int16_t":
        kind = "sound"
    rate = None if block is None else block.rate_hz
    files = {f"model/{model.name}_samples.hpp": text, **extra}
    return SamplesCode(files, frozenset(headers), ram, workspace, sample, source.axes, rate, kind, source.length)


def _codes(model: Source, names: tuple[str, ...]) -> list[Member]:
    given, made = (model.graph.tensors[index[0]] for index in (model.graph.inputs, model.graph.outputs))
    members = []
    for name in names:
        tensor = given if name == "input_" else made
        kind = c_type(tensor.dtype)
        members.append(Member(kind, name, str(tensor.size), tensor.nbytes, alignment=4 if name == "input_" else 1))
    return members


def _scale(model: Source, index: int) -> str:
    """Return the first members of `edgetwin::QuantizeParams` behind the size, of the input (0) or the output (1)."""
    tensor = model.graph.tensors[(model.graph.inputs, model.graph.outputs)[index][0]]
    quantization = tensor.quantization
    assert quantization is not None  # noqa: S101  for the type checker: seen above
    return f"{float_literal(quantization.scale[0])}, {int(quantization.zero_point[0])}"
