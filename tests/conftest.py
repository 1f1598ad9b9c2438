"""Shared data, peers and tools. Locally a missing one skips with its install line; CI sets EDGETWIN_REQUIRE_ALL."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from oracles import tflm as tflm_oracle

ROOT = Path(__file__).resolve().parent.parent


def missing(reason: str) -> None:
    """Skip for want of something optional; fail where everything must be there."""
    if os.environ.get("EDGETWIN_REQUIRE_ALL"):
        pytest.fail(f"missing in an environment that must have everything: {reason}")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared models, golden data and data sets."""
    path = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    if not (path / "models").is_dir():
        missing(f"no shared data at {path}: set EDGETWIN_SHARED")
    return path


@pytest.fixture(scope="session")
def tflm():
    """The pinned TFLite Micro wheel, in a child process."""
    if not tflm_oracle.available():
        missing(f"the tflite-micro wheel is not installed: {tflm_oracle.INSTALL}")
    oracle = tflm_oracle.Tflm()
    yield oracle
    oracle.close()
