"""Frameworks that edgetwin reads: an environment of their own has them, see .ci/run."""

from __future__ import annotations

import importlib.util
import os

import pytest

INSTALL = 'pip install "edgetwin[keras,torch]" tensorflow'


def framework(name: str):
    """Import a framework; what is not installed skips."""
    if importlib.util.find_spec(name) is None:
        pytest.skip(f"{name} is not installed: {INSTALL}", allow_module_level=True)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    return importlib.import_module(name)
