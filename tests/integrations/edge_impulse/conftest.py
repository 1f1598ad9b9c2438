"""The vendor's SDK against the rehearsal on 127.0.0.1, without pauses."""

from __future__ import annotations

import json

import pytest

from edgetwin.integrations import edge_impulse
from edgetwin.integrations.edge_impulse import connection, jobs

KEY = "ei_rehearsal"


@pytest.fixture
def rehearsal(monkeypatch):
    pytest.importorskip("edgeimpulse", reason='the SDK is not installed: pip install "edgetwin[edge-impulse]"')
    monkeypatch.setattr(jobs, "POLL_S", 0.0)
    monkeypatch.setattr(connection, "BACKOFF_S", 0.0)
    monkeypatch.delenv("EI_API_KEY", raising=False)
    with edge_impulse.Rehearsal() as server:
        yield server


@pytest.fixture(scope="session")
def transcript(shared):
    """Requests that the SDK itself sent, call by call."""
    path = shared / "ei_api" / "transcript.json"
    if not path.is_file():
        pytest.skip(f"no transcript at {path}: set EDGETWIN_SHARED")
    return json.loads(path.read_text(encoding="utf-8"))["calls"]
