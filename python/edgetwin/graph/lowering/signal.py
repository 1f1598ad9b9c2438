"""TFLite Micro's signal operators: window to logarithm of an audio front end in integers."""

from __future__ import annotations

import math

import numpy as np

from ...types import Array
from ..graph import Tensor
from ..step import Step
from .context import Context
from .recurrent import variable

__all__ = ["SIGNAL_INPUTS", "SIGNAL_LOWERINGS", "SIGNAL_OUTPUTS"]

#: As the schema numbers dtypes.
_INT16 = 7
_MIN_FFT, _MAX_FFT = 4, 2**15
#: What a noise estimate of 32 bits may reach of the gain's table.
_GAIN_ENTRIES = 125


def _typed(ctx: Context, tensor: Tensor, dtype: str) -> Tensor:
    if tensor.dtype != dtype:
        ctx.unsupported(f"tensor {tensor.name!r} is {tensor.dtype}, accepted is {dtype}")
    return tensor


def _vector(ctx: Context, tensor: Tensor, dtype: str, size: int | None = None) -> int:
    """Return the size of a tensor of one axis."""
    (found,) = ctx.rank(_typed(ctx, tensor, dtype), 1)
    if size is not None and found != size:
        ctx.bad(f"tensor {tensor.name!r} has {found} elements, expected {size}")
    return found


def _scalar(ctx: Context, tensor: Tensor) -> None:
    ctx.rank(_typed(ctx, tensor, "int32"), 0)


def _ranged(ctx: Context, name: str, low: int, high: int) -> int:
    value = int(ctx.option(name))
    if not low <= value <= high:
        ctx.bad(f"{name} is {value}, accepted is [{low}, {high}]")
    return value


def _step(
    ctx: Context,
    kernel: str,
    params: dict[str, int],
    constants: dict[str, Array | None] | None = None,
    *,
    inputs: int = 1,
    state: int = 0,
) -> Step:
    """Return the call of a kernel: first inputs, then states, all outputs."""
    operator = ctx.operator
    kept = operator.inputs[inputs : inputs + state]
    return Step(ctx.index, kernel, operator.inputs[:inputs], kept, operator.outputs, params, constants or {})


def lower_window(ctx: Context) -> Step:
    """Lower SignalWindow: int16 samples, window after window, times constant weights."""
    source, output = _typed(ctx, ctx.input(0), "int16"), _typed(ctx, ctx.output(), "int16")
    size = _vector(ctx, ctx.input(1), "int16")
    weights = ctx.constant(1, "int16")
    ctx.expect_shape(output, source.shape)
    if not source.shape or source.size % size:
        ctx.bad(f"input {source.name!r} has shape {list(source.shape)}, which is no multiple of {size} weights")
    params = {"windows": source.size // size, "size": size, "shift": _ranged(ctx, "shift", 0, 31)}
    return _step(ctx, "signal_window_s16", params, {"weights": weights})


def lower_fft_auto_scale(ctx: Context) -> Step:
    """Lower SignalFftAutoScale: int16 to int16 and the shift."""
    size = _vector(ctx, ctx.input(0), "int16")
    _vector(ctx, ctx.output(), "int16", size)
    _scalar(ctx, ctx.output(1))
    return _step(ctx, "signal_fft_auto_scale_s16", {"size": size})


def _turns(phases: list[float]) -> Array:
    """Return cos and sin of phases in Q15, as the reference rounds them: in double."""
    rows = [[math.floor(0.5 + 32767 * turn) for turn in (math.cos(phase), math.sin(phase))] for phase in phases]
    return np.array(rows, np.int16)


def lower_rfft(ctx: Context) -> Step:
    """Lower SignalRfft of int16 along the last axis."""
    kind, length = int(ctx.option("T")), int(ctx.option("fft_length"))
    if kind != _INT16:
        ctx.unsupported(f"T is {kind}, accepted is {_INT16} (int16)")
    source, output = _typed(ctx, ctx.input(0), "int16"), _typed(ctx, ctx.output(), "int16")
    if not _MIN_FFT <= length <= _MAX_FFT or length & (length - 1):
        ctx.unsupported(f"fft_length is {length}, accepted are powers of two of [{_MIN_FFT}, {_MAX_FFT}]")
    if not source.shape or source.shape[-1] > length:
        ctx.bad(f"input {source.name!r} has shape {list(source.shape)}, its rows do not fit into fft_length {length}")
    ctx.expect_shape(output, (*source.shape[:-1], length + 2))
    half = length // 2
    twiddles = _turns([-2 * math.pi * i / half for i in range(half)])
    split = _turns([-math.pi * ((i + 1) / half + 0.5) for i in range(half // 2)])
    params = {"rows": math.prod(source.shape[:-1]), "size": source.shape[-1], "fft_length": length}
    return _step(ctx, "signal_rfft_s16", params, {"twiddles": twiddles, "split_twiddles": split})


def lower_energy(ctx: Context) -> Step:
    """Lower SignalEnergy: squared magnitudes of some bins of a spectrum."""
    bins = _vector(ctx, ctx.output(), "uint32")
    _vector(ctx, ctx.input(0), "int16", 2 * bins)
    end = _ranged(ctx, "end_index", 0, bins)
    params = {"bins": bins, "start_index": _ranged(ctx, "start_index", 0, end), "end_index": end}
    return _step(ctx, "signal_energy_s16", params)


def lower_filter_bank(ctx: Context) -> Step:
    """Lower SignalFilterBank: sums of bins times constant weights."""
    bins, channels = _vector(ctx, ctx.input(0), "uint32"), ctx.positive("num_channels")
    _vector(ctx, ctx.output(), "uint64", channels)
    weights = _vector(ctx, ctx.input(1), "int16")
    _vector(ctx, ctx.input(2), "int16", weights)
    constants: dict[str, Array | None] = {
        name: ctx.constant(position, "int16") for position, name in ((1, "weights"), (2, "unweights"))
    }
    ranges = []
    for position, name in ((3, "frequency_starts"), (4, "weight_starts"), (5, "widths")):
        _vector(ctx, ctx.input(position), "int16", channels + 1)
        constants[name] = ctx.constant(position, "int16")
        ranges.append(ctx.constant(position, "int16").astype(np.int64))
    starts, weight_starts, widths = ranges
    inside = (starts >= 0) & (weight_starts >= 0) & (widths >= 0)
    inside &= (starts + widths <= bins) & (weight_starts + widths <= weights)
    if not inside.all():
        at = int(np.argmin(inside))
        ctx.bad(
            f"range {at} begins at bin {starts[at]} and weight {weight_starts[at]} and is {widths[at]} wide, there are "
            f"{bins} bins and {weights} weights"
        )
    params = {"num_channels": channels, "bins": bins, "weights_size": weights}
    return _step(ctx, "signal_filter_bank_u32", params, constants)


def lower_filter_bank_square_root(ctx: Context) -> Step:
    """Lower SignalFilterBankSquareRoot: uint64 to uint32, shifted by a number that is computed."""
    size = _vector(ctx, ctx.input(0), "uint64")
    _scalar(ctx, ctx.input(1))
    _vector(ctx, ctx.output(), "uint32", size)
    return _step(ctx, "signal_filter_bank_square_root_u64", {"size": size}, inputs=2)


def lower_filter_bank_spectral_subtraction(ctx: Context) -> Step:
    """Lower SignalFilterBankSpectralSubtraction, whose state is its second input here."""
    channels = _vector(ctx, ctx.input(0), "uint32", ctx.positive("num_channels"))
    for position in range(2):
        _vector(ctx, ctx.output(position), "uint32", channels)
    variable(ctx, 1, "uint32", channels)
    most = 2**31 - 1
    names = ("smoothing", "one_minus_smoothing", "alternate_smoothing", "alternate_one_minus_smoothing")
    params = {name: _ranged(ctx, name, 0, most) for name in (*names, "min_signal_remaining")}
    params |= {
        "num_channels": channels,
        "smoothing_bits": _ranged(ctx, "smoothing_bits", 0, 31),
        "spectral_subtraction_bits": _ranged(ctx, "spectral_subtraction_bits", 0, 63),
        "clamping": int(ctx.option("clamping") != 0),
    }
    return _step(ctx, "signal_filter_bank_spectral_subtraction_u32", params, state=1)


def lower_pcan(ctx: Context) -> Step:
    """Lower SignalPCAN: gain control by a constant table."""
    size = _vector(ctx, ctx.input(0), "uint32")
    _vector(ctx, ctx.input(1), "uint32", size)
    _vector(ctx, ctx.output(), "uint32", size)
    table = ctx.input(2)
    if _vector(ctx, table, "int16") < _GAIN_ENTRIES:
        ctx.bad(f"table {table.name!r} has {table.size} elements, a noise estimate may reach {_GAIN_ENTRIES}")
    gain = ctx.constant(2, "int16")[:_GAIN_ENTRIES]
    params = {"size": size, "snr_shift": _ranged(ctx, "snr_shift", 0, 63)}
    return _step(ctx, "signal_pcan_u32", params, {"gain": gain}, inputs=2)


def lower_filter_bank_log(ctx: Context) -> Step:
    """Lower SignalFilterBankLog: uint32 to int16."""
    size = _vector(ctx, ctx.input(0), "uint32")
    _vector(ctx, ctx.output(), "int16", size)
    bits = _ranged(ctx, "input_correction_bits", 0, 31)
    params = {"size": size, "input_correction_bits": bits, "output_scale": int(ctx.option("output_scale"))}
    return _step(ctx, "signal_filter_bank_log_u32", params)


#: Operator name -> lowering, as in the table of all.
SIGNAL_LOWERINGS = {
    "custom:SignalEnergy": lower_energy,
    "custom:SignalFftAutoScale": lower_fft_auto_scale,
    "custom:SignalFilterBank": lower_filter_bank,
    "custom:SignalFilterBankLog": lower_filter_bank_log,
    "custom:SignalFilterBankSpectralSubtraction": lower_filter_bank_spectral_subtraction,
    "custom:SignalFilterBankSquareRoot": lower_filter_bank_square_root,
    "custom:SignalPCAN": lower_pcan,
    "custom:SignalRfft": lower_rfft,
    "custom:SignalWindow": lower_window,
}
#: Fewest and most inputs of those with several; the state that spectral subtraction keeps to itself is one.
SIGNAL_INPUTS = {
    "custom:SignalFilterBank": (6, 6),
    "custom:SignalFilterBankSpectralSubtraction": (2, 2),
    "custom:SignalFilterBankSquareRoot": (2, 2),
    "custom:SignalPCAN": (3, 3),
    "custom:SignalWindow": (2, 2),
}
#: Most outputs of those with several.
SIGNAL_OUTPUTS = {"custom:SignalFftAutoScale": 2, "custom:SignalFilterBankSpectralSubtraction": 2}
