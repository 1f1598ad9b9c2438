"""What benchmarks/run.py writes: the marked section only, ratios and shares of given times; its loops and networks."""

from __future__ import annotations

import platform
from contextlib import nullcontext

import numpy as np
import pytest
from conftest import ROOT
from speed import machine, peak, sections, tables, targets
from speed.generated import conv1d_network
from speed.networks import Result
from speed.scaling import Line
from speed.singles import Single, random_samples
from speed.timing import Body, Effort, Times, interleaved, straight_line

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

TEXT = f"before\n\n{tables.BEGIN}\nold | figures\n{tables.END}\n\n## After\n\nbehind\n"


def test_only_the_marked_section_is_replaced(tmp_path):
    path = tmp_path / "RESULTS.md"
    path.write_text(TEXT, encoding="utf-8")
    for section in ("### New\n\nµs", "### Other"):
        tables.write_section(path, section)
        text = path.read_text(encoding="utf-8")
        assert text == f"before\n\n{tables.BEGIN}\n\n{section}\n\n{tables.END}\n\n## After\n\nbehind\n"


@pytest.mark.parametrize(
    "text",
    ["", tables.BEGIN, tables.END, f"{tables.END}{tables.BEGIN}", f"{tables.BEGIN}{tables.BEGIN}{tables.END}"],
    ids=["none", "no end", "no beginning", "in reverse", "twice"],
)
def test_without_its_markers_nothing_is_written(tmp_path, text):
    path = tmp_path / "RESULTS.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="what to replace"):
        tables.write_section(path, "figures")
    assert path.read_text(encoding="utf-8") == text


def test_results_have_the_markers():
    text = (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8")
    assert tables.replaced(text, "new").count("new") >= 1


def test_rows_have_the_header_s_cells():
    assert tables.table(("a", "b"), [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
    with pytest.raises(ValueError, match="1 cells under 2 columns"):
        tables.table(("a", "b"), [["1"]])


def test_figures():
    assert [tables.us(s) for s in (None, 0.25e-6, 12.34e-6, 1234.4e-6)] == ["-", "0.25", "12.3", "1234"]
    assert tables.ratio(3.0, 1.5) == 2
    assert tables.ratio(None, 1.5) is None
    assert tables.ratio(3.0, None) is None
    assert [tables.times(r) for r in (None, 2.0, 123.4)] == ["-", "2.00x", "123x"]
    assert peak.giga_macs(1e-6, 64_000) == pytest.approx(64)
    assert peak.share(1e-6, 64_000, {"madd512": 128.0}, "avx512") == pytest.approx(0.5)
    assert peak.share(1e-6, 64_000, {"madd512": 128.0}, "avx2") is None
    assert peak.share(1e-6, 64_000, {"madd512": 128.0}, "scalar") is None


@pytest.fixture
def result():
    seconds = {
        "single avx2": 10e-6, "batch avx2": 5e-6, "batch_2 avx2": 2.5e-6,
        "litert raw": 20e-6, "litert_2 raw": 25e-6, "litert whole": 30e-6, "tflm raw": 500e-6, "tflm whole": 510e-6,
    }  # fmt: skip
    batches, notes = {"avx2": 1024}, dict.fromkeys(("onnx", "onnx_2", "onnx_default"), "refused")
    made = Result("gait_int8", 500_000, 1000, 64, seconds=seconds, batches=batches, notes=notes)
    made.fastest = {"batch avx2": 4e-6}
    return made


def cells(markdown, row=0):
    return [cell.strip() for cell in markdown.splitlines()[2 + row].strip("|").split("|")]


def test_ratios_of_given_times(result):
    wanted = {"single": 2.0, "batch": 4.0, "batch_2": 8.0, "wheel": 200.0, "whole": 3.0}
    assert sections.ratios(result, "avx2") == pytest.approx(wanted)
    assert set(sections.ratios(result, "avx512_vnni").values()) == {None}


def test_the_network_table(result):
    made = cells(sections.network_table([result], ["avx2"], {"madd256": 200.0}))
    assert made[:6] == ["gait_int8 (0.5)", "avx2", "10.0", "1024", "5.00", "2.50"]
    assert made[6:] == ["125.0, 62 %", "2.00x", "4.00x", "8.00x", "50.00x", "200x"]


def test_a_network_that_does_not_load_has_a_row(result):
    refused = Result("audio", refusal="operator 0 | has no kernel")
    made = cells(sections.network_table([result, refused], ["avx2"], {}), row=1)
    assert made[:3] == ["audio", "not loaded: operator 0 / has no kernel", "-"]


def test_the_peer_table(result):
    made = cells(sections.peer_table([result]))
    assert made == ["gait_int8", "64", "20.0", "25.0", "30.0", "500", "510", "refused", "-", "-", "-", "-"]


def test_targets_of_a_level_that_is_missing_are_not_measurable(result, monkeypatch):
    monkeypatch.setattr(sections, "lacking", lambda level: f"this CPU lacks {level}")
    text = sections.targets_section([result], ["scalar", "avx2"])
    assert "**not measurable here**: this CPU lacks avx512_vnni" in text
    assert "ratios of the best level measured, avx2" in text
    assert "| 2.00x, above (2x) | 4.00x, above (2.4x) | 8.00x, above (4.4x) | 200x, below (400x) |" in text
    assert " met" not in text.split("| --- |")[1]


def test_targets_of_their_own_level_are_met_or_not(result):
    result.seconds |= {f"{body} avx512_vnni": s for body, s in (("single", 11e-6), ("batch", 5e-6), ("batch_2", 1e-6))}
    text = sections.targets_section([result], ["avx2", "avx512_vnni"])
    assert "measurable" not in text
    assert "| 1.82x, **not met** (2x) | 4.00x, met (2.4x) | 20.00x, met (4.4x) | 500x, met (400x) |" in text


def test_the_rival_of_recurrent_networks_is_the_wheel(result):
    result.name = "dtln"
    assert targets.TARGETS["dtln"].rival == "tflm"
    assert sections.ratios(result, "avx2")["batch"] == pytest.approx(100)


def test_the_table_of_single_operators():
    conv = Single("conv", 64_000, 10, seconds={"single avx2": 4e-6, "batch avx2": 2e-6, "litert raw": 3e-6})
    conv.notes["tflm"], conv.fastest = "not installed", {"batch avx2": 1.6e-6}
    pool = Single("pool", 0, 8_000, seconds={"single avx2": 4e-6, "batch avx2": 2e-6})
    text = sections.single_table([conv, pool], ["avx2"], {"madd256": 64.0})
    assert cells(text) == ["conv", "0.064", "4.00", "2.00", "40.0, 62 %", "3.00", "not installed"]
    assert cells(text, 1) == ["pool", "-", "4.00", "2.00", "4.00 G elements/s", "-", "-"]


def test_convolutions_beside_the_share_that_is_asked_of_them():
    singles = [Single(f"conv {us}", 64_000, 10, fastest={"batch avx2": us * 1e-6}) for us in (1, 1.4, 4)]
    singles.append(Single("dense", 64_000, 10, fastest={"batch avx2": 1.0}))
    note = sections.share_note(singles, "avx2", {"madd256": 64.0})
    assert "70 % of its peak" in note
    assert "2 of 3 reach it (conv 1; conv 1.4); the lowest is conv 4 with 25 %" in note
    assert sections.share_note(singles, "avx2", {}) == ""
    assert sections.share_note(singles, "scalar", {"madd256": 64.0}) == ""


def test_the_line_through_straight_costs():
    x = [1.0, 2.0, 4.0, 4096.0]
    slope, intercept, worst = straight_line(x, [0.5 * v + 3 for v in x])
    assert (slope, intercept) == pytest.approx((0.5, 3.0))
    assert worst == pytest.approx(0, abs=1e-9)
    assert straight_line([1.0, 2.0, 3.0], [1.0, 4.0, 9.0])[2] > 0.1
    line = Line("samples", (1, 2, 4), (1.0, 2.0, 4.0), (2e-6, 3e-6, 5e-6), "sample")
    assert cells(sections.line_table([line])) == ["samples", "1 to 4 (3)", "2.00", "5.00", "1", "sample", "1.00", "0 %"]


def test_rounds_are_interleaved():
    seen = []
    bodies = {name: Body(lambda name=name: seen.append(name), 2, nullcontext) for name in "ab"}
    assert interleaved(bodies, Effort(2, 0.0)).median.keys() == {"a", "b"}
    turns = [name for i, name in enumerate(seen) if i == 0 or seen[i - 1] != name]
    assert turns == list("ab" * 3), "once to see how long it takes, then each in every round"


def test_medians_are_of_one_sample(monkeypatch):
    took = iter([1.0, 8.0, 2.0, 4.0])
    monkeypatch.setattr("speed.timing.timed", lambda call, repeats: next(took))
    assert interleaved({"a": Body(lambda: None, 2)}, Effort(3, 0.0)) == Times({"a": 2.0}, {"a": 1.0})


def test_loops_that_the_cpu_lacks_are_not_run(monkeypatch):
    monkeypatch.setattr(peak, "cpu_flags", lambda: frozenset({"avx2"}))
    assert peak.refusal(peak.LOOPS["madd256"]) == ""
    assert peak.refusal(peak.LOOPS["dpbusd512"]) == "not measurable here: this CPU lacks avx512f, avx512_vnni"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="its loops are run on x86-64; on others it is the same code")
def test_peaks_are_those_of_this_cpu(tmp_path):
    library = peak.build(tmp_path)
    assert not isinstance(library, str), library
    assert all(hasattr(library, loop.symbol) for loop in peak.here().values())
    meter = peak.Meter(tmp_path, Effort(1, 0.0))
    for _ in range(2):
        meter.measure()
    assert meter.peaks.keys() == {name for name, loop in peak.here().items() if not peak.refusal(loop)}
    # From a hundredth of a repeat a cycle at 1 GHz to four at 6.
    assert all(0.01 < value / peak.LOOPS[name].macs < 24 for name, value in meter.peaks.items())
    assert not meter.trouble


def test_a_meter_keeps_the_most(tmp_path, monkeypatch):
    meter = peak.Meter(tmp_path, Effort(1, 0.0))
    meter._loops, meter._reads = {"madd256": Body(lambda: None)}, {}
    took = iter([Times({}, one) for s in (1e-9, 2e-9, 0.5e-9) for one in ({"madd256": s}, {})])
    monkeypatch.setattr(peak, "interleaved", lambda bodies, effort: next(took))
    kept = []
    for _ in range(3):
        meter.measure()
        kept.append(meter.peaks["madd256"])
    assert kept == pytest.approx([16, 16, 32])


def test_without_a_compiler_there_is_no_peak(tmp_path, monkeypatch):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(peak.shutil, "which", lambda name: None)
    meter = peak.Meter(tmp_path, Effort(1, 0.0))
    meter.measure()
    assert (meter.peaks, meter.bandwidths) == ({}, {})
    assert "not measured: there is no C compiler" in sections.peak_table({}, {}, meter.trouble)


def test_levels_of_another_family_are_told(monkeypatch):
    monkeypatch.setattr(machine.platform, "machine", lambda: "aarch64")
    assert machine.lacking("avx2") == "another CPU family than aarch64"
    assert machine.belongs_here("neon")
    assert machine.belongs_here("scalar")


def test_the_network_for_onnx_runtime_computes_the_same():
    """Within two codes: float sums between quantize and dequantize nodes, fused or not."""
    pytest.importorskip("onnxruntime", reason='pip install ".[test]"')
    from speed.peers import onnx_runtime

    graph = conv1d_network(window=32, width=8)
    model = et.load(write_tflite(graph))
    runtime = onnx_runtime(graph, 1)
    for (sample,) in random_samples(graph, 8):
        theirs = np.asarray(runtime.whole([sample])[0], np.int64)
        ours = model.run(sample.reshape(model.inputs[0].shape)).astype(np.int64)
        assert np.abs(theirs.reshape(-1) - ours.reshape(-1)).max() <= 2
        assert len(set(ours.tolist())) > 2
