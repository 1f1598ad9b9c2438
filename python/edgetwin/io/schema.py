"""Operator options of TensorFlow Lite's schema, as one table for reading and for writing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["ACTIVATIONS", "CUSTOM_OPTIONS", "OPTIONLESS", "OPTIONS", "PADDINGS", "Option", "OptionsTable"]

PADDINGS = ("same", "valid")
ACTIVATIONS = ("none", "relu", "relu_n1_to_1", "relu6", "tanh", "sign_bit")


@dataclass(frozen=True)
class Option:
    """One field of an options table.

    Attributes
    ----------
    name : str
        TFLite's own name.
    kind : str
        "int32", "int8", "bool", "float32", "ints" (vector of int32), "padding" or "activation".
    default : Any
        The schema's default.
    """

    name: str
    kind: str = "int32"
    default: Any = 0


@dataclass(frozen=True)
class OptionsTable:
    """An options table.

    Attributes
    ----------
    union : str
        Its name in the BuiltinOptions union.
    fields : tuple of Option
        In slot order.
    required : bool
        Whether a file has to have it: without, TFLite Micro takes other values than the schema's defaults.
    """

    union: str
    fields: tuple[Option, ...]
    required: bool = False


_PADDING = Option("padding", "padding", "same")
_ACTIVATION = Option("fused_activation_function", "activation", "none")
_STRIDES = (Option("stride_w"), Option("stride_h"))
_DILATIONS = (Option("dilation_w_factor", default=1), Option("dilation_h_factor", default=1))
#: Dtype of the sums where int16 activations have no bias, as the schema numbers dtypes.
_BIAS_TYPE = Option("quantized_bias_type", "int8")
_ASYMMETRIC = Option("asymmetric_quantize_inputs", "bool", False)
_POT_SCALE = Option("pot_scale_int16", "bool", True)
_CENTERS = (Option("align_corners", "bool", False), Option("half_pixel_centers", "bool", False))
_POOL = OptionsTable(
    "Pool2DOptions", (_PADDING, *_STRIDES, Option("filter_width"), Option("filter_height"), _ACTIVATION)
)

#: Custom operator -> the keys of its options, in alphabetical order; every value is an int32.
CUSTOM_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "custom:SignalEnergy": ("end_index", "start_index"),
    "custom:SignalFftAutoScale": (),
    "custom:SignalFilterBank": ("num_channels",),
    "custom:SignalFilterBankLog": ("input_correction_bits", "output_scale"),
    "custom:SignalFilterBankSpectralSubtraction": (
        "alternate_one_minus_smoothing",
        "alternate_smoothing",
        "clamping",
        "min_signal_remaining",
        "num_channels",
        "one_minus_smoothing",
        "smoothing",
        "smoothing_bits",
        "spectral_subtraction_bits",
    ),
    "custom:SignalFilterBankSquareRoot": (),
    "custom:SignalPCAN": ("snr_shift",),
    "custom:SignalRfft": ("T", "fft_length"),
    "custom:SignalWindow": ("shift",),
}

#: Operators whose kernels take no options.
OPTIONLESS = (
    "broadcast_args", "ceil", "elu", "floor", "log", "logistic", "prelu", "relu", "relu6", "relu_0_to_1",
    "relu_n1_to_1", "round", "rsqrt", "sin", "sqrt", "tanh",
)  # fmt: skip

#: Operator name -> its options. The options of other operators are neither read nor written.
OPTIONS: Mapping[str, OptionsTable] = {
    "conv_2d": OptionsTable("Conv2DOptions", (_PADDING, *_STRIDES, _ACTIVATION, *_DILATIONS, _BIAS_TYPE)),
    "depthwise_conv_2d": OptionsTable(
        "DepthwiseConv2DOptions", (_PADDING, *_STRIDES, Option("depth_multiplier"), _ACTIVATION, *_DILATIONS)
    ),
    "transpose_conv": OptionsTable("TransposeConvOptions", (_PADDING, *_STRIDES, _ACTIVATION, _BIAS_TYPE)),
    "resize_nearest_neighbor": OptionsTable("ResizeNearestNeighborOptions", _CENTERS),
    "resize_bilinear": OptionsTable("ResizeBilinearOptions", (Option("new_height"), Option("new_width"), *_CENTERS)),
    "max_pool_2d": _POOL,
    "average_pool_2d": _POOL,
    "fully_connected": OptionsTable(
        "FullyConnectedOptions",
        (
            _ACTIVATION,
            Option("weights_format", "int8"),
            Option("keep_num_dims", "bool", False),
            _ASYMMETRIC,
            _BIAS_TYPE,
        ),
    ),
    "batch_matmul": OptionsTable(
        "BatchMatMulOptions", (Option("adj_x", "bool", False), Option("adj_y", "bool", False), _ASYMMETRIC)
    ),
    "softmax": OptionsTable("SoftmaxOptions", (Option("beta", "float32", 0.0),)),
    "add": OptionsTable("AddOptions", (_ACTIVATION, _POT_SCALE)),
    "sub": OptionsTable("SubOptions", (_ACTIVATION, _POT_SCALE)),
    "mul": OptionsTable("MulOptions", (_ACTIVATION,)),
    "abs": OptionsTable("AbsOptions", ()),
    "div": OptionsTable("DivOptions", (_ACTIVATION,)),
    "leaky_relu": OptionsTable("LeakyReluOptions", (Option("alpha", "float32", 0.0),)),
    "maximum": OptionsTable("MaximumMinimumOptions", ()),
    "minimum": OptionsTable("MaximumMinimumOptions", ()),
    "squared_difference": OptionsTable("SquaredDifferenceOptions", ()),
    "reshape": OptionsTable("ReshapeOptions", (Option("new_shape", "ints", ()),)),
    "squeeze": OptionsTable("SqueezeOptions", (Option("squeeze_dims", "ints", ()),)),
    "expand_dims": OptionsTable("ExpandDimsOptions", ()),
    "pad": OptionsTable("PadOptions", ()),
    "padv2": OptionsTable("PadV2Options", ()),
    "mean": OptionsTable("ReducerOptions", (Option("keep_dims", "bool", False),)),
    "reduce_prod": OptionsTable("ReducerOptions", (Option("keep_dims", "bool", False),)),
    "reduce_max": OptionsTable("ReducerOptions", (Option("keep_dims", "bool", False),)),
    "reduce_min": OptionsTable("ReducerOptions", (Option("keep_dims", "bool", False),)),
    "sum": OptionsTable("ReducerOptions", (Option("keep_dims", "bool", False),)),
    "arg_max": OptionsTable("ArgMaxOptions", (Option("output_type", "int8"),)),
    "arg_min": OptionsTable("ArgMinOptions", (Option("output_type", "int8"),)),
    "equal": OptionsTable("EqualOptions", ()),
    "not_equal": OptionsTable("NotEqualOptions", ()),
    "greater": OptionsTable("GreaterOptions", ()),
    "greater_equal": OptionsTable("GreaterEqualOptions", ()),
    "less": OptionsTable("LessOptions", ()),
    "less_equal": OptionsTable("LessEqualOptions", ()),
    "logical_and": OptionsTable("LogicalAndOptions", ()),
    "logical_or": OptionsTable("LogicalOrOptions", ()),
    "logical_not": OptionsTable("LogicalNotOptions", ()),
    "select_v2": OptionsTable("SelectV2Options", ()),
    "reduce_all": OptionsTable("ReducerOptions", (Option("keep_dims", "bool", False),)),
    "reduce_any": OptionsTable("ReducerOptions", (Option("keep_dims", "bool", False),)),
    "select": OptionsTable("SelectOptions", ()),
    "where": OptionsTable("WhereOptions", ()),
    "quantize": OptionsTable("QuantizeOptions", ()),
    "dequantize": OptionsTable("DequantizeOptions", ()),
    "exp": OptionsTable("ExpOptions", ()),
    "cos": OptionsTable("CosOptions", ()),
    "gelu": OptionsTable("GeluOptions", (Option("approximate", "bool", False),)),
    "neg": OptionsTable("NegOptions", ()),
    "pow": OptionsTable("PowOptions", ()),
    "sign": OptionsTable("SignOptions", ()),
    "square": OptionsTable("SquareOptions", ()),
    "hard_swish": OptionsTable("HardSwishOptions", ()),
    "l2_normalization": OptionsTable("L2NormOptions", (_ACTIVATION,)),
    "log_softmax": OptionsTable("LogSoftmaxOptions", ()),
    "svdf": OptionsTable("SVDFOptions", (Option("rank"), _ACTIVATION, _ASYMMETRIC)),
    "unidirectional_sequence_lstm": OptionsTable(
        "UnidirectionalSequenceLSTMOptions",
        (
            _ACTIVATION,
            Option("cell_clip", "float32", 0.0),
            Option("proj_clip", "float32", 0.0),
            Option("time_major", "bool", False),
            _ASYMMETRIC,
            Option("diagonal_recurrent_tensors", "bool", False),
        ),
    ),
    "broadcast_to": OptionsTable("BroadcastToOptions", ()),
    "depth_to_space": OptionsTable("DepthToSpaceOptions", (Option("block_size"),)),
    "batch_to_space_nd": OptionsTable("BatchToSpaceNDOptions", ()),
    "space_to_batch_nd": OptionsTable("SpaceToBatchNDOptions", ()),
    "slice": OptionsTable("SliceOptions", ()),
    "space_to_depth": OptionsTable("SpaceToDepthOptions", (Option("block_size"),)),
    "split": OptionsTable("SplitOptions", (Option("num_splits"),)),
    "split_v": OptionsTable("SplitVOptions", (Option("num_splits"),)),
    "transpose": OptionsTable("TransposeOptions", ()),
    "unpack": OptionsTable("UnpackOptions", (Option("num"), Option("axis"))),
    "shape": OptionsTable("ShapeOptions", (Option("out_type", "int8"),)),
    "pack": OptionsTable("PackOptions", (Option("values_count"), Option("axis"))),
    "concatenation": OptionsTable("ConcatenationOptions", (Option("axis"), _ACTIVATION)),
    "gather": OptionsTable("GatherOptions", (Option("axis"), Option("batch_dims"))),
    "cast": OptionsTable("CastOptions", (Option("in_data_type", "int8"), Option("out_data_type", "int8"))),
    "cumsum": OptionsTable("CumsumOptions", (Option("exclusive", "bool", False), Option("reverse", "bool", False))),
    "gather_nd": OptionsTable("GatherNdOptions", ()),
    "zeros_like": OptionsTable("ZerosLikeOptions", ()),
    "fill": OptionsTable("FillOptions", ()),
    "mirror_pad": OptionsTable("MirrorPadOptions", (Option("mode", "int8"),), required=True),
    "reverse_v2": OptionsTable("ReverseV2Options", ()),
    "strided_slice": OptionsTable(
        "StridedSliceOptions",
        (
            Option("begin_mask"),
            Option("end_mask"),
            Option("ellipsis_mask"),
            Option("new_axis_mask"),
            Option("shrink_axis_mask"),
            Option("offset", "bool", False),
        ),
    ),
}
