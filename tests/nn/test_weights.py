"""Weights: replaced, saved and read back, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from edgetwin import nn
from edgetwin.errors import DataError, OutputError


def network(seed=0, units=3):
    return nn.Sequential(
        [nn.Conv1D(4, 3), nn.BatchNorm(), nn.Flatten(), nn.Dense(units)], input_shape=(9, 2), seed=seed
    )


def test_saved_and_read_back(tmp_path):
    net, other = network(1), network(2)
    net.save_weights(tmp_path / "w.npz")
    other.load_weights(tmp_path / "w.npz")
    for name, value in net.weights.items():
        assert_array_equal(other.weights[name], value)
    assert [path.name for path in tmp_path.iterdir()] == ["w.npz"]


def test_weights_are_copies():
    net = network()
    net.weights["dense/bias"][:] = 5
    assert not net.weights["dense/bias"].any()


def changed(**changes):
    values = network().weights
    return {name: changes.get(name.replace("/", "_"), value) for name, value in values.items()}


REFUSED = {
    "missing": ({"dense/bias": np.zeros(3)}, "without 'batch_normalization/beta'"),
    "unknown": (changed() | {"dense_9/bias": np.zeros(3)}, "with 'dense_9/bias'"),
    "shape": (changed(dense_bias=np.zeros(4)), r"'dense/bias' is float64 \(4,\), accepted is float32 \(3,\)"),
    "dtype": (changed(dense_bias=np.zeros(3, int)), "'dense/bias' is int64"),
    "nan": (changed(dense_bias=np.array([0, np.nan, 0])), "'dense/bias' holds NaN or infinity"),
    "too large": (changed(dense_bias=np.array([0, 1e300, 0])), "'dense/bias' holds NaN or infinity"),
}


@pytest.mark.parametrize(("weights", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_weights(weights, message):
    net = network()
    with pytest.raises(DataError, match=message):
        net.set_weights(weights)
    assert_array_equal(net.weights["dense/bias"], np.zeros(3))


def test_file_of_another_network(tmp_path):
    network().save_weights(tmp_path / "w.npz")
    with pytest.raises(DataError, match=r"w\.npz: 'dense/weights' is float32 \(3, 28\), accepted is float32 \(5, 28\)"):
        network(units=5).load_weights(tmp_path / "w.npz")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"text"], ids=["empty", "zip", "text"])
def test_unreadable_files(tmp_path, content):
    (tmp_path / "w.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"w\.npz: not an \.npz file"):
        network().load_weights(tmp_path / "w.npz")


def test_missing_file(tmp_path):
    with pytest.raises(DataError, match="no such file"):
        network().load_weights(tmp_path / "w.npz")


def test_folder_that_is_not_there(tmp_path):
    with pytest.raises(OutputError, match="cannot write"):
        network().save_weights(tmp_path / "nowhere" / "w.npz")
