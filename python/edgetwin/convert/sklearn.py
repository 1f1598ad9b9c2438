"""Multi-layer perceptrons of scikit-learn as float32 models."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import UnsupportedError
from ..graph.builder import GraphBuilder
from ..model import Model
from .frameworks import model_of, require

__all__ = ["from_sklearn"]

_ACCEPTED = "MLPClassifier, MLPRegressor, or a Pipeline of StandardScaler steps and one of them"
#: scikit-learn's name of an activation -> the graph's operator.
_ACTIVATIONS = {"relu": "relu", "tanh": "tanh", "logistic": "logistic"}


def from_sklearn(estimator: Any) -> Model:
    """Convert a fitted multi-layer perceptron of scikit-learn.

    Parameters
    ----------
    estimator : MLPClassifier, MLPRegressor or Pipeline
        Fitted. A pipeline holds StandardScaler steps and then the perceptron; the scaling is part of the model (and of
        its first layer's weights), so the model takes the readings as the pipeline does.

    Returns
    -------
    Model
        float32, (features,) -> what `predict_proba` returns of a classifier ((classes,), in the order of `classes_`;
        two classes both have their probability), what `predict` returns of a regressor ((outputs,), also for one).
        Equal to 1e-5, but where features lie hundreds of their deviations from 0, for which float32 lacks the digits.

    Raises
    ------
    UnsupportedError : another estimator or step, with what is accepted; one that is not fitted; a classifier of several
        labels a sample
    DataError : a weight is NaN or infinite
    MissingExtraError : scikit-learn is not installed

    Examples
    --------
    >>> import numpy as np
    >>> import edgetwin as et
    >>> from sklearn.neural_network import MLPClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> x = np.random.default_rng(0).normal(size=(200, 4)).astype(np.float32)
    >>> network = make_pipeline(StandardScaler(), MLPClassifier((8,), max_iter=1000, random_state=0))
    >>> network = network.fit(x, x[:, 0] + x[:, 1] > 0)
    >>> model = et.from_sklearn(network)
    >>> bool(np.allclose(model.predict(x), network.predict_proba(x), atol=1e-5))
    True
    """
    require("sklearn")
    from sklearn.exceptions import NotFittedError
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.utils.validation import check_is_fitted

    steps = [step for _, step in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    steps = [step for step in steps if step is not None and step != "passthrough"]
    if not steps or not isinstance(steps[-1], (MLPClassifier, MLPRegressor)):
        raise UnsupportedError(f"{_last(estimator, steps)} is not converted, accepted are {_ACCEPTED}")
    for step in steps[:-1]:
        if not isinstance(step, StandardScaler):
            raise UnsupportedError(f"step {type(step).__name__} is not converted, accepted are {_ACCEPTED}")
    try:
        for step in steps:
            check_is_fitted(step)
    except NotFittedError as error:
        raise UnsupportedError(f"from_sklearn: {error}") from None
    network = steps[-1]
    weights, biases = list(network.coefs_), list(network.intercepts_)
    for scaler in reversed(steps[:-1]):
        # (x - mean) / scale goes into the first layer, in float64.
        scale = 1.0 if scaler.scale_ is None else np.asarray(scaler.scale_, np.float64)
        mean = 0.0 if scaler.mean_ is None else np.asarray(scaler.mean_, np.float64)
        factors = np.broadcast_to(1.0 / scale, weights[0].shape[:1])
        shift = np.broadcast_to(-mean / scale, weights[0].shape[:1])
        biases[0] = biases[0] + shift @ weights[0]
        weights[0] = weights[0] * factors[:, None]
    if network.out_activation_ == "logistic" and weights[-1].shape[1] > 1:
        raise UnsupportedError("MLPClassifier of several labels a sample is not converted: fit one for each label")
    if network.out_activation_ == "logistic":
        # One number p = 1 / (1 + exp(-z)) for the second class: the softmax of (0, z).
        weights[-1] = np.concatenate([np.zeros_like(weights[-1]), weights[-1]], axis=1)
        biases[-1] = np.concatenate([np.zeros_like(biases[-1]), biases[-1]])
    builder = GraphBuilder()
    x = builder.input("features", (1, weights[0].shape[0]))
    for index, (values, bias) in enumerate(zip(weights, biases, strict=True)):
        x = builder.fully_connected(x, values.T, bias, name=f"dense_{index}")
        kind = _ACTIVATIONS.get(network.activation)
        if index < len(weights) - 1 and kind is not None:
            x = builder.unary(kind, x, name=f"{kind}_{index}")
    if network.out_activation_ in ("softmax", "logistic"):
        x = builder.softmax(x)
    elif network.out_activation_ == "exp":
        x = builder.unary("exp", x)
    return model_of(builder.graph(x), "from_sklearn")


def _last(estimator: Any, steps: list[Any]) -> str:
    return type(steps[-1]).__name__ if steps else type(estimator).__name__
