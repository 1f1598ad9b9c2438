"""Shared data, peers and tools. What is missing skips, with its install line; under EDGETWIN_REQUIRE_ALL it fails."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from oracles import litert as litert_oracle
from oracles import tflm as tflm_oracle

from edgetwin.device.peers import Peer

ROOT = Path(__file__).resolve().parent.parent


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Where everything must be there, whatever is skipped has failed."""
    report = yield
    if os.environ.get("EDGETWIN_REQUIRE_ALL") and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be: {call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared models, golden data and data sets."""
    path = Path(os.environ.get("EDGETWIN_SHARED", ROOT.parent / "shared"))
    if not (path / "models").is_dir():
        pytest.skip(f"no shared data at {path}: set EDGETWIN_SHARED")
    return path


@pytest.fixture(scope="session")
def tflm():
    """The pinned TFLite Micro wheel, in a child process."""
    if not tflm_oracle.available():
        pytest.skip(f"the tflite-micro wheel is not installed: {tflm_oracle.INSTALL}")
    oracle = tflm_oracle.Tflm()
    yield oracle
    oracle.close()


@pytest.fixture(scope="session")
def delegate():
    """The LiteRT wheel with its default delegate, in a child process."""
    if not litert_oracle.available():
        pytest.skip(f"the ai-edge-litert wheel is not installed: {litert_oracle.INSTALL}")
    with Peer("litert") as peer:
        yield peer


@pytest.fixture(scope="session")
def litert():
    """The LiteRT wheel, with its default delegate and without, in child processes."""
    if not litert_oracle.available():
        pytest.skip(f"the ai-edge-litert wheel is not installed: {litert_oracle.INSTALL}")
    oracle = litert_oracle.LiteRt()
    yield oracle
    oracle.close()
