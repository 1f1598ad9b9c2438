"""Profiles and deployments through the real SDK: its requests, its traps, and a key that shows nowhere."""

from __future__ import annotations

import json
import logging
import threading
import traceback

import numpy as np
import pytest
from oracles.edge_impulse import assert_sequence

import edgetwin as et
from edgetwin.errors import DataError, IntegrationError, MissingExtraError
from edgetwin.integrations import edge_impulse
from edgetwin.integrations.edge_impulse import connection, jobs
from edgetwin.integrations.edge_impulse.loopback import Loopback, Reply

DEVICE = "cortex-m4f-80mhz"
MODEL = et.data.demo_model()


def test_listings_ask_as_the_sdk_does(rehearsal, transcript):
    assert [d.target for d in edge_impulse.list_devices()] == ["cortex-m4f@80", "cortex-m7@216", "cortex-m0+@133"]
    assert_sequence(rehearsal.requests, transcript["list_profile_devices"])
    rehearsal.requests.clear()
    assert [target.id for target in edge_impulse.list_targets()] == ["zip"]
    assert_sequence(rehearsal.requests, transcript["list_deployment_targets"])


def test_profile_asks_as_the_sdk_does(rehearsal, transcript):
    told = edge_impulse.profile(MODEL, DEVICE)
    assert_sequence(rehearsal.requests, transcript["profile"])
    (upload,) = [request for request in rehearsal.requests if request.path.endswith("upload")]
    texts = {part.name: part.text for part in upload.parts[:3]}
    assert texts == {"modelFileName": "model", "modelFileType": "tflite", "device": DEVICE}
    assert upload.parts[3].content == MODEL, "the model arrives as it is"
    ours = et.load(MODEL).profile("cortex-m4f@80")
    assert told.ours.latency_ms == ours.latency_ms
    assert told.target == "cortex-m4f@80"
    assert told.variants["int8"].memory["tflite"].arena_bytes == ours.arena_bytes
    json.dumps(told.as_dict())
    assert f"{ours.arena_bytes:,} B" in str(told)


def test_profile_reads_what_the_service_answers(rehearsal, transcript):
    """The transcript's own answer: two variants, two engines, classes of devices."""
    answer = transcript["profile"][-1]["response"]["body"]
    rehearsal.fail("GET", "/pretrained-model", status=200, body=answer)
    told = edge_impulse.profile(MODEL, DEVICE)
    assert list(told.variants) == ["float32", "int8"]
    for variant in told.variants.values():
        assert (variant.latency_ms, variant.supported, variant.file_bytes) == (7, True, 3164)
        assert variant.memory == {engine: edge_impulse.Memory(12345, 67890, 4096) for engine in ("tflite", "eon")}
    assert told.classes == dict.fromkeys(told.classes, False)
    assert len(told.classes) == 5
    assert "67,890 B" in str(told)


def test_a_float_latency_and_new_names_are_read(rehearsal, transcript):
    """Under a millisecond the SDK itself refuses the whole answer."""
    answer = json.loads(json.dumps(transcript["profile"][-1]["response"]["body"]))
    answer["model"]["profileInfo"]["int8"]["timePerInferenceMs"] = 0.25
    answer["model"]["inputs"][0]["dataType"] = "int2"
    rehearsal.fail("GET", "/pretrained-model", status=200, body=answer, times=2)
    rehearsal.polls = 1
    import edgeimpulse

    with pytest.raises(ValueError, match="timePerInferenceMs"):
        edgeimpulse.model.profile(MODEL, DEVICE)
    told = edge_impulse.profile(MODEL, DEVICE)
    assert told.variants["int8"].latency_ms == 0.25
    assert "0.25 ms" in str(told)


def test_the_smallest_answers_are_enough(rehearsal, shared):
    smallest = json.loads((shared / "ei_api" / "transcript.json").read_text())["smallest_accepted"]
    rehearsal.fail("GET", "/projects", status=200, body=smallest["GET /v1/api/projects"])
    rehearsal.fail("GET", "/42", status=200, body=smallest["GET /v1/api/{projectId}"])
    rehearsal.fail("GET", "/pretrained-model", status=200, body=smallest["GET /v1/api/{projectId}/pretrained-model"])
    told = edge_impulse.profile(MODEL, DEVICE)
    assert told.variants["int8"].latency_ms is None
    assert told.variants["int8"].memory == {}
    assert "int8" in str(told)


def test_deploy_asks_as_the_sdk_does(rehearsal, transcript, tmp_path, int8_classifier):
    """All of the SDK's requests in its order; project and targets are asked for first, and once."""
    x = np.zeros((4, *int8_classifier.inputs[0].shape), np.float32)
    labels = [f"l{i}" for i in range(int8_classifier.outputs[0].shape[0])]
    path = edge_impulse.deploy(int8_classifier, "zip", out=tmp_path / "m.zip", labels=labels, calibration=x)
    before = transcript["list_deployment_targets"]
    paths = {call["path"] for call in before}
    assert_sequence(rehearsal.requests, [*before, *(c for c in transcript["deploy"] if c["path"] not in paths)])
    saved, built = (request.json for request in rehearsal.requests if request.json is not None)
    theirs = [c["request"]["json"] for c in transcript["deploy"] if "json" in c["request"]]
    theirs[0]["model"]["labels"] = labels
    assert [saved, built] == theirs
    impulse = et.from_edge_impulse(path)
    assert impulse.model.file_bytes == int8_classifier.file_bytes
    assert impulse.labels == tuple(labels)


@pytest.fixture
def int8_classifier(shared):
    return et.load(shared / "models" / "kws_int8.tflite")


def test_deployed_regression_gives_the_same_bytes(rehearsal, tmp_path):
    impulse = et.from_edge_impulse(edge_impulse.deploy(MODEL, out=tmp_path / "m.zip"))
    model = et.load(MODEL)
    x = np.random.default_rng(0).normal(size=(5, *model.inputs[0].shape)).astype(np.float32)
    np.testing.assert_array_equal(impulse.predict(x.reshape(5, *impulse.window)), model.predict(x))
    assert rehearsal.requests[-5].json == {"engine": "tflite", "modelType": "int8"}


def failed_job(number, **told):
    return {"success": True, "job": {"id": number, "finished": "2024-01-01T00:00:05Z", **told}}


@pytest.mark.parametrize("told", [{"finishedSuccessful": False}, {}], ids=["failed", "untold"])
@pytest.mark.parametrize(("number", "what"), [(101, "upload the model"), (102, "profile the model")])
def test_a_failed_job_is_an_error(rehearsal, number, what, told):
    """Where the SDK goes on and returns an older model's profile."""
    rehearsal.fail("GET", f"/jobs/{number}/status", status=200, body=failed_job(number, **told))
    log = [{"created": f"2024-01-01T00:00:0{i}Z", "data": text} for i, text in ((2, "no arena\n"), (1, "profiling"))]
    rehearsal.fail("GET", f"/jobs/{number}/stdout", status=200, body={"success": True, "stdout": log})
    with pytest.raises(IntegrationError, match=rf"{what}: job {number} failed: profiling \| no arena"):
        edge_impulse.profile(MODEL, DEVICE)
    assert not rehearsal.requests[-1].path.endswith("/pretrained-model"), "nobody reads the older result"


def test_a_failed_build_is_an_error(rehearsal, tmp_path):
    rehearsal.fail("GET", "/jobs/103/status", status=200, body=failed_job(103, finishedSuccessful=False))
    with pytest.raises(IntegrationError, match="build zip: job 103 failed: its log is empty"):
        edge_impulse.deploy(MODEL, out=tmp_path / "m.zip")
    assert not list(tmp_path.iterdir())


def test_refused_status_and_running_ones(rehearsal):
    running = {"success": False, "error": "Job is still running"}
    rehearsal.fail("GET", "/jobs/101/status", status=200, body=running, times=3)
    edge_impulse.profile(MODEL, DEVICE)
    refused = {"success": False, "error": "Job did not finish successfully"}
    rehearsal.fail("GET", "/jobs/102/status", status=200, body=refused)
    with pytest.raises(IntegrationError, match="job 102 failed: Job did not finish successfully"):
        edge_impulse.profile(MODEL, DEVICE)


def test_a_job_that_takes_too_long_is_cancelled(rehearsal, transcript, monkeypatch):
    monkeypatch.setattr(jobs, "POLL_S", 0.02)
    rehearsal.polls = 10**6
    with pytest.raises(IntegrationError, match=r"job 101 did not finish within 0\.03 s and was cancelled"):
        edge_impulse.profile(MODEL, timeout_s=0.03)
    requests = [request for i, request in enumerate(rehearsal.requests) if i < 4 or i == len(rehearsal.requests) - 1]
    assert_sequence(requests, transcript["profile_timeout"])


@pytest.mark.parametrize(
    ("ending", "fault", "says"),
    [
        ("/projects", {"status": 401, "body": {"error": "invalid"}}, r"does not accept the key \(401: invalid\)"),
        ("/projects", {"status": 403, "body": "expired"}, r"does not accept the key \(403: expired\)"),
        ("/projects", {"status": 500, "body": b"\xff\xfe"}, "list projects: an answer that is no text"),
        ("/projects", {"status": 302, "body": "moved"}, "answered 302: moved"),
        ("/projects", {"status": 200, "body": "<html>proxy</html>"}, "an answer that is no JSON object: <html>proxy"),
        ("/projects", {"status": 200, "body": []}, "an answer that is no JSON object"),
        ("/projects", {"status": 200, "body": {"success": False, "error": "no"}}, "Edge Impulse refused: no"),
        ("/projects", {"status": 200, "body": {"success": False}}, "it did not say why"),
        ("/projects", {"status": 200, "body": {"success": True, "projects": []}}, "belongs to no project"),
        ("/projects", {"status": 200, "body": {"success": True, "projects": [{}]}}, "id is None in the answer"),
        ("/42", {"status": 200, "body": {"success": True}}, "no list latencyDevices in the answer"),
    ],
)
def test_bad_answers(rehearsal, ending, fault, says):
    rehearsal.fail("GET", ending, **fault)
    with pytest.raises(IntegrationError, match=says):
        edge_impulse.profile(MODEL, DEVICE)


@pytest.mark.parametrize("fault", [{"cut": True}, {"status": 503}, {"status": 429}], ids=["cut", "503", "429"])
@pytest.mark.parametrize(
    ("method", "ending"),
    [("GET", "/projects"), ("POST", "/pretrained-model/upload"), ("GET", "/jobs/102/status")],
)
def test_broken_connections_are_tried_again(rehearsal, method, ending, fault):
    rehearsal.fail(method, ending, times=connection.RETRIES, **fault)
    assert edge_impulse.profile(MODEL, DEVICE).variants["int8"].supported
    assert sum(r.path.endswith(ending) for r in rehearsal.requests) > connection.RETRIES


def test_retries_end(rehearsal):
    rehearsal.fail("GET", "/projects", cut=True, times=100)
    with pytest.raises(IntegrationError, match=r"no answer from 127\.0\.0\.1:\d+ in 5 attempts"):
        edge_impulse.list_devices()
    assert len(rehearsal.requests) == connection.RETRIES + 1


def test_pauses_grow(rehearsal, monkeypatch):
    """With the pause of the real thing: 0, 1, 2 and 4 s in place of the SDK's eight minutes."""
    pauses = []
    monkeypatch.undo()
    monkeypatch.setattr("time.sleep", pauses.append)
    rehearsal.fail("GET", "/projects", cut=True, times=100)
    with pytest.raises(IntegrationError):
        edge_impulse.list_devices()
    assert pauses == [1.0, 2.0, 4.0]


def test_devices_and_targets_are_checked_before_anything_is_sent(rehearsal, tmp_path):
    with pytest.raises(DataError, match="no device 'z80' for this project, accepted are cortex-m4f-80mhz, "):
        edge_impulse.profile(MODEL, "z80")
    with pytest.raises(DataError, match="no deployment target 'abacus' for this project, accepted are zip"):
        edge_impulse.deploy(MODEL, "abacus", out=tmp_path / "m.zip")
    with pytest.raises(DataError, match="engine 'steam', accepted are tflite, "):
        edge_impulse.deploy(MODEL, out=tmp_path / "m.zip", engine="steam")
    with pytest.raises(DataError, match="2 labels, accepted are 1"):
        edge_impulse.deploy(MODEL, out=tmp_path / "m.zip", labels=["a", "b"])
    with pytest.raises(DataError, match="model_input: "):
        edge_impulse.deploy(MODEL, out=tmp_path / "m.zip", model_input={"inputType": "smell"})
    assert not any(request.method == "POST" and "build" in request.path for request in rehearsal.requests)


def test_the_key_follows_no_redirect(rehearsal, monkeypatch):
    """A hotel's network, or whoever answers in the service's place, does not send the key elsewhere."""
    import edgeimpulse

    elsewhere = {"Location": f"{edgeimpulse.API_ENDPOINT}/api/projects"}
    other = Loopback(lambda _: Reply(b"welcome", 302, elsewhere), lambda: rehearsal.key)
    try:
        monkeypatch.setattr(edgeimpulse, "API_ENDPOINT", f"{other.url}/v1")
        with pytest.raises(IntegrationError, match="answered 302: welcome"):
            edge_impulse.list_devices()
    finally:
        other.close()
    assert rehearsal.requests == []


def test_a_server_that_never_answers(rehearsal, monkeypatch):
    import edgeimpulse

    monkeypatch.setattr(connection, "_READ_S", 0.05)
    monkeypatch.setattr(connection, "RETRIES", 1)
    waits = threading.Event()
    other = Loopback(lambda _: Reply(b"%d" % waits.wait(5)), lambda: rehearsal.key)
    try:
        monkeypatch.setattr(edgeimpulse, "API_ENDPOINT", f"{other.url}/v1")
        with pytest.raises(IntegrationError, match=r"in 2 attempts: .*[Rr]ead timed out"):
            edge_impulse.list_devices()
    finally:
        waits.set()
        other.close()


def test_a_download_that_is_no_file(rehearsal, tmp_path):
    for body in ({"success": False, "error": "gone"}, ""):
        rehearsal.fail("GET", "/deployment/download", status=200, body=body)
        with pytest.raises(IntegrationError, match="download zip: no file came"):
            edge_impulse.deploy(MODEL, out=tmp_path / "m.zip")


def test_no_key_and_no_extra(rehearsal, monkeypatch):
    import sys

    import edgeimpulse

    with monkeypatch.context() as patch:
        patch.setattr(edgeimpulse, "API_KEY", None)
        with pytest.raises(IntegrationError, match=r"no Edge Impulse key: set EI_API_KEY .* offline"):
            edge_impulse.profile(MODEL, DEVICE)
        patch.setenv("EI_API_KEY", rehearsal.key)
        assert edge_impulse.list_devices(), "also where it was set after the SDK's import"
        patch.setattr(edgeimpulse, "API_ENDPOINT", "http://studio.example/v1")
        with pytest.raises(IntegrationError, match="the key would travel in the clear"):
            edge_impulse.list_devices()
    with monkeypatch.context() as patch:
        patch.setitem(sys.modules, "edgeimpulse", None)
        with pytest.raises(MissingExtraError, match=r'pip install "edgetwin\[edge-impulse\]"'):
            edge_impulse.profile(MODEL, DEVICE)


def test_the_key_shows_nowhere(rehearsal, caplog, capfd, tmp_path):
    """Not in logs at their most talkative, on no stream, in no file, not in errors of a server that repeats it."""
    shown = []
    with caplog.at_level(logging.DEBUG):
        told = edge_impulse.profile(MODEL, DEVICE)
        edge_impulse.deploy(MODEL, out=tmp_path / "m.zip")
        shown += [str(told), repr(told), json.dumps(told.as_dict()), repr(connection.Connection())]
        for status in (200, 401, 500):
            body = {"success": False, "error": f"API key {rehearsal.key} is not known"}
            rehearsal.fail("GET", "/projects", status=status, body=body)
            with pytest.raises(IntegrationError, match="API key <key> is not known") as caught:
                edge_impulse.list_devices()
            shown += traceback.format_exception(caught.value)
    shown += [caplog.text, *capfd.readouterr(), (tmp_path / "m.zip").read_bytes().decode("latin-1")]
    assert "Using API host" in caplog.text, "something was logged"
    assert not any(rehearsal.key in text for text in shown)
