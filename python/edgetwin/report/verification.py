"""What a verification of a device found, as a page that a person can hand in."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .files import write_atomic

__all__ = ["VERDICTS", "write_verification"]

#: Verdict -> its colour and what it means.
VERDICTS: Mapping[str, tuple[str, str]] = {
    "equal": ("#1a7f37", "Every byte that was compared is equal."),
    "differs": ("#b42318", "The device computes other bytes."),
    "not comparable": ("#9a6700", "What the device prints does not tell its integers: this is no pass."),
}
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; max-width: 72em; margin: 2em auto; padding: 0 1em; color: #1f2328; }}
h1 {{ font-size: 1.5em; }} .verdict {{ color: {colour}; font-weight: 600; }}
table {{ border-collapse: collapse; width: 100%; margin: 1em 0; }}
th, td {{ text-align: left; padding: .25em .7em; border-bottom: 1px solid #d0d7de; overflow-wrap: anywhere; }}
th {{ overflow-wrap: normal; }}
td.number, th.number {{ text-align: right; font-variant-numeric: tabular-nums; }}
tr.differs {{ background: #ffebe9; }} pre {{ white-space: pre-wrap; background: #f6f8fa; padding: .8em; }}
</style></head><body>
<h1>{title}</h1>
<p><span class="verdict">{verdict}</span>. {meaning}</p>
<table>{facts}</table>
<pre>{said}</pre>
<table><tr><th>operator</th><th>tensor</th><th class="number">elements</th><th class="number">differing</th>
<th class="number">samples</th><th class="number">at most</th><th>first at</th><th class="number">ours</th>
<th class="number">device</th></tr>
{rows}</table>
</body></html>
"""


def write_verification(path: str | Path, content: Mapping[str, Any]) -> Path:
    """Write the page.

    Parameters
    ----------
    path : path
    content : mapping
        ``metrics.json``'s: title, verdict, facts, said, operators and outputs as `Comparison.as_dict` has them.

    Returns
    -------
    Path

    Raises
    ------
    OutputError : it cannot be written
    """
    colour, meaning = VERDICTS[content["verdict"]]
    facts = "".join(f"<tr><th>{_text(key)}</th><td>{_text(value)}</td></tr>" for key, value in content["facts"].items())
    rows = "\n".join(_row(row) for row in [*content["operators"], *content["outputs"]])
    page = _PAGE.format(
        title=_text(content["title"]),
        colour=colour,
        verdict=_text(content["verdict"].capitalize()),
        meaning=meaning,
        facts=facts,
        said=_text(content["said"]),
        rows=rows,
    )
    return write_atomic(path, lambda file: file.write(page.encode()))


def _text(value: Any) -> str:
    return html.escape(str(value))


def _row(row: Mapping[str, Any]) -> str:
    name = row["name"] if row["operator"] is None else f"{row['operator']} {row['name']}"
    first = "" if row["first"] is None else ", ".join(map(str, row["first"]))
    numbers = [f"{row[key]:,}" for key in ("elements", "differing", "samples")] + [f"{row['largest']:g}"]
    values = ["" if row[key] is None else f"{row[key]:g}" for key in ("ours", "theirs")]
    cells = [f"<td>{_text(name)}</td><td>{_text(row['tensor'])}</td>"]
    cells += [f'<td class="number">{number}</td>' for number in numbers]
    cells += [f"<td>{first}</td>", *(f'<td class="number">{value}</td>' for value in values)]
    return f"<tr{' class=differs' if row['differing'] else ''}>{''.join(cells)}</tr>"
