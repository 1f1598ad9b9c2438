"""Flash of an exported model by section, from what a bare-metal compiler makes of it."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DeviceError
from ..graph.graph import Tensor
from ..profile import FlashSections
from .export.text import c_type
from .qemu import device_source
from .qemu_board import BOARDS

if TYPE_CHECKING:
    from ..model import Model

__all__ = ["FLAGS", "compiled_sections", "measured_flash"]

#: As firmware is built that has to be small; the model alone is linked, without start code.
FLAGS = (
    "-std=c++17", "-Os", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-ffunction-sections",
    "-fdata-sections",
)  # fmt: skip
#: Boards of targets by other names.
_BOARDS = {"riscv32imc": "riscv32"}
_TIMEOUT_S = 300
_MAIN = """\
#include "model/{name}.hpp"
{buffers}
extern "C" void entry() {{ {name}::run({arguments}); }}
"""
#: Which part of flash a section belongs to; small data are RISC-V's.
_PARTS = {"code": ("text", "ARM.exidx", "init_array"), "constants": ("rodata", "srodata"), "data": ("data", "sdata")}
_SECTION = re.compile(r"^\.(\S+)\s+(\d+)\s", re.MULTILINE)


def measured_flash(model: Model, core: str) -> FlashSections | None:
    """Export a model, compile it for a core and return what it takes of flash.

    Parameters
    ----------
    model : Model
    core : str
        A key of `targets.CORES`.

    Returns
    -------
    FlashSections or None
        None where there is no compiler for the core.

    Raises
    ------
    DeviceError : the compiler fails
    UnsupportedError : as `Model.export`
    """
    board = BOARDS.get(_BOARDS.get(core, core))
    if board is None or shutil.which(board.compiler[0]) is None:
        return None
    tensors = [model.graph.tensors[index] for index in (*model.graph.inputs, *model.graph.outputs)]
    freestanding = str(device_source() / "runner" / "freestanding")
    compiler = [freestanding if part == "runner/freestanding" else part for part in board.compiler]
    with tempfile.TemporaryDirectory() as folder:
        export = model.export(Path(folder) / "net", name="net")
        sections = compiled_sections(compiler, export, "net", tensors)
    parts = {part: sum(sections.get(name, 0) for name in names) for part, names in _PARTS.items()}
    said = _run([board.compiler[0], "--version"], Path.cwd()).splitlines()[0]
    return FlashSections(**parts, measured=True, note=f"compiled for {core} with {said}, -Os, without start code")


def compiled_sections(compiler: Sequence[str], export: Path, name: str, tensors: Sequence[Tensor]) -> Mapping[str, int]:
    """Return the bytes of the sections of a linked export, its inputs and outputs beside it.

    Parameters
    ----------
    compiler : sequence of str
        Program and options that choose the core.
    export : Path
        Of target "cpp"; objects and program lie beside it.
    name : str
        Of the export.
    tensors : sequence of Tensor
        Inputs, then outputs.
    """
    place = export.parent
    buffers = "\n".join(f"{c_type(t.dtype)} buffer_{i}[{max(t.size, 1)}];" for i, t in enumerate(tensors))
    arguments = ", ".join(f"buffer_{i}" for i in range(len(tensors)))
    (place / f"{name}_main.cpp").write_text(
        _MAIN.format(name=name, buffers=buffers, arguments=arguments), encoding="utf-8"
    )
    command = [*compiler, *FLAGS, f"-I{export}"]
    for source, made in ((export / "model" / f"{name}.cpp", name), (place / f"{name}_main.cpp", f"{name}_main")):
        _run([*command, "-c", str(source), "-o", f"{made}.o"], place)
    libraries = [_run([*compiler, f"-print-file-name={library}"], place).strip() for library in ("libc.a", "libgcc.a")]
    # By the linker itself: a compiler's own script may hold a board's memory. Picolibc is found by such a script only,
    # and then what is called of it, memcpy and memset, is left out.
    options = ["--gc-sections", "-e", "entry", "--unresolved-symbols=ignore-all"]
    options += ["-m", "elf32lriscv"] if compiler[0].startswith("riscv") else []
    objects = [f"{name}.o", f"{name}_main.o", *(library for library in libraries if Path(library).is_absolute())]
    _run([_tool(compiler, "ld"), *options, *objects, "-o", f"{name}.elf"], place)
    listing = _run([_tool(compiler, "size"), "-A", f"{name}.elf"], place)
    return {section: int(count) for section, count in _SECTION.findall(listing)}


def _tool(compiler: Sequence[str], name: str) -> str:
    return re.sub(r"(g\+\+|gcc)$", name, compiler[0])


def _run(command: Sequence[str], place: Path) -> str:
    try:
        done = subprocess.run(  # noqa: S603  a list of our own making, no shell
            command, cwd=place, capture_output=True, text=True, errors="replace", check=False, timeout=_TIMEOUT_S,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise DeviceError(f"{command[0]}: {error}") from None
    if done.returncode != 0:
        raise DeviceError(f"{command[0]} fails on the export:\n{done.stderr.strip()[-2000:]}")
    return done.stdout
