"""`edgetwin conformance`: files, exit codes, drift, drivers of one's own."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

ECHO = """
import sys
from pathlib import Path
import edgetwin as et
import numpy as np
for line in sys.stdin:
    folder = Path(line.rstrip())
    model = et.load((folder / "model.tflite").read_bytes(), arithmetic="{arithmetic}")
    spec = model.inputs[0]
    model.run(np.fromfile(folder / "input_0.bin", spec.dtype).reshape(-1, *spec.shape)).tofile(folder / "output_0.bin")
    print("ok", flush=True)
"""
SMALL = ("conformance", "--operator", "depthwise_conv_2d", "--cases", "8")


@pytest.fixture
def driver(tmp_path):
    def written(arithmetic):
        path = tmp_path / f"{arithmetic}.py"
        path.write_text(ECHO.format(arithmetic=arithmetic))
        return f"{arithmetic}={sys.executable} {path}"

    return written


def test_a_driver_that_differs(edgetwin, driver, tmp_path):
    pytest.importorskip("onnxruntime", reason='pip install ".[test]"')
    result = edgetwin(*SMALL, "--runtime", "onnx", "--driver", driver("single_rounding"), "--out", "out")
    assert result.code == 1
    assert "single_rounding : equal" in result.out
    content = json.loads((tmp_path / "out" / "matrix.json").read_text())
    assert content["arithmetic"] == "tflm@20261023"
    assert content["runtimes"].keys() == {"ONNX Runtime", "single_rounding"}
    cell = content["rows"]["depthwise_conv_2d int8"]["single_rounding"]
    assert cell["counts"].keys() == {"equal", "differs"}
    assert "single rounding in place of double rounding" in cell["cause"]
    assert "arithmetic 'single_rounding'" in cell["cause"]
    page = (tmp_path / "out" / "matrix.md").read_text()
    assert "**differs" in page
    assert "reproducers/depthwise_conv_2d_int8_single_rounding.py" in page
    for name in ("single_rounding", "onnx_runtime"):
        script = tmp_path / "out" / "reproducers" / f"depthwise_conv_2d_int8_{name}.py"
        assert len(script.read_text().splitlines()) <= 60
        done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 1, done.stderr
        assert "expected is" in done.stdout


def test_drift(edgetwin, driver, tmp_path):
    assert edgetwin(*SMALL, "--runtime", "none", "--driver", driver("tflm"), "--out", "out").code == 0
    before = tmp_path / "out" / "matrix.json"
    again = edgetwin(*SMALL, "--runtime", "none", "--driver", driver("tflm"), "--against", before, "--out", "b")
    assert (again.code, "no drift" in again.out) == (0, True)
    content = json.loads(before.read_text())
    cell = content["rows"]["depthwise_conv_2d int8"]["tflm"]
    cell["counts"] = {"equal": cell["counts"]["equal"] - 1, "differs": 1}
    before.write_text(json.dumps(content))
    drifted = edgetwin(*SMALL, "--runtime", "none", "--driver", driver("tflm"), "--against", before, "--out", "c")
    assert drifted.code == 1
    assert "drift: tflm , depthwise_conv_2d int8: equal" in drifted.out
    content["seed"] = 5
    before.write_text(json.dumps(content))
    other = edgetwin(*SMALL, "--runtime", "none", "--driver", driver("tflm"), "--against", before, "--out", "d")
    assert other.code == 2
    assert "the matrix is of other cases: seed 5, these are of seed 0" in other.err


def test_a_page(edgetwin, driver, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- conformance: begin -->\nold\n<!-- conformance: end -->\nafter\n")
    made = edgetwin(*SMALL, "--runtime", "none", "--driver", driver("tflm"), "--page", page)
    assert made.code == 0
    text = page.read_text()
    assert "old" not in text
    assert text.startswith("before\n")
    assert text.endswith("after\n")
    assert "| depthwise_conv_2d int8 | equal (" in text
    assert json.loads((tmp_path / "page.json").read_text())["rows"]["depthwise_conv_2d int8"]
    page.write_text("no marks\n")
    refused = edgetwin(*SMALL, "--page", page)
    assert refused.code == 2
    assert "the page has no lines <!-- conformance: begin -->" in refused.err


def test_recordings_of_boards(edgetwin, shared, tmp_path):
    pytest.importorskip("tflite_micro", reason='pip install ".[test]"')
    golden = shared / "golden" / "cmsis_nn"
    small = ("conformance", "--operator", "mul", "--cases", "1", "--runtime", "tflite", "--golden", golden)
    page = tmp_path / "page.md"
    page.write_text("<!-- conformance: begin -->\n<!-- conformance: end -->\n")
    made = edgetwin(*small, "--out", "out", "--page", page)
    assert made.code == 0
    assert "CMSIS-NN, M55, single rounding 99f736a, recorded: equal 28, differs 2" in made.out
    text = page.read_text()
    assert "30 of 30 recorded calls of CMSIS-NN's kernels on emulated boards, as 30 models" in text
    columns = ["TFLite Micro", *(f"CMSIS-NN, {core}" for core in ("M3", "M4", "M55"))]
    assert f"| operator | {' | '.join(columns)} | CMSIS-NN, M4, single rounding |" in text
    row = next(line for line in text.splitlines() if line.startswith("| mul int8, recorded | equal (30) |"))
    assert row.count("equal (30)") == len(columns)
    # Nothing can be run again on a board that is a recording.
    assert not list((tmp_path / "out").rglob("*.py"))
    content = json.loads((tmp_path / "out" / "matrix.json").read_text())
    assert content["recorded"] == {"models": 30, "calls": {"elementwise_mul": [30, 30]}}
    # A run without recordings compares what both have.
    again = edgetwin(*small[:-2], "--against", page.with_suffix(".json"), "--out", "again")
    assert (again.code, "no drift" in again.out) == (0, True)
    nothing = edgetwin("conformance", "--golden", tmp_path / "nothing")
    assert (nothing.code, "nothing: no recordings (.npz)" in nothing.err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--operator", "convolve"), "operator 'convolve' has no models here"),
        (("--runtime", "none"), "no runtime begins with"),
        (("--cases", "0"), "cases: 0, accepted is an integer >= 1"),
        (("--driver", "x"), "driver 'x', accepted is NAME=COMMAND"),
        (("--against", "nothing.json"), "nothing.json: No such file"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_bad_input(edgetwin, arguments, says):
    result = edgetwin("conformance", *arguments)
    assert result.code == 2
    assert says in result.err
