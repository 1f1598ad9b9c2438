"""The feature explorer: components, chosen axes, labels, the page, and what is refused."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from numpy.testing import assert_allclose

import edgetwin as et
from edgetwin.errors import DataError, ShapeError
from edgetwin.report.features import feature_explorer, write_feature_page

RNG = np.random.default_rng(5)
FEATURES = RNG.normal(size=(60, 5)) * (1, 10, 0.1, 3, 0) + (0, 5, 0, -100, 7)
LABELS = [["idle", "walk", None][i % 3] for i in range(60)]
NAMES = ["a", "b", "c $x$", "d", "constant"]


def page_data(path):
    text = path.read_text(encoding="utf-8")
    return text, json.loads(re.search(r"^const data = (.*);$", text, re.MULTILINE)[1])


def drawn(figure):
    """Return the points of the first axes, by legend entry."""
    return {dots.get_label(): dots for dots in figure.axes[0].collections}


def components(features, dimensions):
    """The same by the eigenvectors of the correlation matrix."""
    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1)
    values, vectors = np.linalg.eigh(scaled.T @ scaled)
    return scaled @ vectors[:, ::-1][:, :dimensions], values[::-1] / values.sum()


@pytest.mark.parametrize("dimensions", [2, 3])
def test_principal_components(tmp_path, dimensions):
    path = write_feature_page(tmp_path / "p.html", FEATURES, LABELS, dimensions=dimensions)
    _, data = page_data(path)
    want, shares = components(FEATURES, dimensions)
    have = np.array(data["points"])
    signs = np.sign((have * want).sum(axis=0))
    assert_allclose(have, want * signs, rtol=1e-5, atol=1e-5)
    assert data["axes"] == [f"component {i + 1} ({share:.0%})" for i, share in enumerate(shares[:dimensions])]


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_windows_turns_no_component(seed):
    order = np.random.default_rng(seed).permutation(60)
    first, second = (
        next(iter(drawn(feature_explorer(f, ["a"] * 60, dimensions=2)).values())).get_offsets()
        for f in (FEATURES, FEATURES[order])
    )
    assert_allclose(first[order], second, atol=1e-9)


def test_groups_and_their_colours():
    figure = feature_explorer(FEATURES, LABELS, names=NAMES, axes=["d", "a"], title="explorer")
    assert list(drawn(figure)) == ["idle (20)", "walk (20)", "no label (20)"]
    assert len({tuple(dots.get_facecolor()[0]) for dots in drawn(figure).values()}) == 3
    assert_allclose(drawn(figure)["walk (20)"].get_offsets(), FEATURES[1::3][:, [3, 0]])
    assert figure.axes[0].get_xlabel() == "d"
    assert figure.axes[0].get_title() == "explorer"


def test_three_chosen_axes_are_solid():
    figure = feature_explorer(FEATURES, LABELS, names=NAMES, axes=["d", "a", "c $x$"])
    assert figure.axes[0].name == "3d"
    assert figure.axes[0].get_zlabel() == r"c \$x\$"


def test_numbers_have_a_scale_of_colours(tmp_path):
    figure = feature_explorer(FEATURES, np.arange(60) / 7, dimensions=2)
    assert len(figure.axes) == 2
    assert not figure.legends
    _, data = page_data(write_feature_page(tmp_path / "p.html", FEATURES, np.arange(60) / 7))
    assert data["numbers"] == (np.arange(60) / 7).tolist()
    assert data["groups"] == []


def test_many_classes_differ_in_colour_or_marker(tmp_path):
    labels = [f"class {i:02}" for i in range(40)]
    _, data = page_data(write_feature_page(tmp_path / "p.html", FEATURES[:40], labels))
    assert len({(group["color"], group["shape"]) for group in data["groups"]}) == 40


def test_a_page_needs_no_network_and_holds_its_names_as_texts(tmp_path):
    evil = "</script><script>alert(1)</script>"
    path = write_feature_page(
        tmp_path / "p.html", FEATURES, LABELS, windows=[f"{evil} {i}" for i in range(60)], title=evil
    )
    text, data = page_data(path)
    assert "default-src 'none'" in text
    assert not re.search(r"https?:|src=|@import|fetch\(|innerHTML", text)
    assert text.count("</script>") == 1
    assert data["title"] == evil
    assert data["windows"][3] == f"{evil} 3"
    assert [len(group["rows"]) for group in data["groups"]] == [20, 20, 20]


def test_fewer_features_than_dimensions(tmp_path):
    _, data = page_data(write_feature_page(tmp_path / "p.html", [[1.0], [2.0]], ["a", "b"]))
    assert [row[1:] for row in data["points"]] == [[0, 0], [0, 0]]
    assert data["axes"] == ["component 1 (100%)", "component 2 (0%)", "component 3 (0%)"]


def test_constant_features_are_no_component(tmp_path):
    _, data = page_data(write_feature_page(tmp_path / "p.html", np.full((4, 3), 0.1), list("abcd")))
    assert not np.any(data["points"])


@pytest.mark.parametrize("dimensions", [2, 3])
def test_saved_as_a_picture(tmp_path, dimensions):
    from edgetwin.report.files import save_figure

    figure = et.plots.feature_explorer(FEATURES, LABELS, names=NAMES, dimensions=dimensions)
    assert save_figure(figure, tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"features": np.zeros(3)}, ShapeError, r"shape \(3,\), accepted is \(windows, features\)"),
        ({"features": np.zeros((0, 3))}, ShapeError, r"shape \(0, 3\)"),
        ({"features": np.array([["a"]])}, DataError, "features: dtype <U1"),
        ({"features": FEATURES * np.nan}, DataError, "nan in window 0, feature 0"),
        ({"labels": LABELS[:-1]}, DataError, "59 labels, accepted is one for each of 60"),
        ({"labels": [1.0, *LABELS[1:]]}, DataError, "numbers among texts or None"),
        ({"labels": [np.nan] * 60}, DataError, "labels: NaN"),
        ({"labels": [b"a"] * 60}, DataError, "labels: dtype"),
        ({"names": NAMES[:-1]}, DataError, "names: 4 of them, accepted is one text for each of 5"),
        ({"axes": "umap"}, DataError, "axes: 'umap', accepted are 'pca' and"),
        ({"axes": ["a"]}, DataError, "axes: 1 names, accepted are two or three"),
        ({"axes": ["a", "z"]}, DataError, "axes: 'z' names 0 features, accepted is one of a, b, c"),
        ({"axes": ["a", "b"], "names": ["a", "b", "b", "c", "d"]}, DataError, "axes: 'b' names 2 features"),
        ({"dimensions": 4}, DataError, "dimensions: 4, accepted are 2 and 3"),
        ({"windows": ["w"]}, DataError, "windows: 1 names, accepted is one text for each of 60"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_refuses(tmp_path, changes, error, says):
    parts = {"features": FEATURES, "labels": LABELS, "names": NAMES} | changes
    with pytest.raises(error, match=says):
        write_feature_page(tmp_path / "p.html", **parts)
    assert not list(tmp_path.iterdir())
    parts.pop("windows", None)
    if "windows" not in changes:
        with pytest.raises(error, match=says):
            feature_explorer(**parts)
