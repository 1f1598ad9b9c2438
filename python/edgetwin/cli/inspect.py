"""`edgetwin inspect`: what a model is and costs, and the models inside archives, sources and firmware."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import DataError, ModelError
from ..found import find_models
from ..graph.advisories import advisories
from ..integrations.edge_impulse import DeployedImpulse, from_edge_impulse
from ..integrations.edge_impulse.deployment import is_deployment
from ..io.model_file import read_file
from ..model import Model, load
from ..report.files import save_figure
from .arguments import AsJson
from .tables import console, print_found, print_model

__all__ = ["inspect"]


def inspect(
    model: Annotated[
        Path, typer.Argument(metavar="MODEL", help="A .tflite file; or .zip, C source, ELF, BIN, UF2, HEX with some.")
    ],
    name: Annotated[str | None, typer.Option(help="Of a model inside MODEL, or the end of its name.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE.png", help="Draw the model, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a model: operators, shapes, costs, quantization, and what other cores would compute otherwise.

    Of an archive, source or firmware image the models inside are listed; --name shows one of them.
    """
    content = b"" if model.suffix == ".tflite" else read_file(model)
    if name is None and (model.suffix == ".tflite" or content[4:8] == b"TFL3"):
        _show(load(model), str(model), plot, as_json=as_json)
        return
    found = find_models(model, name)
    if name is not None and len(found) == 1:
        try:
            loaded = found[0].load()
        except ModelError as error:
            raise type(error)(f"{model}: {found[0].name}: {error}") from error
        _show(loaded, f"{model}: {found[0].name}", plot, as_json=as_json)
        return
    deployed = _deployed(content) if is_deployment(content) else None
    if not found and isinstance(deployed, ModelError):
        raise type(deployed)(f"{model}: {deployed}") from deployed
    if not found:
        raise DataError(f"{model}: no TFLite model inside")
    if plot is not None:
        raise DataError(f"{model} holds {len(found)} models; --plot draws one: give its --name")
    if as_json:
        print(
            json.dumps({"file": str(model), "models": [part.as_dict() for part in found], **_told(deployed)}, indent=2)
        )
        return
    print_found(console(), str(model), found)
    _print_deployed(deployed)


def _deployed(content: bytes) -> DeployedImpulse | DataError | ModelError:
    """Return an Edge Impulse deployment opened, or why it cannot be."""
    try:
        return from_edge_impulse(content)
    except (DataError, ModelError) as error:
        return error


def _told(deployed: DeployedImpulse | DataError | ModelError | None) -> dict[str, Any]:
    if deployed is None:
        return {}
    if isinstance(deployed, DeployedImpulse):
        return {"impulse": deployed.as_dict(), "impulse_refused": ""}
    return {"impulse": None, "impulse_refused": str(deployed)}


def _print_deployed(deployed: DeployedImpulse | DataError | ModelError | None) -> None:
    out = console()
    if isinstance(deployed, DeployedImpulse):
        rate = "" if deployed.rate_hz is None else f" at {deployed.rate_hz:g} Hz"
        lengths = " x ".join(map(str, deployed.window))
        parameters = ", ".join(f"{name} {value}" for name, value in deployed.block.params.items())
        out.print(f"Edge Impulse deployment {deployed.project}".rstrip(), markup=False)
        out.print(f"window   {lengths}{rate}: {', '.join(deployed.sensors)}", markup=False)
        out.print(f"feature  {deployed.block.block}: {parameters}", markup=False)
        out.print(f"labels   {', '.join(deployed.labels) or 'none'}", markup=False)
    elif deployed is not None:
        out.print(f"warning: edgetwin does not open it as an impulse: {deployed}", style="yellow", markup=False)


def _show(loaded: Model, title: str, plot: Path | None, *, as_json: bool) -> None:
    if plot is not None:
        save_figure(loaded.plot(Path(title).name), plot)
    warnings = advisories(loaded.graph, loaded.steps)
    if not as_json:
        print_model(console(), title, loaded, warnings)
        return
    content = {
        "model": title,
        "file_bytes": len(loaded.file_bytes),
        **loaded.profile().as_dict(),
        "tensors": [
            {"kind": kind, **asdict(spec), "dtype": spec.dtype.name}
            for kind, specs in (("input", loaded.inputs), ("output", loaded.outputs))
            for spec in specs
        ],
        "warnings": warnings,
    }
    print(json.dumps(content, indent=2))
