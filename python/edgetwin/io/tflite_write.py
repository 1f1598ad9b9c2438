"""A Graph -> `.tflite` bytes that LiteRT, TFLite Micro and edgetwin read."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import flatbuffers
import numpy as np
import tflite

from ..errors import UnsupportedError
from ..graph.graph import DTYPES, Graph, Operator, Tensor
from ..graph.validate import validate
from ..types import INT_RANGES
from .custom_options import pack_custom_options
from .int4 import pack_int4
from .schema import ACTIVATIONS, CUSTOM_OPTIONS, OPTIONLESS, OPTIONS, PADDINGS, Option

__all__ = ["write_tflite"]

_BUILTIN_CODES = {name.lower(): code for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)}
_TYPE_CODES = {name.lower(): code for name, code in vars(tflite.TensorType).items() if isinstance(code, int)}
_UNION_CODES = {name: code for name, code in vars(tflite.BuiltinOptions).items() if isinstance(code, int)}
_SCHEMA_VERSION = 3
#: What fields of names hold, in the order of their numbers.
_NAMES = {"padding": PADDINGS, "activation": ACTIVATIONS}
_FLOAT32_MAX = float(np.finfo(np.float32).max)
#: Readers older than the 32-bit operator code find this in the 8-bit field.
_PLACEHOLDER_CODE = 127
_BUFFER_ALIGNMENT = 16
#: A FlatBuffer ends at 2 GiB; the rest is for everything but constants.
_MAX_CONSTANT_BYTES = 2**31 - 2**26


def write_tflite(graph: Graph) -> bytes:
    """Serialise a graph.

    Parameters
    ----------
    graph : Graph
        Its operators must be among those whose options edgetwin knows: `schema.OPTIONS`, `schema.OPTIONLESS`,
        `schema.CUSTOM_OPTIONS`.

    Returns
    -------
    bytes
        ``read_tflite`` of it gives an equal graph.

    Raises
    ------
    ModelError : the graph is malformed
    UnsupportedError : an operator or option that edgetwin does not know, so that writing would lose it; a value that
        the schema's field cannot hold; more than a FlatBuffer holds
    """
    validate(graph)
    _check_text(graph.description, "the description")
    for index, tensor in enumerate(graph.tensors):
        _check_tensor(tensor, f"tensor {index} ({tensor.name!r})")
    for position, operator in enumerate(graph.operators):
        _check_operator(operator, graph.where(position))
    constant_bytes = sum(tensor.nbytes for tensor in graph.tensors if tensor.data is not None)
    if constant_bytes > _MAX_CONSTANT_BYTES:
        raise UnsupportedError(f"{constant_bytes} bytes of constants, a .tflite file holds {_MAX_CONSTANT_BYTES}")
    builder = flatbuffers.Builder(1024)
    buffers = [_buffer(builder, None)]
    tensors = []
    for tensor in graph.tensors:
        index = 0
        if tensor.data is not None:
            index = len(buffers)
            buffers.append(_buffer(builder, tensor))
        elif not tensor.is_variable:
            index = len(buffers)
            buffers.append(_buffer(builder, None))
        tensors.append(_tensor(builder, tensor, index))
    codes: list[tuple[str, int]] = []
    operators = []
    for operator in graph.operators:
        key = (operator.name, operator.version)
        if key not in codes:
            codes.append(key)
        operators.append(_operator(builder, operator, codes.index(key)))
    subgraph = _table(
        builder,
        5,
        {
            0: _offset(_offsets(builder, tensors)),
            1: _offset(_ints(builder, graph.inputs)),
            2: _offset(_ints(builder, graph.outputs)),
            3: _offset(_offsets(builder, operators)),
            4: _offset(builder.CreateString("main")),
        },
    )
    model = _table(
        builder,
        5,
        {
            0: lambda slot: builder.PrependUint32Slot(slot, _SCHEMA_VERSION, 0),
            1: _offset(_offsets(builder, [_operator_code(builder, *code) for code in codes])),
            2: _offset(_offsets(builder, [subgraph])),
            3: _offset(builder.CreateString(graph.description)),
            4: _offset(_offsets(builder, buffers)),
        },
    )
    builder.Finish(model, file_identifier=b"TFL3")
    return bytes(builder.Output())


def _check_operator(operator: Operator, where: str) -> None:
    """Raise for an operator of which something would be lost."""
    if operator.name in OPTIONLESS:
        known: dict[str, str] = {}
    elif operator.name in OPTIONS:
        known = {field.name: field.kind for field in OPTIONS[operator.name].fields}
    elif operator.name in CUSTOM_OPTIONS:
        known = dict.fromkeys(CUSTOM_OPTIONS[operator.name], "int32")
        missing = sorted(known.keys() - operator.options.keys())
        if missing:
            raise UnsupportedError(f"{where}: options {', '.join(missing)} are missing, which have no default")
    else:
        raise UnsupportedError(f"{where}: its options are not known, so it cannot be written")
    unknown = sorted(operator.options.keys() - known.keys())
    if unknown:
        raise UnsupportedError(
            f"{where}: unknown options {', '.join(unknown)}, accepted are {', '.join(sorted(known))}"
        )
    _check_integer(operator.version, "int32", f"{where}: its version")
    for name, value in operator.options.items():
        _check_option(value, known[name], f"{where}: {name}")


def _check_integer(value: Any, dtype: str, what: str) -> None:
    low, high = INT_RANGES[dtype]
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or not low <= value <= high:
        raise UnsupportedError(f"{what} is {value!r}, accepted is an integer of [{low}, {high}]")


def _check_option(value: Any, kind: str, what: str) -> None:
    """Raise for a value that the schema's field cannot hold."""
    if kind in INT_RANGES:
        _check_integer(value, kind, what)
    elif kind == "ints":
        if not isinstance(value, (tuple, list)):
            raise UnsupportedError(f"{what} is {value!r}, accepted is a sequence of integers")
        for position, item in enumerate(value):
            _check_integer(item, "int32", f"{what}[{position}]")
    elif kind == "bool":
        if not isinstance(value, (bool, np.bool_)):
            raise UnsupportedError(f"{what} is {value!r}, accepted are True and False")
    elif kind == "float32":
        real = isinstance(value, (int, float, np.floating)) and not isinstance(value, bool)
        if not real or (math.isfinite(value) and abs(value) > _FLOAT32_MAX):
            raise UnsupportedError(f"{what} is {value!r}, accepted is a number that float32 holds")
    elif value not in _NAMES[kind]:
        raise UnsupportedError(f"{what} is {value!r}, accepted are {', '.join(_NAMES[kind])}")


def _check_tensor(tensor: Tensor, where: str) -> None:
    """Raise for a tensor that the schema's fields cannot hold."""
    _check_text(tensor.name, f"{where}: its name")
    for axis, size in enumerate(tensor.shape):
        _check_integer(size, "int32", f"{where}: size {axis}")
    quantization = tensor.quantization
    if quantization is None:
        return
    _check_integer(quantization.quantized_dimension, "int32", f"{where}: quantized_dimension")
    scale, zero_point = quantization.scale.dtype.name, quantization.zero_point.dtype.name
    if (scale, zero_point) != ("float32", "int64"):
        raise UnsupportedError(f"{where}: scales of {scale}, zero points of {zero_point}, accepted are float32, int64")


def _check_text(text: str, what: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise UnsupportedError(f"{what} is {text!r}, accepted is what UTF-8 can hold") from None


class _Reference:
    """An offset to put into a slot."""

    def __init__(self, offset: int) -> None:
        self.offset = offset


Field = Callable[[int], None] | _Reference


def _offset(offset: int) -> _Reference:
    return _Reference(offset)


def _table(builder: Any, slots: int, fields: Mapping[int, Field]) -> int:
    builder.StartObject(slots)
    for slot, field in fields.items():
        if isinstance(field, _Reference):
            builder.PrependUOffsetTRelativeSlot(slot, field.offset, 0)
        else:
            field(slot)
    return int(builder.EndObject())


def _offsets(builder: Any, offsets: Sequence[int]) -> int:
    builder.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())


def _ints(builder: Any, values: Sequence[int]) -> int:
    return int(builder.CreateNumpyVector(np.array(values, np.int32)))


def _buffer(builder: Any, tensor: Tensor | None) -> int:
    if tensor is None or tensor.data is None or tensor.size == 0:
        return _table(builder, 1, {})
    stored = tensor.data.astype(DTYPES[tensor.dtype], copy=False)
    data = np.frombuffer(pack_int4(stored) if tensor.dtype == "int4" else stored.tobytes(), np.uint8)
    # Boards read weights in place, so they must lie aligned in the file.
    builder.StartVector(1, data.size, _BUFFER_ALIGNMENT)
    builder.head -= data.size
    builder.Bytes[builder.head : builder.head + data.size] = data.tobytes()
    vector = int(builder.EndVector())
    return _table(builder, 1, {0: _offset(vector)})


def _tensor(builder: Any, tensor: Tensor, buffer: int) -> int:
    fields: dict[int, Field] = {
        0: _offset(_ints(builder, tensor.shape)),
        1: lambda slot: builder.PrependInt8Slot(slot, _TYPE_CODES[tensor.dtype], 0),
        2: lambda slot: builder.PrependUint32Slot(slot, buffer, 0),
        3: _offset(builder.CreateString(tensor.name)),
        5: lambda slot: builder.PrependBoolSlot(slot, tensor.is_variable, False),
        8: lambda slot: builder.PrependBoolSlot(slot, True, False),
    }
    quantization = tensor.quantization
    if quantization is not None:
        axis = quantization.quantized_dimension
        fields[4] = _offset(
            _table(
                builder,
                7,
                {
                    2: _offset(int(builder.CreateNumpyVector(quantization.scale))),
                    3: _offset(int(builder.CreateNumpyVector(quantization.zero_point))),
                    6: lambda slot: builder.PrependInt32Slot(slot, axis, 0),
                },
            )
        )
    return _table(builder, 9, fields)


def _operator_code(builder: Any, name: str, version: int) -> int:
    # Only custom operators have a colon.
    builtin, _, custom = name.partition(":")
    code = _BUILTIN_CODES[builtin]
    fields: dict[int, Field] = {1: _offset(builder.CreateString(custom))} if custom else {}
    fields |= {
        0: lambda slot: builder.PrependInt8Slot(slot, min(code, _PLACEHOLDER_CODE), 0),
        2: lambda slot: builder.PrependInt32Slot(slot, version, 1),
        3: lambda slot: builder.PrependInt32Slot(slot, code, 0),
    }
    return _table(builder, 4, fields)


def _operator(builder: Any, operator: Operator, code: int) -> int:
    fields: dict[int, Field] = {
        0: lambda slot: builder.PrependUint32Slot(slot, code, 0),
        1: _offset(_ints(builder, operator.inputs)),
        2: _offset(_ints(builder, operator.outputs)),
    }
    table = OPTIONS.get(operator.name)
    if table is not None:
        options = {field.name: _option(builder, field, operator.options) for field in table.fields}
        fields[4] = _offset(_table(builder, max(len(options), 1), dict(enumerate(options.values()))))
        fields[3] = lambda slot: builder.PrependUint8Slot(slot, _UNION_CODES[table.union], 0)
    elif operator.name in CUSTOM_OPTIONS:
        packed = pack_custom_options(operator.options)
        fields[5] = _offset(int(builder.CreateByteVector(packed)))
    if operator.intermediates:
        fields[8] = _offset(_ints(builder, operator.intermediates))
    return _table(builder, 9, fields)


def _option(builder: Any, field: Option, options: Mapping[str, Any]) -> Field:
    value = options.get(field.name, field.default)
    if field.kind == "ints":
        return _offset(_ints(builder, value))
    if field.kind == "float32":
        return lambda slot: builder.PrependFloat32Slot(slot, value, field.default)
    if field.kind == "bool":
        return lambda slot: builder.PrependBoolSlot(slot, value, field.default)
    if field.kind in ("padding", "activation"):
        index = _NAMES[field.kind].index(value)
        return lambda slot: builder.PrependInt8Slot(slot, index, 0)
    if field.kind == "int8":
        return lambda slot: builder.PrependInt8Slot(slot, value, field.default)
    return lambda slot: builder.PrependInt32Slot(slot, value, field.default)
