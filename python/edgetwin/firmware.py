"""What ties a model to firmware: its hash, and its export as source code."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .graph.graph import Graph
from .graph.step import Step

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ExportOptions", "Firmware"]


@dataclass(frozen=True)
class ExportOptions:
    """The arguments of `Firmware.export`, which says what they are."""

    target: str = "cpp"
    name: str | None = None
    arena_bytes: int | None = None
    labels: Sequence[str] | None = None
    unit: str = ""
    rate_hz: float | None = None
    source: object = None
    kernels: str = "fast"
    cmsis_nn: str | os.PathLike[str] | None = None
    refuse_departures: bool = False
    url: str = "https://pypi.org/project/edgetwin/"


class Firmware:
    """The part of `Model` that firmware is made from and known by."""

    _data: bytes
    _graph: Graph
    _live: Sequence[int]
    _steps: Sequence[Step]
    _aliases: dict[int, int]

    @property
    def file_bytes(self) -> bytes:
        """The `.tflite` file that was loaded."""
        return self._data

    @property
    def hash(self) -> str:
        """First 16 hex digits of the SHA-256 of the `.tflite` file: firmware tells it, and a check asks for it."""
        return hashlib.sha256(self._data).hexdigest()[:16]

    def export(
        self,
        folder: str | os.PathLike[str],
        target: str = ExportOptions.target,
        *,
        name: str | None = None,
        arena_bytes: int | None = None,
        labels: Sequence[str] | None = None,
        unit: str = "",
        rate_hz: float | None = None,
        source: object = None,
        kernels: str = ExportOptions.kernels,
        cmsis_nn: str | os.PathLike[str] | None = None,
        refuse_departures: bool = ExportOptions.refuse_departures,
        url: str = ExportOptions.url,
    ) -> Path:
        """Write the model as source code for firmware, whole or not at all.

        One call of the device core per operator, parameters and weights as constants, one static arena; the core's
        headers lie beside. Every byte that it computes is the one that `run` computes.

        Parameters
        ----------
        folder : path
            New, empty, or an export that was not changed since, which is replaced.
        target : str
            "cpp": C++17 with CMakeLists.txt, Makefile and a program that answers checks. "arduino": a library, as a
            zip and as a folder, with sketches that read a sensor, print predictions and answer checks. "wasm": a
            WebAssembly module, its loader, and a page for a phone; needs `pip install "edgetwin[wasm]"`.
        name : str, optional
            Namespace and file name; by default the folder's.
        arena_bytes : int, optional
            The most RAM that the arena may take.
        labels : sequence of str, optional
            Names of classes, one for each output element; of a softmax without them "class 0" and so on. Others than
            classifiers print real values.
        unit : str
            Of real values.
        rate_hz : float, optional
            At which sketches and pages sample a sensor; by default the source's rate, and 100 where it has none.
        source : ModelStream or CausalGait, optional
            What makes inputs of a sensor's samples, from `stream`, `Impulse.stream` or `signal.GaitPipeline.stream`:
            the same is written as a class that takes samples one by one, and which sketches and pages feed.
        kernels : str
            "fast": convolutions and dense layers by the core's DSP or vector instructions where it has them, with some
            RAM beside the arena. "small": plain code without. "cmsis-nn": Arm's kernels for int8 convolutions, dense
            layers, pools, additions, products and softmax, "fast" for the rest. The bytes are the same.
        cmsis_nn : path, optional
            A checkout of CMSIS-NN; the files of it that the model needs are copied into the export (target "cpp").
        refuse_departures : bool
            Layers that CMSIS-NN computes wrongly on a Cortex-M55 are exported with the core's own kernels, with a
            warning that names them; this makes it an error.
        url : str
            Of an Arduino library: where its readers find more; by default the page of the tool that wrote it.

        Returns
        -------
        Path

        Raises
        ------
        UnsupportedError : no such target or kernels, an operator that the device core lacks (float32, arithmetic
            "xnnpack"), a source that does not go with the model or the target, or kernels "cmsis-nn" with another
            target or arithmetic or with a layer that is to be refused
        DataError : `name` makes no C++ identifier or too long a one, another number of labels than outputs, a rate
            that is not positive, or no checkout of CMSIS-NN
        DeviceError : the arena is larger than `arena_bytes`, the core's sources are not installed, or the compiler for
            WebAssembly fails
        MissingExtraError : there is no compiler for WebAssembly
        OutputError : the folder cannot be written, or holds something else; what was there is left as it was
        """
        from .device.export import export_graph

        called = (kernels, cmsis_nn, refuse_departures, url)
        options = ExportOptions(target, name, arena_bytes, labels, unit, rate_hz, source, *called)
        return export_graph(folder, self._graph, self._live, self._steps, self._aliases, self.hash, options)
