"""One page of HTML that needs nothing else: no network, no scripts, no files beside it."""

from __future__ import annotations

import base64
import html
import io
import os
import re
import warnings
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from ..atomic import write_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Page", "command_line", "hidden", "without_secrets"]

#: What names of options and of environment variables have in them whose values are nobody's business.
_SECRET_NAME = re.compile(
    r"(?:^|[-_.])(?:api[-_]?key|key|token|secret|passw(?:or)?d|credentials?)(?:$|[-_.=])", re.IGNORECASE
)
#: Shorter values stand in ordinary words.
_SHORTEST_SECRET = 8
_HIDDEN = "***"
#: Inches of a picture where a phone shows it, and those beyond which it gets a second, narrower one; several panels
#: side by side need this share of their width, and all of them smaller names of axes.
_PHONE_INCHES, _NARROW_INCHES, _SHARE = 3.7, 4.7, 0.62
_PHONE_POINTS = 7
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<style>
{style}</style></head><body>
<a class="skip" href="#content">To the content</a>
<header><h1>{title}</h1>
{lead}</header>
<nav aria-label="Sections"><ul>{links}</ul></nav>
<main id="content">
{sections}</main>
<footer>{foot}</footer>
</body></html>
"""


def without_secrets(text: str) -> str:
    """Return text in which the values of environment variables that are named as secrets are hidden.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
    """
    for name, value in os.environ.items():
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET:
            text = text.replace(value, _HIDDEN)
    return text


def hidden(name: str, value: str) -> str:
    """Return a value, or what stands for it where its name says that it is a secret.

    Parameters
    ----------
    name, value : str

    Returns
    -------
    str
    """
    return _HIDDEN if _SECRET_NAME.search(name) else value


def command_line(arguments: Sequence[str]) -> str:
    """Return a command as one would type it, without the values of options that are named as secrets.

    Parameters
    ----------
    arguments : sequence of str
        The program's name first.

    Returns
    -------
    str
    """
    import shlex

    shown: list[str] = []
    hide = False
    for argument in arguments:
        option, equals, _ = argument.partition("=")
        secret = option.startswith("-") and _SECRET_NAME.search(option) is not None
        shown.append(_HIDDEN if hide else f"{option}={_HIDDEN}" if secret and equals else argument)
        hide = secret and not equals
    return without_secrets(shlex.join(shown))


def _text(value: object) -> str:
    return html.escape(without_secrets(str(value)))


class Page:
    """A page that grows section by section.

    Parameters
    ----------
    title : str
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self._lead: list[str] = []
        self._sections: list[tuple[str, list[str]]] = []

    @property
    def sections(self) -> tuple[str, ...]:
        """Headings of the sections so far."""
        return tuple(name for name, _ in self._sections)

    def lead(self, text: str, kind: str = "") -> None:
        """Add a line under the title; `kind` is "good", "bad", "warn" or empty."""
        self._lead.append(f'<p class="lede {kind}">{_text(text)}</p>\n')

    def section(self, name: str) -> None:
        """Begin a section, or go on with that of the same name where it is the last."""
        if not self._sections or self._sections[-1][0] != name:
            self._sections.append((name, []))

    def heading(self, text: str) -> None:
        """Begin a part of a section."""
        self._add(f"<h3>{_text(text)}</h3>")

    def paragraph(self, text: str, kind: str = "") -> None:
        """Add a paragraph; `kind` as in `lead`, or "quiet"."""
        self._add(f'<p class="{kind}">{_text(text)}</p>' if kind else f"<p>{_text(text)}</p>")

    def code(self, text: str) -> None:
        """Add lines as they are, such as commands."""
        self._add(f"<pre>{_text(text)}</pre>")

    def facts(self, caption: str, facts: Mapping[str, object]) -> None:
        """Add names and their values, one below the other."""
        rows = "".join(f'<tr><th scope="row">{_text(k)}</th><td>{_text(v)}</td></tr>\n' for k, v in facts.items())
        self._add(f'<table class="facts"><caption>{_text(caption)}</caption><tbody>\n{rows}</tbody></table>')

    def table(
        self,
        caption: str,
        names: Sequence[str],
        rows: Iterable[Sequence[object]],
        *,
        numbers: Collection[int] = (),
        marked: Collection[int] = (),
    ) -> None:
        """Add a table that scrolls sideways where the screen is too narrow for it.

        Parameters
        ----------
        caption : str
        names : sequence of str
            Of the columns.
        rows : iterable of sequences
            A cell each; the first names its row.
        numbers : collection of int
            Columns aligned to the right.
        marked : collection of int
            Rows that stand out.
        """

        def cell(column: int, value: object, tag: str, scope: str = "") -> str:
            style = ' class="number"' if column in numbers else ""
            return f"<{tag}{scope}{style}>{_text(value)}</{tag}>"

        head = "".join(cell(k, name, "th", ' scope="col"') for k, name in enumerate(names))
        lines = []
        for place, row in enumerate(rows):
            cells = "".join(cell(k, v, "td" if k else "th", "" if k else ' scope="row"') for k, v in enumerate(row))
            style = ' class="marked"' if place in marked else ""
            lines.append(f"<tr{style}>{cells}</tr>\n")
        self._add(
            f'<div class="wide" role="group" tabindex="0" aria-label="{_text(caption)}">'
            f"<table><caption>{_text(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>\n{''.join(lines)}</tbody></table></div>"
        )

    def pictures(self, *figures: tuple[Figure, str]) -> None:
        """Add pictures side by side, each with the text that says what it shows."""
        parts = "".join(_figure(figure, alt) for figure, alt in figures)
        self._add(f'<div class="pair">{parts}</div>' if len(figures) > 1 else parts)

    def html(self, foot: str = "") -> str:
        """Return the page."""
        names = [_text(name) for name, _ in self._sections]
        return _PAGE.format(
            title=_text(self.title),
            style=files(__package__).joinpath("page.css").read_text(encoding="utf-8"),
            lead="".join(self._lead),
            links="".join(f'<li><a href="#section-{k}">{name}</a></li>' for k, name in enumerate(names)),
            sections="".join(
                f'<section><h2 id="section-{k}">{name}</h2>\n{"".join(parts)}</section>\n'
                for k, (name, (_, parts)) in enumerate(zip(names, self._sections, strict=True))
            ),
            foot=_text(foot),
        )

    def save(self, path: str | os.PathLike[str], foot: str = "") -> Path:
        """Write the page, whole or not at all.

        Raises
        ------
        OutputError : it cannot be written
        """
        content = self.html(foot).encode()
        return write_atomic(path, lambda file: file.write(content))

    def _add(self, part: str) -> None:
        self._sections[-1][1].append(f"{part}\n")


def _figure(figure: Figure, alt: str) -> str:
    """Return a picture as HTML, drawn narrower for phones where the wide one's text would be too small."""
    width, height = figure.get_size_inches()
    image, source = _png(figure), ""
    if width > _NARROW_INCHES:
        source = f'<source media="(max-width: 40rem)" srcset="{_phone_png(figure, width, height)}">'
    size = f'width="{round(96 * width)}" height="{round(96 * height)}"'
    return (
        f'<figure><picture>{source}<img src="{image}" {size} alt="{_text(alt)}"></picture>'
        f"<figcaption>{_text(alt)}</figcaption></figure>"
    )


def _phone_png(figure: Figure, width: float, height: float) -> str:
    labels = [axis.label for axes in figure.axes for axis in (axes.xaxis, axes.yaxis)]
    sizes = [label.get_fontsize() for label in labels]
    figure.set_size_inches(max(_PHONE_INCHES, _SHARE * width), height)
    for label in labels:
        label.set_fontsize(_PHONE_POINTS)
    image = _png(figure)
    figure.set_size_inches(width, height)
    for label, size in zip(labels, sizes, strict=True):
        label.set_fontsize(size)
    return image


def _png(figure: Figure) -> str:
    file = io.BytesIO()
    with warnings.catch_warnings():
        # As in `files.save_figure`.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        figure.savefig(file, format="png")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
