"""Version, build facts and the global number of threads."""

from __future__ import annotations

import os
from typing import Any

from . import _core
from .errors import DataError

__all__ = ["__version__", "build_info", "set_num_threads"]

__version__: str = _core.build_info()["version"]


def build_info() -> dict[str, Any]:
    """Return facts about this build.

    Returns
    -------
    dict
        ``version``, ``compiler``, ``flags``, ``debug`` (bool), ``eigen`` and ``xsimd`` (versions of the headers built
        against), ``num_threads`` (in use where a model asks for none), ``available_threads`` (CPUs of this process).
    """
    info: dict[str, Any] = _core.build_info()
    info["num_threads"] = _core.default_threads()
    info["available_threads"] = _core.available_threads()
    return info


def set_num_threads(count: int | None) -> None:
    """Set the number of threads of every model that was loaded without one of its own.

    Parameters
    ----------
    count : int >= 1, or None
        None: as many as this process may use (the default). The environment variable ``EDGETWIN_NUM_THREADS`` sets it
        at import.

    Raises
    ------
    DataError : `count` is not a positive integer
    """
    if count is not None and (isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= 1024):
        raise DataError(f"set_num_threads: {count!r}, accepted are 1 to 1024 or None")
    _core.set_default_threads(count or 0)


def _from_environment() -> None:
    text = os.environ.get("EDGETWIN_NUM_THREADS", "").strip()
    if not text:
        return
    if not text.isdigit():
        raise DataError(f"EDGETWIN_NUM_THREADS is {text!r}, accepted are 1 to 1024")
    set_num_threads(int(text))


_from_environment()
