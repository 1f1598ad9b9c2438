"""Every notebook runs from top to bottom, and is kept without its outputs."""

from __future__ import annotations

import os
import re
import sys
import warnings

import pytest
from conftest import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
by_name = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def read(path):
    try:
        import nbformat
    except ImportError:
        pytest.skip("nbformat is not installed: pip install nbclient nbformat ipykernel")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    return notebook


@by_name
def test_notebook_is_stripped(path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@by_name
def test_notebook_ends_with_an_assert(path):
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert code[-1].splitlines()[-1].startswith("assert ")


@pytest.mark.parametrize(
    ("path", "data"),
    [
        pytest.param(path, data, id=f"{data}-{path.stem}")
        for path in NOTEBOOKS
        for data in ("packaged", "shared")
        if data == "packaged" or re.search("EDGETWIN_SHARED|shared_data", path.read_text(encoding="utf-8"))
    ],
)
def test_notebook_runs(path, data, tmp_path, monkeypatch, request):
    """On what ships with the package, and on the shared data where it is there."""
    folder = request.getfixturevalue("shared") if data == "shared" else tmp_path / "absent"
    monkeypatch.setenv("EDGETWIN_SHARED", str(folder))
    execute(read(path), tmp_path)


def execute(notebook, folder):
    """Run every cell in a kernel of this interpreter; an error in a cell is raised with its traceback."""
    try:
        # What Jupyter's packages warn of at import is theirs.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from jupyter_client.kernelspec import KernelSpec
            from jupyter_client.manager import AsyncKernelManager
            from nbclient import NotebookClient

            class ThisInterpreter(AsyncKernelManager):
                kernel_spec = KernelSpec(
                    argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], env=dict(os.environ)
                )

            resources = {"metadata": {"path": str(folder)}}
            client = NotebookClient(notebook, timeout=300, kernel_manager_class=ThisInterpreter, resources=resources)
            client.execute()
    except ImportError as error:
        pytest.skip(f"{error.name} is not installed: pip install nbclient nbformat ipykernel")
