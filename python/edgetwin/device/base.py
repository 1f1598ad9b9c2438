"""What every device has: inputs go in one by one, each several times; outputs come back shaped as `Model.run`'s."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from types import TracebackType
from typing import Any

import numpy as np

from ..errors import DeviceError, ShapeError
from ..execution import Trace, by_position
from ..graph.graph import DTYPES
from ..model import Model
from ..types import Array, TensorSpec

__all__ = ["REPEATS", "Device", "DeviceInfo", "Seen"]

#: Runs of each input: memory that one run leaves behind shows in the next, or in the one after.
REPEATS = 3
_NO_SAMPLES = "0 samples: there is nothing to run on a device; accepted is at least one"


@dataclass(frozen=True)
class DeviceInfo:
    """What a device tells of itself.

    Attributes
    ----------
    device : str
        As it was opened.
    model : str
        The model's name there; empty where it is not told.
    hash : str
        See `Model.hash`; empty where it is not told.
    input_bytes, output_bytes : tuple of int
    stateful : bool
        Whether the model keeps state, which is reset before every run.
    note : str
    """

    device: str
    model: str
    hash: str
    input_bytes: tuple[int, ...]
    output_bytes: tuple[int, ...]
    stateful: bool = False
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return everything as a dictionary that JSON can hold."""
        return asdict(self)


@dataclass
class Seen:
    """What one run of one sample gave, as bytes.

    Attributes
    ----------
    outputs : list of bytes
        In the model's order.
    operators : dict of int to bytes
        First outputs of operators, by their index in the model file; of those that the device showed.
    """

    outputs: list[bytes]
    operators: dict[int, bytes] = field(default_factory=dict)


class Device(ABC):
    """A board, an emulated one, a runtime or a recording of one. Made by `edgetwin.device.open`; a context manager.

    Parameters
    ----------
    name : str
    model : Model, optional
        What the device is meant to run. Without it inputs and outputs are int8, one axis of bytes.
    repeats : int, >= 1
        Runs of each input, which must give the same bytes.

    Attributes
    ----------
    name, model, repeats
    """

    def __init__(self, name: str, model: Model | None = None, repeats: int = REPEATS) -> None:
        self.name = name
        self.model = model
        self.repeats = repeats

    @abstractmethod
    def info(self) -> DeviceInfo:
        """Return what the device tells of itself."""

    @abstractmethod
    def _once(self, sample: Sequence[Array], operators: bool) -> Seen:
        """Run one sample, an array for each input, once; from the initial state."""

    def close(self) -> None:  # noqa: B027 - not every device holds something
        """Let the device go. It can be called twice."""

    def run(self, *inputs: Any) -> Any:
        """Run samples on the device, one by one.

        Parameters
        ----------
        *inputs : ndarray, or one dict of name to ndarray
            As `Model.run` takes them.

        Returns
        -------
        ndarray, or tuple of ndarray for several outputs
            Shaped as `Model.run` returns them.

        Raises
        ------
        ShapeError : wrong number, dtype or shape of arrays
        DeviceError : the device has another model, does not answer as it should, or gives other bytes when an input is
            run again
        """
        samples, batched = self._split(inputs)
        seen = [self._steady(number, runs) for number, runs in enumerate(self._every(samples, operators=False))]
        results = tuple(
            _shaped([one.outputs[index] for one in seen], spec.dtype, spec.shape, batched)
            for index, spec in enumerate(self._outputs())
        )
        return results[0] if len(results) == 1 else results

    def trace(self, *inputs: Any) -> Trace:
        """Run samples on the device and keep every operator's output that it shows.

        Parameters
        ----------
        *inputs
            As in `run`.

        Returns
        -------
        Trace
            Operator index -> output array, as `Model.trace` gives it; without a model, int8 of one axis of bytes.

        Raises
        ------
        ShapeError, DeviceError : as in `run`
        """
        samples, batched = self._split(inputs)
        seen = [self._steady(number, runs) for number, runs in enumerate(self._every(samples, operators=True))]
        arrays, names = {}, {}
        for operator in seen[0].operators if seen else ():
            data = [one.operators[operator] for one in seen]
            if self.model is None:
                arrays[operator] = _shaped(data, np.dtype(np.int8), (len(data[0]),), batched)
                names[operator] = f"operator {operator}"
                continue
            tensor = self.model.graph.tensors[self.model.graph.operators[operator].outputs[0]]
            shape = tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape
            arrays[operator] = _shaped(data, DTYPES[tensor.dtype], shape, batched)
            names[operator] = tensor.name
        return Trace(arrays, names)

    def samples(self, *inputs: Any) -> tuple[list[list[Array]], list[Seen]]:
        """Run samples and return them one by one, with the bytes that each gave, operators included.

        Parameters
        ----------
        *inputs
            As in `run`.

        Returns
        -------
        samples : list of list of ndarray
            An array for each input.
        seen : list of Seen

        Raises
        ------
        ShapeError, DeviceError : as in `run`
        """
        given, _ = self._split(inputs)
        every = self._every(given, operators=True)
        return given, [self._steady(number, runs) for number, runs in enumerate(every)]

    def check(self, model: Model) -> None:
        """Raise unless the device runs this model, as far as it tells.

        Parameters
        ----------
        model : Model

        Raises
        ------
        DeviceError : it has another one, which the message names
        """
        info = self.info()
        named = f"model {info.model!r}" if info.model else "a model without a name"
        if info.hash and info.hash != model.hash:
            raise DeviceError(
                f"{self.name}: the board has {named} with hash {info.hash}, asked for is hash {model.hash}: flash an "
                "export of this model, or load the file that the firmware was made from"
            )
        for kind, found, specs in (
            ("inputs", info.input_bytes, model.inputs),
            ("outputs", info.output_bytes, model.outputs),
        ):
            wanted = tuple(_spec_bytes(spec) for spec in specs)
            if found and found != wanted:
                raise DeviceError(f"{self.name}: the board has {named} with {kind} of {found} bytes, not {wanted}")

    def as_runtime(self, model: Model) -> _DeviceRuntime:
        """Return what `Model.compare` compares with.

        Parameters
        ----------
        model : Model

        Raises
        ------
        DeviceError : the device has another model
        """
        self.check(model)
        return _DeviceRuntime(self, model)

    def __enter__(self) -> Device:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<edgetwin.device.{type(self).__name__} {self.name}>"

    def _every(self, samples: Sequence[Sequence[Array]], *, operators: bool) -> list[list[Seen]]:
        """Run each sample several times; its operators the first time."""
        return [[self._once(sample, operators and number == 0) for number in range(self.repeats)] for sample in samples]

    def _steady(self, number: int, runs: Sequence[Seen]) -> Seen:
        said = _unsteady(number, runs)
        if said:
            raise DeviceError(f"{self.name}: {said}")
        return runs[0]

    def _inputs(self) -> tuple[TensorSpec, ...]:
        return self.model.inputs if self.model else _plain(self.info().input_bytes, "input")

    def _outputs(self) -> tuple[TensorSpec, ...]:
        return self.model.outputs if self.model else _plain(self.info().output_bytes, "output")

    def _split(self, inputs: tuple[Any, ...]) -> tuple[list[list[Array]], bool]:
        """Return the inputs sample by sample, and whether they have an axis of samples."""
        specs = self._inputs()
        given = by_position(inputs, specs)
        counts = set()
        for value, spec in zip(given, specs, strict=True):
            one = isinstance(value, np.ndarray) and value.shape == spec.shape
            if not one and (not isinstance(value, np.ndarray) or value.shape[1:] != spec.shape or value.ndim == 0):
                came = f"shape {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
                raise ShapeError(f"input {spec.name!r}: {came}, accepted is an array of {spec.shape} or (n, ...) of it")
            if value.dtype != spec.dtype:
                raise ShapeError(f"input {spec.name!r}: dtype {value.dtype}, accepted is {spec.dtype}")
            counts |= set() if one else {len(value)}
        if len(counts) > 1:
            raise ShapeError(f"inputs of {sorted(counts)} samples, accepted is one number of them")
        if counts == {0}:
            raise ShapeError(_NO_SAMPLES)
        samples = [
            [value if value.shape == spec.shape else value[i] for value, spec in zip(given, specs, strict=True)]
            for i in range(counts.copy().pop() if counts else 1)
        ]
        return samples, bool(counts)


class _DeviceRuntime:
    """A device behind `Model.compare`; see `referee.compare.Runtime`."""

    def __init__(self, device: Device, model: Model) -> None:
        self.name = device.name
        self._device = device
        self._model = model

    def run(
        self, samples: Sequence[Sequence[Array]], tensors: Sequence[int]
    ) -> tuple[list[Array], dict[int, Array], str]:
        """Return outputs and the wanted tensors, stacked over samples, and what could not be had."""
        if not samples:
            raise ShapeError(_NO_SAMPLES)
        graph = self._model.graph
        made = {
            called.outputs[0]: index
            for index, called in enumerate(graph.operators)
            if called.outputs and called.outputs[0] in set(tensors)
        }
        given = [[a.reshape(s.shape) for a, s in zip(one, self._model.inputs, strict=True)] for one in samples]
        notes: list[str] = []
        chosen = []
        for number, runs in enumerate(self._device._every(given, operators=True)):
            said = _unsteady(number, runs)
            notes += [said] if said and not notes else []
            chosen.append(self._other(given[number], runs) if said else runs[0])

        def stacked(data: Sequence[bytes], tensor: int) -> Array:
            spec = graph.tensors[tensor]
            return _shaped(data, DTYPES[spec.dtype], spec.shape, True)

        outputs = [stacked([s.outputs[i] for s in chosen], tensor) for i, tensor in enumerate(graph.outputs)]
        shown = {
            tensor: stacked([s.operators[index] for s in chosen], tensor)
            for tensor, index in made.items()
            if all(index in s.operators for s in chosen)
        }
        missing = [index for tensor, index in made.items() if tensor not in shown]
        if len(missing) == len(made):
            notes.append("the device shows no operators: only outputs are compared")
        elif missing:
            notes.append(f"the device does not show operators {missing}")
        return outputs, shown, "; ".join(notes)

    def _other(self, sample: Sequence[Array], runs: Sequence[Seen]) -> Seen:
        """Return the run that differs from the model: it must not pass because another one did not."""
        ours = self._model.run(*sample)
        wanted = [array.tobytes() for array in (ours if isinstance(ours, tuple) else (ours,))]
        other = next(one for one in runs if one.outputs != wanted)
        return Seen(other.outputs, other.operators or runs[0].operators)


def _unsteady(number: int, runs: Sequence[Seen]) -> str:
    """Return how runs of one input differ; empty where they do not."""
    for again, one in enumerate(runs[1:], start=2):
        for index, (a, b) in enumerate(zip(runs[0].outputs, one.outputs, strict=True)):
            if a != b:
                at = next(i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y)
                return (
                    f"stale memory: run {again} of sample {number} gives byte {b[at]} in output {index} at byte {at}, "
                    f"run 1 of the same input {a[at]}"
                )
    return ""


def _spec_bytes(spec: TensorSpec) -> int:
    return math.prod(spec.shape) * spec.dtype.itemsize


def _plain(sizes: Sequence[int], kind: str) -> tuple[TensorSpec, ...]:
    return tuple(TensorSpec(f"{kind} {i}", (size,), np.dtype(np.int8), None, None) for i, size in enumerate(sizes))


def _shaped(data: Sequence[bytes], dtype: np.dtype[Any], shape: tuple[int, ...], batched: bool) -> Array:
    wanted = math.prod(shape) * dtype.itemsize
    wrong = next((len(one) for one in data if len(one) != wanted), None)
    if wrong is not None:
        raise DeviceError(f"the device gives {wrong} bytes for a tensor of {wanted}: it has another model")
    flat: Array = np.frombuffer(b"".join(data), dtype).copy()
    return flat.reshape((len(data), *shape) if batched else shape)
