"""The matrix as a page of Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..errors import DataError
from .cases import RECORDED
from .matrix import Cell, Matrix

__all__ = ["BEGIN", "END", "inserted", "markdown"]

#: Between these lines a page has the matrix.
BEGIN = "<!-- conformance: begin -->"
END = "<!-- conformance: end -->"
_LEVELS = "edgetwin "
_RECORDED = "Recorded on boards"
_SECTIONS = (
    (_RECORDED, (RECORDED,)),
    ("int8 codes", (" int8",)),
    ("int16 codes", (" int16",)),
    ("float32", (" float32",)),
    ("Elements moved or relabelled, any dtype", (" any dtype",)),
    ("Other dtypes", ("",)),
)
#: Of the refusals of a runtime, with the rows that each has.
_SHOWN_ROWS = 6


def markdown(matrix: Matrix, scripts: Mapping[tuple[str, str], str]) -> str:
    """Return the matrix, the causes of differences and the refusals.

    Parameters
    ----------
    matrix : Matrix
    scripts : mapping of (str, str) to str
        Row and runtime to the name of a reproducer.

    Returns
    -------
    str
    """
    facts = matrix.facts
    columns = _columns(matrix)
    lines = [
        f"{facts['cases']:,} models of one operator, {facts['samples']:,} inputs, seed {facts['seed']}; reference: "
        f"edgetwin {facts['edgetwin']}, arithmetic `{facts['arithmetic']}`, level {facts['level']}; {facts['date']}.",
        "",
        "| runtime | version | cases | equal | near | differs | no answer | no form |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *(_summary(matrix, title, name) for title, name in columns),
        "",
    ]
    left = list(matrix.rows)
    for title, endings in _SECTIONS:
        rows = [row for row in left if any(ending in row for ending in endings)]
        left = [row for row in left if row not in rows]
        if rows:
            lines += ["", f"### {title}", ""]
            lines += [*_recorded(matrix), ""] if title == _RECORDED else []
            lines += _table(matrix, rows, columns)
    lines += ["", "### Causes", "", *_causes(matrix, columns, scripts)]
    lines += ["", "### What is refused", "", *_refusals(matrix, columns)]
    return "\n".join(lines) + "\n"


def inserted(page: str, text: str) -> str:
    """Return a page with another text between its marks.

    Raises
    ------
    DataError : it lacks the marks
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise DataError(f"the page has no lines {BEGIN} and {END}, between which the matrix goes")
    return f"{head}{BEGIN}\n\n{text}\n{END}{tail}"


def _columns(matrix: Matrix) -> list[tuple[str, str]]:
    """Return titles and runtimes; the levels of edgetwin are one column where they are equal."""
    levels = [name for name in matrix.runtimes if name.startswith(_LEVELS)]
    others = [(name, name) for name in matrix.runtimes if name not in levels]
    if levels and all(len({cells[name] == cells[levels[0]] for name in levels}) == 1 for cells in matrix.rows.values()):
        return [(f"edgetwin ({', '.join(name.removeprefix(_LEVELS) for name in levels)})", levels[0]), *others]
    return [*((name, name) for name in levels), *others]


def _summary(matrix: Matrix, title: str, name: str) -> str:
    counts: dict[str, int] = {}
    for cells in matrix.rows.values():
        for kind, count in (cells[name].counts if name in cells else {}).items():
            counts[kind] = counts.get(kind, 0) + count
    silent = sum(counts.get(kind, 0) for kind in ("refuses", "nonsense", "crashed", "hung", "not run"))
    differs = counts.get("differs", 0) + counts.get("other shape", 0)
    shown = (
        sum(counts.values()),
        counts.get("equal", 0),
        counts.get("near", 0),
        differs,
        silent,
        counts.get("no form", 0),
    )
    return f"| {title} | {matrix.runtimes[name]} | {' | '.join(f'{count:,}' for count in shown)} |"


def _table(matrix: Matrix, rows: Sequence[str], columns: Sequence[tuple[str, str]]) -> list[str]:
    def cell(row: str, name: str) -> str:
        found: Cell | None = matrix.rows[row].get(name)
        return "" if found is None else str(found)

    columns = [(title, name) for title, name in columns if any(name in matrix.rows[row] for row in rows)]
    lines = [f"| operator | {' | '.join(title for title, _ in columns)} |", "| --- " * (len(columns) + 1) + "|"]
    return lines + [f"| {row} | {' | '.join(cell(row, name) for _, name in columns)} |" for row in rows]


def _recorded(matrix: Matrix) -> list[str]:
    """Return how many of the recorded calls are models, and which are not."""
    facts = matrix.facts["recorded"]
    calls, written = (sum(counts[i] for counts in facts["calls"].values()) for i in (0, 1))
    left = [f"{count - own} of {file}" for file, (count, own) in facts["calls"].items() if own < count]
    more = f" No model file gives the multipliers or the state of the others: {', '.join(left)}." if left else ""
    return [
        f"{written} of {calls} recorded calls of CMSIS-NN's kernels on emulated boards, as {facts['models']:,} models: "
        f"one for the channels of a call that have the same multiplier. The scales give the recorded multipliers "
        f"exactly, clamps that no activation has stand behind the operator as MAXIMUM and MINIMUM.{more}"
    ]


def _causes(matrix: Matrix, columns: Sequence[tuple[str, str]], scripts: Mapping[tuple[str, str], str]) -> list[str]:
    lines = ["| operator | runtime | cause | reproducer |", "| --- | --- | --- | --- |"]
    for row, cells in matrix.rows.items():
        for _, name in columns:
            if name in cells and cells[name].cause:
                script = scripts.get((row, name), "")
                lines.append(f"| {row} | {name} | {cells[name].cause} | {f'`{script}`' if script else ''} |")
    return lines if len(lines) > 2 else ["Nothing differs."]


def _refusals(matrix: Matrix, columns: Sequence[tuple[str, str]]) -> list[str]:
    lines = []
    for _, name in columns:
        said: dict[str, list[str]] = {}
        for row, cells in matrix.rows.items():
            for why in cells[name].why if name in cells and set(cells[name].counts) != {"no form"} else ():
                said.setdefault(" ".join(why.split()).replace("|", "/"), []).append(row)
        for why, rows in said.items():
            more = f" and {len(rows) - _SHOWN_ROWS} more" if len(rows) > _SHOWN_ROWS else ""
            lines.append(f"| {name} | {', '.join(rows[:_SHOWN_ROWS])}{more} | `{why}` |")
    head = ["| runtime | operators | what it said |", "| --- | --- | --- |"]
    return [*head, *lines] if lines else ["Nothing is refused."]
