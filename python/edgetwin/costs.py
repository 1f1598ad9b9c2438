"""What a model costs on a device, as methods of `Model`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from . import _core
from .code_size import ERROR, code_bytes, parameter_bytes
from .errors import DataError
from .fit import Fit, fit
from .graph.device_plan import DevicePlan, plan_device
from .graph.fast_forms import most_scratch_bytes
from .graph.graph import Graph
from .graph.plan import PlanSpec
from .graph.step import Step
from .profile import FlashSections, Profile, profile_graph
from .targets import Target, parse_target

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Costs"]


class Costs:
    """The part of `Model` that tells what a device needs for it; it reads the model's graph and plan."""

    _graph: Graph
    _live: Sequence[int]
    _steps: Sequence[Step]
    _spec: PlanSpec
    _aliases: dict[int, int]

    @cached_property
    def _device_plan(self) -> DevicePlan | None:
        if not {step.kernel for step in self._steps} <= set(_core.device_kernels()):
            return None
        return plan_device(self._graph, self._steps, self._aliases)

    def profile(self, target: str | None = None, *, measure: bool = False) -> Profile:
        """Return what the model costs: multiply-accumulates, flash and RAM, in total and by operator.

        Parameters
        ----------
        target : str, optional
            ``core[@MHz][:runtime]``, for example ``cortex-m4f@80:cmsis-nn``: latencies are estimated for it, from
            published measurements of other networks, where there are any.
        measure : bool
            Whether the export is compiled for the target's core, which takes seconds, to tell its flash by section;
            estimated where there is no compiler for it.

        Returns
        -------
        Profile

        Raises
        ------
        DataError : `target` names no core or runtime that is known, or there is none to measure for
        DeviceError : the compiler fails
        """
        chosen = None if target is None else parse_target(target)
        if chosen is None and measure:
            raise DataError("measure: needs a target, for example 'cortex-m4f'")
        profile = profile_graph(self._graph, self._live, self._steps, self._spec.arena_bytes, chosen)
        plan = self._device_plan
        if plan is None:
            return profile
        instructions = None if chosen is None else chosen.core.instructions
        scratch = most_scratch_bytes(plan.steps, plan.arena_bytes, instructions)
        flash = None if chosen is None else self._export_flash(plan, chosen, measure)
        arena = plan.arena_bytes + scratch
        return replace(profile, export_arena_bytes=arena, export_scratch_bytes=scratch, export_flash=flash)

    def _export_flash(self: Any, plan: DevicePlan, target: Target, measure: bool) -> FlashSections:
        if measure:
            from .device.flash import measured_flash

            measured: FlashSections | None = measured_flash(self, target.core.name)
            if measured is not None:
                return measured
        constants = plan.constant_bytes(self._graph) + parameter_bytes(plan.steps)
        code = code_bytes(plan.steps, plan.arena_bytes, target.core.instructions)
        why = "no compiler for the core; " if measure else ""
        return FlashSections(code, constants, 0, False, f"{why}code is within about {ERROR:.0%}")

    def fits(
        self, target: str, *, flash: int | None = None, ram: int | None = None, latency_ms: float | None = None
    ) -> Fit:
        """Return whether the model fits a target, and what to change if it does not.

        Parameters
        ----------
        target : str
            As in `profile`.
        flash, ram : int, optional
            Bytes that the model may take; the runtime's own code and memory come on top.
        latency_ms : float, optional

        Returns
        -------
        Fit
            True in a condition where it fits.

        Raises
        ------
        DataError : as in `profile`; a budget that is not positive; a latency for a target without an estimate
        """
        runtimes = () if latency_ms is None else parse_target(target).other_runtimes()
        others = [self.profile(str(other)) for other in runtimes]
        return fit(self.profile(target), others, flash=flash, ram=ram, latency_ms=latency_ms)

    def plot(self, title: str = "") -> Figure:
        """Draw the model: operators, shapes, costs, and TFLite Micro's arena over time.

        Parameters
        ----------
        title : str, optional

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        MissingExtraError : matplotlib is not installed
        """
        from .report.model_plan import draw_model

        return draw_model(self._graph, self.profile(), title)
