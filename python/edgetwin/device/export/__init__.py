"""A model as source code for firmware: one function call per operator, weights in flash, no interpreter, no heap."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ...build_info import __version__
from ...errors import DataError, DeviceError, UnsupportedError
from ...graph.device_plan import plan_device
from ...graph.graph import Graph
from ...graph.step import Step
from .arduino import arduino_files
from .cmsis_code import called_functions, cmsis_steps
from .cmsis_nn import cmsis_nn_files
from .core_files import core_files
from .folder import write_folder
from .model_code import Source
from .model_files import core_headers, model_files
from .presentation import presented
from .project import project_files
from .samples_code import samples_files, samples_headers
from .text import checked_name
from .wasm import wasm_files

__all__ = ["KERNELS", "TARGETS", "export_graph"]

#: Forms that firmware takes.
TARGETS = ("cpp", "arduino", "wasm")
#: Which forms of the core's kernels firmware calls.
KERNELS = ("fast", "small", "cmsis-nn")


def export_graph(
    folder: str | os.PathLike[str],
    graph: Graph,
    live: Sequence[int],
    steps: Sequence[Step],
    aliases: Mapping[int, int],
    model_hash: str,
    target: str = "cpp",
    name: str | None = None,
    arena_bytes: int | None = None,
    labels: Sequence[str] | None = None,
    unit: str = "",
    rate_hz: float = 100.0,
    source_of_inputs: object = None,
    kernels: str = "fast",
    cmsis_nn: str | os.PathLike[str] | None = None,
    refuse_departures: bool = False,
) -> Path:
    """Write a lowered model as source code; see `Model.export`.

    Parameters
    ----------
    folder : path
    graph : Graph
    live : sequence of int
        Operators that run.
    steps, aliases
        From `lower`.
    model_hash : str
    target, name, arena_bytes, labels, unit, rate_hz, kernels, cmsis_nn, refuse_departures
        As in `Model.export`.
    source_of_inputs : object
        `Model.export`'s `source`.

    Returns
    -------
    Path

    Raises
    ------
    UnsupportedError, DataError, DeviceError, OutputError : as in `Model.export`
    """
    if target not in TARGETS:
        raise UnsupportedError(f"target {target!r}, accepted are {', '.join(TARGETS)}")
    if kernels not in KERNELS:
        raise UnsupportedError(f"kernels {kernels!r}, accepted are {', '.join(KERNELS)}")
    identifier = checked_name(Path(os.path.abspath(folder)).name if name is None else name)
    theirs = _checked_cmsis_steps(graph, steps, target, kernels, cmsis_nn, refuse_departures)
    plan = plan_device(graph, steps, aliases, theirs)
    if arena_bytes is not None and plan.arena_bytes > arena_bytes:
        raise DeviceError(f"the arena needs {plan.arena_bytes} bytes, {arena_bytes} are allowed")
    source = Source(identifier, graph, tuple(live), plan, model_hash, kernels != "small", theirs)
    shown = presented(source, labels, unit, rate_hz)
    samples = {} if source_of_inputs is None else samples_files(source, source_of_inputs)
    if samples and target != "cpp":
        raise UnsupportedError(f"source: target {target!r} takes windows of its own, accepted is target 'cpp'")
    if target == "arduino":
        files = arduino_files(source, shown)
    elif target == "wasm":
        files = wasm_files(source, shown)
    else:
        texts = {**model_files(source), **samples, **project_files(source)}
        headers = core_headers(source) | (samples_headers(source_of_inputs) if samples else set())
        files = {path: text.encode() for path, text in texts.items()} | core_files(headers)
        if theirs and cmsis_nn is not None:
            files |= cmsis_nn_files(cmsis_nn, called_functions([plan.steps[position] for position in theirs]))
    facts = {"edgetwin": __version__, "target": target, "name": identifier, "model": model_hash, "kernels": kernels}
    return write_folder(folder, files, facts | _memory(source))


def _checked_cmsis_steps(
    graph: Graph,
    steps: Sequence[Step],
    target: str,
    kernels: str,
    cmsis_nn: str | os.PathLike[str] | None,
    refuse: bool,
) -> frozenset[int]:
    """Return the positions of the steps that CMSIS-NN computes."""
    if kernels != "cmsis-nn":
        if cmsis_nn is not None:
            raise DataError(f"cmsis_nn is for kernels 'cmsis-nn', not {kernels!r}")
        return frozenset()
    if cmsis_nn is None:
        raise DataError("kernels 'cmsis-nn' need cmsis_nn: the path of a checkout of CMSIS-NN")
    if target != "cpp":
        raise UnsupportedError(f"kernels 'cmsis-nn' with target {target!r}, accepted is target 'cpp'")
    cmsis_nn_files(cmsis_nn, ())
    return cmsis_steps(graph, steps, refuse=refuse)


def _memory(source: Source) -> dict[str, int]:
    """Return bytes of flash and RAM by what they hold."""
    tensors, plan = source.graph.tensors, source.plan
    arrays = [value for step in plan.steps for value in step.constants.values() if value is not None]
    roots = {
        region: [t for t, place in plan.places.items() if place.region == region] for region in ("constant", "state")
    }
    return {
        "arena_bytes": plan.arena_bytes,
        "input_bytes": sum(tensors[tensor].nbytes for tensor in source.graph.inputs),
        "output_bytes": sum(tensors[tensor].nbytes for tensor in source.graph.outputs),
        "state_bytes": sum(tensors[tensor].nbytes for tensor in roots["state"]),
        "constant_bytes": sum(a.nbytes for a in arrays) + sum(tensors[t].nbytes for t in roots["constant"]),
    }
