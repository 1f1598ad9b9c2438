"""`edgetwin upload`: recordings to an Edge Impulse project."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

from ..errors import DataError
from ..integrations.edge_impulse import PlannedUpload, UploadedFile, plan_upload
from ..integrations.edge_impulse import upload as upload_files
from ..report.files import output_folder, write_json
from .arguments import AsJson
from .exit_codes import EXIT_DIFFERS
from .tables import console, print_wide, shows_progress

__all__ = ["upload"]

JOURNAL = "journal.jsonl"


def upload(
    sources: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Files or folders: .json, .cbor, .csv, .wav, pictures.")
    ],
    category: Annotated[
        str, typer.Option(help="training, testing, anomaly, split, or auto: from info.labels and folders.")
    ] = "auto",
    label: Annotated[str | None, typer.Option(help="Of all files, in place of their own.")] = None,
    labels: Annotated[str, typer.Option(help="Where labels come from: auto, folder, none.")] = "auto",
    metadata: Annotated[list[str] | None, typer.Option(metavar="NAME=TEXT", help="For all files; repeatable.")] = None,
    pattern: Annotated[str, typer.Option(help="Of the names in folders.")] = "*",
    allow_duplicates: Annotated[bool, typer.Option(help="Send what the project has already.")] = False,
    workers: Annotated[int, typer.Option(min=1, help="Files on their way at once.")] = 4,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be sent; needs no key.")] = False,
    out: Annotated[
        Path,
        typer.Option(metavar="DIR", help="Folder for the journal, with which an upload goes on, and metrics.json."),
    ] = Path("edgetwin-upload"),
    as_json: AsJson = False,
) -> int:
    """Send recordings to the Edge Impulse project whose key is in EI_API_KEY: each once, also after an interrupt.

    Exit code 1: the service refused some of them.
    """
    more = _metadata(metadata or [])
    planned = plan_upload(sources, category=category, label=label, labels=labels, metadata=more, pattern=pattern)
    if dry_run:
        _print_plan(planned, as_json=as_json)
        return 0
    folder = output_folder(out)
    with Progress(console=Console(stderr=True), transient=True, disable=not shows_progress()) as bar:
        task = bar.add_task("upload", total=len(planned))

        def ended(_: UploadedFile) -> None:
            bar.advance(task)

        report = upload_files(
            sources,
            category=category,
            label=label,
            labels=labels,
            metadata=more,
            pattern=pattern,
            journal=folder / JOURNAL,
            allow_duplicates=allow_duplicates,
            workers=workers,
            on_file=ended,
        )
    write_json(folder / "metrics.json", report.as_dict())
    if as_json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        terminal = console()
        for file in report.failed:
            terminal.print(f"failed  {file.path}: {file.reason}", markup=False, style="yellow")
        terminal.print(str(report), markup=False)
    return 0 if report else EXIT_DIFFERS


def _metadata(texts: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in texts]
    wrong = [text for text, (name, equals, _) in zip(texts, pairs, strict=True) if not (name and equals)]
    if wrong:
        raise DataError(f"--metadata {wrong[0]!r:.40}, accepted is NAME=TEXT")
    return {name: text for name, _, text in pairs}


def _print_plan(planned: tuple[PlannedUpload, ...], *, as_json: bool) -> None:
    if as_json:
        files = [asdict(plan) | {"path": str(plan.path)} for plan in planned]
        print(json.dumps({"files": files}, indent=2))
        return
    rows = [[str(plan.path), plan.category, _label(plan)] for plan in planned]
    print_wide(console(), ["file", "category", "label"], rows)


def _label(plan: PlannedUpload) -> str:
    parts = [span["label"] for span in plan.spans]
    return plan.label or (" ".join(parts) if parts else "none")
