"""Resized images against the slow definition, in both of a kernel's forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from oracles import kernels_resize as oracle

from edgetwin import kernels
from edgetwin.errors import ShapeError

SIDES = st.sampled_from([1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17])
SEEDS = st.integers(0, 2**32 - 1)
FORMS = {
    "resize_nearest_neighbor": [(False, False), (False, True), (True, False), (True, True)],
    "resize_bilinear": [(False, False), (False, True), (True, False)],
}


@pytest.mark.parametrize("name", FORMS)
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_equals_the_definition(name, data):
    align_corners, half_pixel_centers = data.draw(st.sampled_from(FORMS[name]))
    shape = (data.draw(st.integers(1, 2)), data.draw(SIDES), data.draw(SIDES), data.draw(st.integers(1, 3)))
    x = np.random.default_rng(data.draw(SEEDS)).integers(-128, 128, shape).astype(np.int8)
    size = (data.draw(SIDES), data.draw(SIDES))
    options = {"size": size, "align_corners": align_corners, "half_pixel_centers": half_pixel_centers}
    expected = getattr(oracle, name)(x, **options)
    assert_array_equal(getattr(kernels, name)(x, **options), expected, strict=True)


@pytest.mark.parametrize("form", FORMS["resize_nearest_neighbor"], ids=str)
def test_nearest_pixels_at_every_factor(form):
    """Every pair of sides up to 40: positions on and beside the borders of pixels, in float32."""
    options = dict(zip(("align_corners", "half_pixel_centers"), form, strict=True))
    for side in range(1, 41):
        x = np.arange(side, dtype=np.int8).reshape(1, side, 1, 1)
        for output in range(1, 41):
            expected = oracle.resize_nearest_neighbor(x, size=(output, 1), **options)
            assert_array_equal(kernels.resize_nearest_neighbor(x, size=(output, 1), **options), expected)


def test_a_rounded_distance_that_leads_past_the_input_is_refused():
    x = np.int8([5]).reshape(1, 1, 1, 1)
    assert_array_equal(kernels.resize_bilinear(x, size=(1, 45)), np.full((1, 1, 45, 1), 5))
    with pytest.raises(ShapeError, match="resize_bilinear_s8"):
        kernels.resize_bilinear(x, size=(1, 180))
