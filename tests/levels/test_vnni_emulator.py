"""The emulator of VPDPBUSD that test_levels.py relies on, against the instruction's definition in numpy.

The assembler encodes the forms: random registers of all 32, every kind of address, both encodings and all lengths. On a
CPU with VNNI the same test compares the CPU itself with the definition.
"""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass

import numpy as np
import pytest
from oracles.host_job import INSTALL, ROOT, find_tool

import edgetwin as et

FORMS = 1500
GENERAL = ["rax", "rcx", "rdx", "rbx", "rbp", "rsi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"]
LETTERS = {16: "x", 32: "y", 64: "z"}
#: Of operands in memory, the same for all forms.
MEMORY_BYTES = 256
HAS_AVX512 = "avx512" in et.archs()
#: Their number and bytes.
REGISTERS = (32, 64) if HAS_AVX512 else (16, 32)


@dataclass
class Form:
    """An instruction: what it does and how it is written."""

    wide: bool  # EVEX
    nbytes: int
    sum: int
    codes: int
    weights: int | None  # None: in memory
    at: int  # its offset there
    broadcast: bool
    cleared: bool  # the registers' upper parts are in their initial state, which XSAVE may leave out
    text: str


def make_form(rng) -> Form:
    wide = HAS_AVX512 and rng.random() < 0.7
    nbytes = int(rng.choice([16, 32, 64] if wide else [16, 32]))
    registers = 32 if wide else 16
    total, codes, weights = (int(i) for i in rng.integers(registers, size=3))
    name = f"%{LETTERS[nbytes]}mm"
    at = int(rng.integers(MEMORY_BYTES - 63))
    in_memory = rng.random() < 0.6
    broadcast = bool(wide and in_memory and rng.random() < 0.3)
    setup, operand = address(rng, at) if in_memory else ("", f"{name}{weights}")
    each = f"{{1to{nbytes // 4}}}" if broadcast else ""
    text = f"{setup}\n  {{{'evex' if wide else 'vex'}}} vpdpbusd {operand}{each}, {name}{codes}, {name}{total}\n"
    cleared = bool(rng.random() < 0.3)
    return Form(wide, nbytes, total, codes, None if in_memory else weights, at, broadcast, cleared, text)


def address(rng, at) -> tuple[str, str]:
    """Instructions before, and an operand that names the byte `at` of the memory."""
    kind = rng.integers(6)
    if kind == 0:
        return "", f"vnni_memory+{at}(%rip)"
    if kind == 1:  # its own signals use the stack below the pointer: the memory is copied above it
        copies = "".join(
            f"  movups vnni_memory+{i}(%rip), %xmm0\n  movups %xmm0, {i}(%rsp)\n" for i in range(0, MEMORY_BYTES, 16)
        )
        return copies + "  movups (%rdi), %xmm0", f"{at}(%rsp)"
    base = str(rng.choice(GENERAL))
    unit = int(rng.choice([1, 4, 16, 32, 64]))
    displacement = int(
        rng.choice([0, unit, -unit, 127 * unit, -128 * unit, 128 * unit, int(rng.integers(-5000, 5000))])
    )
    if kind == 2:
        return f"  lea vnni_memory+{at - displacement}(%rip), %{base}", f"{displacement}(%{base})"
    index = str(rng.choice([name for name in GENERAL if name != base]))
    scale, step = int(rng.choice([1, 2, 4, 8])), int(rng.integers(-100, 100))
    setup = f"  mov ${step}, %{index}\n"
    if kind == 3:  # no base; an address of 32 bits, which a program at a fixed place has
        setup += f"  lea vnni_memory+{at - displacement}(%rip), %{index}"
        return setup, f"{displacement}(,%{index},1)"
    setup += f"  lea vnni_memory+{at - displacement - step * scale}(%rip), %{base}"
    return setup, f"{displacement}(%{base},%{index},{scale})"


def source(forms, memory) -> str:
    """The assembly program: one function a form, and the table of them."""
    count, nbytes = REGISTERS
    letter, move = LETTERS[nbytes], "vmovdqu64" if HAS_AVX512 else "vmovdqu"
    lines = [".text"]
    for number, form in enumerate(forms):
        lines.append(f"form_{number}:")
        lines += [f"  push %{name}" for name in ("rbx", "rbp", "r12", "r13", "r14", "r15")]
        lines.append(f"  sub ${MEMORY_BYTES}, %rsp")
        if form.cleared:
            lines += ["  vzeroall"] + [f"  vpxorq %zmm{i}, %zmm{i}, %zmm{i}" for i in range(16, count)]
            lines += [f"  movups {i * nbytes}(%rdi), %xmm{i}" for i in range(16)]
        else:
            lines += [f"  {move} {i * nbytes}(%rdi), %{letter}mm{i}" for i in range(count)]
        lines.append(form.text)
        lines += [f"  {move} %{letter}mm{i}, {i * nbytes}(%rdi)" for i in range(count)]
        lines += [f"  add ${MEMORY_BYTES}, %rsp", "  vzeroupper"]
        lines += [f"  pop %{name}" for name in ("r15", "r14", "r13", "r12", "rbp", "rbx")]
        lines.append("  ret")
    lines += ['.section .data.rel.ro,"aw"', ".globl vnni_forms, vnni_form_count, vnni_form_bytes", "vnni_forms:"]
    lines += [f"  .quad form_{number}" for number in range(len(forms))]
    lines += [f"vnni_form_count: .quad {len(forms)}", f"vnni_form_bytes: .quad {count * nbytes}"]
    lines += [".data", "vnni_memory:", "  .byte " + ",".join(map(str, memory)), '.section .note.GNU-stack,"",@progbits']
    return "\n".join(lines) + "\n"


def definition(form, before, memory) -> np.ndarray:
    """All registers after the instruction."""
    after = before.copy()
    if form.cleared:
        after[:, 16:] = 0
        after[16:] = 0
    if form.weights is not None:
        weights = after[form.weights, : form.nbytes].copy()
    elif form.broadcast:
        weights = np.tile(memory[form.at : form.at + 4], form.nbytes // 4)
    else:
        weights = memory[form.at : form.at + form.nbytes]
    codes = after[form.codes, : form.nbytes].astype(np.int64)
    products = (codes * weights.view(np.int8)).reshape(-1, 4).sum(1)
    sums = after[form.sum, : form.nbytes].copy().view(np.int32) + products
    after[form.sum] = 0
    after[form.sum, : form.nbytes] = sums.astype(np.int32).view(np.uint8)
    return after


def run_forms(forms, memory, before, folder):
    """Assemble the forms and run them: the finished program, and all registers after each form."""
    compiler = os.environ.get("CXX", "g++")
    if find_tool(compiler) is None:
        pytest.skip(f"{compiler} is not installed: {INSTALL}")
    (folder / "forms.s").write_text(source(forms, memory))
    room = ROOT / "cpp" / "host_runner"
    command = [compiler, "-std=c++17", "-O1", f"-I{room.parent}", room / "vnni_forms_main.cpp"]
    command += [room / "vnni_emulator.cpp", folder / "forms.s", "-o", folder / "forms"]
    subprocess.run(command, check=True)
    before.tofile(folder / "before")
    after = folder / "after"
    done = subprocess.run([folder / "forms", folder / "before", after], capture_output=True, text=True, check=False)
    return done, np.fromfile(after, np.uint8)


def test_every_form_computes_its_definition(tmp_path):
    rng = np.random.default_rng(5)
    forms = [make_form(rng) for _ in range(FORMS)]
    memory = rng.integers(256, size=MEMORY_BYTES, dtype=np.uint8)
    before = rng.integers(256, size=(FORMS, *REGISTERS), dtype=np.uint8)
    before[rng.random(FORMS) < 0.1] = 255  # products at the ends
    done, after = run_forms(forms, memory, before, tmp_path)
    assert done.returncode == 0, done.stderr
    wrong = [
        form.text
        for form, given, came in zip(forms, before, after.reshape(before.shape), strict=True)
        if not np.array_equal(came, definition(form, given, memory))
    ]
    assert wrong == []
    levels = ["avx512_vnni" if form.wide else "avx_vnni" for form in forms]
    assert int(done.stdout) == sum(level not in et.archs() for level in levels)


def refused():
    """Instructions that the emulator ends the program for; those of AVX-512 where they reach it."""
    yield "ud2", "not an instruction of VNNI: 0f 0b"
    if "avx512" in et.archs() and "avx512_vnni" not in et.archs():
        yield "vpdpbusd %zmm1, %zmm2, %zmm3{%k1}", "a masked instruction: 62 f2"
        yield "vpdpbusds %zmm1, %zmm2, %zmm3", "not an instruction of VNNI: 62 f2"
        yield "vpdpwssd %zmm1, %zmm2, %zmm3", "not an instruction of VNNI: 62 f2"


@pytest.mark.parametrize(("instruction", "reason"), list(refused()))
def test_what_is_not_emulated_ends_the_program(instruction, reason, tmp_path):
    form = Form(True, 64, 0, 0, 0, 0, False, False, f"  {instruction}\n")
    done, _ = run_forms([form], [0] * MEMORY_BYTES, np.zeros(REGISTERS, np.uint8), tmp_path)
    assert done.returncode == 4
    assert reason in done.stderr
