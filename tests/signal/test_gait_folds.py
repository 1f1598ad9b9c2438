"""Folds by subject: sizes as published, everybody tested once, nobody in two sets."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et
from edgetwin.signal import subject_folds


def test_the_published_folds():
    rng = np.random.default_rng(4)
    subjects = [f"Sub_{k:02d}" for k in rng.integers(0, 15, 500)]
    folds = subject_folds(subjects)
    assert len(folds) == 5
    tested = []
    for fold in folds:
        sets = [{subjects[i] for i in part} for part in (fold.train, fold.validation, fold.test)]
        assert [len(part) for part in sets] == [9, 3, 3]
        assert len(set.union(*sets)) == 15
        assert sorted(np.concatenate([fold.train, fold.validation, fold.test])) == list(range(500))
        tested += sorted(sets[2])
    assert tested == sorted(set(subjects))


def test_the_next_group_validates():
    folds = subject_folds(["c", "a", "b", "a"], sizes=(1, 1, 1))
    assert [[list(part) for part in (f.train, f.validation, f.test)] for f in folds] == [
        [[0], [2], [1, 3]],
        [[1, 3], [0], [2]],
        [[2], [1, 3], [0]],
    ]
    assert len(subject_folds(["a", "b", "c", "d"], sizes=(2, 0, 2))) == 2


@pytest.mark.parametrize(
    ("subjects", "sizes", "says"),
    [
        (["a", "b"], (9, 3, 3), "sizes: 9, 3, 3 for 2 subjects, accepted are sizes that make 2 together"),
        (["a", "b", "c"], (1, 0, 2), "the last of which divides it"),
        (["a", "b"], (1, 1), "accepted are three"),
        (["a", "b"], (1, 1, 0), "sizes: test: 0"),
        ("ab", (1, 0, 1), "accepted is a sequence of str"),
        ([1, 2], (1, 0, 1), "accepted is a sequence of str"),
    ],
    ids=["sum", "multiple", "two", "zero", "text", "numbers"],
)
def test_refusals(subjects, sizes, says):
    with pytest.raises(et.DataError, match=says):
        subject_folds(subjects, sizes=sizes)
