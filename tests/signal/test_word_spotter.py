"""Trigger words: decisions of a stream, the rule that smooths them against a plain definition, bad input."""

from __future__ import annotations

import numpy as np
import pytest
from oracles import audio

import edgetwin as et
from edgetwin.signal import AudioFrontEnd, SmoothedDecisions, WordSpotter

LABELS = ("silence", "unknown", "yes", "no")


@pytest.fixture(scope="module")
def models(shared):
    return [et.load(shared / "models" / f"{name}.tflite") for name in ("audio_pre_int8", "micro_speech_int8")]


@pytest.fixture(scope="module")
def speech(shared):
    """A second of silence, then yes, noise, no and silence."""
    folder = shared / "datasets/tflm_examples"
    parts = [audio.recording(folder / f"{name}_1000ms.wav") for name in ("yes", "noise", "no", "silence")]
    return np.concatenate([np.zeros(16000, np.int16), *parts])


def spotter(models, **options):
    every = options.pop("every", 1)
    return WordSpotter(AudioFrontEnd(models[0]), models[1], SmoothedDecisions(LABELS, **options), every=every)


def test_words_are_heard_once_each(models, speech):
    heard = [decision for decision in spotter(models).push(speech) if decision.is_new]
    assert [decision.label for decision in heard] == ["yes", "no"]
    assert all(decision.score > 200 for decision in heard)


@pytest.mark.parametrize("block", [1, 160, 1000, 48000])
def test_blocks_give_the_same_decisions(models, speech, block):
    speech = speech[: 20000 if block == 1 else None]
    stream = spotter(models)
    found = [decision for i in range(0, len(speech), block) for decision in stream.push(speech[i : i + block])]
    assert found == spotter(models).push(speech)
    assert len(found) == (len(speech) - 480) // 320 + 1 - 48


def test_every_few_frames(models, speech):
    dense = spotter(models).push(speech)
    codes = [decision.codes for decision in spotter(models, every=7).push(speech)]
    assert codes == [decision.codes for decision in dense[::7]]


def test_reset_forgets_everything(models, speech):
    stream = spotter(models)
    first = stream.push(speech)
    stream.reset()
    assert stream.push(speech) == first


def decisions_defined(rows, average_ms, threshold, suppression_ms, minimum_count):
    """The rule over all rows of (time, codes) so far, each time anew."""
    heard, heard_ms, found = 0, None, []
    for n, (now, _) in enumerate(rows):
        recent = [(t, codes) for t, codes in rows[: n + 1] if t >= now - average_ms]
        if len(recent) < minimum_count or now - recent[0][0] < average_ms / 4:
            found.append((heard, 0, False))
            continue
        means = [sum(int(codes[i]) + 128 for _, codes in recent) // len(recent) for i in range(4)]
        best = means.index(max(means))
        late = heard == 0 or heard_ms is None or now - heard_ms > suppression_ms
        new = means[best] > threshold and (best != heard or late)
        if new:
            heard, heard_ms = best, now
        found.append((best, means[best], new))
    return found


@pytest.mark.parametrize("seed", range(12))
def test_smoothing_equals_its_definition(seed):
    rng = np.random.default_rng(seed)
    parameters = (
        int(rng.choice([1, 200, 1000])), int(rng.integers(120, 220)), int(rng.choice([0, 300, 1500])),
        int(rng.integers(1, 5)),
    )  # fmt: skip
    times = np.cumsum(rng.choice([0, 20, 20, 60], 200))
    favourite = np.repeat(rng.integers(0, 4, 20), 10)
    codes = rng.integers(-128, 0, (200, 4))
    codes[np.arange(200), favourite] = rng.integers(60, 128, 200)
    rows = [(int(t), row) for t, row in zip(times, codes.astype(np.int8), strict=True)]
    names = ("average_ms", "threshold", "suppression_ms", "minimum_count")
    smoothing = SmoothedDecisions(LABELS, **dict(zip(names, parameters, strict=True)))
    found = [smoothing.add(row, time) for time, row in rows]
    expected = decisions_defined(rows, *parameters)
    assert [(LABELS.index(d.label), d.score, d.is_new) for d in found] == expected


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"average_ms": 0}, "average_ms"),
        ({"threshold": 256}, "threshold"),
        ({"threshold": -1}, "threshold"),
        ({"suppression_ms": -1}, "suppression_ms"),
        ({"minimum_count": 0}, "minimum_count"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else None,
)
def test_bad_parameters(options, says):
    with pytest.raises(et.DataError, match=says):
        SmoothedDecisions(LABELS, **options)


@pytest.mark.parametrize("labels", ["yes", (), (1, 2)], ids=["text", "none", "numbers"])
def test_bad_labels(labels):
    with pytest.raises(et.DataError, match="labels"):
        SmoothedDecisions(labels)


@pytest.mark.parametrize("codes", [np.zeros(4), np.zeros(3, np.int8)], ids=["float64", "three"])
def test_bad_codes(codes):
    with pytest.raises(et.ShapeError, match="accepted are 4 int8"):
        SmoothedDecisions(LABELS).add(codes, 0)


def test_time_that_falls_is_refused():
    smoothing = SmoothedDecisions(LABELS)
    smoothing.add(np.zeros(4, np.int8), 20)
    with pytest.raises(et.DataError, match="19 after 20"):
        smoothing.add(np.zeros(4, np.int8), 19)


def test_classifiers_that_do_not_fit(models):
    front_end = AudioFrontEnd(models[0])
    with pytest.raises(et.ShapeError, match="frames of 40 features"):
        WordSpotter(front_end, models[0], SmoothedDecisions(LABELS))
    with pytest.raises(et.ShapeError, match="3, the classifier has 4"):
        WordSpotter(front_end, models[1], SmoothedDecisions(LABELS[:3]))
