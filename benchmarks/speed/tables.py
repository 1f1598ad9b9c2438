"""Markdown tables, ratios, and the marked sections of RESULTS.md that scripts write."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from edgetwin.atomic import write_atomic

BEGIN = "<!-- speed: written by benchmarks/run.py -->"
END = "<!-- end of what benchmarks/run.py writes -->"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table.

    Raises
    ------
    ValueError : a row has another number of cells than the header
    """
    for row in rows:
        if len(row) != len(header):
            raise ValueError(f"a row of {len(row)} cells under {len(header)} columns: {row}")
    lines = ["| " + " | ".join(header) + " |", "|" + " --- |" * len(header)]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def short(text: str, limit: int = 80) -> str:
    """The beginning of a text, fit for a cell."""
    text = " ".join(text.split()).replace("|", "/")
    return text if len(text) <= limit else f"{text[:limit]} ..."


def us(seconds: float | None) -> str:
    """Seconds as microseconds of three significant digits or more."""
    if seconds is None:
        return "-"
    value = seconds * 1e6
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(theirs: float | None, ours: float | None) -> float | None:
    """How many times faster ours is; None where either was not measured."""
    return None if not theirs or not ours else theirs / ours


def times(value: float | None) -> str:
    """A ratio with its sign."""
    return "-" if value is None else f"{value:.0f}x" if value >= 100 else f"{value:.2f}x"


def percent(value: float | None) -> str:
    """A share as a percentage."""
    return "-" if value is None else f"{100 * value:.0f} %"


def replaced(text: str, section: str, begin: str = BEGIN, end: str = END) -> str:
    """A text with another section between the markers; all else as it was.

    Raises
    ------
    ValueError : the markers are not there once each, in order
    """
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
        raise ValueError(f"one {begin!r} and behind it one {end!r} are needed to know what to replace")
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    return f"{before}{begin}\n\n{section.strip()}\n\n{end}{after}"


def write_section(path: Path, section: str, begin: str = BEGIN, end: str = END) -> None:
    """Replace the marked section of a file, whole or not at all."""
    text = replaced(path.read_text(encoding="utf-8"), section, begin, end).encode()
    write_atomic(path, lambda file: file.write(text))
