"""Linux programs of Edge Impulse: one that answers as they do, and ones that do not."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.small_models import softmax_model

import edgetwin as et

PROGRAM = """#!{python}
import json, socket, sys
listener = socket.socket(socket.AF_UNIX)
print("starting", flush=True)
{before}
listener.bind(sys.argv[1])
listener.listen()
client, _ = listener.accept()
outputs = {outputs}
while data := client.recv(1 << 20):
    request = json.loads(data)
    answer = {{"id": request["id"], "success": True}}
    if "hello" in request:
        answer["model_parameters"] = {{"input_features_count": {count}, "labels": ["a", "b", "c", "d"]}}
        answer["project"] = {{"name": "gestures", "owner": "somebody", "deploy_version": 3}}
    else:
        codes = outputs[json.dumps(request["classify"])]
        values = [{value} for code in codes]
        answer["result"] = {{"classification": dict(zip("abcd", values))}}
    {then}
    text = json.dumps(answer).encode()
    client.sendall(text[:10])
    client.sendall(text[10:] + b"\\0")
"""


@pytest.fixture(scope="module")
def model():
    return et.load(softmax_model())


@pytest.fixture
def codes():
    return np.random.default_rng(0).integers(-128, 128, (6, 4)).astype(np.int8)


@pytest.fixture
def program(model, codes, tmp_path):
    import json

    spec = model.inputs[0]
    real = et.kernels.dequantize(codes, spec.scale, spec.zero_point)
    outputs = {
        json.dumps([float(v) for v in row]): made.tolist() for row, made in zip(real, model.run(codes), strict=True)
    }

    def write(before="", then="", count=4, value="(code + 128) / 256"):
        path = tmp_path / "model.eim"
        text = PROGRAM.format(
            python=sys.executable, before=before, then=then, count=count, value=value, outputs=repr(outputs)
        )
        path.write_text(text)
        path.chmod(0o755)
        return f"eim:{path}"

    return write


def test_answers(model, codes, program):
    with et.device.open(program(), model) as device:
        assert device.info().model == "somebody gestures 3"
        assert_array_equal(device.run(codes), model.run(codes))
        et.device.assert_bit_exact(model, device, codes)
        process = device._process
    assert process.poll() is not None


def test_differs(model, codes, program):
    spec = program(value="(code + 128 + (code == max(codes))) / 256")
    with et.device.open(spec, model) as device, pytest.raises(AssertionError, match="first: an output"):
        et.device.assert_bit_exact(model, device, codes)


def test_rounded_answers_are_no_verdict(model, codes, program):
    spec, message = program(value="round((code + 128) / 256, 2)"), r"not comparable: eim:.*answer \d"
    with et.device.open(spec, model) as device, pytest.raises(et.NotComparableError, match=message):
        device.run(codes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"before": "sys.exit('no license')"}, "ended with code 1: starting . no license"),
        ({"then": "answer['success'], answer['error'] = False, 'too old'"}, "refuses: too old"),
        ({"then": "answer['id'] += 1"}, "refuses: no success"),
        ({"then": "client.sendall(b'hi' + bytes(1)); continue"}, "answers what is no JSON"),
        ({"then": "sys.exit(3)"}, "ended with code 3|closed its socket"),
        ({"then": "continue"}, r"did not answer in 0\.5 s"),
        ({"count": 99}, "takes 99 values, the model 4: is its block the one for raw data"),
    ],
    ids=["exits", "fails", "other id", "no json", "ends", "silent", "count"],
)
def test_programs_that_do_not(model, program, change, message):
    with pytest.raises(et.DeviceError, match=message):
        et.device.open(program(**change), model, timeout_s=0.5 if change.get("then") == "continue" else 10)


def test_a_program_that_is_not_there(model):
    with pytest.raises(et.DeviceError, match=r"absent\.eim does not start: No such file"):
        et.device.open("eim:absent.eim", model)
