"""Damaged files: each is refused by one clear error or is a model that runs, in bounded memory and time.

What runs after all is compared with the wheel: a file that another reader takes must not give other bytes here.
EDGETWIN_FUZZ sets the number of mutations (the release check runs 20,000).
"""

from __future__ import annotations

import os
import re
from collections import Counter

import numpy as np
import pytest
from oracles import flat
from oracles.float32.operators import LITERT_ONLY
from oracles.guarded import LOAD_SECONDS, Guarded
from oracles.litert import distance
from oracles.mutations import Mutator
from oracles.random_graphs import random_graph
from oracles.tflm import Refused, Tflm, available

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.conformance.generators.real_operators import FLOAT32_GENERATORS
from edgetwin.io.tflite_write import write_tflite

COUNT = int(os.environ.get("EDGETWIN_FUZZ", "2000"))
#: One in this many models that differ from the file they come from is run in the wheel, too.
COMPARED = 3 if COUNT < 10_000 else 1
#: Largest difference of float32 values over the largest value.
NEAR = 1e-3
#: What the wheel refuses and edgetwin accepts, and why.
DOCUMENTED = {
    # A quantized_dimension beyond the rank is read as 0; the shared person model has it.
    r"num_channels != filter->dims->data\[affine_quantization->quantized_dimension\]",
    # The wheel's Python part unpacks every table of the file, also metadata and other fields that no kernel reads.
    r"this model: (error|TypeError|ValueError|AttributeError|IndexError|UnicodeDecodeError|OverflowError): ",
    # A tensor that no operator touches may have any dtype that the schema knows to the wheel, or to edgetwin.
    r"Unsupported data type -?\d+ in tensor",
    # Operators and forms of them that run here as in LiteRT.
    r"Input type UINT8 \(3\) not supported.; Node CAST",
    r"Didn't find op for builtin opcode '(GELU|POW|REDUCE_PROD|RELU_0_TO_1|RELU_N1_TO_1|SIGN)'",
    r"internal_tensors_\[i\] [!=]= nullptr was not true",
    r"unidirectional_sequence_lstm.cc:\d+ node->inputs->size != 24",
    # Of an operator that is folded into a constant here; of others they are refused.
    r"Does not support intermediate tensor with non-zero size",
    # It looks at values while it runs: here a negative number gives the highest code, an index beyond the data the
    # element at its edge.
    r"Rsqrt is only defined for positive values",
    r"Node GATHER(_ND)? \(number \d+\) failed to invoke",
}


class Tally:
    """Mutations counted by outcome; `faults` must stay empty."""

    def __init__(self) -> None:
        self.counts = Counter()
        self.faults: list[str] = []
        self.slowest = (0.0, "")

    def __str__(self) -> str:
        counts = ", ".join(f"{number} {kind}" for kind, number in sorted(self.counts.items()))
        return f"{counts}; slowest load {self.slowest[0]:.3f} s ({self.slowest[1]})"

    def fault(self, where: str, what: str) -> None:
        self.faults.append(f"{where}: {what}")

    def add(self, where: str, outcome) -> None:
        self.counts[outcome.kind] += 1
        self.slowest = max(self.slowest, (outcome.seconds, where))
        if outcome.kind not in ("refused", "loaded"):
            self.fault(where, outcome.message)
        elif outcome.kind == "refused" and ("\n" in outcome.message or not outcome.message):
            self.fault(where, f"not one line: {outcome.message!r}")

    def compare(self, where: str, data: bytes, outcome, wheel: Tflm) -> None:
        tensors = list(outcome.tensors)
        try:
            activations = sum(array.nbytes for array in (*outcome.inputs, *outcome.tensors.values()))
            arena = (1 << 20) + 12 * len(data) + 2 * activations
            options = {"arena_size": arena, "most_seconds": LOAD_SECONDS}
            answer = wheel.run(data, [outcome.inputs], len(outcome.outputs), tensors, **options)
        except Refused as error:
            self.counts["refused by the wheel alone"] += 1
            if not any(re.search(reason, str(error)) for reason in DOCUMENTED):
                self.fault(where, f"the wheel refuses it: {error}")
            return
        ours = [*outcome.outputs, *outcome.tensors.values()]
        theirs = [*answer.outputs[0], *(answer.tensors[0][tensor] for tensor in tensors)]
        same = all(_same(np.ascontiguousarray(b), a) for a, b in zip(ours, theirs, strict=True))
        self.counts["equal to the wheel"] += same
        if not same:
            self.fault(where, "other bytes than the wheel's")


def _same(theirs, ours) -> bool:
    """Whether bytes are equal; float32 values are near, where both sides have numbers: other kernels computed them."""
    if theirs.tobytes() == ours.tobytes():
        return True
    if ours.dtype != np.float32 or theirs.shape != ours.shape:
        return False
    return not (np.isfinite(ours).all() and np.isfinite(theirs).all()) or distance(ours, theirs) <= NEAR


def _tally(files: dict[str, bytes], count: int, seed: int) -> Tally:
    mutator, guarded, wheel = Mutator(files, seed), Guarded(), Tflm() if available() else None
    tally = Tally()
    changed = 0
    for number in range(count):
        name, what, data = mutator[number]
        where = f"mutation {number} of {name} ({what})"
        outcome = guarded.load(data)
        tally.add(where, outcome)
        # Operators that no output needs are not checked here; the wheel prepares and runs them, too.
        if outcome.kind != "loaded" or not outcome.outputs or not outcome.complete or data == files[name]:
            continue
        changed += 1
        if wheel is not None and changed % COMPARED == 0:
            tally.compare(where, data, outcome, wheel)
    guarded.close()
    if wheel is not None:
        wheel.close()
    return tally


def _check(tally: Tally, count: int, capsys) -> None:
    with capsys.disabled():
        print(f"\n{count} mutations: {tally}")
    assert not tally.faults, f"{len(tally.faults)} faults, the first: {tally.faults[:5]}"
    assert tally.counts["loaded"] > count // 40
    assert tally.counts["refused"] > count // 2


def test_mutations_of_the_shared_models(shared, capsys):
    files = {path.stem: path.read_bytes() for path in sorted((shared / "models").glob("*.tflite"))}
    _check(_tally(files, COUNT, 0), COUNT, capsys)


def test_mutations_of_single_operators(capsys):
    files = {
        f"{name}_{seed}": write_tflite(generate(np.random.default_rng([seed, 77])))
        for name, generate in GENERATORS.items()
        for seed in range(3)
    }
    _check(_tally(files, COUNT // 2, 1), COUNT // 2, capsys)


def test_mutations_of_float32_operators(capsys):
    files = {
        f"{name}_{seed}": write_tflite(generate(np.random.default_rng([seed, 79])))
        for name, generate in FLOAT32_GENERATORS.items()
        for seed in range(3)
        if name not in LITERT_ONLY
    }
    _check(_tally(files, COUNT // 2, 3), COUNT // 2, capsys)


def test_mutations_of_random_graphs(capsys):
    """Operators of every family beside each other, so that fields damage what others read."""
    drawn = ((number, random_graph(np.random.default_rng([number, 78]), 1).graph) for number in range(60))
    files = {f"graph_{number}": write_tflite(graph) for number, graph in drawn}
    _check(_tally(files, COUNT // 2, 2), COUNT // 2, capsys)


class TestTheHarness:
    """A check that cannot fail checks nothing: each kind of fault is seen."""

    def test_mutations_are_the_same_every_time(self):
        files = {"base": flat.serialize(flat.base())}
        first, second = Mutator(files), Mutator(files)
        assert [first[i] for i in range(100)] == [second[i] for i in range(100)]
        assert len({first[i][2] for i in range(100)}) > 80

    @pytest.mark.parametrize(
        ("fault", "kind", "message"),
        [
            ("raise ZeroDivisionError", "foreign", "ZeroDivisionError"),
            ("raise edgetwin.ShapeError('of a load')", "foreign", "ShapeError: of a load"),
            ("import warnings; warnings.warn('overflow', RuntimeWarning, 2)", "foreign", "RuntimeWarning: overflow"),
            ("bytearray(2**36)", "foreign", "MemoryError"),
            ("import os; os.abort()", "died", "exit code -6"),
            ("raise edgetwin.ModelError('bad')", "refused", "bad"),
        ],
    )
    def test_faults_are_seen(self, fault, kind, message):
        guarded = Guarded(f"import edgetwin\ndef load(data):\n    {fault}\nedgetwin.load = load")
        outcome = guarded.load(b"file")
        guarded.close()
        assert (outcome.kind, message in outcome.message) == (kind, True)

    def test_hangs_are_seen(self):
        guarded = Guarded("import time, edgetwin\nedgetwin.load = lambda data: time.sleep(60 if data else 0)", 0.5)
        assert guarded.load(b"file").kind == "hung"
        assert guarded.load(b"").kind == "foreign"
        guarded.close()

    def test_a_wrong_byte_is_seen(self, tflm):
        data = flat.serialize(flat.base())
        guarded, tally = Guarded(), Tally()
        outcome = guarded.load(data)
        guarded.close()
        tally.compare("as it is", data, outcome, tflm)
        assert tally.faults == []
        outcome.outputs[0] = outcome.outputs[0] + np.int8(1)
        tally.compare("changed", data, outcome, tflm)
        assert tally.faults == ["changed: other bytes than the wheel's"]


def test_reading_does_not_depend_on_how_bytes_are_given(shared):
    data = (shared / "models/hello_int8.tflite").read_bytes()
    x = np.int8([[5]])
    expected = et.load(data).run(x)
    for form in (bytearray(data), memoryview(data)):
        np.testing.assert_array_equal(et.load(form).run(x), expected)
