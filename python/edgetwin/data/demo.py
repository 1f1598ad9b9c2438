"""The model that ships with the package."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["demo_model"]


def demo_model() -> bytes:
    """Return the `.tflite` file that `edgetwin demo` runs: stride length in cm from one stride of a foot-worn sensor.

    An int8 conv1d network, (648,) -> (1,), trained on simulated walking (`benchmarks/train_demo_model.py`). Its input
    is a row of `edgetwin.signal.Strides.flat`.

    Returns
    -------
    bytes
    """
    return (files("edgetwin") / "models" / "demo_stride_int8.tflite").read_bytes()
