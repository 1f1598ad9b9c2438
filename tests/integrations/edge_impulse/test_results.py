"""Studio's results: pages read, windows found again, integers compared; fewer digits are no pass."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

import edgetwin as et
from edgetwin.errors import DataError, IntegrationError, UnsupportedError
from edgetwin.integrations import edge_impulse
from edgetwin.integrations.edge_impulse import connection, jobs, results
from edgetwin.integrations.edge_impulse.results import SampleResult, StudioResults, WindowResult
from edgetwin.nn import Dense, Sequential, Softmax

LABELS = ("idle", "shake", "turn")
RATE, LENGTH, HOP = 50.0, 40, 20


@pytest.fixture(scope="module")
def impulse():
    block = et.signal.feature_block("flatten", {"axes": ["accX", "accY"]}, rate_hz=RATE)
    windows = np.random.default_rng(0).normal(size=(200, LENGTH, 2)).astype(np.float32)
    features = block.extract_batch(windows)
    net = Sequential([Dense(8, activation="relu"), Dense(3), Softmax()], input_shape=(features.shape[1],), seed=2)
    return et.Impulse(et.quantize(net.to_model(), features), block, (LENGTH, 2))


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(1)
    sensors = (et.data.Sensor("accX", "m/s2"), et.data.Sensor("accY", "m/s2"))
    made = [
        et.data.Recording(
            rng.normal(scale=1 + i, size=(100 + 10 * i, 2)).astype(np.float32),
            RATE,
            sensors,
            label=LABELS[i % 3],
            name=f"r{i}",
            metadata={"category": "testing" if i < 5 else "training"},
        )
        for i in range(6)
    ]
    return et.data.write_folder(made, tmp_path / "data")


@pytest.fixture
def studio(impulse, folder, monkeypatch):
    pytest.importorskip("edgeimpulse", reason='the SDK is not installed: pip install "edgetwin[edge-impulse]"')
    monkeypatch.setattr(jobs, "POLL_S", 0.0)
    monkeypatch.setattr(connection, "BACKOFF_S", 0.0)
    with edge_impulse.Rehearsal(impulse=impulse, labels=LABELS, hop=HOP) as server:
        edge_impulse.upload(folder)
        server.requests.clear()
        yield server


def test_round_trip(studio, impulse, folder, monkeypatch, tmp_path):
    """Uploaded, classified, downloaded page by page, compared: every integer is there again."""
    monkeypatch.setattr(results, "_PAGE", 2)
    told = edge_impulse.download_results(run=True)
    asked = [(request.method, request.path.removeprefix("/v1/api/42")) for request in studio.requests]
    status = ("GET", "/jobs/104/status")
    page = ("GET", "/classify/all/result/page")
    assert asked == [
        ("GET", "/v1/api/projects"),
        ("POST", "/jobs/classify"),
        *[status] * 2,
        ("GET", "/jobs/104/stdout"),
        *[page] * 3,
    ]
    assert studio.requests[1].json == {"modelVariants": ["int8"]}
    assert [request.query for request in studio.requests[-3:]] == [
        f"limit=2&offset={offset}&variant=int8&category=testing" for offset in (0, 2, 4)
    ]
    recordings = et.data.load(folder)
    assert sorted(sample.name for sample in told.samples) == [f"r{i}.json" for i in range(5)]
    compared = edge_impulse.compare(told, impulse, recordings, labels=LABELS)
    assert compared
    assert len(compared.windows) == sum(1 + (100 + 10 * i - LENGTH) // HOP for i in range(5))
    assert "24 of 24 windows have the same integers" in str(compared)
    assert edge_impulse.read_results(told.save(tmp_path / "results.json")) == told
    json.dumps(compared.as_dict())


def changed(told, change):
    """The results with one window's scores changed."""
    first = told.samples[0]
    window = replace(first.windows[1], scores=change(dict(first.windows[1].scores)))
    return replace(
        told, samples=(replace(first, windows=(first.windows[0], window, *first.windows[2:])), *told.samples[1:])
    )


def test_one_step_is_found(studio, impulse, folder):
    told, recordings = edge_impulse.download_results(), et.data.load(folder)

    def step(scores):
        top = max(scores, key=scores.get)
        return scores | {top: scores[top] - 1 / 256}

    compared = edge_impulse.compare(changed(told, step), impulse, recordings, labels=LABELS)
    assert not compared
    (window,) = compared.differing
    assert (window.sample, window.start_ms, window.steps) == (told.samples[0].name, 400.0, 1)
    assert f"{told.samples[0].name} at 400 ms: 1 step" in str(compared)
    assert compared.other_class == ()
    swapped = changed(told, lambda scores: dict(zip(scores, np.roll(list(scores.values()), 1).tolist(), strict=True)))
    compared = edge_impulse.compare(swapped, impulse, recordings, labels=LABELS)
    assert compared.largest_steps > 1
    (window,) = compared.other_class
    assert f"{window.theirs} there, {window.ours} here" in str(compared)


def test_two_decimals_are_not_comparable(studio, impulse, folder):
    """A step is 1/256: two decimals lose it, so nothing is passed."""
    told = edge_impulse.download_results()
    samples = tuple(
        replace(
            sample,
            windows=tuple(
                replace(window, scores={label: round(score, 2) for label, score in window.scores.items()})
                for window in sample.windows
            ),
        )
        for sample in told.samples
    )
    compared = edge_impulse.compare(replace(told, samples=samples), impulse, et.data.load(folder), labels=LABELS)
    assert not compared
    assert compared.not_comparable
    assert "windows are not comparable, the first: not comparable: " in str(compared)


def test_a_rounded_score_that_looks_exact_is_not_comparable(impulse, folder):
    """0.5 is a code's value, and what 0.498 was rounded to: other scores tell that two decimals were written."""
    recording = et.data.load(folder)[0]
    exact, rounded = (dict(zip(LABELS, scores, strict=True)) for scores in ([0.5, 0.25, 0.25], [0.33, 0.33, 0.34]))
    windows = (WindowResult(0.0, 800.0, exact), WindowResult(400.0, 1200.0, rounded))
    told = StudioResults("int8", "testing", (SampleResult(7, "r0", "idle", windows),))
    compared = edge_impulse.compare(told, impulse, {7: recording}, labels=LABELS)
    assert [window.state for window in compared.windows] == ["not comparable"] * 2


@pytest.mark.parametrize("stored", ["r0", "r0.json", "r0.json.4f262n1b", "r0.json.4f262n1b.json"])
def test_names_as_studio_stores_them(impulse, folder, stored):
    recordings = et.data.load(folder)
    scores = dict(zip(LABELS, map(float, impulse.predict(recordings[0].values[:LENGTH])), strict=True))
    told = StudioResults("int8", "testing", (SampleResult(7, stored, "idle", (WindowResult(0.0, 800.0, scores),)),))
    assert edge_impulse.compare(told, impulse, recordings, labels=LABELS)
    assert edge_impulse.compare(told, impulse, {7: recordings[0]}, labels=LABELS)


def one(scores=None, name="r0.json", start=0.0):
    scores = dict.fromkeys(LABELS, 0.25) if scores is None else scores
    return StudioResults("int8", "testing", (SampleResult(7, name, "idle", (WindowResult(start, 0.0, scores),)),))


@pytest.mark.parametrize(
    ("told", "options", "says"),
    [
        (one(name="none"), {}, r"sample 7 \(none\): 0 recordings have its name"),
        (one(start=5000.0), {}, "a window from 5000 ms takes 40 samples, it has 100"),
        (one({"idle": 1.0}), {}, "no score of 'shake', it has idle"),
        (one(), {"labels": None}, "labels: None, accepted are 3 distinct ones"),
        (one(), {"labels": ["a", "a", "b"]}, "accepted are 3 distinct ones"),
        (StudioResults("int8", "testing", ()), {}, "the results have no windows"),
    ],
)
def test_what_cannot_be_compared(impulse, folder, told, options, says):
    with pytest.raises(DataError, match=says):
        edge_impulse.compare(told, impulse, et.data.load(folder), **({"labels": LABELS} | options))


def test_recordings_of_another_rate_and_pictures(impulse, folder):
    recordings = et.data.load(folder)
    twice = replace(recordings[0], rate_hz=100.0)
    with pytest.raises(DataError, match="100 Hz, accepted are the impulse's 50 Hz"):
        edge_impulse.compare(one(), impulse, [twice], labels=LABELS)
    net = Sequential([Dense(3), Softmax()], input_shape=(24,), seed=2)
    x = np.random.default_rng(0).random((20, 24), np.float32)
    pictures = et.Impulse(
        et.quantize(net.to_model(), x), et.signal.feature_block("image", {"channels": "Grayscale"}), (4, 6, 3)
    )
    with pytest.raises(UnsupportedError, match="which Studio resizes"):
        edge_impulse.compare(one(), pictures, recordings, labels=LABELS)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ({"success": True}, "no lists result and predictions"),
        ({"success": True, "result": [{}], "predictions": []}, "a sample of another form in the answer: KeyError"),
        ({"success": False, "error": "not classified yet"}, "Edge Impulse refused: not classified yet"),
    ],
)
def test_bad_pages(studio, page, says):
    studio.fail("GET", "/page", status=200, body=page)
    with pytest.raises(IntegrationError, match=says):
        edge_impulse.download_results()


def test_windows_without_times_and_other_blocks(studio):
    entry = {
        "sampleId": 7,
        "sample": {"filename": "a", "label": "x"},
        "classifications": [
            {"learnBlock": {"type": "keras"}, "result": [{"a": 1.0}]},
            {"learnBlock": {"type": "anomaly"}, "result": [{"anomaly": 1.0}]},
        ],
    }
    times = [{"sampleId": 7, "startMs": 0, "endMs": 10}] * 2
    page = {"success": True, "result": [entry], "predictions": times, "totalCount": 1}
    studio.fail("GET", "/page", status=200, body=page)
    (sample,) = edge_impulse.download_results().samples
    assert sample.windows == (WindowResult(0.0, 10.0, {"a": 1.0}),)
    studio.fail("GET", "/page", status=200, body=page | {"predictions": []})
    with pytest.raises(IntegrationError, match="scores of 1 windows and times of 0"):
        edge_impulse.download_results()
    twice = entry | {"classifications": entry["classifications"][:1] * 2}
    studio.fail("GET", "/page", status=200, body=page | {"result": [twice]})
    with pytest.raises(IntegrationError, match="results of 2 learning blocks"):
        edge_impulse.download_results()


def test_bad_requests_and_files(studio, tmp_path):
    with pytest.raises(DataError, match="category 'attic', accepted are testing"):
        edge_impulse.download_results("attic")
    with pytest.raises(DataError, match="variant 'int2', accepted are int8"):
        edge_impulse.download_results(variant="int2")
    assert studio.requests == []
    with pytest.raises(DataError, match="cannot read"):
        edge_impulse.read_results(tmp_path / "none.json")
    (tmp_path / "x.json").write_text('{"samples": [1]}')
    with pytest.raises(DataError, match="no results of `download_results`"):
        edge_impulse.read_results(tmp_path / "x.json")
