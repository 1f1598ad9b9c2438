"""Where data sets are that do not ship with the package."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["shared_data"]


def shared_data(name: str) -> Path | None:
    """Return a folder of the shared data, which the environment variable EDGETWIN_SHARED names.

    Parameters
    ----------
    name : str
        Relative: "datasets/free_fall/training".

    Returns
    -------
    Path or None
        None where the variable is not set or names no such folder.
    """
    root = os.environ.get("EDGETWIN_SHARED")
    folder = Path(root, name) if root else None
    return folder if folder is not None and folder.is_dir() else None
