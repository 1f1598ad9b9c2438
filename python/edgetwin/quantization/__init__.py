"""Float32 models -> int8 models that run exactly: calibration, quantization, and what it costs."""

from __future__ import annotations

from .calibration import METHODS, calibrate
from .portable import Portable, make_portable
from .post_training import quantize
from .report import OperatorError, QuantizationReport, quantization_report
from .rewrite import quantized_graph
from .scheme import Scheme

__all__ = [
    "METHODS",
    "OperatorError",
    "Portable",
    "QuantizationReport",
    "Scheme",
    "calibrate",
    "make_portable",
    "quantization_report",
    "quantize",
    "quantized_graph",
]
