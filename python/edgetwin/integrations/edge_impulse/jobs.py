"""Jobs on Edge Impulse's servers: waited for, and failed where they failed, which the SDK leaves unsaid."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ...errors import IntegrationError
from .connection import Connection, number

__all__ = ["job_number", "wait"]

#: Seconds between two questions.
POLL_S = 1.0
#: What the server says, in place of a status, of a job that goes on.
_RUNNING = "Job is still running"
#: Last lines of a failed job's log that the message shows.
_LINES = 5


def job_number(answer: Mapping[str, Any], what: str) -> int:
    """Return the number of the job that a request started."""
    return int(number(answer, "id", what))


def wait(connection: Connection, project: int, job: int, what: str, timeout_s: float) -> None:
    """Wait until a job has finished.

    Parameters
    ----------
    connection : Connection
    project, job : int
    what : str
        For messages: "profile the model".
    timeout_s : float
        After that the job is cancelled.

    Raises
    ------
    IntegrationError : it failed, with the last lines of its log; it took longer; or as `Connection.ask`
    """
    jobs = connection.api("JobsApi")
    end = time.monotonic() + timeout_s
    while True:
        answer = connection.answer(what, jobs.get_job_status, project, job)
        if answer.get("success") is not True and answer.get("error") != _RUNNING:
            raise IntegrationError(f"{what}: job {job} failed: {connection.shown(answer.get('error'))}")
        told = answer.get("job")
        status: Mapping[str, Any] = told if isinstance(told, dict) else {}
        if status.get("finished"):
            log = connection.ask(what, jobs.get_jobs_logs, project, job)
            # An older result is still on the server: only this tells that the new one is.
            if status.get("finishedSuccessful") is not True:
                raise IntegrationError(f"{what}: job {job} failed: {connection.shown(_last_lines(log))}")
            return
        if time.monotonic() >= end:
            connection.ask(f"cancel job {job}", jobs.cancel_job, project, job, force_cancel="true")
            raise IntegrationError(f"{what}: job {job} did not finish within {timeout_s:g} s and was cancelled")
        time.sleep(min(POLL_S, max(0.0, end - time.monotonic())))


def _last_lines(log: Mapping[str, Any]) -> str:
    listed = log.get("stdout")
    entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    entries.sort(key=lambda entry: str(entry.get("created", "")))
    lines = [line for entry in entries for line in str(entry.get("data", "")).splitlines() if line.strip()]
    return " | ".join(lines[-_LINES:]) or "its log is empty"
