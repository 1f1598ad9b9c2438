"""One training run, whatever the engine: epochs, validation, schedules, early stopping, checkpoints."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ..arrays import whole_number
from ..errors import DataError
from ..types import Array
from .callbacks import Callback, EarlyStopping, as_callbacks, as_early_stopping, best_epoch
from .checkpoint import RunState, fingerprint, read_checkpoint, write_checkpoint
from .engine import Engine, Epoch
from .history import History
from .losses import Loss
from .optimizers import Optimizer, as_optimizer
from .progress import TrainingBar
from .samples import Samples
from .schedules import ReduceLROnPlateau, Schedule

__all__ = ["Settings", "Training", "checked_settings"]

_MOST_SEED = 2**63 - 1


@dataclass(frozen=True)
class Settings:
    """How a run goes; what `Sequential.fit` says of them holds."""

    loss: Loss
    epochs: int
    batch_size: int
    optimizer: Optimizer
    seed: int
    schedule: Schedule | None = None
    early_stopping: EarlyStopping | None = None
    callbacks: list[Callback] = field(default_factory=list)
    checkpoint: Path | None = None
    resume: bool = False
    verbose: Any = "auto"

    def facts(self) -> dict[str, Any]:
        """Return what a run that goes on has to have in common with the one before."""
        facts = {"loss": self.loss, "batch_size": self.batch_size, "optimizer": self.optimizer, "seed": self.seed}
        facts |= {"schedule": self.schedule, "early_stopping": self.early_stopping}
        if self.schedule is not None and self.schedule.needs_total:
            facts["epochs"] = self.epochs
        return facts


def checked_settings(loss: Loss, **given: Any) -> Settings:
    """Return settings from what a user gives.

    Raises
    ------
    DataError : naming what is not accepted
    """
    schedule = given["schedule"]
    if schedule is not None and not isinstance(schedule, Schedule):
        raise DataError(f"schedule: {schedule!r}, accepted are CosineDecay(), ReduceLROnPlateau() and the others")
    checkpoint = given["checkpoint"]
    if checkpoint is not None and not isinstance(checkpoint, (str, os.PathLike)):
        raise DataError(f"checkpoint: {type(checkpoint).__name__}, accepted is a path")
    if given["resume"] and checkpoint is None:
        raise DataError("resume: a run goes on from its checkpoint, give checkpoint=...")
    return Settings(
        loss=loss,
        epochs=whole_number(given["epochs"], "epochs", 1),
        batch_size=whole_number(given["batch_size"], "batch_size", 1),
        optimizer=as_optimizer(given["optimizer"]),
        seed=whole_number(given["seed"], "seed", 0, _MOST_SEED),
        schedule=schedule,
        early_stopping=as_early_stopping(given["early_stopping"]),
        callbacks=as_callbacks(given["callbacks"]),
        checkpoint=None if checkpoint is None else Path(checkpoint),
        resume=bool(given["resume"]),
        verbose=given["verbose"],
    )


class Training:
    """A run of an engine over samples.

    Parameters
    ----------
    engine : Engine
    owner : object
        What callbacks get as `net`; `owner.keep(values)` is called with the weights of every epoch's end. Where
        `owner.begins_trained`, what it begins with counts beside the epochs: it is kept where none is better.
    settings : Settings
    samples : Samples
    validation : Samples or None
    network : str
        The network in words, which a checkpoint has to have in common.
    """

    def __init__(
        self, engine: Engine, owner: Any, settings: Settings, samples: Samples, validation: Samples | None, network: str
    ) -> None:
        self._engine, self._owner, self._settings = engine, owner, settings
        self._samples, self._validation = samples, validation
        self._marks: dict[str, str] = {}
        if settings.checkpoint is not None:
            self._marks = fingerprint({"network": network, **settings.facts()}, (samples, validation))
        stopping, schedule = settings.early_stopping, settings.schedule
        self._monitor = self._monitored(None if stopping is None else stopping.monitor, "EarlyStopping")
        self._plateau = ""
        if isinstance(schedule, ReduceLROnPlateau):
            self._plateau = self._monitored(schedule.monitor, "ReduceLROnPlateau")
        self._steps = -(-len(samples) // settings.batch_size)
        values = engine.values()
        self.state = RunState(0, values, values, [], History())
        if settings.resume and settings.checkpoint is not None and settings.checkpoint.exists():
            self.state = read_checkpoint(settings.checkpoint, self._marks)

    def run(self) -> History:
        """Train and return what was done; the owner has the weights that are kept.

        Raises
        ------
        TrainingError : a loss or gradient that is not finite; the owner has the last whole epoch's weights
        KeyboardInterrupt : the owner has the best epoch's weights, the checkpoint is that of the last whole epoch
        """
        settings, state = self._settings, self.state
        self._engine.set_values(state.values)
        self._engine.set_optimizer_state(state.optimizer)
        try:
            with TrainingBar(settings.verbose, settings.epochs, state.epoch) as bar:
                self._begin()
                self._save()
                for callback in settings.callbacks:
                    callback.net, callback.stop_training = self._owner, False
                    callback.on_train_begin()
                while state.epoch < settings.epochs and not self._stops():
                    figures = self._epoch()
                    bar.epoch(state.epoch - 1, figures)
        except KeyboardInterrupt:
            state.history.interrupted = True
            self._keep(best=True)
            raise
        except BaseException:
            self._keep(best=False)
            raise
        self._keep(best=self._keeps_best())
        for callback in settings.callbacks:
            callback.on_train_end(self._figures())
        return state.history

    def _begin(self) -> None:
        """Note validation's figures of a trained network that goes on learning."""
        state = self.state
        if state.epoch == 0 and self._validation is not None and self._owner.begins_trained:
            found = self._engine.figures(self._validation, self._settings.loss)
            state.history.start = {f"val_{name}": float(value) for name, value in found.items()}

    def _keeps_best(self) -> bool:
        stopping = self._settings.early_stopping
        if stopping is not None:
            return stopping.restore_best_weights
        return bool(self._owner.begins_trained and self._validation is not None)

    def _keep(self, *, best: bool) -> None:
        """Leave the owner with the best epoch's weights, or the last one's."""
        state = self.state
        self._owner.keep(state.best if best else state.values)
        state.history.kept_epoch = state.history.best_epoch if best else (state.epoch - 1 if state.epoch else None)

    def _epoch(self) -> dict[str, float]:
        """Train one epoch; the state changes once it is whole."""
        settings, state = self._settings, self.state
        number = state.epoch
        order = np.random.default_rng([settings.seed, number]).permutation(len(self._samples)).astype(np.int64)
        first = number * self._steps
        rates = self._learning_rates(np.arange(first, first + self._steps, dtype=np.int64))
        epoch = Epoch(
            self._samples, order, settings.batch_size, settings.loss, settings.optimizer, rates, first, settings.seed
        )
        losses = self._engine.train(epoch)
        sizes = np.full(len(losses), settings.batch_size)
        sizes[-1] = len(self._samples) - settings.batch_size * (len(losses) - 1)
        figures = {"loss": float((losses * sizes).sum() / sizes.sum())}
        if self._validation is not None:
            found = self._engine.figures(self._validation, settings.loss)
            figures |= {f"val_{name}": value for name, value in found.items()}
        figures["learning_rate"] = float(rates[-1])
        values, optimizer = self._engine.values(), self._engine.optimizer_state()
        state.history.add(figures)
        state.values, state.optimizer, state.epoch = values, optimizer, number + 1
        state.history.best_epoch = self._best_epoch()
        if state.history.best_epoch == number:
            state.best = values
        self._owner.keep(values)
        self._save()
        for callback in settings.callbacks:
            callback.on_epoch_end(number, figures)
        return figures

    def _learning_rates(self, steps: Array) -> Array:
        settings = self._settings
        factors = np.ones(len(steps))
        if isinstance(settings.schedule, ReduceLROnPlateau):
            factors *= settings.schedule.after(self._signed(self._plateau))
        elif settings.schedule is not None:
            factors *= settings.schedule.factors(steps, settings.epochs * self._steps)
        return np.asarray(settings.optimizer.learning_rate * factors, np.float32)

    def _stops(self) -> bool:
        settings, history = self._settings, self.state.history
        late = False
        if settings.early_stopping is not None:
            # Of what is best, the start included.
            since = history.epochs if history.best_epoch is None else history.epochs - 1 - history.best_epoch
            late = since >= settings.early_stopping.patience
        history.stopped_early = late or any(callback.stop_training for callback in settings.callbacks)
        return history.stopped_early

    def _monitored(self, name: str | None, what: str) -> str:
        """Return a figure's name."""
        metric = self._settings.loss.metric
        known = ["loss"] if self._validation is None else ["loss", "val_loss", f"val_{metric}"]
        if name is None:
            return known[min(1, len(known) - 1)]
        if name not in known:
            raise DataError(f"{what}: monitor {name!r}, this run has {', '.join(known)}")
        return name

    def _signed(self, name: str) -> list[float]:
        """Return a figure of all epochs, smaller is better."""
        figures = self.state.history.history.get(name, [])
        return [_sign(name) * figure for figure in figures]

    def _best_epoch(self) -> int | None:
        name, stopping = self._monitor, self._settings.early_stopping
        start = self.state.history.start.get(name)
        return best_epoch(
            self._signed(name), 0.0 if stopping is None else stopping.min_delta,
            None if start is None else _sign(name) * start,
        )  # fmt: skip

    def _figures(self) -> dict[str, float]:
        return {name: values[-1] for name, values in self.state.history.history.items()}

    def _save(self) -> None:
        if self._settings.checkpoint is not None:
            write_checkpoint(self._settings.checkpoint, self.state, self._marks)


def _sign(name: str) -> float:
    """Return what makes less of a figure better."""
    return -1.0 if name == "val_accuracy" else 1.0
