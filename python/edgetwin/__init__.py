"""The bit-exact twin of a microcontroller's int8 inference, on the host.

>>> import edgetwin as et
>>> model = et.load("stride_int8.tflite")
>>> outputs = model.run(codes)           # int8 in, int8 out: the board's own bytes
>>> length_cm = model.predict(readings)  # real units in and out
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .build_info import __version__, arch, archs, build_info, set_num_threads
from .errors import (
    DataError,
    DeviceError,
    EdgetwinError,
    IntegrationError,
    MissingExtraError,
    ModelError,
    NotComparableError,
    OutputError,
    QuantizationError,
    ShapeError,
    TrainingError,
    UnsupportedError,
)

if TYPE_CHECKING:
    from . import convert, data, device, integrations, kernels, metrics, nn, signal
    from .convert import from_keras, from_sklearn, from_torch
    from .evaluation import Evaluation, evaluate
    from .fit import Fit
    from .found import FoundModel, find_models
    from .impulse import Impulse
    from .integrations.edge_impulse.deployment import from_edge_impulse
    from .model import Model, State, Trace, load
    from .profile import OperatorProfile, Profile
    from .quantization import Portable, make_portable, quantization_report, quantize
    from .referee.certificate import Certificate
    from .referee.check import check_certificate
    from .referee.compare import Comparison, Difference
    from .referee.vectors import TestVectors
    from .report import plots
    from .report.report import Report
    from .types import TensorSpec

__all__ = [
    "Certificate",
    "Comparison",
    "DataError",
    "DeviceError",
    "Difference",
    "EdgetwinError",
    "Evaluation",
    "Fit",
    "FoundModel",
    "Impulse",
    "IntegrationError",
    "MissingExtraError",
    "Model",
    "ModelError",
    "NotComparableError",
    "OperatorProfile",
    "OutputError",
    "Portable",
    "Profile",
    "QuantizationError",
    "Report",
    "ShapeError",
    "State",
    "TensorSpec",
    "TestVectors",
    "Trace",
    "TrainingError",
    "UnsupportedError",
    "__version__",
    "arch",
    "archs",
    "build_info",
    "check_certificate",
    "convert",
    "data",
    "device",
    "evaluate",
    "find_models",
    "from_edge_impulse",
    "from_keras",
    "from_sklearn",
    "from_torch",
    "integrations",
    "kernels",
    "load",
    "make_portable",
    "metrics",
    "nn",
    "plots",
    "quantization_report",
    "quantize",
    "set_num_threads",
    "signal",
]

#: Public name -> the module that holds it, or, with a leading dot, the module that it is. Numpy alone takes most of
#: 0.15 s to import, so what needs it is imported with the first name that is used.
_LAZY = {
    "Certificate": "referee.certificate",
    "Comparison": "referee.compare",
    "Difference": "referee.compare",
    "Evaluation": "evaluation",
    "Fit": "fit",
    "FoundModel": "found",
    "Impulse": "impulse",
    "Model": "model",
    "OperatorProfile": "profile",
    "Portable": "quantization",
    "Profile": "profile",
    "Report": "report.report",
    "State": "model",
    "TensorSpec": "types",
    "TestVectors": "referee.vectors",
    "Trace": "model",
    "check_certificate": "referee.check",
    "convert": ".convert",
    "data": ".data",
    "device": ".device",
    "evaluate": "evaluation",
    "find_models": "found",
    "from_edge_impulse": "integrations.edge_impulse.deployment",
    "from_keras": "convert.keras",
    "from_sklearn": "convert.sklearn",
    "from_torch": "convert.torch",
    "integrations": ".integrations",
    "kernels": ".kernels",
    "load": "model",
    "make_portable": "quantization",
    "metrics": ".metrics",
    "nn": ".nn",
    "plots": ".report.plots",
    "quantization_report": "quantization",
    "quantize": "quantization",
    "signal": ".signal",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _LAZY[name]
    is_module = home.startswith(".")
    value = import_module(home, __name__) if is_module else getattr(import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
