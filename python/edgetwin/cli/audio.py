"""`edgetwin run --wav`: a recording of speech through front end and classifier to decisions."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..data import read_recording
from ..errors import DataError, ShapeError
from ..model import load
from ..report.files import output_folder, save_arrays, write_atomic, write_json
from ..signal import AudioFrontEnd, Decision, SmoothedDecisions, WordSpotter
from ..types import Array
from .tables import console, print_wide

__all__ = ["AudioOptions", "read_samples", "run_audio"]


@dataclass(frozen=True)
class AudioOptions:
    """What `edgetwin run` is told beside the files; the names are those of its options."""

    labels: str | None
    hop: int
    every: int
    average_ms: int
    threshold: int
    suppression_ms: int
    minimum_count: int


def read_samples(path: Path, rate_hz: float) -> NDArray[np.int16]:
    """Return a WAV file's samples, which must have the rate that filters were made for.

    Raises
    ------
    DataError : no WAV file of one channel and 16 bits, or of another rate
    """
    if path.suffix.lower() != ".wav":
        raise DataError(f"{path}: accepted is a .wav file of 16 bits and one channel")
    recording = read_recording(path)
    if recording.rate_hz != rate_hz:
        raise DataError(f"{path}: {recording.rate_hz:g} Hz, accepted are the {rate_hz:g} Hz of the front end's filters")
    # Recordings hold float32, of which each int16 is one.
    return recording.values[:, 0].astype(np.int16)


def _labels(given: str | None, classes: int) -> tuple[str, ...]:
    if given is None:
        return tuple(f"class {index}" for index in range(classes))
    labels = tuple(label.strip() for label in given.split(","))
    if len(labels) != classes or not all(labels):
        raise DataError(f"--labels {given!r}: {len(labels)} names, the model has {classes} classes")
    return labels


def run_audio(model: Path, wav: Path, front_end: Path, out: Path, options: AudioOptions, *, as_json: bool) -> None:
    """Run a classifier of words on a recording, and print and write what it decides.

    Raises
    ------
    EdgetwinError : a file cannot be read, or they do not go together
    """
    classifier = load(model)
    try:
        audio = AudioFrontEnd(load(front_end), hop=options.hop)
    except ShapeError as error:
        raise ShapeError(f"{front_end}: {error}") from error
    samples = read_samples(wav, audio.rate_hz)
    labels = _labels(options.labels, int(np.prod(classifier.outputs[0].shape)))
    smoothing = SmoothedDecisions(
        labels,
        average_ms=options.average_ms,
        threshold=options.threshold,
        suppression_ms=options.suppression_ms,
        minimum_count=options.minimum_count,
    )
    try:
        spotter = WordSpotter(audio, classifier, smoothing, every=options.every)
    except ShapeError as error:
        raise ShapeError(f"{model}: {error}") from error
    least = audio.frame + (spotter.rows - 1) * audio.hop
    if len(samples) < least:
        raise DataError(f"{wav}: {len(samples)} samples, accepted are at least {least}: {spotter.rows} frames")
    features = audio.features(samples)
    decisions = spotter.push(samples)
    heard = [decision for decision in decisions if decision.is_new]
    clearest = max(decisions, key=lambda decision: max(decision.codes))
    folder = output_folder(out)
    arrays: dict[str, Array] = {
        "features": features,
        "codes": np.array([decision.codes for decision in decisions], np.int8),
        "time_ms": np.array([decision.time_ms for decision in decisions], np.int64),
        "score": np.array([decision.score for decision in decisions], np.int64),
    }
    path = write_atomic(folder / "outputs.npz", lambda file: save_arrays(file, arrays))
    metrics = {
        "model": str(model),
        "front_end": str(front_end),
        "input": str(wav),
        "samples": len(samples),
        "frames": len(features),
        "windows": len(decisions),
        "labels": labels,
        **{name: value for name, value in asdict(options).items() if name != "labels"},
        "clearest": _as_dict(clearest, labels),
        "heard": [{"time_ms": d.time_ms, "label": d.label, "score": d.score} for d in heard],
    }
    write_json(folder / "metrics.json", metrics)
    if as_json:
        print(json.dumps(metrics | {"outputs": str(path)}, indent=2))
        return
    _print(metrics, decisions)
    console().print(f"written to {folder}: outputs.npz, metrics.json", markup=False)


def _as_dict(decision: Decision, labels: tuple[str, ...]) -> dict[str, object]:
    best = int(np.argmax(decision.codes))
    return {"time_ms": decision.time_ms, "label": labels[best], "code": decision.codes[best], "codes": decision.codes}


def _print(metrics: dict[str, object], decisions: list[Decision]) -> None:
    clearest = metrics["clearest"]
    heard = [decision for decision in decisions if decision.is_new]
    out = console()
    out.print(f"{metrics['frames']} frames of features, {metrics['windows']} windows of the classifier", markup=False)
    if isinstance(clearest, dict):
        text = f"clearest window: {clearest['label']}, code {clearest['code']}, up to {clearest['time_ms']} ms"
        out.print(text, markup=False)
    if heard:
        print_wide(out, ("at ms", "heard", "mean score"), [(str(d.time_ms), d.label, str(d.score)) for d in heard])
    elif not any(decision.score for decision in decisions):
        out.print("nothing counts as heard: the recording is too short for a mean of scores", markup=False)
    else:
        out.print(f"nothing counts as heard: no mean of scores passes {metrics['threshold']} of 255", markup=False)
