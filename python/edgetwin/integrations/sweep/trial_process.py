"""Runs one trial in a process of its own, so that its end is on disk even where the engine has died meanwhile.

Started as ``python -I -S trial_process.py FOLDER ATTEMPT``: nothing but the standard library, in milliseconds.
The lock on FOLDER/lock is held as long as the trial runs; who holds it decides, so that no trial runs twice.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time

#: How late a timeout may be noticed.
POLL_S = 0.25


def main(folder: str, attempt: int) -> None:
    """Run FOLDER/command.json's command unless a later attempt has replaced this one; write FOLDER/exit.json."""
    os.chdir(folder)
    with open("lock", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with open("command.json", encoding="utf-8") as file:
            job = json.load(file)
        if job["attempt"] != attempt or os.path.exists("exit.json"):
            return
        began = time.monotonic()
        environment = {**os.environ, **job["environment"]}
        command = [environment.get(variable(word) or "", word) for word in job["command"]]
        with open("output.txt", "wb") as output:
            try:
                # A group of its own: stopping the trial stops what it has started, too.
                child = subprocess.Popen(  # noqa: S603  (the user's own command)
                    command,
                    cwd=job["cwd"],
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    # The lock holds as long as the script runs, even where this process is killed.
                    pass_fds=[lock.fileno()],
                )
            except OSError as error:
                reason = f"cannot start {job['command'][0]}: {error.strerror}"
                finish({"code": None, "reason": reason, "stopped": False, "seconds": 0.0})
                return
            ended_by = []

            def stop(_number: int, _frame: object) -> None:
                ended_by.append(time.monotonic())
                kill_group(child.pid, signal.SIGTERM)

            signal.signal(signal.SIGTERM, stop)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            reason = ""
            limit = job["timeout_s"]
            while not over(child):
                now = time.monotonic()
                if limit is not None and now - began > limit:
                    reason = f"still running after {limit:g} s"
                    kill_group(child.pid, signal.SIGKILL)
                elif ended_by and now - ended_by[0] > job["grace_s"]:
                    kill_group(child.pid, signal.SIGKILL)
            # What the script has left running in its group.
            kill_group(child.pid, signal.SIGKILL)
        finish(
            {
                "code": child.returncode,
                "reason": reason,
                "stopped": bool(ended_by),
                "seconds": time.monotonic() - began,
            }
        )


def over(child: subprocess.Popen[bytes]) -> bool:
    """Wait a moment; whether the process has ended."""
    try:
        child.wait(POLL_S)
    except subprocess.TimeoutExpired:
        return False
    return True


def variable(word: str) -> str | None:
    """Return NAME of ``${envvar:NAME}``, None of other words."""
    return word[len("${envvar:") : -1] if word.startswith("${envvar:") and word.endswith("}") else None


def kill_group(pid: int, number: int) -> None:
    """Send a signal to a process and to all that it has started."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def finish(result: dict[str, object]) -> None:
    """Write how it ended, whole or not at all."""
    with open("exit.json.part", "w", encoding="utf-8") as file:
        json.dump(result, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace("exit.json.part", "exit.json")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
