"""`edgetwin report`: everything that can be told of a model and its data, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..device.opening import FORMS
from ..device.opening import open as open_device
from ..evaluation import sample_codes
from ..model import Model, load
from ..quantization import quantization_report
from ..report.files import output_folder, write_json
from ..report.report import Report
from .arguments import AsJson, ModelPath
from .evaluate import Found, evaluation_report, from_files
from .exit_codes import EXIT_DIFFERS, UsageError
from .reports import typed
from .tables import console, print_evaluations, print_files

__all__ = ["report"]

#: Windows that tell what each layer's quantization costs.
_WINDOWS = 200


def report(
    model: ModelPath,
    data: Annotated[
        list[Path] | None, typer.Argument(metavar="DATA...", help=".npz with inputs, labels, recorded outputs")
    ] = None,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE.tflite", help="Its float32 twin: what quantization costs, by layer.")
    ] = None,
    device: Annotated[str | None, typer.Option("--device", help=f"A device to compare with: {FORMS}.")] = None,
    samples: Annotated[int, typer.Option(min=1, help="Samples of the first file that the device runs.")] = 8,
    timeout_s: Annotated[float, typer.Option(min=0.1, help="Within it the device must answer.")] = 60.0,
    target: Annotated[str, typer.Option(help="core[@MHz][:runtime] that costs are told for.")] = "cortex-m4f",
    flash: Annotated[int | None, typer.Option(help="Bytes of flash that constants may take.")] = None,
    ram: Annotated[int | None, typer.Option(help="Bytes of RAM that the arena and state may take.")] = None,
    latency_ms: Annotated[float | None, typer.Option(help="Milliseconds that an inference may take.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for report.html and metrics.json.")] = Path(
        "edgetwin-report"
    ),
    unit: Annotated[str | None, typer.Option(help="Unit of labels; taken from a name such as label_cm.")] = None,
    quantity: Annotated[str | None, typer.Option(help="What labels measure; taken from their name.")] = None,
    resamples: Annotated[int, typer.Option(min=0, max=1_000_000, help="Of the bootstrap; 0 for no intervals.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the bootstrap.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Write one page of HTML: data, figures beside the float32 twin and a device, error by layer, cost on a target.

    Each section is there when its data are. Exit codes: 1 where bytes differ or a budget is exceeded, 2 for bad input.
    """
    if not data and (device is not None or against is not None):
        raise UsageError(f"{'--against' if device is None else '--device'} needs DATA to run on")
    loaded, twin = load(model), None if against is None else load(against)
    found = None
    if data:
        options = {"resamples": resamples, "seed": seed}
        names: dict[str, str | None] = dict.fromkeys(("inputs", "labels", "outputs", "subjects"))
        found = from_files(loaded, twin, data, names, options, quantity=quantity, unit=unit)
        page = evaluation_report(model.stem, loaded, found)
    else:
        page = Report(model.stem)
    content: dict[str, object] = {"model": str(model)}
    good = True
    if found is not None:
        content["evaluations"] = [e.as_dict() for e in found.evaluations]
        good = not any(e.differing for e in found.evaluations)
        if twin is not None:
            _add_layers(page, twin, loaded, found)
        if device is not None:
            codes, _ = sample_codes(loaded, found.samples[0])
            with open_device(device, loaded, timeout_s=timeout_s) as opened:
                compared = loaded.compare(codes[:samples], against=opened)
            page.comparison(compared)
            content["device"] = compared.as_dict()
            good = good and compared.equal
    fit = page.cost(loaded, target, flash=flash, ram=ram, latency_ms=latency_ms)
    content["fits"] = None if fit is None else bool(fit)
    page.reproduce(seed=seed, commands=[typed()], model=loaded)
    folder = output_folder(out)
    written = [write_json(folder / "metrics.json", content), page.save(folder / "report.html")]
    if as_json:
        print(written[0].read_text(encoding="utf-8"), end="")
    else:
        if found is not None:
            print_evaluations(console(), found.evaluations, found.unit)
        if fit is not None:
            console().print(str(fit), markup=False, style="green" if fit else "yellow")
        print_files(folder, written)
    if not good or not (fit is None or fit):
        raise typer.Exit(EXIT_DIFFERS)


def _add_layers(page: Report, twin: Model, model: Model, found: Found) -> None:
    real = found.samples[0].real
    if real is not None:
        windows, _ = sample_codes(twin, found.samples[0])
        page.layers(quantization_report(twin, model, windows[:_WINDOWS]))
