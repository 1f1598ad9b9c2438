"""A planned model as C++: one call of the device core per step, parameters and weights as constants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ... import _core
from ...errors import UnsupportedError
from ...graph.device_plan import DevicePlan
from ...graph.fast_forms import most_scratch_bytes
from ...graph.graph import Graph, Tensor
from ...graph.segments import Segment
from ...graph.state import initial_state
from ...graph.step import Step
from .cmsis_code import cmsis_spelling, takes_cmsis_scratch
from .cmsis_scratch import most_cmsis_scratch_bytes
from .folded_code import folded_bias, folded_spelling, takes_scratch
from .row_code import write_segment
from .spelling import ENUMERATIONS, SPELLINGS, Spelling
from .text import c_array, c_type, call, camel, comment, float_literal, snake, wrapped

__all__ = ["ModelCode", "Source", "described"]

#: Characters of a tensor's name in a comment.
_SHOWN = 48
#: Constants of one gate of an LSTM.
_PER_GATE = 4


@dataclass(frozen=True)
class Source:
    """What is exported.

    Attributes
    ----------
    name : str
        The namespace.
    graph : Graph
    live : tuple of int
        Operators that run.
    plan : DevicePlan
    model_hash : str
    fast : bool
        Whether the core's fast forms are called, which take more memory.
    cmsis_nn : frozenset of int
        Positions of the steps for which CMSIS-NN's kernels are called.
    workspace_bytes : int
        Of the arena that features are computed in while the model does not run; 0 for none.
    """

    name: str
    graph: Graph
    live: tuple[int, ...]
    plan: DevicePlan
    model_hash: str
    fast: bool = True
    cmsis_nn: frozenset[int] = frozenset()
    workspace_bytes: int = 0

    @property
    def arena_bytes(self) -> int:
        """Bytes of the arena, which serves operators and features one after the other."""
        return max(self.plan.arena_bytes, self.workspace_bytes)

    def scratch_bytes(self, instructions: str | None = None) -> int:
        """Return the bytes that the core's fast forms share beside the arena, on a core or on that which takes most."""
        if not self.fast:
            return 0
        ours = most_scratch_bytes(self.plan.steps, self.plan.arena_bytes, instructions, self.cmsis_nn)
        theirs = most_cmsis_scratch_bytes([self.plan.steps[position] for position in self.cmsis_nn], instructions)
        return max(ours, theirs)

    def arguments(self, tensors: Sequence[int], word: str) -> list[str]:
        """Return the names of `run`'s arguments for the model's inputs or outputs."""
        return [word] if len(tensors) == 1 else [f"{word}_{position}" for position in range(len(tensors))]

    @property
    def inputs(self) -> list[str]:
        """Argument names of the inputs."""
        return self.arguments(self.graph.inputs, "input")

    @property
    def outputs(self) -> list[str]:
        """Argument names of the outputs."""
        return self.arguments(self.graph.outputs, "output")

    @property
    def has_state(self) -> bool:
        """Whether any step keeps something between runs."""
        return any(step.state for step in self.plan.steps)


def described(tensor: Tensor) -> str:
    """Return ``[1, 108, 6] int8 "name"``: of the names of fused operators that a converter joins, the first's end."""
    name = tensor.name.split(";")[0]
    name = name if len(name) <= _SHOWN else f"...{name[-_SHOWN:]}"
    return f'{list(tensor.shape)} {tensor.dtype} "{comment(name)}"'


@dataclass
class ModelCode:
    """Writes the parts of the two files that say what the model computes.

    Attributes
    ----------
    source : Source
    headers : set of str
        Files of the core that are called.
    weights : list of str
        Definitions for the header of constants.
    params, states, segments, body, reset : list of str
        Definitions and statements for the file of calls.
    relabelled : set of int
        Operators that only relabel what is made by rows, and are shown there.
    scratches : dict of str to str
        Bytes of scratch of each fast form, as C++ says them.
    """

    source: Source
    headers: set[str] = field(default_factory=set)
    weights: list[str] = field(default_factory=list)
    params: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    segments: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    reset: list[str] = field(default_factory=list)
    relabelled: set[int] = field(default_factory=set)
    scratches: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        #: Root tensor -> C++ expression and element type.
        self._tensors: dict[int, tuple[str, str]] = {}
        self._names: dict[int, str] = {}
        plan = self.source.plan
        self._begins = {plan.steps[segment.first].operator: segment for segment in plan.segments}
        #: Operators that run by rows.
        self._by_rows = {step.operator for s in plan.segments for step in plan.steps[s.first : s.end]}
        steps: dict[int, list[tuple[int, Step]]] = {}
        for position, step in enumerate(plan.steps):
            steps.setdefault(step.operator, []).append((position, step))
        self._with_steps = frozenset(steps)
        for operator in self.source.live:
            self._operator(operator, steps.get(operator, []))
        for tensor, position in plan.copies:
            self._copy(tensor, position)

    def _operator(self, index: int, steps: Sequence[tuple[int, Step]]) -> None:
        graph = self.source.graph
        if index in self._begins:
            self._relabel_before(self._begins[index])
            write_segment(self, self._begins[index])
        if index in self._by_rows or index in self.relabelled:
            return
        operator = graph.operators[index]
        output = operator.outputs[0]
        self.body.append("")
        tensor = graph.tensors[output]
        self.body.append(f"  {self.heading(index)}{'' if steps else ', the same bytes'}")
        for number, (position, step) in enumerate(steps):
            name = self.label(index) + (f"Part{number}" if len(steps) > 1 else "")
            self._step(name, position, step)
        shown, _ = self.tensor(output, self.label(index))
        self.body.append(call("see", ["observer", str(index), "0", shown, str(tensor.nbytes)]))

    def _relabel_before(self, segment: Segment) -> None:
        """Show operators amid a segment that only relabel what was made before it: afterwards it may be overwritten."""
        plan = self.source.plan
        steps = plan.steps[segment.first : segment.end]
        made = {plan.root(tensor) for step in steps for tensor in step.outputs}
        for index in self.source.live:
            output = self.source.graph.operators[index].outputs[0]
            amid = steps[0].operator < index < steps[-1].operator
            if amid and index not in self._with_steps and plan.root(output) not in made:
                self._operator(index, ())
                self.relabelled.add(index)

    def heading(self, operator: int) -> str:
        """Return the comment that introduces an operator."""
        name = self.source.graph.operators[operator].name.removeprefix("custom:")
        output = self.source.graph.tensors[self.source.graph.operators[operator].outputs[0]]
        return f"// Operator {operator}, {comment(name)}: {described(output)}"

    def label(self, operator: int) -> str:
        """Return ``Conv2d1``: what names of an operator's constants hold."""
        return f"{camel(self.source.graph.operators[operator].name)}{operator}"

    def spelling(self, step: Step, position: int = -1) -> Spelling:
        """Return how the kernel of a step, which may have a position, is called, and note its header."""
        spelling = SPELLINGS.get(step.kernel)
        if spelling is None:
            raise UnsupportedError(
                f"{self.source.graph.where(step.operator)}: the device core has no kernel {step.kernel}, so that "
                "firmware cannot run it; accepted are operators on int8, int16 and int32 under arithmetic 'tflm' or "
                "'single_rounding'"
            )
        if position in self.source.cmsis_nn:
            spelling = cmsis_spelling(step, spelling)
        elif self.source.fast:
            spelling = folded_spelling(step, spelling, self.source.plan.arena_bytes) or spelling
        self.headers.add(spelling.header)
        return spelling

    def scratch(self, name: str, spelling: Spelling) -> list[str]:
        """Note the scratch of a fast form and return the argument for it, if it takes any."""
        if not takes_scratch(spelling):
            return []
        self.scratches[snake(name)] = f"edgetwin::{spelling.function}_scratch_bytes(k{name})"
        return ["&scratch"]

    def _step(self, name: str, position: int, step: Step) -> None:
        spelling = self.spelling(step, position)
        self.params.append(self.parameters(name, step, spelling))
        slots = _core.kernel_slots()[step.kernel]
        arguments = [f"k{name}"]
        for slot, tensor in zip(slots["inputs"], step.inputs, strict=True):
            arguments.append(self._operand(tensor, f"{name}{camel(slot)}", spelling, slot, const=True))
        arguments += self.constants(name, step, spelling)
        for slot, tensor in zip(slots["state"], step.state, strict=True):
            arguments.append(self._operand(tensor, f"{name}{camel(slot)}", spelling, slot))
        for number, (slot, tensor) in enumerate(zip(slots["outputs"], step.outputs, strict=True)):
            label = f"{name}{camel(slot)}" if number else name
            arguments.append(self._operand(tensor, label, spelling, slot))
        if spelling.scratch:
            offset = self.source.plan.scratch.get(position)
            arguments.append("nullptr" if offset is None else f"at<{spelling.scratch}>({offset})")
        if spelling.function.endswith("_folded"):
            p = {field_name: int(value) for field_name, value in step.params.items()}
            if "input_h" in p:
                rows = f"{p['output_w'] * p['output_c']}, {p['output_h']}"
                arguments[1] = (
                    f"edgetwin::Rows<const int8_t>{{{arguments[1]}, {p['input_w'] * p['input_c']}, {p['input_h']}}}"
                )
                arguments[-1:] = ["0", str(p["output_h"]), f"edgetwin::Rows<int8_t>{{{arguments[-1]}, {rows}}}"]
            arguments += self.scratch(name, spelling)
        if position in self.source.cmsis_nn and takes_cmsis_scratch(step):
            member = snake(name)
            self.scratches[member] = f"edgetwin::{spelling.function}_scratch_bytes(k{name})"
            arguments += ["&scratch", f"sizeof(scratch.{member})"]
        self.body.append(call(f"edgetwin::{spelling.function}", arguments))

    def parameters(self, name: str, step: Step, spelling: Spelling) -> str:
        """Return the definition of a step's parameters."""
        pieces = []
        for field_name, kind in _core.kernel_fields()[step.kernel]:
            value = step.params[field_name]
            names = ENUMERATIONS.get((spelling.params, field_name)) or ENUMERATIONS.get(("", field_name))
            if names is not None:
                text = f"edgetwin::{names[int(value)]}"
            else:
                text = float_literal(value) if kind == "float" else str(int(value))
            pieces.append(f"/*{field_name}=*/{text}")
        base = spelling.base_fields
        if base:
            pieces[0] = "{" + pieces[0]
            pieces[base - 1] += "}"
        return f"constexpr edgetwin::{spelling.params} k{name} = {{\n{wrapped(pieces, 4)}}};\n"

    def constants(self, name: str, step: Step, spelling: Spelling) -> list[str]:
        """Define a step's constants and return the arguments for them."""
        arguments = []
        slots = _core.kernel_slots()[step.kernel]["constants"]
        for slot in slots:
            value, constant = step.constants[slot], f"k{name}{camel(slot)}"
            if slot == "bias" and spelling.function.endswith("_folded"):
                value, constant = folded_bias(step), f"k{name}Folded"
                self.weights.append(c_array(constant, value, "bias - input_zero_point * sum(weights)")[0])
            elif value is None:
                self.weights.append(f"/// {slot}: none\nconstexpr const {spelling.sum}* {constant} = nullptr;\n")
            else:
                self.weights.append(c_array(constant, value, f"{slot} {list(value.shape)}")[0])
            if slot == "bias" and spelling.function.startswith("cmsis_nn::fully_connected"):
                folded = f"k{name}Folded"
                self.weights.append(
                    c_array(folded, folded_bias(step), "bias - input_zero_point * sum(weights), for vector kernels")[0]
                )
                constant = f"{{{constant}, {folded}}}"
            arguments.append(constant)
        if not spelling.gates:
            return arguments
        gates = []
        for first in range(0, len(slots), _PER_GATE):
            gates.append(f"k{name}{camel(slots[first].partition('_')[0])}Gate")
            values = wrapped(arguments[first : first + _PER_GATE], 4)
            self.params.append(f"constexpr edgetwin::LstmGate<{spelling.sum}> {gates[-1]} = {{\n{values}}};\n")
        return gates

    def _operand(self, tensor: int, label: str, spelling: Spelling, slot: str, *, const: bool = False) -> str:
        """Return an argument for an array, of the type as which the kernel takes it."""
        shown, kind = self.tensor(tensor, label)
        moved = spelling.moved if slot in ("input", "output", "x", "y") else ""
        wanted = moved or c_type(self.source.graph.tensors[tensor].dtype)
        return shown if wanted == kind else f"reinterpret_cast<{'const ' if const else ''}{wanted}*>({shown})"

    def tensor(self, tensor: int, label: str) -> tuple[str, str]:
        """Return the expression for a tensor's first element and its type; defines what has no name yet."""
        plan, graph = self.source.plan, self.source.graph
        root = plan.root(tensor)
        if root not in self._tensors:
            place, value = plan.places[root], graph.tensors[root]
            kind = c_type(value.dtype)
            if place.region == "input":
                self._tensors[root] = (self.source.inputs[place.where], kind)
            elif place.region == "output":
                self._tensors[root] = (self.source.outputs[place.where], kind)
            elif place.region == "constant" and value.data is not None:
                definition, kind = c_array(f"k{label}", value.data, described(value))
                self.weights.append(definition)
                self._tensors[root] = (f"k{label}", kind)
            elif place.region == "state":
                self._tensors[root] = (self._state(f"{snake(label)}", value, kind), kind)
            else:
                name = snake(label)
                self.body.append(f"  {kind}* const {name} = at<{kind}>({place.where});")
                self._tensors[root] = (name, kind)
        return self._tensors[root]

    def _state(self, name: str, tensor: Tensor, kind: str) -> str:
        fill = int(initial_state(tensor).reshape(-1)[0]) if tensor.size else 0
        values = f" = {{\n{wrapped([str(fill)] * tensor.size, 4)}}}" if fill else ""
        what = described(tensor)
        self.states.append(f"/// {what}\n{kind} {name}[{max(tensor.size, 1)}]{values};\n")
        self.reset.append(f"  for ({kind}& value : {name}) value = {fill};")
        return name

    def _copy(self, tensor: int, position: int) -> None:
        output = self.source.outputs[position]
        value = self.source.graph.tensors[tensor]
        shown, _ = self.tensor(tensor, f"{camel(output)}Value")
        self.body += ["", f"  // {output}: {described(value)}"]
        self.body.append(call("std::memcpy", [output, shown, str(value.nbytes)]))
