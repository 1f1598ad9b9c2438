"""Operators that run row by row, as a struct whose functions pull rows from each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ... import _core
from ...graph.graph import DTYPES
from ...graph.rows import RowForm
from ...graph.segments import Segment
from ...graph.step import Step
from .text import c_type, call, camel, snake

if TYPE_CHECKING:
    from .model_code import ModelCode

__all__ = ["write_segment"]


def write_segment(code: ModelCode, segment: Segment) -> None:
    """Write a segment's struct into the file of calls, and its use into `run`."""
    _Writer(code, segment).write()


@dataclass
class _Writer:
    code: ModelCode
    segment: Segment
    #: Name in `run` of what comes from outside -> member.
    members: dict[str, str] = field(default_factory=dict)
    #: Functions that say where rows lie.
    accessors: dict[str, str] = field(default_factory=dict)
    #: Elements of a row of what comes from outside, where it is first read.
    lengths: dict[str, int] = field(default_factory=dict)

    def write(self) -> None:
        code, segment = self.code, self.segment
        steps = code.source.plan.steps[segment.first : segment.end]
        names = [snake(code.label(step.operator)) for step in steps]
        first, last = steps[0].operator, steps[-1].operator
        kind = f"Operators{first}To{last}" if first != last else f"Operator{first}"
        functions = [self._function(number, step, names) for number, step in enumerate(steps)]
        members = "".join(f"  {declaration};\n" for declaration in self.members.values())
        made = "".join(f"  int32_t {name}_made = 0;\n" for name in names)
        separator = "\n"
        code.headers.add("rows.hpp")
        code.segments.append(
            f"/// Operators {first} to {last} row by row. Each function makes rows until there are `end`; before a\n"
            "/// row it has the operators in front make what it needs. Of most tensors the last few rows are kept.\n"
            f"struct {kind} {{\n{members}  const edgetwin::Observer* observer;\n\n  // Rows that are made so far.\n"
            f"{made}\n{''.join(self.accessors.values())}\n{separator.join(functions)}}};\n"
        )
        rows = f"rows_{first}"
        arguments = ", ".join([*self.members, "observer"])
        code.body += ["", f"  // Operators {first} to {last}, row by row.", f"  {kind} {rows} = {{{arguments}}};"]
        for number in segment.chain.schedule(segment.whole):
            code.body.append(f"  {rows}.make_{names[number]}({segment.chain.forms[number].rows});")
        unread = [n for n in segment.chain.left_over(segment.whole) if segment.chain.forms[n].rows]
        if unread:
            code.body.append("  if (observer != nullptr) {  // rows that nothing else reads")
            code.body += [f"    {rows}.make_{names[n]}({segment.chain.forms[n].rows});" for n in unread]
            code.body.append("  }")
        for number in segment.whole:
            code.tensor(segment.outputs[number], code.label(steps[number].operator))

    def _function(self, number: int, step: Step, names: list[str]) -> str:
        code, form, name = self.code, self.segment.chain.forms[number], names[number]
        spelling = code.spelling(step)
        by_rows = replace(step, params=form.params)
        code.params.append(code.parameters(code.label(step.operator), by_rows, spelling))
        output = code.source.graph.tensors[step.outputs[0]]
        kind = c_type(output.dtype)
        folded = spelling.function.endswith("_folded")
        several = folded and form.together > 1
        count = f"edgetwin::min_of<int32_t>({form.together}, end - y)"
        lines = [f"      const int32_t count = {count};"] if several else []
        arguments = [f"k{code.label(step.operator)}"]
        slots = _core.kernel_slots()[step.kernel]["inputs"]
        for slot, tensor, source in zip(slots, step.inputs, self.segment.chain.inputs[number], strict=True):
            if source is not None:
                lines.append(f"      make_{names[source]}({_needed(form, 'y + count - 1' if several else 'y')});")
            rows = self._source_rows(tensor, source, form, names, f"{code.label(step.operator)}{camel(slot)}")
            arguments.append(f"{rows}.row(y)" if form.pointwise else rows)
        arguments += code.constants(code.label(step.operator), step, spelling)
        self._output_rows(number, step, name, kind)
        if folded:
            arguments += [
                "y",
                "count" if several else "1",
                f"{name}_rows()",
                *code.scratch(code.label(step.operator), spelling),
            ]
        else:
            arguments += ["row"] if form.pointwise else ["y", "row"]
        function = f"edgetwin::{spelling.function}{'' if form.pointwise or folded else '_row'}"
        row = f"{'const ' if folded else ''}{kind}* const row = {name}_rows().row(y);"
        nbytes = form.row_elements * DTYPES[output.dtype].itemsize
        sees = [
            call("see", ["observer", str(operator), f"y * {nbytes}", "row", str(nbytes)], indent=8 if several else 6)
            for operator in (step.operator, *self._relabelled(step))
        ]
        computed = call(function, arguments, indent=6)
        if several:
            lines += [
                computed,
                "      for (const int32_t last = y + count; y < last; ++y) {",
                f"        {row}",
                *sees,
                "      }",
            ]
        else:
            lines += [computed, f"      {row}", *sees] if folded else [f"      {row}", computed, *sees]
        body = "\n".join(lines)
        return (
            f"  {code.heading(step.operator)}\n  void make_{name}(int32_t end) {{\n"
            f"    for (int32_t& y = {name}_made; y < end;{'' if several else ' ++y'}) {{\n{body}\n    }}\n  }}\n"
        )

    def _source_rows(self, tensor: int, source: int | None, form: RowForm, names: list[str], label: str) -> str:
        """Return the rows that a step reads."""
        if source is not None:
            rows = f"{names[source]}_rows()"
            return rows if form.pointwise else f"read({rows})"
        shown, kind = self.code.tensor(tensor, label)
        if self.code.source.plan.place(tensor).region != "constant":
            self.members.setdefault(shown, f"const {kind}* {shown}")
        # A tensor that was reshaped is read as rows of another length.
        name = f"{shown}_rows"
        if self.lengths.setdefault(shown, form.input_row_elements) != form.input_row_elements:
            name += f"_of_{form.input_row_elements}"
        self.accessors.setdefault(
            name,
            f"  edgetwin::Rows<const {kind}> {name}() const {{ return {{{shown}, {form.input_row_elements}, "
            f"{form.input_rows}}}; }}\n",
        )
        return f"{name}()"

    def _output_rows(self, number: int, step: Step, name: str, kind: str) -> None:
        """Add the function that tells where a step's rows lie."""
        form, place = self.segment.chain.forms[number], self.code.source.plan.place(step.outputs[0])
        rows = place.rows or form.rows
        if place.region == "output":
            shown = self.code.source.outputs[place.where]
            self.members[shown] = f"{kind}* {shown}"
            where, static, const = shown, "", " const"
        else:
            where, static, const = f"at<{kind}>({place.where})", "static ", ""
        kept = f"  // of {form.rows}" if rows < form.rows else ""
        head = f"  {static}edgetwin::Rows<{kind}> {name}_rows(){const}"
        self.accessors[name] = f"{head} {{ return {{{where}, {form.row_elements}, {rows}}}; }}{kept}\n"

    def _relabelled(self, step: Step) -> list[int]:
        """Return the operators that only relabel a step's output; they are shown with it."""
        source = self.code.source
        root = source.plan.root(step.outputs[0])
        with_steps = {other.operator for other in source.plan.steps}
        found = [
            index
            for index in source.live
            if index not in with_steps and source.plan.root(source.graph.operators[index].outputs[0]) == root
        ]
        self.code.relabelled.update(found)
        return found


def _needed(form: RowForm, row: str) -> str:
    """Return how many rows must be there for a row."""
    if (form.stride, form.padding, form.reach) == (1, 0, 1) and form.rows <= form.input_rows:
        return f"{row} + 1".replace(" - 1 + 1", "")
    return f"needed({row}, {form.stride}, {form.padding}, {form.reach}, {form.input_rows})"
