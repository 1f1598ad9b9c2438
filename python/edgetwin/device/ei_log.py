"""What Edge Impulse firmware prints of its predictions, in its old forms and its new one."""

from __future__ import annotations

import re

from ..errors import DataError

__all__ = ["read_ei_log"]

#: Begins a prediction: "Timing: DSP 812 us, inference 3 ms, ...", before "Predictions (DSP: 12 ms., ...):".
_HEAD = re.compile(r"Timing: DSP\b|Predictions \(DSP:")
_NUMBER = r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_VALUE = re.compile(rf"\s*([^:\[\]]+?)\s*:\s*({_NUMBER})\s*")
_LIST = re.compile(rf"\s*\[\s*({_NUMBER}(?:\s*,\s*{_NUMBER})*)\s*\]\s*")


def read_ei_log(text: str, path: str) -> list[tuple[str, list[str]]]:
    """Return the predictions of a log.

    Parameters
    ----------
    text : str
        What came over the serial line; other lines between predictions are passed over.
    path : str
        For the message.

    Returns
    -------
    list of (str, list of str)
        Line of each prediction, and its values as they were printed, in their order; scores of anomaly are left out.

    Raises
    ------
    DataError : there are none, or one without values
    """
    predictions: list[tuple[str, list[str]]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if _HEAD.search(line):
            predictions.append((f"line {number}", []))
            continue
        if not predictions:
            continue
        values = predictions[-1][1]
        single, several = _VALUE.fullmatch(line), _LIST.fullmatch(line)
        if several:
            values += re.split(r"\s*,\s*", several[1])
        elif single and "anomaly" not in single[1].lower():
            values.append(single[2])
    empty = next((at for at, values in predictions if not values), None)
    if not predictions or empty:
        what = f"{empty}: a prediction without values" if empty else "no predictions of Edge Impulse firmware"
        raise DataError(
            f"{path}: {what}; accepted are recordings of ours, and logs with 'Timing: DSP' or 'Predictions ('"
        )
    return predictions
