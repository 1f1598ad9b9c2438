"""The machine and the product's SIMD levels on it."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import edgetwin as et

#: Every level there is, the slowest first, with the CPU flags (Linux's names) that it asks for.
LEVELS = {
    "scalar": (),
    "avx2": ("avx2",),
    "avx_vnni": ("avx2", "avx_vnni"),
    "avx512": ("avx512f", "avx512bw", "avx512vl", "avx512dq"),
    "avx512_vnni": ("avx512f", "avx512bw", "avx512vl", "avx512dq", "avx512_vnni"),
    "neon": ("asimd",),
    "neon_dotprod": ("asimd", "asimddp"),
}
#: The level that the targets are for.
TARGET_LEVEL = "avx512_vnni"
#: Flags worth a reader's while.
_FLAGS = sorted({flag for flags in LEVELS.values() for flag in flags} | {"fma", "avx512_vbmi", "avx512_bf16"})
_WHEELS = ("numpy", "tflite-micro", "ai-edge-litert", "onnxruntime")


@cache
def _cpuinfo() -> str:
    path = Path("/proc/cpuinfo")
    return path.read_text() if path.exists() else ""


def _field(*names: str) -> str:
    for line in _cpuinfo().splitlines():
        key, _, value = line.partition(":")
        if key.strip() in names:
            return value.strip()
    return ""


def cpu_name() -> str:
    """The CPU's name where the system tells it."""
    return _field("model name") or platform.processor() or platform.machine()


def cpu_flags() -> frozenset[str]:
    """What the CPU and its kernel have, in Linux's names; empty where the system does not tell."""
    return frozenset(_field("flags", "Features").split())


def belongs_here(level: str) -> bool:
    """Whether a level is of this machine's family."""
    is_arm = platform.machine().lower() in ("aarch64", "arm64")
    return level == "scalar" or level.startswith("neon") == is_arm


def lacking(level: str) -> str:
    """Why this CPU cannot run a level, or nothing."""
    if not belongs_here(level):
        return f"another CPU family than {platform.machine()}"
    missing = [flag for flag in LEVELS[level] if flag not in cpu_flags()]
    return f"this CPU lacks {', '.join(missing)}" if missing else ""


#: The levels that the caller asked for; all of them where empty.
_CHOSEN: list[str] = []


def restrict(names: list[str]) -> None:
    """Measure at these levels only."""
    _CHOSEN[:] = names


def levels() -> dict[str, Callable[[], AbstractContextManager[object]]]:
    """Levels that can be forced here, the slowest first, and the context that forces each."""
    if not hasattr(et, "archs"):
        return {"default": nullcontext}
    present = et.archs()
    ordered = [name for name in LEVELS if name in present] + [name for name in present if name not in LEVELS]
    return {name: partial(et.arch, name) for name in ordered if not _CHOSEN or name in _CHOSEN}


def installed(distribution: str) -> str | None:
    """The version of an installed distribution."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def described() -> list[str]:
    """Date, versions, CPU and flags, a sentence a line."""
    wheels = ", ".join(f"{name} {installed(name) or 'not installed'}" for name in _WHEELS)
    here = [name for name in LEVELS if belongs_here(name)]
    lacks = [f"{name} ({lacking(name)})" for name in here if lacking(name)]
    build = et.build_info()
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    disturbed = ", **which was disturbed by other work**" if load > build["available_threads"] / 2 else ""
    return [
        f"{date.today()}, edgetwin {et.__version__} ({build['compiler']}), {wheels}, "
        f"Python {platform.python_version()}.",
        f"{cpu_name()}, {build['available_threads']} CPUs for this process; of its flags: "
        f"{', '.join(flag for flag in _FLAGS if flag in cpu_flags()) or 'not told by this system'}.",
        f"Levels that it runs: {', '.join(levels())}. Levels that it lacks: {'; '.join(lacks) or 'none'}.",
        f"Load average of the minute before the run{disturbed}: {load:.1f}.",
    ]
