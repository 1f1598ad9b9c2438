"""`edgetwin inspect`: what a model is and costs, and the models inside archives, sources and firmware."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from ..errors import DataError, ModelError
from ..found import find_models
from ..graph.advisories import advisories
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
    if name is None and (model.suffix == ".tflite" or read_file(model)[4:8] == b"TFL3"):
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
    if not found:
        raise DataError(f"{model}: no TFLite model inside")
    if plot is not None:
        raise DataError(f"{model} holds {len(found)} models; --plot draws one: give its --name")
    if as_json:
        print(json.dumps({"file": str(model), "models": [part.as_dict() for part in found]}, indent=2))
    else:
        print_found(console(), str(model), found)


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
