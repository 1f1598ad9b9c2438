"""`edgetwin inspect` of a deployment, `edgetwin profile --edge-impulse`, a W&B run's model."""

from __future__ import annotations

import json

import numpy as np
import pytest
from oracles import wandb_artifacts

import edgetwin as et
from edgetwin.integrations import edge_impulse
from edgetwin.integrations.edge_impulse import jobs
from edgetwin.integrations.edge_impulse.deployment_files import METADATA, deployment_zip

DEVICE = ["--device", "cortex-m4f-80mhz"]


@pytest.fixture
def rehearsal(monkeypatch):
    pytest.importorskip("edgeimpulse", reason='the SDK is not installed: pip install "edgetwin[edge-impulse]"')
    monkeypatch.setattr(jobs, "POLL_S", 0.0)
    monkeypatch.delenv("EI_API_KEY", raising=False)
    with edge_impulse.Rehearsal() as server:
        yield server


def test_inspect_opens_a_deployment(edgetwin, tmp_path):
    model = et.load(et.data.demo_model())
    (tmp_path / "stride.zip").write_bytes(deployment_zip(model, []))
    outcome = edgetwin("inspect", "stride.zip")
    assert (outcome.code, outcome.err) == (0, "")
    assert model.hash in outcome.out
    assert "window   648 x 1: features" in outcome.out
    assert "feature  raw: implementation_version 1, scale_axes 1.0" in outcome.out
    told = json.loads(edgetwin("inspect", "stride.zip", "--json").out)
    assert told["impulse"]["window"] == [648, 1]
    assert told["models"][0]["hash"] == told["impulse"]["model"]


def test_inspect_says_why_a_deployment_does_not_open(edgetwin, refused, tmp_path):
    whole = deployment_zip(et.load(et.data.demo_model()), [])
    (tmp_path / "m.zip").write_bytes(whole.replace(METADATA.encode(), METADATA.replace("data.h", "none.h").encode()))
    outcome = edgetwin("inspect", "m.zip")
    assert outcome.code == 0
    assert f"warning: edgetwin does not open it as an impulse: the deployment: no {METADATA} in it" in outcome.out
    assert json.loads(edgetwin("inspect", "m.zip", "--json").out)["impulse"] is None
    (tmp_path / "eon.zip").write_bytes(_without_model(whole))
    assert "the EON compiler left code only" in refused("inspect", "eon.zip")


def _without_model(whole):
    import io
    import zipfile

    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as source, zipfile.ZipFile(made, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, b"" if name.startswith("tflite-model") else source.read(name))
    return made.getvalue()


def test_profile_beside_edge_impulse(edgetwin, rehearsal, demo_tflite, tmp_path):
    outcome = edgetwin("profile", demo_tflite, "--edge-impulse", *DEVICE)
    assert (outcome.code, outcome.err) == (0, "")
    assert "cortex-m4@80:cmsis-nn: about" in outcome.out
    assert "Edge Impulse, cortex-m4f-80mhz:" in outcome.out
    assert "int8 tflite" in outcome.out
    content = json.loads(edgetwin("profile", demo_tflite, "--edge-impulse", *DEVICE, "--json").out)
    figures = content["edge_impulse"]["variants"]["int8"]["memory"]["tflite"]
    assert figures["arena_bytes"] == content["arena_bytes"]
    assert rehearsal.key not in json.dumps(content)


def test_profile_deploys(edgetwin, rehearsal, demo_tflite, tmp_path):
    outcome = edgetwin("profile", demo_tflite, "--edge-impulse", *DEVICE, "--deploy", "lib.zip")
    assert (outcome.code, outcome.err) == (0, "")
    assert "written to lib.zip" in outcome.out
    assert et.from_edge_impulse(tmp_path / "lib.zip").model.file_bytes == demo_tflite.read_bytes()


def test_without_a_key_the_offline_profile_is_told(edgetwin, rehearsal, demo_tflite, monkeypatch):
    import edgeimpulse

    monkeypatch.setattr(edgeimpulse, "API_KEY", None)
    outcome = edgetwin("profile", demo_tflite, "--edge-impulse", *DEVICE)
    assert outcome.code == 2
    assert "cortex-m4@80:cmsis-nn: about" in outcome.out
    assert outcome.err.startswith("edgetwin: no Edge Impulse key: set EI_API_KEY")
    assert outcome.err.count("\n") == 1


def test_device_alone_is_a_target(edgetwin, refused, demo_tflite):
    assert "cortex-m4@80:cmsis-nn: about" in edgetwin("profile", demo_tflite, *DEVICE).out
    assert "a core that edgetwin does not know" in refused("profile", demo_tflite, "--device", "esp32")
    assert "one model, please" in refused("profile")
    assert "one model, please" in refused("profile", demo_tflite, "--wandb-run", "a/b/c")
    assert "give --edge-impulse, too" in refused("profile", demo_tflite, "--deploy", "x.zip")


@pytest.fixture
def recordings(tmp_path):
    made = [
        et.data.Recording(np.full((9, 1), i, np.float32), 50.0, (et.data.Sensor("x"),), label="abc"[i], name=f"r{i}")
        for i in range(3)
    ]
    return et.data.write_folder(made, tmp_path / "data")


def test_upload_shows_its_plan_without_a_key(edgetwin, recordings, tmp_path):
    outcome = edgetwin("upload", "data", "--dry-run", "--category", "testing")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.count("testing") == 3
    files = json.loads(edgetwin("upload", "data", "--dry-run", "--json", "--metadata", "site=lab").out)["files"]
    assert [(file["label"], file["metadata"]) for file in files] == [(label, {"site": "lab"}) for label in "abc"]
    assert not (tmp_path / "edgetwin-upload").exists()


def test_upload_and_again(edgetwin, refused, rehearsal, recordings, tmp_path):
    outcome = edgetwin("upload", "data")
    assert (outcome.code, outcome.out, outcome.err) == (0, "3 files: 3 uploaded\n", "")
    assert [sample[1] for sample in sorted(rehearsal.samples, key=lambda sample: sample[2])] == ["a", "b", "c"]
    assert edgetwin("upload", "data").out == "3 files: 3 known\n"
    rehearsal.fail("POST", "/files", status=400, body="no")
    outcome = edgetwin("upload", "data", "--out", "other", "--workers", 1, "--json")
    assert outcome.code == 1
    states = [file["state"] for file in json.loads(outcome.out)["files"]]
    assert states == ["failed", "duplicate", "duplicate"]
    assert json.loads((tmp_path / "other" / "metrics.json").read_text()) == json.loads(outcome.out)
    assert "accepted is NAME=TEXT" in refused("upload", "data", "--metadata", "x")
    assert "no such folder" in refused("upload", "nowhere")


WANDB_KEY = "a" * 40


@pytest.fixture
def wandb_run(monkeypatch, tmp_path):
    """A run of W&B on loopback that logged files; the real client fetches them."""
    pytest.importorskip("wandb", reason='wandb is not installed: pip install "edgetwin[wandb]"')
    servers = []

    def logged(files):
        servers.append(wandb_artifacts.serving(files, WANDB_KEY))
        monkeypatch.setenv("WANDB_BASE_URL", servers[-1].url)
        return wandb_artifacts.RUN

    monkeypatch.setenv("WANDB_API_KEY", WANDB_KEY)
    monkeypatch.setenv("WANDB_SILENT", "true")
    for name in ("DIR", "CACHE_DIR", "DATA_DIR", "CONFIG_DIR"):
        monkeypatch.setenv(f"WANDB_{name}", str(tmp_path.with_name(tmp_path.name + "_wandb")))
    yield logged
    for server in servers:
        server.close()


def test_a_runs_model_is_profiled_and_deployed(edgetwin, rehearsal, wandb_run, demo_tflite, tmp_path):
    """As ML@E2dge does: the model of a W&B run, Edge Impulse's figures, a library."""
    run = wandb_run({"model.tflite": demo_tflite.read_bytes(), "profile.json": b"{}"})
    words = ["--wandb-run", run, "--edge-impulse", *DEVICE, "--deploy", "lib.zip", "--json"]
    outcome = edgetwin("profile", *words)
    assert outcome.code == 0, outcome.err
    content = json.loads(outcome.out)
    assert content["model"] == f"{run}: model.tflite"
    assert content["edge_impulse"]["device"] == "cortex-m4f-80mhz"
    assert et.from_edge_impulse(tmp_path / "lib.zip").model.file_bytes == demo_tflite.read_bytes()
    assert WANDB_KEY not in outcome.out + outcome.err


def test_runs_without_one_model(edgetwin, refused, wandb_run, demo_tflite):
    several = wandb_run({"a.tflite": b"a", "b.tflite": b"b"})
    message = refused("profile", "--wandb-run", several)
    assert f"W&B run {several}: stride:v0 holds a.tflite, b.tflite, accepted is one .tflite" in message
    assert "no .tflite file in what it logged: stride:v0" in refused(
        "profile", "--wandb-run", wandb_run({"notes.txt": b"x"})
    )
    assert "W&B run nonsense" in refused("profile", "--wandb-run", "nonsense")
