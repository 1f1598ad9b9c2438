"""`edgetwin agent`: one header and how to use it."""

from __future__ import annotations

import edgetwin as et


def test_writes_a_header_and_a_howto(edgetwin, demo_tflite, tmp_path):
    result = edgetwin("agent", demo_tflite, "--adapter", "calls")
    assert result.code == 0
    assert "edgetwin_agent.hpp, HOWTO.md" in result.out
    folder = tmp_path / "edgetwin-agent"
    assert et.load(demo_tflite).hash in (folder / "edgetwin_agent.hpp").read_text()
    assert "bare kernel calls" in (folder / "HOWTO.md").read_text()


def test_bad_input(refused, demo_tflite):
    assert "accepted are tflite-micro, calls" in refused("agent", demo_tflite, "--adapter", "mbed")
    assert "absent.tflite" in refused("agent", "absent.tflite")
