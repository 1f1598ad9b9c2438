"""Version, build facts and the global number of threads."""

from __future__ import annotations

import operator
import os
from typing import Any

from . import _core
from .errors import DataError

__all__ = ["__version__", "build_info", "checked_threads", "set_num_threads"]

__version__: str = _core.build_info()["version"]

_MAX_THREADS = 1024


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
    count : int in [1, 1024], or None
        None: as many as this process may use (the default). The environment variable ``EDGETWIN_NUM_THREADS`` sets it
        at import.

    Raises
    ------
    DataError : `count` is neither
    """
    _core.set_default_threads(checked_threads(count, "set_num_threads") or 0)


def checked_threads(count: int | None, what: str) -> int | None:
    """Return a number of threads; None stands for the global setting.

    Raises
    ------
    DataError : `count` is neither None nor an integer in [1, 1024]; the message begins with `what`
    """
    if count is None:
        return None
    try:
        number = 0 if isinstance(count, bool) else operator.index(count)
    except TypeError:
        number = 0
    if not 1 <= number <= _MAX_THREADS:
        raise DataError(f"{what}: {count!r}, accepted are 1 to {_MAX_THREADS} or None")
    return number


def _from_environment() -> None:
    text = os.environ.get("EDGETWIN_NUM_THREADS", "").strip()
    if not text:
        return
    if not text.isdigit():
        raise DataError(f"EDGETWIN_NUM_THREADS: {text!r}, accepted are 1 to {_MAX_THREADS}")
    _core.set_default_threads(checked_threads(int(text), "EDGETWIN_NUM_THREADS") or 0)


_from_environment()
