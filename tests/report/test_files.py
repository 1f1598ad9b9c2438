"""Results on disk: whole or not at all."""

from __future__ import annotations

import io
import json
import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from edgetwin.errors import OutputError
from edgetwin.report.files import output_folder, save_arrays, write_json


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_output_folder(tmp_path):
    folder = output_folder(tmp_path / "a" / "b")
    assert folder.is_dir()
    assert output_folder(folder) == folder
    assert names(folder) == []


@pytest.mark.parametrize("place", ["file", "file/inside"])
def test_output_folder_refuses(tmp_path, place):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="cannot write to the folder"):
        output_folder(tmp_path / place)
    assert names(tmp_path) == ["file"]


def test_json_has_no_nan(tmp_path):
    content = {"a": math.nan, "b": [1.5, -math.inf, (np.float64("nan"), "x")], "c": {"d": None, "e": True}}
    text = write_json(tmp_path / "x.json", content).read_text()
    assert json.loads(text) == {"a": None, "b": [1.5, None, [None, "x"]], "c": {"d": None, "e": True}}
    assert text.endswith("}\n")


def test_arrays_read_back_and_bytes_do_not_depend_on_the_clock(monkeypatch):
    arrays = {"codes": np.arange(6, dtype=np.int8).reshape(2, 3), "real": np.float32([[1.5]])}
    written = []
    for now in (1e9, 1.7e9):
        monkeypatch.setattr("time.time", lambda now=now: now)
        buffer = io.BytesIO()
        save_arrays(buffer, arrays)
        written.append(buffer.getvalue())
    assert written[0] == written[1]
    with np.load(io.BytesIO(written[0])) as read:
        assert read.files == list(arrays)
        for name, array in arrays.items():
            assert read[name].dtype == array.dtype
            assert_array_equal(read[name], array)
