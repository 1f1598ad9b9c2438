"""What becomes of converted networks that are not simply equal: refusals, ours and the wheel's, and the converter's."""

from __future__ import annotations

from dataclasses import dataclass

from oracles.converters import FORMS


@dataclass(frozen=True)
class Refusal:
    """What edgetwin says of a model, and what the wheel says; or the reason why the wheel is not followed."""

    ours: str
    wheel: str = ""
    reason: str = ""


#: The converter writes no such file; part of what it says.
NOT_CONVERTED = {
    **{
        (network, "int16x8"): f"not yet supported for op: '{operator}'"
        for network, operator in {
            "keras_functions.activations_rectified": "PRELU",
            "keras_functions.activation_selu": "GREATER",
            "keras_functions.class_index": "ARG_MAX",
            "keras_functions.image_functions": "SPACE_TO_DEPTH",
            "keras_functions.layer_normalization": "NEG",
            "keras_functions.log_softmax_head": "LOG_SOFTMAX",
            "keras_functions.pooling_heads": "SQRT",
            "keras_functions.signal_functions": "SQRT",
            "keras_functions.transformer_block": "NEG",
            "keras_functions.unit_embedding": "SQUARE",
            "keras_layers.squeeze_excite": "HARD_SWISH",
            "keras_recurrent.lstm_bidirectional": "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "keras_recurrent.lstm_fused": "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "keras_recurrent.lstm_stacked_sequences": "UNIDIRECTIONAL_SEQUENCE_LSTM",
            "torch_layers.activation_elu": "ELU",
            "torch_layers.activations_rectified": "PRELU",
            "torch_layers.dilated_conv2d": "HARD_SWISH",
            "torch_layers.squeeze_excite": "HARD_SWISH",
            "torch_sequences.pooling_heads": "SQRT",
        }.items()
    },
    ("keras_functions.embedding", "int16x8"): "Max and min for dynamic tensors should be recorded",
    **{("torch_layers.activation_gelu", form): "'tf.Erf' op is neither a custom op nor a flex op" for form in FORMS},
}

INT8 = ("int8", "int8_float", "int8_uint8")
INT16 = ("int16x8",)
QUANTIZED = (*INT8, *INT16)
#: Models that are refused, by network and forms.
REFUSED = {
    ("keras_functions.activation_gelu", QUANTIZED): Refusal("(gelu)", "builtin opcode 'GELU'"),
    ("keras_functions.activation_selu", INT8): Refusal("(exp)", "Node EXP"),
    ("keras_functions.activation_softplus", QUANTIZED): Refusal("(exp)", "Node EXP"),
    ("keras_functions.embedding", (*INT8, "float32")): Refusal("(select)", "builtin opcode 'SELECT'"),
    ("keras_functions.mirrored_edges", INT16): Refusal("(mirror_pad)", "Node MIRROR_PAD"),
    ("keras_functions.slices", INT16): Refusal("(gather)", "Node GATHER"),
    ("keras_layers.dilated_conv1d_same", INT16): Refusal("(reduce_max)", "Node REDUCE_MAX"),
    ("keras_layers.open_batch_dilated", (*INT8, "float32")): Refusal(
        "(space_to_batch_nd): output",
        reason="the file gives one sample where there are two, and the wheel computes on from memory that nobody wrote",
    ),
    ("keras_layers.open_batch_dilated", INT16): Refusal("(space_to_batch_nd)", "Node SPACE_TO_BATCH_ND"),
    ("keras_layers.open_batch_sequence", FORMS): Refusal("(reshape)", "builtin opcode 'REDUCE_PROD'"),
    ("keras_layers.pools_and_groups", INT16): Refusal("(reduce_max)", "Node REDUCE_MAX"),
    ("keras_layers.u_net", INT16): Refusal("(resize_bilinear)", "Node RESIZE_BILINEAR"),
    ("keras_layers.upsampling_layer", FORMS): Refusal("(tile)", "builtin opcode 'TILE'"),
    ("torch_layers.channel_shuffle", FORMS): Refusal("6 axes, accepted are at most 5", "only supports 1D-5D"),
    ("torch_layers.max_pool_padded", INT8): Refusal(
        "(mean): input scale",
        reason="padding with minus infinity makes a scale of 1e36: the wheel shifts by more bits than there are",
    ),
    ("torch_layers.max_pool_padded", INT16): Refusal("(padv2)", "Node PADV2"),
    ("torch_layers.squeeze_excite", INT8): Refusal("(relu_0_to_1)", "builtin opcode 'RELU_0_TO_1'"),
    ("torch_layers.upsampling_bilinear", INT16): Refusal("(resize_bilinear)", "Node RESIZE_BILINEAR"),
    ("torch_sequences.gru_cells", INT16): Refusal("(gather)", "Node GATHER"),
    ("torch_sequences.layer_normalization", INT16): Refusal("has a scale that is not positive", "exit code -6"),
    ("torch_sequences.transformer_block", INT16): Refusal("(gather)", "Node GATHER"),
}


def refused() -> dict[tuple[str, str], Refusal]:
    """`REFUSED` by network and form."""
    return {(network, form): refusal for (network, forms), refusal in REFUSED.items() for form in forms}
