"""The matrix of operators and runtimes: counted, written as JSON and Markdown, compared with an earlier one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ..build_info import __version__, build_info
from ..errors import DataError
from ..types import ARITHMETIC_VERSIONS
from .cases import RECORDED
from .departures import cause_of
from .driver import Runtime
from .suite import KINDS, Outcome

__all__ = ["FORMAT", "Cell", "Matrix", "build_matrix", "drift"]

#: Raised with every change of what the JSON file says.
FORMAT = 1
#: Kinds that are one where matrices of two machines are compared: which float32 sums are equal is the CPU's, and memory
#: faults come and go.
_ALIKE = {"near": "equal", "other shape": "differs", **dict.fromkeys(KINDS[4:], "no answer")}


@dataclass(frozen=True)
class Cell:
    """What one runtime did with the cases of one row.

    Attributes
    ----------
    counts : dict of str to int
        Cases by kind, in the order of `suite.KINDS`.
    elements, differing : int
        Of the cases that were answered.
    largest : float
        The largest difference: in codes, or for float32 over the largest value.
    cause : str
        Of differences; empty without.
    why : tuple of str
        What was said of refusals and faults, each once.
    """

    counts: dict[str, int]
    elements: int
    differing: int
    largest: float
    cause: str
    why: tuple[str, ...]

    def __str__(self) -> str:
        counts = self.counts
        total = sum(counts.values())
        if set(counts) == {"equal"}:
            return f"equal ({total})"
        if set(counts) == {"no form"}:
            return "-"
        said = []
        for kind, count in counts.items():
            if kind == "near":
                said.append(f"near {count}: {self.largest:.1g}" if "differs" not in counts else f"near {count}")
            elif kind == "differs":
                share = f"{100 * self.differing / max(self.elements, 1):.3g} %"
                said.append(f"**differs {count}**: {share}, by {self.largest:.4g}")
            else:
                said.append(f"{kind} {count}" if kind in ("equal", "no form", "not run") else f"*{kind} {count}*")
        return ", ".join(said)


@dataclass(frozen=True)
class Matrix:
    """What every runtime did.

    Attributes
    ----------
    runtimes : dict of str to str
        Name to version.
    rows : dict of str to dict of str to Cell
        Row to runtime to cell.
    facts : dict
        What it was made with: versions, arithmetic, CPU's level, cases, samples, recordings, seed, date.
    """

    runtimes: dict[str, str]
    rows: dict[str, dict[str, Cell]]
    facts: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        rows = {row: {name: asdict(cell) for name, cell in cells.items()} for row, cells in self.rows.items()}
        return {"format": FORMAT, **self.facts, "runtimes": self.runtimes, "rows": rows}

    def counts(self) -> dict[str, Any]:
        """Return what `drift` needs of it: the same without causes and reasons."""
        rows = {
            row: {name: {"counts": cell.counts} for name, cell in cells.items()} for row, cells in self.rows.items()
        }
        return self.as_dict() | {"rows": rows}


def build_matrix(
    results: Mapping[str, Sequence[Outcome]],
    runtimes: Sequence[Runtime],
    *,
    seed: int,
    date: str,
    calls: Mapping[str, tuple[int, int]] | None = None,
) -> Matrix:
    """Count what the runtimes did.

    Parameters
    ----------
    results : mapping of str to sequence of Outcome
        Of `run_suite`.
    runtimes : sequence of Runtime
    seed : int
    date : str
    calls : mapping of str to (int, int), optional
        Of `Recordings`.

    Returns
    -------
    Matrix
    """
    cases = {outcome.case.name: outcome.case for outcomes in results.values() for outcome in outcomes}
    drawn = [case for case in cases.values() if not case.recorded]
    rows: dict[str, dict[str, Cell]] = {row: {} for row in sorted({case.row for case in cases.values()})}
    for runtime in runtimes:
        by_row: dict[str, list[Outcome]] = {}
        for outcome in results[runtime.name]:
            by_row.setdefault(outcome.case.row, []).append(outcome)
        for row, outcomes in by_row.items():
            rows[row][runtime.name] = _cell(runtime.name, row, outcomes)
    facts = {
        "edgetwin": __version__,
        "arithmetic": ARITHMETIC_VERSIONS["tflm"],
        "level": build_info()["arch"],
        "cases": len(drawn),
        "samples": sum(case.samples for case in drawn),
        "recorded": {"models": len(cases) - len(drawn), "calls": dict(calls or {})},
        "seed": seed,
        "date": date,
    }
    return Matrix({runtime.name: runtime.version for runtime in runtimes}, rows, facts)


def _cell(runtime: str, row: str, outcomes: Sequence[Outcome]) -> Cell:
    counted = Counter(outcome.kind for outcome in outcomes)
    wrong = [outcome for outcome in outcomes if outcome.kind == "differs"]
    return Cell(
        {kind: counted[kind] for kind in KINDS if counted[kind]},
        sum(outcome.elements for outcome in outcomes),
        sum(outcome.differing for outcome in wrong),
        max((outcome.largest for outcome in wrong or outcomes), default=0.0),
        cause_of(runtime, row, wrong) if wrong else "",
        tuple(dict.fromkeys(outcome.why for outcome in outcomes if outcome.why)),
    )


def drift(before: Any, after: Matrix) -> list[str]:
    """Return where a matrix is another than an earlier one; equal and near are one, as are all ways of not answering.

    Parameters
    ----------
    before : object
        As `Matrix.as_dict` or `Matrix.counts` gives it, read from JSON.
    after : Matrix

    Returns
    -------
    list of str
        A line for each cell; empty where nothing changed. Runtimes and recorded cases that only one of them has are
        left out.

    Raises
    ------
    DataError : it is no such matrix, or one of other cases
    """
    try:
        if before["format"] != FORMAT:
            raise DataError(f"the matrix has format {before['format']!r}, accepted is {FORMAT}: make it again")
        for fact in ("edgetwin", "arithmetic", "cases", "samples", "seed"):
            if before[fact] != after.facts[fact]:
                said = f"{fact} {before[fact]!r}, these are of {fact} {after.facts[fact]!r}"
                raise DataError(f"the matrix is of other cases: {said}")
        common = [name for name in after.runtimes if name in before["runtimes"]]
        lines = []
        for row, cells in after.rows.items():
            if row.endswith(RECORDED) and row not in before["rows"]:
                continue
            for name in (name for name in common if name in cells):
                was, now = (_classes(c["counts"]) for c in (before["rows"][row][name], asdict(cells[name])))
                if was != now:
                    versions = before["runtimes"][name], after.runtimes[name]
                    lines.append(f"{name} {' -> '.join(dict.fromkeys(versions))}, {row}: {_told(was)} -> {_told(now)}")
        return lines
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(f"the matrix is malformed: {error!r}") from None


def _classes(counts: Mapping[str, int]) -> dict[str, int]:
    made: dict[str, int] = {}
    for kind, count in counts.items():
        name = _ALIKE.get(kind, kind)
        made[name] = made.get(name, 0) + count
    return made


def _told(classes: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in classes.items())
