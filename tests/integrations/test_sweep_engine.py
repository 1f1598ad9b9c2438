"""Trials run once each, whatever dies; figures come from prints, from log() and from wandb's offline runs."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter

import pytest

from edgetwin.errors import IntegrationError
from edgetwin.integrations.sweep import engine, pareto_front, run_sweep
from edgetwin.integrations.sweep.journal import Journal

pytest.importorskip("yaml", reason='PyYAML is not installed: pip install "edgetwin[sweep]"')
pytest.importorskip("fcntl", reason="the local engine needs a POSIX system")

TRIALS = int(os.environ.get("EDGETWIN_SWEEP_TRIALS", "30"))
KILLS = int(os.environ.get("EDGETWIN_SWEEP_KILLS", "5"))
WANDB_TRIALS = int(os.environ.get("EDGETWIN_SWEEP_WANDB", "0"))
#: Without site-packages, so that a trial takes milliseconds.
QUICK = 'command: ["${interpreter}", "-I", "-S", "${program}", "${args}"]\n'
PRINTS = """
import json, sys
values = dict(word[2:].split("=") for word in sys.argv[1:])
print("training")
print(json.dumps({"loss": abs(float(values["x"]) - 3), "arena_bytes": 100 * int(float(values["x"]))}))
"""


def running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def write(folder, script, sweep):
    (folder / "train.py").write_text(textwrap.dedent(script), encoding="utf-8")
    path = folder / "sweep.yaml"
    path.write_text("program: train.py\n" + sweep, encoding="utf-8")
    return path


def test_grid_best_trial_budget_and_front(tmp_path):
    text = "method: grid\nmetric: loss subject to arena_bytes < 0.35 kB\nparameters:\n  x: {values: [1, 5, 3, 2, 6]}\n"
    results = run_sweep(write(tmp_path, PRINTS, QUICK + text), tmp_path / "out", jobs=2)
    assert [trial.state for trial in results.trials] == ["finished"] * 5
    assert results.best.parameters == {"x": 3}
    assert [trial.parameters["x"] for trial in results.ranked] == [3, 2, 1, 5, 6]
    front = pareto_front(results.trials, results.metric, "arena_bytes")
    assert [trial.parameters["x"] for trial in front] == [1, 2, 3]
    assert json.loads((tmp_path / "out" / "metrics.json").read_text())["best"] == 2


def test_a_budget_that_nobody_keeps_has_no_best(tmp_path):
    text = "method: grid\nmetric: loss subject to arena_bytes < 10\nparameters:\n  x: {values: [1, 5]}\n"
    assert run_sweep(write(tmp_path, PRINTS, QUICK + text), tmp_path / "out").best is None


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("raise SystemExit('no data')", "ended with exit code 1; its last lines: no data"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "exit code -11; it printed nothing"),
        ("print('done')", "logged no 'loss', but nothing at all; its last lines: done"),
        ("print('{\"accuracy\": 1}')", "logged no 'loss', but accuracy"),
        ("import time; print('begun', flush=True); time.sleep(60)", "still running after 0.5 s; its last lines: begun"),
    ],
    ids=["fails", "crashes", "says nothing", "another figure", "hangs"],
)
def test_a_bad_trial_is_marked_and_the_sweep_goes_on(tmp_path, script, reason):
    good = "print('{\"loss\": 1}')"
    text = "method: grid\nmetric: loss\nparameters:\n  x: {values: [0, 1]}\n"
    source = f"import sys\nif '--x=0' in sys.argv:\n    {script}\nelse:\n    {good}\n"
    bad, other = run_sweep(write(tmp_path, source, QUICK + text), tmp_path / "out", timeout_s=0.5).trials
    assert (bad.state, other.state) == ("failed", "finished")
    assert reason in bad.reason


def test_a_program_that_is_not_there(tmp_path):
    text = 'command: ["./nowhere"]\nmethod: grid\nparameters:\n  x: {value: 1}\n'
    (trial,) = run_sweep(write(tmp_path, "", text), tmp_path / "out").trials
    assert trial.reason.startswith("cannot start ./nowhere: No such file or directory")


def test_what_a_trial_has_started_ends_with_it(tmp_path):
    script = """
    import subprocess, sys
    child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(300)"])
    print('{"loss": %d}' % child.pid)
    """
    text = "method: grid\nmetric: loss\nparameters:\n  x: {value: 1}\n"
    (trial,) = run_sweep(write(tmp_path, script, QUICK + text), tmp_path / "out").trials
    pid = trial.metrics["loss"]
    for _ in range(100):
        if not running(pid):
            return
        time.sleep(0.02)
    pytest.fail(f"process {pid} still runs")


def test_figures_by_log_and_the_best_model(tmp_path, demo_bytes):
    script = f"""
    import sys
    sys.path[:0] = {sys.path!r}
    import edgetwin as et
    from edgetwin.integrations import sweep
    given = sweep.trial_parameters({{"width": 8, "lr": 0.1}})
    for epoch in range(3):
        sweep.log({{"loss": given["lr"] * given["width"] - epoch, "other": {{"epoch": epoch}}}}, step=epoch)
    sweep.save_model(et.load(et.data.demo_model()))
    """
    text = "method: grid\nmetric: {name: loss, goal: maximize}\nparameters:\n  lr: {values: [0.5, 2]}\n"
    results = run_sweep(write(tmp_path, script, QUICK + text), tmp_path / "out")
    assert [trial.metrics for trial in results.trials] == [
        {"loss": 2, "other.epoch": 2},
        {"loss": 14, "other.epoch": 2},
    ]
    assert results.best.number == 1
    assert (tmp_path / "out" / "best.tflite").read_bytes() == demo_bytes


@pytest.fixture
def demo_bytes():
    from edgetwin.data import demo_model

    return demo_model()


def test_an_unmodified_wandb_script(tmp_path):
    if not importlib.util.find_spec("wandb"):
        pytest.skip('wandb is not installed: pip install "edgetwin[wandb]"')
    script = """
    import wandb
    with wandb.init(project="test") as run:
        for epoch in range(4):
            run.log({"loss": run.config.lr / (epoch + 1), "deep": {"er": epoch}})
    """
    text = "method: grid\nmetric: loss\nparameters:\n  lr: {values: [2.0]}\n"
    out = tmp_path / "out"
    (trial,) = run_sweep(write(tmp_path, script, text), out).trials
    assert trial.state == "finished", trial.reason
    assert trial.metrics == {"loss": 0.5, "deep.er": 3}
    # Everything lies in the sweep's folder, which can be moved before `wandb sync`.
    assert len(list(out.glob("trials/0/wandb/offline-run-*/run-*.wandb"))) == 1


def test_hyperband_stops_trials_and_never_the_best(tmp_path):
    if not importlib.util.find_spec("sweeps"):
        pytest.skip('sweeps is not installed: pip install "edgetwin[sweep]"')
    script = """
    import sys, time
    x = float(sys.argv[1].split("=")[1])
    for epoch in range(40):
        print('{"loss": %f}' % (x / (epoch + 1)), flush=True)
        time.sleep(0.05)
    """
    text = (
        "method: grid\nmetric: loss\nearly_terminate: {type: hyperband, min_iter: 2, eta: 2}\n"
        "parameters:\n  x: {values: [1, 2, 30, 40, 50, 60]}\n"
    )
    results = run_sweep(write(tmp_path, script, QUICK + text), tmp_path / "out", jobs=6)
    states = Counter(trial.state for trial in results.trials)
    assert states["stopped"] >= 2
    assert results.trials[0].state == "finished"
    assert results.best.number == 0
    assert all("hyperband" in trial.reason for trial in results.trials if trial.state == "stopped")


HYPERBAND = "method: grid\nmetric: loss\nearly_terminate: {type: hyperband, min_iter: 2}\n"


def test_hyperband_knows_the_steps_of_trials_that_ended_before(tmp_path, monkeypatch):
    path = write(tmp_path, PRINTS + PRINTS, QUICK + HYPERBAND + "parameters:\n  x: {values: [1, 2, 3]}\n")
    run_sweep(path, tmp_path / "out", run_cap=2)
    seen = []
    monkeypatch.setattr(engine, "to_stop", lambda _, trials: seen.append([len(t.history) for t in trials]) or [])
    run_sweep(path, tmp_path / "out")
    assert seen[-1] == [2, 2, 2]


def test_hyperband_spares_a_trial_that_no_one_looks_at_yet(tmp_path, monkeypatch):
    """After a kill with two jobs, one job goes on: the second trial is still running in the journal alone."""
    path = write(tmp_path, PRINTS, QUICK + HYPERBAND + "parameters:\n  x: {values: [1, 2]}\n")
    run_sweep(path, tmp_path / "out")
    journal = tmp_path / "out" / "trials.jsonl"
    events = [line for line in journal.read_text().splitlines(keepends=True) if '"ended"' not in line]
    journal.write_text("".join(events), encoding="utf-8")
    monkeypatch.setattr(engine, "to_stop", lambda _, trials: [t.number for t in trials if t.state == "running"])
    assert [trial.state for trial in run_sweep(path, tmp_path / "out").trials] == ["finished"] * 2


def test_bayes_goes_towards_the_minimum(tmp_path):
    if not importlib.util.find_spec("sweeps"):
        pytest.skip('sweeps is not installed: pip install "edgetwin[sweep]"')
    text = "method: bayes\nrun_cap: 10\nmetric: loss\nparameters:\n  x: {min: 0.0, max: 100.0}\n"
    results = run_sweep(write(tmp_path, PRINTS, QUICK + text), tmp_path / "out")
    late = [trial.metrics["loss"] for trial in results.trials[5:]]
    assert len(results.trials) == 10
    assert results.best.metrics["loss"] < 25
    assert sorted(late)[len(late) // 2] < 45


def test_killed_and_resumed_every_trial_runs_exactly_once(tmp_path):
    """The engine dies by SIGKILL at random moments; what ran on without it is waited for, the rest begins again."""
    script = """
    import sys, time
    x = int(sys.argv[1].split("=")[1])
    time.sleep(0.05)
    # An appended line of this size is whole or not there.
    with open("ran.txt", "a") as file:
        file.write("%d\\n" % x)
    print('{"loss": %d}' % x)
    """
    text = f"method: grid\nmetric: loss\nparameters:\n  x: {{values: {list(range(TRIALS))}}}\n"
    path = write(tmp_path, script, QUICK + text)
    out = tmp_path / "out"
    source = f"import sys; sys.path[:0] = {sys.path!r}\nfrom edgetwin.integrations.sweep import run_sweep\n"
    source += f"run_sweep({str(path)!r}, {str(out)!r}, jobs=3)\n"
    rng = random.Random(5)
    for _ in range(KILLS):
        engine = subprocess.Popen([sys.executable, "-c", source])
        while engine.poll() is None and not (out / "trials.jsonl").exists():
            time.sleep(0.01)
        time.sleep(rng.uniform(0.3, 0.9))
        engine.send_signal(signal.SIGKILL)
        engine.wait()
    results = run_sweep(path, out, jobs=3)
    assert [trial.metrics["loss"] for trial in results.trials] == list(range(TRIALS))
    ended = [
        event for event in map(json.loads, (out / "trials.jsonl").read_text().splitlines()) if event["event"] == "ended"
    ]
    assert Counter(event["trial"] for event in ended) == Counter(range(TRIALS))
    ran = Counter(map(int, (tmp_path / "ran.txt").read_text().split()))
    assert ran == Counter(range(TRIALS))


def test_a_torn_last_line_is_dropped_and_a_torn_middle_is_named(tmp_path):
    path = tmp_path / "trials.jsonl"
    path.write_text('{"event": "sweep", "id": "a"}\n{"event": "planned", "trial": 0, "parame', encoding="utf-8")
    assert Journal(path).trials == {}
    assert path.read_text(encoding="utf-8") == '{"event": "sweep", "id": "a"}\n'
    path.write_text('{"event": "swe\n{"event": "planned", "trial": 0, "parameters": {}}\n', encoding="utf-8")
    with pytest.raises(IntegrationError, match="line 1 is no event"):
        Journal(path)


def test_another_sweep_in_the_folder_is_refused(tmp_path):
    text = "method: grid\nmetric: loss\nparameters:\n  x: {values: [1]}\n"
    path = write(tmp_path, PRINTS, QUICK + text)
    run_sweep(path, tmp_path / "out")
    assert len(run_sweep(path, tmp_path / "out").trials) == 1
    path.write_text(path.read_text().replace("[1]", "[2]"), encoding="utf-8")
    with pytest.raises(IntegrationError, match="holds a sweep of another"):
        run_sweep(path, tmp_path / "out")


def test_an_endless_method_needs_a_cap(tmp_path):
    text = "method: random\nparameters:\n  x: {min: 0, max: 9}\n"
    with pytest.raises(IntegrationError, match="run_cap is missing"):
        run_sweep(write(tmp_path, PRINTS, QUICK + text), tmp_path / "out")


def test_what_the_environment_holds_is_in_no_file(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hunter2hunter2")
    text = 'command: ["${interpreter}", "${program}", "${envvar:SECRET_KEY}"]\n'
    text += "method: grid\nparameters:\n  x: {value: 1}\n"
    script = "import sys; print('{\"length\": %d}' % len(sys.argv[1]))"
    (trial,) = run_sweep(write(tmp_path, script, text), tmp_path / "out").trials
    assert trial.metrics == {"length": 14}
    files = [file for file in (tmp_path / "out").rglob("*") if file.is_file()]
    assert files
    assert not [file for file in files if b"hunter2" in file.read_bytes()]
