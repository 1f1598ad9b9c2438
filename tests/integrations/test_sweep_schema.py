"""Sweep files: what is accepted, and errors that name line and key."""

from __future__ import annotations

import numpy as np
import pytest

from edgetwin.errors import IntegrationError
from edgetwin.integrations.sweep import Budget, read_sweep
from edgetwin.integrations.sweep.search import grid_size, next_parameters

pytest.importorskip("yaml", reason='PyYAML is not installed: pip install "edgetwin[sweep]"')

HEAD = "program: train.py\n"
X = "parameters:\n  x: "


def sweep_of(tmp_path, text):
    path = tmp_path / "sweep.yaml"
    path.write_text(text, encoding="utf-8")
    return read_sweep(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("method: [grid", r"sweep.yaml, line \d, column \d+: expected"),
        ("", "is empty"),
        (HEAD + "method: grid\nmethod: random\n", "line 3: 'method' is there twice"),
        (HEAD + "method: hill\n", "line 2: method: 'hill', accepted are grid, random, bayes"),
        (HEAD + "method: grid\nparameter: {}\n", "line 3: parameter: unknown key"),
        (HEAD + "method: grid\nparameters:\n  lr: 0.1\n", r"line 4: parameters.lr: 0.1, accepted is a mapping"),
        (HEAD + "method: random\n" + X + "{distribution: uniforn, min: 0, max: 1}\n", "'uniforn', accepted are"),
        (HEAD + "method: random\n" + X + "\n    min: 1\n    max: 0.5\n", "line 5: parameters.x.min: min 1 is above"),
        (HEAD + "method: grid\nparameters:\n  lr: {min: 0.0, max: 1.0}\n", "a grid cannot step through uniform"),
        (HEAD + "method: random\nparameters:\n  lr: {distribution: log_uniform_values, min: 0, max: 1}\n", "above 0"),
        (HEAD + "method: random\nparameters:\n  a: {values: [1, 2], probabilities: [0.5, 0.6]}\n", "1 in sum"),
        (HEAD + "method: bayes\nparameters:\n  a: {min: 0, max: 1}\n", "bayes needs a metric"),
        ("method: grid\nparameters:\n  a: {values: [1]}\n", "program or command is missing"),
        (HEAD + "method: grid\nrun_cap: 0\n" + X + "{value: 1}\n", "line 3: run_cap: 0, accepted is a whole"),
        (
            HEAD + "method: grid\nmetric: loss subject to arena_bytes below 3\nparameters:\n  a: {values: [1]}\n",
            "line 3: metric: the budget 'arena_bytes below 3', accepted is NAME < NUMBER",
        ),
        (
            HEAD + "method: grid\nmetric: {name: loss}\nearly_terminate: {type: hyperband}\n" + X + "{value: 1}\n",
            "line 4: early_terminate: hyperband needs min_iter",
        ),
    ],
    ids=lambda value: value[-30:].strip() if isinstance(value, str) else None,
)  # fmt: skip
def test_errors_name_line_and_key(tmp_path, text, message):
    with pytest.raises(IntegrationError, match=message):
        sweep_of(tmp_path, text)


def test_a_grid_counts_the_last_parameter_fastest(tmp_path):
    sweep = sweep_of(
        tmp_path,
        HEAD + "method: grid\nparameters:\n  a: {values: [1, 2]}\n  opt:\n    parameters:\n"
        "      kind: {value: adam}\n      lr: {distribution: q_uniform, min: 0.1, max: 0.3, q: 0.1}\n",
    )
    assert grid_size(sweep) == 6
    points = []
    while (point := next_parameters(sweep, [None] * len(points), 0)) is not None:
        points.append(point)
    assert points[:4] == [
        {"a": 1, "opt": {"kind": "adam", "lr": 0.1}},
        {"a": 1, "opt": {"kind": "adam", "lr": 0.2}},
        {"a": 1, "opt": {"kind": "adam", "lr": 0.3}},
        {"a": 2, "opt": {"kind": "adam", "lr": 0.1}},
    ]
    assert len(points) == 6


DRAWS = {
    "{min: 1, max: 6}": lambda v: isinstance(v, int) and 1 <= v <= 6,
    "{min: 0.0, max: 2.0}": lambda v: isinstance(v, float) and 0 <= v <= 2,
    "{distribution: log_uniform_values, min: 0.001, max: 0.1}": lambda v: 0.001 <= v <= 0.1,
    "{distribution: inv_log_uniform_values, min: 0.001, max: 0.1}": lambda v: 0.001 <= v <= 0.101,
    "{distribution: q_log_uniform_values, min: 1, max: 256, q: 8}": lambda v: v % 8 == 0 and v <= 256,
    "{distribution: q_normal, mu: 10, sigma: 3, q: 0.5}": lambda v: v % 0.5 == 0,
    "{distribution: beta, a: 2, b: 5}": lambda v: 0 < v < 1,
    "{values: [4, 8], probabilities: [0.0, 1.0]}": lambda v: v == 8,
}


@pytest.mark.parametrize("keys", DRAWS)
def test_draws_lie_where_they_should_and_depend_on_seed_and_number(tmp_path, keys):
    sweep = sweep_of(tmp_path, HEAD + f"method: random\nrun_cap: 9\nparameters:\n  x: {keys}\n")
    drawn = [next_parameters(sweep, [None] * n, 3)["x"] for n in range(200)]
    assert all(map(DRAWS[keys], drawn))
    assert drawn[150] == next_parameters(sweep, [None] * 150, 3)["x"]
    assert "1.0" in keys or len(set(drawn)) > 1


def test_log_uniform_is_uniform_in_the_logarithm(tmp_path):
    keys = "{distribution: log_uniform_values, min: 0.0001, max: 1}"
    sweep = sweep_of(tmp_path, HEAD + f"method: random\nrun_cap: 9\nparameters:\n  x: {keys}\n")
    drawn = np.log10([next_parameters(sweep, [None] * n, 0)["x"] for n in range(2000)])
    assert np.histogram(drawn, bins=4, range=(-4, 0))[0].min() > 400


def test_budgets(tmp_path):
    text = (
        "method: grid\nmetric: int8_mdc subject to arena_bytes < 16 kB, macs <= 2e6\nparameters:\n  a: {values: [1]}\n"
    )
    metric = sweep_of(tmp_path, HEAD + text).metric
    assert metric.name == "int8_mdc"
    assert metric.budgets == (Budget("arena_bytes", 16000, False), Budget("macs", 2e6, True))
    assert metric.feasible({"arena_bytes": 15999, "macs": 2_000_000})
    assert not metric.feasible({"arena_bytes": 16000, "macs": 1})
    assert not metric.feasible({"macs": 1})
