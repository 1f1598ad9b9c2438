"""A loaded model: exact integers in and out, or float32."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .arrays import contiguous, real_array
from .atomic import write_atomic
from .build_info import checked_threads
from .costs import Costs
from .errors import DataError, ModelError, OutputError, QuantizationError, ShapeError, UnsupportedError
from .execution import Runners, State, Trace, by_position
from .firmware import Firmware
from .graph.graph import Graph
from .graph.passes import fold
from .graph.plan import build_plan, lower
from .graph.state import with_kept_state
from .graph.step import Step
from .graph.support import check_supported
from .io.model_file import read_file
from .io.tflite_read import read_tflite
from .io.tflite_write import write_tflite
from .quantize_values import dequantize_array, quantize_array
from .refereed import Refereed
from .streaming import Streaming
from .types import ARITHMETIC_VERSIONS, ARITHMETICS, RUNTIMES, Array, TensorSpec

if TYPE_CHECKING:
    from .referee.compare import Comparison

__all__ = ["Model", "State", "Trace", "load"]


class Model(Costs, Firmware, Refereed, Streaming):
    """A model that computes exactly what the microcontroller computes, in codes or float32. Made by `load`.

    A model is immutable: `run` may be called from several threads at once. It pickles, copies and survives fork. It
    follows `edgetwin.arch`; the bytes are the same at every level.
    """

    def __init__(self, data: bytes, arithmetic: str = "tflm", num_threads: int | None = None) -> None:
        if not isinstance(arithmetic, str) or arithmetic not in ARITHMETICS:
            raise UnsupportedError(f"arithmetic {arithmetic!r}, accepted are: {', '.join(ARITHMETICS)}")
        self._data = data
        self._arithmetic = arithmetic
        self._num_threads = checked_threads(num_threads, "num_threads")
        self._threads = self._num_threads or 0
        self._graph, self._live = fold(with_kept_state(read_tflite(data)))
        check_supported(self._graph, self._live)
        self._steps, self._aliases = lower(self._graph, self._live, arithmetic)
        self._spec = build_plan(self._graph, self._steps, self._aliases, self._graph.outputs)
        self._runners = Runners(self._graph, self._spec, self._graph.outputs)
        self._runner = self._runners.current()
        self._traced = [
            index for index in self._live if self._graph.tensors[self._graph.operators[index].outputs[0]].data is None
        ]
        self._quantizes = any(self._graph.operators[index].name == "quantize" for index in self._live)
        self._ordinary = self._runner.ordinary(self._threads, self._quantizes)
        self._trace_runners: Runners | None = None

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
        """The kernel calls that `run` makes, with their parameters."""
        return tuple(self._steps)

    @property
    def arithmetic(self) -> str:
        """Name of the arithmetic that `run` computes."""
        return self._arithmetic

    @property
    def arithmetic_version(self) -> str:
        """Whose bytes the arithmetic has, and of when: ``tflm@20261023``."""
        return ARITHMETIC_VERSIONS[self._arithmetic]

    @property
    def arch(self) -> str:
        """Name of the SIMD level that `run` uses, see `edgetwin.arch`."""
        return self._runners.current().level

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
        """Run the model on codes, exactly, or on float32 as they are.

        Signals (Ctrl-C) are seen to between samples of a long batch. Where one ends the run, `state` is as it was
        before and `out` is written in part.

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
        ShapeError : wrong number, dtype or shape of arrays, a state of another model or size, an `out` that is not
            writable or overlaps another array, or results that do not fit into memory
        QuantizationError : NaN in a float32 input that the model quantizes
        """
        ordinary = self._ordinary  # called as a local: as an attribute it would be looked for among methods first
        if ordinary is not None:
            result = ordinary(inputs, state, out)
            if result is not None:
                return result
        runner = self._runners.current()
        if runner is not self._runner:  # the level in use is another: the next calls take the short way again
            self._runner, self._ordinary = runner, runner.ordinary(self._threads, self._quantizes)
        results = runner.run(self._arrays(inputs), state, out, self._threads)
        return results[0] if len(results) == 1 else results

    def predict(self, *inputs: Any, state: State | None = None) -> Any:
        """Run the model in real units: quantize, run, dequantize.

        Parameters
        ----------
        *inputs : array_like of real numbers, or one dict of name to array_like
            Shapes as in `run`; converted to float32 first, then quantized with ties away from zero and saturated. A
            bool input takes truth values as they are.
        state : State, optional
            As in `run`.

        Returns
        -------
        ndarray of float32, or tuple of ndarray for several outputs

        Raises
        ------
        ShapeError : wrong number or shape of arrays, or a state of another model or size
        QuantizationError : NaN in an input
        DataError : an input that is no array of real numbers (bool: of truth values), or that has no scale
        """
        quantized = []
        for value, spec in zip(by_position(inputs, self.inputs), self.inputs, strict=True):
            what = f"input {spec.name!r}"
            if spec.dtype == np.bool_:
                quantized.append(contiguous(real_array(value, what, kinds="b"), what))
                continue
            real = contiguous(real_array(value, what), what)
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
            Operator index -> output array, shaped as `run` shapes outputs; of an operator with several outputs (SPLIT)
            the first, the others are in `by_name`. Operators that were folded into constants at load are left out.

        Raises
        ------
        ShapeError, QuantizationError : as in `run`
        """
        operators = [self._graph.operators[index] for index in self._traced]
        first = [operator.outputs[0] for operator in operators]
        further = [tensor for operator in operators for tensor in operator.outputs[1:]]
        tensors = first + further
        if self._trace_runners is None:
            spec = build_plan(self._graph, self._steps, self._aliases, tensors)
            self._trace_runners = Runners(self._graph, spec, tensors)
        arrays = self._trace_runners.current().run(self._arrays(inputs), state, None, self._threads)
        names = [self._graph.tensors[tensor].name for tensor in tensors]
        count = len(first)
        return Trace(
            dict(zip(self._traced, arrays[:count], strict=True)),
            dict(zip(self._traced, names[:count], strict=True)),
            list(zip(names[count:], arrays[count:], strict=True)),
        )

    def with_arithmetic(self, arithmetic: str) -> Model:
        """Return the same model under another arithmetic.

        Parameters
        ----------
        arithmetic : str
            As in `load`.

        Returns
        -------
        Model

        Raises
        ------
        UnsupportedError : no such arithmetic
        """
        return Model(self._data, arithmetic, self._num_threads)

    def compare(self, *inputs: Any, against: Any) -> Comparison:
        """Compare with another way of computing the model, operator by operator.

        Parameters
        ----------
        *inputs : ndarray, or one dict of name to ndarray
            As in `run`.
        against : Device, str, path, Model, ndarray, tuple of ndarray, or mapping of int to ndarray
            A device, see `edgetwin.device.open`; an installed runtime, in a child process: "tflm" (TFLite Micro's
            wheel) or "litert" (LiteRT with its default delegate); an arithmetic ("single_rounding", "xnnpack"); a
            `.tflite` file or a model with the same inputs and outputs; recorded outputs; or recorded operator outputs
            by operator index, as in `trace`.

        Returns
        -------
        Comparison
            The first operator that differs, how many elements do and by how much, and the cause where it is known.

        Raises
        ------
        DataError : `against` is no runtime, arithmetic or file, or names operators that the model does not run
        MissingExtraError : the runtime is not installed
        DeviceError : the runtime refuses the model, or its process dies or hangs
        ModelError : the file cannot be read
        ShapeError, QuantizationError : as in `run`; or `against` has other inputs, outputs, dtypes or shapes
        """
        from .referee.compare import compare

        if isinstance(against, str) and against in RUNTIMES:
            from .device.peers import open_model

            against = open_model(against, self._data)
        return compare(self, inputs, against)

    def to_bytes(self) -> bytes:
        """Return the model as a `.tflite` file's content.

        Operators, tensors, constants and quantization are those of the file that was loaded, what `load` folds or
        leaves out included; metadata and signatures, which no kernel reads, are not kept.

        Raises
        ------
        UnsupportedError : an operator that no output needs has options that edgetwin does not know, so that they would
            be lost
        """
        return write_tflite(read_tflite(self._data))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write `to_bytes` to a file, whole or not at all.

        Parameters
        ----------
        path : path
            An existing file is replaced.

        Raises
        ------
        OutputError : the file cannot be written; what was there is left as it was
        UnsupportedError : as for `to_bytes`
        """
        if not isinstance(path, (str, os.PathLike)):
            raise OutputError(f"a model is saved to a path, not to {type(path).__name__}")
        data = self.to_bytes()
        write_atomic(path, lambda file: file.write(data))

    def _arrays(self, inputs: tuple[Any, ...]) -> list[Array]:
        arrays = []
        for value, spec in zip(by_position(inputs, self.inputs), self.inputs, strict=True):
            if isinstance(value, np.ma.MaskedArray) or not isinstance(value, np.ndarray) or value.dtype != spec.dtype:
                came = f"dtype {value.dtype}" if type(value) is np.ndarray else type(value).__name__
                hint = "; predict takes real units" if spec.dtype.kind in "iu" else ""
                raise ShapeError(f"input {spec.name!r}: {came}, accepted is a numpy array of {spec.dtype}{hint}")
            array = contiguous(value, f"input {spec.name!r}")
            if spec.dtype.kind == "f" and self._quantizes and np.isnan(array).any():
                raise QuantizationError(f"input {spec.name!r}: NaN cannot be quantized")
            arrays.append(array)
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
        "tflm": TFLite Micro's reference kernels and CMSIS-NN's default build (double rounding). "single_rounding": with
        ``CMSIS_NN_USE_SINGLE_ROUNDING``, for the operators that CMSIS-NN has. "xnnpack": what LiteRT computes with its
        default delegate. What computes in float32 is the same in all.
    num_threads : int or None
        Threads that `run` splits samples over; None follows `set_num_threads`.

    Returns
    -------
    Model

    Raises
    ------
    ModelError : the file cannot be read or is malformed
    UnsupportedError : it uses an operator, dtype or form that edgetwin does not implement
    DataError : `num_threads` is not an integer in [1, 1024]
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, (str, os.PathLike)):
        data = read_file(source)
        try:
            return Model(data, arithmetic, num_threads)
        except ModelError as error:
            raise type(error)(f"{os.fspath(source)}: {error}") from error
    else:
        raise ModelError(f"a model comes from a path or bytes, not from {type(source).__name__}")
    return Model(data, arithmetic, num_threads)
