"""`edgetwin profile`: what a model costs on a target, whether it fits, and what Edge Impulse says of it."""

from __future__ import annotations

import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataError, IntegrationError, MissingExtraError
from ..fit import Fit
from ..integrations import edge_impulse
from ..integrations.edge_impulse.listing import target_of
from ..integrations.edge_impulse.wandb_run import model_of_run
from ..model import Model, load
from .arguments import AsJson
from .exit_codes import EXIT_DIFFERS
from .tables import console, print_profile, print_wide

__all__ = ["profile"]

_DEFAULT_TARGET = "cortex-m4f"


def profile(
    model: Annotated[Path | None, typer.Argument(metavar="MODEL", help="A .tflite file.")] = None,
    target: Annotated[
        str | None, typer.Option(help="core[@MHz][:runtime]: cortex-m4f@80:cmsis-nn.", show_default=_DEFAULT_TARGET)
    ] = None,
    flash: Annotated[int | None, typer.Option(help="Bytes of flash that constants may take.")] = None,
    ram: Annotated[int | None, typer.Option(help="Bytes of RAM that the arena and state may take.")] = None,
    latency_ms: Annotated[float | None, typer.Option(help="Milliseconds that an inference may take.")] = None,
    measure: Annotated[
        bool, typer.Option(help="Compile the export, if there is a compiler, to tell its flash.")
    ] = False,
    device: Annotated[
        str | None, typer.Option(metavar="ID", help="Edge Impulse's name of the target: cortex-m4f-80mhz.")
    ] = None,
    cloud: Annotated[
        bool, typer.Option("--edge-impulse", help="Ask Edge Impulse, too; the project's key is in EI_API_KEY.")
    ] = False,
    wandb_run: Annotated[
        str | None, typer.Option(metavar="ENTITY/PROJECT/RUN", help="Take the model that a W&B run logged.")
    ] = None,
    deploy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --edge-impulse: have it built for firmware, too.")
    ] = None,
    deploy_target: Annotated[str, typer.Option(help="What --deploy builds: zip is the C++ library.")] = "zip",
    labels: Annotated[str | None, typer.Option(metavar="A,B,...", help="Of the classes, for --deploy.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what a model costs on a microcontroller. Latencies are estimates from published measurements.

    Ends with 1 where a budget is exceeded, and says what to change. With --edge-impulse its figures stand beside.
    """
    if (model is None) == (wandb_run is None):
        raise DataError("one model, please: MODEL or --wandb-run")
    if deploy is not None and not cloud:
        raise DataError("--deploy is Edge Impulse's: give --edge-impulse, too; `edgetwin export` needs no account")
    chosen = target or (None if device is None else target_of(device))
    if chosen is None and device is not None and not cloud:
        raise DataError(f"--device {device!r}: a core that edgetwin does not know, accepted is a --target in its place")
    loaded, title = _loaded(model, wandb_run)
    chosen = chosen or (None if device is not None else _DEFAULT_TARGET)
    fit: Fit | None = None
    if any(budget is not None for budget in (flash, ram, latency_ms)):
        if chosen is None:
            raise DataError(f"budgets on {device!r}: a core that edgetwin does not know, accepted is a --target beside")
        fit = loaded.fits(chosen, flash=flash, ram=ram, latency_ms=latency_ms)
    told: edge_impulse.CloudProfile | None = None
    refusal: IntegrationError | MissingExtraError | None = None
    if cloud:
        try:
            told = edge_impulse.profile(loaded, device, target=chosen)
            if deploy is not None:
                classes = None if labels is None else labels.split(",")
                edge_impulse.deploy(loaded, deploy_target, out=deploy, labels=classes)
        except (IntegrationError, MissingExtraError) as error:
            # What needs no server is told all the same, before the error.
            refusal = error
    _print(loaded, title, chosen, told, fit, measure=measure, as_json=as_json)
    if refusal is not None:
        raise refusal
    if deploy is not None and not as_json:
        console().print(f"written to {deploy}", markup=False)
    if fit is not None and not fit:
        raise typer.Exit(EXIT_DIFFERS)


def _loaded(path: Path | None, wandb_run: str | None) -> tuple[Model, str]:
    if path is not None:
        return load(path), str(path)
    with tempfile.TemporaryDirectory() as folder:
        file = model_of_run(wandb_run or "", Path(folder))
        return load(file), f"{wandb_run}: {file.name}"


def _print(
    model: Model,
    title: str,
    target: str | None,
    told: edge_impulse.CloudProfile | None,
    fit: Fit | None,
    *,
    measure: bool,
    as_json: bool,
) -> None:
    own = model.profile(target, measure=measure)
    if as_json:
        content: dict[str, Any] = {"model": title, **own.as_dict(), "fit": None if fit is None else asdict(fit)}
        if told is not None:
            content["edge_impulse"] = {name: value for name, value in told.as_dict().items() if name != "edgetwin"}
        print(json.dumps(content, indent=2))
        return
    out = console()
    print_profile(out, title, own)
    out.print(own.summary, markup=False)
    if told is not None:
        out.print(f"\nEdge Impulse, {told.device or 'classes of devices'}:", markup=False)
        print_wide(out, *told.rows())
        for note in told.notes():
            out.print(note, markup=False)
    if fit is not None:
        out.print(str(fit), markup=False, style="green" if fit else "yellow")
