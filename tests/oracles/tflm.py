"""The pinned tflite-micro wheel in the product's child process, under the names that tests use."""

from __future__ import annotations

import numpy as np

from edgetwin.device import peers
from edgetwin.device.peers import Answer
from edgetwin.errors import DeviceError

INSTALL = 'pip install ".[test]" (tflite-micro is built for Linux x86-64)'
#: The wheel does not run this model: it raised, its process died, or was ended; with what it wrote about it.
Refused = DeviceError


def available() -> bool:
    """Return whether the wheel can be imported (without importing it here)."""
    return peers.available("tflm")


class Tflm(peers.Peer):
    """A child process that runs models in the wheel; a crash becomes `Refused` and a fresh child."""

    def __init__(self) -> None:
        super().__init__("tflm")

    def run(
        self,
        model: bytes,
        inputs: list[list[np.ndarray]],
        outputs: int = 1,
        tensors: list[int] | None = None,
        keep_state: bool = False,
        arena_size: int | None = None,
        most_seconds: float | None = None,
    ) -> Answer:
        """Run `model` on every sample of `inputs` (arrays with the file's own shapes, batch axis included)."""
        options = {"keep_state": keep_state, "arena_bytes": arena_size, "timeout_s": most_seconds}
        return super().run(model, inputs, tensors or [], **options)
