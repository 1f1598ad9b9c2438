"""`edgetwin profile`: what a model costs on a target, and whether it fits."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from ..model import load
from .tables import console, print_profile

__all__ = ["profile_model"]


def profile_model(
    path: Path,
    target: str,
    flash: int | None,
    ram: int | None,
    latency_ms: float | None,
    *,
    measure: bool,
    as_json: bool,
) -> bool:
    """Profile a model and print the figures, as a table or JSON.

    Parameters
    ----------
    path : Path
    target : str
        ``core[@MHz][:runtime]``.
    flash, ram, latency_ms : number or None
        Budgets, as `Model.fits` takes them.
    measure : bool
        Whether flash is measured by compiling, where there is a compiler.
    as_json : bool

    Returns
    -------
    bool
        Whether the model fits the budgets; True where there are none.

    Raises
    ------
    EdgetwinError : as in `load`, `Model.profile` and `Model.fits`
    """
    model = load(path)
    profile = model.profile(target, measure=measure)
    asked = any(budget is not None for budget in (flash, ram, latency_ms))
    fit = model.fits(target, flash=flash, ram=ram, latency_ms=latency_ms) if asked else None
    if as_json:
        content = {"model": str(path), **profile.as_dict(), "fit": None if fit is None else asdict(fit)}
        print(json.dumps(content, indent=2))
    else:
        out = console()
        print_profile(out, str(path), profile)
        out.print(profile.summary, markup=False)
        if fit is not None:
            out.print(str(fit), markup=False, style="green" if fit else "yellow")
    return fit is None or bool(fit)
