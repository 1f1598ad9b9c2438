"""A device by what it is called."""

from __future__ import annotations

from ..errors import DataError
from ..model import Model
from .base import REPEATS, Device
from .protocol import CheckDevice, Link

__all__ = ["FORMS", "open"]

#: What `open` takes.
FORMS = "qemu:CORE, serial:PORT[@BAUD], recorded:FILE, eim:PATH, mlperf:PORT[@BAUD], tflm, litert"
_TIMEOUT_S = 60.0


def open(spec: str, model: Model | None = None, *, timeout_s: float = _TIMEOUT_S, repeats: int = REPEATS) -> Device:
    """Open a device.

    Parameters
    ----------
    spec : str
        "qemu:cortex-m3", "-m4", "-m7", "-m33", "-m55" or "qemu:riscv32": an emulated board, for which the model is
        exported and built. "serial:PORT" or "serial:PORT@BAUD" (115200 by default): firmware that answers the check
        protocol. "recorded:FILE": a recording of a device, or a log of Edge Impulse firmware. "eim:PATH": a Linux
        program of Edge Impulse. "mlperf:PORT" or "mlperf:PORT@BAUD": firmware of MLPerf Tiny, outputs only. "tflm",
        "litert": an installed runtime.
    model : Model, optional
        What the device is meant to run. Only boards on a serial port and our own recordings can do without.
    timeout_s : float
        Within it an answer must come.
    repeats : int, >= 1
        Runs of each input on a board, which must give the same bytes: memory that one run leaves behind shows in the
        next.

    Returns
    -------
    Device
        A context manager.

    Raises
    ------
    DataError : no such device, or a model is needed
    DeviceError : it cannot be opened, does not answer, or runs another model
    MissingExtraError : a package is missing
    UnsupportedError : the device core lacks an operator of the model
    """
    if not isinstance(spec, str):
        raise DataError(f"a device is a string, not {type(spec).__name__}; accepted are {FORMS}")
    if isinstance(repeats, bool) or not isinstance(repeats, int) or repeats < 1:
        raise DataError(f"repeats: {repeats!r}, accepted is an integer >= 1")
    kind, colon, rest = spec.partition(":")
    if kind == "serial" and colon:
        from .serial_port import SerialPort, parse_serial

        port = SerialPort(*parse_serial(rest))
        try:
            return CheckDevice(spec, Link(port, timeout_s), model, repeats)
        except BaseException:
            port.close()
            raise
    if kind == "recorded" and rest:
        from .recorded import open_recording

        return open_recording(spec, rest, model)
    if kind not in ("qemu", "eim", "mlperf", "tflm", "litert") or bool(rest) == (kind in ("tflm", "litert")):
        raise DataError(f"device {spec!r}, accepted are {FORMS}")
    if model is None:
        raise DataError(f"device {spec!r} needs the model that it is to run: open({spec!r}, model)")
    if kind == "qemu":
        from .qemu_board import open_board

        return open_board(rest, model, max(timeout_s, _TIMEOUT_S), repeats)
    if kind == "eim":
        from .eim import EimDevice

        return EimDevice(spec, rest, model, timeout_s)
    if kind == "mlperf":
        from .mlperf import MlperfDevice
        from .serial_port import SerialPort, parse_serial

        return MlperfDevice(spec, SerialPort(*parse_serial(rest)), model, timeout_s, repeats)
    from .peer import PeerDevice

    return PeerDevice(spec, model)
