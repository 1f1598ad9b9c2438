"""`edgetwin inspect`: costs, JSON, the M55 warning, refusals by name."""

from __future__ import annotations

import json
import zipfile

import pytest
from oracles.small_models import one_by_n_model

from edgetwin.data import demo_model


@pytest.mark.parametrize(
    ("width", "kernel", "stride", "padding", "says"),
    [
        (61, 4, 2, "same", "gives wrong rightmost outputs"),
        (34, 5, 3, "valid", "returns an error and computes nothing"),
        (60, 4, 2, "same", None),
        (61, 4, 1, "same", None),
    ],
    ids=["wrong", "fails", "exact", "stride-1"],
)
def test_m55_warning_names_the_layer(edgetwin, tmp_path, width, kernel, stride, padding, says):
    (tmp_path / "m.tflite").write_bytes(one_by_n_model(width, kernel, stride, padding))
    outcome = edgetwin("inspect", "m.tflite")
    assert (outcome.code, outcome.err) == (0, "")
    warnings = [line for line in outcome.out.splitlines() if line.startswith("warning:") and "Cortex-M55" in line]
    listed = json.loads(edgetwin("inspect", "m.tflite", "--json").out)["warnings"]
    listed = [text for text in listed if "Cortex-M55" in text]
    if says is None:
        assert warnings == listed == []
        return
    assert warnings == [f"warning: {listed[0]}"]
    layer = f"operator 0 (conv_2d, 1x{kernel}, stride {stride}, width {width})"
    assert layer in warnings[0]
    assert "Cortex-M55" in warnings[0]
    assert says in warnings[0]
    assert "of '[/layer]': on a Cortex-M55" in warnings[0], "a tensor's name is no markup"


ARENA = {"gait_int8": 6912, "kws_int8": 16000, "resnet8_int8": 49152, "ad01_int8": 768}


@pytest.mark.parametrize("name", ARENA)
def test_shared_models(edgetwin, shared, tmp_path, name):
    path = shared / "models" / f"{name}.tflite"
    outcome = edgetwin("inspect", path)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"{ARENA[name]:,} bytes of arena" in outcome.out
    assert "Cortex-M55" not in outcome.out
    content = json.loads(edgetwin("inspect", path, "--json").out)
    assert content["arena_bytes"] == ARENA[name]
    assert content["file_bytes"] == path.stat().st_size
    assert f"{content['macs']:,} MACs" in outcome.out
    assert {t["kind"] for t in content["tensors"]} == {"input", "output"}
    for operator in content["operators"]:
        assert operator["name"] in outcome.out
    assert sum(operator["macs"] for operator in content["operators"]) == content["macs"]
    assert not list(tmp_path.iterdir()), "it writes nothing"


@pytest.mark.parametrize("command", ["inspect", "run", "evaluate"])
def test_models_refused_by_name(refused, shared, command):
    path = shared / "models" / "kws_f32.tflite"
    message = refused(command, path, *([] if command == "inspect" else ["x.npz"]))
    assert "dynamic-range" in message
    assert str(path) in message


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"", "m.tflite"), (b"not a model at all", "m.tflite"), ("half", "m.tflite")],
    ids=["missing", "empty", "text", "truncated"],
)
def test_bad_model_files(refused, demo_tflite, tmp_path, content, says):
    if content == "half":
        content = demo_tflite.read_bytes()[:4000]
    if content is not None:
        (tmp_path / "m.tflite").write_bytes(content)
    assert says in refused("inspect", "m.tflite")


def test_json_holds_numbers(edgetwin, demo_tflite):
    content = json.loads(edgetwin("inspect", demo_tflite, "--json").out)
    assert content["operators"][1] == {
        "index": 1,
        "name": "conv_2d",
        "inputs": [{"dtype": "int8", "shape": [1, 1, 108, 6]}],
        "outputs": [{"dtype": "int8", "shape": [1, 1, 108, 8]}],
        "macs": 25920,
        "constant_bytes": 272,
        "arithmetic": "int8 per-channel",
        "latency_ms": None,
    }


@pytest.fixture
def library(tmp_path):
    with zipfile.ZipFile(tmp_path / "library.zip", "w") as archive:
        archive.writestr("src/one.tflite", demo_model())
        archive.writestr("src/two.tflite", one_by_n_model(61, 4, 2, "same"))
    return "library.zip"


def test_models_inside_other_files(edgetwin, library):
    outcome = edgetwin("inspect", library, "--json")
    names = [model["name"] for model in json.loads(outcome.out)["models"]]
    assert (outcome.code, names) == (0, ["src/one.tflite", "src/two.tflite"])
    assert "src/one.tflite" in edgetwin("inspect", library).out
    outcome = edgetwin("inspect", library, "--name", "two.tflite")
    assert outcome.code == 0
    assert "arm_convolve_1_x_n_s8" in outcome.out


def test_no_model_inside(refused, library, tmp_path):
    (tmp_path / "empty.bin").write_bytes(bytes(100))
    assert "empty.bin: no TFLite model inside" in refused("inspect", "empty.bin")
    assert "no model named 'three'" in refused("inspect", library, "--name", "three")
    assert "--plot draws one" in refused("inspect", library, "--plot", "m.png")
