"""The Arduino library: its layout, that its sketches compile for a Cortex-M4, that they compute the twin's bytes."""

from __future__ import annotations

import functools
import os
import select
import shutil
import subprocess
import zipfile

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.arduino_library import violations, write_arduino
from oracles.impulses import impulse_case
from oracles.inputs import samples
from oracles.models import model_bytes

import edgetwin as et
from edgetwin.data import demo_model
from edgetwin.device.protocol import CheckDevice, Link
from edgetwin.device.qemu import COMPILER, INSTALL

SKETCHES = ("Predict", "LSM9DS1", "BMI270")
#: Cores for Arduino compile with either; warnings are the sketch author's only.
STANDARDS = ("gnu++14", "gnu++17")
M4 = ("-mcpu=cortex-m4", "-mthumb", "-Os", "-fno-exceptions", "-fno-rtti", "-ffunction-sections", "-fdata-sections")
HOST = ("-std=c++17", "-O1", "-Wall", "-Wextra", "-Werror")
SHARED = ("gait_int8", "hello_int8", "kws_int8", "kwscr8_small_biases")


@pytest.fixture(scope="module")
def model():
    return et.load(demo_model())


@pytest.fixture(scope="module")
def library(model, tmp_path_factory):
    """The library's folder, of the demo model."""
    folder = tmp_path_factory.mktemp("arduino") / "walk"
    return model.export(folder, target="arduino", unit="cm") / "Walk_edgetwin"


@pytest.fixture(scope="module")
def arduino(tmp_path_factory):
    return write_arduino(tmp_path_factory.mktemp("core") / "arduino")


def run(command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[:4000]


def test_layout_is_the_specification_s(library):
    assert violations(library) == []


@pytest.mark.parametrize(
    ("name", "before", "after", "says"),
    [
        ("library.properties", "version=1.0.0", "version=1.0", "version '1.0"),
        ("library.properties", "category=Data Processing", "category=Magic", "category 'Magic'"),
        ("library.properties", "name=", "name=Arduino ", "name 'Arduino Walk_edgetwin'"),
        ("library.properties", "author=", "writer=", "field 'writer'"),
        ("keywords.txt", "\tKEYWORD2", " KEYWORD2", "keywords.txt: 'predict KEYWORD2'"),
        ("src/Walk_edgetwin.h", None, "src/Other.h", "which is not in src"),
        ("examples/Predict/Predict.ino", None, "examples/Predict/predict it.ino", "space in"),
    ],
)
def test_layout_that_is_not(library, tmp_path, name, before, after, says):
    folder = tmp_path / library.name
    shutil.copytree(library, folder)
    if before is None:
        (folder / name).rename(folder / after)
    else:
        (folder / name).write_text((folder / name).read_text().replace(before, after))
    assert says in "\n".join(violations(folder))


def test_zip_is_the_folder(library):
    with zipfile.ZipFile(library.parent / f"{library.name}.zip") as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}
    found = {
        path.relative_to(library.parent).as_posix(): path.read_bytes() for path in library.rglob("*") if path.is_file()
    }
    assert packed == found
    assert list(packed) == sorted(packed)


def test_same_bytes_each_time(model, library, tmp_path):
    again = model.export(tmp_path / "walk", target="arduino", unit="cm")
    assert (again / "Walk_edgetwin.zip").read_bytes() == (library.parent / "Walk_edgetwin.zip").read_bytes()


@pytest.mark.parametrize("standard", STANDARDS)
def test_compiles_for_a_board(library, arduino, tmp_path, standard):
    """Every source and sketch, linked: nothing is missing."""
    if shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not installed: {INSTALL}")
    source = library / "src"
    includes = [f"-I{arduino}", f"-I{source}"]
    files = sorted(source.rglob("*.cpp"))
    (tmp_path / "all.cpp").write_text("".join(f'#include "{file}"\n' for file in files))
    shutil.copy(arduino / "nothing.cpp", tmp_path / "core.cpp")
    command = [COMPILER, f"-std={standard}", *M4, *includes]
    for name in ("all", "core"):
        run([*command, "-c", tmp_path / f"{name}.cpp", "-o", tmp_path / f"{name}.o"])
    for name in SKETCHES:
        sketch = library / "examples" / name / f"{name}.ino"
        # As Arduino does: the core's header first, then the sketch.
        run([*command, "-c", "-x", "c++", "-include", "Arduino.h", sketch, "-o", tmp_path / f"{name}.o"])
        objects = [tmp_path / f"{part}.o" for part in ("all", "core", name)]
        run([COMPILER, *M4[:2], "--specs=nosys.specs", "-Wl,--gc-sections", *objects, "-o", tmp_path / f"{name}.elf"])


class Line:
    """Standard input and output of a sketch on this computer, as a port."""

    name = "sketch"
    byte_s = 0.0

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)

    def read(self, timeout_s):
        ready, _, _ = select.select([self.process.stdout], [], [], timeout_s)
        return os.read(self.process.stdout.fileno(), 65536) if ready else b""

    def write(self, data):
        self.process.stdin.write(data)

    def close(self):
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def objects(arduino, tmp_path_factory):
    """Compile sources for this computer, each folder of them once."""
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("no C++ compiler: apt-get install g++")

    @functools.cache
    def compiled(source):
        folder = tmp_path_factory.mktemp("objects")
        files = sorted(source.rglob("*.cpp"))
        (folder / "all.cpp").write_text("".join(f'#include "{file}"\n' for file in files))
        run([compiler, *HOST, f"-I{arduino}", f"-I{source}", "-c", folder / "all.cpp", "-o", folder / "all.o"])
        return folder / "all.o"

    return compiler, compiled


@pytest.fixture
def sketch(arduino, objects, tmp_path):
    """Compile a library's sketch for this computer and start it."""
    compiler, compiled = objects
    lines = []

    def start(library, name="Predict"):
        source = (library / "src").resolve()
        program = tmp_path / f"{library.name}-{name}"
        text = (library / "examples" / name / f"{name}.ino").read_text()
        (tmp_path / "sketch.cpp").write_text(f'#include "Arduino.h"\n{text}')
        files = [tmp_path / "sketch.cpp", arduino / "host.cpp", compiled(source)]
        run([compiler, *HOST, f"-I{arduino}", f"-I{source}", *files, "-o", program])
        lines.append(Line(program))
        return lines[-1]

    yield start
    for line in lines:
        line.close()


def printed(line, end):
    text = ""
    while not text.endswith(end):
        data = line.read(10).decode()
        assert data, f"silence after {text!r}"
        text += data
    return text


def csv(window):
    return ",".join(map(str, window.reshape(-1).tolist())).encode() + b"\n"


def test_sketch_predicts_and_answers_checks(model, library, sketch):
    line = sketch(library)
    windows, _ = et.signal.simulate_strides(range(3))
    codes = et.kernels.quantize(windows.reshape(-1, 648), model.inputs[0].scale, model.inputs[0].zero_point)
    for window in windows[:3]:
        line.write(csv(window))
        expected = model.predict(window.reshape(1, -1)).item()
        assert printed(line, "\n") == f"output: {expected:.4f} cm\n"
    with CheckDevice("sketch", Link(line, 10.0, 5.0), model) as device:
        assert_array_equal(device.run(codes[:3]), model.run(codes[:3]))
        twin = model.trace(codes[0])
        shown = device.trace(codes[0])
        assert list(shown) == list(twin)
        for operator, array in twin.items():
            assert_array_equal(shown[operator], array)


def test_a_window_begins_again_after_text(model, library, sketch):
    line = sketch(library)
    window = et.signal.simulate_strides(range(1))[0][0]
    line.write(b"0.5 1e-2 hello\n")
    assert printed(line, "\n") == "not a number, the window begins again: hello\n"
    line.write(csv(window))
    assert printed(line, "\n") == f"output: {model.predict(window.reshape(1, -1)).item():.4f} cm\n"


def test_classifier_prints_labels(shared, tmp_path, sketch):
    model = et.load(shared / "models/micro_speech_int8.tflite")
    labels = ("silence", "unknown", "yes", "no")
    made = model.export(tmp_path / "speech", target="arduino", labels=labels)
    line = sketch(made / "Speech_edgetwin")
    first = model.graph.tensors[model.graph.inputs[0]]
    codes = samples(shared, "micro_speech_int8", first, 1).reshape(1, -1)
    real = (codes.astype(np.float32) - model.inputs[0].zero_point) * np.float32(model.inputs[0].scale)
    line.write(csv(real))
    scores = model.predict(real)[0]
    rows = "".join(f"{label}: {score:.4f} \n" for label, score in zip(labels, scores, strict=True))
    assert printed(line, f"-> {labels[int(np.argmax(scores))]}\n").startswith(rows)


@pytest.mark.parametrize(("name", "rotation_first"), [("LSM9DS1", False), ("BMI270", True)])
def test_sensor_sketches_sample_a_window(model, library, sketch, tmp_path, name, rotation_first):
    """The fake sensor gives 0.5, 0.25 and -0.5 g, and 1 degree a second about every axis."""
    own = tmp_path / library.name
    shutil.copytree(library / "examples", own / "examples")
    (own / "src").symlink_to(library / "src")
    changed = own / "examples" / name / f"{name}.ino"
    constant = "kRotationFirst = false"
    assert constant in changed.read_text()
    changed.write_text(changed.read_text().replace(constant, f"kRotationFirst = {str(rotation_first).lower()}"))
    line = sketch(own, name)
    sample = [1, 1, 1, 0.5, 0.25, -0.5] if rotation_first else [0.5, 0.25, -0.5, 1, 1, 1]
    window = np.tile(np.array(sample, np.float32), 108)
    expected = f"output: {model.predict(window[None]).item():.4f} cm\n"
    assert printed(line, "\n").splitlines(keepends=True)[0] == expected
    assert printed(line, "\n").splitlines(keepends=True)[0] == expected


#: Firmware that takes samples one by one.
LABELS = ("rest", "walk", "run", "fall")


@pytest.fixture(scope="module")
def sourced(model, tmp_path_factory):
    """Libraries of an impulse of motion, one of sound, one of pictures, and of strides."""
    folder = tmp_path_factory.mktemp("sourced")
    made = {}
    for kind in ("flatten", "mfcc", "image"):
        case = impulse_case(kind)
        options = {} if case.hop is None else {"hop": case.hop}
        exported = case.impulse.export(folder / kind, "arduino", average=2, debounce=2, labels=LABELS, **options)
        made[kind] = exported / f"{kind.capitalize()}_edgetwin"
    gait = et.signal.GaitPipeline(causal=True).stream(128.0)
    made["gait"] = model.export(folder / "gait", "arduino", source=gait, unit="cm") / "Gait_edgetwin"
    return made


@pytest.mark.parametrize(
    ("kind", "names", "rate"),
    [
        ("flatten", SKETCHES, "100.0F"),
        ("mfcc", ("Predict", "Microphone"), "8000.0F"),
        ("image", ("Predict",), "100.0F"),
        ("gait", SKETCHES, "128.0F"),
    ],
)
def test_libraries_of_sources(sourced, arduino, tmp_path, kind, names, rate):
    library = sourced[kind]
    assert violations(library) == []
    assert sorted(path.name for path in (library / "examples").iterdir()) == sorted(names)
    assert f"kRateHz = {rate};" in (library / f"src/model/{kind}_predict.hpp").read_text()
    if shutil.which(COMPILER) is None:
        pytest.skip(f"{COMPILER} is not installed: {INSTALL}")
    command = [COMPILER, "-std=gnu++17", *M4, f"-I{arduino}", f"-I{library / 'src'}", "-Wall", "-Wextra", "-Werror"]
    for name in names:
        sketch = library / "examples" / name / f"{name}.ino"
        run([*command, "-fsyntax-only", "-x", "c++", "-include", "Arduino.h", sketch])


def rows_of(output, names, unit=""):
    """What a sketch prints for an output of a stream."""
    text = "".join(f"{name}: {value:.4f} {unit}\n" for name, value in zip(names, output.values, strict=True))
    return text if output.label is None else f"{text}-> {output.label}\n"


def test_sketch_takes_samples(sourced, sketch):
    case = impulse_case("flatten")
    outputs = case.impulse.stream(case.hop, average=2, debounce=2, labels=LABELS).push(case.signal)
    assert {output.label for output in outputs} > {None}
    line = sketch(sourced["flatten"])
    line.write(csv(case.signal))
    expected = "".join(rows_of(output, LABELS) for output in outputs)
    assert printed(line, expected[-40:]) == expected


def test_sketch_hears(sourced, sketch):
    case = impulse_case("mfcc")
    heard = np.arange(2560) * 37 % 2000 - 1000
    outputs = case.impulse.stream(case.hop, average=2, debounce=2, labels=LABELS).push(heard.astype(np.float32))
    assert len(outputs) == 6
    line = sketch(sourced["mfcc"], "Microphone")
    expected = "".join(rows_of(output, LABELS) for output in outputs)
    assert printed(line, expected[-60:]) == expected


def test_url_is_an_argument(model, tmp_path):
    made = model.export(tmp_path / "walk", "arduino", url="https://example.org/walk") / "Walk_edgetwin"
    assert "url=https://example.org/walk\n" in (made / "library.properties").read_text()
    with pytest.raises(et.DataError, match="url 'walk', accepted is an address that begins with http"):
        model.export(tmp_path / "other", "arduino", url="walk")


def test_shared_models(shared, tmp_path, arduino):
    """Several shapes, dtypes and states: layout, and that the sources compile without a warning."""
    compiler = shutil.which("g++") or pytest.skip("no C++ compiler: apt-get install g++")
    unit = []
    for name in SHARED:
        made = et.load(model_bytes(shared, name)).export(tmp_path / name, target="arduino")
        library = next(path for path in made.iterdir() if path.is_dir())
        assert violations(library) == []
        unit += [f'#include "{file}"\n' for file in sorted((library / "src/model").glob("*_predict.cpp"))]
        includes = f"-I{library / 'src'}"
    (tmp_path / "all.cpp").write_text("".join(unit))
    flags = ["-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Werror"]
    run([compiler, "-std=c++17", "-fsyntax-only", *flags, includes, tmp_path / "all.cpp"])


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"labels": ["walk", "run"]}, "2 labels, the model has 1 outputs"),
        ({"unit": 'c"m'}, "accepted is text without quotes"),
        ({"rate_hz": 0.0}, "accepted is a positive number"),
        ({"name": "n" * 60}, "accepted are 63"),
    ],
)
def test_refusals(model, tmp_path, options, says):
    with pytest.raises(et.DataError, match=says):
        model.export(tmp_path / "x", target="arduino", **options)
    assert not (tmp_path / "x").exists()
