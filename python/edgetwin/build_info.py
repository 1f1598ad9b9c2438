"""Version, build facts, the SIMD level in use and the global number of threads."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import _core
from .errors import DataError

__all__ = ["__version__", "arch", "archs", "build_info", "checked_threads", "set_num_threads"]

__version__: str = _core.build_info()["version"]

_MAX_THREADS = 1024


def build_info() -> dict[str, Any]:
    """Return facts about this build.

    Returns
    -------
    dict
        ``version``, ``compiler``, ``flags``, ``debug`` (bool), ``eigen`` and ``xsimd`` (versions of the headers built
        against), ``num_threads`` (in use where a model asks for none), ``available_threads`` (CPUs of this process:
        its affinity, or fewer by its control group),
        ``archs_built`` (SIMD levels of this build), ``archs`` (those that this CPU has, best last), ``arch`` (in use).
    """
    info: dict[str, Any] = _core.build_info()
    info["num_threads"] = _core.default_threads()
    info["available_threads"] = _core.available_threads()
    info["archs_built"] = tuple(_core.built_levels())
    info["archs"] = archs()
    info["arch"] = _core.active_level()
    return info


def archs() -> tuple[str, ...]:
    """Return the names of the SIMD levels that this CPU has, best last.

    Returns
    -------
    tuple of str
        Of "scalar", "avx2", "avx_vnni", "avx512" (F, CD, BW, DQ and VL), "avx512_vnni", "neon" and "neon_dotprod".
    """
    return tuple(_core.available_levels())


@contextmanager
def arch(name: str) -> Iterator[None]:
    """Compute at a SIMD level of choice inside a ``with`` block. Results are the same bytes at every level.

    The level is the process's, at first the best one or what the environment variable ``EDGETWIN_ARCH`` names at
    import. Models that are loaded already follow it: each packs its weights for a level when it first runs there. Calls
    of other threads that begin inside the block use it too, and a call that has begun ends at the level it began with.
    Blocks nest; where blocks of several threads overlap, the last to be entered or left decides.

    Parameters
    ----------
    name : str
        One of `archs`.

    Raises
    ------
    DataError : no such level, or one that this CPU lacks
    """
    before = _core.active_level()
    _core.set_active_level(_checked_arch(name, "arch"))
    try:
        yield
    finally:
        _core.set_active_level(before)


def _checked_arch(name: str, what: str) -> str:
    if not isinstance(name, str) or name not in archs():
        raise DataError(f"{what}: {name!r}, this CPU has {', '.join(archs())}")
    return name


def set_num_threads(count: int | None) -> None:
    """Set the number of threads of every model that was loaded without one of its own.

    Parameters
    ----------
    count : int in [1, 1024], or None
        None: as many CPUs as this process may use by its affinity and its control group's quota (the default). The
        environment variable ``EDGETWIN_NUM_THREADS`` sets it
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
    level = os.environ.get("EDGETWIN_ARCH", "").strip()
    if level:
        _core.set_active_level(_checked_arch(level, "EDGETWIN_ARCH"))
    text = os.environ.get("EDGETWIN_NUM_THREADS", "").strip()
    if not text:
        return
    if not text.isdigit():
        raise DataError(f"EDGETWIN_NUM_THREADS: {text!r}, accepted are 1 to {_MAX_THREADS}")
    _core.set_default_threads(checked_threads(int(text), "EDGETWIN_NUM_THREADS") or 0)


_from_environment()
