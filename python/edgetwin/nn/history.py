"""What a training run did."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["History"]


@dataclass
class History:
    """Figures of every epoch.

    Attributes
    ----------
    history : dict of str to list of float
        "loss" (the mean over the epoch's batches, while the weights change), "learning_rate" (of the epoch's last
        step) and, with validation, "val_loss" and "val_accuracy" or "val_mae".
    start : dict of str to float
        Validation's figures before the first epoch, of quantization-aware training.
    best_epoch : int or None
        The epoch, from 0, with the smallest monitored figure; None before the first has ended, and where none is
        better than the start.
    kept_epoch : int or None
        The epoch whose weights the network has after the run: the last, or the best; None for those of the start.
    stopped_early : bool
        By early stopping or by a callback.
    interrupted : bool
        By Ctrl-C.
    notes : list of str
        What was warned of.
    """

    history: dict[str, list[float]] = field(default_factory=dict)
    start: dict[str, float] = field(default_factory=dict)
    best_epoch: int | None = None
    kept_epoch: int | None = None
    stopped_early: bool = False
    interrupted: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def epochs(self) -> int:
        """Number of whole epochs."""
        return len(self.history.get("loss", ()))

    def add(self, figures: dict[str, float]) -> None:
        """Add an epoch's figures."""
        for name, value in figures.items():
            self.history.setdefault(name, []).append(float(value))

    def plot(self, title: str = "") -> Figure:
        """Draw loss and metric over epochs, training beside validation.

        Parameters
        ----------
        title : str

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        DataError : no whole epoch
        MissingExtraError : matplotlib is not installed
        """
        from ..report.trials import training_curve

        shown = {name: values for name, values in self.history.items() if name != "learning_rate"}
        return training_curve(shown, best=self.kept_epoch, title=title)

    def as_dict(self) -> dict[str, Any]:
        """Return everything by name, for `json`."""
        return {
            "history": {name: list(values) for name, values in self.history.items()},
            "start": dict(self.start),
            "best_epoch": self.best_epoch,
            "kept_epoch": self.kept_epoch,
            "stopped_early": self.stopped_early,
            "interrupted": self.interrupted,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        if not self.epochs:
            return "no whole epoch" + (", interrupted" if self.interrupted else "")
        end = ", interrupted" if self.interrupted else ", stopped early" if self.stopped_early else ""
        last = ", ".join(f"{name} {values[-1]:.4g}" for name, values in self.history.items())
        began = ", ".join(f"{name} {value:.4g}" for name, value in self.start.items())
        return f"{self.epochs} epochs{end}: {last}" + (f" (began with {began})" if began else "")
