"""`edgetwin sweep`: a sweep file in W&B's schema, run here or handed out by W&B's server."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..integrations.sweep import (
    SweepResults,
    TrialResult,
    is_online,
    join_sweep,
    pareto_front,
    run_online,
    run_sweep,
)
from ..integrations.sweep.journal import Trial
from ..integrations.sweep.results import BEST_MODEL
from ..report.files import output_folder, save_figure
from ..report.page import hidden
from ..report.report import Report
from ..report.trade_offs import trade_offs
from .arguments import AsJson, ReportPath
from .exit_codes import EXIT_DIFFERS
from .reports import typed
from .tables import console, counted, print_wide, tell

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import Console

__all__ = ["sweep"]

#: Trials that the table shows.
_SHOWN = 20

#: Figures of a trial that cost something on a device: less is better.
COSTS = {"tflite_bytes": "bytes", "flash_bytes": "bytes", "arena_bytes": "bytes", "macs": "MACs", "latency_ms": "ms"}


def sweep(
    file: Annotated[Path | None, typer.Argument(metavar="SWEEP.yaml", help="A sweep in W&B's schema.")] = None,
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="The sweep's folder; where it holds this sweep, that one goes on.")
    ] = Path("edgetwin-sweep"),
    jobs: Annotated[int, typer.Option(min=1, help="Trials at once.")] = 1,
    count: Annotated[int | None, typer.Option(min=1, help="Trials in all; at most the file's run_cap.")] = None,
    timeout: Annotated[float | None, typer.Option(metavar="SECONDS", help="A longer trial has failed.")] = None,
    seed: Annotated[int, typer.Option(help="Of random draws.")] = 0,
    online: Annotated[
        bool | None,
        typer.Option(
            "--online/--offline",
            help="On W&B's server, or here without an account. Without either: online where W&B's client has a key.",
            show_default=False,
        ),
    ] = None,
    join: Annotated[
        str | None, typer.Option(metavar="ENTITY/PROJECT/ID", help="Run agents for a sweep that W&B's server holds.")
    ] = None,
    storage: Annotated[
        Path | None,
        typer.Option(
            metavar="JOURNAL", help="A file that several machines see: each trial is run by one of them (Optuna)."
        ),
    ] = None,
    report: ReportPath = None,
    as_json: AsJson = False,
) -> int:
    """Run every trial of a sweep once; go on after an interrupt or a kill.

    Offline, trials run under the protocol of W&B's agent, so that scripts with wandb run unchanged, without an account.
    Scripts without it read `--name=value` and print a JSON object with their figures. Online, W&B's server hands out
    the trials to its agents: `--jobs` here, and more on other machines with `--join`. Exit code 1: no trial finished
    within the budgets.
    """
    if (file is None) == (join is None):
        raise typer.BadParameter("accepted is a sweep file, or --join ENTITY/PROJECT/ID")
    served = join is not None or bool(online) or (storage is None and is_online(out, online))
    here = {"--offline": online is False, "--storage": storage, "--timeout": timeout, "--seed": seed}
    for option, given in here.items():
        if served and given:
            raise typer.BadParameter(f"{option} is for sweeps that run here, this one is on W&B's server")
    folder = output_folder(out)

    def ended(trial: Trial | TrialResult) -> None:
        # A line a trial, for logs too; the table comes at the end.
        tell(f"trial {trial.number} {trial.state} {trial.reason}".rstrip())

    on_end, on_note = (None, None) if as_json else (ended, tell)
    if join is not None:
        results = join_sweep(join, folder, jobs=jobs, count=count, on_end=on_end, on_note=on_note)
    elif served:
        results = run_online(file, folder, jobs=jobs, run_cap=count, on_end=on_end, on_note=on_note)
    else:
        results = run_sweep(
            file, folder, jobs=jobs, run_cap=count, timeout_s=timeout, seed=seed, storage=storage, on_end=on_end
        )
    figures = _figures(results)
    written = [save_figure(figure, folder / f"pareto_{cost}.png") for cost, figure in figures.items()]
    written += [folder / BEST_MODEL] if (folder / BEST_MODEL).exists() else []
    if report is not None:
        written.append(_report(results, figures, join or (file or folder).stem, seed).save(report))
    if as_json:
        print(json.dumps(results.as_dict(), indent=2))
    else:
        terminal = console()
        _print(terminal, results)
        terminal.print(f"written to {folder}: {', '.join(path.name for path in written) or 'no picture'}", markup=False)
    return 0 if results.best is not None or (results.metric is None and results.ranked) else EXIT_DIFFERS


def _report(results: SweepResults, figures: Mapping[str, Figure], name: str, seed: int) -> Report:
    """Return the page of a sweep: its trials, best first, and the metric against every cost."""
    page, metric, best = Report(f"Sweep {name}"), results.metric, results.best
    if metric is not None:
        said = "no trial finished within the budgets"
        if best is not None:
            said = f"trial {best.number}: {metric.name} {best.metrics[metric.name]:g}, of {len(results.trials)} trials"
        page.verdict(said, good=best is not None)
    names, rows = _table(results)
    page.table("Trials", "Finished trials, best first", names, rows)
    for cost, figure in figures.items():
        page.picture("Error and cost", figure, f"Trials by {cost} and {'' if metric is None else metric.name}")
    bad = [f"Trial {trial.number} {trial.state}: {trial.reason}" for trial in results.trials if trial.reason]
    page.notes("Trials that did not finish", bad)
    page.reproduce(seed=seed, commands=[typed()])
    return page


def _figures(results: SweepResults) -> dict[str, Figure]:
    """Draw the metric against every cost that trials logged."""
    metric = results.metric
    if metric is None:
        return {}
    figures = {}
    for cost, unit in COSTS.items():
        points = [trial for trial in results.ranked if cost in trial.metrics]
        if cost == metric.name or len({trial.metrics[cost] for trial in points}) < 2:
            continue
        front = pareto_front(points, metric, cost)
        limits = [budget.limit for budget in metric.budgets if budget.name == cost]
        figures[cost] = trade_offs(
            [(trial.metrics[cost], trial.metrics[metric.name]) for trial in points],
            [(trial.metrics[cost], trial.metrics[metric.name]) for trial in front],
            labels=[str(trial.number) for trial in front],
            cost=f"{cost.removesuffix('_' + unit)} ({unit})" if cost.endswith(f"_{unit}") else cost,
            metric=metric.name,
            limit=min(limits, default=None),
        )
    return figures


def _table(results: SweepResults) -> tuple[list[str], list[list[str]]]:
    """Return the finished trials, best first: parameters, metrics, and whether they keep the budgets."""
    ranked, metric = results.ranked, results.metric
    parameters = list(dict.fromkeys(name for trial in ranked for name in _flat(trial.parameters)))
    metrics = sorted({name for trial in ranked for name in trial.metrics})
    if metric is not None:
        metrics.sort(key=lambda name: name != metric.name)
    rows = [_row(trial, parameters, metrics) for trial in ranked]
    names = ["trial", *parameters, *metrics]
    if metric is not None and metric.budgets:
        names.append(" and ".join(map(str, metric.budgets)))
        for row, trial in zip(rows, ranked, strict=True):
            row.append("yes" if metric.feasible(trial.metrics) else "no")
    return names, rows


def _print(out: Console, results: SweepResults) -> None:
    names, rows = _table(results)
    if rows:
        print_wide(out, names, rows[:_SHOWN])
    states = [trial.state for trial in results.trials]
    counts = ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))
    out.print(f"{counted(len(states), 'trial')}: {counts}", markup=False)
    metric = results.metric
    if metric is not None and results.best is None:
        budgets = " and ".join(map(str, metric.budgets))
        out.print(f"no trial finished{' within ' + budgets if budgets else ''}", style="yellow", markup=False)


def _flat(parameters: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in parameters.items():
        result.update(_flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value})
    return result


def _row(trial: TrialResult, parameters: list[str], metrics: list[str]) -> list[str]:
    given = _flat(trial.parameters)
    cells = [hidden(name, _short(given.get(name, "-"))) for name in parameters]
    return [
        str(trial.number),
        *cells,
        *(f"{trial.metrics[name]:g}" if name in trial.metrics else "-" for name in metrics),
    ]


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
