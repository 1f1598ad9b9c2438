"""Pages and pictures of the documentation that live elsewhere in the tree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mkdocs.structure.files import File

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

ROOT = Path(__file__).resolve().parent.parent


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the measured results with their pictures, and the demo's picture."""
    pictures = [*sorted((ROOT / "benchmarks").glob("*.png")), ROOT / "notebooks" / "demo.png"]
    sources = {"results.md": ROOT / "benchmarks" / "RESULTS.md", **{path.name: path for path in pictures}}
    for name, path in sources.items():
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files
