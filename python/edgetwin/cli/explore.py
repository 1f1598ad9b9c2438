"""`edgetwin data explore` and `rule`: features of a folder's windows as pictures, and a rule as a baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..arrays import positive_number
from ..data import Recordings, load, split, stream
from ..data.csv_recording import JITTER
from ..errors import DataError
from ..report.features import feature_explorer, write_feature_page
from ..report.features_folder import recording_features
from ..report.files import output_folder, save_arrays, save_figure, write_atomic, write_json
from ..signal import ThresholdDetector
from .arguments import AsJson
from .data import (
    FolderPath,
    Jitter,
    Key,
    Labels,
    Pattern,
    Rate,
    Sensors,
    SkipBad,
    data_app,
    print_skipped,
    skipped_as_dicts,
    watched,
)
from .tables import console, print_wide

__all__ = ["data_app"]

#: Sets for training and test that the rule is tried on: a few falls in one test set tell little.
_SEEDS = 5


@data_app.command(short_help="Features of windows as points by label: a picture and a page that turns.")
def explore(
    folder: FolderPath,
    out: Annotated[Path, typer.Option("--out", help="Folder for features.png, .html, .npz and metrics.json.")] = Path(
        "edgetwin-explore"
    ),
    block: Annotated[str, typer.Option(help="Feature block of `et.signal.feature_block`.")] = "flatten",
    param: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="A parameter of the block; may be given several times."),
    ] = None,
    window_s: Annotated[float, typer.Option("--window", help="Length of a window in seconds.")] = 2.0,
    hop_s: Annotated[float, typer.Option("--hop", help="From one window to the next, in seconds.")] = 0.5,
    axes: Annotated[str, typer.Option(help="pca, or two or three features with commas between them.")] = "pca",
    dimensions: Annotated[int, typer.Option(min=2, max=3, help="Principal components to draw.")] = 3,
    pattern: Pattern = "*",
    labels: Labels = "auto",
    key: Key = None,
    rate_hz: Rate = None,
    sensors: Sensors = None,
    jitter: Jitter = JITTER,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Cut a folder's recordings into windows, extract features and draw them by label."""
    params = dict(map(_parameter, param or []))
    options: dict[str, Any] = {
        "pattern": pattern,
        "labels": labels,
        "key": key,
        "rate_hz": rate_hz,
        "sensors": sensors,
        "jitter": jitter,
        "skip_bad": skip_bad,
    }
    source = stream(folder, least_s=positive_number(window_s, "--window"), **options)
    found = recording_features(watched(source, "extracting"), block, params, window_s=window_s, hop_s=hop_s)
    drawn = "pca" if axes == "pca" else [axis.strip() for axis in axes.split(",")]
    title = f"{folder.resolve().name}: {found.features.block}, {len(found.windows)} windows"
    words: dict[str, Any] = {"axes": drawn, "dimensions": dimensions, "title": title}
    figure = feature_explorer(found.features, found.labels, **words)
    place = output_folder(out)
    arrays = {
        "features": found.features.values,
        "names": np.array(found.features.names, np.str_),
        "labels": np.array(["" if label is None else str(label) for label in found.labels], np.str_),
        "windows": np.array(found.windows, np.str_),
        "recording_of": np.array(found.recording_of, np.int64),
    }
    written = [
        save_figure(figure, place / "features.png"),
        write_feature_page(place / "features.html", found.features, found.labels, windows=found.windows, **words),
        write_atomic(place / "features.npz", lambda file: save_arrays(file, arrays)),
    ]
    counts: dict[str, int] = {}
    for label in found.labels:
        name = "no label" if label is None else str(label)
        counts[name] = counts.get(name, 0) + 1
    content = {
        "folder": str(folder),
        "block": found.features.block,
        "params": found.features.params,
        "features": len(found.features.names),
        "windows": counts,
        "skipped": skipped_as_dicts(source.skipped),
    }
    written.append(write_json(place / "metrics.json", content))
    if as_json:
        print(json.dumps(content, indent=2))
        return
    print_wide(console(), ["label", "windows"], [[name, f"{count:,}"] for name, count in sorted(counts.items())])
    console().print(f"{len(found.features.names)} features of {found.features.block}", markup=False)
    print_skipped(source.skipped)
    console().print(f"written to {place}: {', '.join(path.name for path in written)}", markup=False)


def _parameter(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise DataError(f"--param: {text!r:.60}, accepted is NAME=VALUE")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


@data_app.command(short_help="A rule as a baseline: the magnitude stays below a threshold, as in free fall.")
def rule(
    folder: FolderPath,
    label: Annotated[str, typer.Option(help="The label to detect; all others are to be left alone.")],
    test: Annotated[float, typer.Option(help="Share of each label's recordings for the test set.")] = 0.2,
    seeds: Annotated[int, typer.Option(min=1, help="How many sets for training and test to try.")] = _SEEDS,
    pattern: Pattern = "*",
    labels: Labels = "auto",
    key: Key = None,
    rate_hz: Rate = None,
    sensors: Sensors = None,
    jitter: Jitter = JITTER,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Fit a threshold detector on training recordings and tell how well it does on the others, for several splits."""
    given = load(
        folder,
        pattern=pattern,
        labels=labels,
        key=key,
        rate_hz=rate_hz,
        sensors=sensors,
        jitter=jitter,
        skip_bad=skip_bad,
    )
    rows = [_tried(given, label, test, seed) for seed in range(seeds)]
    figures = ("sensitivity", "specificity", "accuracy")
    mean = {figure: float(np.mean([row[figure] for row in rows])) for figure in figures}
    if as_json:
        print(json.dumps({"label": label, "splits": rows, "mean": mean, "skipped": skipped_as_dicts([*given.skipped])}))
        return
    unit = given[0].sensors[0].unit
    names = ["split", f"threshold{f' ({unit})' if unit else ''}", "seconds", "test recordings", *figures]
    table = [
        [
            str(row["seed"]),
            f"{row['threshold']:.4g}",
            f"{row['duration_s']:.3f}",
            str(row["test_recordings"]),
            *(f"{row[figure]:.3f}" for figure in figures),
        ]
        for row in rows
    ]
    table.append(["mean", "", "", "", *(f"{mean[figure]:.3f}" for figure in figures)])
    print_wide(console(), names, table)
    print_skipped([*given.skipped])


def _tried(given: Recordings, label: str, test: float, seed: int) -> dict[str, Any]:
    """Return how well the rule that one training set gives does on its test set."""
    wanted = np.array([one.label == label for one in given])
    if not wanted.any():
        raise DataError(f"--label: no recording has the label {label!r:.40}")
    if not given[0].rate_hz:
        raise DataError(f"{given[0].name}: a picture, accepted are recordings in time")
    parts = split(given, test=test, seed=seed)
    detector = ThresholdDetector.fit([given[i] for i in parts.train], wanted[parts.train])
    found, true = detector.predict([given[i] for i in parts.test]), wanted[parts.test]
    return {
        "seed": seed,
        "threshold": detector.threshold,
        "duration_samples": detector.duration_samples,
        "duration_s": detector.duration_samples / given[0].rate_hz,
        "test_recordings": int(true.size),
        "sensitivity": float(found[true].mean()),
        "specificity": float((~found[~true]).mean()),
        "accuracy": float((found == true).mean()),
    }
