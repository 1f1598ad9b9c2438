"""The command line as a process: arguments in, exit code out, one line on stderr for whatever goes wrong."""

from __future__ import annotations

import io
import os
import sys

import typer

from ..errors import EdgetwinError
from .app import app
from .even import completed
from .exit_codes import EXIT_BAD_INPUT, EXIT_INTERRUPTED, EXIT_NO_READER, UsageError

__all__ = ["run"]


def run() -> None:
    """Run the command line; whatever goes wrong is one line on stderr."""
    # Names of files and tensors may hold what the terminal's encoding lacks.
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status = completed(app)(standalone_mode=False, prog_name="edgetwin") or 0
        sys.stdout.flush()
    except EdgetwinError as error:
        _complain(str(error))
        status = EXIT_BAD_INPUT
    except UsageError as error:
        # `str` leaves out which parameter.
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "edgetwin"
        message = error.format_message() if hasattr(error, "format_message") else str(error)
        _complain(f"{message.rstrip('.')} (`{command} --help` tells more)")
        status = EXIT_BAD_INPUT
    except (typer.Abort, KeyboardInterrupt):
        _complain("interrupted")
        status = EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # The reader of our output has gone (`edgetwin ... | head`); rich and click turn that into an exit with 1.
        _silence()
        status = EXIT_NO_READER
    except OSError as error:
        # Files are read and written through EdgetwinErrors: what is left is standard output.
        _silence()
        _complain(f"cannot write to standard output: {error.strerror or error}")
        status = EXIT_BAD_INPUT
    sys.exit(status)


def _complain(text: str) -> None:
    print(f"edgetwin: {' '.join(text.split())}", file=sys.stderr)


def _silence() -> None:
    # Python flushes standard output once more at exit.
    with open(os.devnull, "w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
