"""`edgetwin evaluate`: the 205 real strides, exit codes, pictures, several files, and data that does not fit."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from oracles.files import npz

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

TRIALS = {"PWS": ("0.92 / 3.90", 96), "PWS+20": ("4.24 / 3.55", 109)}


@pytest.fixture(scope="module")
def strides():
    windows, label_cm = et.signal.simulate_strides(range(2))
    return windows.reshape(len(windows), -1), label_cm


@pytest.fixture
def recorded(demo_tflite, strides, tmp_path):
    """A file with all that `evaluate` looks for."""
    model = et.load(demo_tflite)
    x, label_cm = strides
    source = model.inputs[0]
    codes = et.kernels.quantize(x, source.scale, source.zero_point)
    arrays = {"int8_input": codes, "label_cm": label_cm, "int8_output": model.run(codes)}

    def write(name="walk.npz", **changes):
        path = tmp_path / name
        np.savez(path, **{k: v for k, v in (arrays | changes).items() if v is not None})
        return path

    return write


@pytest.mark.parametrize("trial", TRIALS)
@pytest.mark.parametrize("inputs", [None, "strides"], ids=["codes", "real"])
def test_real_strides(edgetwin, shared, tmp_path, trial, inputs):
    figures, n = TRIALS[trial]
    data = shared / "golden" / "gait" / f"Sub_FZ_{trial}_RF.npz"
    outcome = edgetwin("evaluate", shared / "models/gait_int8.tflite", data, *(["--inputs", inputs] if inputs else []))
    assert (outcome.code, outcome.err) == (0, "")
    assert figures in outcome.out
    assert f"0 of {n}" in outcome.out
    folder = tmp_path / "edgetwin-evaluate"
    assert sorted(p.name for p in folder.iterdir()) == ["bland_altman.png", "metrics.json", "regression.png"]
    content = json.loads((folder / "metrics.json").read_text())
    assert (content["model"], content["arithmetic"], content["unit"]) == ("gait_int8", "tflm@20261023", "cm")
    (result,) = content["evaluations"]
    assert result["name"] == f"Sub_FZ_{trial}_RF"
    assert (result["samples"], result["recorded_output_bytes"], result["differing_output_bytes"]) == (n, n, 0)
    arrays = npz(data)
    expected = et.metrics.agreement(0.6526270508766174 * (arrays["int8_output"] + 128.0), arrays["label_cm"])
    assert result["metrics"] == pytest.approx(expected.as_dict(), rel=1e-5)


def test_both_trials_and_all_together(edgetwin, shared, tmp_path):
    files = sorted((shared / "golden" / "gait").glob("*.npz"))
    outcome = edgetwin("evaluate", shared / "models/gait_int8.tflite", *files, "--out", "a/b", "--json")
    assert outcome.code == 0
    content = json.loads(outcome.out)
    assert content == json.loads((tmp_path / "a/b/metrics.json").read_text())
    assert [(e["name"], e["samples"]) for e in content["evaluations"]] == [
        ("Sub_FZ_PWS+20_RF", 109),
        ("Sub_FZ_PWS_RF", 96),
        ("all", 205),
    ]
    first, second, pooled = (e["metrics"] for e in content["evaluations"])
    assert pooled["bias"] == pytest.approx((109 * first["bias"] + 96 * second["bias"]) / 205)
    assert (round(first["bias"], 2), round(second["bias"], 2), round(pooled["bias"], 2)) == (4.24, 0.92, 2.69)
    assert content["evaluations"][2]["recorded_output_bytes"] == 205
    assert len(list((tmp_path / "a/b").glob("*.png"))) == 6


def test_one_wrong_byte_is_exit_1(edgetwin, recorded, demo_tflite, tmp_path):
    path = recorded()
    outputs = npz(path)["int8_output"]
    outputs[7] ^= 1
    recorded(int8_output=outputs)
    outcome = edgetwin("evaluate", demo_tflite, path)
    assert outcome.code == 1
    assert f"1 of {outputs.size}" in outcome.out
    assert f"note: walk.npz: 1 of {len(outputs)} samples differ from the recorded outputs, the first is sample 7" in (
        outcome.out
    )
    content = json.loads((tmp_path / "edgetwin-evaluate/metrics.json").read_text())
    assert content["evaluations"][0]["differing_output_bytes"] == 1


def test_without_labels_bytes_are_compared(edgetwin, recorded, demo_tflite, tmp_path):
    outcome = edgetwin("evaluate", demo_tflite, recorded(label_cm=None), "--json")
    assert outcome.code == 0
    assert [p.name for p in (tmp_path / "edgetwin-evaluate").iterdir()] == ["metrics.json"]
    (result,) = json.loads(outcome.out)["evaluations"]
    assert (result["kind"], result["metrics"], result["differing_output_bytes"]) == ("none", None, 0)


def test_a_file_without_labels_keeps_its_columns(edgetwin, recorded, demo_tflite):
    outcome = edgetwin("evaluate", demo_tflite, recorded("a.npz", label_cm=None), recorded("b.npz"))
    assert outcome.code == 0
    lines = {line.split()[0]: line for line in outcome.out.splitlines() if line.strip()}
    assert "bias / SD" in lines["data"]
    n = npz(recorded())["int8_output"].size
    assert lines["a"].split() == ["a", str(n), *"------", "0", "of", str(n)]
    assert lines["b"].endswith(f"0 of {n} ")


def test_files_of_one_name_do_not_overwrite_each_other(edgetwin, recorded, demo_tflite, tmp_path):
    (tmp_path / "other").mkdir()
    files = [recorded("walk.npz"), recorded("other/walk.npz"), recorded("all.npz")]
    outcome = edgetwin("evaluate", demo_tflite, *files, "--json")
    names = ["walk", "walk-2", "all-2", "all"]
    assert [e["name"] for e in json.loads(outcome.out)["evaluations"]] == names
    pictures = {p.name for p in (tmp_path / "edgetwin-evaluate").glob("*.png")}
    assert pictures == {f"{name}-{kind}.png" for name in names for kind in ("regression", "bland_altman")}


def test_names_with_markup_and_formulas(edgetwin, recorded, demo_tflite):
    outcome = edgetwin("evaluate", demo_tflite, recorded("b]$x_{[red]$.npz"), "--unit", "[/cm]$")
    assert (outcome.code, outcome.err) == (0, "")
    assert "b]$x_{[red]$" in outcome.out
    assert "b ([/cm]$)" in outcome.out


@pytest.mark.parametrize(("name", "unit"), [("label_cm", "cm"), ("labels", ""), ("y", ""), ("gait_class", "")])
def test_unit_from_the_name_of_the_labels(edgetwin, recorded, demo_tflite, name, unit):
    labels = npz(recorded())["label_cm"]
    path = recorded(**({"label_cm": None} | {name: labels}))
    chosen = edgetwin("evaluate", demo_tflite, path, "--labels", name, "--json")
    assert json.loads(chosen.out)["unit"] == unit
    said = edgetwin("evaluate", demo_tflite, path, "--labels", name, "--unit", "inch", "--json")
    assert json.loads(said.out)["unit"] == "inch"


@pytest.mark.parametrize(
    ("output", "labels", "options", "quantity"),
    [
        ("StatefulPartitionedCall:0", "label_cm", [], "value"),
        ("stride_length_cm", "label_cm", [], "stride length"),
        ("stride_length_cm", "labels", [], "value"),
        ("stride_length_cm", "wrist_angle_deg", [], "wrist angle"),
        ("Identity", "pulse", [], "pulse"),
        ("stride_length_cm", "label_cm", ["--quantity", "step width"], "step width"),
    ],
)
def test_what_the_axes_name(edgetwin, recorded, demo_tflite, tmp_path, monkeypatch, output, labels, options, quantity):
    graph = et.load(demo_tflite).graph
    tensors = list(graph.tensors)
    tensors[graph.outputs[0]] = replace(tensors[graph.outputs[0]], name=output)
    (tmp_path / "named.tflite").write_bytes(write_tflite(replace(graph, tensors=tuple(tensors))))
    values = npz(recorded())["label_cm"]
    path = recorded(**({"label_cm": None} | {labels: values}))
    named = []

    def write(_folder, _model, _evaluations, **words):
        named.append(words["quantity"])
        return []

    monkeypatch.setattr("edgetwin.cli.evaluate.write_evaluation", write)
    assert edgetwin("evaluate", "named.tflite", path, "--labels", labels, *options).code == 0
    assert named == [quantity]


def test_classes_without_samples_have_no_recall(edgetwin, shared, tmp_path):
    path = shared / "models/kws_int8.tflite"
    x = np.zeros((2, 49, 10, 1), np.int8)
    np.savez(tmp_path / "words.npz", codes=x, labels=et.load(path).run(x).argmax(1))
    outcome = edgetwin("evaluate", path, "words.npz")
    assert outcome.code == 0
    assert "nan" not in outcome.out
    assert outcome.out.count(" -") == 11
    assert "written to edgetwin-evaluate: confusion_matrix.png, metrics.json" in outcome.out


def test_a_classifier(edgetwin, shared, tmp_path):
    model = et.load(shared / "models/kws_int8.tflite")
    rng = np.random.default_rng(3)
    x = rng.integers(-128, 128, (40, 49, 10, 1)).astype(np.int8)
    labels = model.run(x).argmax(1)
    wrong = labels.copy()
    wrong[:10] = (wrong[:10] + 1) % 12
    np.savez(tmp_path / "words.npz", codes=x, labels=wrong)
    outcome = edgetwin("evaluate", shared / "models/kws_int8.tflite", "words.npz")
    assert outcome.code == 0
    assert "0.7500" in outcome.out
    assert "none recorded" in outcome.out
    folder = tmp_path / "edgetwin-evaluate"
    assert sorted(p.name for p in folder.iterdir()) == ["confusion_matrix.png", "metrics.json", "roc.png"]
    (result,) = json.loads((folder / "metrics.json").read_text())["evaluations"]
    assert (result["kind"], result["metrics"]["accuracy"]) == ("classification", 0.75)
    assert np.sum(result["metrics"]["confusion"]) == 40


def test_values_that_saturate_are_counted(edgetwin, recorded, demo_tflite, strides):
    real = strides[0].copy()
    real[3, :5] = [9e9, -9e9, np.inf, -np.inf, 50]
    source = et.load(demo_tflite).inputs[0]
    codes = et.kernels.quantize(real, source.scale, source.zero_point)
    low, high = (source.scale * (limit - source.zero_point) for limit in (-128.5, 127.5))
    outside = int(((real < low) | (real > high)).sum())
    assert outside >= 5
    path = recorded(int8_input=None, strides=real, int8_output=et.load(demo_tflite).run(codes))
    outcome = edgetwin("evaluate", demo_tflite, path)
    assert outcome.code == 0
    assert f"{outside} of {real.size} values lie outside" in outcome.out


N = 78


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"int8_input": np.zeros((3, 648), np.int16)}, "inputs are int16, accepted are int8"),
        ({"int8_input": None, "x": np.zeros((3, 648), np.int64)}, "inputs are int64, accepted are int8"),
        ({"int8_input": np.zeros((3, 640), np.int8)}, r"shape (3, 640), the model takes samples of shape (648,)"),
        ({"int8_input": np.zeros((0, 648), np.int8)}, "no samples"),
        ({"int8_input": np.int8(3)}, "shape (), the model takes"),
        ({"int8_input": None}, "no inputs; it holds int8_output, label_cm"),
        ({"int8_input": None, "x": np.full((3, 648), np.nan)}, "NaN"),
        ({"int8_input": None, "x": np.full((3, 648), "a")}, "inputs are of dtype <U1"),
        ({"label_cm": np.zeros(3)}, "3 labels for"),
        ({"label_cm": np.array(["a"])}, "labels are of dtype <U1"),
        ({"label_cm": np.full(N, np.nan)}, "labels"),
        ({"int8_output": np.zeros(3, np.int8)}, "recorded outputs are int8 (3,)"),
        ({"int8_output": np.zeros(N, np.int16)}, "recorded outputs are int16"),
        ({"label_cm": None, "int8_output": None}, "neither labels nor recorded outputs"),
    ],
    ids=["int16", "int64", "shape", "no-samples", "scalar", "no-inputs", "nan", "text", "label-count", "label-text",
         "label-nan", "output-count", "output-dtype", "nothing-to-compare"],
)  # fmt: skip
def test_data_that_does_not_fit(refused, recorded, demo_tflite, changes, says):
    assert says in refused("evaluate", demo_tflite, recorded(**changes))


def test_labels_of_two_units_do_not_go_together(refused, recorded, demo_tflite):
    labels = npz(recorded())["label_cm"]
    other = recorded("b.npz", label_cm=None, label_mm=labels * 10)
    metres = recorded("c.npz", label_cm=None, y=labels)
    assert "label_cm" in refused("evaluate", demo_tflite, other, "--labels", "label_cm")
    assert "do not go together" in refused("evaluate", demo_tflite, recorded(), metres)


def test_options_name_arrays(refused, edgetwin, recorded, demo_tflite):
    path = recorded()
    assert "no array 'nope'" in refused("evaluate", demo_tflite, path, "--inputs", "nope")
    assert "no array 'nope'" in refused("evaluate", demo_tflite, path, "--outputs", "nope")
    arrays = npz(path)
    renamed = recorded(int8_input=None, a=arrays["int8_input"], label_cm=None, b=arrays["label_cm"], int8_output=None,
                       c=arrays["int8_output"])  # fmt: skip
    outcome = edgetwin("evaluate", demo_tflite, renamed, "--inputs", "a", "--labels", "b", "--outputs", "c")
    assert outcome.code == 0
    assert f"0 of {len(arrays['label_cm'])}" in outcome.out


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_terminal_cuts_a_figure(edgetwin, recorded, demo_tflite, monkeypatch, width):
    path = recorded()
    r = json.loads(edgetwin("evaluate", demo_tflite, path, "--json").out)["evaluations"][0]["metrics"]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(width))
    out = edgetwin("evaluate", demo_tflite, path).out
    for figure in (f"{r['m']:.3f}", f"{r['mse']:.2f}", f"{r['bias']:.2f} / {r['sd']:.2f}", f"{r['mdc']:.2f}"):
        assert figure in out
    assert f"{r['loa_low']:.2f} to {r['loa_high']:.2f}" in out
    assert "\N{HORIZONTAL ELLIPSIS}" not in out


def test_subjects_and_a_twin(edgetwin, recorded, demo_tflite, tmp_path):
    n = len(npz(recorded())["label_cm"])
    path = recorded(int8_output=None, who=np.array(["Ann", "Ben"])[np.arange(n) % 2])
    outcome = edgetwin(
        "evaluate", demo_tflite, path, "--subjects", "who", "--against", demo_tflite, "--resamples", 100, "--seed", 3
    )
    assert (outcome.code, outcome.err) == (0, "")
    for said in ("bias (cm), 95 %", "limits of agreement by subject (cm)", "ICC(2,1), 95 %", "SEM / MDC95 (cm)",
                 "against the twin: predictions differ by 0.00 +- 0.00 cm", "Ann ", "Ben "):  # fmt: skip
        assert said in outcome.out
    (result,) = json.loads((tmp_path / "edgetwin-evaluate/metrics.json").read_text())["evaluations"]
    samples = et.data.load_samples(path, subjects="who")
    again = et.evaluate(demo_tflite, samples, against=demo_tflite, resamples=100, seed=3)
    assert result["study"]["intervals"] == again.as_dict()["study"]["intervals"]
    assert result["paired"]["mse_ratio"] == 1
    assert result["against"]["metrics"] == result["metrics"]


def test_no_resamples(edgetwin, recorded, demo_tflite):
    out = edgetwin("evaluate", demo_tflite, recorded(), "--resamples", 0).out
    assert "95 %" not in out.replace("ICC(2,1), 95 %", "")


@pytest.mark.parametrize(
    ("subjects", "says"),
    [(np.zeros(3), "subjects are float64"), (np.zeros(3, int), "subjects of shape (3,), accepted is one for each of")],
    ids=["float", "count"],
)
def test_subjects_that_do_not_fit(refused, recorded, demo_tflite, subjects, says):
    assert says in refused("evaluate", demo_tflite, recorded(subjects=subjects))
