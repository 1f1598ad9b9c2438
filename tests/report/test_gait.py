"""Pictures of the gait pipeline's steps: they show what the steps hold."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et
from edgetwin.data import Recording, simulate_gait
from edgetwin.data.tripod import GAIT_SENSORS
from edgetwin.report.files import save_figure
from edgetwin.signal import GaitPipeline

FORMS = {"zero-phase": GaitPipeline(), "causal": GaitPipeline(causal=True)}


@pytest.fixture(scope="module")
def walk():
    return simulate_gait(1, speeds=(1.0,), strides=15)[0]


def lines_of(panel):
    return {line.get_label(): line.get_xydata() for line in panel.get_lines()}


@pytest.mark.parametrize("form", FORMS)
def test_steps(walk, tmp_path, form):
    steps = FORMS[form].steps(walk)
    figure = et.plots.gait_steps(steps, start_s=3.0)
    swing, contacts, durations = figure.axes
    assert set(lines_of(swing)) == {"normalised", "resampled", "filtered"}
    curve = lines_of(swing)["filtered"]
    places = np.searchsorted(steps.time_s, curve[:, 0])
    np.testing.assert_array_equal(curve[:, 1], -steps.filtered[places, 0])
    shown = lines_of(contacts)["contact"]
    inside = (steps.contact_s >= 3.0) & (steps.contact_s <= 11.0)
    np.testing.assert_array_equal(shown[:, 0], steps.contact_s[inside])
    assert (shown[:, 1] < 0).all()
    peaks = lines_of(contacts)["mid-swing"]
    assert (peaks[:, 1] > 0.2).all()
    assert len(lines_of(durations)["reference"]) == 15
    np.testing.assert_allclose(lines_of(durations)["found"][:, 1], np.diff(steps.contact_s))
    assert durations.get_ylim()[0] == 0
    assert durations.get_ylim()[1] > max(line[:, 1].max() for line in lines_of(durations).values())
    assert swing.get_title() == "Sub_00-PWS-RF"
    assert save_figure(figure, tmp_path / "steps.png").stat().st_size > 10_000


def test_steps_of_standing_still(tmp_path):
    still = Recording(np.zeros((500, 6), np.float32), 128.0, GAIT_SENSORS)
    for pipeline in FORMS.values():
        save_figure(et.plots.gait_steps(pipeline.steps(still), title="still"), tmp_path / "still.png")


@pytest.mark.parametrize("start_s", [-1.0, 99.0, float("nan")])
def test_a_start_outside(walk, start_s):
    with pytest.raises(et.DataError, match=r"start_s: .*accepted are times from 0 to"):
        et.plots.gait_steps(FORMS["causal"].steps(walk), start_s=start_s)


def test_windows(walk, tmp_path):
    strides = FORMS["causal"].strides(walk)
    figure = et.plots.gait_windows(strides, title="walk")
    assert len(figure.axes) == 6
    for channel, panel in enumerate(figure.axes):
        *each, mean = (line.get_ydata() for line in panel.get_lines())
        np.testing.assert_array_equal(each, strides.windows[:, :, channel])
        np.testing.assert_allclose(mean, strides.windows[:, :, channel].mean(0), atol=1e-7)
    assert figure.get_suptitle() == "walk: 15 strides"
    assert save_figure(figure, tmp_path / "windows.png").stat().st_size > 10_000


def test_no_windows():
    still = Recording(np.zeros((500, 6), np.float32), 128.0, GAIT_SENSORS)
    with pytest.raises(et.DataError, match=r"windows of shape \(0, 108, 6\)"):
        et.plots.gait_windows(GaitPipeline().strides(still))
