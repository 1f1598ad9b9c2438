"""Pieces of C++ text: identifiers, literals, lines that end before the margin."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

import numpy as np

from ...errors import DataError
from ...types import Array

__all__ = [
    "C_TYPES",
    "c_array",
    "c_type",
    "call",
    "camel",
    "checked_name",
    "comment",
    "float_literal",
    "snake",
    "wrapped",
]

_MARGIN = 120
_NAME = re.compile(r"[a-z][a-z0-9_]*")
#: Names that C++ or the export itself takes.
_TAKEN = frozenset({
    "alignas", "alignof", "and", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "class",
    "compl", "const", "constexpr", "continue", "decltype", "default", "delete", "do", "double", "edgetwin", "else",
    "enum", "explicit", "export", "extern", "false", "float", "for", "friend", "goto", "if", "inline", "int", "long",
    "main", "mutable", "namespace", "new", "noexcept", "not", "nullptr", "operator", "or", "private", "protected",
    "public", "register", "return", "short", "signed", "sizeof", "static", "std", "struct", "switch", "template",
    "this", "throw", "true", "try", "typedef", "typeid", "typename", "union", "unsigned", "using", "virtual", "void",
    "volatile", "while", "xor",
})  # fmt: skip

#: C++ type of elements by dtype; the core's truth values are bytes.
C_TYPES = {
    "bool": "uint8_t", "float32": "float", "int16": "int16_t", "int32": "int32_t", "int4": "int8_t", "int64": "int64_t",
    "int8": "int8_t", "uint16": "uint16_t", "uint32": "uint32_t", "uint64": "uint64_t", "uint8": "uint8_t",
}  # fmt: skip


def checked_name(name: str) -> str:
    """Return a name that serves as namespace and file name, made from what a user calls the model.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        In lower case, `_` in place of what an identifier does not hold.

    Raises
    ------
    DataError : nothing is left of it, or C++ has the word
    """
    made = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    made = f"model_{made}" if made[:1].isdigit() else made
    if not _NAME.fullmatch(made) or made in _TAKEN:
        raise DataError(f"name {name!r}: accepted is what gives a C++ identifier, such as 'stride'")
    return made


def camel(name: str) -> str:
    """Return ``Conv2d`` for ``conv_2d``; of a custom operator's name without ``custom:``."""
    words = re.findall(r"[A-Za-z0-9]+", name.removeprefix("custom:"))
    return "".join(word[0].upper() + word[1:] for word in words)


def snake(label: str) -> str:
    """Return ``conv_2d_1`` for ``Conv2d1``: what code calls an array in RAM."""
    made = ""
    for before, character in zip(" " + label, label, strict=False):
        if made and (character.isupper() or (character.isdigit() and not before.isdigit())):
            made += "_"
        made += character.lower()
    return made


def c_type(dtype: str) -> str:
    """Return the C++ type of elements of a dtype that firmware may hold."""
    if dtype not in C_TYPES:
        raise DataError(f"dtype {dtype}, firmware holds {', '.join(C_TYPES)}")
    return C_TYPES[dtype]


def float_literal(value: float) -> str:
    """Return the shortest literal of a finite float32 that reads back as the same bits."""
    text = str(np.float32(value))
    return f"{text if '.' in text or 'e' in text else text + '.0'}F"


def comment(text: str) -> str:
    """Return text that stays on one comment line, whatever a tensor is called."""
    shown = "".join(character if character.isprintable() and character.isascii() else "?" for character in text)
    return shown.rstrip("\\")


def wrapped(pieces: Iterable[str], indent: int) -> str:
    """Join pieces by commas into lines that end before the margin."""
    lines: list[str] = []
    line = " " * indent
    for piece in pieces:
        if line.strip() and len(line) + len(piece) + 1 > _MARGIN:
            lines.append(line.rstrip())
            line = " " * indent
        line += f"{piece}, "
    return "\n".join([*lines, line.rstrip().removesuffix(",")])


def call(function: str, arguments: Sequence[str], indent: int = 2) -> str:
    """Return a call as a statement."""
    head = f"{' ' * indent}{function}("
    body = wrapped(arguments, min(len(head), indent + 4 if len(head) > _MARGIN // 2 else len(head)))
    return f"{head}{body.lstrip()});"


def c_array(name: str, array: Array, what: str) -> tuple[str, str]:
    """Return the definition of a constant array, and the C++ type of its elements."""
    values = np.ascontiguousarray(array).reshape(-1)
    if values.dtype == np.bool_:
        values = values.view(np.uint8)
    if values.dtype == np.float32 and not np.isfinite(values).all():
        values = values.view(np.uint32)  # there are no literals of these
    kind = c_type(values.dtype.name)
    if values.dtype == np.float32:
        literals = [float_literal(value) for value in values]
    elif values.dtype.itemsize == 8 and values.dtype.kind == "i":
        literals = [str(value) if value > np.iinfo(np.int64).min else f"{value + 1} - 1" for value in values.tolist()]
    else:
        ending = "u" if values.dtype.kind == "u" and values.dtype.itemsize >= 4 else ""
        literals = [f"{value}{ending}" for value in values.tolist()]
    head = f"/// {comment(what)}\nalignas(16) constexpr {kind} {name}[{max(values.size, 1)}] = {{"
    return f"{head}\n{wrapped(literals or ['0'], 4)}}};\n", kind
