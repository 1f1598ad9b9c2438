"""Markdown tables, ratios, and the marked section of RESULTS.md that the script writes."""

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


def replaced(text: str, section: str) -> str:
    """A text with another section between the markers; all else as it was.

    Raises
    ------
    ValueError : the markers are not there once each, in order
    """
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(BEGIN) > text.index(END):
        raise ValueError(f"one {BEGIN!r} and behind it one {END!r} are needed to know what to replace")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return f"{before}{BEGIN}\n\n{section.strip()}\n\n{END}{after}"


def write_section(path: Path, section: str) -> None:
    """Replace the marked section of a file, whole or not at all."""
    text = replaced(path.read_text(encoding="utf-8"), section).encode()
    write_atomic(path, lambda file: file.write(text))
