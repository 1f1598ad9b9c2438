"""What the process ends with; 0 is equal, or done."""

from __future__ import annotations

import typer

__all__ = ["EXIT_BAD_INPUT", "EXIT_DIFFERS", "EXIT_INTERRUPTED", "EXIT_NO_READER", "UsageError"]

EXIT_DIFFERS = 1
EXIT_BAD_INPUT = 2
EXIT_INTERRUPTED = 130
EXIT_NO_READER = 141

#: typer does not name the base of all its usage errors (nor always takes it from the click that is installed).
UsageError: type[Exception] = typer.BadParameter.__mro__[1]
