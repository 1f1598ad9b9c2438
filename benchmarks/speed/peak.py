"""The most multiply-accumulates a second that one core can do, measured by hand-written loops in the same process."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from .machine import LEVELS, belongs_here, cpu_flags
from .timing import Body, Effort, interleaved

#: Dot products in a round of a loop: one for each accumulator.
ACCUMULATORS = 12
_ROUNDS = 20_000
#: What the assembler is told beyond its own floor.
_FLAGS = {"aarch64": ("-march=armv8.2-a+dotprod",)}
#: Bytes of an array that lies in a second-level cache and of one that no cache holds, and how often a call reads it.
_PLACES = {"second-level cache": (1 << 18, 64), "memory": (1 << 27, 1)}


@dataclass(frozen=True)
class Loop:
    """One loop: its symbol, what it repeats, multiply-accumulates of one repeat, and the CPU flags that it needs."""

    symbol: str
    what: str
    macs: int
    flags: tuple[str, ...]


LOOPS = {
    "dpbusd512": Loop("peak_dpbusd512", "vpdpbusd, 512 bits", 64, ("avx512f", "avx512_vnni")),
    "dpbusd256": Loop("peak_dpbusd256", "vpdpbusd, 256 bits (EVEX)", 32, ("avx512f", "avx512vl", "avx512_vnni")),
    "dpbusd256_vex": Loop("peak_dpbusd256_vex", "vpdpbusd, 256 bits (AVX-VNNI)", 32, ("avx_vnni",)),
    "madd512": Loop("peak_madd512", "vpmaddwd + vpaddd, 512 bits", 32, ("avx512f", "avx512bw")),
    "madd256": Loop("peak_madd256", "vpmaddwd + vpaddd, 256 bits", 16, ("avx2",)),
    "sdot": Loop("peak_sdot", "sdot, 128 bits", 16, ("asimddp",)),
    "smull_sadalp": Loop("peak_smull_sadalp", "smull + sadalp, 128 bits", 8, ("asimd",)),
}
#: The loop that bounds a level's kernels of 8 bits.
BOUND = {
    "avx2": "madd256",
    "avx_vnni": "dpbusd256_vex",
    "avx512": "madd512",
    "avx512_vnni": "dpbusd512",
    "neon": "smull_sadalp",
    "neon_dotprod": "sdot",
}


def giga_macs(seconds: float, macs: int) -> float:
    """Multiply-accumulates a second, in 10^9."""
    return macs / seconds / 1e9


def share(seconds: float, macs: int, peaks: Mapping[str, float], level: str) -> float | None:
    """Share of the peak that bounds a level; None where it has none or it was not measured."""
    peak = peaks.get(BOUND.get(level, ""))
    return None if not peak else giga_macs(seconds, macs) / peak


def _family() -> str:
    return {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())


def source() -> Path | None:
    """The loops for this machine."""
    path = Path(__file__).with_name(f"peak_{_family()}.S")
    return path if path.exists() else None


def build(folder: Path) -> ctypes.CDLL | str:
    """Assemble the loops with the system's compiler and load them; or say why they cannot be had."""
    path, compiler = source(), os.environ.get("CC") or shutil.which("cc") or shutil.which("gcc")
    if path is None:
        return f"there is no loop for {platform.machine()}"
    if compiler is None:
        return "there is no C compiler (cc or gcc)"
    library = folder / "peak.so"
    command = [*compiler.split(), "-shared", "-fPIC", *_FLAGS.get(_family(), ()), "-o", library, path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"{compiler} does not build them: {(done.stderr.strip().splitlines() or [''])[0]}"
    return ctypes.CDLL(str(library))


def body(library: ctypes.CDLL, loop: Loop) -> Body:
    """A loop's body; a sample is one dot product."""
    call: Callable[[], object] = getattr(library, loop.symbol)
    call.argtypes, call.restype = (ctypes.c_int64,), None  # type: ignore[attr-defined]
    return Body(partial(call, _ROUNDS), _ROUNDS * ACCUMULATORS)


def refusal(loop: Loop) -> str:
    """Why this CPU cannot run a loop, or nothing: its instructions would end the process."""
    missing = [flag for flag in loop.flags if flag not in cpu_flags()]
    return f"not measurable here: this CPU lacks {', '.join(missing)}" if missing else ""


def here() -> dict[str, Loop]:
    """Loops of this machine's family."""
    family = {BOUND[level] for level in LEVELS if level in BOUND and belongs_here(level)}
    family |= {"dpbusd256"} if "dpbusd512" in family else set()
    return {name: loop for name, loop in LOOPS.items() if name in family}


class Meter:
    """Keeps the most that was ever measured: a peak is what can be had, and on a busy machine not at every moment.

    Attributes
    ----------
    peaks : dict of loop to GMAC/s of one core, of those that this CPU runs
    bandwidths : dict of place to bytes a second that one core reads in order from there
    trouble : str
        Why there are none, or nothing.
    """

    def __init__(self, folder: Path, effort: Effort) -> None:
        library = build(folder)
        self.trouble = library if isinstance(library, str) else ""
        self.peaks: dict[str, float] = {}
        self.bandwidths: dict[str, float] = {}
        self._effort = effort
        self._loops: dict[str, Body] = {}
        self._reads: dict[str, Body] = {}
        if isinstance(library, str):
            return
        self._loops = {name: body(library, loop) for name, loop in here().items() if not refusal(loop)}
        if self._loops:  # what runs one of them has the loads' registers
            self._reads = {name: _reading(library, *place) for name, place in _PLACES.items()}

    def measure(self) -> None:
        """Measure once more."""
        for name, seconds in interleaved(self._loops, self._effort).fastest.items():
            self.peaks[name] = max(self.peaks.get(name, 0.0), giga_macs(seconds, LOOPS[name].macs))
        for name, seconds in interleaved(self._reads, self._effort).fastest.items():
            self.bandwidths[name] = max(self.bandwidths.get(name, 0.0), 1 / seconds)


def _reading(library: ctypes.CDLL, size: int, rounds: int) -> Body:
    """Reads an array in order, by the widest loads; a sample is one byte."""
    wide = "512" if "avx512f" in cpu_flags() else "256"
    call: Callable[[object, int, int], object] = getattr(library, "peak_read" + wide * (_family() == "x86_64"))
    call.argtypes, call.restype = (ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64), None  # type: ignore[attr-defined]
    array = np.ones(size, np.uint8)
    address = ctypes.c_void_p(array.ctypes.data)
    # The body holds the array, too: it must outlive the calls.
    return Body(lambda _held=array: call(address, size, rounds), size * rounds)
