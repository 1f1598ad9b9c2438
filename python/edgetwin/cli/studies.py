"""What `edgetwin evaluate` prints beside the figures themselves: how sure they are, subjects, another model."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from rich.console import Console

from ..evaluation import AgreementStudy, ClassificationStudy, Evaluation
from ..metrics import Classification, Interval, PairedAgreement, PairedClassification
from .tables import print_wide

__all__ = ["print_studies"]

#: Subjects beyond which only the files tell each one's figures.
_MOST_SUBJECTS = 20


def print_studies(out: Console, evaluations: Sequence[Evaluation], unit: str) -> None:
    """Print intervals and further figures, a column for each evaluation; those of subjects; and the twin's.

    Parameters
    ----------
    out : Console
    evaluations : sequence of Evaluation
        Those without a study are left out.
    unit : str
        Of labels and predictions; may be empty.
    """
    studies = {e.name: _figures(e, f" ({unit})" if unit else "") for e in evaluations if e.study is not None}
    names = list(dict.fromkeys(name for figures in studies.values() for name in figures))
    if names:
        out.print()
        rows = [[name, *(figures.get(name, "") for figures in studies.values())] for name in names]
        print_wide(out, ["figure", *studies], rows)
    for evaluation in evaluations:
        _print_paired(out, evaluation, f" {unit}" if unit else "")
    # Of files together and one by one the subjects are the same: the last holds all.
    if evaluations:
        _print_subjects(out, evaluations[-1], f" ({unit})" if unit else "")


def _figures(evaluation: Evaluation, unit: str) -> dict[str, str]:
    study, result = evaluation.study, evaluation.result
    if isinstance(study, ClassificationStudy) and isinstance(result, Classification):
        named = {
            name: _interval(study.intervals[key], 4)
            for name, key in (("accuracy, 95 %", "accuracy"), ("F1 (macro), 95 %", "f1_macro"))
            if key in study.intervals
        }
        return {"F1 (macro)": f"{result.f1_macro:.4f}", **named}
    if not isinstance(study, AgreementStudy):
        return {}
    named = {}
    for key in ("m", "bias", "sd", "rmse"):
        if key in study.intervals:
            name = {"m": "m", "bias": f"bias{unit}", "sd": f"SD{unit}", "rmse": f"RMSE{unit}"}[key]
            named[f"{name}, 95 %"] = _interval(study.intervals[key], 3 if key == "m" else 2)
    error = study.proportional_bias
    if np.isfinite(error.slope):
        named["slope of the error on the mean"] = f"{error.slope:.3f} (p {error.p:.2g})"
    if study.repeated is not None:
        limits = study.repeated
        named[f"limits of agreement by subject{unit}"] = f"{limits.loa_low:.2f} to {limits.loa_high:.2f}"
        named[f"lower limit{unit}, 95 %"] = _ends(*limits.loa_low_interval, 2)
        named[f"upper limit{unit}, 95 %"] = _ends(*limits.loa_high_interval, 2)
    if study.reliability is not None and np.isfinite(study.reliability.icc):
        reliability = study.reliability
        named["ICC(2,1), 95 %"] = f"{reliability.icc:.3f}, {_ends(reliability.icc_low, reliability.icc_high, 3)}"
        named[f"SEM / MDC95{unit}"] = f"{reliability.sem:.2f} / {reliability.mdc95:.2f}"
    return named


def _interval(interval: Interval, digits: int) -> str:
    return _ends(interval.low, interval.high, digits)


def _ends(low: float, high: float, digits: int) -> str:
    return "not defined" if not np.isfinite(low + high) else f"{low:.{digits}f} to {high:.{digits}f}"


def _print_paired(out: Console, evaluation: Evaluation, unit: str) -> None:
    paired = evaluation.paired
    if isinstance(paired, PairedAgreement):
        out.print(
            f"{evaluation.name}, against the twin: predictions differ by {paired.mean:.2f} +- {paired.sd:.2f}{unit}, "
            f"at most {paired.largest:.2f}{unit}; bias {paired.bias:+.3f}{unit} "
            f"({_interval(paired.bias_interval, 3)}), MSE x {paired.mse_ratio:.4f} "
            f"({_interval(paired.mse_ratio_interval, 4)})",
            markup=False,
        )
    elif isinstance(paired, PairedClassification):
        out.print(
            f"{evaluation.name}, against the twin: {paired.changed} of {paired.n} samples in another class; accuracy "
            f"{paired.accuracy:+.4f} ({_interval(paired.accuracy_interval, 4)}); right in the twin only "
            f"{paired.only_first}, here only {paired.only_second} (McNemar p {paired.p:.2g})",
            markup=False,
        )


def _print_subjects(out: Console, evaluation: Evaluation, unit: str) -> None:
    study = evaluation.study
    twin = None if evaluation.reference is None else evaluation.reference.study
    if isinstance(study, AgreementStudy) and 1 < len(study.by_subject) <= _MOST_SUBJECTS:
        names = ["subject", "n", f"bias / SD{unit}", f"RMSE{unit}"]
        others = twin.by_subject if isinstance(twin, AgreementStudy) else {}
        rows = [
            [name, str(r.n), f"{r.bias:.2f} / {r.sd:.2f}", f"{r.rmse:.2f}"]
            + ([f"{others[name].bias:.2f} / {others[name].sd:.2f}", f"{others[name].rmse:.2f}"] if others else [])
            for name, r in study.by_subject.items()
        ]
        out.print()
        print_wide(out, names + ([f"twin: bias / SD{unit}", f"twin: RMSE{unit}"] if others else []), rows)
    elif isinstance(study, ClassificationStudy) and 1 < len(study.by_subject) <= _MOST_SUBJECTS:
        others_c = twin.by_subject if isinstance(twin, ClassificationStudy) else {}
        rows = [
            [name, str(c.n), f"{c.accuracy:.4f}"] + ([f"{others_c[name].accuracy:.4f}"] if others_c else [])
            for name, c in study.by_subject.items()
        ]
        out.print()
        print_wide(out, ["subject", "n", "accuracy"] + (["twin: accuracy"] if others_c else []), rows)
