"""What every command has: examples in its help, and `--quiet`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from .tables import set_quiet

__all__ = ["EXAMPLES", "completed"]

#: Command -> lines that its help shows.
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "agent": ("edgetwin agent gait.tflite --adapter tflite-micro",),
    "certify": (
        "edgetwin certify gait.tflite --against xnnpack",
        "edgetwin certify gait.tflite --check edgetwin-certify/certificate.json",
    ),
    "compare": ("edgetwin compare gait.tflite strides.npz --against xnnpack",),
    "conformance": ("edgetwin conformance --cases 300 --operator conv_2d",),
    "data convert": ("edgetwin data convert recordings --to csv --out csv",),
    "data explore": ("edgetwin data explore recordings --block spectral_analysis --window 2",),
    "data info": ("edgetwin data info recordings --skip-bad",),
    "data rule": ("edgetwin data rule recordings --label freefall",),
    "data tripod": ("edgetwin data tripod tripod --foot RF --causal",),
    "demo": ("edgetwin demo --out walk --report walk/report.html", "edgetwin demo free-fall"),
    "evaluate": (
        "edgetwin evaluate gait.tflite strides.npz --against gait_f32.tflite",
        "edgetwin evaluate gait.tflite --tripod tripod --report report.html",
    ),
    "export": ("edgetwin export gait.tflite --target arduino --out Gait",),
    "inspect": (
        "edgetwin inspect gait.tflite",
        "edgetwin inspect firmware.elf --json",
        "edgetwin inspect gestures-cpp-mcu-v3.zip",
    ),
    "make-portable": ("edgetwin make-portable gait.tflite --data strides.npz --out portable",),
    "profile": (
        "edgetwin profile gait.tflite --target cortex-m4f@80:cmsis-nn --ram 16384",
        "edgetwin profile gait.tflite --edge-impulse --device cortex-m4f-80mhz --deploy gait.zip",
    ),
    "quantize": ("edgetwin quantize gait_f32.tflite --calibration strides.npz --bias-correction",),
    "report": ("edgetwin report gait.tflite strides.npz --against gait_f32.tflite --ram 16384",),
    "run": (
        "edgetwin run gait.tflite strides.npz",
        "edgetwin run words.tflite --wav yes.wav --front-end audio.tflite --labels silence,unknown,yes,no",
        "edgetwin run fall.tflite --live serial:/dev/ttyACM0@115200 --axes 3",
    ),
    "sweep": ("edgetwin sweep sweep.yaml --jobs 2 --report sweep.html",),
    "upload": ("edgetwin upload recordings --category training --dry-run", "edgetwin upload recordings"),
    "verify": (
        "edgetwin verify gait.tflite --device qemu:cortex-m4",
        "edgetwin verify gait.tflite strides.npz --device serial:/dev/ttyACM0",
    ),
}

_EXIT_CODES = "Exit codes: 0 equal or done, 1 something differs or falls short, 2 bad input, 130 interrupted."


def completed(app: typer.Typer) -> Any:
    """Return the command line with what its commands have in common.

    Parameters
    ----------
    app : typer.Typer

    Returns
    -------
    command
        Of the click that typer brings.
    """
    root = typer.main.get_command(app)
    _complete(root, "", _quiet_option())
    return root


def _complete(command: Any, path: str, quiet: Any) -> None:
    for name, part in getattr(command, "commands", {}).items():
        _complete(part, f"{path} {name}".strip(), quiet)
    if hasattr(command, "commands"):
        command.epilog = _EXIT_CODES
        return
    # Before --help, which is last.
    command.params.append(quiet)
    lines = EXAMPLES.get(path, ())
    if lines:
        # After a \b the lines stay as they are.
        command.epilog = "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def _quiet_option() -> Any:
    """Return the option as typer makes it, whichever click it brings."""
    single = typer.Typer(add_completion=False)

    @single.command()
    def _(
        quiet: Annotated[
            bool,
            typer.Option(
                "--quiet", "-q", callback=set_quiet, expose_value=False,
                help="Print nothing but JSON that is asked for, and what goes wrong.",
            ),
        ] = False,
    ) -> None: ...  # fmt: skip

    return typer.main.get_command(single).params[0]
