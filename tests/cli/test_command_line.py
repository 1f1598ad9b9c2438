"""What holds for every command: usage errors, demo, pipes, encodings; as a process where only that tells."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from edgetwin.build_info import __version__

MAIN = [sys.executable, "-m", "edgetwin"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["bogus"], "No such command 'bogus'"),
        (["inspect"], "Missing argument 'MODEL'"),
        (["compare", "m.tflite"], "Missing argument 'INPUT"),
        (["evaluate", "m.tflite"], "Missing argument 'DATA"),
        (["demo", "--people", "0"], "'--people'"),
        (["demo", "--people", "x"], "'--people'"),
        (["inspect", "--bogus", "m"], "No such option: --bogus"),
    ],
    ids=" ".join,
)
def test_misuse_is_one_line(refused, arguments, says):
    message = refused(*arguments)
    assert says in message
    assert "--help` tells more" in message


def test_version_and_help(edgetwin):
    version = edgetwin("--version")
    assert (version.code, version.out) == (0, f"edgetwin {__version__}\n")
    for arguments in (["--help"], ["-h"], ["run", "-h"]):
        outcome = edgetwin(*arguments)
        assert (outcome.code, outcome.err) == (0, "")
        assert "Usage: edgetwin" in outcome.out
        assert "..." not in outcome.out.replace("[ARGS]...", ""), "a description is cut"
    bare = edgetwin()
    assert bare.code == 2
    for command in ("demo", "inspect", "run", "evaluate"):
        assert command in bare.out


def test_an_interrupt_is_not_a_difference(edgetwin, monkeypatch):
    def interrupted(*_args, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("edgetwin.cli.inspect.load", interrupted)
    # Newer typers say nothing, which suits as well.
    outcome = edgetwin("inspect", "m.tflite")
    assert outcome.code == 130
    assert outcome.err in ("", "edgetwin: interrupted\n")


def process(*arguments, stdout=subprocess.PIPE, **variables):
    command = [*MAIN, *map(str, arguments)]
    return subprocess.run(command, stdout=stdout, stderr=subprocess.PIPE, timeout=120, env=os.environ | variables)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
@pytest.mark.parametrize("option", [[], ["--json"]], ids=["table", "json"])
def test_standard_output_that_is_full(demo_tflite, option):
    with open("/dev/full", "wb") as full:
        done = process("inspect", demo_tflite, *option, stdout=full)
    assert done.returncode == 2
    assert done.stderr == b"edgetwin: cannot write to standard output: No space left on device\n"


@pytest.mark.parametrize("option", [[], ["--json"]], ids=["table", "json"])
def test_a_reader_that_has_gone(demo_tflite, option):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = process("inspect", demo_tflite, *option, stdout=writer)
    finally:
        os.close(writer)
    assert done.returncode == 141
    assert done.stderr == b""


def test_letters_that_the_terminal_lacks(demo_tflite, tmp_path):
    path = tmp_path / "schritt_日本.npy"
    np.save(path, np.zeros((2, 648), np.int8))
    done = process("run", demo_tflite, path, "--out", tmp_path / "out_é", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"out_\xe9" in done.stdout
    missing = process("run", demo_tflite, tmp_path / "日.npy", PYTHONIOENCODING="ascii")
    assert missing.returncode == 2
    assert missing.stderr.count(b"\n") == 1
    assert rb"\u65e5.npy: No such file" in missing.stderr
