"""A checkout of CMSIS-NN: which of its files a firmware needs, found by the names that they define and use."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from ...errors import DataError

__all__ = ["FOLDER", "TRIED", "cmsis_nn_files"]

#: Where an export keeps them.
FOLDER = "cmsis_nn"
#: The version with which every byte was compared.
TRIED = "commit 99f736a6 of 2026 (after v7.0.0)"
_LICENSE = "LICENSE"
_HEADERS = Path("Include")
_SOURCES = Path("Source")
_INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
#: A definition begins in the first column; calls and static helpers do not count.
_DEFINED = re.compile(r"^(?!static\b)(?:[A-Za-z_]\w*[ *]+)+(arm_\w+)\s*\([^;{]*\)\s*\{", re.MULTILINE)
_NAMED = re.compile(r"\barm_\w+(?=\s*\()")
#: Kernels of real numbers, which are not called.
_REAL = ("_f16.c", "_f32.c", "_flt.c")


def cmsis_nn_files(checkout: str | os.PathLike[str], functions: Iterable[str]) -> dict[str, bytes]:
    """Return the files that define functions, what those call and include, and the license.

    Parameters
    ----------
    checkout : path
    functions : iterable of str

    Returns
    -------
    dict of str to bytes
        Content by path in an export.

    Raises
    ------
    DataError : there is no checkout of CMSIS-NN, or it lacks a function or an included file
    """
    root = Path(checkout)
    if not (root / _HEADERS / "arm_nnfunctions.h").is_file() or not (root / _SOURCES).is_dir():
        raise DataError(
            f"cmsis_nn={os.fspath(checkout)!r} is no checkout of CMSIS-NN: it has no Include/arm_nnfunctions.h "
            f"beside a folder Source; tried is {TRIED}"
        )
    paths = sorted(path for path in (root / _SOURCES).rglob("*.c") if not path.name.endswith(_REAL))
    texts = {path: path.read_text(encoding="utf-8", errors="replace") for path in paths}
    owner = {name: path for path, text in texts.items() for name in _DEFINED.findall(text)}
    wanted = sorted(functions)
    lacking = [name for name in wanted if name not in owner]
    if lacking:
        raise DataError(f"cmsis_nn={os.fspath(checkout)!r} has no {', '.join(lacking)}; tried is {TRIED}")
    found: set[Path] = set()
    while wanted:
        path = owner.get(wanted.pop())
        if path is not None and path not in found:
            found.add(path)
            wanted += _NAMED.findall(texts[path])
    files = found | _included(root, found | {root / _HEADERS / "arm_nnfunctions.h"})
    if (root / _LICENSE).is_file():
        files.add(root / _LICENSE)
    return {f"{FOLDER}/{path.relative_to(root).as_posix()}": path.read_bytes() for path in sorted(files)}


def _included(root: Path, files: Iterable[Path]) -> set[Path]:
    """Return headers that files include in quotes, themselves if they are headers, and so on."""
    found = {path for path in files if path.suffix == ".h"}
    waiting = list(files)
    while waiting:
        path = waiting.pop()
        for name in _INCLUDE.findall(path.read_text(encoding="utf-8", errors="replace")):
            header = next((place / name for place in (path.parent, root / _HEADERS) if (place / name).is_file()), None)
            # What is not there is another compiler's.
            if header is not None and header not in found:
                found.add(header)
                waiting.append(header)
    return found
