"""Pictures of what the gait pipeline does, and its strides as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..data import Recording, Sensor, write_recording
from ..errors import DataError
from ..signal import GaitSteps, Strides
from ..types import Array
from .figure import DOT, LINE, QUIET, new_panels, plain, set_title
from .files import save_arrays, save_figure, write_atomic

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["gait_steps", "gait_windows", "write_strides"]

_RAW, _SLOW, _SMOOTH, _MARK = "#b9b9b9", QUIET, DOT, LINE
_CHANNELS = ("Gx", "Gy", "Gz", "Ax", "Ay", "Az")
#: Seconds that the second panel shows.
_SPAN_S = 8.0
#: Windows beyond which single lines are no longer drawn.
_MOST_LINES = 400
#: As published: the values are deg/s / 1000 and g / 16.
_EDGE_IMPULSE_SENSORS = tuple(Sensor(name, "rad/s" if name[0] == "G" else "g") for name in _CHANNELS)


def gait_steps(steps: GaitSteps, *, start_s: float | None = None, title: str = "") -> Figure:
    """Draw what each step of the gait pipeline made of a recording.

    Above, one swing of -Gx: normalised, resampled and filtered. In the middle, 8 s with mid-swings, contacts and those
    taken for false. Below, the duration of every stride beside its reference.

    Parameters
    ----------
    steps : GaitSteps
    start_s : float, optional
        Where the 8 s begin; by default the third contact.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : the recording has no samples from `start_s` on
    MissingExtraError : matplotlib is not installed
    """
    end_s = float(steps.time_s[-1])
    if start_s is None:
        start_s = float(steps.contact_s[min(2, len(steps.contact_s) - 1)]) - 0.5 if len(steps.contact_s) else 0.0
        start_s = max(0.0, min(start_s, end_s - _SPAN_S))
    if not 0 <= start_s < end_s:
        raise DataError(f"start_s: {start_s!r}, accepted are times from 0 to {end_s:g} s")
    figure, panels = new_panels(8.0, 8.0, 3, 1)
    _draw_swing(panels[0], steps, start_s)
    _draw_contacts(panels[1], steps, start_s)
    _draw_durations(panels[2], steps)
    set_title(panels[0], title or steps.name)
    return figure


def _legend(axes: Any) -> None:
    axes.legend(frameon=False, fontsize=7, loc="upper left", bbox_to_anchor=(1.0, 1.0), handlelength=1.4)


def _draw_swing(axes: Any, steps: GaitSteps, start_s: float) -> None:
    swings = steps.time_s[steps.mid_swings]
    after = swings[swings >= start_s]
    middle = float(after[0]) if len(after) else start_s + 0.75
    low, high = middle - 0.6, middle + 0.6
    raw_s = np.arange(len(steps.normalised)) / steps.raw_rate_hz
    inside = (raw_s >= low) & (raw_s <= high)
    axes.plot(raw_s[inside], -steps.normalised[inside, 0], ".-", color=_RAW, ms=4, lw=0.8, label="normalised")
    inside = (steps.time_s >= low) & (steps.time_s <= high)
    for values, color, name in ((steps.resampled, _SLOW, "resampled"), (steps.filtered, _SMOOTH, "filtered")):
        axes.plot(steps.time_s[inside], -values[inside, 0], ".-", color=color, ms=3, lw=1, label=name)
    axes.set(xlim=(low, high), xlabel="time (s)", ylabel="\N{MINUS SIGN}Gx / range")
    _legend(axes)


def _draw_contacts(axes: Any, steps: GaitSteps, start_s: float) -> None:
    low, high = start_s, start_s + _SPAN_S
    inside = (steps.time_s >= low) & (steps.time_s <= high)
    swing = -steps.filtered[:, 0]
    axes.plot(steps.time_s[inside], swing[inside], color=_SMOOTH, lw=1, label="filtered")
    axes.axhline(0, color=_RAW, lw=0.6)

    def marked(times_s: NDArray[np.float64], style: str, color: str, name: str, size: float) -> None:
        times_s = times_s[(times_s >= low) & (times_s <= high)]
        places = np.clip(np.searchsorted(steps.time_s, times_s - 1e-9), 0, len(swing) - 1)
        axes.plot(times_s, swing[places], style, color=color, ms=size, label=name, ls="none")

    marked(steps.time_s[steps.mid_swings], "^", _SLOW, "mid-swing", 5)
    marked(steps.contact_s, "o", _MARK, "contact", 5)
    if ((steps.false_contact_s >= low) & (steps.false_contact_s <= high)).any():
        marked(steps.false_contact_s, "x", "black", "false contact", 6)
    if steps.reference is not None:
        for k, time_s in enumerate(steps.reference.contact_s[steps.reference.contact_s >= low]):
            if time_s <= high:
                axes.axvline(time_s, color=_MARK, lw=0.8, ls=":", label="reference" if k == 0 else None)
    axes.set(xlim=(low, high), xlabel="time (s)", ylabel="\N{MINUS SIGN}Gx / range")
    _legend(axes)


def _draw_durations(axes: Any, steps: GaitSteps) -> None:
    if steps.reference is not None:
        duration_s = np.diff(steps.reference.contact_s)
        axes.plot(steps.reference.contact_s[1:], duration_s, "o", mfc="none", color=_MARK, ms=5, label="reference")
    axes.plot(steps.contact_s[1:], np.diff(steps.contact_s), ".", color=_SMOOTH, ms=4, label="found")
    axes.set(xlabel="end of the stride (s)", ylabel="stride time (s)")
    axes.set_ylim(bottom=0)
    _legend(axes)


def gait_windows(strides: Strides, *, title: str = "") -> Figure:
    """Draw the windows of all strides over each other, a panel for each axis.

    Parameters
    ----------
    strides : Strides
        With six channels.
    title : str

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    DataError : no strides, or another number of channels
    MissingExtraError : matplotlib is not installed
    """
    if len(strides) == 0 or strides.windows.shape[2] != len(_CHANNELS):
        raise DataError(f"windows of shape {strides.windows.shape}, accepted are one or more of {len(_CHANNELS)} axes")
    figure, panels = new_panels(9.0, 5.0, 2, 3, share_x=True)
    shown = strides.windows[np.linspace(0, len(strides) - 1, min(len(strides), _MOST_LINES)).astype(int)]
    for channel, panel in enumerate(panels):
        panel.plot(shown[:, :, channel].T, color=_SMOOTH, lw=0.5, alpha=max(0.06, 5 / len(shown)))
        panel.plot(strides.windows[:, :, channel].mean(0), color=_MARK, lw=1.2)
        panel.set_title(_CHANNELS[channel], fontsize=9)
        if channel >= 3:
            panel.set_xlabel("sample")
    figure.supylabel("value / range", fontsize=9)
    figure.suptitle(plain(f"{title}: {len(strides)} strides" if title else f"{len(strides)} strides"), fontsize=10)
    return figure


def write_strides(folder: Path, name: str, steps: GaitSteps, strides: Strides) -> list[Path]:
    """Write a recording's strides: `.npz`, two pictures, and an Edge Impulse acquisition for each complete stride.

    The acquisitions are as published: whole windows, zeros included; Gx, Gy, Gz "rad/s" though they are deg/s / 1000.

    Parameters
    ----------
    folder : Path
        Gets ``<name>.npz``, ``<name>-steps.png``, ``<name>-windows.png`` and
        ``edge_impulse/<name>-<k>-stride-length-cm-<label>.json``, k from 1, the label's whole centimetres.
    name : str
        "<subject>-<trial>-<foot>".
    steps : GaitSteps
    strides : Strides
        At least one, with labels.

    Returns
    -------
    list of Path

    Raises
    ------
    DataError : no strides, or one without a label
    OutputError : a file cannot be written
    """
    if not np.isfinite(strides.label_cm).all():
        raise DataError(f"{name}: strides without a reference, accepted are labelled ones")
    arrays: dict[str, Array] = {
        "strides": strides.windows,
        "length": strides.length,
        "label_cm": strides.label_cm,
        "start_s": strides.start_s,
        "initial_contact_s": strides.initial_contact_s,
        "reference_contact_s": strides.reference_contact_s,
        "complete": strides.complete,
    }
    pictures = [(gait_steps(steps, title=name), "steps"), (gait_windows(strides, title=name), "windows")]
    written = [write_atomic(folder / f"{name}.npz", lambda file: save_arrays(file, arrays))]
    written += [save_figure(figure, folder / f"{name}-{kind}.png") for figure, kind in pictures]
    # Published with six digits: the rate that they make, so that they are what is written.
    rate_hz = 1000 / round(1000 / steps.rate_hz, 6)
    for k in np.flatnonzero(strides.complete):
        path = folder / "edge_impulse" / f"{name}-{k + 1}-stride-length-cm-{int(strides.label_cm[k])}.json"
        recording = Recording(strides.windows[k], rate_hz, _EDGE_IMPULSE_SENSORS, name=path.stem)
        written.append(write_recording(recording, path))
    return written
