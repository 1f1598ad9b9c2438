"""`edgetwin demo`: from signals to an int8 model, trained here, and what a board will make of it."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from ..data import FALL_CLASSES, load_samples
from ..errors import DataError
from ..evaluation import Evaluation, evaluate_samples, studied
from ..metrics import classification
from ..model import Model
from ..quantization import quantization_report, quantize
from ..report.files import output_folder, save_arrays, save_figure, write_atomic, write_json
from ..report.plots import confusion_matrix, differences, roc_curves, training_curve
from ..report.report import Report
from ..signal import Features
from ..usecases import free_fall, gait, shared_data
from .arguments import AsJson, ReportPath
from .evaluate import finish
from .reports import evaluated_report, typed
from .studies import print_studies
from .tables import console, counted, print_evaluations, print_files, progress, shows_progress

__all__ = ["demo"]

CASES = ("gait", "free-fall")
#: Simulated people who are trained on, and validated on; those who are tested are others.
_FIRST_TRAINED, _FIRST_VALIDATED, _VALIDATED = 1000, 2000, 6


def demo(
    case: Annotated[str, typer.Argument(metavar="[CASE]", help=f"{' or '.join(CASES)}.")] = "gait",
    out: Annotated[Path, typer.Option("--out", help="Folder for results.")] = Path("edgetwin-demo"),
    people: Annotated[int, typer.Option(min=1, max=200, help="gait: simulated people to test on.")] = 12,
    train_people: Annotated[int, typer.Option(min=2, max=900, help="gait: simulated people to train on.")] = 60,
    epochs: Annotated[int | None, typer.Option(min=1, max=1000, help="Of training.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, shuffling and bootstrap.")] = 0,
    data: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="free-fall: recordings; by default those that EDGETWIN_SHARED has."),
    ] = None,
    report: ReportPath = None,
    as_json: AsJson = False,
) -> None:
    """Train a network here, quantize it, and evaluate it as the board will compute it.

    gait: stride length of simulated people, ML@E2dge's network. free-fall: does a phone fall? Real recordings where
    there are any, else simulated ones; each is tested by networks that never saw it.
    """
    if case not in CASES:
        raise DataError(f"demo {case!r:.40}, accepted are {', '.join(CASES)}")
    if case == "gait":
        if data is not None:
            raise DataError("--data: recordings for demo free-fall; demo gait simulates people")
        _gait(out, people, train_people, epochs or 25, seed, report, as_json=as_json)
    else:
        folder = data if data is not None else shared_data("datasets/free_fall/training")
        _free_fall(out, folder, epochs, seed, report, as_json=as_json)


def _gait(
    out: Path, people: int, train_people: int, epochs: int, seed: int, report: Path | None, *, as_json: bool
) -> None:
    folder = output_folder(out)
    trained = range(_FIRST_TRAINED, _FIRST_TRAINED + train_people)
    train = gait.simulated_strides(progress(trained, "simulating walks"))
    validation = gait.simulated_strides(range(_FIRST_VALIDATED, _FIRST_VALIDATED + _VALIDATED))
    test = gait.simulated_strides(range(people))
    network = gait.stride_network(seed=seed)
    history = gait.train_strides(
        network, train, validation, epochs=epochs, seed=seed, verbose="auto" if shows_progress() and not as_json else 0
    )
    float32 = network.to_model()
    # Without the correction the mean of all predictions moves by some tenths of a centimetre.
    model = quantize(float32, train.windows, bias_correction=True)
    arrays = {"windows": test.windows, "label_cm": test.label_cm, "subjects": test.subjects}
    strides_path = write_atomic(folder / "strides.npz", lambda file: save_arrays(file, arrays))
    model_path, twin_path = folder / "demo_stride_int8.tflite", folder / "demo_stride_f32.tflite"
    model.save(model_path)
    float32.save(twin_path)
    samples = load_samples(strides_path)
    evaluation = studied(
        evaluate_samples(model, samples), evaluate_samples(float32, samples), resamples=1000, seed=seed
    )
    compared = model.compare(_codes(model, test.windows), against="xnnpack")
    before = [strides_path, model_path, twin_path]
    before.append(
        save_figure(training_curve(history.history, best=history.best_epoch, title="gait"), folder / "training.png")
    )
    before.append(save_figure(differences(compared, title="against LiteRT's XNNPACK"), folder / "operators.png"))
    if not as_json:
        console().print(
            f"{counted(len(train), 'stride')} of {train_people} simulated people trained on, "
            f"{counted(len(test), 'stride')} of {people} others tested: the int8 conv1d model ran on all of them in "
            f"{evaluation.run_s * 1e3:.2f} ms, with the bytes that TFLite Micro and CMSIS-NN give on a board."
        )
        console().print(str(compared), markup=False)
    words = {"quantity": "stride length", "unit": "cm"}
    if report is not None:
        page = evaluated_report("Demo, int8", [evaluation], **words)
        people_told = {"trained on": f"{train_people} simulated people, {counted(len(train), 'stride')}"}
        page.data("Simulated walking", people_told | {"tested on": f"{people} others"}, labels=test.label_cm, unit="cm")
        page.windows(test.windows, names=("Gx", "Gy", "Gz", "Ax", "Ay", "Az"))
        page.training(history.history, best=history.kept_epoch)
        page.evaluation(evaluation, **words)
        page.layers(quantization_report(float32, model, test.windows))
        page.comparison(compared)
        page.cost(model, "cortex-m4f@80:cmsis-nn")
        page.reproduce(seed=seed, commands=[typed()], model=model)
        before.append(page.save(report))
    finish(folder, model_path.stem, model, [evaluation], **words, as_json=as_json, before=before)
    if not as_json:
        command = shlex.join(["edgetwin", "evaluate", str(model_path), str(strides_path), "--against", str(twin_path)])
        console().print(f"the same again: {command}", markup=False)


def _codes(model: Model, x: Any) -> Any:
    from ..quantize_values import quantize_array

    source = model.inputs[0]
    return quantize_array(x.reshape(len(x), *source.shape), source.scale or 0.0, source.zero_point or 0)


def _free_fall(
    out: Path, data: Path | None, epochs: int | None, seed: int, report: Path | None, *, as_json: bool
) -> None:
    falls, real = free_fall.load_falls(data)
    folder = output_folder(out)
    efforts: dict[str, dict[str, Any]] = {
        "spectral": {"copies": 8, "epochs": epochs or 40},
        "raw": {"copies": 12, "epochs": epochs or 16},
    }
    evaluations, written = [], []
    for kind in progress(free_fall.KINDS, "training"):
        effort = efforts[kind]
        tested = free_fall.cross_validated(falls, kind, seed=seed, **effort)
        evaluations.append(studied(tested, tested.reference, resamples=1000, seed=seed))
        _, model, _ = free_fall.train_falls(kind, falls.windows, falls.labels, seed=seed, **effort)
        path = folder / f"fall_{kind}_int8.tflite"
        model.save(path)
        written.append(path)
        names = list(FALL_CLASSES)
        title = f"{kind}, int8"
        scores = classification(tested.predictions, tested.labels)
        pictures = {
            "confusion_matrix": confusion_matrix(scores, names=names, title=title),
            "roc": roc_curves(tested.predictions, tested.labels, names=names, title=title),
        }
        written += [save_figure(figure, folder / f"{kind}-{name}.png") for name, figure in pictures.items()]
    source = "simulated" if data is None else str(data)
    content = {
        "data": source,
        "recordings": len(falls),
        "padded": [name for name, short in zip(falls.names, falls.padded, strict=True) if short],
        "classes": list(FALL_CLASSES),
        "evaluations": [e.as_dict() for e in evaluations],
        "wrong": {
            e.name: [name for name, miss in zip(falls.names, e.predictions.argmax(1) != e.labels, strict=True) if miss]
            for e in evaluations
        },
    }
    written.append(write_json(folder / "metrics.json", content))
    if report is not None:
        written.append(_fall_report(falls, source, evaluations, seed).save(report))
    if as_json:
        print((folder / "metrics.json").read_text(encoding="utf-8"), end="")
        return
    counts = ", ".join(f"{n} {label}" for n, label in zip(np.bincount(falls.labels), FALL_CLASSES, strict=True))
    console().print(
        f"{len(falls)} {'real' if real else 'simulated'} recordings ({counts}), each tested once", markup=False
    )
    print_evaluations(console(), evaluations, "")
    print_studies(console(), evaluations, "")
    print_files(folder, written)


def _fall_report(falls: free_fall.FallSet, source: str, evaluations: list[Evaluation], seed: int) -> Report:
    page = Report("Demo: does a phone fall?")
    labels = np.array(FALL_CLASSES)[falls.labels]
    page.data("Recordings of a phone", {"from": source, "recordings": len(falls)}, labels=labels)
    page.windows(falls.windows)
    block = free_fall.spectral_block()
    features = Features(block.extract_batch(falls.windows), tuple(block.names), block.block, dict(block.params))
    page.features(features, labels.tolist())
    for evaluation in evaluations:
        page.evaluation(evaluation, classes=FALL_CLASSES)
    page.reproduce(seed=seed, commands=[typed()])
    return page
