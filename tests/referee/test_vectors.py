"""Test vectors: what they hold is what the model computes, files hold the same, and faults are found."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib

import mutants
import numpy as np
import pytest

import edgetwin as et
from edgetwin.conformance.generators.operators import GENERATORS
from edgetwin.io.tflite_write import write_tflite


@pytest.fixture(scope="module")
def model():
    return et.load(et.data.demo_model())


@pytest.fixture(scope="module")
def vectors(model):
    return model.test_vectors(16)


def test_they_hold_what_the_model_computes(model, vectors):
    (x,), (y,) = vectors.inputs, vectors.outputs
    assert x.shape == (16, *model.inputs[0].shape)
    assert len(np.unique(x, axis=0)) == 16
    np.testing.assert_array_equal(y, model.run(x))
    trace = model.trace(x)
    assert vectors.operators == tuple(trace)
    for column, array in enumerate(trace.values()):
        assert vectors.crc32[:, column].tolist() == [zlib.crc32(row.tobytes()) for row in array]
    again = model.test_vectors(16)
    np.testing.assert_array_equal(again.inputs[0], x)
    assert vectors.model == model.hash


def test_outputs_are_more_than_those_of_random_inputs(model, vectors):
    rng = np.random.default_rng(0)
    random = rng.integers(-128, 128, vectors.inputs[0].shape).astype(np.int8)
    assert len(np.unique(vectors.outputs[0])) > len(np.unique(model.run(random)))


def test_files_hold_the_same(model, vectors, tmp_path):
    vectors.save(tmp_path / "v.npz")
    with np.load(tmp_path / "v.npz") as held:
        assert set(held) == {"input_0", "output_0", "operators", "crc32", "model", "arithmetic"}
        assert held["arithmetic"] == model.arithmetic_version == "tflm@20261023"
        np.testing.assert_array_equal(held["crc32"], vectors.crc32)
        np.testing.assert_array_equal(held["input_0"], vectors.inputs[0])
    vectors.save_header(tmp_path / "v.h", "stride")
    text = (tmp_path / "v.h").read_text()
    assert "under tflm@20261023" in text
    rows = re.search(r"stride_crc32\[16\]\[\d+\] = \{\n(.*?)\};", text, re.DOTALL)[1]
    held = [[int(value) for value in re.findall(r"\d+", row)] for row in rows.splitlines()]
    assert held == vectors.crc32.tolist()


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc: apt-get install gcc")
def test_the_header_is_c(vectors, tmp_path):
    vectors.save_header(tmp_path / "v.h")
    (tmp_path / "main.c").write_text(
        '#include "v.h"\nint main(void) { return vectors_input_0[3][5] != '
        f"{vectors.inputs[0].reshape(16, -1)[3, 5]} || vectors_crc32[15][0] != {vectors.crc32[15, 0]}u; }}\n"
    )
    flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-Wno-unused-const-variable", "-o", "check"]
    subprocess.run(["gcc", *flags, "main.c"], cwd=tmp_path, check=True)
    subprocess.run([tmp_path / "check"], check=True)


def test_faults_are_found(model):
    """Calls with one thing wrong that are not proven to change nothing."""
    faults, _ = mutants.drawn(model, 60, np.random.default_rng(1))
    by_vectors = mutants.found_at(model, faults, model.test_vectors(64).inputs[0])
    assert np.mean(by_vectors >= 0) >= 0.9


@pytest.mark.parametrize("n", [0, -1, True, 2.0, "4"])
def test_bad_numbers(model, n):
    with pytest.raises(et.DataError, match="accepted is an integer >= 1"):
        model.test_vectors(n)


def test_bad_names_and_models(vectors, tmp_path):
    with pytest.raises(et.DataError, match="accepted is a C identifier"):
        vectors.save_header(tmp_path / "v.h", "two words")
    assert not (tmp_path / "v.h").exists()
    rng = np.random.default_rng(0)
    while True:
        graph = GENERATORS["quantize"](rng)
        if graph.tensors[graph.inputs[0]].dtype == "float32":
            break
    with pytest.raises(et.UnsupportedError, match="test vectors are codes"):
        et.load(write_tflite(graph)).test_vectors()
