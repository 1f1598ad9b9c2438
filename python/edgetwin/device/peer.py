"""An installed runtime as a device."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Model
from ..types import Array
from .base import Device, DeviceInfo, Seen
from .peers import PeerModel, open_model

__all__ = ["PeerDevice"]


class PeerDevice(Device):
    """TFLite Micro's or LiteRT's wheel, in a child process.

    Parameters
    ----------
    runtime : str
        A key of `peers.PEERS`.
    model : Model

    Raises
    ------
    MissingExtraError : it is not installed
    """

    def __init__(self, runtime: str, model: Model) -> None:
        super().__init__(runtime, model, repeats=1)
        self._model = model
        self._runtime = runtime
        self._name = self._opened().name

    def info(self) -> DeviceInfo:
        """Return what it runs."""
        graph = self._model.graph
        given, made = (tuple(graph.tensors[i].nbytes for i in kind) for kind in (graph.inputs, graph.outputs))
        return DeviceInfo(self._name, "", self._model.hash, given, made)

    def _opened(self) -> PeerModel:
        return open_model(self._runtime, self._model.file_bytes)

    def _once(self, sample: Sequence[Array], operators: bool) -> Seen:
        return self._every([sample], operators=operators)[0][0]

    def _every(self, samples: Sequence[Sequence[Array]], *, operators: bool) -> list[list[Seen]]:
        graph = self._model.graph
        shapes = [graph.tensors[index].shape for index in graph.inputs]
        given = [[a.reshape(s) for a, s in zip(one, shapes, strict=True)] for one in samples]
        made: dict[int, int] = {}
        if operators:
            sample = given[0] if given else []
            made = {i: graph.operators[i].outputs[0] for i in self._model.trace(*self._as_inputs(sample))}
        outputs, tensors, _ = self._opened().run(given, list(made.values()))
        return [
            [
                Seen(
                    [array[number].tobytes() for array in outputs],
                    {i: tensors[tensor][number].tobytes() for i, tensor in made.items() if tensor in tensors},
                )
            ]
            for number in range(len(given))
        ]

    def _as_inputs(self, sample: Sequence[Array]) -> list[Array]:
        return [array.reshape(spec.shape) for array, spec in zip(sample, self._model.inputs, strict=True)]
