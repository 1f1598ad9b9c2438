"""Drivers that are right, and drivers that crash, hang, talk nonsense or write the wrong number of bytes."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest
from conftest import ROOT

import edgetwin as et
from edgetwin.conformance.cases import generate
from edgetwin.conformance.driver import Driver, Runtime, bundled, custom
from edgetwin.conformance.suite import run_suite

#: A driver that copies its right answers from where the test put them, after one deed at the second case.
PROGRAM = """
import os, sys, time
from pathlib import Path
answers = Path({answers!r})
for line in sys.stdin:
    folder = Path(line.rstrip())
    model = (folder / "model.tflite").read_bytes()
    (case,) = [path for path in answers.iterdir() if (path / "model").read_bytes() == model]
    if case.name == {bad!r}:
        {deed}
    for output in case.glob("output_*"):
        (folder / output.name).write_bytes(output.read_bytes())
    print("ok", flush=True)
"""


@pytest.fixture(scope="module")
def cases():
    return generate(6, ["fully_connected", "max_pool_2d"])


@pytest.fixture
def outcomes(cases, tmp_path):
    """Run a driver that does something at the second case; return kinds and reasons."""

    def run(deed, timeout_s=60.0, bad=(1,)):
        answers = tmp_path / "answers"
        for number, case in enumerate(cases):
            (answers / f"{number}").mkdir(parents=True)
            (answers / f"{number}" / "model").write_bytes(case.model)
            for i, array in enumerate(case.expected):
                (answers / f"{number}" / f"output_{i}.bin").write_bytes(array.tobytes())
        program = PROGRAM.format(answers=str(answers), deed=deed, bad=str(bad[0]))
        runtime = Runtime("bad", "", (sys.executable, "-c", program))
        return [outcome for _, outcome in run_suite(cases, [runtime], timeout_s=timeout_s, jobs=1)]

    return run


@pytest.mark.parametrize(
    ("deed", "kind", "says"),
    [
        ("os.abort()", "crashed", "exit code -6"),
        ("print('last words', file=sys.stderr); sys.exit(3)", "crashed", "exit code 3: last words"),
        ("time.sleep(60)", "hung", "no answer within 2 s"),
        (
            "print('what?', flush=True); continue",
            "nonsense",
            "the answer 'what[?]', accepted are ok, refused WHY, skipped WHY",
        ),
        ("sys.stdout.write('x' * 70000); sys.stdout.flush(); time.sleep(60)", "nonsense", "an answer without end"),
        ("print('ok', flush=True); continue", "nonsense", r"output_0.bin has 0 bytes, expected are \d+"),
        ("(folder / 'output_0.bin').write_bytes(b'abc'); print('ok', flush=True); continue", "nonsense", "has 3 bytes"),
        ("print('refused no such operator', flush=True); continue", "refuses", "no such operator"),
        ("print('skipped no form', flush=True); continue", "no form", "no form"),
    ],
    ids=["abort", "exit", "hang", "nonsense", "endless", "nothing written", "wrong size", "refusal", "skip"],
)
def test_a_bad_case_is_recorded_and_the_suite_goes_on(outcomes, cases, deed, kind, says):
    found = outcomes(deed, 2.0 if kind == "hung" else 60.0)
    assert [outcome.kind for outcome in found] == ["equal", kind, *["equal"] * (len(cases) - 2)]
    assert re.search(says, found[1].why)


def test_one_changed_byte_is_counted(outcomes, cases):
    deed = (
        "data = bytearray((case / 'output_0.bin').read_bytes()); data[-1] ^= 1; "
        "(folder / 'output_0.bin').write_bytes(data); print('ok', flush=True); continue"
    )
    found = outcomes(deed)
    assert [outcome.kind for outcome in found] == ["equal", "differs", *["equal"] * (len(cases) - 2)]
    assert (found[1].differing, found[1].sample) == (1, cases[1].samples - 1)
    assert found[1].elements == sum(array.size for array in cases[1].expected)
    assert found[1].same_as == ()


def test_a_driver_that_always_faults_is_given_up():
    cases = generate(20, ["relu"])
    runtime = Runtime("dead", "", (sys.executable, "-c", "raise SystemExit('no')"))
    found = [outcome for _, outcome in run_suite(cases, [runtime], timeout_s=10, jobs=1)]
    assert {outcome.kind for outcome in found[:12]} == {"crashed"}
    assert {outcome.kind for outcome in found[12:]} == {"not run"}
    assert len(found) == len(cases) > 12


def test_every_level_gives_the_same_bytes():
    cases = generate(12, ["conv_2d", "add", "softmax", "svdf"])
    levels = [runtime for runtime in bundled() if runtime.name.startswith("edgetwin ")]
    assert [runtime.name.removeprefix("edgetwin ") for runtime in levels] == list(et.archs())
    kinds = {(name, outcome.kind) for name, outcome in run_suite(cases, levels, timeout_s=60, jobs=2)}
    assert kinds == {(runtime.name, "equal") for runtime in levels}


def test_the_driver_of_the_guide(tmp_path, cases):
    pytest.importorskip("ai_edge_litert", reason='pip install ".[test]"')
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    (program,) = re.findall(r"```py\n(.*?)```", page, re.DOTALL)
    (tmp_path / "driver.py").write_text(program, encoding="utf-8")
    runtime = custom(f"mine={sys.executable} {tmp_path / 'driver.py'}")
    (built_in,) = (found for found in bundled() if found.name == "LiteRT")
    compared = 0
    for case in cases:
        with Driver(runtime, 60) as mine, Driver(built_in, 60) as theirs:
            answers = mine.run(case), theirs.run(case)
        if answers[1].kind == "ok":
            compared += 1
            assert all(np.array_equal(a, b) for a, b in zip(*(answer.outputs for answer in answers), strict=True))
    assert compared > 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("no-equals", "driver 'no-equals', accepted is NAME=COMMAND"),
        ("a=", "accepted is NAME=COMMAND"),
        ("a=no-such-program-here x", "driver 'a': there is no program 'no-such-program-here'"),
    ],
)
def test_bad_drivers_of_ones_own(text, says):
    with pytest.raises(et.DataError, match=re.escape(says)):
        custom(text)
