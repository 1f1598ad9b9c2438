"""The suite's cases: every operator of the support table, the same for the same seed, boundaries among the inputs."""

from __future__ import annotations

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.cases import generate, operators
from edgetwin.graph.support import SUPPORT
from edgetwin.io.tflite_read import read_tflite

#: In models of `reshape`.
RELABELLED = {"expand_dims", "squeeze"}
#: In models of `pad`.
PADDED = {"padv2"}


def test_every_operator_of_the_support_table_has_models():
    assert set(operators()) | RELABELLED | PADDED >= set(SUPPORT)


def test_models_are_of_one_operator_and_run():
    cases = generate(12, ["conv_2d", "add", "quantize", "gather", "unidirectional_sequence_lstm"])
    assert len(cases) >= 12
    assert len({case.name for case in cases}) == len(cases)
    assert {case.operator for case in cases[:5]} == {
        "conv_2d",
        "add",
        "quantize",
        "gather",
        "unidirectional_sequence_lstm",
    }
    for case in cases:
        graph = read_tflite(case.model)
        assert [operator.name for operator in graph.operators] == [case.operator]
        assert all(
            array.shape[1:] == graph.tensors[i].shape for array, i in zip(case.inputs, graph.inputs, strict=True)
        )
        for number in range(case.samples):
            model = et.load(case.model)
            given = [array[number].reshape(s.shape) for array, s in zip(case.inputs, model.inputs, strict=True)]
            made = model.run(*given)
            for mine, expected in zip(made if isinstance(made, tuple) else (made,), case.expected, strict=True):
                np.testing.assert_array_equal(mine.reshape(-1), expected[number].reshape(-1))


def test_the_same_seed_gives_the_same_cases():
    first, again, other = (generate(8, ["fully_connected"], seed) for seed in (0, 0, 1))
    assert [case.model for case in first] == [case.model for case in again]
    assert all(
        np.array_equal(a, b) for x, y in zip(first, again, strict=True) for a, b in zip(x.inputs, y.inputs, strict=True)
    )
    assert [case.model for case in first] != [case.model for case in other]


def test_inputs_put_sums_where_arithmetics_part():
    """Without the witnesses these models show no difference, or fewer."""
    parted, at_random = 0, 0
    for case in generate(12, ["conv_2d"]):
        if not case.row.startswith("conv_2d int8"):
            continue
        model, other = et.load(case.model), et.load(case.model, arithmetic="single_rounding")
        x = case.inputs[0].reshape(-1, *model.inputs[0].shape)
        differs = (model.run(x) != other.run(x)).reshape(len(x), -1).any(axis=1)
        parted += bool(differs.any())
        at_random += bool(differs[:4].any())
    assert parted > at_random


@pytest.mark.parametrize(
    ("arguments", "says"),
    [((0,), "cases: 0, accepted is an integer >= 1"), ((5, ["convolve"]), "operator 'convolve' has no models here")],
    ids=["count", "operator"],
)
def test_bad_arguments(arguments, says):
    with pytest.raises(et.DataError, match=says):
        generate(*arguments)
