"""Hypothesis strategies of SVDF and LSTM calls, by the device core's parameter names.

Sizes are 1 or prime, quantization goes to every end of its range, codes come from a drawn seed: full range, or the two
ends alone.
"""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

SIZES = st.sampled_from([1, 2, 3, 5, 7, 13, 17])
ZERO_POINTS = st.one_of(st.sampled_from([0, -128, 127]), st.integers(-128, 127))
MULTIPLIERS = st.one_of(st.sampled_from([0, 1, 2**30, 2**31 - 1]), st.integers(2**30, 2**31 - 1))
#: Usually what leaves some results inside the output's range, else anything.
SHIFTS = st.one_of(st.integers(-10, -4), st.sampled_from([-31, 0, 30]), st.integers(-31, 30))
PRODUCT_SHIFTS = st.one_of(st.integers(-17, -13), st.sampled_from([-31, 0, 30]), st.integers(-31, 30))
INT32_BIASES = st.sampled_from([None, 0, 1_000, 100_000, 2**31 - 1])


@st.composite
def codes(draw, shape, dtype=np.int8):
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    info = np.iinfo(dtype)
    if draw(st.booleans()):
        return rng.choice([info.min, info.max], shape).astype(dtype)
    return rng.integers(info.min, info.max, shape, dtype, endpoint=True)


@st.composite
def biases(draw, size):
    """Absent, zero, small, or full range so that sums wrap."""
    limit = draw(INT32_BIASES)
    if limit is None:
        return None
    rng = np.random.default_rng(draw(st.integers(0, 2**20)))
    return rng.integers(-limit, limit, size, np.int32, endpoint=True)


@st.composite
def ranges(draw):
    whole = st.just((-128, 127))
    return tuple(sorted(draw(st.one_of(whole, st.tuples(st.integers(-128, 127), st.integers(-128, 127))))))


@st.composite
def svdf_calls(draw):
    """Parameters, input, constants and state of one step."""
    rank, units = draw(st.integers(1, 3)), draw(SIZES)
    p = {"batches": draw(st.integers(1, 3)), "input_size": draw(SIZES), "filters": rank * units}
    p |= {"memory": draw(SIZES), "rank": rank, "rounding": draw(st.integers(0, 1))}
    p |= {f"{name}_zero_point": draw(ZERO_POINTS) for name in ("input", "state", "output")}
    for name in ("input", "output"):
        p |= {f"{name}_multiplier": draw(MULTIPLIERS), f"{name}_shift": draw(SHIFTS)}
    for name in ("state", "activation"):
        p[f"{name}_min"], p[f"{name}_max"] = draw(ranges())
    constants = {
        "weights_feature": draw(codes((p["filters"], p["input_size"]))),
        "weights_time": draw(codes((p["filters"], p["memory"]))),
        "bias": draw(biases(units)),
    }
    x = draw(codes((p["batches"], p["input_size"])))
    return p, x, constants, draw(codes((p["batches"], p["filters"], p["memory"])))


@st.composite
def lstm_calls(draw, **fixed):
    """Parameters, input, constants and (hidden, cell) of a sequence; `fixed` sets parameters."""
    p = {"batches": draw(st.integers(1, 3)), "time_steps": draw(st.integers(1, 3))}
    p |= {"input_size": draw(SIZES), "hidden_size": draw(st.sampled_from([1, 2, 3, 5, 7]))}
    p |= {name: draw(st.integers(0, 1)) for name in ("time_major", "saturation", "rounding")}
    p |= {f"{name}_zero_point": draw(ZERO_POINTS) for name in ("input", "hidden", "output")}
    p["cell_clip"] = draw(st.sampled_from([0, 1, 5_000, 32_767]))
    p["cell_scale_power"] = draw(st.one_of(st.integers(-15, -9), st.sampled_from([-30, 0, 2])))
    p |= fixed
    constants = {}
    for gate in ("input", "forget", "cell", "output"):
        for side in ("input", "hidden"):
            name = f"{gate}_{side}"
            p |= {f"{name}_multiplier": draw(MULTIPLIERS), f"{name}_shift": draw(SHIFTS)}
            constants[f"{gate}_weights_{side}"] = draw(codes((p["hidden_size"], p[f"{side}_size"])))
            constants[f"{gate}_bias_{side}"] = draw(biases(p["hidden_size"]))
    for name in ("forget_to_cell", "input_to_cell", "hidden"):
        p |= {f"{name}_multiplier": draw(MULTIPLIERS), f"{name}_shift": draw(PRODUCT_SHIFTS)}
    first = [p["batches"], p["time_steps"]]
    x = draw(codes((*(first[::-1] if p["time_major"] else first), p["input_size"])))
    state = [draw(codes((p["batches"], p["hidden_size"]), dtype)) for dtype in (np.int8, np.int16)]
    return p, x, constants, state
