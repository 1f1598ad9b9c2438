"""Why two ways of computing one operator part, in words."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import numpy as np

from ..errors import EdgetwinError
from ..graph.graph import Graph
from ..graph.step import Step
from ..model import Model
from ..types import ARITHMETICS, ROUNDINGS, SATURATIONS, Array
from .exact import LINEAR, exact_codes
from .single import activations, operator_file

__all__ = ["changed_call", "form_of", "other_rounding"]

#: Parameters named in a cause; the rest is counted.
_NAMED = 3
#: Samples on which an operator is looked into.
_MOST_SAMPLES = 16
#: A code this near the middle of two is a tie, whatever the arithmetic.
_TIE = 2.0**-12
#: Of the largest value: float32 sums of a few thousand products stay below.
_FLOAT_GAP = 1e-5
#: The nearest that first rounding to a coarser grid makes of a tie.
_LARGEST_TIE = 0.25
_WORDS: Mapping[str, Mapping[int, str]] = {
    "rounding": {code: f"{name} rounding" for name, code in ROUNDINGS.items()},
    "saturation": {code: f"saturation as in {name}" for name, code in SATURATIONS.items()},
}
#: How arithmetics make a code of an accumulator.
_REQUANTIZATION = {
    "tflm": "double rounding",
    "single_rounding": "single rounding",
    "xnnpack": "float32 requantization",
}
_SUM = {"tflm": "a sum rounded three times", "xnnpack": "a sum rounded once"}
_PRODUCT = {"tflm": "double rounding", "xnnpack": "float32 requantization"}
_MEAN = {"tflm": "fixed point", "xnnpack": "float32 requantization"}
_SHORT = {"tflm": "double rounding", "xnnpack": "a multiplier of 8 fraction bits"}
_SOFTMAX = {"tflm": "exponentials in fixed point", "xnnpack": "a table of float32 exponentials"}
_CURVE = {"tflm": "a curve in fixed point", "xnnpack": "a table of float32 values"}
_GATES = {"tflm": "gates by an interpolated table", "xnnpack": "gates by curves in fixed point"}
#: Operator -> what arithmetics do there, in words. Single rounding has everything else from "tflm".
_FORMS: Mapping[str, Mapping[str, str]] = {
    **dict.fromkeys((*LINEAR, "transpose_conv", "batch_matmul"), _REQUANTIZATION),
    **dict.fromkeys(("add", "sub"), _SUM),
    **dict.fromkeys(("mean", "sum"), _MEAN),
    "mul": _PRODUCT,
    **dict.fromkeys(("leaky_relu", "quantize"), _SHORT),
    **dict.fromkeys(("softmax", "log_softmax"), _SOFTMAX),
    **dict.fromkeys(("logistic", "tanh"), _CURVE),
    "unidirectional_sequence_lstm": _GATES,
}


def changed_call(ours: Model, theirs: Model, operator: int) -> str:
    """Return what two models' kernel calls of one operator have different.

    Parameters
    ----------
    ours, theirs : Model
    operator : int

    Returns
    -------
    str
        Empty where nothing is.
    """
    mine, its = (_step(model, operator) for model in (ours, theirs))
    if mine is None or its is None:
        return ""
    if mine.kernel != its.kernel:
        name = ours.graph.operators[operator].name
        forms = form_of(name, ours.arithmetic, mine.kernel), form_of(name, theirs.arithmetic, its.kernel)
        return f"{forms[0]} against {forms[1]}"
    parts = [_said(name, value, its.params[name]) for name, value in mine.params.items()]
    parts += [_changed(name, value, its.constants[name]) for name, value in mine.constants.items()]
    said = [part for part in parts if part]
    more = f", and {len(said) - _NAMED} more" if len(said) > _NAMED else ""
    return ", ".join(said[:_NAMED]) + more


def _step(model: Model, operator: int) -> Step | None:
    return next((step for step in model.steps if step.operator == operator), None)


def form_of(operator: str, arithmetic: str, otherwise: str) -> str:
    """Return how an arithmetic computes an operator, in words.

    Parameters
    ----------
    operator : str
        "conv_2d".
    arithmetic : str
    otherwise : str
        What is returned where nothing is known.
    """
    forms = _FORMS.get(operator, {})
    return forms.get(arithmetic, forms.get("tflm", otherwise) if arithmetic == "single_rounding" else otherwise)


def _said(name: str, ours: float, theirs: float) -> str:
    if ours == theirs:
        return ""
    words = _WORDS.get(name)
    return f"{words[int(ours)]} against {words[int(theirs)]}" if words else f"{name} {ours} against {theirs}"


def _changed(name: str, ours: Array | None, theirs: Array | None) -> str:
    if ours is None or theirs is None:
        return "" if ours is theirs else f"{name} on one side only"
    if ours.shape != theirs.shape:
        return f"{name} of shape {ours.shape} against {theirs.shape}"
    count = int(np.count_nonzero(ours != theirs))
    return f"{name} differ in {count} of {ours.size} values" if count else ""


def other_rounding(model: Model, operator: int, values: Mapping[int, Array], theirs: Array, name: str) -> str:
    """Return how the codes of one operator lie to its exact values, and which arithmetic gives the others.

    Parameters
    ----------
    model : Model
    operator : int
        It has the same inputs on both sides, and outputs that differ.
    values : mapping of int to ndarray, shape (samples, *shape in the file)
        Our tensors by index: the operator's inputs and output.
    theirs : ndarray
        The other output, shaped as ours.
    name : str
        Whose it is.

    Returns
    -------
    str
        Empty where nothing is known.
    """
    graph = model.graph
    made = graph.operators[operator].outputs[0]
    if graph.tensors[made].dtype == "float32":
        return _float_gap(values[made], theirs)
    if graph.tensors[made].dtype not in ("int8", "int16", "uint8"):
        return ""
    differing = np.flatnonzero((values[made] != theirs).reshape(len(theirs), -1).any(axis=1))[:_MOST_SAMPLES]
    chosen = {index: array[differing] for index, array in values.items()}
    ours, theirs = chosen[made], theirs[differing]
    same = _same_arithmetic(model, operator, chosen, theirs)
    parts = []
    exact = exact_codes(graph, operator, chosen)
    if exact is not None:
        kind = graph.operators[operator].name
        said = form_of(kind, model.arithmetic, "edgetwin"), form_of(kind, same[-1] if same else name, name)
        parts.append(_exactly(exact, ours, theirs, _tolerance(graph, operator), said))
    elif same and name not in ARITHMETICS:
        kind = graph.operators[operator].name
        parts.append(f"{form_of(kind, model.arithmetic, 'edgetwin')} against {form_of(kind, same[-1], name)}")
    if same and name not in same:
        parts.append(f"arithmetic {' or '.join(same)} gives the bytes of {name}")
    return "; ".join(parts)


def _float_gap(ours: Array, theirs: Array) -> str:
    """Return the gap of sums that were rounded in another order; nothing where it is larger than that."""
    finite = np.isfinite(ours) & np.isfinite(theirs)
    ours, theirs = ours[finite].astype(np.float64), theirs[finite].astype(np.float64)
    gap = np.abs(ours - theirs).max(initial=0) / max(np.abs(theirs).max(initial=0), np.finfo(np.float32).tiny)
    if not finite.all() or gap > _FLOAT_GAP:
        return ""
    return f"float32 rounded in another order: by at most {gap:.2g} of the largest value"


def _tolerance(graph: Graph, operator: int) -> Array:
    """Return how near to a tie each channel's codes may come by being rounded twice: half a step of the first."""
    called = graph.operators[operator]
    if called.name not in LINEAR:
        return np.array([_TIE])
    tensors = [graph.tensors[i].quantization for i in (*called.inputs[:2], called.outputs[0])]
    source, weights, made = (np.ones(1) if q is None else q.scale.astype(np.float64) for q in tensors)
    # A fixed-point multiplier leaves as many fractional bits as the scale has leading zeros.
    _, exponent = np.frexp(source * weights / made)
    tolerance: Array = np.clip(2.0 ** (exponent - 1), _TIE, _LARGEST_TIE)
    return tolerance


def _exactly(exact: Array, ours: Array, theirs: Array, tolerance: Array, said: tuple[str, str]) -> str:
    at = ours != theirs
    first = np.unravel_index(np.argmax(at), at.shape)
    allowed = np.broadcast_to(tolerance, exact.shape)[at] if exact.shape[-1] == tolerance.size else tolerance[:1]
    value, mine, its = exact[at], ours[at].astype(np.float64), theirs[at].astype(np.float64)
    ties = np.abs(value - np.floor(value) - 0.5) <= allowed
    text = f"the exact value there is {exact[first]:.6g}, {said[0]} gives {ours[first]}, {said[1]} {theirs[first]}"
    count = int(np.count_nonzero(ties))
    if 2 * count >= value.size:
        return f"rounding tie: {text}; {count} of {value.size} differing elements are ties"
    nearer = int(np.count_nonzero(np.abs(its - value) < np.abs(mine - value)))
    return f"{text}; of {value.size} differing elements {said[1]} is nearer to the exact value in {nearer}"


def _same_arithmetic(model: Model, operator: int, values: Mapping[int, Array], theirs: Array) -> list[str]:
    """Return the arithmetics under which edgetwin computes the operator as the other side does."""
    graph = model.graph
    inputs = activations(graph, operator)
    same = []
    for arithmetic in ARITHMETICS:
        if arithmetic == model.arithmetic:
            continue
        # Not every arithmetic has every operator, and not every operator can stand alone.
        with contextlib.suppress(EdgetwinError):
            other = Model(operator_file(graph, operator), arithmetic)
            given = [values[i].reshape(-1, *spec.shape) for i, spec in zip(inputs, other.inputs, strict=True)]
            if np.array_equal(other.run(*given).reshape(theirs.shape), theirs):
                same.append(arithmetic)
    return same
