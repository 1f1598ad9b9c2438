"""svdf, lstm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import ShapeError
from ..types import Array
from ._checks import activation, array, choice, integer, rounding_of, run

__all__ = ["lstm", "svdf"]

_GATES = ("input", "forget", "cell", "output")


def svdf(
    x: Array,
    weights_feature: Array,
    weights_time: Array,
    bias: Array | None,
    *,
    state: Array,
    rank: int,
    input_zero_point: int,
    output_zero_point: int,
    input_multiplier: int,
    input_shift: int,
    output_multiplier: int,
    output_shift: int,
    state_zero_point: int = 0,
    state_min: int = -128,
    state_max: int = 127,
    activation_min: int = -128,
    activation_max: int = 127,
    rounding: str = "double",
) -> tuple[Array, Array]:
    """Advance an SVDF layer by one time step.

    Parameters
    ----------
    x : ndarray of int8, shape (n, in)
    weights_feature : ndarray of int8, shape (filters, in)
    weights_time : ndarray of int8, shape (filters, memory)
    bias : ndarray of int32, shape (filters // rank,), or None
    state : ndarray of int8, shape (n, filters, memory), newest last
    rank : int, a divisor of filters
    input_zero_point, output_zero_point, state_zero_point : int in [-128, 127]
    input_multiplier, output_multiplier : int, >= 0
    input_shift, output_shift : int in [-31, 30], positive = left
    state_min, state_max, activation_min, activation_max : int in [-128, 127]
    rounding : "double" or "single"

    Returns
    -------
    output : ndarray of int8, shape (n, filters // rank)
    state : ndarray of int8, the new state; the one given is not changed

    Raises
    ------
    ShapeError : dtype or shape of an array
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    CMSIS-NN ``arm_svdf_s8``; TensorFlow Lite SVDF.
    """
    array(x, "x", "int8", ("n", "in"))
    n, input_size = x.shape
    weights_feature = array(weights_feature, "weights_feature", "int8", ("filters", input_size))
    filters = weights_feature.shape[0]
    weights_time = array(weights_time, "weights_time", "int8", (filters, "memory"))
    memory = weights_time.shape[1]
    if 0 in (filters, memory, input_size):
        raise ShapeError("x, weights_feature, weights_time: only n may be 0")
    rank = integer(rank, "rank", 1, filters)
    if filters % rank != 0:
        raise ShapeError(f"rank: {rank}, accepted are divisors of {filters} filters")
    new_state = array(state, "state", "int8", (n, filters, memory)).copy()
    clamp = activation(state_min, state_max)
    params = {
        "batches": n,
        "input_size": input_size,
        "filters": filters,
        "memory": memory,
        "rank": rank,
        "input_zero_point": integer(input_zero_point, "input_zero_point", -128, 127),
        "state_zero_point": integer(state_zero_point, "state_zero_point", -128, 127),
        "output_zero_point": integer(output_zero_point, "output_zero_point", -128, 127),
        "input_multiplier": integer(input_multiplier, "input_multiplier", 0, 2**31 - 1),
        "input_shift": integer(input_shift, "input_shift", -31, 30),
        "output_multiplier": integer(output_multiplier, "output_multiplier", 0, 2**31 - 1),
        "output_shift": integer(output_shift, "output_shift", -31, 30),
        "state_min": clamp["activation_min"],
        "state_max": clamp["activation_max"],
        "rounding": rounding_of(rounding),
        **activation(activation_min, activation_max),
    }
    units = filters // rank
    constants = {
        "weights_feature": weights_feature,
        "weights_time": weights_time,
        "bias": None if bias is None else array(bias, "bias", "int32", (units,)),
    }
    inputs = [array(x, "x", "int8", x.shape)]
    output = run("svdf_s8", params, inputs, constants, (n, units), state=[new_state])
    return output, new_state


def lstm(
    x: Array,
    gates: Mapping[str, Mapping[str, Any]],
    *,
    hidden: Array,
    cell: Array,
    input_zero_point: int,
    hidden_zero_point: int,
    output_zero_point: int,
    forget_to_cell: tuple[int, int],
    input_to_cell: tuple[int, int],
    output_to_hidden: tuple[int, int],
    cell_scale_power: int,
    cell_clip: int = 0,
    time_major: bool = False,
    saturation: str = "tflm",
    rounding: str = "double",
) -> tuple[Array, tuple[Array, Array]]:
    """Run an LSTM layer over sequences.

    Parameters
    ----------
    x : ndarray of int8, shape (n, time, in), or (time, n, in) if `time_major`
    gates : mapping of "input", "forget", "cell", "output" to a mapping
        ``weights_input`` int8 (hidden, in), ``weights_hidden`` int8 (hidden, hidden), ``bias_input`` and
        ``bias_hidden`` int32 (hidden,) or None, ``input_multiplier``, ``input_shift``, ``hidden_multiplier``,
        ``hidden_shift``: each side's products are requantized to 2**-12.
    hidden : ndarray of int8, shape (n, hidden)
    cell : ndarray of int16, shape (n, hidden)
    input_zero_point, hidden_zero_point : int in [-128, 127]
        Taken off the codes; 0 where the biases already hold the term.
    output_zero_point : int in [-128, 127]
        Added to the new hidden state, which is the output.
    forget_to_cell, input_to_cell, output_to_hidden : (multiplier, shift)
        Scales of the three element-wise products.
    cell_scale_power : int in [-30, 2]
        The cell's scale is ``2**cell_scale_power``.
    cell_clip : int in [0, 32767]
        0 for none.
    time_major : bool
    saturation : "tflm" or "cmsis_nn"
        TFLite Micro saturates both products of a gate's sum to int16; CMSIS-NN leaves the hidden state's as it is. They
        differ only where that product does not fit.
    rounding : "double" or "single"

    Returns
    -------
    output : ndarray of int8, `x` with hidden in place of in
    state : (hidden, cell), new arrays; those given are not changed

    Raises
    ------
    ShapeError : dtype or shape of an array, or a gate's entry that is missing or unknown
    QuantizationError : a parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    CMSIS-NN ``arm_lstm_unidirectional_s8``; TensorFlow Lite UNIDIRECTIONAL_SEQUENCE_LSTM.
    """
    array(x, "x", "int8", ("time", "n", "in") if time_major else ("n", "time", "in"))
    first, second, input_size = x.shape
    n, time_steps = (second, first) if time_major else (first, second)
    array(hidden, "hidden", "int8", (n, "hidden"))
    size = hidden.shape[1]
    if 0 in (time_steps, input_size, size):
        raise ShapeError("x, hidden: only n may be 0")
    state = (
        array(hidden, "hidden", "int8", (n, size)).copy(),
        array(cell, "cell", "int16", (n, size)).copy(),
    )
    params: dict[str, Any] = {
        "batches": n,
        "time_steps": time_steps,
        "input_size": input_size,
        "hidden_size": size,
        "time_major": int(bool(time_major)),
        "input_zero_point": integer(input_zero_point, "input_zero_point", -128, 127),
        "hidden_zero_point": integer(hidden_zero_point, "hidden_zero_point", -128, 127),
        "output_zero_point": integer(output_zero_point, "output_zero_point", -128, 127),
        "cell_clip": integer(cell_clip, "cell_clip", 0, 32767),
        "saturation": choice(saturation, "saturation", {"tflm": 0, "cmsis_nn": 1}),
        "cell_scale_power": integer(cell_scale_power, "cell_scale_power", -30, 2),
        "rounding": rounding_of(rounding),
    }
    for name, scale in (
        ("forget_to_cell", forget_to_cell),
        ("input_to_cell", input_to_cell),
        ("hidden", output_to_hidden),
    ):
        params |= _scale(name, scale)
    constants: dict[str, Array | None] = {}
    if set(gates) != set(_GATES):
        raise ShapeError(f"gates: {sorted(gates)}, accepted are exactly {list(_GATES)}")
    for gate in _GATES:
        _gate(gate, gates[gate], size, input_size, params, constants)
    shape = (first, second, size)
    inputs = [array(x, "x", "int8", x.shape)]
    output = run("lstm_s8", params, inputs, constants, shape, state=list(state))
    return output, state


def _scale(name: str, scale: Any) -> dict[str, int]:
    if not isinstance(scale, (tuple, list)) or len(scale) != 2:
        raise ShapeError(f"{name}: {scale!r}, accepted is a pair (multiplier, shift)")
    return {
        f"{name}_multiplier": integer(scale[0], f"{name} multiplier", 0, 2**31 - 1),
        f"{name}_shift": integer(scale[1], f"{name} shift", -31, 30),
    }


def _gate(
    gate: str,
    entries: Mapping[str, Any],
    size: int,
    input_size: int,
    params: dict[str, Any],
    constants: dict[str, Array | None],
) -> None:
    known = {f"{what}_{side}" for what in ("weights", "bias") for side in ("input", "hidden")}
    known |= {f"{side}_{what}" for what in ("multiplier", "shift") for side in ("input", "hidden")}
    if not known - {"bias_input", "bias_hidden"} <= set(entries) <= known:
        raise ShapeError(f"gates[{gate!r}]: {sorted(entries)}, accepted are {sorted(known)}")
    for side, columns in (("input", input_size), ("hidden", size)):
        where = f"gates[{gate!r}]"
        name = f"weights_{side}"
        constants[f"{gate}_{name}"] = array(entries[name], f"{where}[{name!r}]", "int8", (size, columns))
        name = f"bias_{side}"
        bias = entries.get(name)
        constants[f"{gate}_{name}"] = None if bias is None else array(bias, f"{where}[{name!r}]", "int32", (size,))
        params |= _scale(f"{gate}_{side}", (entries[f"{side}_multiplier"], entries[f"{side}_shift"]))
