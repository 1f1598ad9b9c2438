"""`edgetwin sweep`: table, pictures, exit codes, and which options go together."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("yaml", reason='PyYAML is not installed: pip install "edgetwin[sweep]"')
pytest.importorskip("fcntl", reason="the local engine needs a POSIX system")

SWEEP = """program: train.py
command: ["${interpreter}", "-I", "-S", "${program}", "${args}"]
method: grid
metric: loss subject to arena_bytes < LIMIT
parameters: {x: {values: [1, 2]}}
"""
SCRIPT = """import sys
x = int(sys.argv[1][4:])
print('{"loss": %d, "arena_bytes": %d}' % (x, 300 - 100 * x))
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
    for name, limit in (("sweep", 150), ("narrow", 50)):
        (tmp_path / f"{name}.yaml").write_text(SWEEP.replace("LIMIT", str(limit)), encoding="utf-8")


def test_table_pictures_and_exit_codes(edgetwin, files, tmp_path):
    done = edgetwin("sweep", "sweep.yaml")
    assert done.code == 0
    assert "arena_bytes < 150" in done.out
    assert "2 trials: 2 finished" in done.out
    assert "trial 0 finished" in done.err
    assert (tmp_path / "edgetwin-sweep" / "pareto_arena_bytes.png").exists()
    # Nothing runs again, and JSON is all that is printed.
    done = edgetwin("sweep", "sweep.yaml", "--json")
    assert json.loads(done.out)["best"] == 1
    assert not done.err
    assert edgetwin("sweep", "narrow.yaml", "--out", "narrow").code == 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "accepted is a sweep file, or --join"),
        (["sweep.yaml", "--join", "a/b/c"], "accepted is a sweep file, or --join"),
        (["--join", "a/b/c", "--offline"], "--offline is for sweeps that run here"),
        (["--join", "a/b/c", "--timeout", "3"], "--timeout is for sweeps that run here"),
        (["sweep.yaml", "--online", "--storage", "journal.log"], "--storage is for sweeps that run here"),
        (["sweep.yaml", "--online", "--seed", "2"], "--seed is for sweeps that run here"),
    ],
    ids=["none", "both", "join offline", "join timeout", "online storage", "online seed"],
)
def test_options_that_do_not_go_together(refused, files, words, message):
    assert message in refused("sweep", *words)
