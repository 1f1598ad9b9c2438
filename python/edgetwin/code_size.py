"""Code that an export takes, estimated where no compiler is there to tell.

Bytes a kernel, fitted to what arm-none-eabi-g++ 12.2 -Os makes of ten models' exports for Cortex-M4, M3 and M55.
"""

from __future__ import annotations

from collections.abc import Sequence

from .graph.fast_forms import has_fast_form
from .graph.step import Step

__all__ = ["ERROR", "code_bytes", "parameter_bytes"]

#: Share that the estimate was off by at most, of the models that it was fitted to.
ERROR = 0.3
_START = 250
#: A call and its arguments.
_STEP = 60
#: Parameters of a call, in flash beside weights.
_PARAMETERS = 70
#: By what a kernel's name begins with: with the DSP extension, and without.
_KERNELS = {
    "conv_2d_s8": (2600, 1400),
    "fully_connected_s8": (1500, 600),
    "depthwise_conv_2d_s8": (800, 500),
    "softmax": (700, 700),
    "max_pool": (500, 500),
    "average_pool": (500, 500),
    "add_s8": (600, 600),
    "lstm": (1400, 1400),
}
_PLAIN = 400
_OTHER = 200


def code_bytes(steps: Sequence[Step], arena_bytes: int, instructions: str) -> int:
    """Return an estimate of an export's code, without start code and drivers.

    Parameters
    ----------
    steps : sequence of Step
        Of the device plan.
    arena_bytes : int
        Of the plan.
    instructions : str
        As `targets.Core` has them.
    """
    kinds: dict[str, int] = {}
    for step in steps:
        dsp, others = next((size for name, size in _KERNELS.items() if step.kernel.startswith(name)), (_OTHER, _OTHER))
        if step.kernel in ("conv_2d_s8", "fully_connected_s8") and not has_fast_form(step, arena_bytes):
            dsp = others = _PLAIN
        kinds[step.kernel] = max(kinds.get(step.kernel, 0), dsp if instructions == "dsp" else others)
    return _START + sum(kinds.values()) + _STEP * len(steps)


def parameter_bytes(steps: Sequence[Step]) -> int:
    """Return an estimate of what calls' parameters take of flash."""
    return _PARAMETERS * len(steps)
