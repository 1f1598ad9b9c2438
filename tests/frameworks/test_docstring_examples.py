"""Examples in docstrings run as they stand."""

from __future__ import annotations

import doctest
from importlib import import_module

import pytest
from oracles.frameworks import framework


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")
@pytest.mark.parametrize("name", ["keras", "torch"])
def test_examples(name):
    framework(name).manual_seed(8) if name == "torch" else framework(name).utils.set_random_seed(8)
    result = doctest.testmod(import_module(f"edgetwin.convert.{name}"))
    assert result.attempted > 4
    assert not result.failed
