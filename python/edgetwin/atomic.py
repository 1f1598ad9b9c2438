"""Files on disk: whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from .errors import OutputError

__all__ = ["write_atomic"]

_NEW_FILE_MODE = 0o644
#: Characters of the file's name in the temporary one, which must not become too long.
_SHOWN = 32


def write_atomic(path: str | os.PathLike[str], write: Callable[[IO[bytes]], object]) -> Path:
    """Write a file under a temporary name beside it and rename it, so that it is never half there.

    Parameters
    ----------
    path : path
        An existing file is replaced and keeps its permissions; a symbolic link is followed.
    write : callable
        Gets the open binary file.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OutputError : the file cannot be written, or `path` is there and is not a regular file
    """
    named_folder = os.fspath(path).endswith(os.sep)
    path = Path(path)
    temporary = None
    try:
        target = _target(path, named_folder)
        mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else _NEW_FILE_MODE
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name[:_SHOWN]}.", delete=False) as file:
            temporary = file.name
            write(file)
            # A disk may turn out to be full only now.
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, mode)
        os.replace(temporary, target)
        temporary = None
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        # Whatever went wrong, an interrupt included.
        if temporary is not None:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
    return path


def _target(path: Path, named_folder: bool) -> Path:
    """Return the file that a path leads to, which is new or regular: a device is not to be replaced by a file."""
    try:
        target = path.resolve()
        exists = target.exists()
    except (ValueError, RuntimeError) as error:  # a NUL in the name; before Python 3.13, a loop of links
        raise OSError(str(error)) from error
    if named_folder or target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if exists and not target.is_file():
        raise OSError("it is not a regular file")
    return target
