"""Several `edgetwin sweep` share trials through Optuna's journal: each point once, also where one is killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections import Counter

import pytest

from edgetwin.errors import IntegrationError, OutputError
from edgetwin.integrations.sweep import run_sweep

pytest.importorskip("yaml", reason='PyYAML is not installed: pip install "edgetwin[sweep]"')
pytest.importorskip("optuna", reason='optuna is not installed: pip install "edgetwin[optuna]"')
pytest.importorskip("fcntl", reason="the local engine needs a POSIX system")

POINTS = 16
SCRIPT = """
import sys, time
x = float(sys.argv[1].split("=")[1])
time.sleep(0.1)
# An appended line of this size is whole or not there.
with open("ran.txt", "a") as file:
    file.write("%g\\n" % x)
print('{"loss": %g}' % abs(x - 5))
"""
HEAD = """program: train.py
command: ["${interpreter}", "-I", "-S", "${program}", "${args}"]
metric: loss
"""
GRID = HEAD + f"method: grid\nparameters:\n  x: {{values: {list(range(POINTS))}}}\n"


@pytest.fixture
def sweep(tmp_path):
    def written(text):
        (tmp_path / "train.py").write_text(SCRIPT, encoding="utf-8")
        (tmp_path / "sweep.yaml").write_text(text, encoding="utf-8")
        return tmp_path / "sweep.yaml"

    return written


def start(folder, out):
    source = f"import sys; sys.path[:0] = {sys.path!r}\nfrom edgetwin.integrations.sweep import run_sweep\n"
    source += f"run_sweep('sweep.yaml', {out!r}, jobs=2, storage='journal.log')\n"
    return subprocess.Popen([sys.executable, "-c", source], cwd=folder)


def test_each_point_of_a_grid_runs_once_though_a_machine_dies(sweep, tmp_path):
    path = sweep(GRID)
    machines = [start(tmp_path, out) for out in ("a", "b")]
    journal = tmp_path / "a" / "trials.jsonl"
    while machines[0].poll() is None and not (journal.exists() and "ended" in journal.read_text()):
        time.sleep(0.01)
    machines[0].send_signal(signal.SIGKILL)
    assert [machine.wait(timeout=60) for machine in machines] == [-signal.SIGKILL, 0]
    results = run_sweep(path, tmp_path / "a", jobs=2, storage=tmp_path / "journal.log")
    assert Counter(map(float, (tmp_path / "ran.txt").read_text().split())) == Counter(range(POINTS))
    assert [trial.parameters["x"] for trial in results.trials] == list(range(POINTS))
    assert results.best.parameters == {"x": 5}
    # Both have run some.
    assert len({trial.folder.parent for trial in results.trials}) == 2
    assert json.loads((tmp_path / "a" / "metrics.json").read_text())["best"] == 5


def test_a_trial_that_was_taken_before_the_kill_is_not_lost(sweep, tmp_path):
    path, journal = sweep(GRID), tmp_path / "out" / "trials.jsonl"
    run_sweep(path, tmp_path / "out", run_cap=2, storage=tmp_path / "journal.log")
    optuna = pytest.importorskip("optuna")
    backend = optuna.storages.journal.JournalFileBackend(str(tmp_path / "journal.log"))
    storage = optuna.storages.JournalStorage(backend)
    (study,) = storage.get_all_studies()
    worker = json.loads(journal.read_text().splitlines()[0])["worker"]
    taken = optuna.trial.create_trial(state=optuna.trial.TrialState.RUNNING, user_attrs={"owner": worker})
    storage.create_new_trial(study._study_id, taken)
    # Another one has ended here, and the shared journal was not told.
    storage.create_new_trial(study._study_id, taken)
    with journal.open("a") as file:
        for event in (
            {"event": "planned", "trial": 3, "parameters": {"x": 3}},
            {"event": "started", "trial": 3, "attempt": 1},
            {"event": "ended", "trial": 3, "state": "failed", "metrics": {}, "reason": "no", "seconds": 1.0},
        ):
            file.write(json.dumps(event) + "\n")
    storage.set_trial_user_attr(storage.get_all_trials(study._study_id)[3]._trial_id, "parameters", {"x": 3})
    results = run_sweep(path, tmp_path / "out", run_cap=4, storage=tmp_path / "journal.log")
    assert [(trial.parameters["x"], trial.state) for trial in results.trials] == [
        (0, "finished"), (1, "finished"), (2, "finished"), (3, "failed"),
    ]  # fmt: skip


def test_draws_are_those_of_one_machine(sweep, tmp_path):
    path = sweep(HEAD + "method: random\nrun_cap: 4\nparameters:\n  x: {min: 0.0, max: 9.0}\n")
    alone = run_sweep(path, tmp_path / "alone", jobs=4, seed=3)
    run_sweep(path, tmp_path / "a", run_cap=2, seed=3, storage=tmp_path / "journal.log")
    together = run_sweep(path, tmp_path / "b", seed=3, storage=tmp_path / "journal.log")
    assert [trial.parameters for trial in together.trials] == [trial.parameters for trial in alone.trials]


def test_bayes_sees_what_the_others_found(sweep, tmp_path, monkeypatch):
    from edgetwin.integrations.sweep import shared

    path = sweep(HEAD + "method: bayes\nrun_cap: 3\nparameters:\n  x: {min: 0.0, max: 9.0}\n")
    run_sweep(path, tmp_path / "a", run_cap=2, storage=tmp_path / "journal.log")
    seen, search = [], shared.next_parameters
    monkeypatch.setattr(
        shared, "next_parameters", lambda *given: seen.append([t.metrics for t in given[1]]) or search(*given)
    )
    results = run_sweep(path, tmp_path / "b", storage=tmp_path / "journal.log")
    assert seen == [[trial.metrics for trial in results.trials[:2]]]
    assert len(results.trials) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GRID.replace("metric: loss\n", ""), "a shared sweep needs a metric"),
        (GRID + "early_terminate: {type: hyperband, min_iter: 2}\n", "early_terminate compares steps"),
    ],
    ids=["metric", "hyperband"],
)
def test_what_cannot_be_shared(sweep, tmp_path, text, message):
    with pytest.raises(IntegrationError, match=message):
        run_sweep(sweep(text), tmp_path / "out", storage=tmp_path / "journal.log")


def test_a_file_that_is_no_journal(sweep, tmp_path):
    (tmp_path / "journal.log").write_text("{}\n{}\n", encoding="utf-8")
    with pytest.raises(IntegrationError, match=r"journal.log is no journal of Optuna"):
        run_sweep(sweep(GRID), tmp_path / "out", storage=tmp_path / "journal.log")


def test_a_journal_that_is_out_of_reach(sweep, tmp_path):
    with pytest.raises(OutputError, match=r"cannot write .*absent/journal.log: No such file"):
        run_sweep(sweep(GRID), tmp_path / "out", storage=tmp_path / "absent" / "journal.log")


def test_another_journal(sweep, tmp_path, capfd):
    path = sweep(GRID)
    run_sweep(path, tmp_path / "out", run_cap=2, storage=tmp_path / "journal.log")
    assert capfd.readouterr().err == ""
    with pytest.raises(IntegrationError, match="knows nothing of the trials 0, 1 of"):
        run_sweep(path, tmp_path / "out", storage=tmp_path / "other.log")


def test_a_folder_goes_on_as_it_began(sweep, tmp_path):
    path = sweep(GRID)
    run_sweep(path, tmp_path / "out", run_cap=1)
    with pytest.raises(IntegrationError, match="has begun without a storage, and cannot go on with one"):
        run_sweep(path, tmp_path / "out", storage=tmp_path / "journal.log")
