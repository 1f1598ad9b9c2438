"""Outputs of a model window by window: their mean, and a label that changes only once it is clear."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..arrays import whole_number
from ..errors import ShapeError

__all__ = ["DecisionSmoother"]

KERNEL = "decisions_s8"
_STATE_WORDS = 5
#: Sums of as many int8 codes are int32.
_MOST = 2**23


class DecisionSmoother:
    """Means of a model's last outputs and the output that counts as found; the device core's ``decisions.hpp``.

    Parameters
    ----------
    outputs : int, >= 1
        Codes of a window.
    average : int, [1, 2^23]
        Windows that a mean is taken over, fewer at the start.
    debounce : int, >= 1
        Windows in a row that an output must lead in before it counts as found.

    Raises
    ------
    DataError : a number is out of range
    """

    def __init__(self, outputs: int, *, average: int = 1, debounce: int = 1) -> None:
        self.outputs = whole_number(outputs, "outputs", 1, _MOST)
        self.average = whole_number(average, "average", 1, _MOST)
        self.debounce = whole_number(debounce, "debounce", 1, 2**31 - 1)
        self.reset()

    def reset(self) -> None:
        """Forget all windows."""
        self._state: list[NDArray[Any]] = [
            np.zeros(_STATE_WORDS, np.int32),
            np.zeros((self.average, self.outputs), np.int8),
            np.zeros(self.outputs, np.int32),
        ]

    def push(self, codes: Any) -> tuple[NDArray[np.int8], NDArray[np.int32]]:
        """Take the codes of the next windows.

        Parameters
        ----------
        codes : ndarray of int8, shape (windows, outputs)

        Returns
        -------
        means : ndarray of int8, shape (windows, outputs)
            Over the last `average` windows, halves away from zero.
        labels : ndarray of int32, shape (windows,)
            The output that counts as found after each window, -1 for none yet.

        Raises
        ------
        ShapeError : another dtype or shape; nothing was taken
        """
        if not isinstance(codes, np.ndarray) or codes.dtype != np.int8 or codes.shape[1:] != (self.outputs,):
            came = f"{codes.dtype} {list(codes.shape)}" if isinstance(codes, np.ndarray) else type(codes).__name__
            raise ShapeError(f"codes: {came}, accepted is an array of int8, shape (windows, {self.outputs})")
        if not len(codes):
            return np.empty((0, self.outputs), np.int8), np.empty(0, np.int32)
        params: dict[str, int | float] = {"outputs": self.outputs, "average": self.average, "debounce": self.debounce}
        params["size"] = len(codes)
        means, labels = _core.run_kernel(KERNEL, params, [np.ascontiguousarray(codes)], {}, self._state)
        return means.view(np.int8).reshape(codes.shape), labels.view(np.int32)
