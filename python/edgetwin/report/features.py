"""Feature explorer: features of many windows as points in two or three dimensions, by label."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..arrays import real_array
from ..atomic import write_atomic
from ..errors import DataError, ShapeError
from ..signal import Features
from .figure import new_axes, plain, set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["feature_explorer", "write_feature_page"]

#: Colours that people with colour blindness tell apart (Okabe and Ito); more classes repeat them with other markers.
_COLORS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8a6d00", "#000000")
_MARKERS = "os^Dv"
_UNLABELLED = "no label"
_UNLABELLED_COLOR = "#9a9a9a"
#: Ends and middle of the colours of labels that are numbers.
_SCALE = ("#30308f", "#1f9e89", "#f2c01e")
#: Where the page gets its data.
_PLACE = "/*edgetwin-data*/null"


@dataclass(frozen=True)
class _Group:
    """Points of one class."""

    name: str
    color: str
    marker: str
    rows: NDArray[np.int64]


@dataclass(frozen=True)
class _Points:
    """What is drawn: coordinates, the names of their axes, and classes or numbers as labels."""

    coordinates: NDArray[np.float64]
    axes: tuple[str, ...]
    groups: tuple[_Group, ...]
    numbers: NDArray[np.float64] | None


def feature_explorer(
    features: Any,
    labels: Sequence[str | float | None],
    *,
    names: Sequence[str] | None = None,
    axes: str | Sequence[str] = "pca",
    dimensions: int = 3,
    title: str = "",
) -> Figure:
    """Draw features as points, coloured by label.

    Parameters
    ----------
    features : Features or array_like, shape (windows, features)
        Finite.
    labels : sequence of str, float or None
        One a window: classes, or numbers (drawn as a scale of colours); None for no label.
    names : sequence of str, optional
        One a feature, distinct; by default those of `Features`, else `feature 0` and so on.
    axes : str or sequence of str
        "pca": the principal components of the features, each scaled to a standard deviation of 1. Else the names of
        two or three features.
    dimensions : int
        2 or 3 principal components.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ShapeError : `features` have not two axes, or one of them is empty
    DataError : values that are not finite, labels that are not one a window or of mixed kinds, unknown names
    MissingExtraError : matplotlib is not installed
    """
    points = _points(features, labels, names, axes, dimensions)
    solid = len(points.axes) == 3
    figure, drawn = new_axes(6.4, 5.2, projection="3d" if solid else None)
    size = max(4.0, min(22.0, 6000 / len(points.coordinates)))
    style = {"s": size, "linewidths": 0, "alpha": 0.75}
    if points.numbers is not None:
        from matplotlib.colors import LinearSegmentedColormap

        colors = LinearSegmentedColormap.from_list("labels", _SCALE)
        dots = drawn.scatter(*points.coordinates.T, c=points.numbers, cmap=colors, **style)
        figure.colorbar(dots, ax=drawn, shrink=0.7, pad=0.12 if solid else 0.03, label="label")
    for group in points.groups:
        text = plain(f"{group.name} ({group.rows.size})")
        place = points.coordinates[group.rows].T
        drawn.scatter(*place, color=group.color, marker=group.marker, label=text, **style)
    if points.groups:
        columns = min(4, len(points.groups))
        figure.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=columns, markerscale=1.5)
    for axis, name in zip("xyz", points.axes, strict=False):
        drawn.set(**{f"{axis}label": plain(name)})
    if solid:
        drawn.view_init(elev=22, azim=-58)
        # Matplotlib leaves a wide margin about the box.
        drawn.set_box_aspect(None, zoom=1.05)
    set_title(drawn, title)
    return figure


def write_feature_page(
    path: str | os.PathLike[str],
    features: Any,
    labels: Sequence[str | float | None],
    *,
    names: Sequence[str] | None = None,
    axes: str | Sequence[str] = "pca",
    dimensions: int = 3,
    windows: Sequence[str] | None = None,
    title: str = "Feature explorer",
) -> Path:
    """Write the same points as one HTML page that needs no network: dragging turns them, the legend hides classes.

    Parameters
    ----------
    path : path
    features, labels, names, axes, dimensions
        As for `feature_explorer`.
    windows : sequence of str, optional
        A name for each window, shown when the pointer is on its point; `window 0` and so on by default.
    title : str

    Returns
    -------
    Path

    Raises
    ------
    ShapeError, DataError : as for `feature_explorer`, or `windows` are not one a window
    OutputError : the file cannot be written
    """
    points = _points(features, labels, names, axes, dimensions)
    count = len(points.coordinates)
    shown = [f"window {i}" for i in range(count)] if windows is None else list(windows)
    if len(shown) != count or not all(isinstance(name, str) for name in shown):
        raise DataError(f"windows: {len(shown)} names, accepted is one text for each of {count} windows")
    content = {
        "title": title,
        "axes": points.axes,
        "points": [[float(f"{value:.6g}") for value in row] for row in points.coordinates.tolist()],
        "windows": shown,
        "groups": [
            {
                "name": group.name,
                "color": group.color,
                "shape": _MARKERS.index(group.marker),
                "rows": group.rows.tolist(),
            }
            for group in points.groups
        ],
        "numbers": None if points.numbers is None else points.numbers.tolist(),
        "scale": _SCALE,
    }
    # A "</script>" in a name would end the script.
    data = json.dumps(content, ensure_ascii=True, allow_nan=False).replace("<", r"\u003c")
    page = (files("edgetwin") / "report" / "feature_page.html").read_text(encoding="utf-8")
    before, after = page.split(_PLACE)
    return write_atomic(path, lambda file: file.write((before + data + after).encode()))


def _points(
    features: Any,
    labels: Sequence[str | float | None],
    names: Sequence[str] | None,
    axes: str | Sequence[str],
    dimensions: int,
) -> _Points:
    if isinstance(features, Features):
        names = features.names if names is None else names
        features = features.values
    table = real_array(features, "features")
    if table.ndim != 2 or 0 in table.shape:
        raise ShapeError(f"features: shape {table.shape}, accepted is (windows, features) with at least one of each")
    table = table.astype(np.float64)
    if not np.isfinite(table).all():
        row, column = map(int, np.argwhere(~np.isfinite(table))[0])
        raise DataError(f"features: {table[row, column]} in window {row}, feature {column}; accepted are finite values")
    called = [f"feature {i}" for i in range(table.shape[1])] if names is None else list(names)
    if len(called) != table.shape[1] or not all(isinstance(name, str) for name in called):
        raise DataError(f"names: {len(called)} of them, accepted is one text for each of {table.shape[1]} features")
    if len(labels) != len(table):
        raise DataError(f"{len(labels)} labels, accepted is one for each of {len(table)} windows")
    if isinstance(axes, str):
        if axes != "pca":
            raise DataError(f"axes: {axes!r:.40}, accepted are 'pca' and the names of two or three features")
        coordinates, shown = _components(table, dimensions)
    else:
        coordinates, shown = _chosen(table, called, list(axes))
    groups, numbers = _labelled(labels)
    return _Points(coordinates, shown, groups, numbers)


def _components(table: NDArray[np.float64], dimensions: int) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return the first principal components, and their names with the share of the variance that they hold."""
    if dimensions not in (2, 3) or isinstance(dimensions, bool):
        raise DataError(f"dimensions: {dimensions!r:.40}, accepted are 2 and 3")
    centred = table - table.mean(axis=0)
    spread = centred.std(axis=0)
    # Of a constant feature only its rounding is left.
    steady = spread <= 1e-12 * np.abs(table).max(axis=0)
    centred[:, steady] = 0
    scaled = centred / np.where(steady, 1, spread)
    left, values, right = np.linalg.svd(scaled, full_matrices=False)
    # A component is as good as its negative: the same one wherever it is computed.
    signs = np.sign(right[np.arange(len(right)), np.abs(right).argmax(axis=1)])
    found = left * (values * signs)
    coordinates = np.zeros((len(table), dimensions))
    coordinates[:, : min(dimensions, found.shape[1])] = found[:, :dimensions]
    total = float(np.square(values).sum())
    shares = [float(values[i] ** 2) / total if i < values.size and total else 0.0 for i in range(dimensions)]
    return coordinates, tuple(f"component {i + 1} ({share:.0%})" for i, share in enumerate(shares))


def _chosen(
    table: NDArray[np.float64], names: list[str], axes: list[str]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    if len(axes) not in (2, 3):
        raise DataError(f"axes: {len(axes)} names, accepted are two or three")
    for axis in axes:
        if names.count(axis) != 1:
            count = names.count(axis)
            raise DataError(f"axes: {axis!r:.60} names {count} features, accepted is one of {', '.join(names[:40])}")
    return table[:, [names.index(axis) for axis in axes]], tuple(axes)


def _labelled(labels: Sequence[str | float | None]) -> tuple[tuple[_Group, ...], NDArray[np.float64] | None]:
    """Return the groups of classes, or the numbers."""
    kinds = {type(label) for label in labels if label is not None and not isinstance(label, (str, np.str_))}
    texts = sorted({str(label) for label in labels if isinstance(label, (str, np.str_))})
    if kinds:
        if texts or None in labels:
            raise DataError("labels: numbers among texts or None, accepted are texts and None, or numbers only")
        numbers = real_array(labels, "labels").astype(np.float64)
        if not np.isfinite(numbers).all():
            raise DataError("labels: NaN or infinite, accepted are finite numbers")
        return (), numbers
    rows: dict[str | None, list[int]] = {text: [] for text in texts}
    for row, label in enumerate(labels):
        rows.setdefault(None if label is None else str(label), []).append(row)
    groups = [
        _Group(
            text,
            _COLORS[number % len(_COLORS)],
            _MARKERS[min(number // len(_COLORS), len(_MARKERS) - 1)],
            np.array(rows[text], np.int64),
        )
        for number, text in enumerate(texts)
    ]
    if None in rows:
        groups.append(_Group(_UNLABELLED, _UNLABELLED_COLOR, _MARKERS[0], np.array(rows[None], np.int64)))
    return tuple(groups), None
