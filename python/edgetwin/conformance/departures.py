"""Why a runtime gives other bytes: by the arithmetic of edgetwin that gives them too, or by a table of known causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..referee.causes import form_of
from .suite import Outcome

__all__ = ["UNKNOWN", "cause_of"]

UNKNOWN = "unknown"
_LITERT = "LiteRT"
_ORT = "ONNX Runtime"
_M55 = "CMSIS-NN, M55"
#: (beginning of the runtime's name, row of the matrix) -> why, where no arithmetic of edgetwin gives the same bytes.
_KNOWN: Mapping[tuple[str, str], str] = {
    (_LITERT, "add int32"): "int32 sums are clamped to the fused activation, which TFLite Micro ignores there",
    (_LITERT, "svdf int8"): "time weights and state are taken to be int16, and those here are int8",
    (_M55, "conv_2d int8, recorded"): (
        "its kernel for one row and a stride takes the rightmost outputs from wrong inputs, where `edgetwin inspect` "
        "says so"
    ),
    **dict.fromkeys(
        ((_LITERT, "div float32"), (_ORT, "div float32")),
        "a division by zero gives infinity, which TFLite Micro clamps to the largest float32",
    ),
}
#: Operators whose other form under arithmetic "xnnpack" `referee.causes` has no words for.
_FORMS: Mapping[str, str] = {"space_to_batch_nd": "padding with the zero point in place of zeros"}


def cause_of(runtime: str, row: str, outcomes: Sequence[Outcome]) -> str:
    """Return why cases of one row differ in one runtime.

    Parameters
    ----------
    runtime : str
        Its name in the matrix.
    row : str
    outcomes : sequence of Outcome
        Those that differ.

    Returns
    -------
    str
        A sentence; `UNKNOWN` where nothing is known.
    """
    parts = []
    left = list(outcomes)
    operator = outcomes[0].case.operator
    for arithmetic in ("xnnpack", "single_rounding"):
        same = [outcome for outcome in left if arithmetic in outcome.same_as]
        if same:
            left = [outcome for outcome in left if arithmetic not in outcome.same_as]
            ours, theirs = (form_of(operator, name, "") for name in ("tflm", arithmetic))
            told = ours and theirs and ours != theirs
            what = f"{theirs} in place of {ours}" if told else _FORMS.get(operator, "its own form")
            parts.append(f"{what}: every byte of {len(same)} of {len(outcomes)} is that of arithmetic {arithmetic!r}")
    if left:
        known = next(
            (why for (name, where), why in _KNOWN.items() if runtime.startswith(name) and where == row), UNKNOWN
        )
        parts.append(known if len(left) == len(outcomes) else f"the other {len(left)}: {known}")
    return "; ".join(parts)
