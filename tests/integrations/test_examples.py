"""The sweep that ships runs as it stands."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT

import edgetwin as et
from edgetwin.integrations.sweep import read_sweep

pytest.importorskip("wandb", reason='wandb is not installed: pip install "edgetwin[wandb]"')
pytest.importorskip("sweeps", reason='sweeps is not installed: pip install "edgetwin[sweep]"')


def test_gait_sweep(tmp_path, monkeypatch):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "HOME": str(tmp_path)}
    path = ROOT / "examples" / "gait_sweep.yaml"
    command = [sys.executable, "-m", "edgetwin", "sweep", str(path), "--count", "1"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    out = tmp_path / "edgetwin-sweep"
    (trial,) = json.loads((out / "metrics.json").read_text())["trials"]
    assert trial["state"] == "finished", trial["reason"]
    assert set(trial["parameters"]) == {parameter.place[0] for parameter in read_sweep(path).parameters}
    # Over all folds, of people that training has not seen.
    assert abs(trial["metrics"]["int8_mdc"] - trial["metrics"]["float32_mdc"]) < 5
    model = et.load(out / "trials" / "0" / "model.tflite")
    assert model.profile().arena_bytes == trial["metrics"]["arena_bytes"]
