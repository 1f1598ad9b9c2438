"""`edgetwin run --wav`: speech to decisions, and files and options that do not go together."""

from __future__ import annotations

import json
import wave

import numpy as np
import pytest
from oracles import audio
from oracles.files import npz

import edgetwin as et

LABELS = "silence,unknown,yes,no"


@pytest.fixture
def files(shared):
    """Option and argument of front end and classifier."""
    models = shared / "models"
    return ["--front-end", models / "audio_pre_int8.tflite", models / "micro_speech_int8.tflite"]


def write_wav(path, samples, rate=16000, channels=1):
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return path


@pytest.mark.parametrize(
    ("name", "says"), [("yes", "yes, code 127"), ("no", "no, code 114"), ("noise", "silence, code 120")]
)
def test_recordings_are_recognised(edgetwin, shared, files, tmp_path, name, says):
    path = shared / "datasets/tflm_examples" / f"{name}_1000ms.wav"
    outcome = edgetwin("run", "--wav", path, *files, "--labels", LABELS)
    assert outcome.code == 0, outcome.err
    assert f"clearest window: {says}, up to 990 ms" in outcome.out
    assert "too short for a mean" in outcome.out
    written = npz(tmp_path / "edgetwin-run/outputs.npz")
    assert written["features"].shape == (49, 40)
    assert written["codes"].shape == (1, 4)


def test_words_of_a_longer_recording(edgetwin, shared, files, tmp_path):
    folder = shared / "datasets/tflm_examples"
    parts = [audio.recording(folder / f"{name}_1000ms.wav") for name in ("yes", "noise", "no", "silence")]
    path = write_wav(tmp_path / "words.wav", np.concatenate([np.zeros(16000), *parts]))
    table = edgetwin("run", "--wav", path, *files, "--labels", LABELS)
    assert [line.split()[1] for line in table.out.splitlines() if line.strip()[:1].isdigit()][1:] == ["yes", "no"]
    told = json.loads(edgetwin("run", "--wav", path, *files, "--json").out)
    assert [heard["label"] for heard in told["heard"]] == ["class 2", "class 3"]
    spotter = et.signal.WordSpotter(
        et.signal.AudioFrontEnd(et.load(files[1])), et.load(files[2]), et.signal.SmoothedDecisions(LABELS.split(","))
    )
    expected = [decision.time_ms for decision in spotter.push(audio.recording(path)) if decision.is_new]
    assert [heard["time_ms"] for heard in told["heard"]] == expected
    assert told["windows"] == told["frames"] - 48
    strict = edgetwin("run", "--wav", path, *files, "--threshold", 255)
    assert "no mean of scores passes 255 of 255" in strict.out


@pytest.mark.parametrize(
    ("samples", "options", "says"),
    [
        (16000, {"rate": 8000}, "8000 Hz, accepted are the 16000 Hz"),
        (16000, {"channels": 2}, "2 channels of 16 bits"),
        (15839, {}, "15839 samples, accepted are at least 15840"),
    ],
    ids=["rate", "channels", "short"],
)
def test_bad_recordings(refused, files, tmp_path, samples, options, says):
    path = write_wav(tmp_path / "x.wav", np.zeros(samples), **options)
    message = refused("run", "--wav", path, *files)
    assert says in message
    assert "x.wav" in message


def test_files_and_options_that_do_not_go_together(refused, files, tmp_path):
    path = write_wav(tmp_path / "x.wav", np.zeros(16000))
    missing = "Missing argument 'INPUT': samples, or --wav and --front-end together (`edgetwin run --help` tells more)"
    assert missing in refused("run", "--wav", path, files[2])
    assert missing in refused("run", files[2])
    assert "INPUT goes without --wav and --front-end" in refused("run", "--wav", path, *files, "x.npz")
    assert "3 names, the model has 4" in refused("run", "--wav", path, *files, "--labels", "a,b,c")
    assert "accepted is one input of int16" in refused("run", "--wav", path, "--front-end", files[2], files[2])
    assert "frames of 40 features" in refused("run", "--wav", path, *files[:2], files[1])
    other = tmp_path / "x.txt"
    other.write_text("")
    assert "accepted is a .wav file" in refused("run", "--wav", other, *files)
