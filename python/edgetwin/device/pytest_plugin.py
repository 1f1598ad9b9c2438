"""The pytest plugin: ``--edgetwin-device SPEC`` gives tests a board. Nothing of edgetwin is imported until one asks."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ..model import Model
    from .base import Device

__all__ = ["device", "edgetwin_model", "edgetwin_samples"]

_SAMPLES = 8
_SHORT = "--device"
_HELP = "Board that tests of a model run on: qemu:CORE, serial:PORT, recorded:FILE, eim:PATH, tflm or litert."


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("edgetwin", "boards that run a model")
    group.addoption("--edgetwin-device", default=None, metavar="SPEC", help=_HELP)
    group.addoption(
        "--edgetwin-samples", type=int, default=_SAMPLES, metavar="N", help="Samples that tests run on the board."
    )


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser) -> Generator[None, Any, Any]:
    """Add the short name after all plugins and first conftests had their turn, where none of them has it."""
    result = yield
    if not _taken(parser):
        group = parser.getgroup("edgetwin")
        group.addoption(_SHORT, dest="edgetwin_device", default=None, metavar="SPEC", help="As --edgetwin-device.")
    return result


def _taken(parser: pytest.Parser) -> bool:
    try:
        _, unknown = parser.parse_known_and_unknown_args([f"{_SHORT}=x"])
    except pytest.UsageError:
        return True
    return not unknown


@pytest.fixture(scope="session")
def edgetwin_model() -> Model | None:
    """Return the model that the board runs. A project's conftest.py gives its own: ``return et.load(...)``."""
    return None


@pytest.fixture(scope="session")
def edgetwin_samples(request: pytest.FixtureRequest) -> int:
    """Return how many samples tests run on the board."""
    return int(request.config.getoption("edgetwin_samples"))


@pytest.fixture(scope="session")
def device(request: pytest.FixtureRequest, edgetwin_model: Model | None) -> Iterator[Device]:
    """Yield the board of ``--edgetwin-device``; without it the test is skipped."""
    spec = request.config.getoption("edgetwin_device")
    if spec is None:
        pytest.skip("no board: --edgetwin-device SPEC")
    from .opening import open as open_device

    with open_device(spec, edgetwin_model) as opened:
        yield opened


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Give JUnit's reports the board and its model as properties of the test."""
    board = getattr(item, "funcargs", {}).get("device")
    if board is None or not hasattr(board, "as_runtime"):
        return
    info = board.info()
    item.user_properties += [("edgetwin_device", info.device), ("edgetwin_model", info.hash or info.model)]
