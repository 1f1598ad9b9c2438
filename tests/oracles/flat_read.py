"""A well-formed `.tflite` file as `flat` tables, to change any of its fields; read with struct and numpy alone."""

from __future__ import annotations

import struct

import numpy as np

from .flat import SLOTS, Table

_INT, _FLAG = np.dtype("<i4"), np.dtype("?")

#: Field -> how it is stored: a dtype, a one-element list for a vector, "text", a table's kind, or a list of one kind.
FORMS = {
    "Model": {
        "version": np.dtype("<u4"), "operator_codes": ["OperatorCode"], "subgraphs": ["SubGraph"],
        "description": "text", "buffers": ["Buffer"],
    },
    "OperatorCode": {
        "deprecated_builtin_code": np.dtype("i1"), "custom_code": "text", "version": _INT, "builtin_code": _INT,
    },
    "SubGraph": {
        "tensors": ["Tensor"], "inputs": [_INT], "outputs": [_INT], "operators": ["Operator"], "name": "text",
    },
    "Tensor": {
        "shape": [_INT], "type": np.dtype("i1"), "buffer": np.dtype("<u4"), "name": "text",
        "quantization": "Quantization", "is_variable": _FLAG,
    },
    "Quantization": {
        "scale": [np.dtype("<f4")], "zero_point": [np.dtype("<i8")], "details_type": np.dtype("u1"),
        "quantized_dimension": _INT,
    },
    "Operator": {
        "opcode_index": np.dtype("<u4"), "inputs": [_INT], "outputs": [_INT],
        "builtin_options_type": np.dtype("u1"), "custom_options": [np.dtype("u1")],
        "custom_options_format": np.dtype("i1"), "intermediates": [_INT],
    },
    "Buffer": {"data": [np.dtype("u1")], "offset": np.dtype("<u8"), "size": np.dtype("<u8")},
}  # fmt: skip
_BYTE, _REAL = np.dtype("i1"), np.dtype("<f4")
#: Number in the BuiltinOptions union -> kind, and the form of each field in slot order.
OPTIONS = {
    1: ("Conv2DOptions", (_BYTE, _INT, _INT, _BYTE, _INT, _INT, _BYTE)),
    2: ("DepthwiseConv2DOptions", (_BYTE, _INT, _INT, _INT, _BYTE, _INT, _INT)),
    5: ("Pool2DOptions", (_BYTE, _INT, _INT, _INT, _INT, _BYTE)),
    6: ("SVDFOptions", (_INT, _BYTE, _FLAG)),
    8: ("FullyConnectedOptions", (_BYTE, _BYTE, _FLAG, _FLAG, _BYTE)),
    9: ("SoftmaxOptions", (_REAL,)),
    10: ("ConcatenationOptions", (_INT, _BYTE)),
    11: ("AddOptions", (_BYTE, _FLAG)),
    12: ("L2NormOptions", (_BYTE,)),
    15: ("ResizeBilinearOptions", (_INT, _INT, _FLAG, _FLAG)),
    17: ("ReshapeOptions", ([_INT],)),
    19: ("SpaceToDepthOptions", (_INT,)),
    21: ("MulOptions", (_BYTE,)),
    23: ("GatherOptions", (_INT, _INT)),
    27: ("ReducerOptions", (_FLAG,)),
    28: ("SubOptions", (_BYTE, _FLAG)),
    29: ("DivOptions", (_BYTE,)),
    30: ("SqueezeOptions", ([_INT],)),
    32: ("StridedSliceOptions", (_INT, _INT, _INT, _INT, _INT, _FLAG)),
    35: ("SplitOptions", (_INT,)),
    37: ("CastOptions", (_BYTE, _BYTE)),
    40: ("ArgMaxOptions", (_BYTE,)),
    49: ("TransposeConvOptions", (_BYTE, _INT, _INT, _BYTE, _BYTE)),
    55: ("ShapeOptions", (_BYTE,)),
    57: ("ArgMinOptions", (_BYTE,)),
    59: ("PackOptions", (_INT, _INT)),
    64: ("UnpackOptions", (_INT, _INT)),
    71: ("UnidirectionalSequenceLSTMOptions", (_BYTE, _REAL, _REAL, _FLAG, _FLAG, _FLAG)),
    74: ("ResizeNearestNeighborOptions", (_FLAG, _FLAG)),
    75: ("LeakyReluOptions", (_REAL,)),
    77: ("MirrorPadOptions", (_BYTE,)),
    79: ("SplitVOptions", (_INT,)),
    94: ("DepthToSpaceOptions", (_INT,)),
    101: ("BatchMatMulOptions", (_FLAG, _FLAG, _FLAG)),
    116: ("GeluOptions", (_FLAG,)),
}
for _kind, _forms in OPTIONS.values():
    SLOTS.setdefault(_kind, [f"field_{slot}" for slot in range(len(_forms))])
    FORMS[_kind] = dict(zip(SLOTS[_kind], _forms, strict=True))


def parse(data: bytes) -> Table:
    """The tables of a file; fields and options that FORMS does not name are left out."""
    return _table(data, _follow(data, 0), "Model")


def _follow(data, position):
    return position + struct.unpack_from("<I", data, position)[0]


def _slots(data, position):
    vtable = position - struct.unpack_from("<i", data, position)[0]
    length = struct.unpack_from("<H", data, vtable)[0]
    return struct.unpack_from(f"<{length // 2 - 2}H", data, vtable + 4)


def _table(data, position, kind):
    result = Table(kind)
    offsets = dict(zip(SLOTS[kind], _slots(data, position), strict=False))
    for name, form in FORMS[kind].items():
        if offsets.get(name):
            result[name] = _field(data, position + offsets[name], form)
    if kind == "Operator" and offsets.get("builtin_options") and int(result["builtin_options_type"]) in OPTIONS:
        options = OPTIONS[int(result["builtin_options_type"])][0]
        result["builtin_options"] = _table(data, _follow(data, position + offsets["builtin_options"]), options)
    return result


def _field(data, position, form):
    if isinstance(form, np.dtype):
        return np.frombuffer(data, form, 1, position)[0]
    start = _follow(data, position)
    if isinstance(form, str) and form != "text":
        return _table(data, start, form)
    count = struct.unpack_from("<I", data, start)[0]
    if form == "text":
        return data[start + 4 : start + 4 + count].decode()
    if isinstance(form[0], np.dtype):
        return np.frombuffer(data, form[0], count, start + 4)
    return [_table(data, _follow(data, start + 4 + 4 * i), form[0]) for i in range(count)]
