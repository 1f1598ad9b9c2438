"""Trigger words: from samples to decisions, in integers only."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import whole_number
from ..errors import DataError, ShapeError
from .audio_front_end import AudioFrontEnd, LoadedModel, feature_windows

__all__ = ["Decision", "SmoothedDecisions", "WordSpotter"]


@dataclass(frozen=True)
class Decision:
    """What was heard at one time.

    Attributes
    ----------
    time_ms : int
        End of the last frame, from the beginning.
    codes : tuple of int
        The classifier's int8 outputs.
    label : str
        Of the largest mean score, the first of equal ones.
    score : int
        That mean, [0, 255]; 0 while there are too few scores.
    is_new : bool
        Whether this is where `label` begins to count as heard.
    """

    time_ms: int
    codes: tuple[int, ...]
    label: str
    score: int
    is_new: bool


class SmoothedDecisions:
    """Means of the last scores, and a label that counts as heard once it is clear; integers only.

    The rule and its constants are those of TFLite Micro's micro_speech example. Scores are int8 codes plus 128, means
    are cut to integers. A label is new where its mean passes `threshold` and it differs from the one before or that one
    is `suppression_ms` ago; after the first label, which stands for silence, none is held back.

    Parameters
    ----------
    labels : sequence of str
        One a class; the first is silence.
    average_ms : int, >= 1
        Scores older than this are left out of the mean.
    threshold : int, [0, 255]
    suppression_ms : int, >= 0
    minimum_count : int, >= 1
        With fewer scores, or less than a quarter of `average_ms` between the first and the last, nothing is decided.

    Raises
    ------
    DataError : a parameter is out of range
    """

    def __init__(
        self,
        labels: Sequence[str],
        *,
        average_ms: int = 1000,
        threshold: int = 200,
        suppression_ms: int = 1500,
        minimum_count: int = 3,
    ) -> None:
        self.labels = tuple(labels)
        if isinstance(labels, str) or not self.labels or not all(isinstance(label, str) for label in self.labels):
            raise DataError(f"labels: {labels!r}, accepted is a sequence of names, one a class")
        self.average_ms = whole_number(average_ms, "average_ms", 1)
        self.threshold = whole_number(threshold, "threshold", 0)
        self.suppression_ms = whole_number(suppression_ms, "suppression_ms", 0)
        self.minimum_count = whole_number(minimum_count, "minimum_count", 1)
        if self.threshold > 255:
            raise DataError(f"threshold: {threshold}, accepted is [0, 255]")
        self.reset()

    def reset(self) -> None:
        """Forget all scores."""
        self._scores: deque[tuple[int, NDArray[np.int64]]] = deque()
        self._heard = self.labels[0]
        self._heard_ms: int | None = None

    def add(self, codes: Any, time_ms: int) -> Decision:
        """Take the classifier's codes at a time and return the decision.

        Parameters
        ----------
        codes : ndarray of int8, one a label
        time_ms : int
            Not before that of the codes before.

        Returns
        -------
        Decision

        Raises
        ------
        ShapeError : other codes
        DataError : an earlier time
        """
        array = np.asarray(codes)
        if array.dtype != np.int8 or array.size != len(self.labels):
            raise ShapeError(f"codes: {array.dtype} {list(array.shape)}, accepted are {len(self.labels)} int8")
        if self._scores and time_ms < self._scores[-1][0]:
            raise DataError(f"time_ms: {time_ms} after {self._scores[-1][0]}, accepted are times that do not fall")
        scores = self._scores
        scores.append((time_ms, array.reshape(-1).astype(np.int64) + 128))
        while scores[0][0] < time_ms - self.average_ms:
            scores.popleft()
        given = tuple(int(code) for code in array.reshape(-1))
        if len(scores) < self.minimum_count or 4 * (time_ms - scores[0][0]) < self.average_ms:
            return Decision(time_ms, given, self._heard, 0, is_new=False)
        means = np.sum([row for _, row in scores], axis=0) // len(scores)
        best = int(np.argmax(means))
        label, score = self.labels[best], int(means[best])
        free = self._heard == self.labels[0] or self._heard_ms is None
        waited = free or time_ms - (self._heard_ms or 0) > self.suppression_ms
        is_new = score > self.threshold and (label != self._heard or waited)
        if is_new:
            self._heard, self._heard_ms = label, time_ms
        return Decision(time_ms, given, label, score, is_new)


class WordSpotter:
    """Samples to decisions: front end, a window of features that slides frame by frame, classifier, smoothing.

    Parameters
    ----------
    front_end : AudioFrontEnd
    classifier : Model
        Takes the features of some frames (49 x 40 int8), gives one int8 a class: ``micro_speech_int8.tflite``.
    smoothing : SmoothedDecisions
        Its labels are the classifier's classes.
    every : int, >= 1
        Frames from one decision to the next.

    Attributes
    ----------
    rows : int
        Frames that the classifier takes.

    Raises
    ------
    ShapeError : the classifier does not fit front end or labels
    """

    def __init__(
        self, front_end: AudioFrontEnd, classifier: LoadedModel, smoothing: SmoothedDecisions, *, every: int = 1
    ) -> None:
        specs = (*classifier.inputs, *classifier.outputs)
        taken = int(np.prod(classifier.inputs[0].shape))
        if len(specs) != 2 or any(spec.dtype != np.int8 for spec in specs) or taken % front_end.size or not taken:
            forms = ", ".join(f"{spec.dtype}{list(spec.shape)}" for spec in specs)
            raise ShapeError(
                f"classifier: inputs and outputs are {forms}, accepted are one int8 input of frames of "
                f"{front_end.size} features and one int8 output"
            )
        classes = int(np.prod(classifier.outputs[0].shape))
        if classes != len(smoothing.labels):
            raise ShapeError(f"labels: {len(smoothing.labels)}, the classifier has {classes} classes")
        self.front_end = front_end
        self.classifier = classifier
        self.smoothing = smoothing
        self.every = whole_number(every, "every", 1)
        self.rows = taken // front_end.size
        self._stream = front_end.stream()
        self.reset()

    def reset(self) -> None:
        """Begin a new recording."""
        self._stream.reset()
        self.smoothing.reset()
        self._features = np.empty((0, self.front_end.size), np.int8)

    def push(self, samples: Any) -> list[Decision]:
        """Take further samples, a block of any size, and return the decisions that they lead to.

        Parameters
        ----------
        samples : ndarray of int16, shape (time,)

        Returns
        -------
        list of Decision

        Raises
        ------
        ShapeError : another dtype or shape
        """
        self._features = np.concatenate((self._features, self._stream.push(samples)))
        first = self._stream.frames - len(self._features)
        windows = feature_windows(self._features, self.rows)
        chosen = [i for i in range(len(windows)) if (first + i) % self.every == 0]
        decisions = []
        if chosen:
            given = np.ascontiguousarray(windows[chosen]).reshape(-1, *self.classifier.inputs[0].shape)
            for i, codes in zip(chosen, np.asarray(self.classifier.run(given)), strict=True):
                decisions.append(self.smoothing.add(codes, self._time_ms(first + i + self.rows - 1)))
        self._features = self._features[len(windows) :].copy()
        return decisions

    def _time_ms(self, frame: int) -> int:
        """Return where a frame ends, in whole milliseconds."""
        return int((frame * self.front_end.hop + self.front_end.frame) * 1000 // self.front_end.rate_hz)
