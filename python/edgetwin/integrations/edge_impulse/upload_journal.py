"""What has been uploaded, a line a file, on disk before the next one: an upload that was cut goes on."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from ...errors import IntegrationError, OutputError

__all__ = ["UploadJournal"]


class UploadJournal:
    """The samples that a project has, by the hash of their content.

    Parameters
    ----------
    path : Path or None
        None keeps nothing.
    account : str
        `Connection.account`: other projects' lines are left alone.

    Raises
    ------
    IntegrationError : the file is no such journal, or cannot be read
    """

    def __init__(self, path: Path | None, account: str) -> None:
        self._path, self._account = path, account
        self._known: dict[str, int | None] = {}
        if path is not None and path.exists():
            self._read(path)

    def __contains__(self, digest: str) -> bool:
        return digest in self._known

    def sample_id(self, digest: str) -> int | None:
        """Return the number that the project has for a sample, None where the server did not tell."""
        return self._known.get(digest)

    def add(self, digest: str, file: Path, state: str, sample_id: int | None) -> None:
        """Keep that a sample is in the project; on disk when this returns.

        Raises
        ------
        OutputError : it cannot be written
        """
        self._known[digest] = sample_id
        if self._path is None:
            return
        line = {"account": self._account, "sha256": digest, "file": str(file), "state": state, "sample_id": sample_id}
        try:
            with self._path.open("ab") as journal:
                journal.write(json.dumps(line).encode() + b"\n")
                journal.flush()
                os.fsync(journal.fileno())
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror or error}") from error

    def _read(self, path: Path) -> None:
        try:
            raw = path.read_bytes()
            whole = raw.rfind(b"\n") + 1
            if whole < len(raw):
                # Killed while writing: that sample is sent again, and the server finds it a duplicate.
                with path.open("r+b") as journal:
                    journal.truncate(whole)
        except OSError as error:
            raise IntegrationError(f"cannot read {path}: {error.strerror or error}") from error
        number = 0
        try:
            for text in raw[:whole].splitlines():
                number += 1
                line: dict[str, Any] = json.loads(text)
                if line["account"] == self._account:
                    self._known[line["sha256"]] = line["sample_id"]
        except (ValueError, KeyError, TypeError) as error:
            raise IntegrationError(f"{path}, line {number} is no line of an upload's journal: {error}") from error
