"""Trials shared by several machines through a file: Optuna's journal says who runs which."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from ...errors import IntegrationError, MissingExtraError, OutputError
from .journal import Journal, Trial
from .results import SweepResults, TrialResult
from .schema import Sweep
from .search import grid_size, next_parameters

__all__ = ["SharedPlan"]

#: Attributes of Optuna's trials: whose it is, its parameters, how it ended, or that no point was left for it.
_OWNER, _PARAMETERS, _OUTCOME, _BEYOND = "owner", "parameters", "outcome", "beyond"


class _FileLock:
    """Beside the journal; the system releases it where its holder is killed, for which Optuna's own waits 30 s.

    Its file stays, so it has a name of its own: Optuna's tools would take theirs for held.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.held")
        self._file: IO[str] | None = None

    def acquire(self) -> bool:
        """Wait for the lock and hold it."""
        import fcntl

        file = self._path.open("a", encoding="utf-8")
        fcntl.flock(file, fcntl.LOCK_EX)
        self._file = file
        return True

    def release(self) -> None:
        """Release the lock."""
        if self._file is not None:
            self._file.close()
            self._file = None


class SharedPlan:
    """Which trials this machine runs. Numbers come from the journal, which gives each out once; a number is a point.

    Parameters
    ----------
    sweep : Sweep
    path : path
        The journal, on a file system that all machines see; made where it is not there.
    journal : Journal
        This machine's own.
    folder : Path
        This machine's own.
    cap : int or None
        Trials in all.

    Raises
    ------
    IntegrationError : a sweep without metric or with ``early_terminate``; a file that is no journal, or another one
    OutputError : the file cannot be written
    MissingExtraError : Optuna is not installed
    """

    def __init__(self, sweep: Sweep, path: Any, journal: Journal, folder: Path, cap: int | None) -> None:
        try:
            import optuna
        except ImportError as error:
            raise MissingExtraError('a shared journal needs Optuna: pip install "edgetwin[optuna]"') from error
        if sweep.metric is None:
            raise IntegrationError(f"{sweep.path}: a shared sweep needs a metric: {{name: ..., goal: minimize}}")
        if sweep.hyperband is not None:
            raise IntegrationError(f"{sweep.path}: early_terminate compares steps, which no shared journal holds")
        if sweep.method == "grid":
            cap = min(grid_size(sweep), grid_size(sweep) if cap is None else cap)
        self._sweep, self._journal, self._folder, self._cap = sweep, journal, folder, cap
        self._metric, self._path, self._states = sweep.metric, Path(path), optuna.trial.TrialState
        self._create_trial = optuna.trial.create_trial
        seed = journal.header["seed"]
        name = journal.header["sha256"][:16] + ("" if sweep.method == "grid" else f"-{seed}")
        direction = optuna.study.StudyDirection
        goal = direction.MINIMIZE if sweep.metric.goal == "minimize" else direction.MAXIMIZE
        try:
            backend = optuna.storages.journal.JournalFileBackend(os.fspath(path), lock_obj=_FileLock(self._path))
            self._storage = optuna.storages.JournalStorage(backend)
            level = optuna.logging.get_verbosity()
            # It would say that there is a study.
            optuna.logging.set_verbosity(optuna.logging.WARNING)
            try:
                self._study = self._storage.create_new_study([goal], name)
            except optuna.exceptions.DuplicatedStudyError:
                self._study = self._storage.get_study_id_from_name(name)
            finally:
                optuna.logging.set_verbosity(level)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError) as error:
            raise IntegrationError(f"{path} is no journal of Optuna: {error}") from error
        self._ids: dict[int, int] = {}
        with self._in_reach():
            self._take_up()

    def _take_up(self) -> None:
        """Go on with the trials that this machine took and had not ended by the time that it was killed."""
        known = self._all()
        missing = [number for number in self._journal.trials if number not in known]
        if missing:
            raise IntegrationError(
                f"{self._path} knows nothing of the trials {', '.join(map(str, missing))} of {self._folder}: accepted "
                "is the journal that this sweep began with"
            )
        for number, trial in known.items():
            if trial.state == self._states.RUNNING and trial.user_attrs.get(_OWNER) == self._owner:
                self._ids[number] = trial._trial_id
                mine = self._journal.trials.get(number)
                if mine is not None and mine.ended:
                    self.ended(mine)

    @contextlib.contextmanager
    def _in_reach(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OutputError(f"cannot reach {self._path}: {error.strerror or error}") from error

    @property
    def _owner(self) -> str:
        return str(self._journal.header["worker"])

    def next(self) -> tuple[int, dict[str, Any]] | None:
        """Return the number and the parameters of a trial for this machine; None where no point is left.

        Raises
        ------
        OutputError : the journal cannot be reached
        """
        with self._in_reach():
            return self._next()

    def _next(self) -> tuple[int, dict[str, Any]] | None:
        for number in self._ids:
            if number not in self._journal.trials:
                # Taken, and then this process was killed.
                return self._planned(number)
        if not self._left(len(self._all())):
            return None
        state, attributes = self._states.RUNNING, {_OWNER: self._owner}
        trial = self._storage.create_new_trial(self._study, self._create_trial(state=state, user_attrs=attributes))
        number = self._storage.get_trial(trial).number
        self._ids[number] = trial
        return self._planned(number)

    def _left(self, number: int) -> bool:
        return self._cap is None or number < self._cap

    def _planned(self, number: int) -> tuple[int, dict[str, Any]] | None:
        parameters = None
        if self._left(number):
            known: list[Any] = self._trials(number) if self._sweep.method == "bayes" else [None] * number
            parameters = next_parameters(self._sweep, known, self._journal.header["seed"])
        trial = self._ids[number]
        if parameters is None:
            # Another machine took the last point in between.
            self._storage.set_trial_user_attr(trial, _BEYOND, True)
            self._storage.set_trial_state_values(trial, self._states.FAIL)
            del self._ids[number]
            return None
        self._storage.set_trial_user_attr(trial, _PARAMETERS, parameters)
        return number, parameters

    def _trials(self, before: int) -> list[Trial]:
        """Return what all machines know of earlier trials, as the search takes them."""
        trials = []
        for number, trial in self._all().items():
            attributes = trial.user_attrs
            if number >= before or _PARAMETERS not in attributes:
                continue
            outcome = attributes.get(_OUTCOME, {"state": "running", "metrics": {}})
            trials.append(
                Trial(number, attributes[_PARAMETERS], state=outcome["state"], metrics=dict(outcome["metrics"]))
            )
        return trials

    def ended(self, trial: Trial) -> None:
        """Tell all machines how a trial of this one ended.

        Raises
        ------
        OutputError : the journal cannot be reached; they are told when this machine goes on
        """
        outcome = {
            "state": trial.state, "metrics": trial.metrics, "reason": trial.reason, "seconds": trial.seconds,
            "folder": str(self._folder / "trials" / str(trial.number)),
        }  # fmt: skip
        known = self._ids.pop(trial.number)
        state, values = self._states.FAIL, None
        if trial.state == "finished":
            state, values = self._states.COMPLETE, [float(trial.metrics[self._metric.name])]
        with self._in_reach():
            self._storage.set_trial_user_attr(known, _OUTCOME, outcome)
            self._storage.set_trial_state_values(known, state, values)

    def results(self) -> SweepResults:
        """Return the trials of all machines that have ended.

        Raises
        ------
        OutputError : the journal cannot be reached
        """
        trials = []
        for number, trial in self._all().items():
            outcome = trial.user_attrs.get(_OUTCOME)
            if outcome is not None and trial.state.is_finished():
                given = dict(outcome)
                folder, parameters = Path(given.pop("folder")), trial.user_attrs[_PARAMETERS]
                trials.append(TrialResult(number=number, parameters=parameters, folder=folder, **given))
        return SweepResults(self._metric, tuple(trials), self._folder)

    def _all(self) -> dict[int, Any]:
        """Return Optuna's trials by number."""
        with self._in_reach():
            return {trial.number: trial for trial in self._storage.get_all_trials(self._study, deepcopy=False)}
