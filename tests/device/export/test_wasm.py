"""The WebAssembly module in Node equals its twin, final and per operator; its page shows the same numbers."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.impulses import impulse_case
from oracles.inputs import samples
from oracles.models import model_bytes
from oracles.wasm_host import BROWSER, NODE, array, ask, element_text, page_after, table_rows

import edgetwin as et
from edgetwin.data import demo_model
from edgetwin.device.export import wasm_compiler

#: Inputs of each model; the full number of the release check is 50.
INPUTS = int(os.environ.get("EDGETWIN_WASM_INPUTS", "4"))
SHARED = ("hello_int8", "kws_int8", "kwscr8_small_biases", "micro_speech_int8")
#: Those whose weights take long to compile run where more inputs do, too.
LARGE = ("gait_int8", "resnet8_int8", "ad01_int8", "person")


@pytest.fixture(scope="module", autouse=True)
def _tools():
    if importlib.util.find_spec("ziglang") is None and shutil.which("em++") is None:
        pytest.skip(f"no compiler for WebAssembly: {wasm_compiler.INSTALL}")
    if shutil.which("node") is None:
        pytest.skip(NODE)


@pytest.fixture(scope="module")
def model():
    return et.load(demo_model())


@pytest.fixture(scope="module")
def walk(model, tmp_path_factory):
    """The folder of the demo model's export."""
    return model.export(tmp_path_factory.mktemp("wasm") / "walk", target="wasm", unit="cm")


@pytest.fixture(scope="module")
def strides():
    return et.signal.simulate_strides(range(3))[0].reshape(-1, 648)


def run(folder, requests):
    return ask([(folder / f"{folder.name}.js", what, arrays) for what, arrays in requests])


def check(model, folder, inputs):
    """Compare outputs and every operator of samples, each from the initial state."""
    requests = []
    for sample in inputs:
        requests += [("reset", []), ("run", [sample]), ("reset", []), ("trace", [sample])]
    answers = run(folder, requests)
    for number, sample in enumerate(inputs):
        _, outputs, _, traced = answers[4 * number : 4 * number + 4]
        assert "error" not in traced, traced
        twin = model.trace(sample)
        for ours in (outputs, traced["outputs"]):
            assert len(ours) == 1
            theirs = np.asarray(model.run(sample))
            assert_array_equal(array(ours[0], theirs), theirs, err_msg=f"{folder.name}, sample {number}")
        assert [operator for operator, _ in traced["operators"]] == list(twin)
        for operator, ours in traced["operators"]:
            bits = twin[operator].view(np.uint8) if twin[operator].dtype == np.bool_ else twin[operator]
            assert_array_equal(array(ours, bits), bits, err_msg=f"{folder.name}, sample {number}, operator {operator}")
    if model.state().arrays:
        state = model.state()
        kept = run(folder, [("reset", []), *(("run", [sample]) for sample in inputs)])[1:]
        for number, (ours, sample) in enumerate(zip(kept, inputs, strict=True)):
            theirs = np.asarray(model.run(sample, state=state))
            assert_array_equal(array(ours[0], theirs), theirs, err_msg=f"{folder.name}, sample {number} with state")


def test_files(model, walk):
    assert {path.name for path in walk.iterdir()} == {
        "README.md", "export.json", "index.html", "walk.d.ts", "walk.js", "walk.wasm",
    }  # fmt: skip
    (info,) = run(walk, [("info", [])])
    assert info["hash"] == model.hash
    assert info["unit"] == "cm"
    assert info["inputs"][0]["scale"] == model.inputs[0].scale
    assert "run(input: Int8Array): Int8Array;" in (walk / "walk.d.ts").read_text()
    assert json.loads((walk / "export.json").read_text())["target"] == "wasm"


def test_sums_are_vectors(walk):
    """i32x4.add, by its code."""
    assert (walk / "walk.wasm").read_bytes().count(b"\xfd\xae\x01") > 10


def test_demo_model(model, walk, strides):
    spec = model.inputs[0]
    check(model, walk, et.kernels.quantize(strides[: 5 * INPUTS], spec.scale, spec.zero_point))


def test_predicts_real_values(model, walk, strides):
    answers = run(walk, [("predict", [stride]) for stride in strides[:8]])
    for answer, stride in zip(answers, strides, strict=False):
        expected = model.predict(stride)
        assert_array_equal(array(answer, expected), expected)


def test_shared_models(shared, tmp_path):
    for name in SHARED + (LARGE if INPUTS > 4 else ()):
        model = et.load(model_bytes(shared, name))
        folder = model.export(tmp_path / name, target="wasm")
        first = model.graph.tensors[model.graph.inputs[0]]
        check(model, folder, list(samples(shared, name, first, INPUTS).reshape(INPUTS, *model.inputs[0].shape)))


def pushed(folder, blocks):
    """Answers to blocks of samples: codes, values and label for each window."""
    return [row for answer in run(folder, [("push", [block]) for block in blocks]) for row in answer]


@pytest.mark.parametrize("kind", ["mfe", "image"])
def test_samples_of_an_impulse(tmp_path, kind):
    case = impulse_case(kind)
    labels = ("a", "b", "c", "d")
    options = {"average": 3, "debounce": 2, "labels": labels}
    stream = case.impulse.stream(case.hop, **options)
    folder = case.impulse.export(tmp_path / kind, "wasm", hop=case.hop, **options)
    expected = stream.push(case.signal)
    taken = case.signal.astype(case.impulse._front.samples).reshape(len(case.signal), -1)
    answers = pushed(folder, np.array_split(taken, 7))
    assert len(answers) == len(expected) == 12
    for (codes, values, label), output in zip(answers, expected, strict=True):
        assert_array_equal(array(codes, output.codes), output.codes)
        assert_array_equal(array(values, output.values), output.values)
        assert label == (-1 if output.label is None else labels.index(output.label))
    (wrong, info) = run(folder, [("push", [np.full(taken.shape[1], 0.5, np.float32)]), ("info", [])])
    assert re.search(r"RangeError: value 0 is 0.5, accepted are u?int\d+ numbers", wrong["error"])
    assert info["source"]["kind"] == {"mfe": "sound", "image": "picture"}[kind]


@pytest.fixture(scope="module")
def gait(model, tmp_path_factory):
    """The pipeline's stream of raw samples at 128 Hz, and a page that takes them."""
    stream = et.signal.GaitPipeline(causal=True).stream(128.0)
    folder = tmp_path_factory.mktemp("gait") / "gait"
    return stream, model.export(folder, target="wasm", unit="cm", source=stream)


def test_samples_of_a_walk(model, gait, browse, tmp_path):
    """In Node, and as CSV on the page."""
    stream, folder = gait
    raw = et.data.simulate_gait(1, speeds=(1.1,), strides=6)[0].values.astype(np.float32)
    windows = stream.push(raw).windows
    spec = model.inputs[0]
    codes = model.run(et.kernels.quantize(windows.reshape(-1, 648), spec.scale, spec.zero_point)).ravel()
    assert len(codes) == 6
    answers = pushed(folder, np.array_split(raw, 3))
    assert [array(row[0], codes[:1]).item() for row in answers] == codes.tolist()
    text = "\n".join(",".join(map(str, row)) for row in raw.tolist())
    dom = browse(folder / "index.html", tmp_path, text)
    assert [row[2] for row in table_rows(dom)] == [str(code) for code in codes]
    assert element_text(dom, "state") == "window 1 of 6"
    (refused,) = run(folder, [("push", [np.zeros(5, np.float32)])])
    assert "RangeError: 5 values, accepted are samples of 6" in refused["error"]


def test_page_pushes_motion(tmp_path, browse):
    """Readings that do not change, taken by an impulse's window of 31 samples of 3 axes."""
    case = impulse_case("flatten")
    labels = ("rest", "walk", "run", "fall")
    made = case.impulse.export(tmp_path / "flat", "wasm", hop=7, average=2, labels=labels)
    script = """
      document.getElementById("start").click();
      await null;
      for (let i = 0; i < 200; ++i) {
        window.dispatchEvent(Object.assign(new Event("devicemotion"), {
          accelerationIncludingGravity: { x: 1, y: 9.5, z: -2 }, rotationRate: { alpha: 0, beta: 0, gamma: 0 } }));
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    """
    dom = page_after(made / "index.html", tmp_path, script)
    still = np.tile(np.array([1, 9.5, -2], np.float32), (31, 1))
    output = case.impulse.stream(7, average=2, labels=labels).push(still)[0]
    assert element_text(dom, "state") == "live"
    assert element_text(dom, "value") == output.label
    scores = sorted(output.values.tolist(), reverse=True)
    assert re.findall(r">(\d\.\d{4})<", dom) == [
        f"{score + 1e-9:.4f}" for score in scores
    ]  # JavaScript rounds halves up


def test_windows_are_not_pushed(walk):
    (answer,) = run(walk, [("push", [np.zeros(6, np.float32)])])
    assert "the model takes whole windows" in answer["error"]


def test_same_bytes_each_time(model, walk, tmp_path):
    again = model.export(tmp_path / "walk", target="wasm", unit="cm")
    for path in walk.iterdir():
        assert (again / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("what", "arrays", "says"),
    [
        ("run", [], "TypeError: 0 inputs, accepted are 1"),
        ("run", [np.zeros(648, np.int16)], "Int16Array of 648, accepted is Int8Array of 648"),
        ("run", [np.zeros(647, np.int8)], "Int8Array of 647, accepted is Int8Array of 648"),
        ("predict", [np.zeros(5, np.float32)], "RangeError: 5 samples, accepted are 648"),
        ("predict", [np.full(648, np.nan, np.float32)], "RangeError: sample 0 is not a number"),
    ],
    ids=["none", "dtype", "size", "samples", "nan"],
)
def test_loader_refuses(walk, what, arrays, says):
    (answer,) = run(walk, [(what, arrays)])
    assert says in answer["error"]


def test_module_of_another_model(walk, tmp_path):
    for path in walk.iterdir():
        shutil.copy(path, tmp_path)
    loader = tmp_path / "walk.js"
    found = json.loads((walk / "export.json").read_text())["model"]
    loader.write_text(loader.read_text().replace(found, "0123456789abcdef"))
    (answer,) = ask([(loader, "info", [])])
    assert f"the module holds the model {found}, this loader is of 0123456789abcdef" in answer["error"]


# The page.


@pytest.fixture(scope="module")
def browse():
    """Text of a page after numbers were put in and predicted."""
    if shutil.which("chromium") is None and shutil.which("chromium-browser") is None:
        pytest.skip(BROWSER)

    def predicted(page, folder, text):
        script = f'document.getElementById("numbers").value = {json.dumps(text)};'
        return page_after(page, folder, script + 'document.getElementById("predict").click();')

    return predicted


def test_page_shows_the_model_s_numbers(model, walk, strides, browse, tmp_path):
    spec = model.inputs[0]
    header = "time_s,ax,ay,az,gx,gy,gz\n"
    rows = strides[:3].reshape(-1, 6)
    lines = [",".join(map(str, [i / 100, *row.tolist()])) for i, row in enumerate(rows)]
    dom = browse(walk / "index.html", tmp_path, header + "\n".join([*lines, "999,0,0,0,0,0,0"]))
    codes = model.run(et.kernels.quantize(strides[:3], spec.scale, spec.zero_point))
    values = model.predict(strides[:3])
    assert table_rows(dom) == [
        [str(i + 1), f"{value:.4f}", str(code)]
        for i, (value, code) in enumerate(zip(values.ravel().tolist(), codes.ravel().tolist(), strict=True))
    ]
    assert element_text(dom, "problem") == "The last 1 rows fill no window and are left out."
    assert element_text(dom, "state") == "window 1 of 3"
    assert model.hash in element_text(dom, "facts")


def test_page_of_a_classifier(shared, browse, tmp_path):
    model = et.load(shared / "models/micro_speech_int8.tflite")
    labels = ("silence", "unknown", "</script>", "no & yes")
    made = model.export(tmp_path / "speech", target="wasm", labels=labels)
    first = model.graph.tensors[model.graph.inputs[0]]
    codes = samples(shared, "micro_speech_int8", first, 2).reshape(2, -1)
    real = (codes.astype(np.float32) - model.inputs[0].zero_point) * np.float32(model.inputs[0].scale)
    dom = browse(made / "index.html", tmp_path, "\n".join(" ".join(map(str, row)) for row in real.tolist()))
    scores = model.predict(real)
    assert table_rows(dom) == [
        [str(i + 1), labels[int(np.argmax(row))], f"{row.max():.4f}", " ".join(map(str, outputs.tolist()))]
        for i, (row, outputs) in enumerate(zip(scores, model.run(codes), strict=True))
    ]


WRONG = {
    "": "there are no numbers",
    "1,2,3,4,5,6\n1,2,x,4,5,6": 'line 2: "x" is no number',
    "1,2,3,4,5,6\n1,2": "line 2 has 2 numbers, line 1 has 6",
    "1,2\n3,4": "rows of 2 numbers; accepted are 6, 7 (time first) or 648",
    "1,2,3,4,5,6": "1 rows are no window: it has 108",
    "2,1,2,3,4,5,6\n1,1,2,3,4,5,6": "line 2: its time does not follow the one before",
}


def test_page_says_what_is_wrong(walk, browse, tmp_path):
    script = """
      const said = [];
      for (const text of %s) {
        document.getElementById("numbers").value = text;
        document.getElementById("predict").click();
        said.push(document.getElementById("problem").textContent);
      }
      document.getElementById("state").textContent = said.join("|");
    """
    dom = page_after(walk / "index.html", tmp_path, script % json.dumps(list(WRONG)))
    assert element_text(dom, "state").split("|") == list(WRONG.values())
    assert re.search(r'<table id="windows" hidden', dom)


def test_page_takes_motion(model, walk, browse, tmp_path):
    """Readings that do not change: gravity alone, in g."""
    script = """
      document.getElementById("acceleration").selectedIndex = 1;
      document.getElementById("start").click();
      await null;
      const reading = () => window.dispatchEvent(Object.assign(new Event("devicemotion"), {
        accelerationIncludingGravity: { x: 0, y: 9.80665, z: 0 }, rotationRate: { alpha: 0, beta: 0, gamma: 0 } }));
      for (let i = 0; i < 130; ++i) {
        reading();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    """
    dom = page_after(walk / "index.html", tmp_path, script)
    window = np.tile(np.array([0, 9.80665 * 0.10197162, 0, 0, 0, 0], np.float32), 108)
    assert element_text(dom, "state") == "live"
    assert element_text(dom, "value").split() == [f"{float(f'{model.predict(window).item():.4g}'):g}", "cm"]


def test_no_compiler(model, tmp_path, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(et.MissingExtraError, match=r'pip install "edgetwin\[wasm\]"'):
        model.export(tmp_path / "x", target="wasm")
    assert not (tmp_path / "x").exists()


def test_compiler_that_fails():
    with pytest.raises(et.DeviceError, match="undeclared"):
        wasm_compiler.compile_wasm({"a.cpp": b"int f() { return missing; }"}, "a.cpp")
