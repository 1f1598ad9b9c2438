"""A sweep file in W&B's own schema, checked before anything runs."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import IntegrationError
from .distributions import DISTRIBUTIONS, Parameter, inferred
from .marked_yaml import Marked, Place, read_marked

__all__ = ["Budget", "Metric", "Sweep", "read_sweep", "trial_cap"]

METHODS = ("grid", "random", "bayes")
GOALS = ("minimize", "maximize")
#: W&B's keys that say nothing to a local engine.
IGNORED = ("name", "description", "project", "entity", "controller", "$schema", "settings", "job", "image_uri")
KEYS = ("program", "command", "method", "metric", "parameters", "early_terminate", "run_cap", *IGNORED)
HYPERBAND_KEYS = ("type", "min_iter", "max_iter", "s", "eta", "strict")
DEFAULT_COMMAND = ("${env}", "${interpreter}", "${program}", "${args}")
_UNITS = {"": 1, "B": 1, "kB": 1000, "KiB": 1024, "MB": 10**6, "MiB": 2**20}
_BUDGET = re.compile(r"\s*([\w./-]+)\s*(<=?)\s*([0-9.eE+-]+)\s*([A-Za-z]*)\s*")


@dataclass(frozen=True)
class Budget:
    """A bound on another logged figure, such as ``arena_bytes < 16 kB``.

    Attributes
    ----------
    name : str
    limit : float
    inclusive : bool
        Whether the limit itself is allowed.
    """

    name: str
    limit: float
    inclusive: bool

    def holds(self, metrics: Mapping[str, Any]) -> bool:
        """Whether a trial's metrics keep it; one that was not logged does not."""
        value = metrics.get(self.name)
        return isinstance(value, int | float) and (value <= self.limit if self.inclusive else value < self.limit)

    def __str__(self) -> str:
        return f"{self.name} {'<=' if self.inclusive else '<'} {self.limit:g}"


@dataclass(frozen=True)
class Metric:
    """What a sweep optimizes.

    Attributes
    ----------
    name : str
    goal : str
        "minimize" or "maximize".
    budgets : tuple of Budget
        Trials that break one rank behind all that keep them.
    """

    name: str
    goal: str = "minimize"
    budgets: tuple[Budget, ...] = ()

    def better(self, first: float, second: float) -> bool:
        """Whether the first value is the better one."""
        return first < second if self.goal == "minimize" else first > second

    def feasible(self, metrics: Mapping[str, Any]) -> bool:
        """Whether a trial keeps all budgets."""
        return all(budget.holds(metrics) for budget in self.budgets)


@dataclass(frozen=True)
class Sweep:
    """A checked sweep.

    Attributes
    ----------
    path : Path
    method : str
        "grid", "random" or "bayes".
    metric : Metric or None
        A grid or random sweep may have none.
    parameters : tuple of Parameter
    command : tuple of str
        W&B's macros (``${program}``, ``${args}`` ...) in it.
    program : str or None
    run_cap : int or None
        Trials at most.
    hyperband : dict or None
    config : dict
        As W&B's engine takes it: without budgets.
    """

    path: Path
    method: str
    metric: Metric | None
    parameters: tuple[Parameter, ...]
    command: tuple[str, ...]
    program: str | None
    run_cap: int | None
    hyperband: Mapping[str, Any] | None
    config: Mapping[str, Any]


def read_sweep(path: str | os.PathLike[str]) -> Sweep:
    """Read and check a sweep file.

    Parameters
    ----------
    path : path
        YAML in W&B's schema: ``method``, ``metric``, ``parameters`` (nested too), ``program`` or ``command``,
        ``early_terminate``, ``run_cap``. Beyond it, ``metric: {name: int8_mdc, subject_to: arena_bytes < 16 kB}`` or
        ``metric: int8_mdc subject to arena_bytes < 16 kB`` bounds other figures that trials log.

    Returns
    -------
    Sweep

    Raises
    ------
    IntegrationError : what is wrong, with line and key
    MissingExtraError : PyYAML is not installed
    """
    marked = read_marked(Path(path))
    content = marked.content
    if not isinstance(content, dict):
        raise marked.error((), f"{type(content).__name__}, accepted is a mapping with {', '.join(KEYS[:7])}")
    for key in content:
        if key not in KEYS:
            raise marked.error((key,), f"unknown key, accepted are {', '.join(KEYS)}")
    method = content.get("method")
    if method not in METHODS:
        raise marked.error(("method",), f"{method!r}, accepted are {', '.join(METHODS)}")
    parameters = tuple(_parameters(marked, content.get("parameters"), ("parameters",), ()))
    if method == "grid":
        for parameter in parameters:
            if parameter.values is None:
                place = _place(parameter.place)
                raise marked.error(place, f"a grid cannot step through {parameter.distribution}; values can")
    metric = _metric(marked, content.get("metric"))
    if method == "bayes" and metric is None:
        raise marked.error((), "method bayes needs a metric: {name: ..., goal: minimize}")
    command = _command(marked, content)
    hyperband = _hyperband(marked, content.get("early_terminate"), metric)
    config = {key: value for key, value in content.items() if key not in IGNORED}
    if metric is not None:
        config["metric"] = {"name": metric.name, "goal": metric.goal}
    return Sweep(
        path=Path(path),
        method=method,
        metric=metric,
        parameters=parameters,
        command=command,
        program=content.get("program"),
        run_cap=_count(marked, content.get("run_cap"), ("run_cap",)),
        hyperband=hyperband,
        config=config,
    )


def trial_cap(sweep: Sweep, asked: int | None) -> int | None:
    """Return how many trials a sweep has at most; None for all points of a grid.

    Raises
    ------
    IntegrationError : a method that never ends by itself, without ``run_cap``
    """
    cap = min((count for count in (asked, sweep.run_cap) if count is not None), default=None)
    if cap is None and sweep.method != "grid":
        raise IntegrationError(f"{sweep.path}: run_cap is missing; method {sweep.method} never ends by itself")
    return cap


def _place(names: tuple[str, ...]) -> Place:
    place: Place = ()
    for name in names:
        place = (*place, "parameters", name)
    return place


def _parameters(marked: Marked, content: Any, place: Place, names: tuple[str, ...]) -> list[Parameter]:
    if not isinstance(content, dict) or not content:
        raise marked.error(
            place, "accepted is a mapping of names to values or distributions, and it holds at least one"
        )
    result = []
    for name, given in content.items():
        here = (*place, name)
        if not isinstance(given, dict):
            raise marked.error(here, f"{given!r}, accepted is a mapping such as {{value: {given!r}}}")
        if "parameters" in given:
            result += _parameters(marked, given["parameters"], (*here, "parameters"), (*names, name))
        else:
            result.append(_parameter(marked, given, here, (*names, name)))
    return result


def _parameter(marked: Marked, given: Mapping[str, Any], place: Place, names: tuple[str, ...]) -> Parameter:
    distribution = given.get("distribution") or inferred(given)
    known = DISTRIBUTIONS.get(distribution) if isinstance(distribution, str) else None
    if known is None or not isinstance(distribution, str):
        came = f"distribution {distribution!r}" if distribution else f"keys {', '.join(given) or 'none'}"
        raise marked.error(place, f"{came}, accepted are value, values, min and max, or {', '.join(DISTRIBUTIONS)}")
    keys = {**known.defaults, **{key: value for key, value in given.items() if key != "distribution"}}
    for key in known.needs:
        if key not in keys:
            raise marked.error(place, f"{distribution} needs {', '.join(known.needs)}; {key} is missing")
    for key, value in keys.items():
        if key not in known.keys:
            raise marked.error((*place, key), f"{distribution} takes {', '.join(known.keys)} only")
        if key in ("value", "values", "probabilities"):
            continue
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise marked.error((*place, key), f"{value!r} is no number")
    if "values" in keys and (not isinstance(keys["values"], list) or not keys["values"]):
        raise marked.error((*place, "values"), f"{keys['values']!r}, accepted is a list of at least one")
    weights = keys.get("probabilities")
    if weights is not None and (len(weights) != len(keys["values"]) or abs(sum(weights) - 1) > 1e-6):
        raise marked.error((*place, "probabilities"), f"{weights!r}, accepted is one for each value, 1 in sum")
    if "min" in keys and not keys["min"] <= keys["max"]:
        raise marked.error((*place, "min"), f"min {keys['min']} is above max {keys['max']}")
    if distribution.endswith("log_uniform_values") and not keys["min"] > 0:
        raise marked.error((*place, "min"), f"{keys['min']}, {distribution} takes numbers above 0")
    for key in ("q", "sigma"):
        if key in keys and not keys[key] > 0:
            raise marked.error((*place, key), f"{keys[key]}, accepted is a number above 0")
    return Parameter(names, distribution, keys)


def _metric(marked: Marked, given: Any) -> Metric | None:
    if given is None:
        return None
    place: Place = ("metric",)
    if isinstance(given, str):
        name, _, bound = given.partition(" subject to ")
        given = {"name": name.strip(), **({"subject_to": bound} if bound else {})}
    if not isinstance(given, dict) or not isinstance(given.get("name"), str) or not given["name"]:
        raise marked.error(place, f"{given!r}, accepted is {{name: ..., goal: minimize}}")
    unknown = set(given) - {"name", "goal", "target", "subject_to"}
    if unknown:
        raise marked.error((*place, min(unknown)), "unknown key, accepted are name, goal, target, subject_to")
    goal = given.get("goal", "minimize")
    if goal not in GOALS:
        raise marked.error((*place, "goal"), f"{goal!r}, accepted are {', '.join(GOALS)}")
    bounds = given.get("subject_to", [])
    budgets = [_budget(marked, bound) for bound in (bounds if isinstance(bounds, list) else str(bounds).split(","))]
    return Metric(given["name"], goal, tuple(budgets))


def _budget(marked: Marked, text: Any) -> Budget:
    found = _BUDGET.fullmatch(str(text))
    if not found or found[4] not in _UNITS:
        units = "|".join(filter(None, _UNITS))
        raise marked.error(("metric",), f"the budget {text!r}, accepted is NAME < NUMBER [{units}]")
    try:
        limit = float(found[3]) * _UNITS[found[4]]
    except ValueError:
        raise marked.error(("metric",), f"the budget {text!r}: {found[3]!r} is no number") from None
    return Budget(found[1], limit, found[2] == "<=")


def _command(marked: Marked, content: Mapping[str, Any]) -> tuple[str, ...]:
    command = content.get("command")
    program = content.get("program")
    if program is not None and not isinstance(program, str):
        raise marked.error(("program",), f"{program!r}, accepted is a path")
    if command is None:
        if program is None:
            raise marked.error((), "program or command is missing: what does a trial run?")
        return DEFAULT_COMMAND
    parts = [command] if isinstance(command, str) else command
    if not isinstance(parts, list) or not parts or not all(isinstance(part, str | int | float) for part in parts):
        raise marked.error(("command",), f"{command!r}, accepted is a list of words")
    if program is None and any("${program}" in str(part) for part in parts):
        raise marked.error(("command",), "${program} is in it, and program is missing")
    return tuple(str(part) for part in parts)


def _hyperband(marked: Marked, given: Any, metric: Metric | None) -> Mapping[str, Any] | None:
    if given is None:
        return None
    place: Place = ("early_terminate",)
    if not isinstance(given, dict) or given.get("type") != "hyperband":
        raise marked.error(place, f"{given!r}, accepted is {{type: hyperband, min_iter: ...}}")
    for key in given:
        if key not in HYPERBAND_KEYS:
            raise marked.error((*place, key), f"unknown key, accepted are {', '.join(HYPERBAND_KEYS)}")
    if "min_iter" not in given and not {"max_iter", "s"} <= given.keys():
        raise marked.error(place, "hyperband needs min_iter, or max_iter and s")
    if metric is None:
        raise marked.error(place, "hyperband needs a metric")
    for key in ("min_iter", "max_iter", "s", "eta"):
        _count(marked, given.get(key), (*place, key))
    return given


def _count(marked: Marked, value: Any, place: Place) -> int | None:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise marked.error(place, f"{value!r}, accepted is a whole number of at least 1")
    return value
