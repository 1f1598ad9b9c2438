"""The model that a Weights & Biases run logged."""

from __future__ import annotations

from pathlib import Path

from ...errors import IntegrationError
from ..wandb import client

__all__ = ["model_of_run"]

_SUFFIX = ".tflite"


def model_of_run(run: str, folder: Path) -> Path:
    """Fetch the `.tflite` file of the newest model artifact that a run logged.

    Parameters
    ----------
    run : str
        "entity/project/run".
    folder : Path
        To put it in.

    Returns
    -------
    Path

    Raises
    ------
    IntegrationError : no such run, no connection or key, or no artifact with exactly one `.tflite` file
    MissingExtraError : wandb is not installed
    """
    wandb = client()
    try:
        artifacts = list(wandb.Api().run(run).logged_artifacts())
    except (wandb.Error, ValueError) as error:
        raise IntegrationError(f"W&B run {run}: {' '.join(str(error).split())[:200]}") from error
    for artifact in reversed(artifacts):
        names = [file.name for file in artifact.files() if file.name.endswith(_SUFFIX)]
        if len(names) > 1:
            raise IntegrationError(
                f"W&B run {run}: {artifact.name} holds {', '.join(names)}, accepted is one {_SUFFIX}"
            )
        if names:
            try:
                return Path(artifact.get_entry(names[0]).download(root=str(folder)))
            except (wandb.Error, ValueError, OSError) as error:
                raise IntegrationError(f"W&B run {run}: {names[0]}: {' '.join(str(error).split())[:200]}") from error
    logged = ", ".join(artifact.name for artifact in artifacts) or "nothing"
    raise IntegrationError(f"W&B run {run}: no {_SUFFIX} file in what it logged: {logged}")
