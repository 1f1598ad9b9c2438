"""Flash and RAM of exported models on a Cortex-M4F as a Markdown table, from what the compiler makes of them.

    EDGETWIN_SHARED=../shared python benchmarks/export_size.py [--write] [--models gait_int8 ...]

Each model is exported, compiled with -Os and linked with buffers for inputs and outputs, without start code. Flash and
RAM are the linked image's sections; the stack is that of the deepest way through the compiler's call graph. `--write`
replaces the marked section of RESULTS.md.
"""

from __future__ import annotations

import argparse
import functools
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "benchmarks"))

from speed.tables import table, write_section  # noqa: E402

import edgetwin as et  # noqa: E402
from edgetwin.device.flash import compiled_sections  # noqa: E402

MODELS = (
    "gait_int8", "kws_int8", "resnet8_int8", "ad01_int8", "micro_speech_int8", "hello_int8", "kwscr8", "dtln",
    "audio_pre_int8", "person",
)  # fmt: skip
BEGIN = "<!-- export: written by benchmarks/export_size.py -->"
END = "<!-- end of what benchmarks/export_size.py writes -->"
COMPILER = (
    "arm-none-eabi-g++", "-mthumb", "-mcpu=cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16", "-fcallgraph-info=su",
)  # fmt: skip
_NODE = re.compile(r'node: \{ title: "([^"]+)" label: "[^"]*?(\d+) bytes')
_EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')


def stack_bytes(graph: str) -> int:
    """Bytes of the deepest way through a call graph of the compiler (-fcallgraph-info=su)."""
    frames = {name: int(size) for name, size in _NODE.findall(graph)}
    calls: dict[str, list[str]] = {}
    for caller, callee in _EDGE.findall(graph):
        calls.setdefault(caller, []).append(callee)

    @functools.cache
    def depth(name: str) -> int:
        return frames.get(name, 0) + max(map(depth, calls.get(name, [])), default=0)

    return max(map(depth, frames), default=0)


def measured(model: et.Model, name: str, folder: Path, kernels: str) -> dict[str, int | str]:
    """Bytes by what they hold."""
    export = model.export(folder / name, name=name, kernels=kernels)
    specs = [*zip(model.inputs, model.graph.inputs, strict=True), *zip(model.outputs, model.graph.outputs, strict=True)]
    tensors = [model.graph.tensors[index] for _, index in specs]
    sizes = {f".{section}": size for section, size in compiled_sections(COMPILER, export, name, tensors).items()}
    profile = model.profile()
    data = sizes.get(".data", 0)
    flash = sum(sizes.get(section, 0) for section in (".text", ".rodata", ".ARM.exidx", ".init_array")) + data
    symbols = ["arm-none-eabi-nm", "-u", f"{name}.o"]
    said = subprocess.run(symbols, check=True, capture_output=True, text=True, cwd=folder).stdout
    needed = {line.split()[-1] for line in said.splitlines()}
    stack = stack_bytes((folder / f"{name}.ci").read_text(encoding="utf-8"))
    return {
        "flash": flash,
        "code": sizes[".text"],
        "tflm": profile.arena_bytes,
        "arena": (profile.export_arena_bytes or 0) - (profile.export_scratch_bytes or 0),
        "buffers": sum(tensor.nbytes for tensor in tensors),
        "state": profile.state_bytes,
        "stack": stack,
        "ram": sizes.get(".bss", 0) + data + stack,
        "calls": ", ".join(sorted(symbol for symbol in needed if not symbol.startswith("__aeabi"))) or "none",
    }


def section(names: list[str], shared: Path) -> str:
    """The marked section's text."""
    header = (
        "model",
        "kernels",
        "flash",
        "of it code",
        "arena",
        "TFLite Micro's arena",
        "inputs, outputs",
        "state",
        "stack",
        "RAM in all",
        "of libc",
    )
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for name, kernels in ((name, kernels) for name in names for kernels in ("fast", "small")):
            m = measured(et.load(shared / "models" / f"{name}.tflite"), name, Path(folder), kernels)
            keys = ("flash", "code", "arena", "tflm", "buffers", "state", "stack", "ram")
            rows.append([name, kernels, *(f"{m[key]:,}" for key in keys), str(m["calls"])])
    said = subprocess.run(["arm-none-eabi-g++", "--version"], check=True, capture_output=True, text=True).stdout
    compiler = said.splitlines()[0]
    return (
        "### Flash and RAM of exported models, Cortex-M4F\n\n"
        f"`python benchmarks/export_size.py --write`; bytes, `-Os`, {compiler}, no start code. TFLite\n"
        "Micro's arena holds inputs and outputs, too, and comes without its interpreter's bookkeeping.\n\n"
        + table(header, rows)
    )


def main() -> None:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="replace the marked section of RESULTS.md")
    parser.add_argument("--models", nargs="+", default=list(MODELS), choices=MODELS, metavar="NAME")
    arguments = parser.parse_args()
    shared = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    text = section(arguments.models, shared)
    print(text)
    if arguments.write:
        write_section(ROOT / "benchmarks" / "RESULTS.md", text, BEGIN, END)


if __name__ == "__main__":
    main()
