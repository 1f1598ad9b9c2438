"""A folder of files: written whole beside its place, then renamed; what others wrote is never touched."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...errors import OutputError

__all__ = ["MANIFEST", "write_folder"]

#: Says what an export consists of; by it the next export knows the files that it may replace.
MANIFEST = "export.json"
#: What the README's commands make: it goes with the sources.
_BUILD = "build"
_FOLDER_MODE = 0o755


def write_folder(path: str | os.PathLike[str], files: Mapping[str, bytes], facts: Mapping[str, Any]) -> Path:
    """Write a folder of files, or replace one that was written here before and not changed since.

    Parameters
    ----------
    path : path
        Folders above it are created, too.
    files : mapping of str to bytes
        By path in the folder.
    facts : mapping
        For the manifest, beside the files' hashes.

    Returns
    -------
    Path

    Raises
    ------
    OutputError : the folder cannot be written, or holds what is not an unchanged export; it is as it was before
    """
    target = Path(path)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    manifest = json.dumps({**facts, "files": digests}, indent=2) + "\n"
    try:
        target = Path(os.path.abspath(target))
        check_replaceable(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name[:32]}.") as workplace:
            made = Path(workplace) / "new"
            for name, content in {**files, MANIFEST: manifest.encode()}.items():
                file = made / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            made.chmod(_FOLDER_MODE)
            _exchange(made, target, Path(workplace) / "old")
    except (OSError, ValueError) as error:
        if isinstance(error, OutputError):
            raise
        raise OutputError(f"cannot write {path}: {getattr(error, 'strerror', None) or error}") from error
    return target


def _exchange(made: Path, target: Path, aside: Path) -> None:
    existed = target.exists()
    if existed:
        os.rename(target, aside)
    try:
        os.rename(made, target)
    except OSError:
        if existed:
            os.rename(aside, target)
        raise


def check_replaceable(target: Path) -> None:
    """Raise for a path that holds anything but an unchanged export."""
    if not os.path.lexists(target):
        return
    if target.is_symlink() or not target.is_dir():
        raise OutputError(f"cannot write {target}: it is there and is no folder")
    found = sorted(
        file.relative_to(target).as_posix()
        for file in target.rglob("*")
        if not file.is_dir() and file.relative_to(target).parts[0] != _BUILD
    )
    if not found:
        return
    accepted = "accepted is a new or empty folder, or an export that was not changed"
    try:
        digests = json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]
        known = {str(name): str(digest) for name, digest in digests.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise OutputError(f"cannot write {target}: it holds {found[0]} and is no export; {accepted}") from None
    for name in found:
        if name == MANIFEST:
            continue
        if known.get(name) != hashlib.sha256((target / name).read_bytes()).hexdigest():
            what = "was changed after the export" if name in known else "is not of the export"
            raise OutputError(f"cannot write {target}: its {name} {what}; {accepted}")
