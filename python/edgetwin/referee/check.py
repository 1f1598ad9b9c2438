"""A certificate checked by other means: own sums, arithmetics, bisection. Only what has no channels runs in kernels."""

import hashlib
from typing import Any

import numpy as np

from ..build_info import __version__
from ..errors import DataError
from ..graph.graph import Graph
from ..graph.passes import fold
from ..graph.plan import lower
from ..graph.state import with_kept_state
from ..io.tflite_read import read_tflite
from .certificate import FORMAT, VERSIONS
from .check_kernels import need, without_channels
from .every import EVERY, clamp_is_clear

Ranges = dict[int, tuple[int, int]]


def check_certificate(content: Any, data: bytes) -> None:
    """Raise DataError, with the reason, unless all that a certificate (as JSON) says of a `.tflite` file is true."""
    try:
        need(content["format"] == FORMAT, f"its format is {content['format']}, accepted is {FORMAT}: certify again")
        need(content["edgetwin"] == __version__, f"it is of edgetwin {content['edgetwin']}, this is {__version__}")
        need(content["model"] == hashlib.sha256(data).hexdigest(), f"it is of another model, {content['model']}")
        told, names = content["arithmetic_versions"], (content["arithmetic"], content["against"])
        need(told == [VERSIONS[name] for name in names], f"it is about {told}, not what this computes now")
        graph, live = fold(with_kept_state(read_tflite(data)))
        claims, ranges = content["operators"], Ranges()
        known = [(i, graph.operators[i].name, graph.tensors[graph.operators[i].outputs[0]].name) for i in live]
        need([(c["operator"], c["name"], c["tensor"]) for c in claims] == known, "its operators are not the model's")
        for claim in claims:
            where, source = graph.where(claim["operator"]), graph.operators[claim["operator"]].inputs[0]
            need(claim["codes"] == list(ranges.get(source, (-128, 127))), f"{where}: codes {claim['codes']}")
            (_linear if claim["channels"] else without_channels)(graph, claim, names, ranges, where)
        said = [channel["verdict"] for claim in claims for channel in claim["channels"]]
        share = 1 - said.count("undecided") / max(len(said), 1)
        need((content["verdict"], content["decided"]) == (_worst(claims), share), "its summary is not its operators'")
    except (KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise DataError(f"the certificate is malformed: {error!r}") from None


def _worst(claims: list[Any]) -> str:
    return next((v for v in ("differs", "undecided") if any(c["verdict"] == v for c in claims)), "equal")


def _codes(way: Any, sums: Any) -> Any:
    """Codes of sums (channels, any)."""
    step, side = way
    p, c = step.params, {name: np.reshape(step.constants.get(name, 0), (-1, 1)) for name in ("multiplier", "shift")}
    zero, low, high = p["output_zero_point"], p["activation_min"], p["activation_max"]
    if side:  # the smallest or largest code of any arithmetic: float32 scalings, 1 or 2 roundings
        exact = sums * np.ldexp(c["multiplier"].astype(float), c["shift"] - 31)
        first = np.where(c["shift"] < 0, np.ldexp(0.5, c["shift"]), 0)
        error = abs(exact) * (2**-23 + 2**-30) + np.maximum(first, abs(exact) * 2**-23)
        made = np.ceil(exact - error - 0.5) if side < 0 else np.floor(exact + error + 0.5)
        return np.clip(made + zero, low, high).astype(np.int64)
    if "scale" in step.constants:
        scaled = sums.astype(np.float32) * np.reshape(step.constants["scale"], (-1, 1))
        return zero + np.rint(np.clip(scaled, low - zero, high - zero)).astype(np.int64)
    m, s = c["multiplier"].astype(np.int64), c["shift"].astype(np.int64)
    if p["rounding"]:
        return np.clip(((sums * m + (1 << (30 - s))) >> (31 - s)) + zero, low, high)
    high_part = ((sums << np.maximum(s, 0)) * m + (1 << 30)) >> 31
    half = ((1 << np.maximum(-s, 0)) >> 1) - ((high_part < 0) & (s < 0))
    return np.clip(((high_part + half) >> np.maximum(-s, 0)) + zero, low, high)


def _thresholds(way: Any, low: Any, high: Any) -> Any:
    """For codes -127 to 127 the first sum of [low, high] that reaches it, or high + 1; codes rise with sums."""
    below, above = np.repeat(low - 1, 255, 1), np.repeat(high + 1, 255, 1)
    while (open_ := above - below > 1).any():
        middle = (below + above) // 2
        reached = _codes(way, middle) >= np.arange(-127, 128)
        above, below = np.where(open_ & reached, middle, above), np.where(open_ & ~reached, middle, below)
    return above


def _inside(p: Any, axis: str, pad: str) -> Any:
    at = np.arange(p[f"output_{axis}"])[:, None] * p[f"stride_{axis}"] - p[pad]
    return (at := at + np.arange(p[f"kernel_{axis}"]) * p[f"dilation_{axis}"]) * (p[f"input_{axis}"] - 1 - at) >= 0


def _linear(graph: Graph, claim: Any, names: tuple[str, str], ranges: Ranges, where: str) -> None:
    every = EVERY in names
    need(not every or clamp_is_clear(graph, graph.operators[claim["operator"]]), f"{where}: its clamp")
    steps: list[Any] = [lower(graph, [claim["operator"]], "tflm" if every else name)[0][0] for name in names]
    ways = list(zip(steps, (-1, 1) if every else (0, 0), strict=True))
    ours, p, zero = steps[0], steps[0].params, int(steps[0].params["input_zero_point"])
    inside = np.ones((1, 1, 1, 1), bool)  # rows and columns of the output, then of the taps
    if "kernel_h" in p:
        inside = _inside(p, "h", "pad_top")[:, None, :, None] & _inside(p, "w", "pad_left")[:, None]
    w = np.moveaxis(np.asarray(ours.constants["weights"], np.int64), -1 if "depthwise" in ours.kernel else 0, 0)
    w = w.reshape(len(w), inside[0, 0].size, -1) - int(p.get("weights_zero_point", 0))
    depth, w = w.shape[2], (w * inside.any((0, 1)).reshape(-1, 1)).reshape(len(w), -1)
    bias = np.zeros(len(w), np.int64) if ours.constants["bias"] is None else ours.constants["bias"].astype(np.int64)
    ends = [code - zero for code in claim["codes"]] + ([] if inside.all() else [0])
    low = bias + (w * np.where(w > 0, min(ends), max(ends))).sum(1)
    high = bias + (w * np.where(w > 0, max(ends), min(ends))).sum(1)
    shift = np.array([np.broadcast_to(s.constants.get("shift", -1), len(w)) for s in steps]).max(0).astype(np.int64)
    limit = np.where(shift < 0, 2**31 - 1, 1 << (30 - np.maximum(shift, 0)))
    clear, least, most = (low >= -limit) & (high <= limit), np.clip(low, -limit, limit), np.clip(high, -limit, limit)
    a, b = (_thresholds(way, least[:, None], most[:, None]) for way in ways)
    first, end, modulus = np.minimum(a, b), np.maximum(a, b), np.gcd.reduce(w, axis=1)
    first[:, 1:] = np.maximum(first[:, 1:], end[:, :-1])
    made = np.array([_codes(way, bound[:, None]) for way in ways for bound in (least, most)])
    ranges[graph.operators[claim["operator"]].outputs[0]] = (made.min(), made.max()) if clear.all() else (-128, 127)
    need(len(claim["channels"]) == len(w), f"{where} has {len(w)} channels")
    need(claim["verdict"] == _worst(claim["channels"]), f"{where}: its verdict is not its channels'")
    for i, (g, channel) in enumerate(zip(modulus, claim["channels"], strict=True)):
        lattice = [g, bias[i] % g if g else bias[i]]
        runs = [[x, y - 1] for x, y in zip(first[i], end[i], strict=True) if x < y]
        facts = [low[i], high[i]], lattice, runs, low[i] < -(2**31) or high[i] > 2**31 - 1
        told = tuple(channel[name] for name in ("bounds", "lattice", "differing", "overflows"))
        need(told == facts, f"{where}, channel {i}: {told}")
        witness = channel["witness"]
        if witness is None:
            met = any(x + (lattice[1] - x) % g <= y if g else x <= lattice[1] <= y for x, y in runs)
            need(channel["verdict"] == ("undecided" if met or not clear[i] else "equal"), f"{where}, channel {i}")
            continue
        taps, at = np.array(witness["taps"]), witness["at"]
        here = np.repeat(inside[tuple(at[-3:-1]) if "kernel_h" in p else (0, 0)].reshape(-1), depth)
        right = np.where(here, (taps >= claim["codes"][0]) & (taps <= claim["codes"][1]), taps == zero).all()
        total = np.full((len(w), 1), bias[i] + w[i] @ (taps - zero))
        codes = [int(_codes(way, total)[i, 0]) for way in ways]
        right &= witness["sum"] == total[i, 0] and codes == witness["codes"] and codes[0] != codes[1] and at[-1] == i
        need(right and abs(witness["sum"]) <= limit[i] and channel["verdict"] == "differs", f"{where}, witness of {i}")
