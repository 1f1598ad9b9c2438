"""Devices: boards, emulated ones, installed runtimes and recordings, which run a model's samples.

>>> with et.device.open("qemu:cortex-m4", model) as board:
...     et.device.assert_bit_exact(model, board, codes)
"""

from __future__ import annotations

from .assertion import assert_bit_exact
from .base import Device, DeviceInfo
from .opening import open
from .recorded import record

__all__ = ["Device", "DeviceInfo", "assert_bit_exact", "open", "record"]
