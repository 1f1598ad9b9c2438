"""How the device core's kernels are called in C++: the one table of headers, parameter structs and functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["ENUMERATIONS", "SPELLINGS", "Spelling"]


@dataclass(frozen=True)
class Spelling:
    """A kernel in C++; arguments come in the order parameters, inputs, constants, state, outputs, scratch.

    Attributes
    ----------
    header : str
        File in ``edgetwin/``.
    params : str
        The parameter struct, in namespace ``edgetwin`` like everything here.
    function : str
        With the template arguments that the arguments do not tell.
    moved : str
        Type as which elements are copied that may mean anything; empty where they are computed with.
    scratch : str
        Type of the scratch's elements; empty for none.
    sum : str
        Type of sums, which an absent bias has to tell.
    gates : bool
        Whether constants are packed by fours into structs.
    base_fields : int
        Fields that the parameter struct has from its base.
    """

    header: str
    params: str
    function: str
    moved: str = ""
    scratch: str = ""
    sum: str = "int32_t"
    gates: bool = False
    base_fields: int = 0


#: Enumerators by type of parameter struct and field, in the order of their values.
ENUMERATIONS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("LstmParams", "saturation"): ("LstmSaturation::kEachProduct", "LstmSaturation::kSum"),
    ("TableSoftmaxParams", "saturation"): ("SoftmaxSaturation::kSaturates", "SoftmaxSaturation::kWraps"),
    ("", "rounding"): ("Rounding::kDouble", "Rounding::kSingle"),
}

_ELEMENTS = {"s8": "int8_t", "s16": "int16_t", "s32": "int32_t"}


def _relations(function: str, suffixes: str) -> str:
    names = ("Equal", "NotEqual", "Greater", "GreaterEqual", "Less", "LessEqual")
    kernels = ("equal", "not_equal", "greater", "greater_equal", "less", "less_equal")
    pairs = zip(kernels, names, strict=True)
    return ", ".join(f"{kernel}={function}<edgetwin::{name}>: {suffixes}" for kernel, name in pairs)


#: Header, parameter struct, and functions with the dtypes by which their kernels are told apart: `conv_2d: s8 s16` is
#: conv_2d() for the kernels conv_2d_s8 and conv_2d_s16, `cast=cast_codes: s8_s16` is cast_codes() for cast_s8_s16, and
#: a name alone is both a function and its only kernel.
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("activation", "CurveParams", "logistic_s8, tanh_s8"),
    ("activation", "TableCurveParams", "logistic_s16, tanh_s16"),
    ("arg_min_max", "ArgMinMaxParams", "arg_max: s8, arg_min: s8"),
    ("batch_matmul", "BatchMatmulParams", "batch_matmul=batch_matmul<int8_t, int32_t>: s8"),
    ("batch_matmul", "BatchMatmulParams", "batch_matmul=batch_matmul<int16_t, int64_t>: s16"),
    ("cast", "CastParams", "cast=cast_codes: s8_s16 s8_s32 s8_f32 s16_s8 s16_s32 s16_f32 s32_s8 s32_s16 s32_f32"),
    ("comparison", "BroadcastParams", _relations("compare", "s32 s64")),
    (
        "comparison",
        "BroadcastParams",
        "equal=compare<edgetwin::Equal>: bool, not_equal=compare<edgetwin::NotEqual>: bool",
    ),
    ("comparison", "ComparisonParams", _relations("compare_s8", "s8")),
    ("conv", "Conv2dParams", "conv_2d: s8 s16 s16_sum32"),
    ("cumsum", "CumsumParams", "cumsum_s8"),
    ("data_movement", "PadParams", "pad: s8 s16 s32"),
    ("depthwise_conv", "DepthwiseConv2dParams", "depthwise_conv_2d: s8 s16"),
    ("divide", "DivParams", "div_s8"),
    ("elementwise", "AddParams", "add: s8 s16, sub: s8 s16"),
    ("elementwise", "BroadcastParams", "maximum: s8 s16 s32 s64, minimum: s8 s16 s32 s64"),
    ("elementwise", "MulParams", "mul: s8 s16"),
    ("elementwise", "SquaredDifferenceParams", "squared_difference: s8 s16"),
    ("fully_connected", "FullyConnectedParams", "fully_connected: s8 s16 s16_sum32"),
    ("gather", "GatherParams", "gather_s8"),
    ("gather", "GatherNdParams", "gather_nd_s8"),
    ("hard_swish", "HardSwishParams", "hard_swish_s8"),
    ("integer", "IntegerParams", "add=compute<edgetwin::AddNumbers>: s32, sub=compute<edgetwin::SubNumbers>: s32"),
    ("integer", "IntegerParams", "mul=compute<edgetwin::MulNumbers>: s32, div=compute<edgetwin::DivNumbers>: s32"),
    ("integer", "IntegerParams", "squared_difference=compute<edgetwin::SquaredDifferenceOfNumbers>: s32"),
    ("l2_normalization", "L2NormalizationParams", "l2_normalization_s8"),
    ("log_softmax", "LogSoftmaxParams", "log_softmax_s8"),
    ("logical", "BroadcastParams", "logical_and_bool, logical_or_bool"),
    ("logical", "LogicalNotParams", "logical_not_bool"),
    ("logical", "SelectParams", "select: s8 s16 s32"),
    ("lookup", "LookupParams", "lookup_s8"),
    ("lstm", "LstmParams", "lstm: s8 s16"),
    ("pool", "Pool2dParams", "max_pool_2d: s8 s16, average_pool_2d: s8 s16"),
    ("quantize", "ClampParams", "clamp=clamp_codes: s8 s16"),
    ("quantize", "QuantizeParams", "quantize=quantize_f32: f32_s8 f32_s16"),
    ("quantize", "QuantizeParams", "dequantize=dequantize_f32: s8_f32 u8_f32 s16_f32"),
    ("quantize", "RequantizeParams", "requantize=requantize_codes: s8_s8 s8_u8 u8_s8 s8_s16 s8_s32"),
    ("quantize", "RequantizeParams", "requantize=requantize_codes: s16_s8 s16_s16 s16_s32 s32_s8 s32_s16"),
    ("rectify", "AbsParams", "abs: s8 s16"),
    ("rectify", "LeakyReluParams", "leaky_relu: s8 s16"),
    ("rectify", "PreluParams", "prelu: s8 s16"),
    ("reduce", "MeanParams", "mean: s8 s16"),
    ("reduce", "ReduceParams", "reduce_max_s8, reduce_min_s8, reduce_all_bool"),
    ("resize", "ResizeParams", "resize_nearest_neighbor: s8 s16 s32, resize_bilinear_s8"),
    ("rsqrt", "RsqrtParams", "rsqrt: s8 s16"),
    ("signal_filter_bank", "SignalFilterBankParams", "signal_filter_bank_u32"),
    ("signal_filter_bank", "SignalLogParams", "signal_filter_bank_log_u32"),
    ("signal_filter_bank", "SignalPcanParams", "signal_pcan_u32"),
    ("signal_filter_bank", "SignalSpectralSubtractionParams", "signal_filter_bank_spectral_subtraction_u32"),
    ("signal_filter_bank", "SignalSquareRootParams", "signal_filter_bank_square_root_u64"),
    ("signal_spectrum", "SignalEnergyParams", "signal_energy_s16"),
    ("signal_spectrum", "SignalFftAutoScaleParams", "signal_fft_auto_scale_s16"),
    ("signal_spectrum", "SignalRfftParams", "signal_rfft_s16"),
    ("signal_spectrum", "SignalWindowParams", "signal_window_s16"),
    ("softmax", "SoftmaxParams", "softmax: s8 s8_s16"),
    ("softmax", "TableSoftmaxParams", "softmax_s16"),
    ("space_batch", "BatchToSpaceParams", "batch_to_space_s8"),
    ("space_batch", "SpaceToBatchParams", "space_to_batch_s8"),
    ("strided_copy", "StridedCopyParams", "strided_copy: s8 s16 s32"),
    ("svdf", "SvdfParams", "svdf: s8 s8_s16"),
    ("transpose_conv", "TransposeConvParams", "transpose_conv: s8 s16"),
)

_MOVES = ("strided_copy", "pad", "select", "gather", "resize_nearest_neighbor", "space_to_batch", "batch_to_space")
_LONG_SUMS = ("conv_2d_s16", "depthwise_conv_2d_s16", "fully_connected_s16", "lstm_s16", "transpose_conv_s16")
_SCRATCH = {"lstm": "int16_t", "mean": "int32_t", "signal_rfft": "edgetwin::detail::ComplexS16"}
_BASE_FIELDS = {"BatchMatmulParams": 10}


def _kernels(functions: str) -> Iterator[tuple[str, str]]:
    """Split a row's functions into kernels, each with its function."""
    # Template arguments hold commas, too.
    for part in functions.replace(", int", ",int").split(", "):
        names, _, suffixes = part.partition(": ") if ": " in part else (part, "", "")
        kernel, _, function = names.partition("=")
        function = (function or kernel).replace(",int", ", int")
        yield from (
            ((f"{kernel}_{suffix}", function) for suffix in suffixes.split()) if suffixes else ((kernel, function),)
        )


def _spelled(header: str, params: str, kernel: str, function: str) -> Spelling:
    moved = kernel.startswith(_MOVES)
    return Spelling(
        header=f"{header}.hpp",
        params=params,
        function=function,
        moved=_ELEMENTS[kernel.rsplit("_", 1)[1]] if moved else "",
        scratch=next((kind for name, kind in _SCRATCH.items() if kernel.startswith(f"{name}_s")), ""),
        sum="int64_t" if kernel in _LONG_SUMS else "int32_t",
        gates=params == "LstmParams",
        base_fields=_BASE_FIELDS.get(params, 0),
    )


#: Every kernel that a plan may hold and that the device core has.
SPELLINGS: Mapping[str, Spelling] = {
    kernel: _spelled(header, params, kernel, function)
    for header, params, functions in _TABLE
    for kernel, function in _kernels(functions)
}
