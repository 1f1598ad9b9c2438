"""One running trial, as the engine sees it: its folder, its process, what it logs."""

from __future__ import annotations

import fcntl
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import IntegrationError
from . import trial_process
from .journal import Trial
from .schema import Sweep
from .script import FOLDER_VARIABLE, METRICS_FILE, PARAMETERS_FILE, flat_numbers
from .wandb_file import wandb_history

__all__ = ["TrialRun"]

#: Between asking a trial to end and killing it.
GRACE_S = 5.0
_LAST_LINES = 5


class TrialRun:
    """A trial's folder and process.

    Parameters
    ----------
    sweep : Sweep
    folder : Path
        Its own; whatever an earlier attempt left there is removed at the start.
    trial : Trial
    sweep_id : str
    timeout_s : float or None
    """

    def __init__(self, sweep: Sweep, folder: Path, trial: Trial, sweep_id: str, timeout_s: float | None) -> None:
        self.sweep, self.folder, self.trial = sweep, folder, trial
        self._sweep_id, self._timeout_s = sweep_id, timeout_s
        self._process: subprocess.Popen[bytes] | None = None
        self._logs = [JsonLines(folder / METRICS_FILE), JsonLines(folder / "output.txt")]
        self._wandb_bytes = 0

    def begin(self, adopt: bool, note: Callable[[], None]) -> None:
        """Start a new attempt, or wait for one that an earlier engine started.

        Parameters
        ----------
        adopt : bool
            Whether an earlier engine may have started one.
        note : callable
            Called before a new attempt is prepared.
        """
        self.folder.mkdir(exist_ok=True)
        with (self.folder / "lock").open("a", encoding="utf-8") as lock:
            # Held from the look at an earlier attempt to the last file of the new one: what has not begun by then finds
            # a later number here and ends.
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if adopt:
                    return
                fcntl.flock(lock, fcntl.LOCK_EX)
            if adopt and self._has_ended():
                return
            note()
            for path in self.folder.iterdir():
                if path.name != "lock":
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            self._write_inputs()
        # Isolated, without site-packages: it starts in milliseconds.
        self._process = subprocess.Popen(  # noqa: S603  (our own program)
            [sys.executable, "-I", "-S", trial_process.__file__, str(self.folder), str(self.trial.attempt)],
            stdin=subprocess.DEVNULL,
            # Ctrl-C on the terminal is for the engine, which then ends its trials.
            start_new_session=True,
        )

    def _has_ended(self) -> bool:
        """Whether the attempt ended by itself. One that an engine stopped, interrupted itself, is to begin again."""
        path = self.folder / "exit.json"
        return path.exists() and (self.trial.given_up or not json.loads(path.read_text(encoding="utf-8"))["stopped"])

    def _write_inputs(self) -> None:
        parameters = self.trial.parameters
        config = {"wandb_version": 1, **{name: {"desc": None, "value": value} for name, value in parameters.items()}}
        # JSON is YAML: W&B's client reads it as such.
        (self.folder / "wandb-parameters.yaml").write_text(json.dumps(config), encoding="utf-8")
        (self.folder / PARAMETERS_FILE).write_text(json.dumps(parameters), encoding="utf-8")
        environment = {
            "WANDB_SWEEP_PARAM_PATH": str(self.folder / "wandb-parameters.yaml"),
            "WANDB_RUN_ID": f"{self._sweep_id}-{self.trial.number}-{self.trial.attempt}",
            "WANDB_SWEEP_ID": self._sweep_id,
            "WANDB_MODE": "offline",
            # Both, or the offline run could not be moved with the folder.
            "WANDB_DIR": str(self.folder),
            "WANDB_DATA_DIR": str(self.folder / "wandb-data"),
            FOLDER_VARIABLE: str(self.folder),
        }
        job = {
            "command": self._command(environment),
            "cwd": str(self.sweep.path.resolve().parent),
            "environment": environment,
            "attempt": self.trial.attempt,
            "timeout_s": self._timeout_s,
            "grace_s": GRACE_S,
        }
        (self.folder / "command.json").write_text(json.dumps(job), encoding="utf-8")

    def _command(self, environment: dict[str, str]) -> list[str]:
        """Return the words of the command, W&B's macros filled in as its agent does.

        What the environment holds may be a secret: those macros are left to the process, out of every file.
        """
        flags = [f"{name}={value}" for name, value in self.trial.parameters.items()]
        switches = [
            f"--{name}" if value is True else f"--{name}={value}"
            for name, value in self.trial.parameters.items()
            if value is not False
        ]
        lists = {
            "${args}": [f"--{flag}" for flag in flags],
            "${args_no_hyphens}": flags,
            "${args_no_boolean_flags}": switches,
            "${args_json}": [json.dumps(self.trial.parameters)],
            "${args_json_file}": [str(self.folder / PARAMETERS_FILE)],
            "${env}": ["/usr/bin/env"],
            "${interpreter}": [sys.executable],
            "${program}": [self.sweep.program or ""],
        }
        words: list[str] = []
        parts = self.sweep.command if len(self.sweep.command) > 1 else shlex.split(self.sweep.command[0])
        for part in parts:
            if part in lists:
                words += lists[part]
            else:
                name = trial_process.variable(part)
                if name is not None and name not in {**os.environ, **environment}:
                    raise IntegrationError(f"{self.sweep.path}: command asks for {part}, which is not set")
                words.append(part)
        return words

    def _locked(self) -> bool:
        if not self.folder.exists():
            return False
        with (self.folder / "lock").open("a", encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def ended(self) -> bool:
        """Whether the attempt is over."""
        if self._process is not None:
            return self._process.poll() is not None
        return not self._locked()

    def stop(self) -> None:
        """Ask the trial to end: its process group gets SIGTERM, after a while SIGKILL."""
        if self._process is not None:
            self._process.terminate()

    def abandon(self) -> None:
        """End the trial and forget this attempt, so that the next engine begins it again."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        (self.folder / "exit.json").unlink(missing_ok=True)

    def read_history(self) -> bool:
        """Take in what the trial has logged since; whether there was anything."""
        new = [step for log in self._logs for step in log.read()]
        files = self._wandb_files()
        size = sum(path.stat().st_size for path in files)
        if size != self._wandb_bytes:
            self._wandb_bytes = size
            steps = [flat_numbers(step) for path in files for step in wandb_history(path)]
            known = sum("_runtime" in step for step in self.trial.history)
            new += steps[known:]
        self.trial.history += new
        return bool(new)

    def _wandb_files(self) -> list[Path]:
        return sorted(self.folder.glob("wandb/offline-run-*/run-*.wandb"))

    def outcome(self) -> dict[str, Any]:
        """Return state, metrics, reason and seconds of the attempt that has ended."""
        self.read_history()
        metrics: dict[str, Any] = {}
        for step in self.trial.history:
            metrics.update({name: value for name, value in step.items() if not name.startswith("_")})
        path = self.folder / "exit.json"
        if path.exists():
            result = json.loads(path.read_text(encoding="utf-8"))
        else:
            result = {"code": None, "reason": "its process was killed", "seconds": 0.0}
        metric = self.sweep.metric
        reason, state = result["reason"], "finished"
        if result.get("stopped"):
            state, reason = "stopped", "given up by hyperband"
        elif reason or result["code"] != 0:
            state, reason = "failed", reason or f"ended with exit code {result['code']}"
        elif metric is not None and metric.name not in metrics:
            state = "failed"
            reason = f"logged no {metric.name!r}, but {', '.join(sorted(metrics)) or 'nothing at all'}"
        if state == "failed":
            reason = "; ".join(filter(None, [reason, self._last_lines()]))
        return {"state": state, "metrics": metrics, "reason": reason, "seconds": round(result["seconds"], 3)}

    def _last_lines(self) -> str:
        path = self.folder / "output.txt"
        text = path.read_bytes()[-4096:].decode(errors="replace") if path.exists() else ""
        lines = [line for line in text.splitlines() if line.strip()][-_LAST_LINES:]
        return "its last lines: " + " | ".join(lines) if lines else "it printed nothing"


class JsonLines:
    """Numbers out of the lines of a growing file that are JSON objects; other lines are the script's own business."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = 0

    def read(self) -> list[dict[str, float | int]]:
        """Return what came since the last call; a line that is not whole yet comes later."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content.rfind(b"\n") + 1
        self._read += whole
        steps = []
        for line in content[:whole].splitlines():
            if not line.startswith(b"{"):
                continue
            try:
                values = json.loads(line)
            except ValueError:
                continue
            numbers = flat_numbers(values)
            if numbers:
                steps.append(numbers)
        return steps
