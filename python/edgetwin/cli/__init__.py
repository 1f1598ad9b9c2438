"""The command `edgetwin`."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line; an EdgetwinError becomes one line on stderr and exit code 2."""
    from .entry import run

    run()
