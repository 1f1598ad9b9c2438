"""Machine code of the levels, as objdump and nm show it in the objects that the host runner is linked from.

A level's instructions stay in its one file, and the sums of a tile stay in registers.
"""

from __future__ import annotations

import functools
import re
import subprocess

import pytest
from oracles.host_job import INSTALL, find_tool

#: Instructions beyond x86-64's baseline that do not begin with the "v" of AVX, AVX2, AVX-512 and FMA. Not tzcnt, which
#: compilers write for bsf: it is the same but for 0, and runs as that where a CPU lacks it.
SSE3_TO_SSE4 = """addsubp[sd] haddp[sd] hsubp[sd] lddqu movddup movs[hl]dup fisttp pabs[bwd] palignr pshufb psign[bwd]
    phadds?[wd] phaddsw phsub[wd] phsubsw pmulhrsw pmaddubsw blendv?p[sd] pblendw pblendvb dpp[sd] extractps insertps
    mpsadbw packusdw pcmpeqq pcmpgtq pextr[bdq] pinsr[bdq] pmaxsb pmaxsd pmaxu[wd] pminsb pminsd pminu[wd] pmov[sz]x..
    pmuldq pmulld ptest roundp[sd] rounds[sd] movntdqa phminposuw pcmp[ei]str[im] crc32[bwlq]?"""
SCALAR = "popcnt lzcnt andn bextr blsi blsr blsmsk bzhi mulx pdep pext rorx sarx shlx shrx movbe aes.* pclmul.*"
ABOVE_X86 = re.compile("|".join(["v.*", *SSE3_TO_SSE4.split(), *SCALAR.split()]))
#: Up to the ARMv8.2 of the level with dot products: those, atomics, rounding multiply-adds, half precision, SVE.
ABOVE_ARM = re.compile(
    "[su]dot|usdot|[su]mmla|cas.*|swp.*|ld(add|set|clr|eor|[su]max|[su]min).*|sqrdml[as]h|fml[as]l2?|ptrue"
)
ARM_LEVELS = ("neon", "neon_dotprod")
X86_LEVELS = ("avx2", "avx_vnni", "avx512", "avx512_vnni")
#: The others take the float32 kernels of the one that they extend.
FLOAT_LEVELS = ("avx2", "avx512")
SIGNAL_LEVELS = ("signal_avx2", "signal_avx512", "filters_avx2", "filters_avx512")
WINDOW_LEVELS = ("windows_avx2", "windows_avx512")
TRAINING_LEVELS = ("training_avx2", "training_avx512")


@pytest.fixture(scope="module")
def objects(runner):
    """Function of whether they are ARM's -> objects of the host library by name of their source."""

    def find(arm):
        folder = runner(arm=arm).parent / "CMakeFiles" / "edgetwin_host.dir" / "cpp" / "host"
        found = {path.name.removesuffix(".cpp.o"): path for path in folder.rglob("*.o")}
        assert {f"kernels_{level}" for level in (ARM_LEVELS if arm else X86_LEVELS)} < found.keys()
        return found

    return find


def binutil(name, arm):
    tool = find_tool(f"aarch64-linux-gnu-{name}" if arm else name)
    if tool is None:
        pytest.skip(f"{name} is not installed: {INSTALL}")
    return tool


@functools.cache
def functions(path, arm):
    """Symbol -> its instructions: (address, mnemonic, operands)."""
    listing = subprocess.run(
        [binutil("objdump", arm), "-d", "-C", "--no-show-raw-insn", path], capture_output=True, text=True, check=True
    )
    result, current = {}, []
    for line in listing.stdout.splitlines():
        if symbol := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            current = result.setdefault(symbol[1], [])
        elif found := re.match(
            r" +([0-9a-f]+):\t(?:\{\w+\} |(?:bnd|notrack|lock|rep[nz]*|data16|cs) )*(\S+)\s*(.*)", line
        ):
            current.append((int(found[1], 16), found[2], found[3]))
    assert sum(map(len, result.values())) > 0, path
    return result


@pytest.mark.parametrize("arm", [False, True], ids=["x86", "arm"])
def test_baseline_objects_have_no_instruction_above_the_platform_s(objects, arm):
    """Every x86-64 or AArch64 processor runs all but the levels' own files."""
    above = ABOVE_ARM if arm else ABOVE_X86
    levels = {"kernels_neon_dotprod"} if arm else {f"kernels_{level}" for level in X86_LEVELS}
    levels |= set() if arm else {*SIGNAL_LEVELS, *WINDOW_LEVELS, *TRAINING_LEVELS}
    found = {}
    for name, path in objects(arm).items():
        if name not in levels:
            for symbol, instructions in functions(path, arm).items():
                wrong = {mnemonic for _, mnemonic, _ in instructions if above.fullmatch(mnemonic)}
                found |= {f"{name}: {symbol}": wrong} if wrong else {}
    assert found == {}
    for level in levels:  # what is looked for would be seen
        mnemonics = {mnemonic for code in functions(objects(arm)[level], arm).values() for _, mnemonic, _ in code}
        assert any(above.fullmatch(mnemonic) for mnemonic in mnemonics)


@pytest.mark.parametrize("level", [*X86_LEVELS, *ARM_LEVELS])
def test_functions_that_other_objects_may_have_too_stay_below_the_level(objects, level):
    """Of a function that two objects define the linker keeps one, which must not hold a level's instructions."""
    arm = level in ARM_LEVELS
    path = objects(arm)[f"kernels_{level}"]
    listing = subprocess.run(
        [binutil("nm", arm), "-C", "--defined-only", "--extern-only", path], capture_output=True, text=True, check=True
    )
    symbols = {line.split(maxsplit=2)[2]: line.split()[1] for line in listing.stdout.splitlines()}
    own = f"edgetwin::host::simd::kernels_{level}()"
    assert symbols.pop(own) == "T"
    above = ABOVE_ARM if arm else ABOVE_X86
    code = functions(path, arm)
    wrong = {name: code[name] for name in symbols if any(above.fullmatch(m) for _, m, _ in code.get(name, []))}
    assert wrong == {}


@pytest.mark.parametrize("name", [*WINDOW_LEVELS, *TRAINING_LEVELS])
def test_windows_and_training_of_levels_share_no_function_with_another_object(objects, name):
    listing = subprocess.run(
        [binutil("nm", False), "-C", "--defined-only", "--extern-only", objects(False)[name]],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    shared = {line.split(maxsplit=2)[2] for line in listing.stdout.splitlines() if line.split()[1] in "WV"}
    assert shared.isdisjoint(functions(objects(False)[name], False))


@pytest.mark.parametrize("name", SIGNAL_LEVELS)
def test_signal_code_of_levels_is_not_fused_and_shared_with_no_other_object(objects, name):
    """A fused multiply-add would round once; a function of plain floats could be the one that every CPU runs."""
    path = objects(False)[name]
    code = functions(path, False)
    mnemonics = {mnemonic for instructions in code.values() for _, mnemonic, _ in instructions}
    assert "vmulps" in mnemonics
    assert not [mnemonic for mnemonic in mnemonics if re.match(r"vfn?m(add|sub)", mnemonic)]
    listing = subprocess.run(
        [binutil("nm", False), "-C", "--defined-only", "--extern-only", path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    shared = [line.split(maxsplit=2)[2] for line in listing.stdout.splitlines() if line.split()[1] in "WV"]
    # Of a level's own vectors.
    own = re.compile(r"xsimd::batch<(float|double), xsimd::")
    assert [symbol for symbol in shared if symbol in code and not own.search(symbol)] == []


DOT = {"avx2": "vpmaddwd", "avx512": "vpmaddwd", "avx_vnni": "vpdpbusd", "avx512_vnni": "vpdpbusd"}
DOT |= {"neon": r"smlal v\d+\.4s", "neon_dotprod": "sdot"}


def innermost_loops(instructions, dot):
    """Loops with dot products and without another loop inside."""
    addresses = [address for address, _, _ in instructions]
    loops = []
    for i, (_, mnemonic, operands) in enumerate(instructions):
        target = re.match(r"(?:\w+, )*([0-9a-f]+) <", operands)
        if re.match(r"j|b\b|b\.|cb|tb", mnemonic) and target and int(target[1], 16) in addresses:
            first = addresses.index(int(target[1], 16))
            if first <= i and any(re.match(dot, f"{m} {o}") for _, m, o in instructions[first : i + 1]):
                loops.append((first, i))
    inner = [(a, b) for a, b in loops if not any((c, d) != (a, b) and a <= c and d <= b for c, d in loops)]
    return [instructions[a : b + 1] for a, b in inner]


#: What computes sums of products, and its products: of codes, and of float32.
TILES = {"codes": r"(?<!Float)Tile<|DepthwiseLines<", "float32": "FloatTile<"}
FLOAT_PRODUCT = {False: "v?mulps", True: r"fmul v\d+\.4s"}
#: GCC 12 copies sums of some float32 tiles of NEON's to the stack: known, and not measured.
KINDS = [(level, "codes") for level in (*X86_LEVELS, *ARM_LEVELS)] + [(level, "float32") for level in FLOAT_LEVELS]


@pytest.mark.parametrize(("level", "kind"), KINDS)
def test_tiles_keep_their_sums_in_registers(objects, level, kind):
    """Compilers that copy sums to the stack and back halve the speed: there are cures in vec_*.hpp and gemm.hpp."""
    arm = level in ARM_LEVELS
    stack = r"\[sp" if arm else r"[xyz]mm.*\(%r[sb]p|\(%r[sb]p.*[xyz]mm"
    vector = r"[qdv]\d" if arm else r"[xyz]mm"
    product = DOT[level] if kind == "codes" else FLOAT_PRODUCT[arm]
    tiles, spills = 0, {}
    for symbol, instructions in functions(objects(arm)[f"kernels_{level}"], arm).items():
        if not re.search(TILES[kind], symbol):
            continue
        for loop in innermost_loops(instructions, product):
            tiles += 1
            moves = [m for _, m, operands in loop if re.search(stack, operands) and re.search(vector, operands)]
            spills |= {symbol: moves} if moves else {}
    assert tiles >= 20
    assert spills == {}


@pytest.mark.parametrize("level", TRAINING_LEVELS)
def test_tiles_of_training_are_fused_and_stay_in_registers(objects, level):
    tiles, spills = 0, {}
    for symbol, instructions in functions(objects(False)[level], False).items():
        for loop in innermost_loops(instructions, "vfmadd") if "gemm_tile" in symbol else ():
            tiles += 1
            moves = [m for _, m, operands in loop if re.search(r"[xyz]mm.*\(%r[sb]p|\(%r[sb]p.*[xyz]mm", operands)]
            spills |= {symbol: moves} if moves else {}
    assert tiles >= 18
    assert spills == {}


@pytest.mark.parametrize("level", [*FLOAT_LEVELS, *ARM_LEVELS])
def test_products_of_float32_are_rounded_before_they_are_added(objects, level):
    """A fused multiply-add would give other last bits than TFLite Micro's wheel."""
    arm = level in ARM_LEVELS
    found = [
        (symbol, mnemonic, operands)
        for symbol, code in functions(objects(arm)[f"kernels_{level}"], arm).items()
        if re.search(r"\bfloat_|Float|window_tile", symbol)
        for _, mnemonic, operands in code
    ]
    assert any(re.match(FLOAT_PRODUCT[arm], f"{mnemonic} {operands}") for _, mnemonic, operands in found)
    assert {symbol for symbol, mnemonic, _ in found if re.match("vfn?m|fn?m(la|ls|add|sub)", mnemonic)} == set()
