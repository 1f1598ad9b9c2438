"""Data files: what each kind gives, and one clear error for every file that cannot be used."""

from __future__ import annotations

import io
import json
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from edgetwin.data import load_file, load_samples
from edgetwin.errors import DataError


def npy_bytes(array, **options):
    buffer = io.BytesIO()
    np.save(buffer, array, **options)
    return buffer.getvalue()


def npz_bytes(compressed=False, **arrays):
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def acquisition(values, sensors=2):
    payload = {"interval_ms": 10, "sensors": [{"name": f"s{i}"} for i in range(sensors)], "values": values}
    return json.dumps({"protected": {}, "payload": payload})


@pytest.fixture
def write(tmp_path):
    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize("compressed", [False, True], ids=["stored", "compressed"])
def test_npz_gives_its_arrays(write, compressed):
    arrays = {"a": np.arange(6).reshape(2, 3), "b": np.float32(2.5) * np.ones((1, 4)), "text": np.array(["x", "yy"])}
    read = load_file(write("x.npz", npz_bytes(compressed, **arrays)))
    assert list(read) == list(arrays)
    for name, array in arrays.items():
        assert read[name].dtype == array.dtype
        assert_array_equal(read[name], array)


@pytest.mark.parametrize("name", ["x.npy", "X.NPY"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_gives_x(write, name, order):
    array = np.asarray(np.arange(12, dtype=">i2").reshape(3, 4), order=order)
    assert_array_equal(load_file(write(name, npy_bytes(array)))["x"], array)


@pytest.mark.parametrize(
    "text",
    ["1,2,3\n4,5,6\n", "a,b,c\n1,2,3\n4,5,6", "1,2,3,\n4,5,6,\n", "\n1,2,3\n\n\n4,5,6\n\n", "1, 2,3\r\n4,5 ,6e0\r\n",
     "\ufeff1,2,3\n4,5,6\n", "\ufeffa,b,c\n1,2,3\n4,5,6\n"],
    ids=["plain", "header", "trailing-comma", "blank-lines", "crlf", "bom", "bom-header"],
)  # fmt: skip
def test_csv_has_a_row_a_sample(write, text):
    # A byte-order mark must not turn the first row into a header that is dropped.
    assert_array_equal(load_file(write("x.csv", text))["x"], [[1, 2, 3], [4, 5, 6]])


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.floats(allow_nan=False, width=64), min_size=3, max_size=3), min_size=1, max_size=8),
    st.booleans(),
)
def test_csv_reads_back_what_was_written(tmp_path_factory, rows, header):
    path = tmp_path_factory.mktemp("csv") / "x.csv"
    lines = ["ax,ay,az"] * header + [",".join(map(repr, row)) for row in rows]
    path.write_text("\n".join(lines))
    assert_array_equal(load_file(path)["x"], np.array(rows))


def test_acquisition_is_one_time_major_sample(write):
    values = [[1, 2], [3, 4.5], [5, 6]]
    assert_array_equal(load_file(write("x.json", acquisition(values)))["x"], np.array(values)[None])
    one_axis = load_file(write("y.json", acquisition([1, 2, 3], sensors=1)))["x"]
    assert_array_equal(one_axis, np.array([[[1.0], [2.0], [3.0]]]))


GOOD_NPY = npy_bytes(np.arange(100.0))
GOOD_NPZ = npz_bytes(True, x=np.arange(500) % 7)
HUGE = GOOD_NPY.replace(b"(100,)", b"(" + b"9" * 15 + b",)", 1)


def encrypted():
    content = bytearray(npz_bytes(x=np.arange(3)))
    content[6] |= 1
    central = content.rfind(b"PK\x01\x02")
    content[central + 8] |= 1
    return bytes(content)


def not_arrays():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("notes.txt", "hello")
    return buffer.getvalue()


def lying_name():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("x.npy", "hello, I am no array")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("x.txt", "1,2", r"'\.txt', accepted are \.npz, \.npy, \.csv"),
        ("x", "1,2", "accepted are"),
        ("x.npy", b"", "cannot read"),
        ("x.npy", GOOD_NPY[:60], "cannot read"),
        ("x.npy", GOOD_NPY[:-8], "cannot read"),
        ("x.npy", GOOD_NPY + b"\0", "longer than its array"),
        ("x.npy", HUGE, "cannot read"),
        ("x.npy", GOOD_NPZ, "cannot read"),
        ("x.npy", npy_bytes(np.array([{}, 1]), allow_pickle=True), "[Oo]bject arrays cannot be loaded"),
        ("x.npz", b"", "not a zip file"),
        ("x.npz", GOOD_NPZ[:-30], "not a zip file"),
        ("x.npz", GOOD_NPY, "not a zip file"),
        ("x.npz", encrypted(), "encrypted|password"),
        ("x.npz", not_arrays(), "'notes.txt' in it is not an array"),
        ("x.npz", lying_name(), "magic string"),
        ("x.csv", "", "it is empty"),
        ("x.csv", "a,b\n", "a header and no rows"),
        ("x.csv", "a,b\n1,2\n\n3,x\n", r"line 4 holds 'x', which is not a number"),
        ("x.csv", "oops,2\n3,4\n", r"line 1 holds 'oops'"),
        ("x.csv", "1,2\n3,4,5\n", "line 2 has 3 columns, the lines before it 2"),
        ("x.csv", "1,2\n3,,\n", "line 2 holds ''"),
        ("x.csv", b"\xff\xfe1\x00", "decode"),
        ("x.json", "{", "cannot read"),
        ("x.json", "[" * 100_000, "nested too deeply"),
        ("x.json", "[1]", "no payload in it"),
        ("x.json", "{}", "no payload in it"),
        ("x.json", '{"payload": {"sensors": []}}', "no 'values' in it"),
        ("x.json", acquisition([[1, 2], [3]]), "cannot read"),
        ("x.json", acquisition([[1, 2], [3, 4]], sensors=3), r"shape \(2, 2\) for 3 sensors"),
        ("x.json", acquisition([["a", "b"]]), "could not convert"),
    ],
    ids=lambda v: v[:30].replace("\n", " ") if isinstance(v, str) else "",
)
def test_one_clear_error(write, name, content, says):
    path = write(name, content)
    with pytest.raises(DataError, match=says) as caught:
        load_file(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("path", [None, 3, b"a.npz"], ids=repr)
def test_what_is_no_path(path):
    with pytest.raises(DataError, match="comes from a path, not from"):
        load_file(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        load_file(tmp_path / "none.npz")
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(DataError, match="directory"):
        load_file(tmp_path / "folder.npy")


@pytest.mark.filterwarnings("ignore:Reading `.npy` or `.npz` file required additional header parsing")
@pytest.mark.parametrize(
    ("name", "content"),
    [("x.npy", GOOD_NPY), ("x.npz", GOOD_NPZ), ("y.npz", npz_bytes(a=np.arange(9), b=np.eye(3))),
     ("x.csv", b"a,b,c\n1,2,3\n4,5,6\n"), ("x.json", acquisition([[1, 2], [3, 4]]).encode())],
    ids=["npy", "compressed", "stored", "csv", "json"],
)  # fmt: skip
def test_mutated_files_give_arrays_or_a_data_error(tmp_path, name, content):
    path = tmp_path / name
    rng = np.random.default_rng(20)
    refused = 0
    for _ in range(400):
        mutated = bytearray(content)
        # Half of the changes in the first bytes, where headers are.
        end = len(mutated) if rng.random() < 0.5 else min(150, len(mutated))
        for _ in range(int(rng.integers(1, 4))):
            mutated[int(rng.integers(end))] = int(rng.integers(256))
        if rng.random() < 0.2:
            del mutated[int(rng.integers(len(mutated))) :]
        path.write_bytes(mutated)
        message, arrays = "", {}
        try:
            arrays = load_file(path)
        except DataError as error:
            refused, message = refused + 1, str(error)
        assert "\n" not in message
        assert all(isinstance(array, np.ndarray) for array in arrays.values())
    assert refused > 50


def test_names_best_first(write):
    arrays = {
        "x": np.zeros((2, 3), np.float32),
        "strides": np.ones((2, 3), np.float32),
        "codes": np.full((2, 3), 2, np.int8),
        "int8_input": np.full((2, 3), 3, np.int8),
        "label": np.zeros(2),
        "label_cm": np.ones(2),
        "output": np.zeros(2, np.int8),
        "int8_output": np.ones(2, np.int8),
    }
    path = write("x.npz", npz_bytes(**arrays))
    samples = load_samples(path)
    assert_array_equal(samples.codes, arrays["int8_input"])
    assert_array_equal(samples.real, arrays["strides"])
    assert_array_equal(samples.labels, arrays["label_cm"])
    assert samples.label_key == "label_cm"
    assert_array_equal(samples.outputs, arrays["int8_output"])
    named = load_samples(path, inputs="codes", labels="label", outputs="output")
    assert_array_equal(named.codes, arrays["codes"])
    assert named.real is None
    assert named.label_key == "label"
    assert_array_equal(named.outputs, arrays["output"])


@pytest.mark.parametrize("given_name", [None, "x"], ids=["default", "named"])
@pytest.mark.parametrize(
    ("dtype", "integer"), [("int8", True), ("int16", True), ("uint8", False), ("float32", False), ("float64", False)]
)
def test_signed_integers_are_codes_and_others_real(write, dtype, integer, given_name):
    # int8 in a plain .npy must not be quantized a second time.
    samples = load_samples(write("x.npy", npy_bytes(np.ones((2, 3), dtype))), inputs=given_name)
    assert (samples.codes is not None) == integer
    assert (samples.real is not None) == (not integer)
    assert samples.labels is None
    assert samples.outputs is None
    assert samples.label_key == ""


@pytest.mark.parametrize(
    ("arrays", "options", "says"),
    [
        ({"foo": np.zeros(3)}, {}, "no inputs; it holds foo, accepted names are int8_input"),
        ({}, {}, "it holds nothing"),
        ({"x": np.zeros(3)}, {"inputs": "y"}, "no array 'y', it holds x"),
        ({"x": np.zeros(3)}, {"labels": "z"}, "no array 'z'"),
        ({"x": np.zeros(3)}, {"outputs": "z"}, "no array 'z'"),
        ({"x": np.array(["a"])}, {}, "inputs are of dtype <U1, accepted are real numbers"),
        ({"x": np.zeros(3, complex)}, {}, "inputs are of dtype complex128"),
        ({"x": np.zeros(3, "i4,f4")}, {}, "inputs are of dtype"),
        ({"x": np.zeros(1), "y": np.array(["cat"])}, {}, "labels are of dtype <U3"),
        ({"x": np.zeros(1), "output": np.array(["cat"])}, {}, "outputs are of dtype <U3"),
    ],
    ids=["none", "empty", "inputs", "labels", "outputs", "text", "complex", "struct", "text-label", "text-output"],
)
def test_samples_refuse(write, arrays, options, says):
    with pytest.raises(DataError, match=says):
        load_samples(write("x.npz", npz_bytes(**arrays)), **options)
