"""A serial port, through pyserial."""

from __future__ import annotations

import time
from typing import Any

from ..errors import DataError, DeviceError, MissingExtraError

__all__ = ["DEFAULT_BAUD", "SerialPort", "parse_serial"]

DEFAULT_BAUD = 115200
#: Start bit, eight bits, stop bit.
_BITS_PER_BYTE = 10
#: A read waits this long for a first byte: pyserial sets the whole port up anew when the time is changed.
_POLL_S = 0.02


def parse_serial(rest: str) -> tuple[str, int]:
    """Return port and baud rate of ``PORT[@baud]``.

    Parameters
    ----------
    rest : str

    Returns
    -------
    port : str
    baud : int

    Raises
    ------
    DataError : no port, or a rate that is no positive integer
    """
    port, at, rate = rest.rpartition("@") if "@" in rest else (rest, "", "")
    if not port or (at and not (rate.isascii() and rate.isdigit() and int(rate) > 0)):
        raise DataError(f"device 'serial:{rest}', accepted is serial:PORT or serial:PORT@BAUD, as serial:COM3@115200")
    return port, int(rate) if at else DEFAULT_BAUD


class SerialPort:
    """A serial port; see `protocol.Port`.

    Parameters
    ----------
    path : str
        "/dev/ttyACM0", "COM3", or what else `serial.serial_for_url` takes.
    baud : int

    Raises
    ------
    MissingExtraError : pyserial is not installed
    DeviceError : there is no such port, or it is busy
    """

    def __init__(self, path: str, baud: int = DEFAULT_BAUD) -> None:
        try:
            import serial
        except ImportError as error:
            raise MissingExtraError('pyserial is not installed: pip install "edgetwin[serial]"') from error
        self.name = f"serial:{path}@{baud}"
        self.byte_s = _BITS_PER_BYTE / baud
        self._gone = (serial.SerialException, OSError, TypeError)
        try:
            self._port: Any = serial.serial_for_url(path, baud, timeout=_POLL_S, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            raise DeviceError(f"{self.name} cannot be opened: {_why(error, path)}") from error

    def read(self, timeout_s: float) -> bytes:
        """Return what has arrived; see `protocol.Port.read`."""
        try:
            until = time.monotonic() + timeout_s
            while not (first := self._port.read(1)) and time.monotonic() < until:
                pass
            return bytes(first + self._port.read(self._port.in_waiting)) if first else b""
        except self._gone as error:
            raise DeviceError(f"{self.name} has gone while it was read: {error}") from error

    def write(self, data: bytes) -> None:
        """Send bytes; see `protocol.Port.write`."""
        try:
            self._port.write(data)
        except self._gone as error:
            raise DeviceError(f"{self.name} has gone while it was written: {error}") from error

    def close(self) -> None:
        """Close the port."""
        self._port.close()


def _why(error: Exception, path: str) -> str:
    text = str(error)
    if "exclusively lock" in text or "busy" in text.lower() or "Access is denied" in text or "PermissionError" in text:
        return f"another program has it open, or it may not be opened by this user: {text}"
    if getattr(error, "errno", None) == 2:
        return f"there is no {path}; is the board plugged in?"
    return text
