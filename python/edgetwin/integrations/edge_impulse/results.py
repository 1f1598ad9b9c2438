"""What Studio's model testing said of each window, downloaded."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...atomic import write_atomic
from ...errors import DataError, IntegrationError
from .connection import Connection, number
from .jobs import job_number, wait

__all__ = ["SampleResult", "StudioResults", "WindowResult", "download_results", "read_results"]

VARIANTS = ("int8", "float32")
CATEGORIES = ("testing", "training", "validation")
#: Samples a request.
_PAGE = 100


@dataclass(frozen=True)
class WindowResult:
    """One window's scores.

    Attributes
    ----------
    start_ms, end_ms : float
        From the sample's first value.
    scores : mapping of str to float
        By label; of a regression one, under whatever name the service gives it.
    """

    start_ms: float
    end_ms: float
    scores: Mapping[str, float]


@dataclass(frozen=True)
class SampleResult:
    """One sample's windows.

    Attributes
    ----------
    sample_id : int
        The project's number of it.
    name : str
        Under which the project has the file.
    label : str
    windows : tuple of WindowResult
    """

    sample_id: int
    name: str
    label: str
    windows: tuple[WindowResult, ...]


@dataclass(frozen=True)
class StudioResults:
    """The results of a model variant.

    Attributes
    ----------
    variant : str
        "int8" or "float32".
    category : str
        "testing", ...
    samples : tuple of SampleResult
    """

    variant: str
    category: str
    samples: tuple[SampleResult, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return asdict(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a file that `read_results` reads.

        Raises
        ------
        OutputError : it cannot be written
        """
        content = json.dumps(self.as_dict(), indent=1).encode() + b"\n"
        return write_atomic(path, lambda file: file.write(content))


def read_results(path: str | os.PathLike[str]) -> StudioResults:
    """Read what `StudioResults.save` wrote.

    Raises
    ------
    DataError : no such file, or another one
    """
    try:
        told = json.loads(Path(path).read_bytes())
        samples = tuple(
            SampleResult(
                int(sample["sample_id"]),
                str(sample["name"]),
                str(sample["label"]),
                tuple(WindowResult(w["start_ms"], w["end_ms"], dict(w["scores"])) for w in sample["windows"]),
            )
            for sample in told["samples"]
        )
        return StudioResults(str(told["variant"]), str(told["category"]), samples)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: no results of `download_results`: {error!r:.80}") from error


def download_results(
    category: str = "testing",
    variant: str = "int8",
    *,
    run: bool = False,
    api_key: str | None = None,
    timeout_s: float = 3600.0,
) -> StudioResults:
    """Download what model testing in Studio said of each window.

    Parameters
    ----------
    category : str
        Of the samples: "testing", "training" or "validation".
    variant : str
        "int8" for the quantized model, or "float32".
    run : bool
        Have the service classify all samples first; else the results of the last time are taken.
    api_key : str, optional
        Else EI_API_KEY.
    timeout_s : float
        Seconds that classifying may take.

    Returns
    -------
    StudioResults

    Raises
    ------
    DataError : no such category or variant
    IntegrationError : no key, no connection, a refusal, a job that failed or took longer, or answers of another form
    MissingExtraError : the SDK is not installed
    """
    for what, value, accepted in (("category", category, CATEGORIES), ("variant", variant, VARIANTS)):
        if value not in accepted:
            raise DataError(f"{what} {value!r:.40}, accepted are {', '.join(accepted)}")
    connection = Connection(api_key)
    project = connection.project()
    if run:
        what = "classify all samples"
        start = connection.api("JobsApi").start_classify_job
        answer = connection.ask(what, start, project, {"modelVariants": [variant]}, category=category)
        wait(connection, project, job_number(answer, what), what, timeout_s)
    what = "download results"
    ask = connection.api("ClassifyApi").get_classify_job_result_page
    samples: list[SampleResult] = []
    while True:
        page = connection.ask(what, ask, project, limit=_PAGE, offset=len(samples), variant=variant, category=category)
        listed, predictions = page.get("result"), page.get("predictions")
        if not isinstance(listed, list) or not isinstance(predictions, list):
            raise IntegrationError(f"{what}: no lists result and predictions in the answer")
        samples += [_sample(entry, predictions, what) for entry in listed]
        if not listed or len(samples) >= number(page, "totalCount", what):
            return StudioResults(variant, category, tuple(samples))


def _sample(entry: Any, predictions: list[Any], what: str) -> SampleResult:
    try:
        told = entry["sample"]
        sample_id, name = entry["sampleId"], told["filename"]
        blocks = [each for each in entry["classifications"] if "anomaly" not in each["learnBlock"]["type"]]
        if len(blocks) != 1:
            raise IntegrationError(f"{what}: {name} has results of {len(blocks)} learning blocks, accepted is one")
        scores = blocks[0]["result"]
        # One a window and block: an anomaly block's stand there, too.
        times = dict.fromkeys(
            (float(each["startMs"]), float(each["endMs"])) for each in predictions if each["sampleId"] == sample_id
        )
        if len(times) != len(scores):
            raise IntegrationError(f"{what}: {name} has scores of {len(scores)} windows and times of {len(times)}")
        windows = tuple(
            WindowResult(start, end, {str(label): float(value) for label, value in window.items()})
            for (start, end), window in zip(times, scores, strict=True)
        )
        return SampleResult(int(sample_id), str(name), str(told.get("label", "")), windows)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise IntegrationError(f"{what}: a sample of another form in the answer: {error!r:.80}") from error
