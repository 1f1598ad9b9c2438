"""A progress bar for training, on a terminal; nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["TrainingBar"]


class TrainingBar:
    """One line: epochs done, the last one's figures, time left.

    Parameters
    ----------
    verbose : {"auto", 0, 1, 2}
        "auto" shows a bar where standard error is a terminal, 1 always, 2 writes a line an epoch instead, 0 nothing.
    epochs, done : int
        In all, and those before this run.
    """

    def __init__(self, verbose: Any, epochs: int, done: int) -> None:
        if isinstance(verbose, bool) or verbose not in ("auto", 0, 1, 2):
            raise DataError(f"verbose: {verbose!r}, accepted are 'auto', 0, 1 and 2")
        self._lines = verbose == 2
        self._bar = verbose == 1 or (verbose == "auto" and sys.stderr.isatty())
        self._epochs, self._done = epochs, done
        self._progress: Progress | None = None
        self._task: Any = None

    def __enter__(self) -> TrainingBar:
        if self._bar:
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"),
                TimeRemainingColumn(),
            )  # fmt: skip
            self._progress = Progress(*columns, console=Console(stderr=True))
            self._task = self._progress.add_task("", total=self._epochs, completed=self._done)
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def epoch(self, number: int, figures: Mapping[str, float]) -> None:
        """Show an epoch's figures, epochs counted from 0."""
        text = "  ".join(f"{name} {value:.4g}" for name, value in figures.items() if name != "learning_rate")
        if self._progress is not None:
            self._progress.update(self._task, completed=number + 1, description=text)
        elif self._lines:
            sys.stderr.write(f"epoch {number + 1}/{self._epochs}  {text}\n")
