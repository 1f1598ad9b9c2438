"""What an export consists of, how it is built, what it replaces and what it refuses."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

import edgetwin as et
from edgetwin.data import demo_model
from edgetwin.device.qemu import device_source

FILES = {
    "CMakeLists.txt", "Makefile", "README.md", "export.json", "main.cpp", "model/stride.cpp", "model/stride.hpp",
    "model/stride_check.cpp", "model/stride_weights.hpp",
}  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return et.load(demo_model())


def contents(folder):
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def test_files(model, tmp_path):
    made = model.export(tmp_path / "stride")
    found = contents(made)
    core = {name for name in found if name.startswith("edgetwin/")}
    assert set(found) - core == FILES
    assert {"edgetwin/check.hpp", "edgetwin/conv.hpp", "edgetwin/requantize.hpp", "edgetwin/types.hpp"} <= core
    assert "edgetwin/lstm.hpp" not in core
    for name in core:
        assert found[name] == (device_source() / "include" / name).read_bytes(), name
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stride"]


def test_code_is_for_reading(model, tmp_path):
    found = contents(model.export(tmp_path / "stride"))
    for name in ("model/stride.cpp", "model/stride.hpp", "model/stride_check.cpp", "model/stride_weights.hpp"):
        assert max(map(len, found[name].decode().splitlines())) <= 120, name
    calls = found["model/stride.cpp"].decode()
    assert "/*input_zero_point=*/" in calls
    assert f'kModelHash[] = "{model.hash}"' in found["model/stride.hpp"].decode()
    assert calls.count("edgetwin::conv_2d_folded(") == sum(step.kernel == "conv_2d_s8" for step in model.steps)


def test_same_bytes_each_time(model, tmp_path):
    assert contents(model.export(tmp_path / "a", name="x")) == contents(model.export(tmp_path / "b", name="x"))


@pytest.mark.parametrize("tool", ["make", "cmake"])
def test_build_files_build(model, tmp_path, tool):
    if shutil.which(tool) is None or shutil.which("c++") is None:
        pytest.skip(f"apt-get install {tool} g++")
    folder = model.export(tmp_path / "stride")
    commands = {"make": [["make"]], "cmake": [["cmake", "-B", "build"], ["cmake", "--build", "build"]]}[tool]
    for command in commands:
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    done = subprocess.run([folder / "build/stride_check"], input=b"", capture_output=True, check=True)
    assert done.stdout == b""
    model.export(folder)
    assert "build" not in {path.name for path in folder.iterdir()}


def test_an_export_is_replaced(model, tmp_path):
    folder = model.export(tmp_path / "stride", name="first")
    model.export(folder, name="second")
    assert "model/first.hpp" not in contents(folder)
    assert json.loads((folder / "export.json").read_text())["name"] == "second"


def test_an_empty_folder_is_taken(model, tmp_path):
    (tmp_path / "empty").mkdir()
    assert (model.export(tmp_path / "empty", name="x") / "model/x.cpp").is_file()


def change(folder):
    (folder / "main.cpp").write_text("int main() {}\n")
    return "its main.cpp was changed after the export"


def add(folder):
    (folder / "notes.txt").write_text("mine\n")
    return "its notes.txt is not of the export"


def forget(folder):
    (folder / "export.json").unlink()
    return "and is no export"


@pytest.mark.parametrize("touch", [change, add, forget])
def test_what_others_wrote_is_left_alone(model, tmp_path, touch):
    folder = model.export(tmp_path / "stride")
    says = touch(folder)
    before = contents(folder)
    with pytest.raises(et.OutputError, match=says):
        model.export(folder)
    assert contents(folder) == before


def test_a_failed_export_leaves_the_old_one(model, tmp_path, monkeypatch):
    folder = model.export(tmp_path / "stride")
    before = contents(folder)
    rename = os.rename

    def failing(source, target):
        if os.path.basename(source) == "new":
            raise OSError(28, "No space left on device")
        rename(source, target)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(et.OutputError, match="No space left on device"):
        model.export(folder, name="other")
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["stride"]


@pytest.mark.parametrize("below", ["file", "file/deeper"])
def test_path_that_cannot_be_written(model, tmp_path, below):
    (tmp_path / "file").write_text("x")
    with pytest.raises(et.OutputError, match="cannot write"):
        model.export(tmp_path / below)
    assert (tmp_path / "file").read_text() == "x"


def test_arena_too_small_says_how_many_bytes(model, tmp_path):
    arena = json.loads((model.export(tmp_path / "a") / "export.json").read_text())["arena_bytes"]
    model.export(tmp_path / "b", arena_bytes=arena)
    with pytest.raises(
        et.DeviceError, match=f"the arena needs {arena} bytes, with kernels 'small' less, {arena - 1} are"
    ):
        model.export(tmp_path / "c", arena_bytes=arena - 1)
    assert not (tmp_path / "c").exists()


@pytest.mark.parametrize("name", ["", "...", "class", "ä"])
def test_name_that_is_no_identifier(model, tmp_path, name):
    with pytest.raises(et.DataError, match="identifier"):
        model.export(tmp_path / "x", name=name)


@pytest.mark.parametrize(("given", "made"), [("Stride-v2.1", "stride_v2_1"), ("8bit", "model_8bit")])
def test_name_is_made_an_identifier(model, tmp_path, given, made):
    assert (model.export(tmp_path / given) / f"model/{made}.hpp").is_file()


def test_operator_that_the_core_lacks(shared, tmp_path):
    with pytest.raises(et.UnsupportedError, match=r"operator 1 \(conv_2d\): the device core has no kernel conv_2d_f32"):
        et.load(shared / "models/gait_f32.tflite").export(tmp_path / "x")
    with pytest.raises(et.UnsupportedError, match="xnnpack"):
        et.load(demo_model(), arithmetic="xnnpack").export(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_small_kernels_are_plain(model, tmp_path):
    fast, small = (
        contents(model.export(tmp_path / kernels, name="x", kernels=kernels))["model/x.cpp"].decode()
        for kernels in ("fast", "small")
    )
    assert "_folded(" in fast
    assert "scratch" in fast
    assert "_folded(" not in small
    assert "scratch" not in small
    with pytest.raises(et.UnsupportedError, match="kernels 'best', accepted are fast, small"):
        model.export(tmp_path / "y", kernels="best")


def test_a_layer_whose_scratch_would_be_large_stays_plain(shared, tmp_path):
    model = et.load(shared / "models/micro_speech_int8.tflite")
    code = contents(model.export(tmp_path / "x"))["model/x.cpp"].decode()
    assert "edgetwin::fully_connected(" in code
    assert "edgetwin::depthwise_conv_2d_folded(" in code


def test_unknown_target(model, tmp_path):
    with pytest.raises(et.UnsupportedError, match="target 'rust', accepted are cpp, arduino, wasm"):
        model.export(tmp_path / "x", target="rust")
