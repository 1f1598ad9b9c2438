"""README and guides: their examples run, their tables are the code's, their links lead somewhere, the site builds."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys

import pytest
from conftest import ROOT

import edgetwin as et
from edgetwin.graph.support import TABLE_BEGIN, TABLE_END, support_summary, support_table

PAGES = {path.name: path for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]}
TEXTS = {name: path.read_text(encoding="utf-8") for name, path in PAGES.items()}
MAIN = "from edgetwin.cli import main; main()"
#: Files that a user has, in the examples' words, and where the shared data has them.
OWN_FILES = {
    "gait_int8.tflite": "models/gait_int8.tflite",
    "gait_f32.tflite": "models/gait_f32.tflite",
    "audio_pre_int8.tflite": "models/audio_pre_int8.tflite",
    "micro_speech_int8.tflite": "models/micro_speech_int8.tflite",
    "strides.npz": "golden/gait/Sub_FZ_PWS_RF.npz",
    "yes_1000ms.wav": "datasets/tflm_examples/yes_1000ms.wav",
    "tripod_excerpt": "datasets/tripod_excerpt",
}


def blocks(name, language):
    return re.findall(rf"^```{language}\n(.*?)^```", TEXTS[name], re.MULTILINE | re.DOTALL)


def commands(name, *, own):
    """The page's command lines: those on a user's own files, or those that need nothing but the package."""
    lines = [line for block in blocks(name, "sh") for line in block.splitlines() if line.startswith("edgetwin ")]
    mine = re.compile("|".join(rf"(?<![/\w]){re.escape(file)}" for file in OWN_FILES))
    return [line for line in lines if bool(mine.search(line)) == own]


@pytest.mark.parametrize("name", [name for name in PAGES if blocks(name, "python")])
def test_python_examples_run(name, tmp_path, monkeypatch):
    """In order, in one namespace, as a reader would type them."""
    monkeypatch.chdir(tmp_path)
    namespace = {"__name__": "page"}
    for block in blocks(name, "python"):
        exec(compile(block, name, "exec"), namespace)


@pytest.mark.parametrize("name", [name for name in PAGES if commands(name, own=False)])
def test_shell_examples_on_packaged_data_run(name, tmp_path):
    """In order, in one folder: those that need nothing but the package, whose model is called stride.tflite there."""
    (tmp_path / "stride.tflite").write_bytes(et.data.demo_model())
    run_commands(commands(name, own=False), tmp_path)


@pytest.mark.parametrize("name", [name for name in PAGES if commands(name, own=True)])
def test_shell_examples_on_own_files_run(name, tmp_path, shared):
    """A user's own models and recordings: the gait model, its float32 twin, real strides, speech."""
    for file, source in OWN_FILES.items():
        (tmp_path / file).symlink_to(shared / source)
    run_commands(commands(name, own=True), tmp_path)


def test_the_readme_has_five_examples():
    """Four run, the fifth needs an emulated board and is tests/device's."""
    assert len(blocks("README.md", "python")) == 4
    assert len(blocks("README.md", "py")) == 1
    assert len(commands("README.md", own=False)) >= 4


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


@pytest.mark.parametrize(("name", "table"), [("README.md", support_summary), ("support.md", support_table)])
def test_tables_are_the_codes(name, table):
    """Regenerate them with `edgetwin.graph.support`'s `support_summary()` and `support_table()`."""
    block = TEXTS[name].split(TABLE_BEGIN)[1].split(TABLE_END)[0]
    assert block.strip() == table()


def test_links_of_the_readme_lead_to_files():
    """Those of the guides are the site's to check."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", TEXTS["README.md"])
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_pictures_are_small():
    for picture in re.findall(r"!\[[^]]*\]\(([^)]+)\)", TEXTS["README.md"]):
        assert (ROOT / picture).stat().st_size < 60_000


def test_the_site_builds_without_a_warning(tmp_path):
    if not importlib.util.find_spec("mkdocstrings") or not importlib.util.find_spec("material"):
        pytest.skip('mkdocs is not installed: pip install "edgetwin[docs]"')
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path / "site"],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    pages = {path.relative_to(tmp_path / "site").parent.as_posix() for path in tmp_path.rglob("index.html")}
    assert {"results", "limits", "api/models", "devices"} <= pages
    assert 'id="edgetwin.Model.export"' in (tmp_path / "site/api/models/index.html").read_text(encoding="utf-8")
