"""Random float32 models of sums of products, pools and recurrent operators."""

from __future__ import annotations

import numpy as np
from oracles.float32.builder import RealBuilder


def fully_connected(rng):
    b = RealBuilder(rng)
    features, out = int(rng.choice([1, 3, 7, 16, 17, 64, 129])), b.size()
    lead = [(1,), (1, b.size(5)), (b.size(5),)][int(rng.integers(3))]
    inputs = [b.real_input((*lead, features)), b.real_weights((out, features), features)]
    if rng.random() < 0.85:
        inputs.append(b.real_bias(out))
    keep = len(lead) > 1
    y = b.real_output((*lead, out) if keep else (int(np.prod(lead)), out))
    options = {"fused_activation_function": b.activation(), "keep_num_dims": keep}
    return b.graph("fully_connected", inputs, [y], options, 4)


#: Generator of one operator by name.
LINEAR = {f.__name__: f for f in (fully_connected,)}
