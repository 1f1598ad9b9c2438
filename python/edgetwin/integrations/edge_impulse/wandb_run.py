"""The model that a Weights & Biases run logged."""

from __future__ import annotations

from pathlib import Path

from ...errors import IntegrationError
from ..wandb import client

__all__ = ["model_of_run"]

_SUFFIX = ".tflite"
_LONGEST = 200


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
        # The newest come last.
        artifacts = list(wandb.Api().run(run).logged_artifacts())[::-1]
        for artifact in artifacts:
            names = [name for name in artifact.manifest.entries if name.endswith(_SUFFIX)]
            if len(names) > 1:
                raise IntegrationError(
                    f"W&B run {run}: {artifact.name} holds {', '.join(names)}, accepted is one {_SUFFIX}"
                )
            if names:
                return Path(artifact.get_entry(names[0]).download(root=str(folder)))
    # What the client raises of a server that answers nonsense, or of a name that is none.
    except (wandb.Error, ValueError, LookupError, TypeError, AttributeError, OSError) as error:
        raise IntegrationError(f"W&B run {run}: {' '.join(str(error).split())[:_LONGEST]}") from error
    logged = ", ".join(artifact.name for artifact in artifacts) or "nothing"
    raise IntegrationError(f"W&B run {run}: no {_SUFFIX} file in what it logged: {logged}")
