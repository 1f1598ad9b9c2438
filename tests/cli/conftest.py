"""The command line in this process: arguments in, exit code, stdout and stderr out."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from edgetwin.cli import main
from edgetwin.data import demo_model


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str


@pytest.fixture
def edgetwin(tmp_path, monkeypatch, capsys):
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["edgetwin", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_:
            main()
        captured = capsys.readouterr()
        return Outcome(exit_.value.code, captured.out, captured.err)

    return run


@pytest.fixture
def refused(edgetwin, tmp_path):
    """Run a command that must fail: code 2, one line on stderr, nothing on stdout, nothing written."""

    def run(*arguments) -> str:
        before = sorted(tmp_path.rglob("*"))
        outcome = edgetwin(*arguments)
        assert outcome.code == 2
        assert outcome.out == ""
        assert outcome.err.startswith("edgetwin: ")
        assert outcome.err.endswith("\n")
        assert outcome.err.count("\n") == 1
        assert sorted(tmp_path.rglob("*")) == before
        return outcome.err

    return run


@pytest.fixture
def demo_tflite(tmp_path):
    """The packaged model as a user's file, (648,) -> (1,)."""
    path = tmp_path / "stride.tflite"
    path.write_bytes(demo_model())
    return path
