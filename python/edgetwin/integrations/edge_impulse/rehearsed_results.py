"""Results of model testing for a rehearsal: an impulse's own, in the service's form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...data.acquisition import decode_acquisition
from ...data.sets import window_starts
from ...impulse import Impulse
from .answers import answer, part

__all__ = ["StoredSample", "results_page"]

_MS_PER_S = 1000.0


@dataclass(frozen=True)
class StoredSample:
    """A sample that was uploaded.

    Attributes
    ----------
    number : int
    category, label, name : str
    content : bytes
    """

    number: int
    category: str
    label: str
    name: str
    content: bytes


def results_page(
    samples: Sequence[StoredSample], impulse: Impulse, labels: Sequence[str], hop: int, first: int, count: int
) -> dict[str, Any]:
    """Return a page of results.

    Parameters
    ----------
    samples : sequence of StoredSample
        Acquisitions, in JSON or CBOR.
    impulse : Impulse
    labels : sequence of str
        Of its outputs.
    hop : int
        Samples from one window to the next.
    first, count : int
        Which of the samples.

    Returns
    -------
    dict

    Raises
    ------
    DataError : a sample that is no acquisition
    """
    results: list[dict[str, Any]] = []
    predictions: list[dict[str, Any]] = []
    for sample in samples[first : first + count]:
        recording = decode_acquisition(sample.content, sample.name.rsplit(".", 1)[-1])
        length = impulse.window[0]
        starts = window_starts(len(recording.values), length, hop)
        scores = impulse.predict(np.stack([recording.values[start : start + length] for start in starts]))
        ms = _MS_PER_S / recording.rate_hz
        results.append(
            part(
                "ModelResult",
                sampleId=sample.number,
                sample=part(
                    "Sample",
                    id=sample.number,
                    filename=sample.name,
                    label=sample.label,
                    category="testing",
                    chartType="chart",
                    boundingBoxesType="object_detection",
                    intervalMs=ms,
                ),
                classifications=[
                    part(
                        "ClassifySampleResponseClassification",
                        learnBlock=part("ImpulseLearnBlock", type="keras"),
                        result=[dict(zip(labels, map(float, row), strict=True)) for row in scores],
                        resultCount=len(scores),
                    )
                ],
            )
        )
        predictions += [
            part(
                "ModelPrediction",
                sampleId=sample.number,
                startMs=float(start * ms),
                endMs=float((start + length) * ms),
                prediction=labels[int(np.argmax(row))],
            )
            for start, row in zip(starts, scores, strict=True)
        ]
    return answer("ClassifyJobResponsePage", result=results, predictions=predictions, totalCount=len(samples))
