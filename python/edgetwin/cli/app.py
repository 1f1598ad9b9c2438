"""Commands: each reads arguments, calls the library, prints a table or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..build_info import __version__
from ..data import load_samples
from ..evaluation import sample_codes
from ..model import load
from ..report.files import output_folder, save_figure, write_json
from ..types import ARITHMETICS, RUNTIMES
from .agent import agent
from .arguments import AsJson, ModelPath
from .certify import certify
from .conformance import conformance
from .demo import demo
from .evaluate import evaluate
from .exit_codes import EXIT_BAD_INPUT, EXIT_DIFFERS
from .explore import data_app
from .export import export
from .inspect import inspect
from .make_portable import make_portable
from .profile import profile
from .quantize import quantize
from .report import report
from .run import run_model
from .sweep import sweep
from .tables import console, print_comparison, print_files
from .upload import upload
from .verify import verify

__all__ = ["app"]

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="The bit-exact twin of a microcontroller's int8 inference, on the host.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(data_app, name="data", short_help="Look at folders of recordings, and convert them.")
app.command(short_help="Write a model as source code for firmware.")(export)
app.command(short_help="Does a device compute every byte that the model computes?")(verify)
app.command(short_help="For all inputs: which operators another arithmetic computes alike.")(certify)
app.command(short_help="Which runtime gives which bytes, operator by operator.")(conformance)
app.command(short_help="An int8 model of a float32 one, and what that costs.")(quantize)
app.command(short_help="A model with the same bytes on every runtime, proven.")(make_portable)
app.command(short_help="Run every trial of a sweep in W&B's schema, here and without an account.")(sweep)
app.command(short_help="Send recordings to an Edge Impulse project, each once.")(upload)
app.command(short_help="One page of HTML of a model, its data, a device and a target.")(report)
app.command(short_help="A header that makes other firmware answer checks.")(agent)

AGAINST = (
    f"An installed runtime ({', '.join(RUNTIMES)}), an arithmetic "
    f"({', '.join(name for name in ARITHMETICS if name not in RUNTIMES)}) or another .tflite file."
)


def _version(show: bool) -> None:
    if show:
        print(f"edgetwin {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(EXIT_BAD_INPUT)


app.command(short_help="Show operators, shapes, costs, quantization and warnings; models inside other files.")(inspect)
app.command(short_help="Estimate flash, RAM and latency on a target; Edge Impulse's figures beside.")(profile)

app.command(name="run", short_help="Run a model on samples and write its exact outputs.")(run_model)


app.command(short_help="Metrics, pictures, and bytes that differ from recorded ones.")(evaluate)


@app.command(short_help="Where another runtime, arithmetic or model parts from this one, and why.")
def compare(
    model: ModelPath,
    data: Annotated[Path, typer.Argument(metavar="INPUT", help=".npy, .npz, .csv or Edge Impulse .json")],
    against: Annotated[str, typer.Option(help=AGAINST)],
    out: Annotated[Path, typer.Option("--out", help="Folder for metrics.json and a picture.")] = Path(
        "edgetwin-compare"
    ),
    inputs: Annotated[str | None, typer.Option(help="Name of the inputs in a .npz.")] = None,
    as_json: AsJson = False,
) -> None:
    """Compare, operator by operator: the first that differs, how many elements do and by how much, and why."""
    from ..report.plots import differences

    loaded = load(model)
    codes, notes = sample_codes(loaded, load_samples(data, inputs=inputs))
    result = loaded.compare(codes, against=against)
    folder = output_folder(out)
    metrics = {
        "model": str(model),
        "input": str(data),
        "arithmetic": loaded.arithmetic_version,
        **result.as_dict(),
        "notes": notes,
    }
    written = [write_json(folder / "metrics.json", metrics)]
    if result.operators:
        written.append(
            save_figure(differences(result, title=f"{model.stem} against {against}"), folder / "operators.png")
        )
    if as_json:
        print((folder / "metrics.json").read_text(encoding="utf-8"), end="")
    else:
        print_comparison(console(), result)
        print_files(folder, written)
    if not result.equal:
        raise typer.Exit(EXIT_DIFFERS)


app.command(short_help="The main job on simulated walking, from signal to pictures.")(demo)
