"""`.tflite` bytes -> a Graph whose indices, sizes and order have been checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import tflite
from flatbuffers import number_types
from flatbuffers.table import Table as FlatTable

from ..errors import ModelError, UnsupportedError
from ..graph.graph import DTYPES, Graph, Operator, Tensor
from ..graph.validate import validate
from ..types import INT32_MAX, Array, Quantization
from .custom_options import unpack_custom_options
from .int4 import unpack_int4
from .schema import ACTIVATIONS, CUSTOM_OPTIONS, OPTIONS, PADDINGS, Option, OptionsTable
from .verify import Field, Scalar, Table, Vector, Verifier, verify

__all__ = ["BUILTIN_NAMES", "MAX_ELEMENTS", "MAX_TENSORS", "read_tflite"]

#: A tensor of more elements is refused: the boards' kernels index with int32.
MAX_ELEMENTS = INT32_MAX
#: Planning is quadratic in the number of tensors; models for microcontrollers have tens to hundreds.
MAX_TENSORS = 2**12
_MAX_RANK = 8
#: Characters of a custom operator's name.
_MAX_SHOWN = 80
_SCHEMA_VERSION = 3
_BUILTIN_CODE_VTABLE_ENTRY = 4 + 2 * 3

#: Builtin operator code -> name in snake case.
BUILTIN_NAMES: Mapping[int, str] = {
    code: name.lower() for name, code in vars(tflite.BuiltinOperator).items() if isinstance(code, int)
}
_TYPE_NAMES = {code: name.lower() for name, code in vars(tflite.TensorType).items() if isinstance(code, int)}
_UNION_NAMES = {code: name for name, code in vars(tflite.BuiltinOptions).items() if isinstance(code, int)}
_FLAGS = {
    "int32": number_types.Int32Flags,
    "int8": number_types.Int8Flags,
    "bool": number_types.BoolFlags,
    "float32": number_types.Float32Flags,
    "padding": number_types.Int8Flags,
    "activation": number_types.Int8Flags,
}


def read_tflite(data: bytes) -> Graph:
    """Parse a model.

    Parameters
    ----------
    data : bytes
        The file's content. Nothing is read outside it, and nothing larger than it is allocated.

    Returns
    -------
    Graph
        Of the file's only subgraph; names, indices and quantization as in the file, except that a
        ``quantized_dimension`` beyond a tensor's rank is read as 0.

    Raises
    ------
    ModelError : not a .tflite model, damaged, or contradictory
    UnsupportedError : several subgraphs, dynamic shapes, sparse or packed tensors, a dtype outside `DTYPES`, an
        operator that the schema here does not know, data outside the FlatBuffer, more than `MAX_TENSORS`
    """
    verifier = verify(data)
    model = tflite.Model.GetRootAsModel(data, 0)
    if model.Version() != _SCHEMA_VERSION:
        raise UnsupportedError(f"the file has schema version {model.Version()}, accepted is {_SCHEMA_VERSION}")
    subgraph = _only_subgraph(model)
    names = [_operator_name(model.OperatorCodes(index), index) for index in range(model.OperatorCodesLength())]
    operators = tuple(
        _operator(subgraph.Operators(index), index, names, verifier) for index in range(subgraph.OperatorsLength())
    )
    inputs = _indices(subgraph.InputsAsNumpy(), subgraph.InputsLength())
    produced = set(inputs).union(*(operator.outputs for operator in operators))
    constants = [_buffer(model.Buffers(index), index) for index in range(model.BuffersLength())]
    tensors = tuple(
        _tensor(subgraph.Tensors(index), index, constants, index in produced)
        for index in range(subgraph.TensorsLength())
    )
    outputs = _indices(subgraph.OutputsAsNumpy(), subgraph.OutputsLength())
    graph = Graph(tensors, operators, inputs, outputs, _text(model.Description()))
    validate(graph)
    return graph


def _only_subgraph(model: Any) -> Any:
    count = model.SubgraphsLength()
    if count == 0:
        raise ModelError("the model has no subgraph")
    if count > 1:
        shown = [_text(model.Subgraphs(index).Name()) for index in range(min(count, 8))]
        raise UnsupportedError(f"the model has {count} subgraphs ({', '.join(map(repr, shown))}), accepted is 1")
    subgraph = model.Subgraphs(0)
    if subgraph.TensorsLength() > MAX_TENSORS or subgraph.OperatorsLength() > MAX_TENSORS:
        raise UnsupportedError(
            f"the model has {subgraph.TensorsLength()} tensors and {subgraph.OperatorsLength()} operators, "
            f"accepted are at most {MAX_TENSORS} of each"
        )
    return subgraph


def _indices(values: Any, length: int) -> tuple[int, ...]:
    return tuple(int(value) for value in values) if length else ()


def _text(raw: bytes | None) -> str:
    return "" if raw is None else raw.decode("utf-8", errors="backslashreplace")


def _buffer(buffer: Any, index: int) -> bytes:
    # 1 is what writers put there until they know better; TensorFlow Lite takes it for unused, too.
    if buffer.Offset() > 1 or buffer.Size() > 1:
        raise UnsupportedError(
            f"buffer {index} lies outside the FlatBuffer (offset {buffer.Offset()}, {buffer.Size()} bytes), as in "
            "models above 2 GiB"
        )
    # Copied once, for every tensor that uses it: offsets in the file need not be aligned.
    return bytes(buffer.DataAsNumpy()) if buffer.DataLength() else b""


def _operator_name(code: Any, index: int) -> tuple[str, int]:
    # Files from before the 32-bit field have the code in the 8-bit one; TensorFlow Lite takes the larger of both, the
    # accessor of the tflite package prefers the 8-bit one.
    offset = code._tab.Offset(_BUILTIN_CODE_VTABLE_ENTRY)
    builtin = code._tab.Get(number_types.Int32Flags, offset + code._tab.Pos) if offset else 0
    builtin = max(builtin, code.DeprecatedBuiltinCode())
    if builtin not in BUILTIN_NAMES:
        raise UnsupportedError(
            f"operator code {index} is {builtin}, which is newer than the schema here (0 to {max(BUILTIN_NAMES)})"
        )
    name = BUILTIN_NAMES[builtin]
    if name == "custom":
        # For messages of one line. Those that are run have short printable names, the others need not come back.
        shown = "".join(c if c.isprintable() else repr(c)[1:-1] for c in _text(code.CustomCode())[:_MAX_SHOWN])
        name = f"custom:{shown}"
    return name, code.Version()


def _tensor(raw: Any, index: int, constants: list[bytes], produced: bool) -> Tensor:
    name = _text(raw.Name()) or f"tensor_{index}"
    where = f"tensor {index} ({name!r})"
    dtype = _TYPE_NAMES.get(raw.Type(), f"number {raw.Type()}")
    if dtype not in DTYPES:
        cure = "; quantize the weights to int8" if dtype == "bfloat16" else ""
        raise UnsupportedError(f"{where} has dtype {dtype}, accepted are {', '.join(DTYPES)}{cure}")
    if raw.Sparsity() is not None:
        raise UnsupportedError(f"{where} is sparse; convert the model without sparse weights")
    shape = tuple(int(dim) for dim in raw.ShapeAsNumpy()) if raw.ShapeLength() else ()
    if len(shape) > _MAX_RANK:
        raise UnsupportedError(f"{where} has {len(shape)} axes, accepted are at most {_MAX_RANK}")
    if any(dim < 0 for dim in shape):
        raise UnsupportedError(f"{where} has shape {list(shape)}; convert the model with fixed sizes")
    elements = math.prod(shape)
    if elements > MAX_ELEMENTS:
        raise ModelError(f"{where} has shape {list(shape)}, more than {MAX_ELEMENTS} elements")
    if raw.Buffer() >= len(constants):
        raise ModelError(f"{where} names buffer {raw.Buffer()}, the file has {len(constants)}")
    stored = constants[raw.Buffer()]
    value: Array | None = None
    # A constant without elements (the shape of a scalar) has no bytes, like an activation: nothing produces it.
    if stored or (elements == 0 and not produced):
        expected = (elements + 1) // 2 if dtype == "int4" else elements * DTYPES[dtype].itemsize
        if len(stored) != expected:
            raise ModelError(f"{where}: its buffer has {len(stored)} bytes, shape and dtype need {expected}")
        if dtype == "int4":
            value = unpack_int4(stored, shape)
            value.setflags(write=False)
        else:
            if dtype == "bool" and np.frombuffer(stored, np.uint8).max(initial=0) > 1:
                raise ModelError(f"{where} has truth values other than 0 and 1")
            value = np.frombuffer(stored, DTYPES[dtype]).reshape(shape)
        if raw.IsVariable():
            raise UnsupportedError(f"{where} is variable and has a value in the file")
    return Tensor(name, shape, dtype, _quantization(raw.Quantization(), shape, where), value, raw.IsVariable())


def _quantization(raw: Any, shape: tuple[int, ...], where: str) -> Quantization | None:
    if raw is None:
        return None
    if raw.DetailsType():
        raise UnsupportedError(f"{where} has custom or blockwise quantization, accepted is per-tensor and per-channel")
    # TensorFlow Lite takes a tensor for unquantized unless both are there.
    if raw.ScaleLength() == 0 or raw.ZeroPointLength() == 0:
        return None
    scale = np.array(raw.ScaleAsNumpy(), np.float32)
    zero_point = np.array(raw.ZeroPointAsNumpy(), np.int64)
    axis = raw.QuantizedDimension()
    if scale.size == 1 or not 0 <= axis < len(shape):
        axis = 0
    scale.setflags(write=False)
    zero_point.setflags(write=False)
    return Quantization(scale, zero_point, axis)


def _operator(raw: Any, index: int, names: list[tuple[str, int]], verifier: Verifier) -> Operator:
    if raw.OpcodeIndex() >= len(names):
        raise ModelError(f"operator {index} names operator code {raw.OpcodeIndex()}, the file has {len(names)}")
    name, version = names[raw.OpcodeIndex()]
    options: Mapping[str, Any] = {}
    if name in OPTIONS:
        options = _options(raw, OPTIONS[name], f"operator {index} ({name})", verifier)
    elif name in CUSTOM_OPTIONS:
        stored = bytes(raw.CustomOptionsAsNumpy()) if raw.CustomOptionsLength() else b""
        options = unpack_custom_options(stored, CUSTOM_OPTIONS[name], f"operator {index} ({name})")
    return Operator(
        name,
        _indices(raw.InputsAsNumpy(), raw.InputsLength()),
        _indices(raw.OutputsAsNumpy(), raw.OutputsLength()),
        options,
        version,
        _indices(raw.IntermediatesAsNumpy(), raw.IntermediatesLength()),
    )


def _options(raw: Any, table: OptionsTable, where: str, verifier: Verifier) -> dict[str, Any]:
    values = {field.name: field.default for field in table.fields}
    union = raw.BuiltinOptions()
    kind = _UNION_NAMES.get(raw.BuiltinOptionsType(), str(raw.BuiltinOptionsType()))
    if union is None or kind == "NONE":
        if table.required:
            raise ModelError(f"{where} has no options, accepted are {table.union}")
        return values
    if kind != table.union:
        raise ModelError(f"{where} has options of type {kind}, expected {table.union}")
    fields = {field.name: (slot, _form(field)) for slot, field in enumerate(table.fields)}
    verifier.table(union.Pos, Table(table.union, fields), f"{where}: {table.union}")
    flat = FlatTable(union.Bytes, union.Pos)
    for slot, field in enumerate(table.fields):
        offset = flat.Offset(4 + 2 * slot)
        if offset:
            values[field.name] = _option(flat, offset, field, where)
    return values


def _form(field: Option) -> Field:
    if field.kind == "ints":
        return Vector(4)
    return Scalar(4 if field.kind in ("int32", "float32") else 1)


def _option(flat: FlatTable, offset: int, field: Option, where: str) -> Any:
    if field.kind == "ints":
        length = flat.VectorLen(offset)
        return tuple(int(v) for v in flat.GetVectorAsNumpy(number_types.Int32Flags, offset)) if length else ()
    value = flat.Get(_FLAGS[field.kind], offset + flat.Pos)
    if field.kind == "bool":
        return bool(value)
    if field.kind == "float32":
        return float(value)
    if field.kind in ("padding", "activation"):
        names = PADDINGS if field.kind == "padding" else ACTIVATIONS
        if not 0 <= value < len(names):
            raise ModelError(f"{where}: {field.name} is {value}, accepted are 0 to {len(names) - 1}")
        return names[value]
    return int(value)
