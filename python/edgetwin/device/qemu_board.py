"""An exported model as firmware of an emulated board, which answers the check protocol on its serial line."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..errors import DeviceError
from ..model import Model
from .base import REPEATS
from .protocol import CheckDevice, Link
from .qemu import INSTALL, device_source

__all__ = [
    "BOARDS",
    "INSTALL_RISCV",
    "LINES",
    "Board",
    "QemuPort",
    "board_named",
    "build_firmware",
    "open_board",
    "start_board",
]

#: What brings the compiler and the emulator of RISC-V.
INSTALL_RISCV = "apt-get install gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf qemu-system-misc"
#: Nothing is said of contraction to fused multiply-adds: firmware is compiled with the compiler's default, too.
_FLAGS = (
    "-std=c++17", "-O2", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-ffunction-sections",
    "-fdata-sections", "-Wall", "-Wextra", "-nostartfiles", "-Wl,--gc-sections",
)  # fmt: skip
_C_FLAGS = ("-O2", "-ffunction-sections", "-fdata-sections")
#: CMSIS-NN's sources in an export that calls them.
_CMSIS_NN = "cmsis_nn"
#: How an emulated board is spoken to: through the emulator's own standard input and output, or over the board's serial
#: line, of which the emulator carries one byte a time.
LINES = ("semihosting", "uart")
_MAIN = """\
#include "board/{header}"
#include "edgetwin/check.hpp"
#include "model/{name}.hpp"

int main() {{
  edgetwin::runner::{port};
  edgetwin::serve({name}::kChecked, port);
}}
"""
_READ_BYTES = 1 << 16
#: Lines of the compiler's or the emulator's own words in an error.
_SAID_LINES = 6
_COMPILE_S = 300.0
_DYING_S = 5.0
#: Nothing is lost on this line: a request is repeated only against a machine that is busy.
_PATIENCE_S = 5.0


@dataclass(frozen=True)
class Board:
    """An emulated board.

    Attributes
    ----------
    emulator : tuple of str
        Program and options that choose the board.
    compiler : tuple of str
        Program and options that choose the core.
    linker_script, startup : str
        In the runner's folder.
    uart : tuple of str, str and int
        The port's header and class there, and the address of its registers.
    install : str
        What brings both programs.
    """

    emulator: tuple[str, ...]
    compiler: tuple[str, ...]
    linker_script: str
    startup: str
    uart: tuple[str, str, int]
    install: str


def _arm(machine: str, script: str, uart: int, *flags: str) -> Board:
    emulator = ("qemu-system-arm", "-M", machine)
    compiler = ("arm-none-eabi-g++", "-mthumb", *flags)
    return Board(emulator, compiler, script, "startup.cpp", ("cmsdk_uart.hpp", "CmsdkUart", uart), INSTALL)


#: Boards by the name of their core.
BOARDS: Mapping[str, Board] = {
    "cortex-m3": _arm("mps2-an385", "mps2.ld", 0x40004000, "-mcpu=cortex-m3"),
    "cortex-m4": _arm(
        "mps2-an386", "mps2.ld", 0x40004000, "-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"
    ),
    "cortex-m7": _arm(
        "mps2-an500", "mps2.ld", 0x40004000, "-mcpu=cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"
    ),
    "cortex-m33": _arm(
        "mps2-an505", "mps2_an505.ld", 0x50200000, "-mcpu=cortex-m33", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"
    ),
    "cortex-m55": _arm("mps3-an547", "mps3_an547.ld", 0x59303000, "-mcpu=cortex-m55", "-mfloat-abi=hard"),
    # The core of an ESP32-C3. Its compiler comes without a C++ library.
    "riscv32": Board(
        ("qemu-system-riscv32", "-M", "virt", "-bios", "none"),
        ("riscv64-unknown-elf-gcc", "--specs=picolibc.specs", "-march=rv32imc", "-mabi=ilp32",
         "-isystem", "runner/freestanding"),
        "riscv_virt.ld",
        "startup_riscv.cpp",
        ("ns16550_uart.hpp", "Ns16550Uart", 0x10000000),
        INSTALL_RISCV,
    ),
}  # fmt: skip


def board_named(core: str) -> Board:
    """Return a board.

    Parameters
    ----------
    core : str
        A key of `BOARDS`.

    Raises
    ------
    DeviceError : there is none
    """
    if core not in BOARDS:
        raise DeviceError(f"qemu:{core}: no such board, accepted are {', '.join(BOARDS)}")
    return BOARDS[core]


def _tool(name: str, install: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise DeviceError(f"{name} is not installed: {install}")
    return path


def build_firmware(
    core: str, export: str | Path, program: str | Path, name: str = "model", line: str = LINES[0]
) -> Path:
    """Compile an exported model for a board.

    Parameters
    ----------
    core : str
        A key of `BOARDS`.
    export : path
        Holds ``model/NAME.hpp``, which declares ``NAME::kChecked``, and sources beside it; headers of the device core
        that it lacks come from this installation.
    program : path
        Where the program goes.
    name : str
    line : str
        One of `LINES`.

    Returns
    -------
    Path
        `program`.

    Raises
    ------
    DeviceError : no such board, no compiler, a compilation that fails, or a model that the board has no room for
    """
    board = board_named(core)
    source, export, program = device_source(), Path(export).resolve(), Path(program).resolve()
    runner = source / "runner"
    main = program.with_suffix(".main.cpp")
    header, kind, base = board.uart
    port = f"{kind} port(0x{base:08x}u)"
    if line == "semihosting":
        header, port = "semihosting_port.hpp", "SemihostingPort port"
    main.write_text(_MAIN.format(header=header, port=port, name=name), encoding="utf-8")
    compiler, *flags = board.compiler
    objects = _compiled_c(core, board, export, program)
    flags = [str(source / flag) if flag.startswith("runner/") else flag for flag in flags]
    command = [_tool(compiler, board.install), *flags, *_FLAGS, f"-I{export}", f"-I{source / 'include'}", f"-I{runner}"]
    command += [f"-L{runner}", "-T", str(runner / board.linker_script), str(runner / board.startup), str(main)]
    command += [f"-I{export / _CMSIS_NN / 'Include'}"] if objects else []
    command += [str(path) for path in sorted((export / "model").glob("*.cpp"))]
    done = _compile(core, [*command, *objects, "-o", str(program)], program.parent)
    if done.returncode != 0:
        over = re.findall(r"region `?(\w+)'? overflowed by (\d+) bytes", done.stderr)
        if over:
            said = " and ".join(f"{region} by {int(count):,} bytes" for region, count in over)
            raise DeviceError(f"qemu:{core}: the model does not fit the board's memory: it exceeds {said}")
        raise DeviceError(f"qemu:{core}: the firmware does not compile: {_tail(done.stderr)}")
    return program


def _compile(core: str, command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - a list of our own making, no shell
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=_COMPILE_S, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise DeviceError(f"qemu:{core}: the compiler did not end in {_COMPILE_S:g} s") from None


def _compiled_c(core: str, board: Board, export: Path, program: Path) -> list[str]:
    """Compile the C sources of an export, which are CMSIS-NN's, and return the objects."""
    sources = sorted((export / _CMSIS_NN / "Source").rglob("*.c"))
    if not sources:
        return []
    compiler, *flags = board.compiler
    folder = program.with_suffix(".c")
    folder.mkdir(exist_ok=True)
    command = [_tool(compiler.replace("g++", "gcc"), board.install), *flags, *_C_FLAGS]
    done = _compile(core, [*command, f"-I{export / _CMSIS_NN / 'Include'}", "-c", *map(str, sources)], folder)
    if done.returncode != 0:
        raise DeviceError(f"qemu:{core}: CMSIS-NN does not compile: {_tail(done.stderr)}")
    return [str(folder / f"{source.stem}.o") for source in sources]


def _tail(text: str) -> str:
    return " | ".join(line.strip() for line in text.strip().splitlines()[-_SAID_LINES:])


class QemuPort:
    """The serial line of an emulated board, which is started; see `protocol.Port`.

    Parameters
    ----------
    core : str
        A key of `BOARDS`.
    program : path
    line : str
        As the program was built.

    Raises
    ------
    DeviceError : no such board, or no emulator
    """

    byte_s = 0.0

    def __init__(self, core: str, program: str | Path, line: str = LINES[0]) -> None:
        board = board_named(core)
        self.name = f"qemu:{core}"
        emulator, *options = board.emulator
        command = [_tool(emulator, board.install), *options, "-semihosting-config", "enable=on,target=native"]
        command += ["-display", "none", "-monitor", "none", "-serial", "stdio" if line == "uart" else "none"]
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the port
        self._process = subprocess.Popen(  # noqa: S603 - a list of our own making, no shell
            [*command, "-kernel", str(program)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self._log, bufsize=0,
        )  # fmt: skip
        # A pipe cannot be waited for with a limit of time everywhere: a thread waits, and passes on what comes.
        self._arrived: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._pass_on, name=self.name, daemon=True)
        self._reader.start()

    def _pass_on(self) -> None:
        end = self._process.stdout
        data = b"at first"
        while data and end is not None:
            try:
                data = os.read(end.fileno(), _READ_BYTES)
            except OSError:  # some systems' way to say that the emulator has ended
                data = b""
            self._arrived.put(data)

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived; see `protocol.Port.read`."""
        if self._log.closed:
            raise DeviceError(f"{self.name} is closed")
        try:
            data = self._arrived.get(timeout=max(timeout_s, 0.0))
        except queue.Empty:
            return b""
        if not data:
            self._arrived.put(data)  # for whoever reads again
            raise DeviceError(self._ended())
        return data

    def write(self, data: bytes) -> None:
        """Send bytes; see `protocol.Port.write`."""
        end = self._process.stdin
        if end is None or end.closed:
            raise DeviceError(f"{self.name} is closed")
        try:
            end.write(data)
        except OSError:
            raise DeviceError(self._ended()) from None

    def _ended(self) -> str:
        code = self._process.wait(_DYING_S)
        self._log.seek(0)
        said = _tail(self._log.read().decode("utf-8", "replace"))
        return f"{self.name}: the emulated board ended with code {code}: {said or 'it said nothing'}"

    def close(self) -> None:
        """End the emulator."""
        if self._log.closed:
            return
        self._process.kill()
        self._process.wait()
        self._reader.join()
        for end in (self._process.stdin, self._process.stdout, self._log):
            if end is not None:
                end.close()


def start_board(
    core: str,
    program: str | Path,
    model: Model | None = None,
    timeout_s: float = 120.0,
    repeats: int = REPEATS,
    line: str = LINES[0],
) -> CheckDevice:
    """Start a board with firmware that answers the check protocol.

    Parameters
    ----------
    core : str
        A key of `BOARDS`.
    program : path
        From `build_firmware`.
    model : Model, optional
        What the firmware is meant to run.
    timeout_s : float
        Within it a run must begin to answer.
    repeats : int
    line : str
        As the program was built.

    Returns
    -------
    CheckDevice

    Raises
    ------
    DeviceError : as `QemuPort` and `CheckDevice`
    """
    port = QemuPort(core, program, line)
    try:
        return CheckDevice(port.name, Link(port, timeout_s, _PATIENCE_S), model, repeats)
    except BaseException:
        port.close()
        raise


def open_board(
    core: str, model: Model, timeout_s: float = 120.0, repeats: int = REPEATS, cmsis_nn: str | Path | None = None
) -> CheckDevice:
    """Export a model, build it for a board, and start that.

    Parameters
    ----------
    core : str
        A key of `BOARDS`.
    model : Model
    timeout_s : float
        Within it a run must begin to answer.
    repeats : int
    cmsis_nn : path, optional
        A checkout of CMSIS-NN, whose kernels are called where it has them.

    Returns
    -------
    CheckDevice

    Raises
    ------
    DeviceError : as `build_firmware`, `QemuPort` and `CheckDevice`
    UnsupportedError : the device core lacks an operator
    DataError : no checkout of CMSIS-NN
    """
    board = board_named(core)
    for tool in (board.emulator[0], board.compiler[0]):
        _tool(tool, board.install)
    with tempfile.TemporaryDirectory(prefix="edgetwin-") as folder:
        kernels = "fast" if cmsis_nn is None else "cmsis-nn"
        export = model.export(Path(folder) / "export", name="model", kernels=kernels, cmsis_nn=cmsis_nn)
        program = build_firmware(core, export, Path(folder) / "firmware.elf")
        return start_board(core, program, model, timeout_s, repeats)
