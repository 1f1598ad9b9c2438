"""Files that hold a place for a model's name and values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib.resources import files

__all__ = ["filled"]


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a template's text, in which values stand for ``@NAMES@``.

    Parameters
    ----------
    template : str
        A file in ``templates``.
    values : mapping of str to str
    """
    text = (files(__package__) / "templates" / template).read_text(encoding="utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda match: values[match[1]], text)
