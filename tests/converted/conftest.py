"""Networks that TensorFlow's converter wrote: made once a test run, also where several processes share it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from oracles import converters


@pytest.fixture(scope="session")
def converted(tmp_path_factory) -> Path:
    """A folder with every network in every form; `EDGETWIN_CONVERTED` names one that outlives the run."""
    python = converters.frameworks_python()
    if python is None:
        pytest.skip(converters.INSTALL)
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent
    folder = Path(os.environ.get("EDGETWIN_CONVERTED", base / "converted"))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            converters.convert(python, folder)
            (folder / "complete").touch()
    return folder
