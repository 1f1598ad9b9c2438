"""Why a runtime gives other bytes: by the arithmetic of edgetwin, or another form, that gives all of them too."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from ..referee.causes import form_of
from ..types import Array
from .suite import Outcome
from .theirs import curves, elementwise, linear, reductions, svdf
from .theirs.called import Called

__all__ = ["UNKNOWN", "cause_of"]

UNKNOWN = "unknown"
_M55 = "CMSIS-NN, M55"
#: (beginning of the runtime's name, row of the matrix) -> why, where nothing here gives the same bytes.
_KNOWN: Mapping[tuple[str, str], str] = {
    (_M55, "conv_2d int8, recorded"): (
        "its kernel for one row and a stride takes the rightmost outputs from wrong inputs, where `edgetwin inspect` "
        "says so"
    ),
}
#: Rows whose form under arithmetic "xnnpack" `referee.causes` has no words for.
_WORDS: Mapping[str, str] = {
    "space_to_batch_nd any dtype": "padding with the zero point in place of zeros",
    "resize_bilinear int8": "distances in 1/2048 pixel and ties upwards, in place of 1/1024 pixel and away from zero",
    "quantize float32": "the scale's reciprocal in float32, rounded half to even",
}
#: Runtimes that have kernels of their own where no delegate takes the operator.
_DELEGATE = "LiteRT"
_OWN_KERNELS = (_DELEGATE, "ONNX Runtime")

Form = Callable[[Called], Array]
#: What gives the bytes of a part of the output only takes the other's output for the rest.
PartlyForm = Callable[[Called, Array], Array]
#: Whether it gives all bytes of an outcome, and what it is.
_Cause = tuple[Callable[[Outcome], bool], str]

_UPWARDS = (linear.ties_upwards, "ties of the second rounding upwards, in place of away from zero")
_SINGLE = (linear.in_float32, "float32 requantization: no sum wraps when it is shifted to the left")
_FLOAT = (elementwise.float32_operator, "float32 between two scales, rounded half to even")
_RATIOS = (elementwise.float32_ratios, "ratios of scales rounded to float32")
_CURVE = (curves.fixed_point_curve, "a fixed-point curve for scales near a power of two, in place of a table")
_SUM = (reductions.float32_sum, "float32 requantization, beyond int32 the lowest number")
_FORMS: Mapping[str, Sequence[tuple[Form, str]]] = {
    **dict.fromkeys(
        ("conv_2d", "depthwise_conv_2d", "batch_matmul"),
        (_UPWARDS, _SINGLE, (linear.in_float32_unwrapped, "float32 sums, which do not wrap at 32 bits")),
    ),
    "transpose_conv": (
        _UPWARDS,
        (linear.ties_upwards_in_blocks, f"{_UPWARDS[1]}, in whole blocks of 8 channels"),
    ),
    "fully_connected": (
        (linear.in_double, "float64 requantization, rounded once, beyond int32 the lowest number"),
        _UPWARDS,
        _SINGLE,
    ),
    **dict.fromkeys(("abs", "hard_swish"), (_FLOAT,)),
    "leaky_relu": (_RATIOS, _FLOAT),
    "prelu": (_RATIOS,),
    "div": (
        _FLOAT,
        (
            elementwise.ieee_quotient,
            "infinity for a division by zero, which TFLite Micro clamps to the largest float32",
        ),
    ),
    "add": ((elementwise.clamped_sum, "int32 sums clamped to the fused activation, which TFLite Micro ignores there"),),
    "average_pool_2d": (
        (elementwise.pool_of_uint8, "an average in float32, rounded half to even as code of uint8"),
        (elementwise.pool_by_columns, "an average in float32, columns first, rounded half to even"),
    ),
    "quantize": (
        (
            elementwise.quantize_by_reciprocal,
            "the scale's reciprocal in float32 and rounding half to even, in whole blocks of 8 elements",
        ),
        (elementwise.ratio_upwards_in_blocks, f"{_UPWARDS[1]}, in whole blocks of 16 elements"),
    ),
    "rsqrt": (
        (elementwise.rsqrt_table, "a table of 513 values, interpolated, in place of fixed point"),
        (elementwise.inverse_square_root, "NaN for 0, in place of infinity"),
    ),
    **dict.fromkeys(("logistic", "tanh"), (_CURVE,)),
    "sum": (_SUM,),
    "mean": (
        (
            reductions.mean_with_a_rounded_zero_point,
            "the input's zero point is taken off behind the requantization, as a rounded number of codes",
        ),
    ),
}
_PARTLY: Mapping[str, Sequence[tuple[PartlyForm, str]]] = {
    "sum": ((reductions.sum_of_bytes, "codes read and written as uint8, whatever they are"),),
    "svdf": (
        (
            svdf.svdf_of_int16,
            "time weights and state read as int16, beyond the int8 that they are: the units inside are reproduced",
        ),
    ),
    **dict.fromkeys(
        ("average_pool_2d", "fully_connected"),
        ((elementwise.float32_near_ties, "float32 sums in another order, which shows near ties only"),),
    ),
}
#: Of float32: as near as another order of operations brings it.
_NEAR = 1e-5


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
    parts: list[str] = []
    left, operator = list(outcomes), outcomes[0].case.operator
    # LiteRT's delegate is what the arithmetic "xnnpack" is of, and ONNX Runtime requantizes sums in float32, too; their
    # other kernels are those of the forms, although an arithmetic may give the same bytes on these inputs. Anything
    # else is first told by arithmetics.
    arithmetics = [_arithmetic(row, operator, name) for name in ("single_rounding", "xnnpack")]
    forms = [_complete(*form) for form in _FORMS.get(operator, ())]
    turns = [[*arithmetics, *forms], [_part(*form) for form in _PARTLY.get(operator, ())]]
    if runtime.startswith(_OWN_KERNELS):
        turns[0] = [*forms, *arithmetics[::-1]]
    if runtime in _OWN_KERNELS:
        single = [_complete(*_SINGLE)] if _SINGLE in _FORMS.get(operator, ()) and " int8" in row else []
        turns.insert(0, [arithmetics[1], *single] if runtime == _DELEGATE else single)
    for turn in turns:
        left = _explained(turn, left, len(outcomes), parts)
    if left:
        known = next(
            (why for (name, where), why in _KNOWN.items() if runtime.startswith(name) and where == row), UNKNOWN
        )
        parts.append(known if len(left) == len(outcomes) else f"the other {len(left)}: {known}")
    return "; ".join(parts)


def _complete(form: Form, said: str) -> _Cause:
    return (lambda outcome: _reproduces(lambda called, _: form(called), outcome)), said


def _part(form: PartlyForm, said: str) -> _Cause:
    return (lambda outcome: _reproduces(form, outcome)), said


def _arithmetic(row: str, operator: str, name: str) -> _Cause:
    ours, theirs = (form_of(operator, arithmetic, "") for arithmetic in ("tflm", name))
    what = f"{theirs} in place of {ours}" if ours and theirs and ours != theirs else "its own form"
    return (lambda outcome: name in outcome.same_as), f"{_WORDS.get(row, what)}, as in arithmetic {name!r}"


def _explained(causes: Sequence[_Cause], left: list[Outcome], total: int, parts: list[str]) -> list[Outcome]:
    """Add the causes that give the bytes of most of the outcomes, then of the rest; return what none gives."""
    found = [(said, [gives(outcome) for outcome in left]) for gives, said in causes]
    while found and left:
        said, given = max(found, key=lambda item: sum(item[1]))
        if not any(given):
            break
        parts.append(f"{said}: every byte of {sum(given)} of {total}")
        left = [outcome for outcome, one in zip(left, given, strict=True) if not one]
        found = [(name, [o for o, one in zip(own, given, strict=True) if not one]) for name, own in found]
    return left


def _reproduces(form: PartlyForm, outcome: Outcome) -> bool:
    case = outcome.case
    called = Called.of(case.graph, case.inputs)
    if called is None or len(outcome.outputs) != 1:
        return False
    (theirs,) = outcome.outputs
    # Not every form is one of every dtype that the operator has.
    try:
        made = form(called, theirs)
    except (KeyError, ValueError, TypeError):
        return False
    if made.size != theirs.size or made.dtype != theirs.dtype:
        return False
    return _alike(made.reshape(theirs.shape), theirs)


def _alike(made: Array, theirs: Array) -> bool:
    if made.dtype.kind != "f":
        return bool(np.array_equal(made, theirs))
    return bool(np.allclose(made, theirs, rtol=_NEAR, atol=0, equal_nan=True))
