"""Folds by subject: nobody's strides are in two sets of one fold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..arrays import whole_number
from ..data import Split
from ..errors import DataError

__all__ = ["subject_folds"]


def subject_folds(subjects: Sequence[str], *, sizes: Sequence[int] = (9, 3, 3)) -> tuple[Split, ...]:
    """Return folds for cross-validation, in which every subject is tested once.

    Parameters
    ----------
    subjects : sequence of str
        Of each stride or recording, with repetitions.
    sizes : sequence of three int
        Subjects in the training, validation and test set: the published 9, 3 and 3 of 15. Together they are all
        subjects; their number is a multiple of the last.

    Returns
    -------
    tuple of Split
        Of indices into `subjects`. Fold k tests the k-th group of subjects in the order of their names, and validates
        on those after it, from the beginning again where there are none.

    Raises
    ------
    DataError : subjects that are no str, or sizes that do not fit them
    """
    if isinstance(subjects, str) or not all(isinstance(subject, str) for subject in subjects):
        raise DataError("subjects: accepted is a sequence of str, one of each stride or recording")
    if len(sizes) != 3:
        raise DataError(f"sizes: {sizes!r}, accepted are three, of the training, validation and test set")
    for size, name, least in zip(sizes, ("training", "validation", "test"), (1, 0, 1), strict=True):
        whole_number(size, f"sizes: {name}", least)
    names = sorted(set(subjects))
    _, validated, tested = sizes
    if sum(sizes) != len(names) or len(names) % tested:
        raise DataError(
            f"sizes: {', '.join(map(str, sizes))} for {len(names)} subjects, accepted are sizes that make "
            f"{len(names)} together, the last of which divides it"
        )
    owner = np.array([names.index(subject) for subject in subjects], np.int64)
    folds = []
    for first in range(0, len(names), tested):
        # Where each subject stands behind the first one that is tested.
        place = (owner - first) % len(names)
        parts = (place >= tested + validated, (place >= tested) & (place < tested + validated), place < tested)
        folds.append(Split(*(np.flatnonzero(part).astype(np.int64) for part in parts)))
    return tuple(folds)
