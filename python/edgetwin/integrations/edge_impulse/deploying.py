"""Firmware libraries that Edge Impulse builds of a model."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...atomic import write_atomic
from ...errors import DataError, IntegrationError
from ...model import Model, load
from .connection import Connection, sdk
from .jobs import job_number, wait
from .listing import check_listed, deployment_targets
from .profiling import upload_model

__all__ = ["deploy"]


def deploy(
    model: Model | str | os.PathLike[str] | bytes,
    target: str = "zip",
    *,
    out: str | os.PathLike[str],
    labels: Sequence[str] | None = None,
    calibration: Any = None,
    engine: str = "tflite",
    model_input: Mapping[str, Any] | None = None,
    api_key: str | None = None,
    timeout_s: float = 600.0,
) -> Path:
    """Let Edge Impulse build a library, firmware or package of a model, and write it to a file.

    Parameters
    ----------
    model : Model, path or bytes
        A `.tflite` file's, with one output of one axis. It becomes the project's uploaded model.
    target : str
        An id of `list_targets`: "zip" is the C++ library.
    out : path
        The file to write; an existing one is replaced.
    labels : sequence of str, optional
        Of a classifier, one an output; without them one output is a regression, several are classes "0", "1", ...
    calibration : ndarray of float32, shape (n, *input), optional
        Representative inputs of a float32 model, to quantize with.
    engine : str
        "tflite" keeps the model as a file that `from_edge_impulse` opens, "tflite-eon" and
        "tflite-eon-ram-optimized" compile it.
    model_input : mapping, optional
        How the library prepares inputs, of `edgeimpulse.model.input_type`; nothing by default.
    api_key : str, optional
        Else EI_API_KEY.
    timeout_s : float
        Seconds that each of the two jobs on the server may take.

    Returns
    -------
    Path

    Raises
    ------
    DataError : no such target or engine, or labels that are not one an output; nothing has been uploaded then
    ModelError : not a `.tflite` file that edgetwin reads
    IntegrationError : no key, no connection, a refusal, a job that failed or took longer, or a file that is none
    MissingExtraError : the SDK is not installed
    OutputError : `out` cannot be written
    """
    loaded = model if isinstance(model, Model) else load(model)
    described = _described(loaded, labels)
    engines = sdk().model.list_engines()
    if engine not in engines:
        raise DataError(f"engine {engine!r}, accepted are {', '.join(engines)}")
    connection = Connection(api_key)
    project = connection.project()
    # Listed first: the SDK finds a wrong target only after the upload.
    check_listed("deployment target", target, (entry.id for entry in deployment_targets(connection, project)))
    upload_model(connection, project, loaded.file_bytes, timeout_s, calibration=calibration)
    learn, jobs = connection.api("LearnApi"), connection.api("JobsApi")
    answer = connection.ask("read the model", learn.get_pretrained_model_info, project_id=project)
    kind = _model_type(answer, quantized=loaded.inputs[0].scale is not None or calibration is not None)
    connection.ask(
        "save the model's labels",
        learn.save_pretrained_model_parameters,
        project_id=project,
        save_pretrained_model_request=_save_request(model_input or {"inputType": "other"}, described),
    )
    what = f"build {target}"
    answer = connection.ask(
        what,
        jobs.build_on_device_model_job,
        project_id=project,
        type=target,
        build_on_device_model_request={"engine": engine, "modelType": kind},
    )
    wait(connection, project, job_number(answer, what), what, timeout_s)
    content = connection.download(
        f"download {target}",
        connection.api("DeploymentApi").download_build,
        project_id=project,
        type=target,
        model_type=kind,
        engine=engine,
    )
    if not content or content.lstrip()[:1] == b"{":
        raise IntegrationError(f"download {target}: no file came: {connection.shown(content)}")
    return write_atomic(out, lambda file: file.write(content))


def _described(model: Model, labels: Sequence[str] | None) -> dict[str, Any]:
    """Return what the server has to know of the outputs."""
    if len(model.outputs) != 1 or len(model.outputs[0].shape) != 1:
        shapes = ", ".join("x".join(map(str, spec.shape)) or "scalar" for spec in model.outputs)
        raise DataError(f"the model's outputs are {shapes}, Edge Impulse accepts one output of one axis")
    count = model.outputs[0].shape[0]
    if labels is None:
        if count == 1:
            return {"modelType": "regression"}
        labels = [str(index) for index in range(count)]
    if len(labels) != count:
        raise DataError(f"{len(labels)} labels, accepted are {count}: the model has so many outputs")
    return {"modelType": "classification", "labels": list(labels)}


def _save_request(model_input: Mapping[str, Any], model_output: Mapping[str, Any]) -> Any:
    from edgeimpulse_api import SavePretrainedModelRequest
    from pydantic.v1 import ValidationError

    try:
        return SavePretrainedModelRequest.from_dict({"input": model_input, "model": model_output})
    except (ValidationError, ValueError) as error:
        raise DataError(f"model_input: {error}") from error


def _model_type(answer: Mapping[str, Any], *, quantized: bool) -> str:
    available = answer.get("availableModelTypes")
    wanted = "int8" if quantized else "float32"
    if not isinstance(available, list) or wanted not in available:
        raise IntegrationError(f"read the model: Edge Impulse made no {wanted} model of it, it has {available!r:.80}")
    return wanted
