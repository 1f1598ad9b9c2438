"""A loaded model: exact integers in and out."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from . import _core
from .errors import DataError, ModelError, QuantizationError, ShapeError, UnsupportedError
from .graph.graph import DTYPES, Graph
from .graph.passes import fold
from .graph.plan import PlanSpec, build_plan, lower
from .graph.step import Step
from .graph.support import check_supported
from .io.tflite_read import read_tflite
from .profile import Profile, profile_graph
from .quantize_values import dequantize_array, quantize_array
from .types import Array, TensorSpec

__all__ = ["Model", "State", "Trace", "load"]

_ARITHMETICS = {"tflm": 0}


class State:
    """The variable tensors (LSTM, SVDF) of `n` independent sequences; made by `Model.state`.

    Attributes
    ----------
    n : int
        Number of sequences.
    arrays : dict of str to ndarray
        Views of the variable tensors by name, shape (n, *tensor shape); writing to them changes the state.
    """

    def __init__(self, graph: Graph, spec: PlanSpec, n: int) -> None:
        self._initial = spec.initial_state
        self._layout = spec.state_layout
        self._graph = graph
        self.n = n
        self._data = np.empty((n, len(self._initial)), np.uint8)
        self.reset()

    @property
    def arrays(self) -> dict[str, Array]:
        """Views of the variable tensors by name."""
        views: dict[str, Array] = {}
        for index, (offset, nbytes) in self._layout.items():
            tensor = self._graph.tensors[index]
            view = self._data[:, offset : offset + nbytes].view(DTYPES[tensor.dtype]).reshape(self.n, *tensor.shape)
            views[tensor.name if tensor.name not in views else f"{tensor.name}:{index}"] = view
        return views

    def reset(self) -> None:
        """Set every sequence back to the file's initial state."""
        self._data[:] = np.frombuffer(self._initial, np.uint8)

    def copy(self) -> State:
        """Return an independent copy."""
        twin = State.__new__(State)
        twin.__dict__.update(self.__dict__)
        twin._data = self._data.copy()
        return twin

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> State:
        return self.copy()

    def __repr__(self) -> str:
        return f"State(n={self.n}, tensors={list(self.arrays)})"


class Trace(Mapping[int, Array]):
    """Outputs of every executed operator, by operator index in execution order.

    Attributes
    ----------
    by_name : dict of str to ndarray
        The same arrays by output tensor name, where that name is unique in the trace.
    names : dict of int to str
        Output tensor name of each operator.
    """

    def __init__(self, arrays: Mapping[int, Array], names: Mapping[int, str]) -> None:
        self._arrays = dict(arrays)
        self.names = dict(names)
        all_names = list(self.names.values())
        self.by_name = {name: self._arrays[i] for i, name in self.names.items() if all_names.count(name) == 1}

    def __getitem__(self, operator: int) -> Array:
        return self._arrays[operator]

    def __iter__(self) -> Iterator[int]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)


def _is_batched(shape: tuple[int, ...]) -> bool:
    return len(shape) > 0 and shape[0] == 1


class _Runner:
    """A C++ plan with the specs of what goes in and comes out."""

    def __init__(self, graph: Graph, spec: PlanSpec, outputs: Sequence[int]) -> None:
        self.plan = _core.Plan(spec.storages, spec.steps, spec.arena_bytes, spec.initial_state, spec.constants)
        self.inputs = tuple(_tensor_spec(graph, index) for index in graph.inputs)
        self.shared = [not _is_batched(graph.tensors[index].shape) for index in graph.inputs]
        self.outputs = tuple(_tensor_spec(graph, index) for index in outputs)

    def run(self, arrays: Sequence[Array], state: State | None, out: Any, threads: int) -> tuple[Array, ...]:
        samples, single = self._samples(arrays)
        if state is not None:
            if state._data.shape[1] != self.plan.state_bytes:
                raise ShapeError("state: it was made by another model; make it with this model's state(n)")
            if state.n != samples:
                raise ShapeError(f"state: it holds {state.n} sequences, the input has {samples} samples")
        lead = () if single else (samples,)
        shapes = [lead + spec.shape for spec in self.outputs]
        if out is None:
            results = [np.empty(shape, spec.dtype) for shape, spec in zip(shapes, self.outputs, strict=True)]
        else:
            results = self._checked_out(out, shapes, arrays)
        self.plan.run(samples, list(arrays), self.shared, results, None if state is None else state._data, threads)
        return tuple(results)

    def _samples(self, arrays: Sequence[Array]) -> tuple[int, bool]:
        samples: int | None = None
        single = True
        for array, spec, shared in zip(arrays, self.inputs, self.shared, strict=True):
            if shared:
                if array.shape != spec.shape:
                    raise ShapeError(f"input {spec.name!r}: shape {array.shape}, accepted is {spec.shape}")
                continue
            if array.shape == spec.shape:
                count, one = 1, True
            elif array.shape[1:] == spec.shape and array.ndim == len(spec.shape) + 1:
                count, one = array.shape[0], False
            else:
                accepted = ("n", *spec.shape)
                raise ShapeError(
                    f"input {spec.name!r}: shape {array.shape}, accepted are {spec.shape} for one sample and "
                    f"({', '.join(map(str, accepted))}) for n"
                )
            if samples is not None and (samples, single) != (count, one):
                raise ShapeError(f"input {spec.name!r}: {count} samples, the inputs before it have {samples}")
            samples, single = count, one
        return (1 if samples is None else samples), single

    def _checked_out(self, out: Any, shapes: list[tuple[int, ...]], arrays: Sequence[Array]) -> list[Array]:
        results = list(out) if isinstance(out, (tuple, list)) else [out]
        if len(results) != len(shapes):
            raise ShapeError(f"out: {len(results)} arrays, the model has {len(shapes)} outputs")
        for result, shape, spec in zip(results, shapes, self.outputs, strict=True):
            if not isinstance(result, np.ndarray) or result.shape != shape or result.dtype != spec.dtype:
                came = f"{result.dtype} {result.shape}" if isinstance(result, np.ndarray) else type(result).__name__
                raise ShapeError(f"out: {came}, accepted for output {spec.name!r} is a {spec.dtype} array {shape}")
            if not result.flags.carray:
                raise ShapeError("out: the array must be writable, aligned and C-contiguous")
            if any(np.may_share_memory(result, array) for array in arrays):
                raise ShapeError("out: the array overlaps an input")
        return results


def _tensor_spec(graph: Graph, index: int) -> TensorSpec:
    tensor = graph.tensors[index]
    shape = tensor.shape[1:] if _is_batched(tensor.shape) else tensor.shape
    quantization = tensor.quantization
    if quantization is None or quantization.scale.size != 1:
        return TensorSpec(tensor.name, shape, DTYPES[tensor.dtype], None, None)
    return TensorSpec(
        tensor.name, shape, DTYPES[tensor.dtype], float(quantization.scale[0]), int(quantization.zero_point[0])
    )


class Model:
    """An int8 model that computes exactly what the microcontroller computes. Made by `load`.

    A model is immutable: `run` may be called from several threads at once. It pickles, copies and survives fork.
    """

    def __init__(self, data: bytes, arithmetic: str = "tflm", num_threads: int | None = None) -> None:
        if arithmetic not in _ARITHMETICS:
            raise UnsupportedError(f"arithmetic {arithmetic!r}, accepted are: {', '.join(_ARITHMETICS)}")
        if num_threads is not None and (
            isinstance(num_threads, bool) or not isinstance(num_threads, int) or num_threads < 1
        ):
            raise DataError(f"num_threads {num_threads!r}, accepted is an integer >= 1 or None for the global setting")
        self._data = data
        self._arithmetic = arithmetic
        self._num_threads = num_threads
        self._graph, self._live = fold(read_tflite(data))
        check_supported(self._graph, self._live)
        self._steps, self._aliases = lower(self._graph, self._live, _ARITHMETICS[arithmetic])
        self._spec = build_plan(self._graph, self._steps, self._aliases, self._graph.outputs)
        self._runner = _Runner(self._graph, self._spec, self._graph.outputs)
        self._traced = [
            index for index in self._live if self._graph.tensors[self._graph.operators[index].outputs[0]].data is None
        ]
        self._trace_runner: _Runner | None = None

    @property
    def inputs(self) -> tuple[TensorSpec, ...]:
        """The model's inputs, in its order."""
        return self._runner.inputs

    @property
    def outputs(self) -> tuple[TensorSpec, ...]:
        """The model's outputs, in its order."""
        return self._runner.outputs

    @property
    def graph(self) -> Graph:
        """The validated graph, constants folded."""
        return self._graph

    @property
    def steps(self) -> tuple[Step, ...]:
        """The kernel calls that `run` makes, with their integer parameters."""
        return tuple(self._steps)

    @property
    def arithmetic(self) -> str:
        """Name of the arithmetic that `run` computes."""
        return self._arithmetic

    @property
    def num_threads(self) -> int | None:
        """Threads that `run` splits samples over; None follows `set_num_threads`."""
        return self._num_threads

    def state(self, n: int = 1) -> State:
        """Return the initial state of `n` sequences, to pass to `run`.

        Parameters
        ----------
        n : int, >= 1

        Returns
        -------
        State
            Empty (but usable) for a model without variable tensors.

        Raises
        ------
        ShapeError : `n` is not a positive integer
        """
        if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or n < 1:
            raise ShapeError(f"state: n is {n!r}, accepted is an integer >= 1")
        return State(self._graph, self._spec, int(n))

    def run(self, *inputs: Any, state: State | None = None, out: Any = None) -> Any:
        """Run the model on integers, exactly.

        Parameters
        ----------
        *inputs : ndarray, or one dict of name to ndarray
            One array an input, in the model's order, of exactly the input tensor's dtype and of shape `spec.shape` (one
            sample) or (n, *spec.shape). An input without a batch axis in the file has exactly its shape and is shared
            by all samples.
        state : State, optional
            Advanced in place, one sequence a sample. Without it every sample starts from the file's initial state.
        out : ndarray or tuple of ndarray, optional
            Where to write the outputs: C-contiguous, of the outputs' shape and dtype.

        Returns
        -------
        ndarray, or tuple of ndarray for several outputs
            (n, *spec.shape), or spec.shape for one sample; the output tensors' dtype.

        Raises
        ------
        ShapeError : wrong number, dtype or shape of arrays, or a state of another model or size
        QuantizationError : NaN in a float32 input
        """
        results = self._runner.run(self._arrays(inputs), state, out, self._num_threads or 0)
        return results[0] if len(results) == 1 else results

    def predict(self, *inputs: Any, state: State | None = None) -> Any:
        """Run the model in real units: quantize, run, dequantize.

        Parameters
        ----------
        *inputs : array_like of real numbers, or one dict of name to array_like
            Shapes as in `run`; converted to float32 first, then quantized with ties away from zero and saturated.
        state : State, optional
            As in `run`.

        Returns
        -------
        ndarray of float32, or tuple of ndarray for several outputs

        Raises
        ------
        ShapeError : wrong number or shape of arrays
        QuantizationError : NaN in an input
        DataError : an input that is not numeric
        """
        quantized = []
        for value, spec in zip(self._ordered(inputs), self.inputs, strict=True):
            try:
                real = np.asarray(value)
                numeric = real.dtype.kind in "fiu"
            except ValueError:
                numeric = False
            if not numeric:
                raise DataError(f"input {spec.name!r}: not an array of real numbers")
            with np.errstate(over="ignore"):  # beyond float32 is infinity, which saturates
                real = real.astype(np.float32)
            if spec.dtype == np.float32:
                quantized.append(real)
            elif spec.scale is None or spec.zero_point is None:
                raise DataError(f"input {spec.name!r} ({spec.dtype}) has no scale: use run with {spec.dtype} values")
            else:
                try:
                    quantized.append(quantize_array(real, spec.scale, spec.zero_point, spec.dtype.name))
                except QuantizationError as error:
                    raise QuantizationError(f"input {spec.name!r}: {error}") from None
        outputs = self.run(*quantized, state=state)
        real_outputs = tuple(
            array.astype(np.float32)
            if spec.scale is None or spec.zero_point is None
            else dequantize_array(array, spec.scale, spec.zero_point)
            for array, spec in zip(outputs if isinstance(outputs, tuple) else (outputs,), self.outputs, strict=True)
        )
        return real_outputs[0] if len(real_outputs) == 1 else real_outputs

    def trace(self, *inputs: Any, state: State | None = None) -> Trace:
        """Run the model and keep every operator's output.

        Parameters
        ----------
        *inputs, state
            As in `run`.

        Returns
        -------
        Trace
            Operator index -> output array, shaped as `run` shapes outputs. Operators that were folded into constants at
            load are left out.

        Raises
        ------
        ShapeError, QuantizationError : as in `run`
        """
        tensors = [self._graph.operators[index].outputs[0] for index in self._traced]
        if self._trace_runner is None:
            spec = build_plan(self._graph, self._steps, self._aliases, tensors)
            self._trace_runner = _Runner(self._graph, spec, tensors)
        arrays = self._trace_runner.run(self._arrays(inputs), state, None, self._num_threads or 0)
        names = {i: self._graph.tensors[tensor].name for i, tensor in zip(self._traced, tensors, strict=True)}
        return Trace(dict(zip(self._traced, arrays, strict=True)), names)

    def profile(self) -> Profile:
        """Return what the model costs: multiply-accumulates, flash and RAM, in total and by operator.

        Returns
        -------
        Profile
        """
        return profile_graph(self._graph, self._live, self._steps, self._spec.arena_bytes)

    def _ordered(self, inputs: tuple[Any, ...]) -> list[Any]:
        specs = self.inputs
        if len(inputs) == 1 and isinstance(inputs[0], Mapping):
            given = inputs[0]
            names = [spec.name for spec in specs]
            if set(given) != set(names) or len(set(names)) != len(names):
                raise ShapeError(f"inputs by name: {sorted(map(str, given))}, accepted are {names}")
            return [given[name] for name in names]
        if len(inputs) != len(specs):
            raise ShapeError(f"{len(inputs)} inputs, the model takes {len(specs)}: {[spec.name for spec in specs]}")
        return list(inputs)

    def _arrays(self, inputs: tuple[Any, ...]) -> list[Array]:
        arrays = []
        for value, spec in zip(self._ordered(inputs), self.inputs, strict=True):
            if not isinstance(value, np.ndarray) or value.dtype != spec.dtype:
                came = f"dtype {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
                hint = "; predict takes real units" if spec.dtype.kind == "i" else ""
                raise ShapeError(f"input {spec.name!r}: {came}, accepted is a numpy array of {spec.dtype}{hint}")
            if spec.dtype.kind == "f" and np.isnan(value).any():
                raise QuantizationError(f"input {spec.name!r}: NaN cannot be quantized")
            arrays.append(
                value
                if value.flags.c_contiguous and value.flags.aligned
                else np.require(value, requirements=["C", "A"])
            )
        return arrays

    def __reduce__(self) -> tuple[Any, ...]:
        return Model, (self._data, self._arithmetic, self._num_threads)

    def __str__(self) -> str:
        return str(self.profile())

    def __repr__(self) -> str:
        def form(specs: Sequence[TensorSpec]) -> str:
            return ", ".join(f"{spec.dtype}{list(spec.shape)}" for spec in specs)

        return f"<edgetwin.Model {form(self.inputs)} -> {form(self.outputs)}, {len(self._live)} operators>"

    def _repr_html_(self) -> str:
        return self.profile()._repr_html_()


def load(
    source: str | os.PathLike[str] | bytes | bytearray | memoryview,
    arithmetic: str = "tflm",
    num_threads: int | None = None,
) -> Model:
    """Load a `.tflite` model.

    Parameters
    ----------
    source : path or bytes
        File name, or the file's content.
    arithmetic : str
        "tflm": TFLite Micro's reference kernels and CMSIS-NN's default build (double rounding).
    num_threads : int or None
        Threads that `run` splits samples over; None follows `set_num_threads`.

    Returns
    -------
    Model

    Raises
    ------
    ModelError : the file cannot be read or is malformed
    UnsupportedError : it uses an operator, dtype or form that edgetwin does not implement
    DataError : `num_threads` is not a positive integer
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, (str, os.PathLike)):
        try:
            data = Path(source).read_bytes()
        except (OSError, ValueError) as error:
            raise ModelError(f"cannot read the model {os.fspath(source)!r}: {error}") from error
        try:
            return Model(data, arithmetic, num_threads)
        except ModelError as error:
            raise type(error)(f"{os.fspath(source)}: {error}") from error
    else:
        raise ModelError(f"a model comes from a path or bytes, not from {type(source).__name__}")
    return Model(data, arithmetic, num_threads)
