"""Cost against batch size, width and window length; memory; what a call costs beside the arithmetic."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from oracles.inputs import samples
from oracles.models import model_bytes

import edgetwin as et
from edgetwin.graph.graph import Graph
from edgetwin.io.tflite_write import write_tflite

from .generated import chain, conv1d_network
from .singles import random_samples
from .timing import Body, Effort, interleaved, straight_line

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096)
WIDTHS = (8, 16, 24, 32, 48, 64)
WINDOWS = (64, 128, 256, 512, 1024, 2048)
CHAINS = (1, 2, 4, 8, 16, 32)
MEMORY_BATCHES = (1, 64, 1024, 4096)


@dataclass
class Line:
    """Seconds of a whole call against a size, and the straight line nearest to them.

    Attributes
    ----------
    x : the quantity that the line is straight in
    """

    what: str
    sizes: Sequence[int]
    x: Sequence[float]
    seconds: Sequence[float]
    unit: str

    @property
    def fit(self) -> tuple[float, float, float]:
        """Slope, intercept, largest relative error."""
        return straight_line(list(self.x), list(self.seconds))


def batches(shared: Path, name: str, sizes: Sequence[int], effort: Effort) -> Line:
    """Calls of one model on one thread."""
    data = model_bytes(shared, name)
    model = et.load(data, num_threads=1)
    tensor = model.graph.tensors[model.graph.inputs[0]]
    few = samples(shared, name, tensor, 64).reshape(64, *model.inputs[0].shape)
    x = np.ascontiguousarray(np.resize(few, (max(sizes), *few.shape[1:])))
    bodies = {str(n): Body(partial(model.run, x[:n])) for n in sizes}
    seconds = list(interleaved(bodies, effort).median.values())
    return Line(f"{name}, batch of 1 to {max(sizes)}", sizes, list(map(float, sizes)), seconds, "sample")


def networks(what: str, graphs: Mapping[int, Graph], effort: Effort, unit: str = "MMAC") -> Line:
    """One call of one sample of generated networks, against their multiply-accumulates."""
    bodies, x = {}, []
    for size, graph in graphs.items():
        model = et.load(write_tflite(graph), num_threads=1)
        x.append(model.profile().macs / 1e6)
        (sample,) = random_samples(graph, 1)[0]
        bodies[str(size)] = Body(partial(model.run, sample.reshape(model.inputs[0].shape)))
    seconds = list(interleaved(bodies, effort).median.values())
    return Line(what, list(graphs), x, seconds, unit)


def widths(sizes: Sequence[int], effort: Effort) -> Line:
    """Networks that differ in their channels."""
    return networks("channels", {n: conv1d_network(width=n) for n in sizes}, effort)


def windows(sizes: Sequence[int], effort: Effort) -> Line:
    """Networks that differ in the length of their window."""
    return networks("window length", {n: conv1d_network(window=n) for n in sizes}, effort)


def calls(effort: Effort) -> dict[str, Line]:
    """Chains of operators of one element: what a call and an operator cost beside arithmetic, by way of calling."""
    bodies = {}
    for length in CHAINS:
        model = et.load(write_tflite(chain(length)), num_threads=1)
        x = np.zeros(model.inputs[0].shape, np.int8)
        out = np.empty(model.outputs[0].shape, np.int8)
        bodies[f"model.run(x) {length}"] = Body(partial(model.run, x))
        bodies[f"model.run(x, out=out) {length}"] = Body(partial(model.run, x, out=out))
    seconds = interleaved(bodies, effort).median
    lengths = list(map(float, CHAINS))
    return {
        way: Line(way, CHAINS, lengths, [seconds[f"{way} {n}"] for n in CHAINS], "operator")
        for way in ("model.run(x)", "model.run(x, out=out)")
    }


#: Run in a process of its own: the peak of what it ever held.
_MEMORY = """
import sys
sys.path[:] = {path!r}
import numpy as np
import edgetwin as et
model = et.load({file!r}, num_threads={threads})
peak = lambda: int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])
x = np.ones(({batch}, *model.inputs[0].shape), model.inputs[0].dtype)
out = np.ones(({batch}, *model.outputs[0].shape), model.outputs[0].dtype)
model.run(x[:1], out=out[:1])
before = peak()
model.run(x, out=out)
print(before, peak(), x.nbytes + out.nbytes)
"""


def memory(shared: Path, name: str, batch: int, threads: int) -> tuple[int, int, int]:
    """Peak resident KiB after one sample and after a batch, and bytes of the caller's arrays."""
    # getrusage would begin with the peak of the process that started it.
    file = str(shared / "models" / f"{name}.tflite")
    program = _MEMORY.format(path=sys.path, file=file, batch=batch, threads=threads)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    before, peak, arrays = map(int, done.stdout.split())
    return before, peak, arrays
