"""Pictures: what they show, that texts are whole and apart, and that any name can be drawn."""

from __future__ import annotations

import io
import itertools
import warnings

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Annotation
from PIL import Image

from edgetwin.errors import DataError
from edgetwin.metrics import agreement, classification
from edgetwin.report.files import save_figure
from edgetwin.report.plots import bland_altman, confusion_matrix, regression

RNG = np.random.default_rng(4)
LABELS = RNG.normal(130, 5, 60)
PAIRS = {
    "usual": (LABELS + RNG.normal(1, 3, 60), LABELS),
    "one": ([3.0], [2.5]),
    "constant-reference": ([3.0, 4.0, 5.0], [3.0, 3.0, 3.0]),
    "exact": (LABELS, LABELS),
    "tight-with-outlier": (LABELS + 40.0 * (np.arange(60) == 7), LABELS),
    "tiny": (LABELS * 1e-9, LABELS * 1.01e-9),
}
DRAW = {"regression": regression, "bland_altman": bland_altman}


def drawn(figure, tmp_path):
    """The picture's pixels; its texts' boxes are valid afterwards."""
    path = save_figure(figure, tmp_path / "x.png")
    assert path.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    with Image.open(path) as image:
        pixels = np.asarray(image.convert("RGB"))
    assert pixels.shape[0] >= 400
    assert pixels.shape[1] >= 400
    assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 20, "blank"
    return pixels


def texts(figure):
    """Every text on the figure that is seen, with its box in pixels."""
    # Laid out by `drawn`.
    renderer = FigureCanvasAgg(figure).get_renderer()
    axes = figure.axes[0]
    marks = [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
    marks += [*(t for legend in figure.legends for t in legend.get_texts())]
    for axis, (low, high) in ((axes.xaxis, axes.get_xlim()), (axes.yaxis, axes.get_ylim())):
        low, high = min(low, high), max(low, high)
        marks += [t.label1 for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
    return [(mark.get_text(), mark.get_window_extent(renderer)) for mark in marks if mark.get_text()]


def assert_legible(figure):
    every = texts(figure)
    width, height = figure.canvas.get_width_height()
    for text, box in every:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= width + 1 and box.y1 <= height + 1
        assert inside, f"{text!r} is cut: {box}"
        assert box.height >= 8, f"{text!r} is too small"
    for (a, box_a), (b, box_b) in itertools.combinations(every, 2):
        across = min(box_a.x1, box_b.x1) - max(box_a.x0, box_b.x0)
        along = min(box_a.y1, box_b.y1) - max(box_a.y0, box_b.y0)
        assert across <= 2 or along <= 2, f"{a!r} and {b!r} overlap"


@pytest.mark.parametrize("kind", DRAW)
@pytest.mark.parametrize("pairs", PAIRS)
def test_agreement_pictures_are_legible(tmp_path, kind, pairs):
    p, y = PAIRS[pairs]
    title = "gait_int8, Sub_FZ_PWS_RF"
    figure = DRAW[kind](p, y, agreement(p, y), quantity="stride length", unit="cm", title=title)
    drawn(figure, tmp_path)
    assert_legible(figure)
    axes = figure.axes[0]
    assert axes.get_xlabel().endswith("(cm)")
    assert axes.get_ylabel().endswith("(cm)")
    assert axes.get_title() == title


def test_regression_shows_every_pair_the_ideal_and_the_fit():
    p, y = PAIRS["usual"]
    result = agreement(p, y)
    figure = regression(p, y, result, quantity="stride length", unit="cm")
    axes = figure.axes[0]
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), np.stack([y, p], 1))
    ideal, fit = (line.get_xydata() for line in axes.lines)
    np.testing.assert_array_equal(ideal[:, 0], ideal[:, 1])
    np.testing.assert_allclose(fit[:, 1], result.m * fit[:, 0] + result.b)
    assert axes.get_xlim() == axes.get_ylim()
    assert axes.get_xlim()[0] < min(*p, *y)
    assert axes.get_xlim()[1] > max(*p, *y)
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert f"fit: m = {result.m:.2f}, b = {result.b:.2f} cm" in legend
    assert f"60 samples, MSE = {result.mse:.2f} cm²" in legend


def test_no_fit_without_a_slope():
    p, y = PAIRS["constant-reference"]
    figure = regression(p, y, agreement(p, y), quantity="value", unit="km/h")
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["ideal", "3 samples, MSE = 1.67 (km/h)²"]


def test_bland_altman_shows_every_pair_bias_and_limits():
    p, y = (np.asarray(v) for v in PAIRS["usual"])
    result = agreement(p, y)
    axes = bland_altman(p, y, result, quantity="stride length", unit="cm").axes[0]
    np.testing.assert_array_equal(axes.collections[0].get_offsets(), np.stack([(p + y) / 2, p - y], 1))
    heights = sorted(line.get_ydata()[0] for line in axes.lines)
    assert heights == sorted([0, result.bias, result.loa_low, result.loa_high])
    notes = {t.get_text().replace("\N{MINUS SIGN}", "-") for t in axes.texts if isinstance(t, Annotation)}
    assert notes == {
        f"bias\n{result.bias:.2f} cm",
        f"bias + 1.96 SD\n{result.loa_high:.2f} cm",
        f"bias - 1.96 SD\n{result.loa_low:.2f} cm",
    }
    low, high = axes.get_ylim()
    assert low < min(*(p - y), result.loa_low)
    assert high > max(*(p - y), result.loa_high)


@pytest.mark.filterwarnings("ignore:Glyph .* missing from")
@pytest.mark.parametrize(
    "name",
    [
        "cost $a_{ b$",
        "日本の歩行",
        "\udcff",
        "a_very_long_model_name_int8, a_recording_whose_name_goes_on_and_on_2024_01",
    ],
    ids=["dollars", "letters-without-a-glyph", "surrogate", "long"],
)
def test_any_name_is_drawn_as_it_is(tmp_path, name):
    p, y = PAIRS["usual"]
    figure = regression(p, y, agreement(p, y), quantity="value", unit="$", title=name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        drawn(figure, tmp_path)
    assert_legible(figure)


@pytest.mark.parametrize("kind", DRAW)
def test_no_unit_leaves_no_empty_brackets(kind):
    p, y = PAIRS["usual"]
    figure = DRAW[kind](p, y, agreement(p, y), quantity="value", unit="")
    axes = figure.axes[0]
    assert axes.get_xlabel().endswith("reference value")
    assert "(" not in axes.get_xlabel() + axes.get_ylabel()


@pytest.mark.parametrize("classes", [1, 2, 12, 31])
def test_confusion_matrix_is_legible(tmp_path, classes):
    labels = RNG.integers(0, classes, 3000)
    scores = RNG.normal(0, 1, (3000, classes))
    scores[np.arange(3000), labels] += 2
    result = classification(scores, labels)
    figure = confusion_matrix(result)
    pixels = drawn(figure, tmp_path)
    assert max(pixels.shape) < 3000
    assert_legible(figure)
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "labelled class")
    counts = [int(text.get_text()) for text in axes.texts]
    assert counts == (result.confusion.reshape(-1).tolist() if classes <= 30 else [])
    assert axes.get_title() == f"accuracy {result.accuracy:.3f} of 3000"


def test_confusion_matrix_with_names(tmp_path):
    result = classification(np.eye(3)[[0, 1, 1]], [0, 1, 2])
    figure = confusion_matrix(result, names=["no $peech", "yes", "unknown word"], title="kws")
    drawn(figure, tmp_path)
    assert [t.get_text() for t in figure.axes[0].get_xticklabels()] == [r"no \$peech", "yes", "unknown word"]


def test_drawing_is_deterministic():
    p, y = PAIRS["usual"]
    pictures = []
    for _ in range(2):
        buffer = io.BytesIO()
        bland_altman(p, y, agreement(p, y), quantity="value", unit="cm").savefig(buffer, format="png")
        pictures.append(buffer.getvalue())
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("kind", DRAW)
@pytest.mark.parametrize(
    ("predictions", "labels", "says"),
    [
        ([1.0, 2.0], [1.0, 2.0, 3.0], "2 predictions and 3 labels, accepted are the 3 of the result"),
        ([], [], "0 predictions and 0 labels"),
        (["a", "b", "c"], [1.0, 2.0, 3.0], "predictions: dtype <U1"),
    ],
    ids=["lengths", "empty", "text"],
)
def test_pairs_that_are_not_the_results(kind, predictions, labels, says):
    result = agreement([1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    with pytest.raises(DataError, match=says):
        DRAW[kind](predictions, labels, result, quantity="value", unit="cm")


def test_names_that_are_not_the_classes():
    with pytest.raises(DataError, match="1 names, accepted is one for each of 3 classes"):
        confusion_matrix(classification(np.eye(3), [0, 1, 2]), names=["yes"])
