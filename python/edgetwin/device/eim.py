"""A Linux program of Edge Impulse (``.eim``), spoken to in JSON over a unix socket."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..errors import DeviceError, NotComparableError
from ..model import Model
from ..quantize_values import dequantize_array
from ..types import Array
from .base import Device, DeviceInfo, Seen
from .decimals import codes_of

__all__ = ["EimDevice"]

_POLL_S = 0.02
_READ_BYTES = 1 << 16
_DYING_S = 5.0


class EimDevice(Device):
    """A program that takes real values and answers with probabilities by label, from which integers are recovered.

    Its impulse must take the model's inputs as they are (the block for raw data).

    Parameters
    ----------
    spec, path : str
    model : Model
        Of one quantized input and one quantized output.
    timeout_s : float

    Raises
    ------
    DeviceError : the program does not start, does not answer, or takes another number of values
    NotComparableError : the model has no quantized input or output, or several
    """

    def __init__(self, spec: str, path: str, model: Model, timeout_s: float) -> None:
        super().__init__(spec, model, repeats=1)
        if len(model.inputs) != 1 or len(model.outputs) != 1 or model.inputs[0].scale is None:
            raise NotComparableError(f"not comparable: {spec} takes one quantized input and gives one output")
        self._model = model
        self._timeout_s = timeout_s
        self._number = 0
        self._folder = tempfile.TemporaryDirectory(prefix="edgetwin-")
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the device
        where = os.path.join(self._folder.name, "eim.sock")
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own program
                [os.path.abspath(path), where], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
            )
        except OSError as error:
            self._folder.cleanup()
            self._log.close()
            raise DeviceError(f"{spec} does not start: {error.strerror or error}") from error
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._connect(where)
            self._hello = self._ask({"hello": 1})
            count = self._hello.get("model_parameters", {}).get("input_features_count")
            wanted = int(np.prod(model.inputs[0].shape))
            if count != wanted:
                raise DeviceError(
                    f"{spec} takes {count} values, the model {wanted}: is its block the one for raw data?"
                )
        except BaseException:
            self.close()
            raise

    def info(self) -> DeviceInfo:
        """Return what the program tells of itself."""
        project = self._hello.get("project", {})
        name = " ".join(str(project[key]) for key in ("owner", "name", "deploy_version") if key in project)
        return DeviceInfo(self.name, name, "", (), (), note="integers recovered from decimals")

    def close(self) -> None:
        """End the program."""
        if self._log.closed:
            return
        self._socket.close()
        self._process.kill()
        self._process.wait()
        self._log.close()
        self._folder.cleanup()

    def _connect(self, where: str) -> None:
        until = time.monotonic() + self._timeout_s
        while True:
            try:
                self._socket.connect(where)
                return
            except OSError:  # noqa: PERF203 - it is not there yet
                if self._process.poll() is not None or time.monotonic() > until:
                    raise DeviceError(self._said("opened no socket")) from None
                time.sleep(_POLL_S)

    def _said(self, what: str) -> str:
        code = self._process.poll()
        self._log.seek(0)
        said = self._log.read().decode("utf-8", "replace").strip().splitlines()[-3:]
        ended = f"ended with code {code}" if code is not None else what
        return f"{self.name} {ended}: {' | '.join(said) or 'it said nothing'}"

    def _ask(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer to a request; answers end in a zero byte."""
        self._number += 1
        self._socket.settimeout(self._timeout_s)
        data = bytearray()
        try:
            self._socket.sendall(json.dumps({**request, "id": self._number}).encode())
            while not data.endswith(b"\0"):
                piece = self._socket.recv(_READ_BYTES)
                if not piece:
                    raise DeviceError(self._said("closed its socket"))
                data += piece
            answer = json.loads(data[:-1])
        except TimeoutError:
            raise DeviceError(self._said(f"did not answer in {self._timeout_s:g} s")) from None
        except OSError:
            raise DeviceError(self._said("closed its socket")) from None
        except ValueError:
            raise DeviceError(f"{self.name} answers what is no JSON: {bytes(data[:100])!r}") from None
        if not isinstance(answer, dict) or answer.get("id") != self._number or not answer.get("success"):
            said = answer.get("error", "no success") if isinstance(answer, dict) else repr(answer)
            raise DeviceError(f"{self.name} refuses: {said}")
        return answer

    def _once(self, sample: Sequence[Array], operators: bool) -> Seen:
        source = self._model.inputs[0]
        if source.scale is None or source.zero_point is None:
            raise NotComparableError(f"not comparable: input {source.name!r} is not quantized")
        real = dequantize_array(sample[0], source.scale, source.zero_point)
        answer = self._ask({"classify": [float(value) for value in real.ravel()]})
        values = answer.get("result", {}).get("classification")
        if not isinstance(values, dict):
            raise NotComparableError(f"not comparable: {self.name} answers without a classification")
        texts = [f"{value:.9g}" if isinstance(value, float) else str(value) for value in values.values()]
        return Seen([codes_of(texts, self._model.outputs[0], f"{self.name}, answer {self._number}")])
