"""Distributions of parameters, with W&B's names: what they need, and a draw from each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["DISTRIBUTIONS", "Distribution", "Parameter", "inferred"]

Number = int | float
_ROUNDING = 1e-9
Draw = Callable[[np.random.Generator, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Distribution:
    """Keys that a distribution takes, and how one value is drawn.

    Attributes
    ----------
    needs : tuple of str
    defaults : dict
        Keys that may be left out.
    draw : callable of (generator, keys), or None
        None: the distribution has one value or a list of them.
    """

    needs: tuple[str, ...]
    draw: Draw | None
    defaults: Mapping[str, Number]

    @property
    def keys(self) -> tuple[str, ...]:
        """All that it may have beside ``distribution``."""
        return (*self.needs, *self.defaults)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a sweep.

    Attributes
    ----------
    place : tuple of str
        Its name, behind those of the groups that it lies in.
    distribution : str
    keys : dict
        Of the distribution, defaults filled in.
    """

    place: tuple[str, ...]
    distribution: str
    keys: Mapping[str, Any]

    @property
    def values(self) -> list[Any] | None:
        """All that it can be, for a grid; None where these are not a list."""
        if self.distribution == "constant":
            return [self.keys["value"]]
        if self.distribution in ("categorical", "categorical_w_probabilities"):
            return list(self.keys["values"])
        if self.distribution == "int_uniform":
            return list(range(self.keys["min"], self.keys["max"] + 1))
        if self.distribution == "q_uniform":
            low, high, q = (self.keys[key] for key in ("min", "max", "q"))
            # 0.3 / 0.1 is below 3.
            first, last = math.ceil(low / q - _ROUNDING), math.floor(high / q + _ROUNDING)
            return [_plain(k * q) for k in range(first, last + 1)]
        return None

    def draw(self, generator: np.random.Generator) -> Any:
        """Return a value."""
        draw = DISTRIBUTIONS[self.distribution].draw
        if draw is not None:
            return draw(generator, self.keys)
        values, weights = self.values or [], self.keys.get("probabilities")
        return values[int(generator.choice(len(values), p=weights))]


def inferred(keys: Mapping[str, Any]) -> str | None:
    """Return the distribution that keys without ``distribution`` mean, as W&B infers it; None where they mean none."""
    if "value" in keys:
        return "constant"
    if "values" in keys:
        return "categorical_w_probabilities" if "probabilities" in keys else "categorical"
    if "min" in keys and "max" in keys:
        whole = all(isinstance(keys[key], int) for key in ("min", "max"))
        return "int_uniform" if whole else "uniform"
    return None


def _plain(value: float) -> Number:
    """Without the digits that a product with a step of 0.1 brings."""
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() and isinstance(value, int) else rounded


def _on_grid(draw: Draw) -> Draw:
    return lambda generator, keys: _plain(round(draw(generator, keys) / keys["q"]) * keys["q"])


def _uniform(generator: np.random.Generator, keys: Mapping[str, Any]) -> float:
    return float(generator.uniform(keys["min"], keys["max"]))


def _int_uniform(generator: np.random.Generator, keys: Mapping[str, Any]) -> int:
    return int(generator.integers(keys["min"], keys["max"], endpoint=True))


def _log_uniform(generator: np.random.Generator, keys: Mapping[str, Any]) -> float:
    return math.exp(_uniform(generator, keys))


def _log_uniform_values(generator: np.random.Generator, keys: Mapping[str, Any]) -> float:
    low, high = float(keys["min"]), float(keys["max"])
    return min(max(math.exp(generator.uniform(math.log(low), math.log(high))), low), high)


def _inv_log_uniform_values(generator: np.random.Generator, keys: Mapping[str, Any]) -> float:
    return float(keys["min"] + keys["max"]) - _log_uniform_values(generator, keys)


def _normal(generator: np.random.Generator, keys: Mapping[str, Any]) -> float:
    return float(generator.normal(keys["mu"], keys["sigma"]))


def _log_normal(generator: np.random.Generator, keys: Mapping[str, Any]) -> float:
    return math.exp(_normal(generator, keys))


def _beta(generator: np.random.Generator, keys: Mapping[str, Any]) -> float:
    return float(generator.beta(keys["a"], keys["b"]))


_RANGE = ("min", "max")
_SPREAD: Mapping[str, Number] = {"mu": 0, "sigma": 1}
_STEP: Mapping[str, Number] = {"q": 1}
DISTRIBUTIONS: Mapping[str, Distribution] = {
    "constant": Distribution(("value",), None, {}),
    "categorical": Distribution(("values",), None, {}),
    "categorical_w_probabilities": Distribution(("values", "probabilities"), None, {}),
    "uniform": Distribution(_RANGE, _uniform, {}),
    "q_uniform": Distribution(_RANGE, _on_grid(_uniform), _STEP),
    "int_uniform": Distribution(_RANGE, _int_uniform, {}),
    "log_uniform": Distribution(_RANGE, _log_uniform, {}),
    "q_log_uniform": Distribution(_RANGE, _on_grid(_log_uniform), _STEP),
    "log_uniform_values": Distribution(_RANGE, _log_uniform_values, {}),
    "q_log_uniform_values": Distribution(_RANGE, _on_grid(_log_uniform_values), _STEP),
    "inv_log_uniform_values": Distribution(_RANGE, _inv_log_uniform_values, {}),
    "normal": Distribution((), _normal, _SPREAD),
    "q_normal": Distribution((), _on_grid(_normal), {**_SPREAD, **_STEP}),
    "log_normal": Distribution((), _log_normal, _SPREAD),
    "q_log_normal": Distribution((), _on_grid(_log_normal), {**_SPREAD, **_STEP}),
    "beta": Distribution(("a", "b"), _beta, {}),
    "q_beta": Distribution(("a", "b"), _on_grid(_beta), _STEP),
}
