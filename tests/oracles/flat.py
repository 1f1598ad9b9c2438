"""Any `.tflite` file, well-formed or not: tables given field by field, written with the flatbuffers package alone."""

from __future__ import annotations

from dataclasses import dataclass, field

import flatbuffers
import numpy as np

SLOTS = {
    "Model": ["version", "operator_codes", "subgraphs", "description", "buffers"],
    "OperatorCode": ["deprecated_builtin_code", "custom_code", "version", "builtin_code"],
    "SubGraph": ["tensors", "inputs", "outputs", "operators", "name"],
    "Tensor": [
        "shape", "type", "buffer", "name", "quantization", "is_variable", "sparsity", "shape_signature", "has_rank",
    ],
    "Quantization": ["min", "max", "scale", "zero_point", "details_type", "details", "quantized_dimension"],
    "Operator": [
        "opcode_index", "inputs", "outputs", "builtin_options_type", "builtin_options", "custom_options",
        "custom_options_format", "mutating_variable_inputs", "intermediates",
    ],
    "Buffer": ["data", "offset", "size"],
    "Pool2DOptions": ["padding", "stride_w", "stride_h", "filter_width", "filter_height", "fused_activation_function"],
    "Empty": [],
}  # fmt: skip
TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "string": 5, "int16": 7, "complex64": 8}
TYPES |= {"int8": 9, "resource": 13, "variant": 14, "int4": 17, "bfloat16": 18}
RELU, MAX_POOL_2D, RESHAPE, CUSTOM = 19, 17, 22, 32


@dataclass
class Table:
    """One table; a table that occurs twice is written once and shared."""

    kind: str
    fields: dict = field(default_factory=dict)

    def __getitem__(self, name):
        return self.fields[name]

    def __setitem__(self, name, value):
        self.fields[name] = value


def table(kind, **fields):
    """A table of `fields`: Table, str, bytes, list of Table, ndarray (vector) or numpy scalar."""
    return Table(kind, fields)


def base():
    """A model of two operators: int8 [1, 4] -> relu -> relu."""
    quantization = {"scale": np.float32([0.5]), "zero_point": np.int64([0])}

    def tensor(name):
        return table(
            "Tensor", shape=np.int32([1, 4]), type=np.int8(9), buffer=np.uint32(0), name=name,
            quantization=table("Quantization", **quantization),
        )  # fmt: skip

    def relu(source, target):
        return table("Operator", opcode_index=np.uint32(0), inputs=np.int32([source]), outputs=np.int32([target]))

    return table(
        "Model",
        version=np.uint32(3),
        operator_codes=[table("OperatorCode", deprecated_builtin_code=np.int8(RELU), builtin_code=np.int32(RELU))],
        subgraphs=[
            table(
                "SubGraph", tensors=[tensor("x"), tensor("h"), tensor("y")], inputs=np.int32([0]),
                outputs=np.int32([2]), operators=[relu(0, 1), relu(1, 2)], name="main",
            )
        ],
        buffers=[table("Buffer")],
    )  # fmt: skip


def serialize(model, identifier=b"TFL3") -> bytes:
    """The bytes of a file whose root is `model`."""
    builder = flatbuffers.Builder(1024)
    written: dict[int, int] = {}
    builder.Finish(_write(builder, model, written), file_identifier=identifier)
    return bytes(builder.Output())


def _write(builder, value, written):
    if id(value) in written:
        return written[id(value)]
    if isinstance(value, str):
        offset = builder.CreateString(value)
    elif isinstance(value, bytes):
        offset = builder.CreateByteVector(value)
    elif isinstance(value, np.ndarray):
        offset = builder.CreateNumpyVector(value)
    elif isinstance(value, list):
        offsets = [_write(builder, item, written) for item in value]
        builder.StartVector(4, len(offsets), 4)
        for item in reversed(offsets):
            builder.PrependUOffsetTRelative(item)
        offset = builder.EndVector()
    else:
        offset = _write_table(builder, value, written)
    written[id(value)] = offset
    return offset


def _write_table(builder, value, written):
    slots = SLOTS[value.kind]
    offsets = {
        name: None if isinstance(item, np.generic) else _write(builder, item, written)
        for name, item in value.fields.items()
    }
    builder.StartObject(max(len(slots), 1))
    for name, item in value.fields.items():
        slot = slots.index(name)
        if offsets[name] is not None:
            builder.PrependUOffsetTRelativeSlot(slot, offsets[name], 0)
            continue
        prepend = {
            "int8": builder.PrependInt8Slot, "uint8": builder.PrependUint8Slot, "int32": builder.PrependInt32Slot,
            "uint32": builder.PrependUint32Slot, "uint64": builder.PrependUint64Slot, "bool": builder.PrependBoolSlot,
            "float32": builder.PrependFloat32Slot,
        }[item.dtype.name]  # fmt: skip
        prepend(slot, item.item(), None)
    return builder.EndObject()
