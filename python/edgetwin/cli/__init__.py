"""The command `edgetwin`."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line; an EdgetwinError becomes one line on stderr and exit code 2."""
    try:
        from .entry import run
    except KeyboardInterrupt:
        # Ctrl-C while the packages load, before `run` can answer it; 130 as in `exit_codes`, which is not there yet.
        raise SystemExit(130) from None
    run()
