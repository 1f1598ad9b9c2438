"""`edgetwin certify`: for all inputs, where another arithmetic gives the same bytes; and the check of a certificate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..model import load
from ..referee.certificate import VERSIONS
from ..referee.check import check_certificate
from ..report.files import output_folder
from .arguments import AsJson, ModelPath, read_json
from .exit_codes import EXIT_DIFFERS, UsageError
from .tables import console

__all__ = ["certify"]


def certify(
    model: ModelPath,
    against: Annotated[str | None, typer.Option(help=f"An arithmetic: {', '.join(VERSIONS)} (all of them).")] = None,
    arithmetic: Annotated[str, typer.Option(help="The arithmetic of the model itself.")] = "tflm",
    check: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Check this certificate of the model in place of making one.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for certificate.json.")] = Path("edgetwin-certify"),
    as_json: AsJson = False,
) -> None:
    """Decide for all inputs where another arithmetic gives the same bytes, with a witness for each channel that parts.

    Exit codes: 0 proven equal, or the certificate holds; 1 different or undecided; 2 bad input or a certificate that
    is refused.
    """
    loaded = load(model, arithmetic)
    if check is not None:
        if against is not None:
            raise UsageError("--against and --check: the certificate tells its arithmetics")
        content = read_json(check)
        check_certificate(content, loaded.file_bytes)
        if as_json:
            print(json.dumps({"certificate": str(check), "holds": True, "verdict": content["verdict"]}, indent=2))
            return
        console().print(f"{check}: every claim holds, verdict: {content['verdict']}", markup=False)
        return
    if against is None:
        raise UsageError("Missing option '--against', or '--check' with a certificate")
    made = loaded.certify(against)
    path = output_folder(out) / "certificate.json"
    made.save(path)
    if as_json:
        print(path.read_text(encoding="utf-8"), end="")
    else:
        console().print(str(made), markup=False)
        console().print(f"written to {path}", markup=False)
    if not made.equal:
        raise typer.Exit(EXIT_DIFFERS)
