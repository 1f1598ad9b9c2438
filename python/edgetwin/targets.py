"""Targets: which core at which clock computes, and whose kernels. One grammar: ``core[@MHz][:runtime]``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import DataError

__all__ = ["CORES", "RUNTIMES", "Core", "Target", "parse_target"]


@dataclass(frozen=True)
class Core:
    """A microcontroller core.

    Attributes
    ----------
    name : str
    default_mhz : float
        The clock of the board that its published latencies were measured on, or a usual one.
    instructions : str
        What its int8 kernels can use: "plain", "dsp" (dual 16-bit multiply-accumulates) or "mve" (128-bit vectors).
    """

    name: str
    default_mhz: float
    instructions: str


#: By name.
CORES: Mapping[str, Core] = {
    core.name: core
    for core in (
        Core("cortex-m0plus", 64.0, "plain"),
        Core("cortex-m3", 72.0, "plain"),
        Core("cortex-m4", 120.0, "dsp"),
        Core("cortex-m7", 280.0, "dsp"),
        Core("cortex-m33", 160.0, "dsp"),
        Core("cortex-m55", 160.0, "mve"),
        Core("cortex-m85", 480.0, "mve"),
        Core("riscv32imc", 160.0, "plain"),
    )
}

#: Other spellings in use. A float unit changes nothing for int8.
_ALIASES: Mapping[str, str] = {
    "cortex-m0+": "cortex-m0plus",
    "cortex-m4f": "cortex-m4",
    "cortex-m7f": "cortex-m7",
    "cortex-m33f": "cortex-m33",
    "riscv32": "riscv32imc",
    "esp32-c3": "riscv32imc",
}

#: Whose kernels, by name.
RUNTIMES: Mapping[str, str] = {
    "edgetwin": "edgetwin's own export",
    "cmsis-nn": "TFLite Micro with CMSIS-NN",
    "microtvm": "microTVM with CMSIS-NN",
    "x-cube-ai": "ST's X-CUBE-AI 9.0",
    "hale": "Bosch's HALE 1.0",
}

_DEFAULT_RUNTIME = "cmsis-nn"
_FORM = re.compile(r"(?P<core>[^@:]+)(@(?P<mhz>\d+(\.\d+)?))?(:(?P<runtime>[^@:]+))?")


@dataclass(frozen=True)
class Target:
    """A core, its clock and whose kernels it runs.

    Attributes
    ----------
    core : Core
    mhz : float
    runtime : str
        A key of `RUNTIMES`.
    """

    core: Core
    mhz: float
    runtime: str

    def other_runtimes(self) -> tuple[Target, ...]:
        """Return the same core and clock under every other runtime."""
        return tuple(Target(self.core, self.mhz, name) for name in RUNTIMES if name != self.runtime)

    def __str__(self) -> str:
        return f"{self.core.name}@{self.mhz:g}:{self.runtime}"


def parse_target(text: str) -> Target:
    """Return the target that a text names.

    Parameters
    ----------
    text : str
        ``core[@MHz][:runtime]``: ``cortex-m4f``, ``cortex-m4f@80``, ``cortex-m33@160:x-cube-ai``. Without a clock the
        core's default, without a runtime ``cmsis-nn``.

    Returns
    -------
    Target

    Raises
    ------
    DataError : another form, an unknown core or runtime, a clock of 0
    """
    found = _FORM.fullmatch(text.strip().lower())
    if found is None:
        raise DataError(f"target {text!r}, accepted is core[@MHz][:runtime], for example cortex-m4f@80:cmsis-nn")
    name = _ALIASES.get(found["core"], found["core"])
    if name not in CORES:
        raise DataError(f"target {text!r}: core {found['core']!r}, accepted are {', '.join([*CORES, *_ALIASES])}")
    runtime = found["runtime"] or _DEFAULT_RUNTIME
    if runtime not in RUNTIMES:
        raise DataError(f"target {text!r}: runtime {runtime!r}, accepted are {', '.join(RUNTIMES)}")
    mhz = CORES[name].default_mhz if found["mhz"] is None else float(found["mhz"])
    if mhz <= 0:
        raise DataError(f"target {text!r}: a clock of {mhz:g} MHz, accepted is more than 0")
    return Target(CORES[name], mhz, runtime)
