"""Whether a model fits a target's flash, RAM and time, and what to change if it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .errors import DataError
from .profile import OperatorProfile, Profile
from .targets import parse_target

__all__ = ["Fit", "fit"]


@dataclass(frozen=True)
class Fit:
    """The answer; true in a condition where the model fits.

    Attributes
    ----------
    fits : bool
    problems : tuple of str
        A line for each budget that is exceeded: by what, and what to change.
    notes : tuple of str
        What the figures leave out.
    """

    fits: bool
    problems: tuple[str, ...]
    notes: tuple[str, ...]

    def __bool__(self) -> bool:
        return self.fits

    def __str__(self) -> str:
        return "\n".join([*(self.problems or ("It fits.",)), *self.notes])


def fit(
    profile: Profile, others: Sequence[Profile], *, flash: int | None, ram: int | None, latency_ms: float | None
) -> Fit:
    """Compare a profile with budgets.

    Parameters
    ----------
    profile : Profile
        Of a target.
    others : sequence of Profile
        Of the same core and clock under other runtimes.
    flash, ram : int, optional
        Bytes.
    latency_ms : float, optional

    Returns
    -------
    Fit

    Raises
    ------
    DataError : a budget that is not positive; a latency where the profile has no estimate
    """
    for name, budget in (("flash", flash), ("ram", ram), ("latency_ms", latency_ms)):
        if budget is not None and budget <= 0:
            raise DataError(f"{name} is {budget}, accepted is more than 0")
    if latency_ms is not None and profile.latency_ms is None:
        raise DataError(f"latency_ms cannot be checked for {profile.target}: {profile.latency_note}")
    problems = [
        *([] if flash is None or profile.flash_bytes <= flash else [_flash(profile, flash)]),
        *([] if ram is None or profile.arena_bytes + profile.state_bytes <= ram else [_ram(profile, ram)]),
    ]
    notes = ["Flash is that of constants and RAM that of TFLite Micro's arena; code and the runtime come on top."]
    if latency_ms is not None and profile.latency_ms is not None and profile.latency_range_ms is not None:
        if profile.latency_ms > latency_ms:
            problems.append(_latency(profile, others, profile.latency_ms, latency_ms))
        elif profile.latency_range_ms[1] > latency_ms:
            notes.append(
                f"The estimate of {profile.latency_ms:.3g} ms is within {latency_ms:g} ms, the end of its range, "
                f"{profile.latency_range_ms[1]:.3g} ms, is not: measure on the board."
            )
    return Fit(not problems, tuple(problems), tuple(notes))


def _named(row: OperatorProfile) -> str:
    return f"operator {row.index} ({row.name})"


def _flash(profile: Profile, budget: int) -> str:
    largest = max(profile.operators, key=lambda row: row.constant_bytes)
    return (
        f"flash: {profile.flash_bytes:,} bytes of constants, {budget:,} accepted. {_named(largest)} holds "
        f"{largest.constant_bytes:,} of them: give it fewer inputs (a pool before it) or outputs; weights in int4 "
        "take half."
    )


def _ram(profile: Profile, budget: int) -> str:
    peak = max(profile.operators, key=lambda row: row.activation_bytes)
    return (
        f"ram: {profile.arena_bytes + profile.state_bytes:,} bytes of arena and state, {budget:,} accepted. Inputs and "
        f"outputs of {_named(peak)} take {peak.activation_bytes:,}: a stride or a pool before it, or fewer channels."
    )


def _latency(profile: Profile, others: Sequence[Profile], estimate: float, budget: float) -> str:
    slowest = max(profile.operators, key=lambda row: row.latency_ms or 0.0)
    target = parse_target(str(profile.target))
    advice = [
        f"a clock of {target.mhz * estimate / budget:.0f} MHz",
        f"{1 - budget / estimate:.0%} fewer multiply-accumulates",
    ]
    advice += [
        f"runtime {parse_target(str(other.target)).runtime}"
        for other in others
        if other.latency_ms is not None and other.latency_ms <= budget
    ]
    return (
        f"latency: about {estimate:.3g} ms, {budget:g} accepted. {_named(slowest)} takes "
        f"{(slowest.latency_ms or 0.0) / estimate:.0%} of it. What would do: {', or '.join(advice)}."
    )
