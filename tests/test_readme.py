"""The README: its examples run, its table is the code's, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys

import pytest
from conftest import ROOT

from edgetwin.graph.support import README_BEGIN, README_END, support_table

TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [
    line
    for block in re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
    if line.startswith("edgetwin ")
]
OWN_FILES = [line for line in COMMANDS if re.search(r" (gait|tripod|micro_speech)_", line)]
LINKS = re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXT)
MAIN = "from edgetwin.cli import main; main()"


def test_python_examples_run(tmp_path, monkeypatch, capsys):
    """In order, in one namespace, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    assert len(PYTHON) >= 4
    namespace = {"__name__": "readme"}
    for block in PYTHON:
        exec(compile(block, "README.md", "exec"), namespace)
    assert "Agreement(n=" in capsys.readouterr().out


def test_shell_examples_on_packaged_data_run(tmp_path):
    """In order, in one folder: those that need nothing but the package."""
    assert len(COMMANDS) - len(OWN_FILES) >= 4
    run_commands([line for line in COMMANDS if line not in OWN_FILES], tmp_path)


def test_shell_examples_on_own_files_run(tmp_path, shared):
    """A user's own models and recordings: the gait model, its float32 twin and real strides."""
    assert OWN_FILES
    for name in ("gait_int8.tflite", "gait_f32.tflite"):
        shutil.copyfile(shared / "models" / name, tmp_path / name)
    shutil.copyfile(shared / "golden" / "gait" / "Sub_FZ_PWS_RF.npz", tmp_path / "strides.npz")
    for name in ("audio_pre_int8.tflite", "micro_speech_int8.tflite"):
        shutil.copyfile(shared / "models" / name, tmp_path / name)
    shutil.copyfile(shared / "datasets" / "tflm_examples" / "yes_1000ms.wav", tmp_path / "yes_1000ms.wav")
    (tmp_path / "tripod_excerpt").symlink_to(shared / "datasets" / "tripod_excerpt")
    run_commands(OWN_FILES, tmp_path)


def run_commands(lines, folder):
    for line in lines:
        arguments = shlex.split(line, comments=True)[1:]
        done = subprocess.run(
            [sys.executable, "-c", MAIN, *arguments],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert done.stdout


def test_support_table_is_the_codes():
    """Regenerate it with `edgetwin.graph.support.support_table()`."""
    block = TEXT.split(README_BEGIN)[1].split(README_END)[0]
    assert block.strip() == support_table()


@pytest.mark.parametrize("link", sorted(set(LINKS)))
def test_link_leads_to_a_file(link):
    assert (ROOT / link).exists()


def test_pictures_are_small():
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXT):
        assert (ROOT / picture).stat().st_size < 60_000
