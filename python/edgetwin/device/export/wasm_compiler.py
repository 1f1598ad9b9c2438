"""C++ to WebAssembly: clang of the ziglang wheel, or Emscripten where that is on the path."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...errors import DeviceError, MissingExtraError

__all__ = ["INSTALL", "compile_wasm"]

INSTALL = 'pip install "edgetwin[wasm]"'
_TIMEOUT_S = 300
#: The core is freestanding, so that only headers of a C++ library are needed: nothing of it is built or linked.
_FLAGS = (
    "-std=c++17", "-O3", "-g0", "-msimd128", "-mbulk-memory", "-ffp-contract=off", "-fno-exceptions", "-fno-rtti",
    "-fno-threadsafe-statics", "-Wall", "-Wextra",
)  # fmt: skip
_LINK = ("--no-entry", "--strip-all", "--stack-first", "-z", "stack-size=65536")


def compile_wasm(files: Mapping[str, bytes], unit: str) -> bytes:
    """Compile one unit to a module without an entry.

    Parameters
    ----------
    files : mapping of str to bytes
        Sources by path.
    unit : str
        Of them the one to compile.

    Returns
    -------
    bytes

    Raises
    ------
    MissingExtraError : there is no compiler
    DeviceError : it fails
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name, content in files.items():
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(content)
        for command in _commands(unit):
            _run(command, place)
        return (place / "module.wasm").read_bytes()


def _commands(unit: str) -> list[list[str]]:
    if importlib.util.find_spec("ziglang") is not None:
        zig = [sys.executable, "-m", "ziglang"]
        return [
            [*zig, "c++", "-target", "wasm32-wasi", *_FLAGS, "-I.", "-c", unit, "-o", "module.o"],
            [*zig, "wasm-ld", *_LINK, "module.o", "-o", "module.wasm"],
        ]
    emscripten = shutil.which("em++")
    if emscripten is not None:
        options = ("-sSTANDALONE_WASM=1", "-sERROR_ON_UNDEFINED_SYMBOLS=0", "--no-entry")
        return [[emscripten, *_FLAGS, "-I.", unit, *options, "-o", "module.wasm"]]
    raise MissingExtraError(f"no compiler for WebAssembly (the ziglang wheel, or em++ of Emscripten): {INSTALL}")


def _run(command: Sequence[str], place: Path) -> None:
    # The compiler's own cache goes with the folder: nothing is left in the user's.
    environment = os.environ | {
        "ZIG_GLOBAL_CACHE_DIR": str(place / "cache"),
        "ZIG_LOCAL_CACHE_DIR": str(place / "cache"),
    }
    try:
        done = subprocess.run(  # noqa: S603  a list of our own making, no shell
            command, cwd=place, env=environment, capture_output=True, text=True, errors="replace", check=False,
            timeout=_TIMEOUT_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise DeviceError(f"the compiler for WebAssembly did not finish in {_TIMEOUT_S} s") from None
    if done.returncode != 0:
        raise DeviceError(f"the compiler for WebAssembly fails:\n{done.stderr.strip()}")
