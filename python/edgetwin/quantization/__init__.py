"""Float32 models -> int8 models that run exactly: calibration, quantization, and what it costs."""

from __future__ import annotations

from .calibration import METHODS, calibrate
from .post_training import quantize
from .rewrite import quantized_graph
from .scheme import Scheme

__all__ = ["METHODS", "Scheme", "calibrate", "quantize", "quantized_graph"]
