"""`edgetwin profile` and `edgetwin inspect --plot`."""

from __future__ import annotations

import json

import pytest


def test_table_names_target_and_estimate(edgetwin, demo_tflite):
    outcome = edgetwin("profile", demo_tflite, "--target", "cortex-m4f@80")
    assert (outcome.code, outcome.err) == (0, "")
    assert "ms (estimate)" in outcome.out
    assert "cortex-m4@80:cmsis-nn: about" in outcome.out


def test_budgets_decide_the_exit_code(edgetwin, demo_tflite):
    wide = edgetwin("profile", demo_tflite, "--ram", 10**6, "--flash", 10**6, "--latency-ms", 10**4)
    assert (wide.code, wide.err) == (0, "")
    assert "It fits." in wide.out
    narrow = edgetwin("profile", demo_tflite, "--ram", 1)
    assert (narrow.code, narrow.err) == (1, "")
    assert "ram: " in narrow.out
    content = json.loads(edgetwin("profile", demo_tflite, "--ram", 1, "--json").out)
    assert content["fit"]["fits"] is False
    assert content["target"] == "cortex-m4@120:cmsis-nn"
    assert len(content["operators"]) == len({row["index"] for row in content["operators"]})


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--target", "z80"], "core 'z80', accepted are"),
        (["--target", "cortex-m3", "--latency-ms", "4"], "latency_ms cannot be checked"),
        (["--flash", "0"], "flash is 0"),
    ],
)
def test_bad_targets_and_budgets(refused, demo_tflite, arguments, says):
    assert says in refused("profile", demo_tflite, *arguments)


def test_inspect_draws_the_model(edgetwin, demo_tflite, tmp_path):
    outcome = edgetwin("inspect", demo_tflite, "--plot", tmp_path / "model.png")
    assert (outcome.code, outcome.err) == (0, "")
    assert (tmp_path / "model.png").read_bytes().startswith(b"\x89PNG")
