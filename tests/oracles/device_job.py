"""A model's lowered steps as calls of one job: what the runner executes on an emulated core."""

from __future__ import annotations

import numpy as np

from edgetwin import _core
from edgetwin.graph.graph import DTYPES
from edgetwin.graph.state import initial_state


class ModelOnDevice:
    """Adds runs of a model to a job; constants are stored once, activations share their memory between runs."""

    def __init__(self, job, model) -> None:
        self.job, self.model, self.graph = job, model, model.graph
        self.constants = {}
        for number, step in enumerate(model.steps):
            for name, value in step.constants.items():
                self.constants[number, name] = None if value is None else job.store(value)
        self.regions = {}

    def _root(self, tensor):
        aliases = self.model._aliases
        while tensor in aliases:
            tensor = aliases[tensor]
        return tensor

    def _region(self, regions, tensor):
        root = self._root(tensor)
        if root not in regions:
            value = self.graph.tensors[root]
            if value.is_variable:
                regions[root] = self.job.store(initial_state(value))
            elif value.data is not None:
                regions[root] = self.job.store(value.data)
            else:
                if root not in self.regions:
                    self.regions[root] = self.job.space(value.nbytes)
                regions[root] = self.regions[root]
        return regions[root]

    def add_run(self, inputs, state=None, which=0):
        """Queue one sample; return the region of output number `which`.

        It starts from the initial state, or goes on with `state`: a dict, empty before a sequence's first sample.
        """
        regions = {} if state is None else dict(state)
        regions |= {self._root(t): self.job.store(a) for t, a in zip(self.graph.inputs, inputs, strict=True)}
        output = self.graph.outputs[which]
        slots = _core.kernel_slots()
        if any(self._root(output) == self._root(t) for step in self.model.steps for t in step.outputs):
            # Of its own for each run; several steps may write to it.
            regions[self._root(output)] = self.job.space(self.graph.tensors[output].nbytes)
        for number, step in enumerate(self.model.steps):
            self.job.call(
                step.kernel,
                step.params,
                [self._region(regions, t) for t in step.inputs],
                [self.constants[number, name] for name in slots[step.kernel]["constants"]],
                [self._region(regions, t) for t in step.state],
                [self._region(regions, t) for t in step.outputs],
            )
        if state is not None:
            state |= {root: region for root, region in regions.items() if self.graph.tensors[root].is_variable}
        return regions[self._root(output)]

    def decode(self, raw, which=0):
        """The bytes of output number `which` as an array."""
        return np.frombuffer(raw, DTYPES[self.graph.tensors[self.graph.outputs[which]].dtype])
