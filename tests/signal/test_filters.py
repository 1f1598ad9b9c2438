"""Filters against SciPy: the same bits in float32, the stated error to float64; stream equals batch; refusals."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

import edgetwin as et
from edgetwin import _core
from edgetwin.errors import DataError, QuantizationError, ShapeError
from edgetwin.signal import CausalFilter, butterworth, filters, filtfilt, sosfilt

#: Kind, order and cut-offs as parts of the rate.
FILTERS = st.one_of(
    st.tuples(st.sampled_from(["low", "high"]), st.integers(1, 4), st.floats(0.08, 0.45)),
    st.tuples(st.just("band"), st.integers(1, 2), st.tuples(st.floats(0.08, 0.2), st.floats(0.25, 0.45))),
)
#: The same with cut-offs down to a thousandth, evenly by their logarithm, and of any order.
LOW_FILTERS = st.one_of(
    st.tuples(st.sampled_from(["low", "high"]), st.integers(1, 8), st.floats(-3, -0.35).map(lambda x: 10**x)),
    st.tuples(
        st.just("band"),
        st.integers(1, 4),
        st.tuples(st.floats(-3, -0.7), st.floats(0.12, 1.5)).map(lambda x: (10 ** x[0], min(10 ** sum(x), 0.45))),
    ),
)
SCIPY_KIND = {"band": "bandpass"}
FORMS = ("direct", "state_variable")


def design(case):
    kind, order, cutoff = case
    return butterworth(order, cutoff, 1.0, kind)


def noise(seed, *shape):
    return np.random.default_rng(seed).normal(3, 10, shape).astype(np.float32)


@settings(max_examples=100, deadline=None)
@given(case=FILTERS)
def test_designs_are_scipy_s(case):
    kind, order, cutoff = case
    np.testing.assert_array_equal(
        design(case), signal.butter(order, cutoff, SCIPY_KIND.get(kind, kind), fs=1.0, output="sos")
    )


@settings(max_examples=100, deadline=None)
@given(case=FILTERS, size=st.integers(1, 400), seed=st.integers(0, 10**6))
def test_causal_filters_have_the_bits_of_scipy_in_float32(case, size, seed):
    sos, x = design(case), noise(seed, size, 2)
    np.testing.assert_array_equal(sosfilt(sos, x), signal.sosfilt(sos.astype(np.float32), x, axis=0))


@settings(max_examples=100, deadline=None)
@given(case=FILTERS, size=st.integers(1, 400), seed=st.integers(0, 10**6))
def test_float32_loses_a_millionth_of_the_largest_input(case, size, seed):
    """Of SciPy in float64 with the same float32 coefficients: what rounding of the state alone costs.

    Relative to the signal's largest magnitude, since a filter that stops all of a signal leaves only roundings.
    """
    sos, x = design(case).astype(np.float32).astype(np.float64), noise(seed, size)
    error = np.abs(sosfilt(sos, x) - signal.sosfilt(sos, x.astype(np.float64)))
    assert error.max() <= 1e-6 * np.abs(x).max()


@settings(max_examples=150, deadline=None)
@given(case=LOW_FILTERS, size=st.integers(1, 3000), seed=st.integers(0, 10**6))
def test_state_variables_lose_a_millionth_down_to_a_thousandth_of_the_rate(case, size, seed):
    """Of SciPy in float64 with its own float64 coefficients."""
    kind, order, cutoff = case
    sos, x = butterworth(order, cutoff, 1.0, kind, form="state_variable"), noise(seed, size)
    error = np.abs(sosfilt(sos, x, form="state_variable") - signal.sosfilt(sos, x.astype(np.float64)))
    assert error.max() <= 1e-6 * np.abs(x).max()


@settings(max_examples=100, deadline=None)
@given(case=LOW_FILTERS, size=st.integers(1, 3000), seed=st.integers(0, 10**6))
def test_the_direct_form_loses_what_float32_loses_in_scipy(case, size, seed):
    """Its error is that of SciPy's own float32, to the last bit, and grows below 0.08 of the rate as documented."""
    kind, order, cutoff = case
    sos, x = signal.butter(order, cutoff, SCIPY_KIND.get(kind, kind), fs=1.0, output="sos"), noise(seed, size)
    try:
        made = sosfilt(sos, x)
    except DataError:
        return  # not stable in float32
    np.testing.assert_array_equal(made, signal.sosfilt(sos.astype(np.float32), x))
    error = np.abs(made - signal.sosfilt(sos, x.astype(np.float64)))
    growth = max(1.0, 0.08 / np.min(cutoff)) ** 1.5
    assert error.max() <= 1e-6 * growth * np.abs(x).max()


def test_at_low_cutoffs_float32_misses_a_millionth_in_scipy_too():
    sos, x = signal.butter(4, 0.002, fs=1.0, output="sos"), noise(5, 3000)
    exact, least = signal.sosfilt(sos, x.astype(np.float64)), 1e-6 * np.abs(x).max()
    assert np.abs(signal.sosfilt(sos.astype(np.float32), x) - exact).max() > 10 * least
    assert np.abs(sosfilt(sos, x, form="state_variable") - exact).max() < least


@settings(max_examples=60, deadline=None)
@given(case=FILTERS, size=st.integers(40, 400), seed=st.integers(0, 10**6))
def test_zero_phase_is_scipy_s_rounded_once(case, size, seed):
    sos, x = design(case), noise(seed, 2, size)
    expected = signal.sosfiltfilt(sos, x.astype(np.float64), axis=1).astype(np.float32)
    np.testing.assert_array_equal(filtfilt(sos, x, axis=1), expected)


@settings(max_examples=60, deadline=None)
@given(case=FILTERS, form=st.sampled_from(FORMS), cuts=st.lists(st.integers(0, 200), max_size=12))
def test_blocks_of_any_size_give_the_batch(case, form, cuts):
    sos, x = design(case), noise(1, 200, 3)
    causal = CausalFilter(sos, 3, form=form)
    for _ in range(2):
        parts = [causal.push(part) for part in np.split(x, sorted(cuts))]
        np.testing.assert_array_equal(np.concatenate(parts), sosfilt(sos, x, form=form))
        causal.reset()


@pytest.mark.parametrize("level", et.archs())
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(1, 40, 1), (1, 40, 17), (3, 25, 6), (40, 9, 1), (2, 1, 33), (1, 0, 3), (0, 4, 2)])
def test_every_level_gives_the_core_s_bits(level, shape, form):
    """The baseline's are the core's own code; state goes on through two blocks, on two threads."""
    sections = filters._core_sections(butterworth(5, 0.2, 1.0), form)
    values = np.random.default_rng(sum(shape)).normal(0, 9, shape).astype(np.float32)
    values[..., :1] *= np.float32(1e-39)
    results = []
    for chosen in ("scalar", level):
        made, state = values.copy(), np.ones((shape[0], shape[2], 2 * len(sections)), np.float32)
        for part in (made[:, :7], made[:, 7:]):
            block = np.ascontiguousarray(part)
            _core.cascade(sections, state, block, level=chosen, threads=2)
            part[...] = block
        results.append(made.tobytes() + state.tobytes())
    assert results[0] == results[1]


def test_a_batch_is_its_signals():
    sos, x = butterworth(3, 0.1, 1.0), noise(6, 5, 50, 4)
    np.testing.assert_array_equal(sosfilt(sos, x, 1)[3], sosfilt(sos, x[3]))
    assert sosfilt(sos, np.zeros((3, 0, 2)), 1).shape == (3, 0, 2)


def test_state_variables_are_the_device_s():
    """The call that emulated cores run in `tests/device`."""
    x, sos = noise(7, 300), butterworth(5, 0.01, 1.0, "high", form="state_variable")
    sections = filters.state_variables(sos)
    params = {"count": len(sections), "size": 300}
    state = np.zeros(2 * len(sections), np.float32)
    device = _core.run_kernel("state_variable_f32", params, [x], {"sections": sections}, [state])[0].view(np.float32)
    np.testing.assert_array_equal(sosfilt(sos, x, form="state_variable"), device)


def test_it_is_the_device_s_filter():
    """The core's own design and cascade, which emulated cores run in `tests/device`."""
    x = noise(2, 300)
    params = {"band": 0, "order": 6, "cutoff_hz": 3.0, "rate_hz": 62.5, "size": 300}
    device = _core.run_kernel("butterworth_f32", params, [x], {}, [np.zeros(6, np.float32)])[0].view(np.float32)
    np.testing.assert_array_equal(sosfilt(butterworth(6, 3.0, 62.5), x), device)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_time_may_be_any_axis(axis):
    sos, x = butterworth(2, 0.2, 1.0), noise(3, 20, 30, 40)
    expected = signal.sosfilt(sos.astype(np.float32), x, axis=axis)
    np.testing.assert_array_equal(sosfilt(sos, x, axis), expected)
    assert filtfilt(sos, x, axis).shape == x.shape


def test_the_signal_stays():
    x = noise(4, 50, 2)
    before = x.copy()
    sosfilt(butterworth(2, 0.2, 1.0), x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 40.0, 60.0), r"cutoff_hz: 40.0, accepted at 60 Hz is above 0 and below 30 Hz"),
        ((2, 30.0, 60.0), "below 30 Hz"),
        ((2, 0.0, 60.0), "above 0"),
        ((2, np.nan, 60.0), "above 0"),
        ((2, 5.0, -1.0), "rate_hz: -1.0"),
        ((0, 5.0, 60.0), "order: 0"),
        ((17, 5.0, 60.0), "order: 17"),
        ((9, (5.0, 9.0), 60.0, "band"), "order: 9"),
        ((2, (5.0, 9.0), 60.0), "accepted is one"),
        ((2, 5.0, 60.0, "band"), "a pair of frequencies"),
        ((2, (9.0, 5.0), 60.0, "band"), "the lower frequency first"),
        ((2, 5.0, 60.0, "notch"), "kind: 'notch'"),
        ((2, 5.0, 60.0, "low", "lattice"), "form: 'lattice', accepted are direct, state_variable"),
        ((8, 0.01, 1000.0), r"order 8 at 0.01 of 1000 Hz: section \d is not stable in float32: a1 -"),
    ],
    ids=str,
)
def test_impossible_designs_are_refused(arguments, message):
    form = {"form": arguments[4]} if len(arguments) > 4 else {}
    with pytest.raises(DataError, match=message):
        butterworth(*arguments[:4], **form)


def test_state_variables_are_stable_where_the_direct_form_is_not():
    sos = butterworth(8, 0.01, 1000.0, form="state_variable")
    with pytest.raises(DataError, match="not stable in float32"):
        sosfilt(sos, np.zeros(5))
    x = noise(8, 5000)
    np.testing.assert_allclose(
        sosfilt(sos, x, form="state_variable"), signal.sosfilt(sos, x.astype(np.float64)), atol=1e-4
    )


SOS = butterworth(2, 0.2, 1.0)


@pytest.mark.parametrize("function", [sosfilt, filtfilt])
@pytest.mark.parametrize(
    ("sos", "x", "error", "message"),
    [
        (SOS[0], np.zeros(30), DataError, r"sos: shape \(6,\)"),
        (np.repeat(SOS, 9, 0), np.zeros(30), DataError, r"shape \(9, 6\)"),
        (SOS * 2, np.zeros(30), DataError, "a0 other than 1"),
        (SOS * [1, 1, 1, 1, 9, 1], np.zeros(30), DataError, "section 0 is not stable"),
        (SOS, [0.0] * 20 + [np.inf], DataError, r"value at \(20,\) is inf"),
        (SOS, 3.0, ShapeError, "axis: 0"),
        (SOS, ["a"], DataError, "dtype <U1"),
        (SOS, [0.0] * 20 + [1e39], DataError, r"value at \(\d+,\) is .*e\+3\d, accepted is the range of float32"),
    ],
    ids=["a row", "nine sections", "a0", "unstable", "infinite", "no axis", "text", "beyond"],
)
def test_bad_input_is_refused(function, sos, x, error, message):
    with pytest.raises(error, match=message):
        function(sos, x)


def test_a_signal_that_cannot_be_padded_is_refused():
    with pytest.raises(DataError, match="signal: 9 samples, accepted are at least 10"):
        filtfilt(SOS, np.zeros(9))
    assert filtfilt(SOS, np.zeros(10)).shape == (10,)


def test_a_refused_block_takes_nothing():
    causal, other = CausalFilter(SOS, 2), CausalFilter(SOS, 2)
    with pytest.raises(DataError, match="sample 1, axis 0 is nan"):
        causal.push([[1, 2], [np.nan, 4]])
    with pytest.raises(ShapeError, match="3 axes, accepted are 2"):
        causal.push(np.zeros((1, 3)))
    np.testing.assert_array_equal(causal.push([[1, 2]]), other.push([[1, 2]]))


def test_the_binding_checks_for_itself():
    sections, values = np.zeros((1, 5), np.float32), np.zeros((1, 4, 2), np.float32)
    state = np.zeros((1, 2, 2), np.float32)
    with pytest.raises(ShapeError, match="the filter's state has another"):
        _core.cascade(sections, np.zeros((1, 3, 2), np.float32), values)
    with pytest.raises(ShapeError, match="sections has another"):
        _core.cascade(np.zeros((1, 4), np.float32), state, values)
    with pytest.raises(ShapeError, match="number of sections"):
        _core.cascade(np.zeros((9, 5), np.float32), np.zeros((1, 2, 18), np.float32), values)
    with pytest.raises(ShapeError, match="three dimensions"):
        _core.cascade(sections, state, values[0])
    for unstable in ([1, 0, 0, 0, 1], [0, 1, 0, 1, 0, 0]):
        with pytest.raises(QuantizationError, match="not stable"):
            _core.cascade(np.float32([unstable]), state, values)
