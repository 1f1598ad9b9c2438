"""What plans arrange between steps changes no byte: pools fused, activations kept as codes, dense layers in blocks."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.case_parts import random_zero_point
from oracles.networks import Network, windows

import edgetwin as et
from edgetwin import _core
from edgetwin.conformance.generators.builder import random_codes
from edgetwin.io.tflite_write import write_tflite

CHAINS = 40


class Chain:
    """A plan of steps that each read what the one before wrote."""

    def __init__(self, rng):
        self.rng = rng
        self.steps, self.sizes = [], []
        self.h = 1 if rng.random() < 0.4 else int(rng.integers(2, 12))
        self.w, self.c = int(rng.integers(4, 30)), int(rng.choice([1, 3, 8, 16, 20]))
        self.zero_point = random_zero_point(rng)
        self.add_size()

    def add_size(self):
        self.sizes.append(self.h * self.w * self.c)

    def quantized(self, outputs, taps):
        """Constants and parameters of a layer of `outputs` channels, whose outputs spread over the codes."""
        rng = self.rng
        shift = round(np.log2(50 / (74 * 74 * np.sqrt(taps))))
        made = random_zero_point(rng)
        p = {"input_zero_point": self.zero_point, "output_zero_point": made, "rounding": int(rng.integers(2))}
        p |= {"activation_min": made if rng.random() < 0.5 else -128, "activation_max": 127}
        self.zero_point = made
        return p, {
            "bias": rng.integers(-(2**14), 2**14, outputs).astype(np.int32),
            "multiplier": rng.integers(2**30, 2**31, outputs).astype(np.int32),
            "shift": np.full(outputs, shift, np.int32) + rng.integers(2, size=outputs).astype(np.int32),
        }

    def conv(self, outputs=None):
        rng = self.rng
        kh, kw = 1 if self.h == 1 else int(rng.integers(1, 4)), int(rng.integers(1, 5))
        outputs = outputs or int(rng.choice([4, 16, 24, 40]))
        p, constants = self.quantized(outputs, kh * kw * self.c)
        p |= {"batches": 1, "input_h": self.h, "input_w": self.w, "input_c": self.c, "output_c": outputs, "groups": 1}
        p |= {"output_h": self.h, "output_w": self.w, "kernel_h": kh, "kernel_w": kw, "stride_h": 1, "stride_w": 1}
        p |= {"dilation_h": 1, "dilation_w": 1, "pad_top": (kh - 1) // 2, "pad_left": (kw - 1) // 2}
        constants["weights"] = random_codes(rng, (outputs, kh, kw, self.c), np.int8)
        self.c = outputs
        self.steps.append(("conv_2d_s8", p, constants))
        self.add_size()

    def pool(self, window=None):
        rng = self.rng
        ph, pw = window or (1 if self.h == 1 else int(rng.integers(1, 4)), int(rng.integers(1, 5)))
        same = rng.random() < 0.5
        out = [-(-n // k) if same else max(n // k, 1) for n, k in ((self.h, ph), (self.w, pw))]
        p = {"batches": 1, "input_h": self.h, "input_w": self.w, "channels": self.c, "output_h": out[0]}
        p |= {"output_w": out[1], "pool_h": ph, "pool_w": pw, "stride_h": ph, "stride_w": pw}
        p |= {"pad_top": 0, "pad_left": 0, "activation_min": -100, "activation_max": 90}
        self.h, self.w = out
        if self.h == 1 and self.w > 1 and rng.random() < 0.3:
            # A line turned to a column, as a one-dimensional pooling is written.
            for name in ("input", "output", "pool", "stride"):
                p[f"{name}_h"], p[f"{name}_w"] = p[f"{name}_w"], 1
        self.steps.append(("max_pool_2d_s8", p, {}))
        self.add_size()

    def dense(self, outputs):
        p, constants = self.quantized(outputs, self.sizes[-1])
        p |= {"batches": 1, "input_features": self.sizes[-1], "output_features": outputs, "weights_zero_point": 0}
        constants["weights"] = random_codes(self.rng, (outputs, self.sizes[-1]), np.int8)
        self.h = self.w = 1
        self.c = outputs
        self.steps.append(("fully_connected_s8", p, constants))
        self.add_size()

    def curve(self):
        self.steps.append(("clamp_s8", {"size": self.sizes[-1], "activation_min": -90, "activation_max": 100}, {}))
        self.sizes.append(self.sizes[-1])

    def softmax(self):
        p = {"rows": 1, "depth": self.sizes[-1], "multiplier": 2**30, "shift": 24, "diff_min": -124}
        self.steps.append(("softmax_s8", p, {}))
        self.sizes.append(self.sizes[-1])

    def plan(self, level):
        """The chain as a plan whose activations lie one after another in the arena."""
        storages, offset = [("input", 0, self.sizes[0])], 0
        for size in self.sizes[1:-1]:
            storages.append(("arena", offset, size))
            offset += -(-size // 64) * 64
        storages.append(("output", 0, self.sizes[-1]))
        steps = [(*step, [i], [], [i + 1]) for i, step in enumerate(self.steps)]
        return _core.Plan(storages, steps, offset, b"", b"", level)

    def run(self, level, x, threads=1):
        outputs = np.empty((len(x), self.sizes[-1]), np.int8)
        self.plan(level).run(len(x), [x], [False], [outputs], None, threads)
        return outputs


def chain_of(seed):
    rng = np.random.default_rng([11, seed])
    chain = Chain(rng)
    for _ in range(int(rng.integers(1, 4))):
        chain.conv()
        if rng.random() < 0.7:
            chain.pool()
    for outputs in rng.choice([1, 10, 64, 130], int(rng.integers(0, 4))):
        chain.dense(int(outputs))
    return chain, rng


def dense_chain_of(seed):
    """Whose steps all run on blocks of samples."""
    rng = np.random.default_rng([12, seed])
    chain = Chain(rng)
    for outputs in rng.choice([1, 3, 16, 30, 64], int(rng.integers(1, 5))):
        chain.dense(int(outputs))
        if rng.random() < 0.4:
            chain.curve()
    if rng.random() < 0.5:
        chain.softmax()
    return chain, rng


def pooled_chain_of(seed):
    """Layers of few channels on long lines, whose neighbouring pixels are made together, and maxima of two or four."""
    rng = np.random.default_rng([13, seed])
    chain = Chain(rng)
    chain.h, chain.w, chain.c = int(rng.choice([1, 2, 4, 6])), 2 * int(rng.integers(4, 33)), int(rng.integers(1, 17))
    chain.sizes = []
    chain.add_size()
    chain.conv(int(rng.integers(2, 17)))
    chain.pool((1 if chain.h == 1 else int(rng.integers(1, 3)), 2))
    chain.conv(16)
    return chain, rng


@pytest.mark.parametrize("make", [chain_of, dense_chain_of, pooled_chain_of], ids=["all", "dense", "pooled"])
@pytest.mark.parametrize("seed", range(CHAINS))
def test_chains(seed, make):
    chain, rng = make(seed)
    x = random_codes(rng, (14, chain.sizes[0]), np.int8)
    expected = chain.run(None, x)
    assert chain.sizes[-1] < 8 or make is not chain_of or len(np.unique(expected)) > 3
    for level in et.archs():
        np.testing.assert_array_equal(chain.run(level, x), expected, err_msg=level)
        # Blocks are cut elsewhere: alone, and in two threads.
        np.testing.assert_array_equal(chain.run(level, x[:1]), expected[:1], err_msg=level)
        np.testing.assert_array_equal(chain.run(level, x, threads=2), expected, err_msg=level)


@pytest.mark.parametrize("curve", ["logistic", "tanh", "fully_connected"])
@pytest.mark.parametrize("coded", [True, False], ids=["int8", "float32"])
def test_what_is_read_again_after_a_block_of_samples(coded, curve):
    """A branch beside steps that run on blocks, joined behind them: the arena holds it for one sample only."""
    net = Network(np.random.default_rng(5), (1, 12, 8))
    net.last = net.conv(net.last, 8, same=True)
    if curve == "fully_connected":
        net.last = net.flat(net.last)
    beside = net.operator("mul", [net.last, net.last], net.shape(), fused_activation_function="none")
    made = net.dense(net.last, 96) if curve == "fully_connected" else net.operator(curve, [net.last], net.shape())
    net.last = net.operator("add", [beside, made], net.shape(), fused_activation_function="none")
    if curve != "fully_connected":
        net.last = net.flat(net.last)
    net.last = net.dense(net.last, 96)
    x = windows(net.rng, net.graph(), 60)
    model = et.load(write_tflite(net.graph()), num_threads=1)
    if coded:
        # One thread takes whole blocks.
        model = et.load(et.quantize(model, x)._data, num_threads=1)
        x = et.kernels.quantize(x, model.inputs[0].scale, model.inputs[0].zero_point)
    for level in et.archs():
        with et.arch(level):
            singles = np.stack([model.run(sample) for sample in x])
            for _ in range(2):
                np.testing.assert_array_equal(model.run(x), singles, err_msg=level)
    assert len(np.unique(singles)) > 20
