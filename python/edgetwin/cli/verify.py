"""`edgetwin verify`: whether a device computes what the model computes, byte for byte."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..build_info import __version__
from ..data import load_samples
from ..device.opening import FORMS
from ..device.opening import open as open_device
from ..device.recorded import record
from ..errors import DataError, NotComparableError
from ..evaluation import sample_codes
from ..graph.advisories import advisories
from ..model import Model, load
from ..referee.compare import Comparison
from ..report.files import output_folder, write_json
from ..report.report import Report
from ..types import INT_RANGES, Array
from .arguments import AsJson, ModelPath
from .exit_codes import EXIT_DIFFERS
from .reports import typed
from .tables import console, print_comparison

__all__ = ["verify"]

MEANINGS = {
    "equal": "Every byte that was compared is equal.",
    "differs": "The device computes other bytes.",
    "not comparable": "What the device prints does not tell its integers: this is no pass.",
}


def verify(
    model: ModelPath,
    device: Annotated[str, typer.Option("--device", help=f"{FORMS}.")],
    data: Annotated[
        Path | None, typer.Argument(metavar="[INPUT]", help=".npy, .npz, .csv or Edge Impulse .json; else random codes")
    ] = None,
    samples: Annotated[int, typer.Option(min=1, help="Samples of INPUT from its start, or random ones.")] = 8,
    out: Annotated[Path, typer.Option("--out", help="Folder for report.html and metrics.json.")] = Path(
        "edgetwin-verify"
    ),
    inputs: Annotated[str | None, typer.Option(help="Name of the inputs in a .npz.")] = None,
    timeout_s: Annotated[float, typer.Option(min=0.1, help="Within it the device must answer.")] = 60.0,
    recording: Annotated[
        Path | None, typer.Option("--record", help="Also write what the device gave, for --device recorded:FILE.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE.html", help="The page, in place of report.html in --out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run samples on a device and compare every byte, operator by operator where the device shows them.

    Exit codes: 0 equal, 1 different or not comparable, 2 no device, no answer or bad input.
    """
    loaded = load(model)
    if data is None:
        given = _random(loaded, samples)
        source = f"{samples} random"
    else:
        codes, _ = sample_codes(loaded, load_samples(data, inputs=inputs))
        given, source = (codes[:samples],), f"{min(samples, len(codes))} of {data}"
    result: Comparison | None = None
    facts: dict[str, Any] = {
        "model": str(model),
        "hash": loaded.hash,
        "arithmetic": loaded.arithmetic_version,
        "device": device,
        "samples": source,
    }
    said = ""
    try:
        with open_device(device, loaded, timeout_s=timeout_s) as opened:
            info = opened.info()
            facts |= {"firmware": f"{info.model} {info.hash}".strip() or "not told", "notes": info.note or "none"}
            facts["runs of each input"] = opened.repeats
            result = loaded.compare(*given, against=opened)
            if recording is not None:
                record(opened, recording, *given)
    except NotComparableError as error:
        said = str(error)
    facts |= {"edgetwin": __version__, "date": datetime.datetime.now(datetime.timezone.utc).isoformat("T", "seconds")}
    verdict = "not comparable" if result is None else "equal" if result.equal else "differs"
    warned = advisories(loaded.graph, loaded.steps)
    content = {
        "title": f"{model.stem} on {device}",
        "verdict": verdict,
        "facts": facts,
        "said": said or str(result),
        "advisories": warned,
        "operators": [],
        "outputs": [],
        **({} if result is None else result.as_dict()),
    }
    folder = output_folder(out)
    page = folder / "report.html" if report is None else report
    written = [write_json(folder / "metrics.json", content), _report(content, result, loaded).save(page)]
    if as_json:
        print(written[0].read_text(encoding="utf-8"), end="")
    else:
        if result is not None:
            print_comparison(console(), result)
        console().print(said or verdict, markup=False)
        for text in warned if verdict == "differs" else []:
            console().print(f"known elsewhere: {text}", markup=False)
        console().print(f"written to {folder}: {', '.join(path.name for path in written)}", markup=False)
    if verdict != "equal":
        raise typer.Exit(EXIT_DIFFERS)


def _report(content: dict[str, Any], result: Comparison | None, model: Model) -> Report:
    """Return the page that a person can hand in."""
    report = Report(content["title"])
    verdict = content["verdict"]
    report.verdict(f"{verdict.capitalize()}. {MEANINGS[verdict]}", good=verdict == "equal")
    report.facts("What was compared", "Model, device and samples", content["facts"])
    if result is None:
        report.notes("Byte by byte", [content["said"]])
    else:
        report.comparison(result)
    report.notes("Known of this model elsewhere", content["advisories"])
    report.reproduce(seed=0, commands=[typed()], model=model)
    return report


def _random(model: Model, count: int) -> tuple[Array, ...]:
    """Return codes for every input: of smooth signals, and from the whole range in every other sample."""
    rng = np.random.default_rng(0)
    arrays = []
    for spec in model.inputs:
        if spec.dtype.name not in INT_RANGES and spec.dtype != np.float32:
            raise DataError(f"input {spec.name!r} is {spec.dtype}: random samples are integers or float32; give INPUT")
        shape = (count, *spec.shape)
        wide = rng.standard_normal(shape)
        smooth = np.cumsum(wide.reshape(count, -1), axis=1).reshape(shape)
        smooth /= max(np.abs(smooth).max(), 1.0)
        even = (np.arange(count) % 2 == 0).reshape(-1, *([1] * len(spec.shape)))
        if spec.dtype == np.float32:
            arrays.append(np.where(even, smooth, wide).astype(np.float32))
            continue
        low, high = INT_RANGES[spec.dtype.name]
        middle, half = (low + high + 1) / 2, (high - low) / 2
        values = np.where(even, middle + half * smooth, rng.integers(low, high, shape, endpoint=True))
        arrays.append(np.clip(values.round(), low, high).astype(spec.dtype))
    return tuple(arrays)
