"""Every arithmetic at once: its bounds hold what each arithmetic computes, and its proofs what runtimes give."""

from __future__ import annotations

import copy
import json

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.generators.builder import Builder, affine
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.io.tflite_write import write_tflite
from edgetwin.referee.channels import Requantizer
from edgetwin.referee.every import EVERY, Extreme


def dense(rng, activation="none", scale=None):
    """A dense layer of one random scaling."""
    b = Builder(rng)
    features = int(rng.integers(1, 40))
    x = b.input((1, features), quantization=affine(0.5, int(rng.integers(-128, 128))))
    weights, scales = b.weights((5, features), 0, False)
    bias = b.bias(5, np.float32(0.5) * scales.astype(np.float32))
    scale = 10 ** rng.uniform(-4.5, -0.2) if scale is None else scale
    y = b.add("y", (1, 5), quantization=affine(0.5 * float(scales[0]) / scale, int(rng.integers(-60, 60))))
    options = {"fused_activation_function": activation, "weights_format": 0, "keep_num_dims": False}
    return b.graph("fully_connected", [x, weights, bias], [y], options, 4)


def test_every_arithmetic_lies_between_the_extremes():
    met = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        model = et.load(write_tflite(dense(rng)))
        low, high = Extreme.both(model.steps[0])
        scale = low.real[0]
        # All sums around ties, and others.
        codes = rng.integers(-130, 130, 400)
        ties = np.rint((codes - 0.5) / scale).astype(np.int64)[:, None] + np.arange(-3, 4)
        sums = np.concatenate([ties.reshape(-1), rng.integers(-(2**22), 2**22, 400)])
        channel = np.zeros(len(sums), np.int64)
        least, most = low.codes(sums, channel), high.codes(sums, channel)
        for arithmetic in ("tflm", "single_rounding", "xnnpack"):
            made = Requantizer.of(model.with_arithmetic(arithmetic).steps[0]).codes(sums, channel)
            assert (least <= made).all()
            assert (made <= most).all()
        met += np.count_nonzero(least < most)
        # One code apart at most: rounding is all that is left open.
        assert (most - least <= 1).all()
    assert met > 1000


def test_proofs_include_those_of_single_arithmetics():
    """What holds for all holds for each; not the other way round."""
    found = set()
    for seed in range(12):
        rng = np.random.default_rng([seed, 1])
        model = et.load(write_tflite(dense(rng, scale=float(rng.choice([2e-4, 0.02, 0.3])))))
        every = model.certify(EVERY)
        et.check_certificate(json.loads(json.dumps(every.as_dict())), model.file_bytes)
        others = [model.certify(against) for against in ("single_rounding", "xnnpack")]
        for channels in zip(*(one.operators[0].channels for one in (every, *others)), strict=True):
            verdicts = [channel.verdict for channel in channels]
            assert verdicts[0] != "equal" or verdicts[1:] == ["equal", "equal"]
            found.add(verdicts[0])
    assert {"equal", "differs"} <= found


@pytest.mark.parametrize("name", ["mul", "average_pool_2d", "logistic", "softmax"])
def test_what_is_not_analysed_is_undecided(name):
    model = et.load(write_tflite(GENERATORS[name](np.random.default_rng(0))))
    certificate = model.certify(EVERY)
    assert certificate.verdict == "undecided"
    et.check_certificate(json.loads(json.dumps(certificate.as_dict())), model.file_bytes)


def test_a_clamp_between_two_codes_is_undecided():
    graph = dense(np.random.default_rng(2), "relu6")
    output = graph.tensors[graph.outputs[0]].quantization
    for scale, verdict in ((6 / 100.5, "undecided"), (6 / 100.25, None)):
        output.scale[...] = scale
        (operator,) = et.load(write_tflite(graph)).certify(EVERY).operators
        assert (operator.verdict == "undecided") == (verdict == "undecided")
        assert bool(operator.channels) == (verdict is None)


def test_a_false_claim_is_refused(shared):
    model = et.make_portable(et.load(shared / "models" / "resnet8_int8.tflite")).model
    true = json.loads(json.dumps(model.certify(EVERY).as_dict()))
    et.check_certificate(true, model.file_bytes)
    ordinary = et.load(shared / "models" / "hello_int8.tflite")
    other = json.loads(json.dumps(ordinary.certify(EVERY).as_dict()))
    claims = [(model, true, ("verdict", "undecided")), (ordinary, other, ("verdict", "equal"))]
    for of, content, (key, value) in claims:
        false = copy.deepcopy(content)
        false["operators"][0][key] = value
        with pytest.raises(et.DataError, match="refused"):
            et.check_certificate(false, of.file_bytes)
    false = copy.deepcopy(other)
    channel = next(c for o in false["operators"] for c in o["channels"] if c["witness"])
    channel["verdict"], channel["witness"] = "equal", None
    with pytest.raises(et.DataError, match="refused"):
        et.check_certificate(false, ordinary.file_bytes)
