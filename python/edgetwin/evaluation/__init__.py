"""A model on samples with labels: figures with intervals, by subject, and beside another model."""

from __future__ import annotations

from .evaluation import Evaluation, evaluate_samples, pooled
from .inputs import sample_codes
from .labelled import evaluate, studied
from .study import AgreementStudy, ClassificationStudy

__all__ = [
    "AgreementStudy",
    "ClassificationStudy",
    "Evaluation",
    "evaluate",
    "evaluate_samples",
    "pooled",
    "sample_codes",
    "studied",
]
