"""svdf, lstm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..errors import ShapeError
from ..types import INT_RANGES, SATURATIONS, Array
from ._checks import (
    CODES,
    activation,
    array,
    choice,
    codes_of,
    flag,
    integer,
    multiplier_of,
    optional,
    rounding_of,
    run,
    shift_of,
    shown,
    zero_point_of,
)
from ._weighted import Form, activations, form_of

__all__ = ["lstm", "svdf"]

_GATES = ("input", "forget", "cell", "output")
_REQUIRED = {"weights_input", "weights_hidden", "input_mult", "input_shift", "hidden_mult", "hidden_shift"}
_BIASES = {"effective_bias_input", "effective_bias_hidden"}


def svdf(
    x: Array,
    weights_feature: Array,
    weights_time: Array,
    bias: Array | None,
    *,
    state_in: Array,
    rank: int,
    mult_in: int,
    shift_in: int,
    mult_out: int,
    shift_out: int,
    input_zero_point: int,
    output_zero_point: int,
    state_zero_point: int = 0,
    in_act_min: int | None = None,
    in_act_max: int | None = None,
    out_act_min: int = -128,
    out_act_max: int = 127,
    rounding: str = "double",
) -> tuple[Array, Array]:
    """Advance an SVDF layer by one time step. Parameters have CMSIS-NN's names.

    Parameters
    ----------
    x : ndarray of int8, shape (n, in)
    weights_feature : ndarray of int8, shape (filters, in)
    weights_time : ndarray of the dtype of `state_in`, shape (filters, memory)
    bias : ndarray of int32, shape (filters // rank,), or None
    state_in : ndarray of int8 or int16, shape (n, filters, memory), newest last
    rank : int, a divisor of filters
    mult_in, mult_out : int, >= 0
        Q31: products of the input to the state's scale, products of the state to the output's.
    shift_in, shift_out : int in [-31, 30], positive = left
    input_zero_point, output_zero_point, state_zero_point : int in [-128, 127]; the state's is 0 for int16
    in_act_min, in_act_max : int, optional
        The clamp of what enters the state, codes of its dtype; by default its ends.
    out_act_min, out_act_max : int in [-128, 127]
        The clamp of the output's codes.
    rounding : "double" or "single"

    Returns
    -------
    output : ndarray of int8, shape (n, filters // rank)
    state : ndarray of the dtype of `state_in`, shape (n, filters, memory)
        The new state; `state_in` is not changed.

    Raises
    ------
    ShapeError : dtype or shape of an array, or a `rank` that does not divide the filters
    QuantizationError : another parameter out of range
    UnsupportedError : another rounding

    References
    ----------
    CMSIS-NN ``arm_svdf_s8``, ``arm_svdf_state_s16_s8``; TensorFlow Lite SVDF.
    """
    x = array(x, "x", "int8", ("n", "in"))
    n, input_size = x.shape
    weights_feature = array(weights_feature, "weights_feature", "int8", ("filters", input_size))
    filters = weights_feature.shape[0]
    width = codes_of(state_in, "state_in", accepted=CODES).dtype.name
    weights_time = array(weights_time, "weights_time", width, (filters, "memory"))
    memory = weights_time.shape[1]
    if 0 in (filters, memory, input_size):
        raise ShapeError(
            f"x: shape {x.shape}, weights_feature: shape {weights_feature.shape}, weights_time: shape "
            f"{weights_time.shape}; only n may be 0"
        )
    rank = integer(rank, "rank", 1, filters, ShapeError)
    if filters % rank != 0:
        raise ShapeError(f"rank: {rank}, accepted are divisors of {filters} filters")
    units = filters // rank
    state = array(state_in, "state_in", width, (n, filters, memory)).copy()
    least, most = INT_RANGES[width]
    state_min, state_max = activation(
        least if in_act_min is None else in_act_min,
        most if in_act_max is None else in_act_max,
        ("in_act_min", "in_act_max"),
        width,
    )
    activation_min, activation_max = activation(out_act_min, out_act_max, ("out_act_min", "out_act_max"))
    params = {
        "batches": n,
        "input_size": input_size,
        "filters": filters,
        "memory": memory,
        "rank": rank,
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point"),
        "state_zero_point": zero_point_of(state_zero_point, "state_zero_point", width),
        "output_zero_point": zero_point_of(output_zero_point, "output_zero_point"),
        "input_multiplier": multiplier_of(mult_in, "mult_in"),
        "input_shift": shift_of(shift_in, "shift_in"),
        "output_multiplier": multiplier_of(mult_out, "mult_out"),
        "output_shift": shift_of(shift_out, "shift_out"),
        "state_min": state_min,
        "state_max": state_max,
        "activation_min": activation_min,
        "activation_max": activation_max,
        "rounding": rounding_of(rounding),
    }
    constants = {
        "weights_feature": weights_feature,
        "weights_time": weights_time,
        "bias": optional(bias, "bias", "int32", (units,)),
    }
    kernel = "svdf_s8" if width == "int8" else "svdf_s8_s16"
    return run(kernel, params, [x], constants, shape=(n, units), state=[state]), state


def lstm(
    x: Array,
    gates: Mapping[str, Mapping[str, Any]],
    *,
    output_zero_point: int,
    forget_to_cell: tuple[int, int],
    input_to_cell: tuple[int, int],
    output_mult: int,
    output_shift: int,
    cell_scale_power: int,
    cell_clip: int = 0,
    time_major: bool = False,
    hidden_state: Array | None = None,
    cell_state: Array | None = None,
    input_zero_point: int = 0,
    hidden_zero_point: int = 0,
    saturation: str = "tflm",
    rounding: str = "double",
) -> tuple[Array, tuple[Array, Array]]:
    """Run an LSTM layer over sequences. Parameters have CMSIS-NN's names.

    Parameters
    ----------
    x : ndarray of int8 or int16, shape (n, time, in), or (time, n, in) if `time_major`
    gates : mapping of "input", "forget", "cell" and "output" to mappings of
        ``weights_input`` : ndarray of int8, shape (hidden, in)
        ``weights_hidden`` : ndarray of int8, shape (hidden, hidden)
        ``effective_bias_input``, ``effective_bias_hidden`` : ndarray of int32, shape (hidden,), or None
            For int16 of int64. With the zero point's term, ``-zero_point * sum(weights)``, folded in, unless
            `input_zero_point` or `hidden_zero_point` is given.
        ``input_mult``, ``hidden_mult`` : int, >= 0
            Q31: each side's products to 2**-12.
        ``input_shift``, ``hidden_shift`` : int in [-31, 30], for int16 [-31, 14], positive = left
    output_zero_point : int in [-128, 127]; 0 for int16
        Of the output, which is the hidden state.
    forget_to_cell, input_to_cell : (multiplier, shift)
        Scales of forget gate * cell and of input gate * cell gate.
    output_mult, output_shift : int
        The scale of output gate * tanh(cell).
    cell_scale_power : int in [-30, 2]
        The cell's scale is ``2**cell_scale_power``.
    cell_clip : int in [0, 32767]
        0 for none.
    time_major : bool
    hidden_state : ndarray of the dtype of `x`, shape (n, hidden), or None for real zero
    cell_state : ndarray of int16, shape (n, hidden), or None for zero
    input_zero_point, hidden_zero_point : int in [-128, 127]; 0 for int16
        Taken off the codes of `x` and of the hidden state; 0 where the effective biases hold the term.
    saturation : "tflm" or "cmsis_nn"
        TFLite Micro saturates both products of a gate's sum to int16; CMSIS-NN leaves the hidden state's as it is. They
        differ only where that product does not fit.
    rounding : "double" or "single"

    Returns
    -------
    output : ndarray of the dtype of `x`, `x` with hidden in place of in
    state : (hidden_state, cell_state)
        New arrays; those given are not changed.

    Raises
    ------
    ShapeError : dtype or shape of an array, or a gate or an entry of it that is missing or unknown
    QuantizationError : another parameter out of range
    UnsupportedError : another rounding or saturation, or a `time_major` that is no bool

    References
    ----------
    CMSIS-NN ``arm_lstm_unidirectional_s8``, ``arm_lstm_unidirectional_s16``; TensorFlow Lite
    UNIDIRECTIONAL_SEQUENCE_LSTM.
    """
    by_time = flag(time_major, "time_major")
    x = activations(x, "x", ("time", "n", "in") if by_time else ("n", "time", "in"))
    form = form_of(x, None, ("int64",))
    first, second, input_size = x.shape
    n, time_steps = (second, first) if by_time else (first, second)
    if not isinstance(gates, Mapping) or set(gates) != set(_GATES):
        raise ShapeError(f"gates: {_came(gates)}, accepted is a mapping with exactly {', '.join(map(repr, _GATES))}")
    params: dict[str, int] = {}
    constants: dict[str, Array | None] = {}
    size = 0
    for gate in _GATES:
        size = _gate(gate, gates[gate], form, size=size, input_size=input_size, params=params, constants=constants)
    if time_steps == 0 or input_size == 0:
        raise ShapeError(f"x: shape {x.shape}; only n may be 0")
    zero = zero_point_of(output_zero_point, "output_zero_point", form.dtype)
    state = (
        _state(hidden_state, "hidden_state", form.dtype, (n, size), zero),
        _state(cell_state, "cell_state", "int16", (n, size), 0),
    )
    params |= {
        "batches": n,
        "time_steps": time_steps,
        "input_size": input_size,
        "hidden_size": size,
        "time_major": int(by_time),
        "input_zero_point": zero_point_of(input_zero_point, "input_zero_point", form.dtype),
        "hidden_zero_point": zero_point_of(hidden_zero_point, "hidden_zero_point", form.dtype),
        "output_zero_point": zero,
        "hidden_multiplier": multiplier_of(output_mult, "output_mult"),
        "hidden_shift": shift_of(output_shift, "output_shift"),
        "cell_clip": integer(cell_clip, "cell_clip", 0, 32767),
        "cell_scale_power": integer(cell_scale_power, "cell_scale_power", -30, 2),
        "saturation": choice(saturation, "saturation", SATURATIONS),
        "rounding": rounding_of(rounding),
    }
    for name, scale in (("forget_to_cell", forget_to_cell), ("input_to_cell", input_to_cell)):
        if not isinstance(scale, (tuple, list)) or len(scale) != 2:
            raise ShapeError(f"{name}: {shown(scale)}, accepted is a pair (multiplier, shift)")
        params[f"{name}_multiplier"] = multiplier_of(scale[0], f"{name}[0]")
        params[f"{name}_shift"] = shift_of(scale[1], f"{name}[1]")
    output = run(
        form.kernel("lstm"), params, [x], constants, shape=(first, second, size), dtype=form.dtype, state=state
    )
    return output, state


def _came(value: Any) -> str:
    """Return what came where a mapping of names is accepted."""
    return ", ".join(sorted(map(shown, value))) or "nothing" if isinstance(value, Mapping) else shown(value)


def _state(value: Any, name: str, dtype: str, shape: tuple[int, int], zero: int) -> Array:
    return np.full(shape, zero, dtype) if value is None else array(value, name, dtype, shape).copy()


def _gate(
    gate: str,
    entries: Any,
    form: Form,
    *,
    size: int,
    input_size: int,
    params: dict[str, int],
    constants: dict[str, Array | None],
) -> int:
    """Check one gate and add it to `params` and `constants`; return the number of hidden units (`size` if not 0)."""
    where = f"gates[{gate!r}]"
    if not isinstance(entries, Mapping) or not _REQUIRED <= set(entries) <= _REQUIRED | _BIASES:
        raise ShapeError(
            f"{where}: {_came(entries)}, accepted is a mapping with {_came(dict.fromkeys(_REQUIRED))}, and with "
            f"{_came(dict.fromkeys(_BIASES))} or without"
        )
    for side in ("input", "hidden"):
        shape = (size or "hidden", input_size if side == "input" else size)
        weights = array(entries[f"weights_{side}"], f"{where}['weights_{side}']", "int8", shape)
        size = weights.shape[0]
        if size == 0:
            raise ShapeError(f"{where}['weights_{side}']: shape {weights.shape}, accepted is at least one row")
        name = f"effective_bias_{side}"
        constants[f"{gate}_weights_{side}"] = weights
        constants[f"{gate}_bias_{side}"] = optional(entries.get(name), f"{where}[{name!r}]", form.sums, (size,))
        params[f"{gate}_{side}_multiplier"] = multiplier_of(entries[f"{side}_mult"], f"{where}['{side}_mult']")
        params[f"{gate}_{side}_shift"] = shift_of(entries[f"{side}_shift"], f"{where}['{side}_shift']", form.most_left)
    return size
