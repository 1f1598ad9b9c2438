"""`edgetwin data tripod` and `edgetwin evaluate --tripod`: from the raw files of the TRIPOD data set."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..data import GaitRecording, Samples, TripodTrial, load_tripod, tripod_trials
from ..data.tripod import FEET
from ..errors import DataError
from ..evaluation import Evaluation, evaluate_samples, pooled
from ..model import Model
from ..report.files import output_folder, write_json
from ..report.gait import write_strides
from ..signal import GaitPipeline, Strides
from .arguments import AsJson
from .data import data_app
from .tables import console, print_wide, progress

__all__ = ["FEET_HELP", "tripod_evaluations"]

FEET_HELP = f"A foot: {' or '.join(FEET)}; may be given several times."


def _recordings(
    root: Path, feet: Sequence[str], what: str, skipped: list[str] | None = None
) -> Iterator[GaitRecording]:
    """Read the recordings of these feet, with a bar on a terminal; bad ones go to `skipped` where it is given."""
    wrong = [foot for foot in feet if foot not in FEET]
    if wrong:
        raise DataError(f"--foot: {wrong[0]!r:.40}, accepted are {', '.join(FEET)}")
    trials = [trial for trial in tripod_trials(root) if trial.foot in feet]
    if not trials:
        raise DataError(f"{root}: no recordings of {', '.join(feet)}")
    for trial in progress(trials, what):
        recording = _recording(root, trial, skipped)
        if recording is not None:
            yield recording


def _recording(root: Path, trial: TripodTrial, skipped: list[str] | None) -> GaitRecording | None:
    try:
        return load_tripod(root, trial.subject, trial.trial, trial.foot)
    except DataError as error:
        if skipped is None:
            raise
        skipped.append(str(error))
        return None


@data_app.command(short_help="Labelled strides of the TRIPOD data set, as files and pictures.")
def tripod(
    root: Annotated[Path, typer.Argument(metavar="ROOT", help="Holds SyncInfo.csv and <subject>/<trial>/IMU/RF.csv.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for strides, pictures and Edge Impulse files.")] = Path(
        "edgetwin-tripod"
    ),
    feet: Annotated[list[str] | None, typer.Option("--foot", help=FEET_HELP)] = None,
    causal: Annotated[bool, typer.Option("--causal", help="The form that a device can compute.")] = False,
    pairing: Annotated[str, typer.Option(help="How strides meet their reference: time or order.")] = "time",
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Leave bad recordings out and list them.")] = False,
    as_json: AsJson = False,
) -> None:
    """Cut every recording into strides labelled with OptoGait's stride length."""
    pipeline = GaitPipeline(causal=causal, pairing=pairing)
    skipped: list[str] | None = [] if skip_bad else None
    rows: list[dict[str, Any]] = []
    folder: Path | None = None
    for recording in _recordings(root, feet or list(FEET), "cutting strides", skipped):
        strides = pipeline.strides(recording)
        if len(strides) == 0:
            raise DataError(f"{recording.name}: no stride was found that belongs to one of the reference's")
        if folder is None:
            folder = output_folder(out)
            output_folder(folder / "edge_impulse")
        write_strides(folder, recording.name, pipeline.steps(recording), strides)
        rows.append(_row(recording.name, strides))
    if folder is None:
        raise DataError(f"{root}: every recording was skipped: {skipped[0] if skipped else ''}")
    content = {"root": str(root), "causal": causal, "pairing": pairing, "recordings": rows, "skipped": skipped or []}
    path = write_json(folder / "metrics.json", content)
    if as_json:
        print(path.read_text(encoding="utf-8"), end="")
        return
    names = ["recording", "strides", "cm", "lag ms", "incomplete", "longer", "unpaired", "missed"]
    cells = [
        [
            row["recording"],
            str(row["strides"]),
            f"{row['label_cm']['mean']:.1f} +- {row['label_cm']['sd']:.1f}",
            f"{row['lag_ms']['mean']:.0f} +- {row['lag_ms']['sd']:.0f}",
            *(str(row[name]) for name in names[4:]),
        ]
        for row in rows
    ]
    print_wide(console(), names, cells)
    for one in skipped or []:
        console().print(f"skipped: {one}", style="yellow", markup=False)
    console().print(
        f"written to {folder}: metrics.json; .npz and pictures of each recording; edge_impulse/", markup=False
    )


def _row(name: str, strides: Strides) -> dict[str, Any]:
    lag_ms = 1000 * (strides.initial_contact_s - strides.reference_contact_s)
    return {
        "recording": name,
        "strides": len(strides),
        "label_cm": {"mean": float(strides.label_cm.mean()), "sd": float(strides.label_cm.std())},
        "lag_ms": {"mean": float(lag_ms.mean()), "sd": float(lag_ms.std())},
        "incomplete": int((~strides.complete).sum()),
        "longer": int(strides.longer.sum()),
        "unpaired": len(strides.unpaired_contact_s),
        "missed": len(strides.missed_contact_s),
    }


def tripod_evaluations(model: Model, root: Path, feet: Sequence[str]) -> list[Evaluation]:
    """Evaluate a stride length model on raw recordings, in the zero-phase and in the causal form.

    Parameters
    ----------
    model : Model
        Takes a window of (108, 6) or 648 values and gives cm.
    root : Path
    feet : sequence of str

    Returns
    -------
    list of Evaluation
        Zero-phase and causal of each recording, then of all together where there are several.

    Raises
    ------
    DataError : files that are not as they should be, no strides, or strides that do not fit the model
    """
    forms = {"": GaitPipeline(), "-causal": GaitPipeline(causal=True)}
    evaluations: dict[str, list[Evaluation]] = {form: [] for form in forms}
    for recording in _recordings(root, feet, "evaluating recordings"):
        found = {form: pipeline.strides(recording) for form, pipeline in forms.items()}
        for form, strides in found.items():
            evaluations[form].append(_evaluation(model, f"{recording.name}{form}", strides))
        _compare_forms(found, {form: every[-1] for form, every in evaluations.items()})
    if len(evaluations[""]) == 1:
        return [every[0] for every in evaluations.values()]
    each = [evaluation for pair in zip(*evaluations.values(), strict=True) for evaluation in pair]
    return each + [replace(pooled(every), name=f"all{form}") for form, every in evaluations.items()]


def _evaluation(model: Model, name: str, strides: Strides) -> Evaluation:
    kept = strides.complete
    if not kept.any():
        raise DataError(f"{name}: no complete stride was found that belongs to one of the reference's")
    # The strides are in memory: the path only names them.
    samples = Samples(Path(f"{name}.csv"), None, strides.flat[kept], strides.label_cm[kept], "label_cm", None)
    evaluation = evaluate_samples(model, samples)
    notes = [
        f"{name}: {count} {what}"
        for count, what in (
            (int((~kept).sum()), "incomplete strides left out"),
            (int(strides.longer[kept].sum()), "strides longer than the window"),
            (len(strides.missed_contact_s), "reference strides not found"),
        )
        if count
    ]
    return replace(evaluation, name=name, notes=evaluation.notes + notes)


def _compare_forms(found: dict[str, Strides], evaluations: dict[str, Evaluation]) -> None:
    """Note at the causal form how its predictions differ from the zero-phase ones, on the strides that both have."""
    ends = {form: strides.reference_contact_s[strides.complete] for form, strides in found.items()}
    _, *places = np.intersect1d(ends[""], ends["-causal"], assume_unique=True, return_indices=True)
    if len(places[0]) == 0:
        return
    zero_phase, causal = (
        evaluations[form].predictions[chosen].reshape(-1) for form, chosen in zip(ends, places, strict=True)
    )
    difference = causal.astype(np.float64) - zero_phase
    evaluations["-causal"].notes.append(
        f"{evaluations['-causal'].name}: predictions differ from the zero-phase ones by {difference.mean():.2f} +- "
        f"{difference.std():.2f} over {difference.size} strides"
    )
