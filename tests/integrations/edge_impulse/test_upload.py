"""Uploads: requests as the SDK's, each sample once, on after a cut, refusals file by file, a key that shows nowhere."""

from __future__ import annotations

import io
import json
import logging
import shutil

import numpy as np
import pytest
from oracles.edge_impulse import assert_sequence, sent

import edgetwin as et
from edgetwin.errors import DataError, IntegrationError
from edgetwin.integrations import edge_impulse
from edgetwin.integrations.edge_impulse import connection


@pytest.fixture
def folder(tmp_path):
    """Eight recordings of two classes, their labels and metadata in info.labels; the last has two parts."""
    rng = np.random.default_rng(0)
    sensors = (et.data.Sensor("accX", "m/s2"), et.data.Sensor("accY", "m/s2"))
    parts = (et.data.LabelSpan("rest", 0, 8), et.data.LabelSpan("walk", 8, 20))
    recordings = [
        et.data.Recording(
            rng.normal(size=(20, 2)).astype(np.float32),
            100.0,
            sensors,
            label=None if i == 7 else ("rest", "walk")[i % 2],
            name=f"r{i}",
            metadata={"subject": f"S{i % 3}", "category": "testing" if i % 4 == 0 else "training"},
            spans=parts if i == 7 else (),
        )
        for i in range(8)
    ]
    return et.data.write_folder(recordings, tmp_path / "data")


def test_requests_are_the_sdks(rehearsal, transcript, tmp_path):
    """The transcript's, and what `upload_samples` sends of the same sample here and now, to the byte."""
    from edgeimpulse.experimental import data

    path = tmp_path / "wave.01.csv"
    path.write_bytes(b"timestamp,x\n0,1\n10,2\n")
    report = edge_impulse.upload(path, category="training", metadata={"src": "bench"})
    assert (report.count("uploaded"), report.files[0].sample_id) == (1, 1)
    assert_sequence(rehearsal.requests, transcript["upload_file"])
    metadata = {"src": "bench"}
    sample = data.Sample(
        filename=path.name, data=io.BytesIO(path.read_bytes()), category="training", label="wave", metadata=metadata
    )
    assert data.upload_samples(sample).fails[0].error == "An item with this hash already exists"
    ours, theirs = rehearsal.requests
    assert (sent(ours), ours.parts) == (sent(theirs), theirs.parts)


def test_parts_with_labels_are_the_sdks(rehearsal, transcript, folder):
    (call,) = transcript["upload_structured_labels"]
    report = edge_impulse.upload(folder, pattern="r7.json")
    assert report.count("uploaded") == 1
    (request,) = rehearsal.requests
    theirs = sent(call)
    named = [("data", "r7.json", "multipart/form-data"), theirs[-1][1]]
    assert sent(request)[-1] == named
    told = json.loads(request.parts[1].content)
    shape = json.loads(call["request"]["multipart"][1]["text"])
    assert told.keys() == shape.keys()
    assert told["structuredLabels"] == {
        "r7.json": [
            {"startIndex": 0, "endIndex": 7, "label": "rest"},
            {"startIndex": 8, "endIndex": 19, "label": "walk"},
        ]
    }


def test_a_folder_with_labels_metadata_and_categories(rehearsal, folder):
    seen = []
    report = edge_impulse.upload(folder, metadata={"site": "lab"}, on_file=seen.append)
    assert report
    assert sorted(seen, key=lambda file: file.path) == list(report.files)
    expected = {
        f"r{i}.json": ("testing" if i % 4 == 0 else "training", "" if i == 7 else ("rest", "walk")[i % 2])
        for i in range(8)
    }
    assert {name: (category, label) for category, label, name in rehearsal.samples} == expected
    for request in rehearsal.requests:
        name = request.parts[0].filename
        assert json.loads(request.headers["x-metadata"]) == {"subject": f"S{int(name[1]) % 3}", "site": "lab"}
        assert request.parts[0].content == (folder / name).read_bytes(), "signatures hold: the file goes as it is"


def test_categories_of_folders_and_given_labels(rehearsal, folder, tmp_path):
    for category, name in (("testing", "a.1.json"), ("training", "b.1.json"), ("other", "c.1.json")):
        (tmp_path / "mine" / category).mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / f"r{ord(name[0]) - 97}.json", tmp_path / "mine" / category / name)
    edge_impulse.upload(tmp_path / "mine")
    assert sorted(rehearsal.samples) == [
        ("split", "c", "c.1.json"), ("testing", "a", "a.1.json"), ("training", "b", "b.1.json")
    ]  # fmt: skip
    plans = edge_impulse.plan_upload(tmp_path / "mine", category="anomaly", label="gehe schnell")
    assert {(plan.category, plan.label) for plan in plans} == {("anomaly", "gehe schnell")}
    edge_impulse.upload(folder / "r5.json", label="läuft", category="split")
    assert rehearsal.requests[-1].headers["x-label"] == "l%C3%A4uft"


def test_duplicates_are_sent_once(rehearsal, folder, tmp_path):
    shutil.copy(folder / "r3.json", tmp_path / "again.json")
    report = edge_impulse.upload([folder, tmp_path / "again.json", folder / "r0.json"])
    assert str(report) == "9 files: 8 uploaded, 1 known"
    assert report.files[-1].reason == f"the same bytes as {folder / 'r3.json'}"
    assert len(rehearsal.requests) == 8
    second = edge_impulse.upload(folder)
    assert (second.count("duplicate"), bool(second)) == (8, True)
    assert edge_impulse.upload(folder, allow_duplicates=True).count("uploaded") == 8
    rehearsal.fail("POST", "/files", status=400, body="An item with this hash already exists (ids: 7)")
    assert edge_impulse.upload(folder / "r0.json").files[0].state == "duplicate", "as an older server says it"


def test_an_upload_that_was_cut_goes_on(rehearsal, folder, tmp_path):
    journal = tmp_path / "journal.jsonl"

    def cut(file):
        if len(journal.read_text().splitlines()) == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        edge_impulse.upload(folder, journal=journal, workers=1, on_file=cut)
    with journal.open("a") as file:
        file.write('{"account": "torn')
    before = len(rehearsal.requests)
    report = edge_impulse.upload(folder, journal=journal)
    assert report.count("known") == 3
    assert report.count("uploaded") + report.count("duplicate") == 5
    assert len(rehearsal.requests) == before + 5
    assert len({name for _, _, name in rehearsal.samples}) == 8, "each once"
    assert edge_impulse.upload(folder, journal=journal).count("known") == 8
    assert rehearsal.key not in journal.read_text()


def test_a_journal_of_another_project_does_not_count(rehearsal, folder, tmp_path):
    journal = tmp_path / "journal.jsonl"
    edge_impulse.upload(folder / "r1.json", journal=journal)
    rehearsal.key = "ei_another"
    assert edge_impulse.upload(folder / "r1.json", journal=journal, api_key="ei_another").count("duplicate") == 1
    assert len(journal.read_text().splitlines()) == 2
    journal.write_text('{"account": 1}\nnonsense\n')
    with pytest.raises(IntegrationError, match="line 2 is no line of an upload's journal"):
        edge_impulse.upload(folder, journal=journal, api_key="ei_another")


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, {"success": True, "files": [{"success": False, "error": "no samples"}]}, "no samples"),
        (200, {"success": False, "error": "unreadable"}, "unreadable"),
        (200, {"success": True, "files": []}, "it did not say why"),
        (400, "not a valid CSV", "Edge Impulse answered 400: not a valid CSV"),
        (413, "", "Edge Impulse answered 413"),
    ],
)
def test_a_refused_file_does_not_stop_the_others(rehearsal, folder, status, body, reason):
    rehearsal.fail("POST", "/files", status=status, body=body)
    report = edge_impulse.upload(folder, workers=1)
    assert not report
    (failed,) = report.failed
    assert reason in failed.reason
    assert report.count("uploaded") == 7
    assert edge_impulse.upload(folder).count("uploaded") == 1, "the next time it is sent again"


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ({"status": 401, "body": "bad key"}, r"does not accept the key \(401: bad key\).*3 of 8 files are done"),
        ({"status": 500, "body": "down"}, r"answered 500: down.*3 of 8 files are done; the same call goes on"),
        ({"cut": True}, r"no answer from 127\.0\.0\.1:\d+ in 5 attempts.*3 of 8"),
        ({"status": 200, "body": "<html>"}, r"no JSON object: <html>.*3 of 8"),
    ],
    ids=["401", "500", "cut", "nonsense"],
)
def test_what_concerns_all_files_stops_the_upload(rehearsal, folder, tmp_path, fault, says):
    rehearsal.fail("POST", "/files", times=100, after=3, **fault)
    with pytest.raises(IntegrationError, match=says):
        edge_impulse.upload(folder, journal=tmp_path / "j", workers=1)
    assert len((tmp_path / "j").read_text().splitlines()) == 3


def test_broken_connections_are_tried_again(rehearsal, folder):
    rehearsal.fail("POST", "/files", cut=True, times=connection.RETRIES)
    rehearsal.fail("POST", "/files", status=503, times=2)
    assert edge_impulse.upload(folder).count("uploaded") == 8


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"category": "attic"}, "category 'attic', accepted are auto, training"),
        ({"labels": "tea leaves"}, "labels: 'tea leaves', accepted are auto"),
        ({"label": "two\nlines"}, r"label 'two\\nlines', accepted is a line of text"),
        ({"workers": 0}, "workers"),
        ({"pattern": "*.none"}, "no files in it that match"),
    ],
)
def test_bad_requests_send_nothing(rehearsal, folder, options, says):
    with pytest.raises(DataError, match=says):
        edge_impulse.upload(folder, **options)
    assert rehearsal.requests == []


def test_bad_files_send_nothing(rehearsal, folder, monkeypatch):
    from edgetwin.integrations.edge_impulse import uploading

    with pytest.raises(DataError, match="nothing to upload"):
        edge_impulse.upload([])
    with pytest.raises(DataError, match="no such folder"):
        edge_impulse.upload(folder / "nowhere")
    monkeypatch.setattr(uploading, "_MOST_BYTES", 10)
    with pytest.raises(DataError, match=r"r0\.json: \d+ bytes, Edge Impulse accepts 10"):
        edge_impulse.upload(folder)
    (folder / "a.npz").write_bytes(b"x")
    with pytest.raises(DataError, match=r"a\.npz: a file of kind '\.npz', Edge Impulse accepts \.json"):
        edge_impulse.upload(folder)
    assert rehearsal.requests == []


def test_the_key_shows_nowhere(rehearsal, folder, tmp_path, caplog, capfd):
    rehearsal.fail("POST", "/files", status=400, body=f"key {rehearsal.key} is read-only")
    with caplog.at_level(logging.DEBUG):
        report = edge_impulse.upload(folder, journal=tmp_path / "j")
    shown = [caplog.text, *capfd.readouterr(), repr(report), json.dumps(report.as_dict()), (tmp_path / "j").read_text()]
    assert "key <key> is read-only" in report.failed[0].reason
    assert not any(rehearsal.key in text for text in shown)
