"""The code itself: linters, types, layers, includes, the stub of the extension, one version, one support table."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT

from edgetwin import _core, build_info
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.conformance.generators.real_operators import FLOAT32_GENERATORS
from edgetwin.graph.lowering.float32.table import FLOAT32_LOWERINGS
from edgetwin.graph.lowering.table import LOWERINGS
from edgetwin.graph.lowering.xnnpack.table import XNNPACK_LOWERINGS
from edgetwin.graph.support import SUPPORT
from edgetwin.types import ARITHMETIC_VERSIONS, ARITHMETICS

PACKAGE = ROOT / "python" / "edgetwin"
PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
CPP = (".hpp", ".cpp")
CODE = (".py", ".pyi", ".ld", *CPP)
MAX_LINES = 400
CORE_HEADERS = {"cstdint", "cstddef", "limits", "type_traits"}


def tracked_files() -> list[Path]:
    """Return what git tracks; outside of a checkout, everything but hidden folders and build outputs."""
    git = shutil.which("git")
    if git and (ROOT / ".git").exists():
        listed = subprocess.run([git, "-C", ROOT, "ls-files", "-z"], capture_output=True, text=True, check=False)
        if listed.returncode == 0 and listed.stdout:
            return sorted(path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file())
    found = []
    for folder, folders, names in os.walk(ROOT):
        at_root = Path(folder) == ROOT
        outputs = {"build", "dist", "out"} if at_root else set()
        folders[:] = [
            name
            for name in folders
            if (not name.startswith(".") or (at_root and name == ".ci")) and name not in {"__pycache__", *outputs}
        ]
        found += [Path(folder) / name for name in names if not name.endswith((".so", ".pyc"))]
    return sorted(found)


FILES = tracked_files()
PYTHON_FILES = [path for path in FILES if path.suffix in (".py", ".pyi", ".ipynb")]
CPP_FILES = [path for path in FILES if path.suffix in CPP]
CODE_FILES = [
    path for path in FILES if path.suffix in CODE or path.name == "CMakeLists.txt" or path.parent.name == ".ci"
]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tool(name: str, distribution: str) -> str:
    """Return the path of an installed tool of the version that the test extra asks for."""
    requirement = re.search(rf'"({re.escape(distribution)}(?:==([^"]+)|>=[^"]+))"', PYPROJECT)
    assert requirement, f"{distribution} is not in the test extra"
    try:
        installed = metadata.version(distribution)
    except metadata.PackageNotFoundError:
        installed = None
    path = shutil.which(name, path=os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")]))
    if path is None or installed is None or requirement[2] not in (None, installed):
        pytest.skip(f'{distribution} is {installed or "not installed"}: pip install "{requirement[1]}"')
    return path


def assert_passes(command: list[str | Path], **environment: str) -> None:
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_check():
    assert_passes([tool("ruff", "ruff"), "check", "--no-cache", *PYTHON_FILES])


def test_ruff_format():
    assert_passes([tool("ruff", "ruff"), "format", "--no-cache", "--check", *PYTHON_FILES])


def test_mypy():
    """Strict, on the files that pyproject.toml names."""
    assert_passes([tool("mypy", "mypy"), "--python-executable", sys.executable])


def test_clang_format():
    assert_passes([tool("clang-format", "clang-format"), "--dry-run", "-Werror", *CPP_FILES])


def test_import_contract():
    """The layers in pyproject.toml: downwards only, siblings apart, every module has its place."""
    assert_passes([tool("lint-imports", "import-linter"), "--no-cache", "--no-logo"], PYTHONPATH=str(PACKAGE.parent))


def test_only_the_extension_comes_from_the_package_root():
    """Names of the public API are imported from where they live: the import contract does not see them otherwise."""
    modules = {entry.stem for entry in PACKAGE.iterdir()} | {"_core"}
    wrong = []
    for path in sorted(PACKAGE.rglob("*.py")):
        depth = len(path.relative_to(PACKAGE).parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                roots = {alias.name.split(".")[0] for alias in node.names}
                wrong += [f"{name_of(path)}:{node.lineno}: not relative"] if "edgetwin" in roots else []
            elif isinstance(node, ast.ImportFrom):
                absolute = node.level == 0 and node.module.split(".")[0] == "edgetwin"
                names = {alias.name for alias in node.names} if node.level == depth and node.module is None else set()
                wrong += [f"{name_of(path)}:{node.lineno}: not relative"] if absolute else []
                wrong += [f"{name_of(path)}:{node.lineno}: {name}" for name in sorted(names - modules)]
    assert not wrong


def test_files_are_short():
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE_FILES}
    assert not {name: length for name, length in lengths.items() if length > MAX_LINES}


def test_no_machine_paths():
    """No file, binary ones included, names a folder of the machine it was made on."""
    pattern = re.compile(rb"(?<![\w.~:/-])(?:/(?:home|Users|root|tmp|work|mnt|srv)/|[A-Za-z]:\\+Users\\)[^\s\"']*")
    found = {name_of(path): match[0] for path in FILES if (match := pattern.search(path.read_bytes()))}
    assert not found


def test_open_ends_name_their_issue():
    open_ends = [
        f"{name_of(path)}: {line.strip()}"
        for path in CODE_FILES
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\bTODO\b|\bFIXME\b|\bXXX\b", line) and not re.search(r"#\d+", line)
    ]
    assert not open_ends


def test_one_version():
    version = re.search(r'^version = "([^"]+)"$', PYPROJECT, re.MULTILINE)[1]
    assert _core.build_info()["version"] == version
    assert build_info()["version"] == version
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## (\S+)", changelog, re.MULTILINE)[1] == version
    cmake = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    assert re.search(r'set\(EDGETWIN_VERSION "([^"]+)" CACHE', cmake)[1] == version
    with suppress(metadata.PackageNotFoundError):  # a checkout on the path is not installed
        assert metadata.version("edgetwin") == version


# The extension's stub.


def stub_members(body):
    """Return name -> signature of a stub's functions, "property" for properties."""
    members = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            decorators = [decorator.id for decorator in node.decorator_list if isinstance(decorator, ast.Name)]
            members[node.name] = "property" if "property" in decorators else signature(node)
    return members


def signature(function):
    """Return a list of (parameter, default); the default is None where there is none, "..." where it is not told.

    What is taken by keyword only has a star before its name.
    """
    arguments = function.args
    assert not any((arguments.vararg, arguments.kwarg, arguments.posonlyargs))
    names = [argument.arg for argument in arguments.args] + [f"*{argument.arg}" for argument in arguments.kwonlyargs]
    defaults = [None] * (len(arguments.args) - len(arguments.defaults)) + arguments.defaults + arguments.kw_defaults
    return [(name, default and ast.unparse(default)) for name, default in zip(names, defaults, strict=True)]


def bound_members(owner):
    """Return the same of what pybind11 bound, from the signatures that it writes into the docstrings."""
    members = {}
    for name, value in vars(owner).items():
        if name.startswith("_") and name != "__init__":
            continue
        if isinstance(value, property):
            assert value.fset is None, f"{name} can be set: the stub has no setters"
            members[name] = "property"
        elif not isinstance(value, type):
            line = (value.__doc__ or "").strip().splitlines()[0]
            members[name] = signature(ast.parse(f"def {line}: ...").body[0])
    return members


def same_members(stub, bound):
    assert stub.keys() == bound.keys()
    for name, declared in stub.items():
        if declared == "property" or bound[name] == "property":
            assert declared == bound[name], name
            continue
        assert [parameter for parameter, _ in declared] == [parameter for parameter, _ in bound[name]], name
        for (parameter, want), (_, have) in zip(declared, bound[name], strict=True):
            assert want == have or (want == "..." and have is not None), f"{name}: default of {parameter}"


STUB = ast.parse((PACKAGE / "_core.pyi").read_text(encoding="utf-8")).body
STUB_CLASSES = {node.name: node for node in STUB if isinstance(node, ast.ClassDef)}


def test_stub_functions():
    same_members(stub_members(STUB), bound_members(_core))


def test_stub_classes():
    assert STUB_CLASSES.keys() == {name for name, value in vars(_core).items() if isinstance(value, type)}


@pytest.mark.parametrize("name", STUB_CLASSES)
def test_stub_members(name):
    same_members(stub_members(STUB_CLASSES[name].body), bound_members(getattr(_core, name)))


# C++: one direction, `include <- calls <- host | runner`, `host <- bindings | host_runner`.

ROOMS = {
    "include": {"include"},
    "calls": {"include", "calls"},
    "runner": {"include", "calls", "runner"},
    "host": {"include", "calls", "host"},
    "host_runner": {"include", "calls", "host", "host_runner"},
    "bindings": {"include", "calls", "host", "bindings"},
}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT / "cpp").parts[0]


def includes_of(path: Path) -> list[tuple[str, str]]:
    """Return ("<" or the quotation mark, name) of every include."""
    return re.findall(r'^[ \t]*#[ \t]*include[ \t]*(["<])([^">]+)[">]', path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", CPP_FILES, ids=name_of)
def test_includes_go_downwards(path):
    """Our own headers come from this room or from below; Eigen and xsimd stay in host, pybind11 in bindings."""
    room = room_of(path)
    for mark, name in includes_of(path):
        if mark == "<":
            library = name.split("/")[0]
            if room in ("include", "calls"):
                assert name in CORE_HEADERS
            assert library not in ("Eigen", "xsimd", "unsupported") or room == "host", name
            assert library not in ("pybind11", "Python.h") or room == "bindings", name
            assert library not in ("edgetwin", "calls", "host", "bindings"), f"{name}: ours are in quotation marks"
            continue
        places = [path.parent / name, ROOT / "cpp" / name, ROOT / "cpp" / "include" / name]
        target = next((place.resolve() for place in places if place.is_file()), None)
        assert target, f"{name} is not ours"
        assert room_of(target) in ROOMS[room], name


#: The only header of which the compiler's target chooses a part.
INSTRUCTIONS = ROOT / "cpp" / "include" / "edgetwin" / "dot.hpp"


@pytest.mark.parametrize("path", CPP_FILES, ids=name_of)
def test_no_macros_but_header_guards(path):
    text = path.read_text(encoding="utf-8")
    parts = [part for part in path.relative_to(ROOT / "cpp").with_suffix("").parts if part != "include"]
    prefix = [] if parts[0] == "edgetwin" else ["edgetwin"]
    guard = "_".join([*prefix, *parts]).upper() + "_HPP_"
    directives = re.findall(r"^[ \t]*#[ \t]*(.*)$", text, re.MULTILINE)
    defines = [line for line in directives if line.startswith(("define", "undef", "pragma once"))]
    assert defines == ([f"define {guard}"] if path.suffix == ".hpp" else [])
    if path == INSTRUCTIONS:
        # Which instructions a core has is known to the compiler only; whatever is chosen gives the same sums.
        known = re.compile(
            r"(el)?if defined\(__(ARM_FEATURE|GNUC)|else$|endif$|pragma GCC (push|optimize|pop)|include "
        )
        directives = [line for line in directives if known.match(line) is None]
    if path.suffix == ".hpp":
        assert [line for line in directives if not line.startswith("include")] == [
            f"ifndef {guard}",
            f"define {guard}",
            f"endif  // {guard}",
        ], "what changes output is data, never the preprocessor"


# What is supported is what is lowered, and what is lowered is tried.


@pytest.fixture(scope="module")
def generated():
    """Operator -> dtypes of the input that holds the data, over the models that the generators make."""
    seen: dict[str, set[str]] = {}
    for number, generator in enumerate([*GENERATORS.values(), *FLOAT32_GENERATORS.values()]):
        for seed in range(120):
            graph = generator(np.random.default_rng([number, seed]))
            operator = graph.operators[0]
            row = SUPPORT.get(operator.name)
            data = operator.inputs[0 if row is None else row.operand]
            seen.setdefault(operator.name, set()).add(graph.tensors[data].dtype)
    return seen


def test_support_is_in_order():
    assert list(SUPPORT) == sorted(SUPPORT)


def test_supported_is_lowered():
    assert SUPPORT.keys() == LOWERINGS.keys() | FLOAT32_LOWERINGS.keys()
    assert {name for name, row in SUPPORT.items() if row.float32 is not None} == FLOAT32_LOWERINGS.keys()
    assert {name for name, row in SUPPORT.items() if row.dtypes != ()} == LOWERINGS.keys()
    assert {name for name, row in SUPPORT.items() if row.xnnpack} == XNNPACK_LOWERINGS.keys()


def test_lowered_is_generated(generated):
    assert generated.keys() == LOWERINGS.keys() | FLOAT32_LOWERINGS.keys()


def test_lowered_in_float32_is_generated():
    made = {generator(np.random.default_rng(0)).operators[0].name for generator in FLOAT32_GENERATORS.values()}
    assert made == FLOAT32_GENERATORS.keys() == FLOAT32_LOWERINGS.keys()


@pytest.mark.parametrize("operator", [name for name, row in SUPPORT.items() if row.accepted()])
def test_supported_dtypes_are_generated(generated, operator):
    assert generated[operator] == set(SUPPORT[operator].accepted())


def test_arithmetics_are_of_the_pinned_wheels():
    """What reports and certificates name is what the tests compare with."""
    (stamp,) = re.findall(r'"tflite-micro==0\.dev(\d{8})\d{6};', PYPROJECT)
    (litert,) = re.findall(r'"ai-edge-litert==([\d.]+);', PYPROJECT)
    assert ARITHMETIC_VERSIONS.keys() == ARITHMETICS.keys()
    assert ARITHMETIC_VERSIONS["tflm"] == f"tflm@{stamp}"
    assert ARITHMETIC_VERSIONS["xnnpack"] == f"litert@{litert}"
