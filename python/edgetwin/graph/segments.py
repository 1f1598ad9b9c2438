"""Which steps of a model run row by row: those by which the largest sum of bytes in use becomes smallest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .arena import aligned
from .graph import DTYPES, Graph
from .rows import Pair, RowChain, RowForm, row_form
from .step import Step

__all__ = ["Memory", "Segment", "segment_choices", "segments_from"]


#: Steps of a segment at most.
_LONGEST = 32


@dataclass(frozen=True)
class Memory:
    """What a plan knows of activations before it places them.

    Attributes
    ----------
    graph : Graph
    steps : sequence of Step
    roots : mapping of int to int
        Tensor that a step touches -> the tensor whose bytes it shares.
    lives : mapping of int to (int, int)
        Of each such root in the arena: the first and the last step that needs it.
    fixed : frozenset of int
        Roots of outputs that the caller keeps.
    scratch : mapping of int to int
        Bytes by step.
    alignment : int
    whole : frozenset of int
        Positions of steps that have no form by rows on this device.
    """

    graph: Graph
    steps: Sequence[Step]
    roots: Mapping[int, int]
    lives: Mapping[int, tuple[int, int]]
    fixed: frozenset[int]
    scratch: Mapping[int, int]
    alignment: int
    whole: frozenset[int] = frozenset()

    def nbytes(self, root: int) -> int:
        """Return a tensor's bytes in the arena."""
        return aligned(self.graph.tensors[root].nbytes, self.alignment)

    def alive(self, first: int, end: int) -> list[int]:
        """Return the roots in the arena that steps `first` to `end` - 1 need or leave as they are."""
        return [root for root, (born, dies) in self.lives.items() if born < end and dies >= first]

    def row_bytes(self, root: int, elements: int) -> int:
        """Return the bytes of so many elements of a tensor."""
        return elements * DTYPES[self.graph.tensors[root].dtype].itemsize


@dataclass(frozen=True)
class Segment:
    """Consecutive steps that run row by row.

    Attributes
    ----------
    first, end : int
        Positions of the steps.
    chain : RowChain
    outputs : tuple of int
        Root of each step's output.
    whole : tuple of int
        Steps, counted from `first`, whose outputs are needed afterwards: they are kept as a whole.
    places : tuple of int
        For each step the step in whose place its rows lie: the last of those that share it.
    kept : tuple of int
        Rows that each step's place holds; 0 where it is another's.
    nbytes : int
        Of all rings.
    over : tuple of (int, int, int)
        An input from outside, the output that is written over its first rows, and how many bytes the input must lie
        above it; empty for none.
    cost : int
        Bytes of the arena in use while the segment runs.
    """

    first: int
    end: int
    chain: RowChain
    outputs: tuple[int, ...]
    whole: tuple[int, ...]
    places: tuple[int, ...]
    kept: tuple[int, ...]
    nbytes: int
    over: tuple[int, int, int] | tuple[()]
    cost: int

    @property
    def schedule(self) -> list[int]:
        """Positions of the steps that are asked for all their rows, in order."""
        return [self.first + step for step in self.chain.schedule(self.whole)]


def segment_choices(memory: Memory) -> list[list[Segment]]:
    """Return choices of segments to place: none, and those by which the largest sum of bytes in use is smallest.

    Parameters
    ----------
    memory : Memory

    Returns
    -------
    list of list of Segment
        Of the second as few steps as do it; all other steps run whole.
    """
    count = len(memory.steps)
    plain = [_plain_cost(memory, step) for step in range(count)]
    known: dict[tuple[int, int], Segment] = {}
    looked_at: set[int] = set()
    tried: set[tuple[int, int]] = set()
    least, chosen = max(plain, default=0), list[Segment]()
    while True:
        # Only what runs at the peak can lower it: segments with one of those steps.
        peak = [step for step in _at_peak(plain, chosen, least) if step not in looked_at]
        if not peak:
            break
        for step in peak:
            looked_at.add(step)
            for first in range(max(0, step + 1 - _LONGEST), step + 1):
                for segment in segments_from(memory, first, least, step, tried):
                    known[segment.first, segment.end] = segment
        least, chosen = _best(count, plain, known, None)
    return [[], _best(count, plain, known, least)[1]]


def _at_peak(plain: Sequence[int], chosen: Sequence[Segment], least: int) -> list[int]:
    """Return the steps that run while `least` bytes are in use."""
    inside = {step: segment.cost for segment in chosen for step in range(segment.first, segment.end)}
    return [step for step, cost in enumerate(plain) if inside.get(step, cost) >= least]


def _best(
    count: int, plain: Sequence[int], segments: Mapping[tuple[int, int], Segment], limit: int | None
) -> tuple[int, list[Segment]]:
    """Return the smallest peak, or under a limit the fewest steps in segments, and the segments that give it."""
    best: list[tuple[int, list[Segment]]] = [(0, [])]
    by_end: dict[int, list[Segment]] = {}
    for segment in segments.values():
        by_end.setdefault(segment.end, []).append(segment)
    never = 1 << 62
    for end in range(1, count + 1):
        options = []
        ways: list[tuple[int, int, Segment | None]] = [(end - 1, plain[end - 1], None)]
        ways += [(segment.first, segment.cost, segment) for segment in by_end.get(end, [])]
        for first, cost, made in ways:
            before, chosen = best[first]
            more = [] if made is None else [made]
            if limit is None:
                options.append((max(before, cost), chosen + more))
            else:
                weight = (end - first) * len(more)
                options.append((before + weight if cost <= limit and before < never else never, chosen + more))
        best.append(min(options, key=lambda option: option[0]))
    return best[count]


def _plain_cost(memory: Memory, step: int) -> int:
    return sum(map(memory.nbytes, memory.alive(step, step + 1))) + aligned(
        memory.scratch.get(step, 0), memory.alignment
    )


def segments_from(
    memory: Memory, first: int, limit: int, beyond: int = -1, tried: set[tuple[int, int]] | None = None
) -> list[Segment]:
    """Return the segments that begin with a step, end after step `beyond` and cost less than `limit` bytes.

    Those in `tried` are left out; it takes up what is looked at.
    """
    tried = set() if tried is None else tried
    found: list[Segment] = []
    forms: list[RowForm] = []
    inputs: list[list[int | None]] = []
    made: dict[int, int] = {}
    for position in range(first, min(first + _LONGEST, len(memory.steps))):
        if position in memory.whole:
            break
        step = memory.steps[position]
        sources = [made.get(memory.roots[tensor]) for tensor in step.inputs]
        form = _form(memory, step, sources, forms)
        root = memory.roots[step.outputs[0]]
        if form is None or root in made:
            break
        forms.append(form)
        inputs.append(sources)
        made[root] = position - first
        if position >= beyond and (first, position + 1) not in tried:
            tried.add((first, position + 1))
            segment = _segment(memory, first, RowChain(list(forms), list(inputs)), list(made))
            if segment.cost < limit:
                found.append(segment)
    return found


def _form(memory: Memory, step: Step, sources: Sequence[int | None], forms: Sequence[RowForm]) -> RowForm | None:
    """Return a step's form if its rows are those that the steps before it make."""
    several = sum(other.operator == step.operator for other in memory.steps) > 1
    if several or step.state or len(step.outputs) != 1:
        return None
    own = [forms[source] for source in sources if source is not None]
    form = row_form(memory.graph, step, own[0].rows if own else None)
    if form is None or (form.rows < 2 and form.input_rows < 2):
        return None
    fits = all((made.rows, made.row_elements) == (form.input_rows, form.input_row_elements) for made in own)
    return form if fits else None


def _segment(memory: Memory, first: int, chain: RowChain, outputs: Sequence[int]) -> Segment:
    end = first + len(outputs)
    whole = tuple(
        number
        for number, root in enumerate(outputs)
        if root in memory.fixed or memory.lives.get(root, (0, -1))[1] >= end
    )
    places = _places(memory, chain, outputs, whole)
    pairs = _pairs(memory, first, end, chain, outputs, whole)
    most, lags = chain.measure(whole, places, pairs)
    kept = [0 if number in whole else rows for number, rows in enumerate(most)]
    rings = sum(
        aligned(rows * memory.row_bytes(root, form.row_elements), memory.alignment)
        for rows, root, form in zip(kept, outputs, chain.forms, strict=True)
    )
    over: tuple[int, int, int] | tuple[()] = ()
    saved = 0
    for pair, lag in zip(pairs, lags, strict=True):
        above, below = memory.nbytes(pair.read), memory.nbytes(outputs[pair.writer])
        less = above + below - max(below, aligned(lag, memory.alignment) + above)
        if less > saved:
            over, saved = (pair.read, outputs[pair.writer], aligned(lag, memory.alignment)), less
    wholes = {outputs[number] for number in whole}
    alive = [root for root in memory.alive(first, end) if root not in outputs or root in wholes]
    cost = sum(map(memory.nbytes, alive)) + rings - saved
    return Segment(first, end, chain, tuple(outputs), whole, places, tuple(kept), rings, over, cost)


def _places(memory: Memory, chain: RowChain, outputs: Sequence[int], whole: Sequence[int]) -> tuple[int, ...]:
    """Return in whose place each step's rows lie: a pointwise step takes that of an operand that it alone reads."""
    places = list(range(len(outputs)))
    reads = [source for inputs in chain.inputs for source in inputs]
    for number, (form, inputs) in enumerate(zip(chain.forms, chain.inputs, strict=True)):
        if not form.pointwise or outputs[number] in memory.fixed:
            continue
        size = memory.graph.tensors[outputs[number]].nbytes
        for source in inputs:
            alone = source is not None and reads.count(source) == 1 and source not in whole
            if source is not None and alone and memory.graph.tensors[outputs[source]].nbytes == size:
                places = [number if place == places[source] else place for place in places]
                break
    return tuple(places)


def _pairs(
    memory: Memory, first: int, end: int, chain: RowChain, outputs: Sequence[int], whole: Sequence[int]
) -> list[Pair]:
    """Return inputs that nothing needs after the segment, each with the outputs that may be written over them."""
    pairs = []
    steps = memory.steps[first:end]
    for root in sorted({memory.roots[tensor] for step in steps for tensor in step.inputs}):
        if root in outputs or memory.lives.get(root, (0, -1))[1] not in range(first, end):
            continue
        readers = tuple(n for n, step in enumerate(steps) if root in {memory.roots[t] for t in step.inputs})
        row_bytes = {memory.row_bytes(root, chain.forms[reader].input_row_elements) for reader in readers}
        if len(row_bytes) == 1:
            read = row_bytes.pop()
            pairs += [
                Pair(root, readers, read, writer, memory.row_bytes(outputs[writer], chain.forms[writer].row_elements))
                for writer in whole
                if outputs[writer] in memory.lives
            ]
    return pairs
