"""The device core on an emulated Cortex-M: build the runner, pack kernel calls into a job, run it in QEMU."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from .. import _core
from ..errors import DeviceError, ShapeError, UnsupportedError
from ..types import Array

__all__ = ["CORES", "INSTALL", "Core", "Job", "Region", "build_runner", "device_source", "run_job"]

#: What brings the compiler and the emulator.
INSTALL = "apt-get install qemu-system-arm gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib"
COMPILER = "arm-none-eabi-g++"
EMULATOR = "qemu-system-arm"

# Nothing is said of contraction to fused multiply-adds: firmware is compiled with the compiler's default, too.
_FLAGS = (
    "-std=c++17", "-O2", "-mthumb", "-fno-exceptions", "-fno-rtti", "-fno-threadsafe-statics", "-ffunction-sections",
    "-Wall", "-Wextra", "-Werror", "-nostartfiles", "-Wl,--gc-sections",
)  # fmt: skip
_MAGIC = 0x424A5445
_HEADER_WORDS = 9
#: Bytes: regions suit any element and 128-bit vectors.
_ALIGNMENT = 16
_ABSENT = -1


@dataclass(frozen=True)
class Core:
    """An emulated core.

    Attributes
    ----------
    board : str
        QEMU's machine.
    flags : tuple of str
        Compiler options that choose the core.
    linker_script : str
    clock_hz : int
        Of the emulated SysTick.
    """

    board: str
    flags: tuple[str, ...]
    linker_script: str
    clock_hz: int


#: Cores by name.
CORES: Mapping[str, Core] = {
    "cortex-m3": Core("mps2-an385", ("-mcpu=cortex-m3",), "mps2.ld", 25_000_000),
    "cortex-m4": Core(
        "mps2-an386", ("-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"), "mps2.ld", 25_000_000
    ),
    "cortex-m55": Core("mps3-an547", ("-mcpu=cortex-m55", "-mfloat-abi=hard"), "mps3_an547.ld", 32_000_000),
}


def device_source() -> Path:
    """Return the folder that holds ``include``, ``calls`` and ``runner``.

    Raises
    ------
    DeviceError : neither the installed package nor a checkout has it
    """
    package = Path(__file__).resolve().parent.parent
    for candidate in (package / "device_source", package.parent.parent / "cpp"):
        if (candidate / "runner" / "main.cpp").is_file():
            return candidate
    raise DeviceError(f"the device core's sources are not beside {package}; reinstall edgetwin")


def _core_named(name: str) -> Core:
    if name not in CORES:
        raise DeviceError(f"core {name!r}, accepted are {', '.join(CORES)}")
    return CORES[name]


def _tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise DeviceError(f"{name} is not installed: {INSTALL}")
    return path


def build_runner(core: str, folder: str | Path, source: str | Path | None = None) -> Path:
    """Compile the runner for a core.

    Parameters
    ----------
    core : str
        A key of `CORES`.
    folder : path
        Where the program goes.
    source : path, optional
        Folder that holds ``include``, ``calls`` and ``runner``; by default `device_source`.

    Returns
    -------
    Path

    Raises
    ------
    DeviceError : unknown core, no compiler, or a compilation that fails
    """
    chosen = _core_named(core)
    source = device_source() if source is None else Path(source).resolve()
    runner = source / "runner"
    program = Path(folder) / f"runner-{core}.elf"
    command = [_tool(COMPILER), *_FLAGS, *chosen.flags, f"-I{source / 'include'}", f"-L{runner}"]
    command += ["-T", str(runner / chosen.linker_script), str(runner / "startup.cpp"), str(runner / "main.cpp")]
    done = subprocess.run(  # noqa: S603  a list of our own making, no shell
        [*command, "-o", str(program)], capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode != 0:
        raise DeviceError(f"the runner for {core} does not compile:\n{done.stderr}")
    return program


@dataclass(frozen=True)
class Region:
    """Bytes of the job's memory image."""

    offset: int
    nbytes: int


@dataclass
class Job:
    """Kernel calls on arrays of one memory image; `call` adds one, `run_job` runs them all in one boot.

    Attributes
    ----------
    folded : bool
        Whether kernels that have a form with the input's zero point folded into the bias run by it.
    """

    folded: bool = False
    _data: list[bytes] = field(default_factory=list)
    _records: list[list[tuple[str, int]]] = field(default_factory=list)
    _stored: int = 0
    _space: int = 0
    _ticks: Region | None = None

    def store(self, array: Array) -> Region:
        """Put an array's bytes into the image.

        Parameters
        ----------
        array : ndarray

        Returns
        -------
        Region
        """
        raw = np.ascontiguousarray(array).tobytes()
        region = Region(self._stored, len(raw))
        padded = raw + bytes(-len(raw) % _ALIGNMENT)
        self._data.append(padded)
        self._stored += len(padded)
        return region

    def space(self, nbytes: int) -> Region:
        """Reserve zeroed bytes for an activation or scratch.

        Parameters
        ----------
        nbytes : int

        Returns
        -------
        Region
            Behind all stored arrays, whose bytes are not known yet: `pack` tells its place by its negative offset.
        """
        region = Region(-(2 + self._space), nbytes)
        self._space += nbytes + -nbytes % _ALIGNMENT
        return region

    def call(
        self,
        kernel: str,
        params: Mapping[str, int | float],
        inputs: Sequence[Region],
        constants: Sequence[Region | None],
        state: Sequence[Region],
        outputs: Sequence[Region],
    ) -> None:
        """Add a call.

        Parameters
        ----------
        kernel : str
            One of ``_core.device_kernels()``.
        params : mapping of str to int or float
            Every field of the kernel's parameters.
        inputs, constants, state, outputs : sequence of Region
            In the kernel's slot order; None for an absent constant.

        Raises
        ------
        ShapeError, QuantizationError : unknown kernel, parameters that it refuses, or arrays of another number or size
        UnsupportedError : a kernel that only the host has
        """
        layout = _core.kernel_layout(kernel, dict(params))
        given = {"inputs": inputs, "constants": constants, "state": state, "outputs": outputs}
        for kind, names in _core.kernel_slots()[kernel].items():
            if len(given[kind]) != len(names):
                raise ShapeError(f"{kernel}: {len(given[kind])} {kind}, accepted are {len(names)}: {names}")
            for name, region, nbytes in zip(names, given[kind], layout[kind], strict=False):
                if region is not None and region.nbytes != nbytes:
                    raise ShapeError(f"{kernel}: {name!r} has {region.nbytes} bytes, accepted are {nbytes}")
        kernels = _core.device_kernels()
        if kernel not in kernels:
            raise UnsupportedError(f"kernel {kernel!r} runs on the host only, accepted are those of the device core")
        fields = _core.kernel_fields()[kernel]
        record: list[tuple[str, int]] = [("word", kernels.index(kernel)), ("word", len(fields))]
        for name, kind in fields:
            value = params[name]
            word = struct.unpack("<i", struct.pack("<f", value))[0] if kind == "float" else int(value)
            record.append(("word", word))
        for regions in given.values():
            record.append(("word", len(regions)))
            record += [("word", _ABSENT) if r is None else ("region", r.offset) for r in regions]
        scratch = layout["scratch"]
        record.append(("region", self.space(scratch).offset) if scratch else ("word", _ABSENT))
        self._records.append(record)

    def measure(self) -> Region:
        """Have the durations of the calls so far taken.

        Returns
        -------
        Region
            int32 for each call: ticks of the core's clock, modulo 2^24. QEMU's clock counts executed instructions
            in such a job: 10^9 a second.
        """
        self._ticks = self.space(4 * len(self._records))
        return self._ticks

    @property
    def is_measured(self) -> bool:
        """Whether durations are taken."""
        return self._ticks is not None

    def pack(self, wanted: Sequence[Region]) -> tuple[bytes, list[slice]]:
        """Lay out the job's memory image.

        Parameters
        ----------
        wanted : sequence of Region
            What the output file is to hold.

        Returns
        -------
        image : bytes
        slices : list of slice
            Where each of `wanted` lies in the output file.
        """
        record_words = sum(len(record) for record in self._records)
        data_at = 4 * (_HEADER_WORDS + record_words)
        data_at += -data_at % _ALIGNMENT
        space_at = data_at + self._stored

        def place(offset: int) -> int:
            return data_at + offset if offset >= 0 else space_at + (-offset - 2)

        words = [value if kind == "word" else place(value) for record in self._records for kind, value in record]
        first = min((place(region.offset) for region in wanted), default=0)
        end = max((place(region.offset) + region.nbytes for region in wanted), default=0)
        header = [_MAGIC, record_words, len(self._records), space_at, space_at + self._space, first, end]
        header += [int(self.folded), _ABSENT if self._ticks is None else place(self._ticks.offset)]
        head = struct.pack(f"<{len(header) + len(words)}i", *header, *words)
        image = head + bytes(data_at - len(head)) + b"".join(self._data)
        begins = [place(region.offset) - first for region in wanted]
        return image, [slice(b, b + region.nbytes) for b, region in zip(begins, wanted, strict=True)]


def run_job(core: str, program: str | Path, job: Job, wanted: Sequence[Region], timeout_s: float = 120) -> list[bytes]:
    """Run a job in QEMU and return the bytes of the wanted regions.

    Parameters
    ----------
    core : str
        A key of `CORES`.
    program : path
        From `build_runner` for this core.
    job : Job
    wanted : sequence of Region
    timeout_s : float
        The emulator is killed after this time.

    Returns
    -------
    list of bytes

    Raises
    ------
    DeviceError : unknown core, no emulator, a time-out, a call that the runner refuses (naming it), or no results
    """
    image, slices = job.pack(wanted)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "job.bin").write_bytes(image)
        command = [_tool(EMULATOR), "-M", _core_named(core).board, "-nographic", "-monitor", "none", "-serial", "none"]
        command += ["-semihosting-config", "enable=on,target=native", "-kernel", str(Path(program).resolve())]
        if job.is_measured:
            command += ["-icount", "shift=0"]
        try:
            done = subprocess.run(  # noqa: S603
                command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=timeout_s, check=False,
                stdin=subprocess.DEVNULL,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise DeviceError(f"{core}: the emulated board did not finish in {timeout_s:g} s") from None
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()
            raise DeviceError(f"{core}: the emulated board ended with code {done.returncode}: {said}")
        try:
            result = (Path(folder) / "out.bin").read_bytes()
        except OSError as error:
            raise DeviceError(f"{core}: {program} ended without results; is it from build_runner?") from error
    return [result[part] for part in slices]
