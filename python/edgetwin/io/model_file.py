"""The bytes of a model's file."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ..errors import ModelError
from ..types import INT32_MAX

__all__ = ["read_file"]


def read_file(source: str | os.PathLike[str]) -> bytes:
    """Return the content of a model's file.

    Parameters
    ----------
    source : path

    Returns
    -------
    bytes

    Raises
    ------
    ModelError : no regular file of at most 2 GiB that can be read
    """
    name, path = os.fspath(source), Path(source)
    try:
        status = path.stat()
        # A device or pipe may never end, and a FlatBuffer ends at 2 GiB.
        readable = stat.S_ISREG(status.st_mode) and status.st_size <= INT32_MAX
        data = path.read_bytes() if readable else None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ModelError(f"cannot read the model {name!r}: {reason}") from error
    if data is None:
        raise ModelError(f"cannot read the model {name!r}: accepted is a file of at most {INT32_MAX} bytes")
    return data
