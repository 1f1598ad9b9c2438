"""`edgetwin certify`: a certificate, its check, and refusals by name."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def model(shared):
    return str(shared / "models/hello_int8.tflite")


def test_made_and_checked(edgetwin, tmp_path, model):
    outcome = edgetwin("certify", model, "--against", "xnnpack", "--out", "made")
    assert outcome.code == 1
    assert "tflm against xnnpack" in outcome.out
    assert "decided: 100.00 % of requantized channels" in outcome.out
    content = json.loads((tmp_path / "made/certificate.json").read_text())
    assert content["verdict"] == "differs"
    outcome = edgetwin("certify", model, "--check", "made/certificate.json")
    assert (outcome.code, "every claim holds, verdict: differs" in outcome.out) == (0, True)
    content["operators"][0]["channels"][0]["bounds"][0] -= 1
    (tmp_path / "made/certificate.json").write_text(json.dumps(content))
    outcome = edgetwin("certify", model, "--check", "made/certificate.json")
    assert outcome.code == 2
    assert "the certificate is refused: operator 0 (fully_connected), channel 0" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "Missing option '--against'"),
        (["--against", "litert"], "accepted are: single_rounding, xnnpack, every_rounding"),
        (["--check", "nothing.json"], "nothing.json"),
        (["--against", "xnnpack", "--check", "nothing.json"], "the certificate tells its arithmetics"),
    ],
    ids=["nothing", "no-arithmetic", "no-file", "both"],
)
def test_bad_input(edgetwin, model, arguments, says):
    outcome = edgetwin("certify", model, *arguments)
    assert outcome.code == 2
    assert says in outcome.err
