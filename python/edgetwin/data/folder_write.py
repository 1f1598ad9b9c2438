"""Folders of recordings, written whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

from ..atomic import write_atomic
from ..errors import DataError, OutputError
from .formats import SUFFIXES, write_recording
from .labels import INFO_LABELS, encode_info_labels, info_entry
from .recording import Recording

__all__ = ["write_folder"]

#: Permissions of a new folder, where `mkdtemp` gives them to nobody else.
_NEW_FOLDER_MODE = 0o755


def write_folder(
    recordings: Iterable[Recording], folder: str | os.PathLike[str], *, kind: str = "json", key: str | None = None
) -> Path:
    """Write recordings as files of a new folder, and their labels and metadata as its `info.labels`.

    Parameters
    ----------
    recordings : iterable of Recording
        Their names, ending as the kind asks for, become the files' names.
    folder : path
        New or empty; it is there only when everything is written.
    kind : str
        "json", "cbor", "csv" or "npz", see `write_recording`.
    key : str, optional
        The project's HMAC key to sign acquisitions with.

    Returns
    -------
    Path

    Raises
    ------
    DataError : two recordings of one name, a name that leads out of the folder, or as for `write_recording`
    OutputError : the folder is there and not empty, or cannot be written
    """
    target = Path(folder)
    work: Path | None = None
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise OutputError(f"cannot write {target}: it is there already, accepted is a new or an empty folder")
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name[:32]}.", dir=target.parent))
        entries: dict[str, dict[str, Any]] = {}
        for recording in recordings:
            path = _file_name(recording.name, kind)
            if path.is_absolute() or ".." in path.parts or str(path) in entries:
                raise DataError(
                    f"{target}: {recording.name!r:.80} as a name, accepted are distinct ones below the folder"
                )
            entries[str(path)] = info_entry(str(path), recording)
            (work / path).parent.mkdir(parents=True, exist_ok=True)
            write_recording(recording, work / path, key=key)
        content = encode_info_labels(entries.values())
        write_atomic(work / INFO_LABELS, lambda file: file.write(content))
        work.chmod(_NEW_FOLDER_MODE)
        os.replace(work, target)
        work = None
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"cannot write {target}: {error.strerror or error}") from error
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)
    return target


def _file_name(name: str, kind: str) -> PurePosixPath:
    path = PurePosixPath(name or "recording")
    known = path.suffix.lower() in SUFFIXES
    return path.with_suffix(f".{kind}") if known else path.with_name(f"{path.name}.{kind}")
