"""What a float32 model is quantized to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from ..errors import QuantizationError
from ..quantize_values import check_quantization

__all__ = ["ACTIVATION_DTYPES", "REAL", "WEIGHT_LIMITS", "Scheme"]

#: Weights -> their largest code; the smallest is its negative (narrow range), so that their zero point is 0.
WEIGHT_LIMITS: Mapping[str, int] = {"int8": 127, "int4": 7}
#: Activations -> the dtype of the bias.
ACTIVATION_DTYPES: Mapping[str, str] = {"int8": "int32", "int16": "int64"}
#: Inputs or outputs that stay as they are, behind an operator that converts.
REAL = "float32"

Pair = tuple[float, int]


@dataclass(frozen=True)
class Scheme:
    """Dtypes and options of a quantized graph.

    Attributes
    ----------
    weights : str
        "int8", or "int4" for convolutions and dense layers; other constants are quantized as activations.
    activations : str
        "int8", or "int16" (symmetric, with int8 weights and int64 bias: "int16x8").
    dense_per_channel : bool
        A scale for each unit of a dense layer. False, one for the layer, is what every runtime takes; TensorFlow's
        converter does so up to 2.16, later ones write a scale for each unit.
    inputs, outputs : str
        The dtype of the model's inputs and outputs: that of `activations`, or "float32".
    input_quantization, output_quantization : mapping of str to (scale, zero point)
        By tensor name, in place of those that the calibration gives.
    """

    weights: str = "int8"
    activations: str = "int8"
    dense_per_channel: bool = False
    inputs: str = ""
    outputs: str = ""
    input_quantization: Mapping[str, Pair] = field(default_factory=dict)
    output_quantization: Mapping[str, Pair] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_choice(self.weights, WEIGHT_LIMITS, "weights")
        _check_choice(self.activations, ACTIVATION_DTYPES, "activations")
        if self.weights == "int4" and self.activations != "int8":
            raise QuantizationError("weights 'int4' with activations 'int16', accepted with 'int4' is 'int8'")
        for name in ("inputs", "outputs"):
            value = getattr(self, name) or self.activations
            _check_choice(value, (self.activations, REAL), name)
            object.__setattr__(self, name, value)
            pairs = dict(getattr(self, f"{name[:-1]}_quantization"))
            for tensor, pair in pairs.items():
                _check_pair(pair, self.activations, f"{name[:-1]}_quantization of {tensor!r}")
            object.__setattr__(self, f"{name[:-1]}_quantization", MappingProxyType(pairs))

    @property
    def bias(self) -> str:
        """Dtype of the bias."""
        return ACTIVATION_DTYPES[self.activations]


def _check_choice(value: object, accepted: Mapping[str, object] | tuple[str, ...], what: str) -> None:
    if not isinstance(value, str) or value not in accepted:
        raise QuantizationError(f"{what} {value!r}, accepted are {', '.join(accepted)}")


def _check_pair(pair: object, dtype: str, what: str) -> None:
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise QuantizationError(f"{what}: {pair!r}, accepted is (scale, zero_point)")
    try:
        _, zero_point = check_quantization(pair[0], pair[1], dtype)
    except QuantizationError as error:
        raise QuantizationError(f"{what}: {error}") from None
    if dtype == "int16" and zero_point != 0:
        raise QuantizationError(f"{what}: zero_point {zero_point}, accepted for int16 is 0")
