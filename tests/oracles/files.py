"""Reading shared data."""

from __future__ import annotations

import numpy as np


def npz(path) -> dict[str, np.ndarray]:
    """Every array of a `.npz`, the file closed."""
    with np.load(path) as data:
        return {name: data[name] for name in data.files}
