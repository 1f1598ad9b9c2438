"""Steps of a graph -> where every tensor lies, in the form that the C++ plan takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .. import _core
from ..errors import EdgetwinError, ModelError, UnsupportedError
from .arena import HOST_ALIGNMENT, aligned, host_plan
from .graph import Graph
from .lowering.context import Context
from .lowering.float32.table import FLOAT32_INPUTS, FLOAT32_LOWERINGS
from .lowering.table import INPUTS, LOWERINGS, OUTPUTS
from .lowering.xnnpack.table import xnnpack_lowering
from .state import initial_state
from .step import Step
from .support import data_dtype

__all__ = ["MAX_ACTIVATION_BYTES", "PlanSpec", "build_plan", "lower"]

#: A single activation, all of them together, scratch or all state above this is refused before anything is allocated;
#: no microcontroller comes near it.
MAX_ACTIVATION_BYTES = 2**28

#: Bytes: every element of a sequence's state lies on a multiple of its own size.
_STATE_ALIGNMENT = 16

Storage = tuple[str, int, int]


@dataclass(frozen=True)
class PlanSpec:
    """What ``_core.Plan`` is made from.

    Attributes
    ----------
    storages : list of (place, where, bytes)
        Place is "arena", "state", "constant" (`where` = byte offset), "input" or "output" (`where` = index).
    steps : list of (kernel, params, constants, inputs, state, outputs)
        The last three are indices into `storages`.
    arena_bytes : int
    initial_state, constants : bytes
    state_layout : dict of int to (offset, bytes)
        Where each variable tensor lies in the state.
    """

    storages: list[Storage]
    steps: list[tuple[object, ...]]
    arena_bytes: int
    initial_state: bytes
    constants: bytes
    state_layout: dict[int, tuple[int, int]] = field(default_factory=dict)


def lower(graph: Graph, live: Sequence[int], arithmetic: str) -> tuple[list[Step], dict[int, int]]:
    """Lower the live operators of a folded graph.

    Parameters
    ----------
    graph : Graph
        Constants folded; every operator in `live` is supported.
    live : sequence of int
        Operators to execute, in order.
    arithmetic : str
        A key of `ARITHMETICS`.

    Returns
    -------
    steps : list of Step
    aliases : dict of int to int
        Tensor -> the tensor whose bytes it shares, for operators that only relabel (RESHAPE).

    Raises
    ------
    ModelError, UnsupportedError : naming operator and tensor
    """
    steps: list[Step] = []
    aliases: dict[int, int] = {}
    for index in live:
        context = Context(graph, index, arithmetic)
        for tensor_index in (*context.operator.inputs, *context.operator.outputs):
            tensor = graph.tensors[tensor_index]
            if tensor_index >= 0 and tensor.nbytes > MAX_ACTIVATION_BYTES:
                context.unsupported(
                    f"tensor {tensor.name!r} has {tensor.nbytes} bytes, accepted are at most {MAX_ACTIVATION_BYTES}"
                )
        name = context.operator.name
        # Operators that compute in float32 have lowerings of their own; those that move elements serve every dtype.
        real = name in FLOAT32_LOWERINGS and data_dtype(graph, context.operator) == "float32"
        lowerings, operands = (FLOAT32_LOWERINGS, FLOAT32_INPUTS) if real else (LOWERINGS, INPUTS)
        if name not in lowerings:
            context.unsupported("this operator is not implemented")
        # An arithmetic is a way with codes: what computes in float32 is the same in all.
        lowering = xnnpack_lowering(context) if arithmetic == "xnnpack" and not real else lowerings[name]
        _check_operands(context, *operands[name])
        lowered = lowering(context)
        if lowered is None:
            aliases[context.operator.outputs[0]] = context.operator.inputs[0]
            continue
        made = [lowered] if isinstance(lowered, Step) else lowered
        for step in made:
            _check_kernel(context, step)
        steps += made
    return steps, aliases


def _check_operands(context: Context, fewest: int, most: int) -> None:
    """Raise for a number of operands that the operator does not have."""
    operator = context.operator
    if not fewest <= len(operator.inputs) <= most:
        accepted = f"{fewest} to {most}" if fewest < most else str(fewest)
        context.bad(f"it has {len(operator.inputs)} inputs, accepted are {accepted}")
    outputs = OUTPUTS.get(operator.name, 1)
    if not 1 <= len(operator.outputs) <= outputs:
        context.bad(f"it has {len(operator.outputs)} outputs, accepted is {outputs}")
    for index in operator.intermediates:
        tensor = context.graph.tensors[index]
        if tensor.size:
            context.unsupported(
                f"intermediate tensor {tensor.name!r} has shape {list(tensor.shape)}; TFLite Micro accepts such "
                "tensors without elements only"
            )


def _check_kernel(context: Context, step: Step) -> None:
    """Raise for parameters that the kernel does not take: each is an int32, and so are some of their products."""
    try:
        scratch = _core.kernel_layout(step.kernel, dict(step.params))["scratch"]
    except EdgetwinError as error:
        context.unsupported(f"beyond what its kernel computes: {error}")
    if scratch > MAX_ACTIVATION_BYTES:
        context.unsupported(f"it needs {scratch} bytes of scratch, accepted are at most {MAX_ACTIVATION_BYTES}")


def _append(region: bytearray, value: bytes, alignment: int) -> None:
    """Add a value and the gap after it."""
    region += value
    region += bytes(aligned(len(region), alignment) - len(region))


class _Layout:
    """Assigns a storage to every tensor that a step touches."""

    def __init__(self, graph: Graph, aliases: dict[int, int], outputs: Sequence[int]) -> None:
        self.graph = graph
        self.aliases = aliases
        self.storages: list[Storage] = []
        self.constants = bytearray()
        self.state = bytearray()
        self.state_layout: dict[int, tuple[int, int]] = {}
        self.by_root: dict[int, int] = {}
        self.copies: list[tuple[int, int]] = []
        for position, tensor in enumerate(graph.inputs):
            self.add(tensor, ("input", position, graph.tensors[tensor].nbytes))
        for position, tensor in enumerate(outputs):
            storage: Storage = ("output", position, graph.tensors[tensor].nbytes)
            root = self.root(tensor)
            if root in self.by_root or graph.tensors[root].data is not None or graph.tensors[root].is_variable:
                # Its bytes lie elsewhere (an input, another output, a constant): copied when all is done.
                self.storages.append(storage)
                self.copies.append((tensor, len(self.storages) - 1))
            else:
                self.add(root, storage)

    def root(self, tensor: int) -> int:
        """Return the tensor whose bytes `tensor` shows."""
        while tensor in self.aliases:
            tensor = self.aliases[tensor]
        return tensor

    def add(self, root: int, storage: Storage) -> int:
        """Give a tensor a storage of its own and return that storage's index."""
        self.storages.append(storage)
        self.by_root[root] = len(self.storages) - 1
        return self.by_root[root]

    def find(self, tensor_index: int) -> int | None:
        """Return the storage of a tensor that is not an activation in the arena, else None."""
        root = self.root(tensor_index)
        if root in self.by_root:
            return self.by_root[root]
        tensor = self.graph.tensors[root]
        if tensor.data is not None:
            offset = len(self.constants)
            _append(self.constants, tensor.data.tobytes(), HOST_ALIGNMENT)
            return self.add(root, ("constant", offset, tensor.nbytes))
        if tensor.is_variable:
            offset = len(self.state)
            if offset + tensor.nbytes > MAX_ACTIVATION_BYTES:
                raise UnsupportedError(
                    f"variable tensor {tensor.name!r} and those before it have {offset + tensor.nbytes} bytes, "
                    f"accepted are at most {MAX_ACTIVATION_BYTES}"
                )
            _append(self.state, initial_state(tensor).tobytes(), _STATE_ALIGNMENT)
            self.state_layout[root] = (offset, tensor.nbytes)
            return self.add(root, ("state", offset, tensor.nbytes))
        return None


def _lifetimes(layout: _Layout, steps: Sequence[Step]) -> tuple[dict[int, int], dict[int, int]]:
    """Return the first and the last step that touches each activation of the arena; all others get their storage."""
    graph = layout.graph
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for position, step in enumerate(steps):
        for tensor in step.outputs:
            if layout.find(tensor) is None:
                root = layout.root(tensor)
                first.setdefault(root, position)
                last[root] = position
        for tensor in (*step.inputs, *step.state):
            if layout.find(tensor) is None:
                root = layout.root(tensor)
                if root not in first:
                    raise ModelError(
                        f"{graph.where(step.operator)} reads tensor {graph.tensors[tensor].name!r}, "
                        "which no operator before it produces"
                    )
                last[root] = position
    for tensor, _ in layout.copies:
        if layout.find(tensor) is None:
            raise ModelError(f"output tensor {graph.tensors[tensor].name!r} is produced by no operator")
    return first, last


def build_plan(graph: Graph, steps: Sequence[Step], aliases: dict[int, int], outputs: Sequence[int]) -> PlanSpec:
    """Lay out all tensors of lowered steps.

    Parameters
    ----------
    graph : Graph
    steps, aliases
        From `lower`.
    outputs : sequence of int
        Tensors to hand out; each gets memory of its own.

    Returns
    -------
    PlanSpec

    Raises
    ------
    ModelError : a step reads a tensor that nothing produces
    """
    layout = _Layout(graph, aliases, outputs)
    first, last = _lifetimes(layout, steps)
    roots = list(first)
    offsets, arena_bytes = host_plan([(graph.tensors[root].nbytes, first[root], last[root]) for root in roots])
    if arena_bytes > MAX_ACTIVATION_BYTES:
        raise UnsupportedError(f"the activations need {arena_bytes} bytes, accepted are at most {MAX_ACTIVATION_BYTES}")
    for root, offset in zip(roots, offsets, strict=True):
        layout.add(root, ("arena", offset, graph.tensors[root].nbytes))

    def storages_of(tensors: Sequence[int]) -> list[int]:
        return [layout.by_root[layout.root(tensor)] for tensor in tensors]

    specs: list[tuple[object, ...]] = [
        (
            step.kernel,
            dict(step.params),
            dict(step.constants),
            storages_of(step.inputs),
            storages_of(step.state),
            storages_of(step.outputs),
        )
        for step in steps
    ]
    specs += [("copy", {}, {}, storages_of([tensor]), [], [storage]) for tensor, storage in layout.copies]
    return PlanSpec(
        layout.storages, specs, arena_bytes, bytes(layout.state), bytes(layout.constants), layout.state_layout
    )
