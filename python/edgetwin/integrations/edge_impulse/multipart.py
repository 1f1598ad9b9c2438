"""Multipart bodies of HTTP requests, read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import DataError

__all__ = ["Part", "read_parts"]

_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_NAME = re.compile(r'\bname="([^"]*)"')
_FILE_NAME = re.compile(r'\bfilename="([^"]*)"')


@dataclass(frozen=True)
class Part:
    """A part of a multipart body.

    Attributes
    ----------
    name : str
    filename : str or None
    content_type : str
    content : bytes
    """

    name: str
    filename: str | None
    content_type: str
    content: bytes

    @property
    def text(self) -> str:
        """The content as text."""
        return self.content.decode("utf-8", errors="replace")


def read_parts(content_type: str, body: bytes) -> tuple[Part, ...]:
    """Return the parts of a body.

    Parameters
    ----------
    content_type : str
        Of the request, which tells the boundary.
    body : bytes

    Returns
    -------
    tuple of Part

    Raises
    ------
    DataError : no boundary, or a part without a name
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        raise DataError(f"content type {content_type!r:.80}, accepted is multipart with a boundary")
    parts = []
    for piece in body.split(b"--" + found[1].encode())[1:-1]:
        head, separator, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        text = head.decode("utf-8", errors="replace")
        name = _NAME.search(text)
        if not separator or name is None:
            raise DataError(f"a part without name: {text!r:.80}")
        file_name = _FILE_NAME.search(text)
        kind = re.search(r"(?im)^content-type:\s*(.+?)\s*$", text)
        parts.append(Part(name[1], file_name and file_name[1], kind[1] if kind else "", content.removesuffix(b"\r\n")))
    return tuple(parts)
