"""Agreement with a reference method, classification scores, and how sure each figure is."""

from __future__ import annotations

from .agreement import Agreement, agreement
from .bootstrap import Interval, agreement_intervals, classification_intervals
from .classification import Classification, Roc, classification, roc
from .paired import PairedAgreement, PairedClassification, paired_agreement, paired_classification
from .reliability import Reliability, reliability
from .repeated import ProportionalBias, RepeatedLimits, proportional_bias, repeated_limits

__all__ = [
    "Agreement",
    "Classification",
    "Interval",
    "PairedAgreement",
    "PairedClassification",
    "ProportionalBias",
    "Reliability",
    "RepeatedLimits",
    "Roc",
    "agreement",
    "agreement_intervals",
    "classification",
    "classification_intervals",
    "paired_agreement",
    "paired_classification",
    "proportional_bias",
    "reliability",
    "repeated_limits",
    "roc",
]
