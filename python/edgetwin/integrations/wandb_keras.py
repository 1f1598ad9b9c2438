"""The callback for Keras: its base class is Keras', so this is imported where it is used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from ..model import Model
from .exact_figures import ExactFigures

__all__ = ["KerasCallback"]


class KerasCallback(keras.callbacks.Callback):  # type: ignore[misc]
    """See `edgetwin.integrations.wandb.keras_callback`."""

    def __init__(self, figures: ExactFigures, model_of: Callable[[Any], Model]) -> None:
        super().__init__()
        self.figures, self._model_of = figures, model_of

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Evaluate, log, and join Keras' figures."""
        if self.figures.due(epoch):
            found = self.figures.log(self._model_of(self.model), epoch, logs or {})
            if logs is not None:
                logs.update(found)
