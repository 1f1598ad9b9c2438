"""The device core's headers that firmware needs: byte for byte those that the host's arithmetic is defined by."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..qemu import device_source

__all__ = ["core_files"]

_INCLUDE = re.compile(rb'^#include "edgetwin/([^"]+)"', re.MULTILINE)


def core_files(headers: Iterable[str]) -> dict[str, bytes]:
    """Return headers and what they include.

    Parameters
    ----------
    headers : iterable of str
        Names in ``edgetwin/``.

    Returns
    -------
    dict of str to bytes
        Content by path, ``edgetwin/conv.hpp``.

    Raises
    ------
    DeviceError : the core's sources are not installed
    """
    folder = device_source() / "include" / "edgetwin"
    found: dict[str, bytes] = {}
    waiting = sorted(headers)
    while waiting:
        name = waiting.pop()
        if f"edgetwin/{name}" not in found:
            content = (folder / name).read_bytes()
            found[f"edgetwin/{name}"] = content
            waiting += [included.decode() for included in _INCLUDE.findall(content)]
    return dict(sorted(found.items()))
