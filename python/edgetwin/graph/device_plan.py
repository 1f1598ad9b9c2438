"""Where a device keeps what a model computes: inputs and outputs with the caller, everything else in one arena."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from .. import _core
from ..errors import ModelError
from .arena import aligned, greedy_plan
from .graph import DTYPES, Graph
from .step import Step

__all__ = ["DevicePlan", "Place", "plan_device"]

#: Bytes: a microcontroller's word.
_WORD = 4
#: Kernels that compute element i of the output from element i of each operand and nothing else, so that the output
#: may take an operand's place.
_IN_PLACE = frozenset({
    "abs_s8", "abs_s16", "add_s8", "add_s16", "add_s32", "clamp_s8", "clamp_s16", "div_s8", "div_s32", "hard_swish_s8",
    "leaky_relu_s8", "leaky_relu_s16", "logical_and_bool", "logical_not_bool", "logical_or_bool", "logistic_s8",
    "logistic_s16", "lookup_s8", "maximum_s8", "maximum_s16", "maximum_s32", "minimum_s8", "minimum_s16", "minimum_s32",
    "mul_s8", "mul_s16", "mul_s32", "prelu_s8", "prelu_s16", "requantize_s8_s8", "requantize_s16_s16", "rsqrt_s8",
    "rsqrt_s16", "squared_difference_s8", "squared_difference_s16", "squared_difference_s32", "sub_s8", "sub_s16",
    "sub_s32", "tanh_s8", "tanh_s16",
})  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where a tensor's bytes lie.

    Attributes
    ----------
    region : str
        "arena" (`where` = offset in bytes), "input" or "output" (`where` = index), "constant" or "state".
    where : int
    """

    region: str
    where: int = 0


@dataclass(frozen=True)
class DevicePlan:
    """A model as a device runs it.

    Attributes
    ----------
    steps : tuple of Step
        In the order in which they run.
    aliases : mapping of int to int
        Tensor -> the tensor whose bytes it shares.
    places : mapping of int to Place
        Of every tensor that is no alias.
    scratch : mapping of int to int
        Position of a step that needs scratch -> its offset in the arena.
    copies : tuple of (int, int)
        Tensor and index of the output that it is copied to when all steps are done.
    arena_bytes : int
    alignment : int
        Of the arena and of every offset, in bytes.
    """

    steps: tuple[Step, ...]
    aliases: Mapping[int, int]
    places: Mapping[int, Place]
    scratch: Mapping[int, int]
    copies: tuple[tuple[int, int], ...]
    arena_bytes: int
    alignment: int

    def root(self, tensor: int) -> int:
        """Return the tensor whose bytes `tensor` shows."""
        return _root(self.aliases, tensor)

    def place(self, tensor: int) -> Place:
        """Return where a tensor lies."""
        return self.places[self.root(tensor)]


@dataclass
class _Buffer:
    """Bytes of the arena for the time of some steps; several tensors may follow each other in it."""

    nbytes: int
    first: int
    last: int
    tensors: list[int] = field(default_factory=list)


def plan_device(graph: Graph, steps: Sequence[Step], aliases: Mapping[int, int]) -> DevicePlan:
    """Plan a lowered model's memory on a device.

    Parameters
    ----------
    graph : Graph
    steps, aliases
        From `lower`.

    Returns
    -------
    DevicePlan

    Raises
    ------
    ModelError : a step reads a tensor that nothing produces
    """
    places, copies = _fixed_places(graph, aliases)
    lives = _lives(graph, steps, aliases, places)
    for root, constant in ((root, graph.tensors[root].data is not None) for root in lives if root not in places):
        if constant or graph.tensors[root].is_variable:
            places[root] = Place("constant" if constant else "state")
    buffers = {
        root: _Buffer(graph.tensors[root].nbytes, *life, [root]) for root, life in lives.items() if root not in places
    }
    scratch = {
        position: _Buffer(nbytes, position, position)
        for position, step in enumerate(steps)
        if (nbytes := int(_core.kernel_layout(step.kernel, dict(step.params))["scratch"]))
    }
    wide = any(DTYPES[graph.tensors[root].dtype].itemsize > _WORD for root in buffers)
    alignment = 2 * _WORD if wide else _WORD
    offsets, arena_bytes = _placed([*buffers.values(), *scratch.values()], alignment)
    joined = _joined(graph, steps, aliases, buffers)
    if len(joined) < len(buffers):
        shared, less = _placed([*joined, *scratch.values()], alignment)
        if less <= arena_bytes:
            offsets, arena_bytes, buffers = shared, less, {buffer.tensors[0]: buffer for buffer in joined}
    for buffer, offset in zip(buffers.values(), offsets, strict=False):
        places |= {root: Place("arena", offset) for root in buffer.tensors}
    return DevicePlan(
        steps=tuple(steps),
        aliases=dict(aliases),
        places=places,
        scratch=dict(zip(scratch, offsets[len(buffers) :], strict=True)),
        copies=tuple(copies),
        arena_bytes=arena_bytes,
        alignment=alignment,
    )


def _root(aliases: Mapping[int, int], tensor: int) -> int:
    while tensor in aliases:
        tensor = aliases[tensor]
    return tensor


def _fixed_places(graph: Graph, aliases: Mapping[int, int]) -> tuple[dict[int, Place], list[tuple[int, int]]]:
    """Return where inputs and outputs lie, and the outputs whose bytes lie elsewhere: they are copied at the end."""
    places = {tensor: Place("input", position) for position, tensor in enumerate(graph.inputs)}
    copies = []
    for position, tensor in enumerate(graph.outputs):
        root = _root(aliases, tensor)
        if root in places or graph.tensors[root].data is not None or graph.tensors[root].is_variable:
            copies.append((tensor, position))
            if root not in places:
                places[root] = Place("state" if graph.tensors[root].is_variable else "constant")
        else:
            places[root] = Place("output", position)
    return places, copies


def _lives(
    graph: Graph, steps: Sequence[Step], aliases: Mapping[int, int], places: Mapping[int, Place]
) -> dict[int, tuple[int, int]]:
    """Return the first and the last step that touches each tensor."""
    lives: dict[int, tuple[int, int]] = {}
    for position, step in enumerate(steps):
        for tensor in (*step.inputs, *step.state):
            root = _root(aliases, tensor)
            value = graph.tensors[root]
            if root not in lives and root not in places and value.data is None and not value.is_variable:
                raise ModelError(
                    f"{graph.where(step.operator)} reads tensor {graph.tensors[tensor].name!r}, "
                    "which no operator before it produces"
                )
        for tensor in (*step.inputs, *step.state, *step.outputs):
            root = _root(aliases, tensor)
            lives[root] = (lives.get(root, (position, 0))[0], position)
    # An observer sees an operator's first output after its last step, whether anything reads that output or not.
    for position, step in enumerate(steps):
        root = _root(aliases, graph.operators[step.operator].outputs[0])
        first, last = lives.get(root, (position, position))
        lives[root] = (first, max(last, position))
    return lives


def _placed(buffers: Sequence[_Buffer], alignment: int) -> tuple[list[int], int]:
    return greedy_plan([(aligned(buffer.nbytes, alignment), buffer.first, buffer.last) for buffer in buffers])


def _joined(
    graph: Graph, steps: Sequence[Step], aliases: Mapping[int, int], buffers: Mapping[int, _Buffer]
) -> list[_Buffer]:
    """Return buffers in which outputs take the place of operands that nothing reads any more."""
    buffer_of = {root: replace(buffer, tensors=[root]) for root, buffer in buffers.items()}
    for position, step in enumerate(steps):
        if step.kernel not in _IN_PLACE:
            continue
        output = _root(aliases, step.outputs[0])
        if output not in buffer_of or buffer_of[output].first != position:
            continue
        for tensor in step.inputs:
            root = _root(aliases, tensor)
            taken, made = buffer_of.get(root), buffer_of[output]
            if taken is None or taken.last != position or graph.tensors[root].nbytes != graph.tensors[output].nbytes:
                continue
            taken.last = made.last
            taken.tensors.append(output)
            buffer_of[output] = taken
            break
    return list({id(buffer): buffer for buffer in buffer_of.values()}.values())
