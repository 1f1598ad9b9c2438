"""Devices: boards, emulated ones, installed runtimes and recordings, which run a model's samples.

>>> with et.device.open("qemu:cortex-m4", model) as board:
...     et.device.assert_bit_exact(model, board, codes)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .assertion import assert_bit_exact
    from .base import Device, DeviceInfo
    from .opening import open
    from .recorded import record

__all__ = ["Device", "DeviceInfo", "assert_bit_exact", "open", "record"]

#: Name -> the module that holds it: the pytest plugin lies in this package, and every run of pytest imports that.
_LAZY = {
    "Device": "base",
    "DeviceInfo": "base",
    "assert_bit_exact": "assertion",
    "open": "opening",
    "record": "recorded",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
