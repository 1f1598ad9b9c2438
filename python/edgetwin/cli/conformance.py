"""`edgetwin conformance`: which runtime gives which bytes, operator by operator."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from ..atomic import write_atomic
from ..conformance.cases import generate
from ..conformance.driver import FAULTS, Runtime, bundled, custom, device, limited
from ..conformance.matrix import Matrix, build_matrix, drift
from ..conformance.page import inserted, markdown
from ..conformance.recorded import NO_RECORDINGS, read_recordings
from ..conformance.reproduce import reproducer, smallest
from ..conformance.suite import Outcome, run_suite
from ..errors import DataError
from ..report.files import output_folder, write_json
from .arguments import AsJson, read_json
from .exit_codes import EXIT_DIFFERS
from .tables import console, progress

__all__ = ["conformance"]

_CASES = 3000
_TIMEOUT_S = 30.0


def conformance(
    out: Annotated[Path, typer.Option("--out", help="Folder for matrix.md, matrix.json and the reproducers.")] = Path(
        "edgetwin-conformance"
    ),
    cases: Annotated[int, typer.Option(help="Models at least, over all operators.")] = _CASES,
    seed: Annotated[int, typer.Option(help="Of models and inputs.")] = 0,
    operator: Annotated[list[str] | None, typer.Option(help="Only this operator; may be given again.")] = None,
    runtime: Annotated[
        list[str] | None, typer.Option(help="Only runtimes whose name begins so; may be given again.")
    ] = None,
    driver: Annotated[
        list[str] | None, typer.Option(metavar="NAME=COMMAND", help="A driver of your own; may be given again.")
    ] = None,
    board: Annotated[
        list[str] | None, typer.Option("--device", help="A device that takes models: qemu:cortex-m4.")
    ] = None,
    device_cases: Annotated[int, typer.Option(help="Models of each operator for a --device.")] = 1,
    golden: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Recordings of CMSIS-NN's kernels on boards: a column each, as models."),
    ] = None,
    timeout_s: Annotated[float, typer.Option(help="Seconds for a model in a runtime.")] = _TIMEOUT_S,
    jobs: Annotated[int, typer.Option(help="Runtimes at a time.")] = 2,
    against: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An earlier matrix.json: tell what has changed.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the matrix into this page, too, and a .json beside it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run generated models of every operator, with inputs on boundaries, in every runtime, and compare all bytes.

    Exit codes: 0 done; 1 drift from --against, or a difference or fault of edgetwin's levels, a --driver, a --device or
    the recorded Cortex-M3 and M4; 2 bad input.
    """
    before = None if against is None else read_json(against)
    text = None if page is None else _page(page)
    chosen = tuple(name.lower() for name in runtime or ("",))
    runtimes = [found for found in bundled() if found.name.lower().startswith(chosen)]
    runtimes += [custom(given) for given in driver or ()]
    runtimes += [device(spec, device_cases) for spec in board or ()]
    if not runtimes:
        raise DataError(f"no runtime begins with {runtime}, installed are {', '.join(r.name for r in bundled())}")
    if len({found.name for found in runtimes}) < len(runtimes):
        raise DataError("two drivers have one name")
    folder = output_folder(out)
    recordings = NO_RECORDINGS if golden is None else read_recordings(golden, operator)
    suite = generate(cases, operator, seed) + recordings.cases
    results: dict[str, list[Outcome]] = {found.name: [] for found in runtimes} | recordings.outcomes
    total = sum(len(limited(suite, found.per_row)) for found in runtimes)
    for name, outcome in progress(run_suite(suite, runtimes, timeout_s=timeout_s, jobs=jobs), "running models", total):
        results[name].append(outcome)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    columns = [*runtimes, *recordings.runtimes]
    matrix = build_matrix(results, columns, seed=seed, date=today, calls=recordings.calls)
    scripts = _reproducers(folder, matrix, runtimes, results)
    changed = None if before is None else drift(before, matrix)
    content = matrix.as_dict() | {"reproducers": [[*key, name] for key, name in scripts.items()], "drift": changed}
    written = write_json(folder / "matrix.json", content)
    shown = markdown(matrix, scripts)
    write_atomic(folder / "matrix.md", lambda file: file.write(shown.encode()))
    if page is not None and text is not None:
        whole = inserted(text, shown)
        write_atomic(page, lambda file: file.write(whole.encode()))
        write_json(page.with_suffix(".json"), matrix.counts())
    if as_json:
        print(written.read_text(encoding="utf-8"), end="")
    else:
        _print(matrix, results, changed, folder)
    if changed or any(_at_fault(results[found.name]) for found in columns if found.ours):
        raise typer.Exit(EXIT_DIFFERS)


def _reproducers(
    folder: Path, matrix: Matrix, runtimes: Sequence[Runtime], results: dict[str, list[Outcome]]
) -> dict[tuple[str, str], str]:
    scripts = {}
    for found in runtimes:
        by_row: dict[str, list[Outcome]] = {}
        for outcome in results[found.name]:
            if outcome.kind == "differs":
                by_row.setdefault(outcome.case.row, []).append(outcome)
        for row, outcomes in by_row.items():
            words = f"{row} {found.name}".lower().replace(",", "").replace(":", " ").replace("/", " ").split()
            name = f"reproducers/{'_'.join(words)}.py"
            (folder / "reproducers").mkdir(exist_ok=True)
            script = reproducer(found, smallest(outcomes), matrix.rows[row][found.name].cause)
            write_atomic(folder / name, lambda file, script=script: file.write(script.encode()))  # type: ignore[misc]
            scripts[row, found.name] = name
    return scripts


def _at_fault(outcomes: Sequence[Outcome]) -> bool:
    return any(outcome.kind in ("differs", "other shape", "not run", *FAULTS) for outcome in outcomes)


def _print(matrix: Matrix, results: dict[str, list[Outcome]], changed: list[str] | None, folder: Path) -> None:
    out = console()
    for name, version in matrix.runtimes.items():
        counts: dict[str, int] = {}
        for outcome in results[name]:
            counts[outcome.kind] = counts.get(outcome.kind, 0) + 1
        said = ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items(), key=lambda item: -item[1]))
        out.print(f"{name} {version}: {said}", markup=False)
    if changed is not None:
        for line in changed or ["no drift"]:
            out.print(line if line == "no drift" else f"drift: {line}", markup=False)
    out.print(f"written to {folder}: matrix.md, matrix.json and reproducers", markup=False)


def _page(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from None
    inserted(text, "")
    return text
