"""`trials.jsonl`: every event of a sweep, one line each, on disk before anything else happens."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import IntegrationError, OutputError

__all__ = ["ENDED", "JOURNAL", "Journal", "Trial"]

JOURNAL = "trials.jsonl"
#: States that are final.
ENDED = ("finished", "failed", "stopped")


@dataclass
class Trial:
    """One point of a sweep.

    Attributes
    ----------
    number : int
    parameters : dict
        Nested as the script sees them.
    state : str
        "planned", "running", "finished", "failed" or "stopped" (by hyperband).
    attempt : int
        How often it was started; more than once only where the machine or the engine died.
    metrics : dict
        The last value of each figure that it logged.
    history : list of dict
        Every step that it logged.
    reason : str
        Why it failed.
    seconds : float
    given_up : bool
        Hyperband has asked it to stop.
    """

    number: int
    parameters: dict[str, Any]
    state: str = "planned"
    attempt: int = 0
    metrics: dict[str, Any] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""
    seconds: float = 0.0
    given_up: bool = False

    @property
    def ended(self) -> bool:
        """Whether it will not run again."""
        return self.state in ENDED


class Journal:
    """The events of a sweep: the source of truth, also after the engine was killed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header: dict[str, Any] = {}
        self.trials: dict[int, Trial] = {}
        if path.exists():
            self._read()

    def _read(self) -> None:
        raw = self.path.read_bytes()
        whole = raw.rfind(b"\n") + 1
        if whole < len(raw):
            # The engine was killed while it wrote: what that line would have told has not happened yet.
            with self.path.open("r+b") as file:
                file.truncate(whole)
        number = 0
        try:
            for line in raw[:whole].splitlines():
                number += 1
                self._apply(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            raise IntegrationError(f"{self.path}, line {number} is no event of a sweep: {error}") from error

    def _apply(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "sweep":
            self.header = event
            return
        number = event["trial"]
        if kind == "planned":
            self.trials[number] = Trial(number, event["parameters"])
            return
        trial = self.trials[number]
        if kind == "started":
            trial.state, trial.attempt, trial.given_up = "running", event["attempt"], False
        elif kind == "given_up":
            trial.given_up = True
        elif kind == "ended":
            trial.state, trial.metrics = event["state"], event["metrics"]
            trial.reason, trial.seconds = event["reason"], event["seconds"]
        else:
            raise KeyError(f"unknown event {kind!r}")

    def write(self, event: str, **content: Any) -> None:
        """Append an event, on disk when this returns, and take it in.

        Raises
        ------
        OutputError : the disk is full or the folder is gone; trials that have ended are not lost
        """
        entry = {"event": event, **content}
        try:
            with self.path.open("ab") as file:
                file.write(json.dumps(entry, allow_nan=False).encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error
        self._apply(entry)
