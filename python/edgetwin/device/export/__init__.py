"""A model as source code for firmware: one function call per operator, weights in flash, no interpreter, no heap."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from ...build_info import __version__
from ...errors import DataError, DeviceError, UnsupportedError
from ...firmware import ExportOptions
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
from .samples_code import samples_code
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
    options: ExportOptions,
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
    options : ExportOptions

    Returns
    -------
    Path

    Raises
    ------
    UnsupportedError, DataError, DeviceError, OutputError : as in `Model.export`
    """
    target, kernels = options.target, options.kernels
    if target not in TARGETS:
        raise UnsupportedError(f"target {target!r}, accepted are {', '.join(TARGETS)}")
    if kernels not in KERNELS:
        raise UnsupportedError(f"kernels {kernels!r}, accepted are {', '.join(KERNELS)}")
    name = checked_name(Path(os.path.abspath(folder)).name if options.name is None else options.name)
    theirs = _checked_cmsis_steps(graph, steps, options)
    plan = plan_device(graph, steps, aliases, theirs)
    source = Source(name, graph, tuple(live), plan, model_hash, kernels != "small", theirs)
    samples = None if options.source is None else samples_code(source, options.source)
    if samples is not None:
        source = replace(source, workspace_bytes=samples.workspace_bytes)
    needed = source.arena_bytes + source.scratch_bytes()
    if options.arena_bytes is not None and needed > options.arena_bytes:
        small = ", with kernels 'small' less" if source.scratch_bytes() else ""
        raise DeviceError(f"the arena needs {needed} bytes{small}, {options.arena_bytes} are allowed")
    shown = presented(source, options, samples)
    if target == "arduino":
        files = arduino_files(source, shown, options.url, samples)
    elif target == "wasm":
        files = wasm_files(source, shown, samples)
    else:
        texts = {**model_files(source), **(samples.files if samples else {}), **project_files(source, samples)}
        headers = core_headers(source) | (samples.headers if samples else set())
        files = {path: text.encode() for path, text in texts.items()} | core_files(headers)
        if theirs and options.cmsis_nn is not None:
            files |= cmsis_nn_files(options.cmsis_nn, called_functions([plan.steps[position] for position in theirs]))
    facts = {"edgetwin": __version__, "target": target, "name": name, "model": model_hash, "kernels": kernels}
    memory = _memory(source) | ({} if samples is None else {"samples_bytes": samples.ram_bytes})
    return write_folder(folder, files, facts | memory)


def _checked_cmsis_steps(graph: Graph, steps: Sequence[Step], options: ExportOptions) -> frozenset[int]:
    """Return the positions of the steps that CMSIS-NN computes."""
    if options.kernels != "cmsis-nn":
        if options.cmsis_nn is not None:
            raise DataError(f"cmsis_nn is for kernels 'cmsis-nn', not {options.kernels!r}")
        return frozenset()
    if options.cmsis_nn is None:
        raise DataError("kernels 'cmsis-nn' need cmsis_nn: the path of a checkout of CMSIS-NN")
    if options.target != "cpp":
        raise UnsupportedError(f"kernels 'cmsis-nn' with target {options.target!r}, accepted is target 'cpp'")
    cmsis_nn_files(options.cmsis_nn, ())
    return cmsis_steps(graph, steps, refuse=options.refuse_departures)


def _memory(source: Source) -> dict[str, int]:
    """Return bytes of flash and RAM by what they hold."""
    tensors, plan = source.graph.tensors, source.plan
    states = [tensor for tensor, place in plan.places.items() if place.region == "state"]
    return {
        "arena_bytes": source.arena_bytes + source.scratch_bytes(),
        "scratch_bytes": source.scratch_bytes(),
        "input_bytes": sum(tensors[tensor].nbytes for tensor in source.graph.inputs),
        "output_bytes": sum(tensors[tensor].nbytes for tensor in source.graph.outputs),
        "state_bytes": sum(tensors[tensor].nbytes for tensor in states),
        "constant_bytes": plan.constant_bytes(source.graph),
    }
