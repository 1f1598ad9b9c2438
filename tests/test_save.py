"""`Model.save`: a file that computes the same, whole or not at all, and clear errors where there can be none."""

from __future__ import annotations

import errno
import os

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from oracles.inputs import MODELS, samples
from oracles.models import model_bytes
from oracles.random_graphs import random_graph

import edgetwin as et
from edgetwin.graph.graph import Graph, Operator, Tensor, graphs_equal
from edgetwin.io import tflite_write
from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite
from edgetwin.types import Quantization


@pytest.fixture(scope="module")
def model():
    return et.load(et.data.demo_model())


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", MODELS)
def test_saved_models_are_what_was_loaded(shared, tflm, tmp_path, name):
    """The same graph; the same bytes from it here and in the wheel. LiteRT's: tests of the writer."""
    data = model_bytes(shared, name)
    model, path = et.load(data), tmp_path / "saved.tflite"
    assert model.save(path) is None
    assert names(tmp_path) == ["saved.tflite"]
    assert graphs_equal(read_tflite(path.read_bytes()), read_tflite(data))
    again = et.load(path)
    assert again.profile().arena_bytes == model.profile().arena_bytes
    x = samples(shared, name, model.graph.tensors[model.graph.inputs[0]], 10)
    outputs = model.run(x.reshape(10, *model.inputs[0].shape))
    assert_array_equal(again.run(x.reshape(10, *model.inputs[0].shape)), outputs)
    theirs = tflm.run(path.read_bytes(), [[sample] for sample in x]).outputs
    assert_array_equal(np.stack([answer for (answer,) in theirs]).reshape(outputs.shape), outputs)
    again.save(tmp_path / "twice.tflite")
    assert (tmp_path / "twice.tflite").read_bytes() == path.read_bytes()


def test_saved_graphs_are_what_was_loaded(tmp_path):
    """Folded shape arithmetic, dead operators, several inputs and outputs included."""
    forms = set()
    for number in range(50):
        drawn = random_graph(np.random.default_rng([number, 13]), 2)
        forms |= drawn.forms
        data = write_tflite(drawn.graph)
        et.load(data).save(tmp_path / "saved.tflite")
        assert (tmp_path / "saved.tflite").read_bytes() == data
    assert forms >= {"shape arithmetic", "dead operator", "several outputs", "several inputs"}


@pytest.mark.parametrize("form", [str, lambda path: path], ids=["str", "PathLike"])
def test_existing_files_are_replaced(model, tmp_path, form):
    path = tmp_path / "model.tflite"
    path.write_bytes(b"before")
    model.save(form(path))
    assert et.load(path).profile().macs == model.profile().macs
    assert names(tmp_path) == ["model.tflite"]


def test_a_model_may_be_saved_over_its_own_file(model, tmp_path):
    path = tmp_path / "model.tflite"
    model.save(path)
    before = path.read_bytes()
    et.load(path).save(path)
    assert path.read_bytes() == before


def refused(model, path, words):
    with pytest.raises(et.OutputError, match=words) as caught:
        model.save(path)
    assert isinstance(caught.value, OSError)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("folder", "Is a directory"),
        ("missing/model.tflite", "No such file or directory"),
        ("file/model.tflite", "Not a directory"),
        ("n" * 300, "name too long"),
    ],
    ids=["a folder", "a missing folder", "a file as folder", "too long"],
)
def test_places_that_cannot_be_written(model, tmp_path, place, words):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"before")
    refused(model, tmp_path / place, words)
    assert names(tmp_path) == ["file", "folder"]
    assert (tmp_path / "file").read_bytes() == b"before"
    assert names(tmp_path / "folder") == []


def test_a_folder_without_permission(model, tmp_path):
    folder = tmp_path / "closed"
    folder.mkdir()
    (folder / "model.tflite").write_bytes(b"before")
    folder.chmod(0o500)
    user = os.geteuid()
    try:
        if user == 0:  # which may write everywhere
            os.seteuid(65534)
        refused(model, folder / "model.tflite", "Permission denied")
    finally:
        os.seteuid(user)
        folder.chmod(0o700)
    assert names(folder) == ["model.tflite"]
    assert (folder / "model.tflite").read_bytes() == b"before"


@pytest.mark.parametrize("there", [True, False], ids=["replacing", "new"])
@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk(model, tmp_path, monkeypatch, call, there):
    path = tmp_path / "model.tflite"
    if there:
        path.write_bytes(b"before")
    failed = []

    def full(*arguments):
        failed.append(arguments)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    refused(model, path, "No space left on device")
    assert len(failed) == 1
    assert names(tmp_path) == (["model.tflite"] if there else [])
    if there:
        assert path.read_bytes() == b"before"


def test_a_limit_that_ends_half_way(model, tmp_path):
    """A real one: the process may not write so large a file."""
    resource = pytest.importorskip("resource")
    path = tmp_path / "model.tflite"
    path.write_bytes(b"before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        refused(model, path, "File too large")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert names(tmp_path) == ["model.tflite"]
    assert path.read_bytes() == b"before"


@pytest.mark.parametrize("path", [3, None, b"model.tflite"], ids=repr)
def test_what_is_no_path(model, tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(et.OutputError, match=f"a model is saved to a path, not to {type(path).__name__}"):
        model.save(path)
    assert names(tmp_path) == []


def test_what_would_be_lost_is_refused(tmp_path, monkeypatch):
    """A dead operator of unknown options: it loads, since nothing needs it, and is not written without them."""
    x = Tensor("x", (1, 4), "int8", Quantization(np.float32([0.5]), np.int64([0])))
    operators = (Operator("relu", (0,), (1,)), Operator("reverse_sequence", (0,), (2,)))
    graph = Graph((x, x, x), operators, (0,), (1,))
    with monkeypatch.context() as patch:
        patch.setattr(tflite_write, "OPTIONLESS", ("relu", "reverse_sequence"))
        data = write_tflite(graph)
    path = tmp_path / "model.tflite"
    with pytest.raises(et.UnsupportedError, match=r"operator 1 \(reverse_sequence\): its options are not known"):
        et.load(data).save(path)
    assert names(tmp_path) == []
