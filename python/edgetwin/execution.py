"""What runs a plan: sequences' state, traces, and the checks between arrays and the C++ plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from . import _core
from .arrays import empty_array
from .errors import ShapeError, UnsupportedError
from .graph.graph import DTYPES, Graph
from .graph.plan import MAX_ACTIVATION_BYTES, PlanSpec
from .types import Array, TensorSpec

__all__ = ["Runner", "Runners", "State", "Trace", "by_position"]


class State:
    """The variable tensors (LSTM, SVDF) of `n` independent sequences; made by `Model.state`.

    Attributes
    ----------
    n : int
        Number of sequences.
    arrays : dict of str to ndarray
        Views of the variable tensors by name (name:index where a name comes twice), shape (n, *tensor shape); writing
        to them changes the state.
    """

    def __init__(self, graph: Graph, spec: PlanSpec, n: int) -> None:
        self._initial = spec.initial_state
        self._layout = spec.state_layout
        self._tensors: dict[str, tuple[int, int, np.dtype[Any], tuple[int, ...]]] = {}
        for index, (offset, nbytes) in spec.state_layout.items():
            tensor = graph.tensors[index]
            name = tensor.name if tensor.name not in self._tensors else f"{tensor.name}:{index}"
            self._tensors[name] = (offset, nbytes, DTYPES[tensor.dtype], tensor.shape)
        self.n = n
        self._data = empty_array((n, len(self._initial)), np.dtype(np.uint8), "state")
        self.reset()

    @property
    def arrays(self) -> dict[str, Array]:
        """Views of the variable tensors by name."""
        return {
            name: self._data[:, offset : offset + nbytes].view(dtype).reshape(self.n, *shape)
            for name, (offset, nbytes, dtype, shape) in self._tensors.items()
        }

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
    """First output of every executed operator, by operator index in execution order; all outputs by name.

    Attributes
    ----------
    by_name : dict of str to ndarray
        The same arrays, and the further outputs of operators that have several (SPLIT), by output tensor name, where
        that name is unique in the trace.
    names : dict of int to str
        Name of each operator's first output tensor.
    """

    def __init__(
        self, arrays: Mapping[int, Array], names: Mapping[int, str], further: Sequence[tuple[str, Array]] = ()
    ) -> None:
        self._arrays = dict(arrays)
        self.names = dict(names)
        named = [*((name, self._arrays[i]) for i, name in self.names.items()), *further]
        counts = Counter(name for name, _ in named)
        self.by_name = {name: array for name, array in named if counts[name] == 1}

    def __getitem__(self, operator: int) -> Array:
        return self._arrays[operator]

    def __iter__(self) -> Iterator[int]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        rows = (f"{i}: {self.names[i]!r} {array.dtype}{list(array.shape)}" for i, array in self._arrays.items())
        return f"Trace({{{', '.join(rows)}}})"


def by_position(inputs: tuple[Any, ...], specs: Sequence[TensorSpec]) -> list[Any]:
    """Return inputs, given one by one or in one dict by name, in the model's order.

    Parameters
    ----------
    inputs : tuple
    specs : sequence of TensorSpec

    Returns
    -------
    list

    Raises
    ------
    ShapeError : wrong number of inputs, or names that are not the model's
    """
    if len(inputs) == 1 and isinstance(inputs[0], Mapping):
        given = inputs[0]
        names = [spec.name for spec in specs]
        if set(given) != set(names) or len(set(names)) != len(names):
            raise ShapeError(f"inputs by name: {sorted(map(str, given))}, accepted are {names}")
        return [given[name] for name in names]
    if len(inputs) != len(specs):
        raise ShapeError(f"{len(inputs)} inputs, the model takes {len(specs)}: {[spec.name for spec in specs]}")
    return list(inputs)


def _is_batched(shape: tuple[int, ...]) -> bool:
    return len(shape) > 0 and shape[0] == 1


class Runner:
    """A C++ plan with the specs of what goes in and comes out.

    Attributes
    ----------
    level : str
        The plan's SIMD level.
    plan : _core.Plan
    inputs, outputs : tuple of TensorSpec
    shared : list of bool
        Which inputs have no batch axis and serve all samples.
    """

    def __init__(self, graph: Graph, spec: PlanSpec, outputs: Sequence[int], level: str) -> None:
        self.level = level
        self.plan = _core.Plan(spec.storages, spec.steps, spec.arena_bytes, spec.initial_state, spec.constants, level)
        # Fast host forms have scratch of their own beside that of the kernels' layouts.
        if self.plan.scratch_bytes > MAX_ACTIVATION_BYTES:
            raise UnsupportedError(
                f"the kernels need {self.plan.scratch_bytes} bytes of scratch, accepted are at most "
                f"{MAX_ACTIVATION_BYTES}"
            )
        self.inputs = tuple(_tensor_spec(graph, index) for index in graph.inputs)
        self.shared = [not _is_batched(graph.tensors[index].shape) for index in graph.inputs]
        self.outputs = tuple(_tensor_spec(graph, index) for index in outputs)
        self._state_layout = spec.state_layout

    def ordinary(
        self, threads: int, quantizes: bool
    ) -> Callable[[tuple[Any, ...], object, object], Array | tuple[Array, ...] | None] | None:
        """Return a function of (inputs, state, out) that runs what needs no conversion with little overhead.

        It returns None for whatever does, and is None where the model has very many inputs or outputs, or quantizes
        float32, whose values are looked at first: `run` decides.
        """
        if quantizes and any(spec.dtype.kind == "f" for spec in self.inputs):
            return None
        inputs = [(spec.dtype, spec.shape, shared) for spec, shared in zip(self.inputs, self.shared, strict=True)]
        outputs = [(spec.dtype, spec.shape, False) for spec in self.outputs]
        return _core.ordinary_call(self.plan, inputs, outputs, threads, self._state_layout)

    def run(self, arrays: Sequence[Array], state: State | None, out: Any, threads: int) -> tuple[Array, ...]:
        """Check shapes, state and `out`, run on at most `threads` threads (0: the global setting), return the outputs.

        The arrays are aligned, C-contiguous and of the inputs' dtypes already.
        """
        samples, single = self._samples(arrays)
        if state is not None:
            if not isinstance(state, State):
                raise ShapeError(f"state: {type(state).__name__}, accepted is what this model's state(n) gives")
            if state._layout != self._state_layout:
                raise ShapeError("state: it was made by another model; make it with this model's state(n)")
            if state.n != samples:
                raise ShapeError(f"state: it holds {state.n} sequences, the input has {samples} samples")
        lead = () if single else (samples,)
        shapes = [lead + spec.shape for spec in self.outputs]
        if out is None:
            results = [
                empty_array(shape, spec.dtype, f"output {spec.name!r}")
                for shape, spec in zip(shapes, self.outputs, strict=True)
            ]
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
                came, before = (
                    "one sample without a batch axis" if alone else f"a batch of {number}"
                    for number, alone in ((count, one), (samples, single))
                )
                raise ShapeError(f"input {spec.name!r}: {came}, accepted is {before} as in the inputs before it")
            samples, single = count, one
        return (1 if samples is None else samples), single

    def _checked_out(self, out: Any, shapes: list[tuple[int, ...]], arrays: Sequence[Array]) -> list[Array]:
        results = list(out) if isinstance(out, (tuple, list)) else [out]
        if len(results) != len(shapes):
            raise ShapeError(f"out: {len(results)} arrays, the model has {len(shapes)} outputs")
        for position, (result, shape, spec) in enumerate(zip(results, shapes, self.outputs, strict=True)):
            if not isinstance(result, np.ndarray) or result.shape != shape or result.dtype != spec.dtype:
                came = (
                    f"an array of {result.dtype} with shape {result.shape}"
                    if isinstance(result, np.ndarray)
                    else type(result).__name__
                )
                raise ShapeError(
                    f"out: {came}, accepted for output {spec.name!r} is an array of {spec.dtype} with shape {shape}"
                )
            if not result.flags.carray:
                raise ShapeError("out: the array must be writable, aligned and C-contiguous")
            if any(np.may_share_memory(result, array) for array in (*arrays, *results[:position])):
                raise ShapeError("out: the array overlaps an input or another output")
        return results


class Runners:
    """A Runner for each SIMD level that was in use, made when first asked for: packed weights belong to a level."""

    def __init__(self, graph: Graph, spec: PlanSpec, outputs: Sequence[int]) -> None:
        self._graph = graph
        self._spec = spec
        self._outputs = tuple(outputs)
        self._by_level: dict[str, Runner] = {}

    def current(self) -> Runner:
        """Return the runner of the level in use."""
        level = _core.active_level()
        runner = self._by_level.get(level)
        if runner is None:
            # No lock, which a forked child might find held for ever: of two threads that both make one, the first wins.
            made = Runner(self._graph, self._spec, self._outputs, level)
            runner = self._by_level.setdefault(level, made)
        return runner


def _tensor_spec(graph: Graph, index: int) -> TensorSpec:
    tensor = graph.tensors[index]
    shape = tensor.shape[1:] if _is_batched(tensor.shape) else tensor.shape
    quantization = tensor.quantization
    if quantization is None or quantization.scale.size != 1:
        return TensorSpec(tensor.name, shape, DTYPES[tensor.dtype], None, None)
    return TensorSpec(
        tensor.name, shape, DTYPES[tensor.dtype], float(quantization.scale[0]), int(quantization.zero_point[0])
    )
