"""What holds for every command alike, found by walking through all of them."""

from __future__ import annotations

import json
import os
import pty
import shlex
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from oracles.small_models import softmax_model

import edgetwin as et
from edgetwin.cli.app import app
from edgetwin.cli.even import EXAMPLES, completed

MAIN = [sys.executable, "-m", "edgetwin"]
ROOT = completed(app)


def leaves(command, path=()):
    parts = getattr(command, "commands", None)
    if parts is None:
        return {" ".join(path): command}
    return {name: leaf for key, part in parts.items() for name, leaf in leaves(part, (*path, key)).items()}


COMMANDS = leaves(ROOT)
every = pytest.mark.parametrize("name", COMMANDS)


def options(command):
    return {option for parameter in command.params for option in parameter.opts}


@every
def test_options_that_all_have(name):
    assert {"--json", "--quiet", "-q"} <= options(COMMANDS[name])
    described = [p for p in COMMANDS[name].params if getattr(p, "help", None)]
    assert len(described) == len(COMMANDS[name].params), "an argument or option without help"
    assert COMMANDS[name].short_help


@every
def test_help_has_examples(name, edgetwin):
    outcome = edgetwin(*name.split(), "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert EXAMPLES[name]
    shown = outcome.out.split("Examples:\n", 1)[1].splitlines()
    assert [line.strip() for line in shown if line.strip()] == list(EXAMPLES[name])


@pytest.mark.parametrize("line", [line for name in COMMANDS for line in EXAMPLES.get(name, ())])
def test_examples_are_command_lines(line):
    """Every option and value of theirs is accepted; what they name need not exist."""
    words = shlex.split(line)[1:]
    command = ROOT
    while hasattr(command, "commands"):
        command = command.commands[words.pop(0)]
    context = command.make_context(command.name, words)
    assert context.params


@every
def test_bad_input_is_2_and_one_line(name, refused):
    message = refused(*name.split(), "--no-such-option")
    assert "No such option" in message


def test_every_example_is_of_a_command():
    assert set(EXAMPLES) - set(COMMANDS) <= {"conformance"}


@pytest.fixture
def files(tmp_path):
    """What most commands need, small; what they run on."""
    (tmp_path / "m.tflite").write_bytes(softmax_model())
    codes = np.random.default_rng(1).integers(-128, 128, (8, 4)).astype(np.int8)
    np.savez(tmp_path / "d.npz", int8_input=codes, labels=np.arange(8) % 4)
    np.save(tmp_path / "d.npy", codes)
    network = et.nn.Sequential([et.nn.Dense(1)], input_shape=(2,), seed=0)
    network.to_model().save(tmp_path / "f32.tflite")
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(9, 2)).astype(np.float32))
    for k in range(4):
        values = np.full((250, 1), 20 * (k % 2) + k, np.float32) + np.arange(250, dtype=np.float32)[:, None] % 7
        walk = et.data.Recording(values, 100.0, (et.data.Sensor("acc", "g"),), "ab"[k % 2], f"r{k}")
        (tmp_path / "rec").mkdir(exist_ok=True)
        et.data.write_recording(walk, tmp_path / "rec" / f"{'ab'[k % 2]}.{k}.json")
    return tmp_path


QUIET = {
    "agent": ["m.tflite"],
    "certify": ["m.tflite", "--against", "single_rounding"],
    "compare": ["m.tflite", "d.npy", "--against", "single_rounding"],
    "data convert": ["rec", "--to", "csv"],
    "data explore": ["rec", "--window", "1"],
    "data info": ["rec"],
    "data rule": ["rec", "--label", "a", "--test", "0.5"],
    "evaluate": ["m.tflite", "d.npz", "--resamples", "10"],
    "export": ["m.tflite"],
    "inspect": ["m.tflite"],
    "make-portable": ["f32.tflite", "--data", "x.npy"],
    "profile": ["m.tflite"],
    "quantize": ["f32.tflite", "--calibration", "x.npy"],
    "report": ["m.tflite"],
    "run": ["m.tflite", "d.npy"],
    "upload": ["rec", "--dry-run"],
}
#: Tried in their own tests: they take long, or need data or parts of their own.
ELSEWHERE = {"conformance", "data tripod", "demo", "sweep", "verify"}


def test_every_command_is_tried():
    assert set(COMMANDS) - ELSEWHERE == set(QUIET)


@pytest.mark.parametrize("name", QUIET)
def test_quiet_and_json(name, edgetwin, files):
    arguments = [*name.split(), *QUIET[name]]
    loud = edgetwin(*arguments, *OUT.get(name, ()))
    assert loud.code in (0, 1), loud.err
    assert loud.out
    quiet = edgetwin(*arguments, "-q", *again(name))
    assert (quiet.code, quiet.out, quiet.err) == (loud.code, "", "")
    told = edgetwin(*arguments, "--quiet", "--json", *again(name, "third"))
    assert (told.code, told.err) == (loud.code, "")
    assert json.loads(told.out)
    # The next command says something again.
    assert edgetwin("inspect", "m.tflite").out


#: Commands that refuse a folder that holds something.
OUT = {"data convert": ("--out", "first")}


def again(name, folder="second"):
    return ("--out", folder) if name in OUT else ()


def on_a_terminal(*arguments, **variables):
    """Run a command whose standard output and error are a terminal."""
    ours, theirs = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")}
    environment |= {"TERM": "xterm-256color", "COLUMNS": "100"} | variables
    with subprocess.Popen([*MAIN, *map(str, arguments)], stdout=theirs, stderr=theirs, env=environment) as child:
        os.close(theirs)
        parts = []
        try:
            while part := os.read(ours, 65536):
                parts.append(part)
        except OSError:
            pass  # Linux's way to say that the other end is closed
        os.close(ours)
    return child.returncode, b"".join(parts)


def test_colours_only_on_a_terminal(demo_tflite):
    arguments = ("profile", demo_tflite, "--ram", "100")
    code, coloured = on_a_terminal(*arguments)
    assert code == 1
    assert b"\x1b[33m" in coloured
    code, plain = on_a_terminal(*arguments, NO_COLOR="1")
    assert code == 1
    assert b"\x1b[33m" not in plain
    piped = subprocess.run([*MAIN, *map(str, arguments)], capture_output=True)
    assert piped.returncode == 1
    assert b"\x1b" not in piped.stdout + piped.stderr


def test_bars_only_on_a_terminal(files):
    code, shown = on_a_terminal("data", "info", files / "rec")
    assert code == 0
    assert b"reading" in shown
    assert b"reading" not in on_a_terminal("data", "info", files / "rec", "--quiet")[1]
    piped = subprocess.run([*MAIN, "data", "info", str(files / "rec")], capture_output=True)
    assert (piped.returncode, piped.stderr) == (0, b"")
    assert b"reading" not in piped.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="SIGINT cannot be sent to one process")
@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--people", "2", "--train-people", "6", "--epochs", "1000", "--out", "out", "--report", "out/r.html"],
        ["evaluate", "m.tflite", "d.npz", "--resamples", "1000000", "--out", "out", "--report", "out/r.html"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_ctrl_c_leaves_nothing_half_written(arguments, files):
    if arguments[0] == "evaluate":
        rng = np.random.default_rng(0)
        codes = rng.integers(-128, 128, (2000, 4)).astype(np.int8)
        np.savez(files / "d.npz", int8_input=codes, labels=rng.integers(0, 4, 2000))
    with subprocess.Popen(
        [*MAIN, *arguments], cwd=files, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ)
    ) as child:
        time.sleep(2.5)
        assert child.poll() is None, "it ended before it could be interrupted"
        child.send_signal(signal.SIGINT)
        said, complaint = child.communicate(timeout=20)
    assert child.returncode == 130, complaint
    assert said == b""
    assert complaint in (b"", b"edgetwin: interrupted\n")
    assert [path for path in files.rglob("*") if path.name.startswith(".")] == []
    assert not (files / "out" / "r.html").exists()
    assert not (files / "out" / "metrics.json").exists()
