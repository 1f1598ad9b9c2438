"""Integers from the decimals that a device prints, where these tell them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from ..errors import NotComparableError
from ..types import INT_RANGES, TensorSpec

__all__ = ["codes_of"]


def codes_of(texts: Sequence[str], spec: TensorSpec, where: str) -> bytes:
    """Return the codes of printed values.

    A value is taken to be rounded or cut at its last digit: a code is possible if its real value is less than one step
    of that digit away.

    Parameters
    ----------
    texts : sequence of str
        "0.996094".
    spec : TensorSpec
        The output.
    where : str
        For the message.

    Returns
    -------
    bytes

    Raises
    ------
    NotComparableError : the output has no codes, another number of values, or a value that is none or several of them
    """
    name = spec.dtype.name
    if spec.scale is None or spec.zero_point is None or name not in INT_RANGES or name == "int32":
        raise NotComparableError(f"not comparable: {where}: output {spec.name!r} ({name}) has no integers to recover")
    count = int(np.prod(spec.shape))
    if len(texts) != count:
        raise NotComparableError(f"not comparable: {where}: {len(texts)} values, output {spec.name!r} has {count}")
    low, high = INT_RANGES[name]
    codes = np.arange(low, high + 1)
    real = (codes - spec.zero_point).astype(np.float64) * np.float64(np.float32(spec.scale))
    found = []
    for text in texts:
        value = Decimal(text)
        exponent = value.as_tuple().exponent
        step = 10.0**exponent if isinstance(exponent, int) else 0.0
        # Digits beyond float32's precision are of its printing.
        step = max(step, float(np.spacing(np.float32(abs(float(value))))))
        possible = codes[np.abs(real - float(value)) < step]
        if len(possible) != 1:
            many = f"any of {len(possible)} integers" if len(possible) else "no integer"
            raise NotComparableError(
                f"not comparable: {where}: {text} is {many} of output {spec.name!r}, whose step is {spec.scale:.6g}; "
                f"the print step is {step:.3g}"
            )
        found.append(int(possible[0]))
    return np.array(found, spec.dtype).tobytes()
