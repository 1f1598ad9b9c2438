"""Where a device keeps what a model computes: inputs and outputs with the caller, everything else in one arena."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from .. import _core
from ..errors import ModelError
from .arena import aligned, greedy_plan
from .graph import DTYPES, Graph
from .rows import POINTWISE
from .segments import Memory, Segment, segment_choices
from .step import Step

__all__ = ["DevicePlan", "Place", "plan_device"]

#: Bytes: a microcontroller's word.
_WORD = 4


@dataclass(frozen=True)
class Place:
    """Where a tensor's bytes lie.

    Attributes
    ----------
    region : str
        "arena" (`where` = offset in bytes), "input" or "output" (`where` = index), "constant" or "state".
    where : int
    rows : int
        Of a tensor that is never there as a whole: how many of its last rows are kept, row y at y modulo `rows`.
    """

    region: str
    where: int = 0
    rows: int = 0


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
    segments : tuple of Segment
        Which steps run row by row.
    arena_bytes : int
    alignment : int
        Of the arena and of every offset, in bytes.
    """

    steps: tuple[Step, ...]
    aliases: Mapping[int, int]
    places: Mapping[int, Place]
    scratch: Mapping[int, int]
    copies: tuple[tuple[int, int], ...]
    segments: tuple[Segment, ...]
    arena_bytes: int
    alignment: int

    def root(self, tensor: int) -> int:
        """Return the tensor whose bytes `tensor` shows."""
        return _root(self.aliases, tensor)

    def constant_bytes(self, graph: Graph) -> int:
        """Return the bytes of weights and other arrays that do not change."""
        arrays = [value for step in self.steps for value in step.constants.values() if value is not None]
        tensors = [tensor for tensor, place in self.places.items() if place.region == "constant"]
        return sum(array.nbytes for array in arrays) + sum(graph.tensors[tensor].nbytes for tensor in tensors)

    def place(self, tensor: int) -> Place:
        """Return where a tensor lies."""
        return self.places[self.root(tensor)]


@dataclass
class _Buffer:
    """Bytes of the arena for the time of some steps, and what lies how far from their beginning."""

    nbytes: int
    first: int
    last: int
    members: dict[int, int]


def plan_device(
    graph: Graph, steps: Sequence[Step], aliases: Mapping[int, int], whole: frozenset[int] = frozenset()
) -> DevicePlan:
    """Plan a lowered model's memory on a device.

    Parameters
    ----------
    graph : Graph
    steps, aliases
        From `lower`.
    whole : frozenset of int
        Positions of steps that do not run by rows.

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
    activations = {root: life for root, life in lives.items() if root not in places}
    wide = any(DTYPES[graph.tensors[root].dtype].itemsize > _WORD for root in activations)
    memory = Memory(
        graph=graph,
        steps=steps,
        roots={tensor: _root(aliases, tensor) for step in steps for tensor in (*step.inputs, *step.outputs)},
        lives=activations,
        fixed=frozenset(root for root, place in places.items() if place.region == "output"),
        scratch={
            position: nbytes
            for position, step in enumerate(steps)
            if (nbytes := int(_core.kernel_layout(step.kernel, dict(step.params))["scratch"]))
        },
        alignment=2 * _WORD if wide else _WORD,
        whole=whole,
    )
    placed = [_place(memory, segments) for segments in segment_choices(memory)]
    chosen = min(placed, key=lambda one: (one.nbytes, len(one.segments)))
    return DevicePlan(
        steps=tuple(steps),
        aliases=dict(aliases),
        places=places | chosen.places,
        scratch=chosen.scratch,
        copies=tuple(copies),
        segments=tuple(chosen.segments),
        arena_bytes=chosen.nbytes,
        alignment=memory.alignment,
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


@dataclass(frozen=True)
class _Placed:
    """Activations and scratch with their offsets, for one choice of segments."""

    segments: Sequence[Segment]
    places: dict[int, Place]
    scratch: dict[int, int]
    nbytes: int


def _place(memory: Memory, segments: Sequence[Segment]) -> _Placed:
    """Place everything in the arena, with outputs over what they are made from where that makes it smaller."""
    scratch = [_Buffer(nbytes, step, step, {}) for step, nbytes in memory.scratch.items()]
    apart = _buffers(memory, segments)
    ways = []
    for buffers in (_joined(memory, segments, apart), apart):
        sizes = [(aligned(b.nbytes, memory.alignment), b.first, b.last) for b in (*buffers, *scratch)]
        ways.append((*greedy_plan(sizes), buffers))
    offsets, nbytes, buffers = min(ways, key=lambda way: way[1])
    rows = {
        root: segment.kept[place]
        for segment in segments
        for root, place in zip(segment.outputs, segment.places, strict=True)
    }
    places = {
        root: Place("arena", offset + at, rows.get(root, 0))
        for buffer, offset in zip(buffers, offsets, strict=False)
        for root, at in buffer.members.items()
    }
    return _Placed(segments, places, dict(zip(memory.scratch, offsets[len(buffers) :], strict=True)), nbytes)


def _buffers(memory: Memory, segments: Sequence[Segment]) -> list[_Buffer]:
    """Return a buffer for every tensor and ring: what a segment touches is there all the time that it runs."""
    begins, ends, nbytes, owner = {}, {}, {}, {}
    for segment in segments:
        for step in range(segment.first, segment.end):
            begins[step], ends[step] = segment.first, segment.end - 1
        for number, root in enumerate(segment.outputs):
            owner[root] = segment.outputs[segment.places[number]]
            if segment.kept[number]:
                nbytes[root] = memory.row_bytes(root, segment.kept[number] * segment.chain.forms[number].row_elements)
    buffers: dict[int, _Buffer] = {}
    for root, (first, last) in memory.lives.items():
        place = owner.get(root, root)
        size = nbytes.get(place, memory.graph.tensors[place].nbytes)
        begin, end = begins.get(first, first), ends.get(last, last)
        buffer = buffers.setdefault(place, _Buffer(size, begin, end, {}))
        buffer.first, buffer.last = min(buffer.first, begin), max(buffer.last, end)
        buffer.members[root] = 0
    return list(buffers.values())


def _joined(memory: Memory, segments: Sequence[Segment], apart: Sequence[_Buffer]) -> list[_Buffer]:
    """Return buffers in which outputs lie over what they are made from, where nothing else reads that any more."""
    copies = [replace(buffer, members=dict(buffer.members)) for buffer in apart]
    buffer_of = {root: buffer for buffer in copies for root in buffer.members}
    inside = {step: segment for segment in segments for step in range(segment.first, segment.end)}
    for position, step in enumerate(memory.steps):
        segment = inside.get(position)
        if segment is not None and segment.over and position == segment.first:
            above, below, lag = segment.over
            _join(memory, buffer_of, above, below, lag, range(segment.first, segment.end))
        elif segment is None and step.kernel in POINTWISE:
            output = memory.roots[step.outputs[0]]
            for root in (memory.roots[tensor] for tensor in step.inputs):
                same = memory.graph.tensors[root].nbytes == memory.graph.tensors[output].nbytes
                if same and _join(memory, buffer_of, root, output, 0, range(position, position + 1)):
                    break
    return list({id(buffer): buffer for buffer in buffer_of.values()}.values())


def _join(memory: Memory, buffer_of: dict[int, _Buffer], above: int, below: int, lag: int, steps: range) -> bool:
    """Put `below` so far under `above` into one buffer, if the latter ends and the former begins in these steps."""
    taken, made = buffer_of.get(above), buffer_of.get(below)
    if taken is None or made is None or taken is made or taken.last not in steps or made.first not in steps:
        return False
    if any(memory.lives[root][1] >= steps.start for root in taken.members if root != above):
        return False
    low = taken.members[above] - lag
    shift = max(0, -low)
    nbytes = max(taken.nbytes + shift, low + shift + made.nbytes)
    if nbytes >= taken.nbytes + made.nbytes:
        return False
    members = {root: at + shift for root, at in taken.members.items()}
    members |= {root: at + low + shift for root, at in made.members.items()}
    taken.nbytes, taken.last, taken.members = nbytes, made.last, members
    for root in made.members:
        buffer_of[root] = taken
    return True
