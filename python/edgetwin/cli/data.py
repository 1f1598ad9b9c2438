"""`edgetwin data`: look at folders of recordings, and convert them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..data import Recording, RecordingStream, Skipped, read_recording, stream, write_folder, write_recording
from ..data.csv_recording import JITTER
from ..errors import DataError
from ..report.files import output_folder
from .arguments import AsJson
from .exit_codes import EXIT_BAD_INPUT
from .tables import console, print_wide, progress

__all__ = ["data_app"]

data_app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    help="Look at folders of recordings, and convert them.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

KINDS = ("json", "cbor", "csv", "npz")
FolderPath = Annotated[Path, typer.Argument(metavar="FOLDER", help=".json, .cbor, .csv, .npz, .wav, .jpg, .png, .bmp")]
Pattern = Annotated[str, typer.Option(help="Names of the files to read, as in a shell.")]
Labels = Annotated[str, typer.Option(help="Where labels come from: auto (info.labels or names), folder or none.")]
Key = Annotated[
    str | None, typer.Option(envvar="EDGETWIN_HMAC_KEY", help="HMAC key that acquisitions must be signed with.")
]
Rate = Annotated[float | None, typer.Option("--rate", help="Rate in Hz of files that do not tell one.")]
Sensors = Annotated[list[str] | None, typer.Option("--sensor", help="A sensor to keep; may be given several times.")]
Jitter = Annotated[float, typer.Option(help="How far a time step may be from the median one: 0.1 is 10 %.")]
LeastSamples = Annotated[int, typer.Option(min=1, help="Shorter recordings are bad: the length of a window.")]
SkipBad = Annotated[bool, typer.Option("--skip-bad", help="Leave bad files out and list them.")]


@data_app.callback(invoke_without_command=True)
def _root(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(EXIT_BAD_INPUT)


def watched(source: RecordingStream, what: str) -> Iterator[Recording]:
    """Return a stream's recordings, with a bar on a terminal.

    Raises
    ------
    DataError : as the stream, or every file was skipped
    """
    count = 0
    for recording in progress(source, what, len(source.paths)):
        count += 1
        yield recording
    if not count:
        raise DataError(f"{source.folder}: all {len(source.skipped)} files were skipped: {source.skipped[0].reason}")


def skipped_as_dicts(skipped: list[Skipped]) -> list[dict[str, str]]:
    """Return what was skipped, for JSON."""
    return [{"path": str(one.path), "reason": one.reason} for one in skipped]


def print_skipped(skipped: list[Skipped]) -> None:
    """Print which files were left out, and why."""
    for one in skipped:
        console().print(f"skipped: {one.reason}", style="yellow", markup=False)


@data_app.command(short_help="Labels, lengths, rate and sensors of a folder of recordings.")
def info(
    folder: FolderPath,
    pattern: Pattern = "*",
    labels: Labels = "auto",
    key: Key = None,
    rate_hz: Rate = None,
    sensors: Sensors = None,
    jitter: Jitter = JITTER,
    least_samples: LeastSamples = 1,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Read every recording of a folder, check it, and tell what there is of each label."""
    source = stream(
        folder,
        pattern=pattern,
        labels=labels,
        key=key,
        rate_hz=rate_hz,
        sensors=sensors,
        jitter=jitter,
        least_samples=least_samples,
        skip_bad=skip_bad,
    )
    samples: dict[str, list[int]] = {}
    rates: list[float] = []
    first: Recording | None = None
    for recording in watched(source, "reading"):
        unknown = "several in one recording" if recording.spans else "no label"
        name = unknown if recording.label is None else str(recording.label)
        samples.setdefault(name, []).append(len(recording.values))
        rates.append(recording.rate_hz)
        first = first or recording
    assert first is not None  # noqa: S101 - `watched` has refused a folder without any
    content = _summary(folder, samples, rates, first, source.skipped)
    if as_json:
        print(json.dumps(content, indent=2))
        return
    _print_summary(content)
    print_skipped(source.skipped)


def _summary(
    folder: Path, samples: dict[str, list[int]], rates: list[float], first: Recording, skipped: list[Skipped]
) -> dict[str, Any]:
    rows = [
        {
            "label": label,
            "recordings": len(counts),
            "samples": sum(counts),
            "shortest": min(counts),
            "median": float(np.median(counts)),
            "longest": max(counts),
        }
        for label, counts in sorted(samples.items())
    ]
    return {
        "folder": str(folder),
        "rate_hz": {"lowest": min(rates), "highest": max(rates)},
        "sensors": [{"name": sensor.name, "unit": sensor.unit} for sensor in first.sensors],
        "labels": rows,
        "skipped": skipped_as_dicts(skipped),
    }


def _print_summary(content: dict[str, Any]) -> None:
    low, high = content["rate_hz"]["lowest"], content["rate_hz"]["highest"]
    names = ["label", "recordings", "samples", "shortest", "median", "longest"]
    rows = []
    for row in content["labels"]:
        rows.append(
            [row["label"], *(f"{row[name]:,g}" if name == "median" else f"{row[name]:,}" for name in names[1:])]
        )
        if low:
            rows[-1].append(f"{row['samples'] / low:,.1f}")
    print_wide(console(), [*names, "seconds"] if low else names, rows)
    told = ", ".join(f"{s['name']} ({s['unit']})" if s["unit"] else s["name"] for s in content["sensors"])
    rate = "not sampled in time" if not low else f"{low:.6g} Hz" if low == high else f"{low:.6g} to {high:.6g} Hz"
    console().print(f"{rate}; sensors {told}", markup=False)


@data_app.command(short_help="Write recordings in another format.")
def convert(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="A folder of recordings, or one file.")],
    to: Annotated[str, typer.Option(help=f"The format to write: {', '.join(KINDS)}.")],
    out: Annotated[Path, typer.Option("--out", help="New or empty folder for the files.")] = Path("edgetwin-convert"),
    sign: Annotated[
        str | None, typer.Option(envvar="EDGETWIN_HMAC_SIGN_KEY", help="HMAC key to sign .json and .cbor with.")
    ] = None,
    pattern: Pattern = "*",
    labels: Labels = "auto",
    key: Key = None,
    rate_hz: Rate = None,
    sensors: Sensors = None,
    jitter: Jitter = JITTER,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Convert recordings between Edge Impulse JSON and CBOR, CSV and NPZ; labels and metadata go into info.labels."""
    if to not in KINDS:
        raise DataError(f"--to: {to!r:.40}, accepted are {', '.join(KINDS)}")
    skipped: list[Skipped] = []
    if source.is_file():
        recording = read_recording(source, key=key, rate_hz=rate_hz, sensors=sensors, jitter=jitter)
        write_recording(recording, output_folder(out) / f"{source.stem}.{to}", key=sign)
        count = 1
    else:
        every = stream(
            source,
            pattern=pattern,
            labels=labels,
            key=key,
            rate_hz=rate_hz,
            sensors=sensors,
            jitter=jitter,
            skip_bad=skip_bad,
        )
        write_folder(watched(every, "converting"), out, kind=to, key=sign)
        skipped = every.skipped
        count = every.done - len(skipped)
    if as_json:
        content = {"written": str(out), "kind": to, "recordings": count, "skipped": skipped_as_dicts(skipped)}
        print(json.dumps(content, indent=2))
        return
    console().print(f"{count} recordings written to {out} as .{to}", markup=False)
    print_skipped(skipped)
