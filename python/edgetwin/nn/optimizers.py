"""Optimizers: what they are called and take, as in Keras 3."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from ..errors import DataError
from .layers import number

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "as_optimizer"]


@dataclass(frozen=True)
class Optimizer:
    """How gradients become steps.

    Attributes
    ----------
    learning_rate : float > 0
        Schedules multiply it.
    """

    learning_rate: float = 0.001
    kind: ClassVar[str]

    def __post_init__(self) -> None:
        what = type(self).__name__
        number(self.learning_rate, f"{what}: learning_rate", 0, 1e3, above=True)
        for key in ("momentum", "beta_1", "beta_2"):
            if hasattr(self, key):
                number(getattr(self, key), f"{what}: {key}", 0, 1, below=True)
        if hasattr(self, "epsilon"):
            number(self.epsilon, f"{what}: epsilon", 0, 1, above=True)
        if hasattr(self, "weight_decay"):
            number(self.weight_decay, f"{what}: weight_decay", 0, 1)
        if not isinstance(getattr(self, "nesterov", False), bool):
            raise DataError(f"{what}: nesterov, accepted are True and False")

    def engine_options(self) -> dict[str, Any]:
        """Return name and settings as `_core.TrainingNetwork.train` takes them, without the learning rate."""
        options = {key: value if isinstance(value, bool) else float(value) for key, value in asdict(self).items()}
        del options["learning_rate"]
        return {"name": self.kind, **options}


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent.

    Attributes
    ----------
    learning_rate : float > 0
    momentum : float in [0, 1)
    nesterov : bool
    """

    learning_rate: float = 0.01
    momentum: float = 0.0
    nesterov: bool = False
    kind: ClassVar[str] = "sgd"


@dataclass(frozen=True)
class Adam(Optimizer):
    """Adam.

    Attributes
    ----------
    learning_rate : float > 0
    beta_1, beta_2 : float in [0, 1)
        What the moving averages of the gradient and of its square keep of themselves.
    epsilon : float > 0

    References
    ----------
    Kingma & Ba, Adam: a method for stochastic optimization, 2014.
    """

    learning_rate: float = 0.001
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7
    kind: ClassVar[str] = "adam"


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam that also draws parameters towards 0, by ``learning_rate * weight_decay`` of themselves at every step.

    Attributes
    ----------
    learning_rate, beta_1, beta_2, epsilon
        As in `Adam`.
    weight_decay : float in [0, 1]

    References
    ----------
    Loshchilov & Hutter, Decoupled weight decay regularization, 2019.
    """

    weight_decay: float = 0.004
    kind: ClassVar[str] = "adamw"


_NAMED: dict[str, type[Optimizer]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}


def as_optimizer(value: Any) -> Optimizer:
    """Return an optimizer from itself or its name.

    Raises
    ------
    DataError : neither
    """
    if isinstance(value, Optimizer):
        return value
    if isinstance(value, str) and value.lower() in _NAMED:
        return _NAMED[value.lower()]()
    raise DataError(f"optimizer {value!r}, accepted are {', '.join(map(repr, _NAMED))} and SGD(), Adam(), AdamW()")
