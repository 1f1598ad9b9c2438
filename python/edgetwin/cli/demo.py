"""`edgetwin demo`: the main job on simulated walking."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ..data import demo_model, load_samples
from ..evaluation import evaluate_samples
from ..model import load
from ..report.files import output_folder, save_arrays, write_atomic
from .arguments import AsJson
from .evaluate import finish
from .tables import console, counted, progress

__all__ = ["demo"]


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for results.")] = Path("edgetwin-demo"),
    people: Annotated[int, typer.Option(min=1, max=200, help="Simulated people, each of one walk.")] = 12,
    as_json: AsJson = False,
) -> None:
    """Run the main job on simulated walking: recordings, stride windows, an int8 model, exact outputs, metrics."""
    from ..signal import simulate_strides

    folder = output_folder(out)
    model_bytes = demo_model()
    model = load(model_bytes)
    windows, label_cm = simulate_strides(progress(range(people), "simulating walks"))
    arrays = {"windows": windows.reshape(len(windows), -1), "label_cm": label_cm}
    strides_path = write_atomic(folder / "strides.npz", lambda file: save_arrays(file, arrays))
    model_path = write_atomic(folder / "demo_stride_int8.tflite", lambda file: file.write(model_bytes))
    evaluation = evaluate_samples(model, load_samples(strides_path))
    if not as_json:
        console().print(
            f"{counted(people, 'simulated walk')}, {counted(len(windows), 'stride')}; the int8 conv1d model ran on "
            f"all of them in {evaluation.run_s * 1e3:.2f} ms, with the bytes that TFLite Micro and CMSIS-NN give on a "
            f"board."
        )
    before = [strides_path, model_path]
    words = {"quantity": "stride length", "unit": "cm"}
    finish(folder, model_path.stem, model, [evaluation], **words, as_json=as_json, before=before)
    if not as_json:
        command = shlex.join(["edgetwin", "evaluate", str(model_path), str(strides_path)])
        console().print(f"the same again: {command}", markup=False)
