"""The pytest plugin, in a pytest of its own: options, the fixture, failures, JUnit's properties, what it imports."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from oracles.small_models import softmax_model

import edgetwin as et

CONFTEST = """
import pytest
import edgetwin as et

@pytest.fixture(scope="session")
def edgetwin_model():
    return et.load("classifier.tflite")
"""
TEST = """
import numpy as np
import edgetwin as et

def test_board(device, edgetwin_model, edgetwin_samples):
    codes = np.arange(edgetwin_samples * 4).reshape(-1, 4).astype(np.int8)
    et.device.assert_bit_exact(edgetwin_model, device, codes)

def test_alone():
    pass
"""


@pytest.fixture
def project(tmp_path, tflm):
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_board.py").write_text(TEST)
    (tmp_path / "classifier.tflite").write_bytes(softmax_model())
    return tmp_path


def run(project, *arguments, plugins=("edgetwin.device.pytest_plugin",)):
    package = Path(et.__file__).resolve().parent.parent
    environment = {**os.environ, "PYTHONPATH": str(package), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    chosen = [option for plugin in plugins for option in ("-p", plugin)]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *chosen, *arguments]
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_without_a_board_its_tests_are_skipped(project):
    code, said = run(project, "-rs")
    assert code == 0, said
    assert "1 passed, 1 skipped" in said
    assert "no board: --edgetwin-device SPEC" in said


@pytest.mark.parametrize("option", ["--edgetwin-device", "--device"])
def test_a_board(project, option):
    code, said = run(project, option, "tflm", "--edgetwin-samples", "3", "--junitxml", "out.xml")
    assert code == 0, said
    assert "2 passed" in said
    model = et.load(softmax_model())
    report = (project / "out.xml").read_text()
    assert report.count("<property ") == 2
    assert f'<property name="edgetwin_model" value="{model.hash}"' in report
    assert '<property name="edgetwin_device" value="tflm (tflite-micro' in report


def test_a_board_that_differs(project):
    conftest = (
        CONFTEST
        + "\n@pytest.fixture(scope='session')\ndef device(edgetwin_model):\n"
        + (
            "    from edgetwin.device.base import Device, DeviceInfo, Seen\n"
            "    class Wrong(Device):\n"
            "        def info(self):\n"
            "            return DeviceInfo('wrong', '', '', (), ())\n"
            "        def _once(self, sample, operators):\n"
            "            seen = edgetwin_model.trace(*sample)\n"
            "            seen = {i: bytearray(a.tobytes()) for i, a in seen.items()}\n"
            "            seen[0][2] ^= 1\n"
            "            return Seen([edgetwin_model.run(*sample).tobytes()], {i: bytes(a) for i, a in seen.items()})\n"
            "    return Wrong('wrong', edgetwin_model)\n"
        )
    )
    (project / "conftest.py").write_text(conftest)
    code, said = run(project, "--edgetwin-samples", "3")
    assert code == 1
    assert "AssertionError: wrong does not compute what the model computes" in said
    assert "first: operator 0 (fully_connected), tensor 'scores', at (0, 2): " in said
    assert "there: 3 of 12 elements differ, in 3 samples" in said
    assert "edgetwin/device/assertion.py" not in said


OTHER = """
def pytest_addoption(parser):
    parser.addoption("--device", type=int, default=7)
"""


@pytest.mark.parametrize("place", ["plugin", "conftest"])
def test_another_owner_of_the_short_name_keeps_it(project, place):
    if place == "plugin":
        (project / "other_plugin.py").write_text(OTHER)
        plugins = ("edgetwin.device.pytest_plugin", "other_plugin")
    else:
        (project / "conftest.py").write_text(CONFTEST + OTHER)
        plugins = ("edgetwin.device.pytest_plugin",)
    (project / "test_other.py").write_text(
        "def test_it(pytestconfig):\n    assert pytestconfig.getoption('device') == 3\n"
    )
    code, said = run(project, "--device", "3", "--edgetwin-device", "tflm", plugins=plugins)
    assert code == 0, said
    assert "3 passed" in said


def test_imports_nothing_until_used():
    package = Path(et.__file__).resolve().parent.parent
    program = (
        "import sys, edgetwin.device.pytest_plugin; print('numpy' in sys.modules, 'edgetwin.model' in sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": str(package)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
