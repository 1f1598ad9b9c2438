"""Whole networks beside other runtimes: bytes first, then interleaved times."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np
from oracles.inputs import MODELS, samples
from oracles.models import model_bytes

import edgetwin as et
from edgetwin.io.tflite_write import write_tflite

from .generated import conv1d_network
from .machine import levels
from .peers import Probe, Runtime, litert, onnx_runtime, opened, tflite_micro
from .singles import traffic
from .timing import Body, Effort, interleaved, timed

BATCH = 1024
#: A call of a batch takes at most this long, or the batch is smaller.
_LONGEST_S = 0.25
#: Samples whose bytes are compared: what the wheel does in this time.
_CHECKED, _CHECKING_S = 64, 0.5
#: float32 is compared with LiteRT's own; a distance is over the largest value.
_NEAR = 1e-5
#: What runs, in order; kwscr8 as published gives one output for every input, its variant is the same network.
SHARED = [*(name for name in MODELS if name != "kwscr8"), "gait_f32", "resnet8_f32"]
GENERATED: Mapping[str, Callable[[], bytes]] = {
    "generated conv1d int8": lambda: write_tflite(conv1d_network()),
    "generated conv1d int16x8": lambda: write_tflite(conv1d_network(dtype="int16")),
}
#: Shared files that do not load; the row says why.
REFUSED = ("audio_pre_int8", "kws_f32")
NAMES = [*SHARED, *GENERATED, *REFUSED]


@dataclass
class Result:
    """One network: seconds of a sample by body, medians and fastest; notes by runtime, or why it does not load."""

    name: str
    macs: int = 0
    traffic: int = 0
    bytes_compared: int = 0
    refusal: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    fastest: dict[str, float] = field(default_factory=dict)
    batches: dict[str, int] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    def time(self, body: str, level: str = "") -> float | None:
        """Seconds of a sample; None where it was not measured."""
        return self.seconds.get(f"{body} {level}".strip())


def _data(shared: Path, name: str) -> bytes:
    return GENERATED[name]() if name in GENERATED else model_bytes(shared, name)


def _samples(shared: Path, name: str, model: et.Model, count: int) -> np.ndarray:
    """Inputs with the file's shape, batch axis included."""
    tensor = model.graph.tensors[model.graph.inputs[0]]
    if name in MODELS:
        return samples(shared, name, tensor, count)
    rng = np.random.default_rng(5)
    if tensor.dtype == "float32":
        return rng.normal(0, 1, (count, *tensor.shape)).astype(np.float32)
    info = np.iinfo(tensor.dtype)
    return rng.integers(info.min, info.max, (count, *tensor.shape), tensor.dtype, endpoint=True)


def _check(model: et.Model, x: np.ndarray, batch: np.ndarray, expected: list[np.ndarray], what: str) -> None:
    """In a batch and one by one, the expected outputs: equal bytes, or float32 near them."""
    together = model.run(batch)
    for i, theirs in enumerate(expected):
        for ours in (together[i], model.run(batch[i])):
            flat, wanted = ours.reshape(-1), theirs.reshape(-1)
            if ours.dtype == np.float32:
                distance = np.abs(flat - wanted).max() / np.abs(wanted).max()
                if not distance <= _NEAR:
                    raise AssertionError(f"{what}: sample {i} is {distance:.2g} away")
            elif flat.tobytes() != wanted.tobytes():
                raise AssertionError(f"{what}: sample {i} has other bytes")


def _peers(data: bytes, model: et.Model, probe: Probe, sample: np.ndarray, result: Result) -> dict[str, Runtime]:
    """Other runtimes that take the network, with a sample set; why others do not is noted."""
    makers: dict[str, tuple[str, Callable[[], Runtime]]] = {
        "tflm": ("tflite-micro", partial(tflite_micro, data, model.profile().arena_bytes)),
        "litert": ("ai-edge-litert", partial(litert, data, [sample], 1)),
        "litert_2": ("ai-edge-litert", partial(litert, data, [sample], 2)),
        "onnx": ("onnxruntime", partial(onnx_runtime, model.graph, 1)),
        "onnx_2": ("onnxruntime", partial(onnx_runtime, model.graph, 2)),
        "onnx_default": ("onnxruntime", partial(onnx_runtime, model.graph, 1, exact_sums=False)),
    }
    found: dict[str, Runtime] = {}
    crash = probe.refusal(data, [sample])
    for key, (distribution, make) in makers.items():
        made = crash if key.startswith("litert") and crash else opened(make, distribution)
        if isinstance(made, str):
            result.notes[key] = made
            continue
        made.whole([sample])
        found[key] = made
    return found


def measure(shared: Path, name: str, probe: Probe, effort: Effort, smoke: bool = False) -> Result:
    """Compare one network's outputs with the wheel's at every level, then time it everywhere."""
    checked, batch = (8, 16) if smoke else (_CHECKED, BATCH)
    result = Result(name)
    data = _data(shared, name)
    try:
        model = et.load(data, num_threads=1)
    except et.EdgetwinError as error:
        result.refusal = str(error)
        return result
    result.macs, result.traffic = model.profile().macs, traffic(model)
    x = _samples(shared, name, model, checked)
    peers = _peers(data, model, probe, x[0], result)
    stack = np.ascontiguousarray(x.reshape(len(x), *model.inputs[0].shape))
    tiled = np.ascontiguousarray(np.resize(stack, (batch, *stack.shape[1:])))
    expected = _expected(peers, x, stack.dtype == np.float32)
    bodies: dict[str, Body] = {}
    for level, within in levels().items():
        with within():
            one, two = et.load(data, num_threads=1), et.load(data, num_threads=2)
            for way in (one, two):
                _check(way, x, stack, expected, f"{name}, {level}, {way.num_threads} threads")
            seconds = timed(partial(one.run, stack), 1) / len(stack)
        size = min(batch, max(len(stack), 2 ** int(np.log2(max(1.0, _LONGEST_S / seconds)))))
        result.batches[level] = size
        part = tiled[:size]
        bodies[f"single {level}"] = Body(partial(one.run, stack[0]), 1, within)
        bodies[f"batch {level}"] = Body(partial(one.run, part), size, within)
        bodies[f"batch_2 {level}"] = Body(partial(two.run, part), size, within)
    result.bytes_compared = sum(array.nbytes for array in expected)
    for key, runtime in peers.items():
        if runtime.raw is not None:
            bodies[f"{key} raw"] = Body(runtime.raw)
        bodies[f"{key} whole"] = Body(partial(runtime.whole, [x[0]]))
        if key.startswith("onnx"):
            result.notes[key] = f"{_furthest(runtime, x, model, stack):.3g}"
    times = interleaved(bodies, effort)
    result.seconds, result.fastest = times.median, times.fastest
    return result


def _expected(peers: Mapping[str, Runtime], x: np.ndarray, real: bool) -> list[np.ndarray]:
    """What the wheel gives, or LiteRT of float32, of as many samples as time allows; every sample from fresh state."""
    wanted = "litert" if real else "tflm"
    if wanted not in peers:
        return []
    runtime = peers[wanted]
    seconds = timed(partial(runtime.whole, [x[0]]), 1)
    outputs = []
    for sample in x[: max(len(x) // 8, int(_CHECKING_S / seconds))]:
        runtime.reset()
        outputs.append(np.array(runtime.whole([sample])[0]))
    return outputs


def _furthest(runtime: Runtime, x: np.ndarray, model: et.Model, stack: np.ndarray) -> float:
    """The largest difference of its outputs from ours, in codes (float32: in values)."""
    ours = model.run(stack).astype(np.float64)
    theirs = np.stack([np.asarray(runtime.whole([sample])[0], np.float64) for sample in x])
    return float(np.abs(ours.reshape(len(x), -1) - theirs.reshape(len(x), -1)).max())
