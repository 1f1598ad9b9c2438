"""Certificates: decided as all inputs of small operators do, witnesses true in both wheels, false claims refused."""

from __future__ import annotations

import copy
import itertools
import json

import numpy as np
import pytest
from oracles.models import model_bytes

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.graph.graph import Operator
from edgetwin.io.tflite_write import write_tflite
from edgetwin.referee.single import operator_file
from edgetwin.referee.tables import passes, replayed

AGAINST = ("single_rounding", "xnnpack")


def dense(rng, features, outputs, scale):
    """A dense layer; the larger the scale, the fewer sums a code has."""
    b = Builder(rng)
    x = b.input((1, features), quantization=affine(0.5, int(rng.integers(-128, 128))))
    weights, scales = b.weights((outputs, features), 0, False)
    bias = b.bias(outputs, np.float32(0.5) * scales.astype(np.float32))
    y = b.add("y", (1, outputs), quantization=affine(0.5 * float(scales[0]) / scale, int(rng.integers(-60, 60))))
    options = {"fused_activation_function": "none", "weights_format": 0, "keep_num_dims": False}
    return b.graph("fully_connected", [x, weights, bias], [y], options, 4)


@pytest.mark.parametrize("against", AGAINST)
@pytest.mark.parametrize("features", [1, 2])
def test_verdicts_are_those_of_all_inputs(features, against):
    verdicts = set()
    for seed in range(12):
        rng = np.random.default_rng([seed, features])
        model = et.load(write_tflite(dense(rng, features, 5, float(rng.choice([0.002, 0.02, 0.3])))))
        certificate = model.certify(against)
        every = np.array(list(itertools.product(range(-128, 128), repeat=features)), np.int8)
        differs = (model.run(every) != model.with_arithmetic(against).run(every)).any(axis=0)
        (operator,) = certificate.operators
        told = [channel.verdict for channel in operator.channels]
        assert all(
            verdict == ("differs" if truth else "equal") or (verdict == "undecided" and not truth)
            for verdict, truth in zip(told, differs, strict=True)
        )
        verdicts.update(told)
        et.check_certificate(json.loads(json.dumps(certificate.as_dict())), model.file_bytes)
    assert {"equal", "differs"} <= verdicts


@pytest.mark.parametrize("against", AGAINST)
@pytest.mark.parametrize("name", ["conv_2d", "depthwise_conv_2d", "fully_connected", "add", "mul", "logistic", "mean"])
def test_generated_operators(name, against):
    found = set()
    for seed in range(12):
        try:
            model = et.load(write_tflite(GENERATORS[name](np.random.default_rng([seed, 77]))))
        except et.ModelError:
            continue
        certificate = model.certify(against)
        et.check_certificate(json.loads(json.dumps(certificate.as_dict())), model.file_bytes)
        found.update(operator.verdict for operator in certificate.operators)
        for index, witness in certificate.witnesses:
            sides = replayed(model.graph, index, (model.arithmetic, against), [witness.inputs])
            assert tuple(int(side[0][witness.at]) for side in sides) == witness.codes
            assert witness.codes[0] != witness.codes[1]
    assert found


@pytest.mark.parametrize("against", AGAINST)
@pytest.mark.parametrize("name", ["gait_int8", "hello_int8"])
def test_every_witness_is_true_in_the_wheels(shared, tflm_peer, delegate, name, against):
    model = et.load(model_bytes(shared, name))
    certificate = model.certify(against)
    assert certificate.decided == 1
    assert certificate.verdict == "differs"
    for operator in certificate.operators:
        if not operator.witnesses:
            continue
        data, samples = operator_file(model.graph, operator.operator), [w.inputs for w in operator.witnesses]
        peers = [tflm_peer, delegate] if against == "xnnpack" else [tflm_peer]
        for position, peer in enumerate(peers):
            answers = peer.run(data, samples).outputs
            for answer, witness in zip(answers, operator.witnesses, strict=True):
                assert int(answer[0][witness.at]) == witness.codes[position]


@pytest.fixture(scope="module")
def tflm_peer():
    pytest.importorskip("tflite_micro", reason='pip install ".[test]"')
    from edgetwin.device.peers import Peer

    with Peer("tflm") as peer:
        yield peer


def test_sums_that_overflow():
    rng = np.random.default_rng(0)
    b = Builder(rng)
    x = b.input((1, 8), quantization=affine(0.5, 0))
    weights, scales = b.weights((2, 8), 0, False)
    bias = b.add("bias", (2,), "int32", affine(0.5 * float(scales[0]), 0), np.int32([2**31 - 5, 9]))
    y = b.add("y", (1, 2), quantization=affine(40.0, 3))
    options = {"fused_activation_function": "none", "weights_format": 0, "keep_num_dims": False}
    model = et.load(write_tflite(b.graph("fully_connected", [x, weights, bias], [y], options, 4)))
    (operator,) = model.certify("single_rounding").operators
    assert [channel.overflows for channel in operator.channels] == [True, False]
    assert operator.channels[0].bounds[1] > 2**31 - 1
    assert operator.channels[0].verdict != "equal"


def test_even_weights_and_odd_biases_meet_no_tie():
    """Sums that are all odd, and a scale just below a power of two: none is near a tie, in whatever arithmetic."""
    b = Builder(np.random.default_rng(3))
    x = b.input((1, 6), quantization=affine(0.5, 0))
    rng = np.random.default_rng(4)
    weights = b.add("w", (4, 6), "int8", affine(0.25, 0), (2 * rng.integers(-60, 60, (4, 6))).astype(np.int8))
    odd, even = np.int32([3, -7, 11, 25]), np.int32([2, -8, 10, 24])
    verdicts = {}
    for name, bias in (("odd", odd), ("even", even)):
        index = b.add(name, (4,), "int32", affine(0.125, 0), bias)
        y = b.add(f"y {name}", (1, 4), quantization=affine(8 * (1 + 2**-20), 3))
        options = {"fused_activation_function": "none", "weights_format": 0, "keep_num_dims": False}
        model = et.load(write_tflite(b.graph("fully_connected", [x, weights, index], [y], options, 4)))
        for against in AGAINST:
            verdicts[name, against] = model.certify(against).verdict
    assert verdicts == {(n, a): "equal" if n == "odd" else "differs" for n in ("odd", "even") for a in AGAINST}


@pytest.fixture(scope="module")
def claims():
    """A model with both verdicts, and what its certificate says."""
    for seed in range(50):
        model = et.load(write_tflite(dense(np.random.default_rng([seed, 2]), 2, 6, 0.02)))
        content = json.loads(json.dumps(model.certify("xnnpack").as_dict()))
        if {channel["verdict"] for channel in content["operators"][0]["channels"]} == {"equal", "differs"}:
            return model, content
    raise AssertionError("no seed gives both verdicts")


def tampered(content, rng):
    """A certificate with one false claim, its summary made to fit."""
    made = copy.deepcopy(content)
    (operator,) = made["operators"]
    channel = operator["channels"][rng.integers(len(operator["channels"]))]
    step = int(rng.choice([-3, -1, 1, 2]))
    kind = rng.integers(7)
    if kind == 0:
        channel["bounds"][rng.integers(2)] += step
    elif kind == 1:
        channel["lattice"][rng.integers(2)] += step
    elif kind == 2:
        channel["differing"] = channel["differing"][1:] if channel["differing"] else [[0, 0]]
    elif kind == 3 and channel["witness"]:
        channel["verdict"], channel["witness"] = "equal", None
    elif kind == 4 and channel["witness"]:
        channel["witness"]["codes"][rng.integers(2)] += step
    elif kind == 5 and channel["witness"]:
        channel["witness"]["taps"][rng.integers(2)] += step
    else:
        channel["overflows"] = not channel["overflows"]
    verdicts = [c["verdict"] for c in operator["channels"]]
    operator["verdict"] = made["verdict"] = next((v for v in ("differs", "undecided") if v in verdicts), "equal")
    made["decided"] = 1 - verdicts.count("undecided") / len(verdicts)
    return made


def test_false_claims_are_refused(claims):
    model, content = claims
    et.check_certificate(content, model.file_bytes)
    rng = np.random.default_rng(0)
    for _ in range(100):
        with pytest.raises(et.DataError, match="the certificate is refused"):
            et.check_certificate(tampered(content, rng), model.file_bytes)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": 0}, "its format is 0, accepted is 2: certify again"),
        (
            {"arithmetic_versions": ["tflm@20250101", "litert@2.3.0"]},
            r"it is about \['tflm@20250101', 'litert@2.3.0'\], not what this computes now",
        ),
        ({"arithmetic": "other"}, "the certificate is malformed: KeyError"),
        ({"edgetwin": "0.0.1"}, r"it is of edgetwin 0.0.1, this is 0.1.0"),
        ({"model": "00"}, "it is of another model, 00"),
        ({"operators": []}, "its operators are not the model's"),
        ({"decided": 0.5}, "its summary is not its operators'"),
        ({"verdict": "equal"}, "its summary is not its operators'"),
        ({"operators": 3}, "the certificate is malformed"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_certificates_of_something_else(claims, change, says):
    model, content = claims
    with pytest.raises(et.DataError, match=says):
        et.check_certificate(content | change, model.file_bytes)


def test_the_checker_is_short():
    from pathlib import Path

    import edgetwin.referee.check as module

    lines = [line.strip() for line in Path(module.__file__).read_text().splitlines()]
    code = [line for line in lines if line and not line.startswith(("from ", "import ", '"""'))]
    assert len(code) <= 100


def test_codes_that_pass_an_operator():
    """A clamp gives its own ends where no code lies within it."""
    told = {
        name: passes(Operator("max_pool_2d", (0,), (1,), {"fused_activation_function": name}))
        for name in ("none", "relu")
    }
    assert told == {"none": True, "relu": False}
    assert passes(Operator("reshape", (0,), (1,)))
    assert not passes(Operator("pad", (0,), (1,)))


@pytest.mark.parametrize("against", ["tflm", "litert", 3])
def test_no_such_arithmetic(claims, against):
    with pytest.raises(et.DataError, match="accepted are: single_rounding, xnnpack"):
        claims[0].certify(against)
