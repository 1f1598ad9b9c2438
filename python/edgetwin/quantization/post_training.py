"""A float32 model and calibration samples -> the quantized model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import QuantizationError, UnsupportedError
from ..io.tflite_write import write_tflite
from ..model import Model
from .bias_correction import corrected_biases
from .calibration import calibrate
from .portable.making import portable_parts
from .portable.original import Original
from .rewrite import quantized_graph
from .samples import checked_samples, float_model
from .scheme import Scheme

__all__ = ["quantize"]

Pair = tuple[float, int]


def quantize(
    model: Any,
    calibration: Any,
    *,
    method: str = "min_max",
    percentile: float = 99.99,
    weights: str = "int8",
    activations: str = "int8",
    dense_per_channel: bool = False,
    inputs: str | None = None,
    outputs: str | None = None,
    input_quantization: Pair | Mapping[str, Pair] | None = None,
    output_quantization: Pair | Mapping[str, Pair] | None = None,
    bias_correction: bool = False,
    portable: bool = False,
    arithmetic: str = "tflm",
) -> Model:
    """Quantize a float32 model after training.

    Parameters
    ----------
    model : Model
        Float32, as loaded from a `.tflite` file, or an object with ``to_model()``.
    calibration : array_like, mapping, or iterable
        A few hundred windows in real units: (n, *input shape); what a file or a pipeline gave (its ``real`` or
        ``windows``); for a model of several inputs a mapping of name to array; or an iterable of such parts or of
        single windows.
    method : str
        How ranges are taken from them: "min_max", "moving_average", "percentile" or "mse", see `calibrate`.
    percentile : float in (50, 100]
    weights : str
        "int8" or "int4". Symmetric; a scale for each output channel of convolutions. TFLite Micro unpacks int4 weights
        into the arena: less flash, more RAM.
    activations : str
        "int8", or "int16" with int8 weights and int64 bias.
    dense_per_channel : bool
        A scale for each unit of dense layers, as TensorFlow's converter from 2.17 on; not with int4.
    inputs, outputs : str, optional
        "float32" keeps them real, behind an operator that converts; else they are codes.
    input_quantization, output_quantization : (scale, zero point), or mapping of tensor name to that, optional
        In place of what the calibration gives.
    bias_correction : bool
        Move every bias by the mean error that quantization makes of its layer's sums (Nagel et al. 2019).
    portable : bool
        Weights and scales with which every runtime gives the same bytes, see `make_portable`; only with int8 weights
        and activations, and codes as inputs and outputs. Biases are corrected in any case.
    arithmetic : str
        Of the model that is returned, see `load`.

    Returns
    -------
    Model
        `run` gives the bytes that a board computes; `save` writes the `.tflite`.

    Raises
    ------
    DataError : samples that are none, do not fit, are not finite or all the same; a model that is not float32
    QuantizationError : options that are not accepted; NaN or infinity in weights or activations
    UnsupportedError : naming operators that cannot compute with codes, and what would work; with `portable`, those that
        runtimes compute in ways of their own

    References
    ----------
    TensorFlow Lite 8-bit quantization specification. Nagel, van Baalen, Blankevoort, Welling: Data-Free Quantization
    through Weight Equalization and Bias Correction, ICCV 2019.
    """
    model = float_model(model)
    scheme = Scheme(
        weights=weights,
        activations=activations,
        dense_per_channel=dense_per_channel,
        inputs=inputs or "",
        outputs=outputs or "",
        input_quantization=_by_name(input_quantization, model.inputs, "input"),
        output_quantization=_by_name(output_quantization, model.outputs, "output"),
    )
    samples = checked_samples(model, calibration, "calibration")
    ranges = calibrate(model, samples[0] if len(samples) == 1 else tuple(samples), method, percentile=percentile)
    if portable:
        return _portable(Original.of_real(model, ranges, scheme, samples), scheme, arithmetic)
    graph = model.graph
    if bias_correction:
        graph = corrected_biases(graph, ranges, scheme, samples)
    return Model(write_tflite(quantized_graph(graph, ranges, scheme)), arithmetic)


def _portable(original: Original, scheme: Scheme, arithmetic: str) -> Model:
    made = (scheme.weights, scheme.activations, scheme.inputs, scheme.outputs)
    if set(made) != {"int8"}:
        said = ", ".join(
            f"{n} {v!r}" for n, v in zip(("weights", "activations", "inputs", "outputs"), made, strict=True)
        )
        raise QuantizationError(f"portable with {said}: accepted is 'int8' for each")
    parts = portable_parts(original, arithmetic)
    if parts.tail is not None:
        raise UnsupportedError(
            f"runtimes differ in a part of the model: {'; '.join(parts.split)}. make_portable gives what comes before, "
            "and the rest as a model of its own"
        )
    return parts.model


def _by_name(given: Pair | Mapping[str, Pair] | None, specs: Any, what: str) -> Mapping[str, Pair]:
    if given is None:
        return {}
    if isinstance(given, Mapping):
        return given
    if len(specs) != 1:
        names = ", ".join(spec.name for spec in specs)
        raise QuantizationError(f"{what}_quantization {given!r}, accepted is a mapping of {names} to such pairs")
    return {specs[0].name: given}
