"""``python -m edgetwin``: the command line where the script `edgetwin` is not on the path."""

from __future__ import annotations

from .cli import main

main()
