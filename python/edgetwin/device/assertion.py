"""The one line that a firmware test needs."""

from __future__ import annotations

from typing import Any

from ..model import Model
from .base import Device

__all__ = ["assert_bit_exact"]


def assert_bit_exact(model: Model, device: Device, *inputs: Any) -> Any:
    """Assert that a device computes every byte that the model computes, operator by operator where it shows them.

    Parameters
    ----------
    model : Model
    device : Device
    *inputs : ndarray, or one dict of name to ndarray
        As `Model.run` takes them.

    Returns
    -------
    Comparison

    Raises
    ------
    AssertionError : a byte differs; names the first operator, tensor and element, both integers, counts, and what kind
        of difference it looks like
    NotComparableError : the device does not tell its integers
    DeviceError, ShapeError : as `Model.compare`
    """
    __tracebackhide__ = True
    result = model.compare(*inputs, against=device)
    if not result.equal:
        raise AssertionError(f"{device.name} does not compute what the model computes\n{result}")
    return result
