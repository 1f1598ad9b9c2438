"""Seeded damage to `.tflite` files: to their bytes, and to single fields of otherwise well-formed files."""

from __future__ import annotations

import struct
from collections.abc import Callable

import numpy as np

from . import flat, flat_read

WORDS = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)
INTEGERS = (-(2**31), -(2**16), -129, -128, -2, -1, 0, 1, 2, 3, 7, 127, 128, 255, 4096, 2**16, 2**20, 2**30, 2**31 - 1)
REALS = (0.0, -1.0, 1e-45, 1e-30, 1e-9, 0.00390625, 0.0078125, 0.5, 1.0, 3.0, 100.0, 1e9, 3e38, np.inf, -np.inf, np.nan)
#: Operators whose kernels exist, folded ones, and codes that no schema has.
CODES = (0, 1, 2, 3, 4, 6, 9, 14, 17, 18, 19, 21, 22, 25, 27, 28, 32, 34, 40, 43, 44, 45, 53, 60, 70, 77, 83, 114, 127)
CODES += (5, 11, 23, 26, 36, 37, 38, 39, 41, 42, 47, 49, 50, 54, 55, 56, 57, 58, 61, 62, 63, 65, 67, 71, 72, 74, 75)
CODES += (76, 78, 79, 82, 84, 86, 87, 88, 89, 91, 97, 98, 99, 100, 101, 102, 104, 105, 111, 117, 123, 126, 130, 150)
CODES += (-1, 300, 2**31 - 1)
#: More elements than this are not written back: only the claim of a size is to be absurd, not the file.
_MOST_VALUES = 2**16


class Mutator:
    """Mutations of a set of files: number i is always the same.

    Parameters
    ----------
    files : dict of str to bytes
    seed : int
    """

    def __init__(self, files: dict[str, bytes], seed: int = 0) -> None:
        self.names = list(files)
        self.files = [np.frombuffer(data, np.uint8) for data in files.values()]
        self.seed = seed
        self._tables = [_without_constants(data) for data in files.values()]

    def __getitem__(self, number: int) -> tuple[str, str, bytes]:
        """Return (name of the file, what was done to it, the bytes)."""
        rng = np.random.default_rng([self.seed, number])
        chosen = number % len(self.files)
        kinds = [*_BYTE_KINDS, *["field"] * len(_BYTE_KINDS)]
        kind = kinds[number // len(self.files) % len(kinds)]
        if kind == "field":
            what, data = _change_fields(flat_read.parse(self.files[chosen].tobytes()), rng)
        else:
            what = kind.__name__[1:]
            data = kind(self, chosen, rng).tobytes()
        return self.names[chosen], what, data

    def position(self, chosen: int, rng: np.random.Generator) -> int:
        """A byte of the file: three times in four outside the constants, which fill most of it."""
        table = self._tables[chosen]
        return int(rng.choice(table)) if rng.random() < 0.75 else int(rng.integers(self.files[chosen].size))


def _without_constants(data: bytes) -> np.ndarray:
    start = np.frombuffer(data, np.uint8).ctypes.data
    outside = np.ones(len(data), bool)
    for buffer in flat_read.parse(data)["buffers"]:
        values = buffer.fields.get("data")
        if values is not None and values.size > 64:
            first = values.ctypes.data - start
            outside[first : first + values.size] = False
    return np.flatnonzero(outside)


def _bytes(mutator, chosen, rng):
    data = mutator.files[chosen].copy()
    for _ in range(int(rng.integers(1, 9))):
        data[mutator.position(chosen, rng)] = rng.integers(256)
    return data


def _bits(mutator, chosen, rng):
    data = mutator.files[chosen].copy()
    for _ in range(int(rng.integers(1, 5))):
        data[mutator.position(chosen, rng)] ^= 1 << rng.integers(8)
    return data


def _truncated(mutator, chosen, rng):
    data = mutator.files[chosen]
    return data[: int(rng.integers(data.size))] if rng.random() < 0.5 else data[: data.size - int(rng.integers(1, 65))]


def _spliced(mutator, chosen, rng):
    """A range is overwritten with one of the same file or of another."""
    data = mutator.files[chosen].copy()
    source = mutator.files[int(rng.integers(len(mutator.files)))] if rng.random() < 0.3 else data.copy()
    size = min(int(2 ** rng.uniform(0, 11)), data.size, source.size)
    target, origin = mutator.position(chosen, rng), int(rng.integers(source.size - size + 1))
    size = min(size, data.size - target)
    data[target : target + size] = source[origin : origin + size]
    return data


def _blanked(mutator, chosen, rng):
    data = mutator.files[chosen].copy()
    first = mutator.position(chosen, rng)
    data[first : first + int(2 ** rng.uniform(0, 10))] = rng.choice([0, 0, 255, 128])
    return data


def _moved(mutator, chosen, rng):
    """Bytes are inserted or left out, so that all behind them moves."""
    data = mutator.files[chosen]
    first, size = mutator.position(chosen, rng), int(rng.integers(1, 17))
    if rng.random() < 0.5:
        return np.delete(data, slice(first, first + size))
    return np.insert(data, first, rng.integers(0, 256, size, np.uint8))


def _words(mutator, chosen, rng):
    """Aligned integers of 2 or 4 bytes become extreme, or change a little."""
    data = mutator.files[chosen].copy()
    for _ in range(int(rng.integers(1, 4))):
        form = rng.choice(["<H", "<I"])
        size = struct.calcsize(form)
        at = min(mutator.position(chosen, rng), data.size - size) // size * size
        value = struct.unpack_from(form, data, at)[0]
        word = value + int(rng.integers(-4, 5)) if rng.random() < 0.5 else int(rng.choice(WORDS))
        struct.pack_into(form, data, at, word % 2 ** (8 * size))
    return data


_BYTE_KINDS = (_bytes, _bits, _truncated, _spliced, _blanked, _moved, _words)


def _change_fields(model: flat.Table, rng: np.random.Generator) -> tuple[str, bytes]:
    what = []
    for _ in range(1 if rng.random() < 0.7 else int(rng.integers(2, 4))):
        name = str(rng.choice(list(_CHANGES)))
        _CHANGES[name](model, model["subgraphs"][0], rng)
        what.append(name)
    return "field: " + ", ".join(what), flat.serialize(model)


def _pick(values, rng):
    return values[int(rng.integers(len(values)))]


def _integer(value: int, rng: np.random.Generator, low: int = -(2**31), high: int = 2**31 - 1) -> int:
    """A value near the one given, or an extreme one, inside [low, high]."""
    near = [value - 1, value + 1, 2 * value, value // 2, -value]
    chosen = int(_pick(near if rng.random() < 0.5 else INTEGERS, rng))
    return min(max(chosen, low), high)


def _change_vector(table, name, rng, value: Callable[[int], object]):
    """Change, append or leave out one element of a vector, or exchange two."""
    values = np.array(table.fields.get(name, ()), flat_read.FORMS[table.kind][name][0])
    action = rng.random()
    if action < 0.6 and values.size:
        at = int(rng.integers(values.size))
        values[at] = value(values[at])
    elif action < 0.75:
        values = np.append(values, np.array([value(values[-1] if values.size else 0)], values.dtype))
    elif action < 0.9:
        values = np.delete(values, int(rng.integers(values.size))) if values.size else values
    else:
        values = rng.permutation(values)
    table[name] = values


def _index(count, rng):
    return lambda _: int(rng.integers(-2, count + 2)) if rng.random() < 0.9 else int(_pick(INTEGERS, rng))


def _operands(name):
    def change(model, subgraph, rng):
        _change_vector(_pick(subgraph["operators"], rng), name, rng, _index(len(subgraph["tensors"]), rng))

    return change


def _ends(name):
    def change(model, subgraph, rng):
        _change_vector(subgraph, name, rng, _index(len(subgraph["tensors"]), rng))

    return change


def _operator_code(model, subgraph, rng):
    code = _pick(model["operator_codes"], rng)
    number = int(_pick(CODES, rng))
    code["builtin_code"] = np.int32(number)
    code["deprecated_builtin_code"] = np.int8(min(max(number, -1), 127))


def _opcode_index(model, subgraph, rng):
    _pick(subgraph["operators"], rng)["opcode_index"] = np.uint32(rng.integers(0, len(model["operator_codes"]) + 2))


def _custom_code(model, subgraph, rng):
    _pick(model["operator_codes"], rng)["custom_code"] = "Mine"


def _operators(model, subgraph, rng):
    """Leave out, repeat or exchange operators; or let one read what it writes."""
    operators = subgraph["operators"]
    at, other = (int(rng.integers(len(operators))) for _ in range(2))
    action = int(rng.integers(4))
    if action == 0 and len(operators) > 1:
        operators.pop(at)
    elif action == 1:
        operators.insert(other, operators[at])
    elif action == 2:
        operators[at], operators[other] = operators[other], operators[at]
    else:
        operators[at]["inputs"] = operators[other]["outputs"]


def _shape(model, subgraph, rng):
    tensor = _pick(subgraph["tensors"], rng)
    _change_vector(tensor, "shape", rng, lambda dim: _integer(int(dim), rng))


def _type(model, subgraph, rng):
    _pick(subgraph["tensors"], rng)["type"] = np.int8(rng.integers(-1, 21))


def _tensor_buffer(model, subgraph, rng):
    _pick(subgraph["tensors"], rng)["buffer"] = np.uint32(rng.integers(0, len(model["buffers"]) + 1))


def _is_variable(model, subgraph, rng):
    tensor = _pick(subgraph["tensors"], rng)
    tensor["is_variable"] = np.bool_(not tensor.fields.get("is_variable", False))


def _quantization(subgraph, rng):
    quantized = [t for t in subgraph["tensors"] if "scale" in getattr(t.fields.get("quantization"), "fields", {})]
    return _pick(quantized, rng)["quantization"] if quantized else flat.table("Quantization", scale=np.float32([1]))


def _scale(model, subgraph, rng):
    quantization = _quantization(subgraph, rng)
    factor = float(2 ** rng.uniform(-3, 3))
    with np.errstate(over="ignore"):
        _change_vector(
            quantization, "scale", rng,
            lambda scale: np.float32(scale) * np.float32(factor) if rng.random() < 0.6 else float(_pick(REALS, rng)),
        )  # fmt: skip


def _zero_point(model, subgraph, rng):
    far = (-(2**63), 2**63 - 1, 2**32, -(2**32))
    _change_vector(
        _quantization(subgraph, rng), "zero_point", rng,
        lambda zero: int(_pick(far, rng)) if rng.random() < 0.1 else _integer(int(zero), rng),
    )  # fmt: skip


def _axis(model, subgraph, rng):
    _quantization(subgraph, rng)["quantized_dimension"] = np.int32(_integer(0, rng))


def _no_quantization(model, subgraph, rng):
    _pick(subgraph["tensors"], rng).fields.pop("quantization", None)


def _options(model, subgraph, rng):
    with_options = [operator for operator in subgraph["operators"] if "builtin_options" in operator.fields]
    if not with_options:
        return
    options = _pick(with_options, rng)["builtin_options"]
    name = _pick(list(flat_read.FORMS[options.kind]), rng)
    form = flat_read.FORMS[options.kind][name]
    if isinstance(form, list):
        _change_vector(options, name, rng, lambda value: _integer(int(value), rng))
    elif form.kind == "f":
        options[name] = np.float32(_pick(REALS, rng))
    elif form.kind == "b":
        options[name] = np.bool_(rng.integers(2))
    elif form.itemsize == 1:
        options[name] = np.int8(rng.integers(-1, 7))
    else:
        options[name] = np.int32(_integer(int(options.fields.get(name, 0)), rng))


def _options_type(model, subgraph, rng):
    _pick(subgraph["operators"], rng)["builtin_options_type"] = np.uint8(rng.integers(0, 130))


def _no_options(model, subgraph, rng):
    _pick(subgraph["operators"], rng).fields.pop("builtin_options", None)


def _buffer(model, subgraph, rng):
    """Bytes of a constant are left out, added, replaced, or said to lie elsewhere."""
    buffer = _pick(model["buffers"], rng)
    values = buffer.fields.get("data", np.zeros(0, np.uint8))
    action = int(rng.integers(5))
    if action == 0:
        buffer["data"] = values[: int(rng.integers(values.size + 1))]
    elif action == 1:
        buffer["data"] = np.append(values, rng.integers(0, 256, int(rng.integers(1, 9)), np.uint8))
    elif action == 2 and values.size <= _MOST_VALUES:
        buffer["data"] = rng.integers(0, 256, values.size, np.uint8)
    elif action == 3:
        buffer["offset"], buffer["size"] = (np.uint64(2 ** rng.integers(0, 63)) for _ in range(2))
    else:
        buffer.fields.pop("data", None)


_CHANGES: dict[str, Callable] = {
    "inputs of an operator": _operands("inputs"),
    "outputs of an operator": _operands("outputs"),
    "intermediates": _operands("intermediates"),
    "inputs": _ends("inputs"),
    "outputs": _ends("outputs"),
    "operator code": _operator_code,
    "opcode_index": _opcode_index,
    "custom_code": _custom_code,
    "operators": _operators,
    "shape": _shape,
    "type": _type,
    "buffer of a tensor": _tensor_buffer,
    "is_variable": _is_variable,
    "scale": _scale,
    "zero_point": _zero_point,
    "quantized_dimension": _axis,
    "no quantization": _no_quantization,
    "options": _options,
    "options type": _options_type,
    "no options": _no_options,
    "buffer": _buffer,
}
