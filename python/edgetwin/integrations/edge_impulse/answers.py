"""Answers in the form of Edge Impulse's servers, made from the types of the vendor's SDK."""

from __future__ import annotations

import enum
import json
from datetime import datetime
from typing import Any

__all__ = ["answer", "part"]


def answer(type_name: str, **content: Any) -> dict[str, Any]:
    """Return a successful answer, checked by the SDK's own type.

    Parameters
    ----------
    type_name : str
        "ListProjectsResponse".
    **content
        Members by their JSON names; others that the type requires get placeholders.

    Returns
    -------
    dict
    """
    made = part(type_name, success=True, **content)
    # Raises where the SDK would refuse it.
    checked: dict[str, Any] = json.loads(_type(type_name).parse_obj(made).json(by_alias=True, exclude_none=True))
    return checked


def part(type_name: str, **content: Any) -> dict[str, Any]:
    """Return a part of an answer: members by their JSON names, placeholders for others that the type requires."""
    made = {field.alias: _placeholder(field) for field in _type(type_name).__fields__.values() if field.required}
    return made | content


def _type(name: str) -> Any:
    import edgeimpulse_api

    return getattr(edgeimpulse_api, name)


def _placeholder(field: Any) -> Any:
    # pydantic's shapes: a single value is 1, a list 2; what is left are mappings.
    if field.allow_none:
        return None
    if field.shape == 2:
        return []
    if field.shape != 1:
        return {}
    kind = field.type_
    if not isinstance(kind, type):
        return {}
    if hasattr(kind, "__fields__"):
        return {inner.alias: _placeholder(inner) for inner in kind.__fields__.values() if inner.required}
    if issubclass(kind, enum.Enum):
        return next(iter(kind)).value
    if issubclass(kind, datetime):
        return "2024-01-01T00:00:00Z"
    if issubclass(kind, str):
        return "x"
    # pydantic's StrictBool is a subclass of int.
    if kind.__name__ in ("StrictBool", "bool"):
        return False
    return 1 if issubclass(kind, (int, float)) else {}
