"""`.tflite` bytes -> a Graph whose indices, sizes and order have been checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import tflite
from flatbuffers import number_types
from flatbuffers.table import Table as FlatTable

from ..errors import ModelError, UnsupportedError
from ..graph.graph import DTYPES, Graph, Operator, Tensor
from ..graph.validate import validate
from ..types import Array, Quantization
from .schema import ACTIVATIONS, OPTIONS, PADDINGS, Option, OptionsTable
from .verify import Scalar, Table, Vector, Verifier, verify

__all__ = ["BUILTIN_NAMES", "MAX_ELEMENTS", "read_tflite"]

#: A tensor of more elements is refused: the boards' kernels index with int32.
MAX_ELEMENTS = 2**31 - 1
_MAX_RANK = 8

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
    UnsupportedError : several subgraphs, dynamic shapes, sparse or packed tensors, a dtype outside `DTYPES`
    """
    verify(data)
    model = tflite.Model.GetRootAsModel(data, 0)
    if model.SubgraphsLength() != 1:
        raise UnsupportedError(f"the model has {model.SubgraphsLength()} subgraphs, accepted is 1")
    subgraph = model.Subgraphs(0)
    constants = [_buffer(model.Buffers(index), index) for index in range(model.BuffersLength())]
    names = [_operator_name(model.OperatorCodes(index)) for index in range(model.OperatorCodesLength())]
    tensors = tuple(_tensor(subgraph.Tensors(index), index, constants) for index in range(subgraph.TensorsLength()))
    operators = tuple(
        _operator(subgraph.Operators(index), index, names, data) for index in range(subgraph.OperatorsLength())
    )
    graph = Graph(
        tensors,
        operators,
        _indices(subgraph.InputsAsNumpy(), subgraph.InputsLength()),
        _indices(subgraph.OutputsAsNumpy(), subgraph.OutputsLength()),
        _text(model.Description()),
    )
    validate(graph)
    return graph


def _indices(values: Any, length: int) -> tuple[int, ...]:
    return tuple(int(value) for value in values) if length else ()


def _text(raw: bytes | None) -> str:
    return "" if raw is None else raw.decode("utf-8", errors="backslashreplace")


def _buffer(buffer: Any, index: int) -> Array:
    if buffer.Offset() > 1 or buffer.Size() > 1:
        raise UnsupportedError(f"buffer {index} lies outside the FlatBuffer (a model above 2 GiB)")
    return buffer.DataAsNumpy() if buffer.DataLength() else np.empty(0, np.uint8)


def _operator_name(code: Any) -> tuple[str, int]:
    builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
    if builtin not in BUILTIN_NAMES:
        raise UnsupportedError(f"operator code {builtin} is unknown, newer than TensorFlow Lite's schema here")
    name = BUILTIN_NAMES[builtin]
    if name == "custom":
        name = f"custom:{_text(code.CustomCode())}"
    return name, code.Version()


def _tensor(raw: Any, index: int, constants: list[Array]) -> Tensor:
    name = _text(raw.Name()) or f"tensor_{index}"
    where = f"tensor {index} ({name!r})"
    dtype = _TYPE_NAMES.get(raw.Type(), str(raw.Type()))
    if dtype not in DTYPES:
        raise UnsupportedError(f"{where} has dtype {dtype}, accepted are {', '.join(DTYPES)}")
    if raw.Sparsity() is not None:
        raise UnsupportedError(f"{where} is sparse; convert the model without sparse weights")
    shape = tuple(int(dim) for dim in raw.ShapeAsNumpy()) if raw.ShapeLength() else ()
    if len(shape) > _MAX_RANK:
        raise UnsupportedError(f"{where} has {len(shape)} axes, accepted are at most {_MAX_RANK}")
    if any(dim < 0 for dim in shape):
        raise UnsupportedError(f"{where} has shape {list(shape)}; convert the model with fixed sizes")
    if math.prod(shape) > MAX_ELEMENTS:
        raise ModelError(f"{where} has shape {list(shape)}, more than {MAX_ELEMENTS} elements")
    if raw.Buffer() >= len(constants):
        raise ModelError(f"{where} names buffer {raw.Buffer()}, the file has {len(constants)}")
    stored = constants[raw.Buffer()]
    value: Array | None = None
    if stored.size or math.prod(shape) == 0:
        expected = math.prod(shape) * DTYPES[dtype].itemsize
        if stored.size != expected:
            raise ModelError(f"{where}: its buffer has {stored.size} bytes, shape and dtype need {expected}")
        # Copied: offsets in the file need not be aligned.
        value = np.frombuffer(stored.tobytes(), DTYPES[dtype]).reshape(shape)
        if raw.IsVariable():
            raise UnsupportedError(f"{where} is variable and has a value in the file")
    return Tensor(name, shape, dtype, _quantization(raw.Quantization(), shape, where), value, raw.IsVariable())


def _quantization(raw: Any, shape: tuple[int, ...], where: str) -> Quantization | None:
    if raw is None or raw.ScaleLength() == 0:
        return None
    scale = np.array(raw.ScaleAsNumpy(), np.float32)
    zero_point = np.array(raw.ZeroPointAsNumpy(), np.int64) if raw.ZeroPointLength() else np.zeros_like(scale, np.int64)
    if zero_point.size != scale.size:
        raise ModelError(f"{where} has {scale.size} scales and {zero_point.size} zero points")
    axis = raw.QuantizedDimension()
    if not 0 <= axis < len(shape):
        axis = 0
    if scale.size > 1 and (not shape or shape[axis] != scale.size):
        raise ModelError(f"{where} has shape {list(shape)} and {scale.size} scales along axis {axis}")
    scale.setflags(write=False)
    zero_point.setflags(write=False)
    return Quantization(scale, zero_point, axis if scale.size > 1 else 0)


def _operator(raw: Any, index: int, names: list[tuple[str, int]], data: bytes) -> Operator:
    if raw.OpcodeIndex() >= len(names):
        raise ModelError(f"operator {index} names operator code {raw.OpcodeIndex()}, the file has {len(names)}")
    name, version = names[raw.OpcodeIndex()]
    options: Mapping[str, Any] = {}
    if name in OPTIONS:
        options = MappingProxyType(_options(raw, OPTIONS[name], f"operator {index} ({name})", data))
    return Operator(
        name,
        _indices(raw.InputsAsNumpy(), raw.InputsLength()),
        _indices(raw.OutputsAsNumpy(), raw.OutputsLength()),
        options,
        version,
        _indices(raw.IntermediatesAsNumpy(), raw.IntermediatesLength()),
    )


def _options(raw: Any, table: OptionsTable, where: str, data: bytes) -> dict[str, Any]:
    values = {field.name: field.default for field in table.fields}
    union = raw.BuiltinOptions()
    kind = _UNION_NAMES.get(raw.BuiltinOptionsType(), str(raw.BuiltinOptionsType()))
    if union is None or kind == "NONE":
        return values
    if kind != table.union:
        raise ModelError(f"{where} has options of type {kind}, expected {table.union}")
    # The union's own table is checked here, where its type is known.
    Verifier(data).table(union.Pos, Table(table.union, dict(enumerate(map(_field_form, table.fields)))), 0)
    flat = FlatTable(union.Bytes, union.Pos)
    for slot, field in enumerate(table.fields):
        offset = flat.Offset(4 + 2 * slot)
        if offset:
            values[field.name] = _option(flat, offset, field, where)
    return values


def _field_form(field: Option) -> Scalar | Vector:
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
