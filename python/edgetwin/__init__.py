"""The bit-exact twin of a microcontroller's int8 inference, on the host.

>>> import edgetwin as et
>>> model = et.load("stride_int8.tflite")
>>> codes = model.run(windows)        # int8 in, int8 out: the board's own bytes
>>> metres = model.predict(readings)  # real units in and out
"""

from __future__ import annotations

from . import kernels, metrics
from .build_info import __version__, build_info, set_num_threads
from .errors import (
    DataError,
    DeviceError,
    EdgetwinError,
    IntegrationError,
    MissingExtraError,
    ModelError,
    OutputError,
    QuantizationError,
    ShapeError,
    TrainingError,
    UnsupportedError,
)
from .model import Model, State, Trace, load
from .types import TensorSpec

__all__ = [
    "DataError",
    "DeviceError",
    "EdgetwinError",
    "IntegrationError",
    "MissingExtraError",
    "Model",
    "ModelError",
    "OutputError",
    "QuantizationError",
    "ShapeError",
    "State",
    "TensorSpec",
    "Trace",
    "TrainingError",
    "UnsupportedError",
    "__version__",
    "build_info",
    "kernels",
    "load",
    "metrics",
    "set_num_threads",
]
