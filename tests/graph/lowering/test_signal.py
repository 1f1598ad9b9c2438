"""Signal operators: what TFLite Micro would read or write outside its tensors is refused, naming operator and key."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.generators.signal import SIGNAL_OPERATORS
from edgetwin.io.tflite_write import write_tflite


def _load(graph):
    return et.load(write_tflite(graph))


def _graph(name, seed=3):
    return SIGNAL_OPERATORS[f"custom:Signal{name}"](np.random.default_rng(seed))


def _with_options(graph, **options):
    (operator,) = graph.operators
    return replace(graph, operators=(replace(operator, options={**operator.options, **options}),))


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("Window", {"shift": 32}, "shift is 32, accepted is [0, 31]"),
        ("Window", {"shift": -1}, "shift is -1"),
        ("Rfft", {"T": 0}, "T is 0, accepted is 7"),
        ("Rfft", {"fft_length": 48}, "fft_length is 48"),
        ("Rfft", {"fft_length": 2**16}, "fft_length is 65536"),
        ("Rfft", {"fft_length": 2**15}, "has shape"),
        ("Energy", {"end_index": 2**20}, "end_index is 1048576"),
        ("Energy", {"start_index": -1}, "start_index is -1"),
        ("FilterBank", {"num_channels": 999}, "has"),
        ("FilterBank", {"num_channels": 0}, "num_channels is 0"),
        ("FilterBankSpectralSubtraction", {"num_channels": 999}, "expected 999"),
        ("FilterBankSpectralSubtraction", {"smoothing": -1}, "smoothing is -1"),
        ("FilterBankSpectralSubtraction", {"smoothing_bits": 32}, "smoothing_bits is 32"),
        ("FilterBankSpectralSubtraction", {"spectral_subtraction_bits": 64}, "spectral_subtraction_bits is 64"),
        ("PCAN", {"snr_shift": 64}, "snr_shift is 64"),
        ("FilterBankLog", {"input_correction_bits": 32}, "input_correction_bits is 32"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_options_out_of_range(name, options, says):
    with pytest.raises(et.ModelError) as caught:
        _load(_with_options(_graph(name), **options))
    assert says in str(caught.value)
    assert f"operator 0 (custom:Signal{name})" in str(caught.value)


def _with(graph, chosen, **changes):
    tensors = [replace(t, **changes) if i == chosen else t for i, t in enumerate(graph.tensors)]
    return replace(graph, tensors=tuple(tensors))


@pytest.mark.parametrize("name", SIGNAL_OPERATORS)
def test_longer_outputs_are_refused(name):
    graph = SIGNAL_OPERATORS[name](np.random.default_rng(3))
    chosen = graph.outputs[-1]
    shape = graph.tensors[chosen].shape or (1,)
    with pytest.raises(et.ModelError, match=name):
        _load(_with(graph, chosen, shape=(*shape[:-1], shape[-1] + 1)))


@pytest.mark.parametrize("name", SIGNAL_OPERATORS)
@pytest.mark.parametrize("position", [0, -1], ids=["first", "last"])
def test_other_dtypes_are_refused(name, position):
    graph = SIGNAL_OPERATORS[name](np.random.default_rng(3))
    chosen = (*graph.inputs, *graph.outputs)[position]
    with pytest.raises(et.UnsupportedError, match=name):
        _load(_with(graph, chosen, dtype="float32"))


def _with_tensor(graph, input_position, values):
    chosen = graph.operators[0].inputs[input_position]
    data = np.asarray(values, np.int16)
    return _with(graph, chosen, data=data, shape=data.shape)


@pytest.mark.parametrize("position", [3, 4, 5], ids=["starts", "weight_starts", "widths"])
@pytest.mark.parametrize("value", [-1, 32767])
def test_filter_ranges_outside_are_refused(position, value):
    graph = _graph("FilterBank")
    values = graph.tensors[graph.operators[0].inputs[position]].data.copy()
    values[-1] = value
    with pytest.raises(et.ModelError, match=f"range {values.size - 1} begins at bin"):
        _load(_with_tensor(graph, position, values))


def test_short_gain_table_is_refused():
    with pytest.raises(et.ModelError, match="has 124 elements"):
        _load(_with_tensor(_graph("PCAN"), 2, np.zeros(124)))


def test_noise_estimate_is_kept_in_the_state():
    graph = _graph("FilterBankSpectralSubtraction")
    model = _load(graph)
    x = np.full(graph.tensors[graph.inputs[0]].shape, 1000, np.uint32)
    state = model.state()
    before = next(iter(state.arrays.values())).copy()
    _, estimate = model.run(x, state=state)
    kept = next(iter(state.arrays.values()))
    assert not before.any()
    np.testing.assert_array_equal(kept.reshape(-1), np.asarray(estimate).reshape(-1))
    assert kept.any()
