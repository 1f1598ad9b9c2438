"""PyTorch's networks, converted: equal outputs, channels last, what is not converted named."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from oracles.frameworks import framework

import edgetwin as et

torch = framework("torch")
nn = torch.nn
F = torch.nn.functional

IMAGE, SERIES, FLAT = (3, 3, 12, 10), (3, 6, 30), (3, 20)


class Residual(nn.Module):
    """Depthwise-separable blocks with a sum, a joint and a gate, as mobile networks have them."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.depthwise = nn.Conv2d(8, 16, 3, padding=1, groups=8)
        self.norm = nn.BatchNorm2d(16)
        self.point = nn.Conv2d(16, 8, 1)
        self.gate = nn.Linear(8, 8)
        self.head = nn.Linear(16 * 30, 5)

    def forward(self, x):
        x = self.stem(x)
        y = self.point(F.hardswish(self.norm(self.depthwise(x))))
        x = x + y
        x = x * torch.sigmoid(self.gate(x.mean((2, 3)))).unsqueeze(-1).unsqueeze(-1)
        x = torch.cat([x, y], dim=1)
        return F.softmax(self.head(F.dropout(x, training=self.training).flatten(1)), dim=1)


class Permuting(nn.Module):
    """Takes (time, channels) and brings channels first itself."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(30, 8, 5, padding="same")
        self.joined = nn.Linear(8 * 6 + 8, 4)

    def forward(self, x):
        x = F.relu(self.conv(x.transpose(1, 2)))
        return self.joined(torch.cat([x.reshape(x.shape[0], -1), x.amax(dim=2)], dim=1)).tanh()


class Ordered(nn.Module):
    """What is flattened passes a normalization and a constant, and comes out in PyTorch's order."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)
        self.norm = nn.BatchNorm1d(4 * 80)
        self.register_buffer("factors", torch.linspace(0.5, 2, 320))

    def forward(self, x):
        x = self.conv(x).flatten(1)
        return F.silu(self.norm(x)) * self.factors - 1


class Several(nn.Module):
    """Operators of which networks have few, each with an output."""

    def __init__(self):
        super().__init__()
        self.prelu = nn.PReLU(3)

    def forward(self, x):
        constant = F.pad(self.prelu(x), (1, 2, 0, 1), value=0.5)
        return (
            constant[:, 1:, :4].permute(0, 2, 3, 1),
            F.leaky_relu(x, 0.2).clamp(-0.1, 0.7).permute(0, 2, 3, 1),
            F.elu(torch.relu_(x) + 0.25).permute(0, 2, 3, 1),
            F.softmax(x, dim=1).permute(0, 2, 3, 1),
            torch.maximum(x, -x).permute(0, 2, 3, 1),
        )


NETWORKS = {
    "gait": (
        lambda: nn.Sequential(
            nn.Conv1d(6, 16, 5), nn.ReLU(), nn.MaxPool1d(2), nn.Conv1d(16, 8, 3, stride=2, padding=1, dilation=2),
            nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.5), nn.Flatten(), nn.Linear(48, 16), nn.ReLU(), nn.Linear(16, 1),
        ),
        SERIES,
    ),
    "residual": (Residual, IMAGE),
    "permuting": (Permuting, SERIES),
    "ordered": (Ordered, IMAGE),
    "several": (Several, IMAGE),
    "dense": (lambda: nn.Sequential(nn.Linear(20, 8, bias=False), nn.Tanh(), nn.BatchNorm1d(8), nn.Softmax(1)), FLAT),
    "pools": (
        lambda: nn.Sequential(
            nn.MaxPool2d(3, 2, padding=1), nn.AvgPool2d(3, 1, padding=1), nn.AdaptiveAvgPool2d((3, 5)), nn.GELU(),
            nn.AdaptiveMaxPool2d(1), nn.Flatten(),
        ),
        IMAGE,
    ),
    "transposed": (
        lambda: nn.Sequential(
            nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1), nn.BatchNorm2d(4), nn.ReLU(),
            nn.ConvTranspose2d(4, 2, 2, stride=2, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        ),
        IMAGE,
    ),
    "series": (
        lambda: nn.Sequential(
            nn.ConvTranspose1d(6, 4, 4, stride=2, padding=1), nn.AvgPool1d(2), nn.Conv1d(4, 8, 3, groups=2),
            nn.AdaptiveMaxPool1d(1), nn.Flatten(), nn.LogSoftmax(1),
        ),
        SERIES,
    ),
}  # fmt: skip


def made(name, seed=0):
    """A network with normalizations that do something, and readings for it."""
    build, shape = NETWORKS[name]
    torch.manual_seed(seed)
    network = build()
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
            nn.init.normal_(module.weight)
            nn.init.normal_(module.bias)
    return network, torch.randn(shape)


def kinds(model):
    return [operator.name for operator in model.graph.operators]


@cache
def run_both(name):
    """The model, and the outputs of both, the model's given channels last."""
    network, x = made(name)
    model = et.from_torch(network, x)
    readings = x.numpy()
    if model.inputs[0].shape != readings.shape[1:]:
        readings = np.ascontiguousarray(np.moveaxis(readings, 1, -1))
    with torch.no_grad():
        expected = network.eval()(x.clone())
    ours = model.run(readings)
    several = isinstance(ours, tuple)
    return model, ours if several else (ours,), [y.numpy() for y in (expected if several else (expected,))]


@pytest.mark.parametrize("name", NETWORKS)
def test_outputs_are_equal(name):
    _, ours, expected = run_both(name)
    for mine, theirs in zip(ours, expected, strict=True):
        assert mine.shape == theirs.shape
        np.testing.assert_allclose(mine, theirs, rtol=1e-5, atol=1e-5 * max(1, np.abs(theirs).max()))
        assert theirs.std() > 1e-3


def test_gait_network_has_no_transpose_and_is_folded():
    model, *_ = run_both("gait")
    assert kinds(model) == ["reshape", "conv_2d", "max_pool_2d", "pad", "conv_2d", "reshape", *["fully_connected"] * 2]
    assert model.inputs[0].shape == (30, 6)


@pytest.mark.parametrize("name", ["residual", "pools", "permuting", "series", "transposed"])
def test_nothing_is_transposed_where_weights_can_be(name):
    model, *_ = run_both(name)
    assert not {"transpose", "gather"} & set(kinds(model))


def test_batch_norms_are_folded():
    model, *_ = run_both("residual")
    names = [tensor.name for tensor in model.graph.tensors]
    assert not [name for name in names if "/scale" in name or "/shift" in name]


def test_input_that_forward_permutes_stays_as_it_is():
    assert run_both("permuting")[0].inputs[0].shape == (6, 30)


def test_outputs_of_convolutions_are_channels_last():
    network = nn.Conv2d(3, 4, 3)
    x = torch.randn(IMAGE)
    model = et.from_torch(network, x)
    assert model.outputs[0].shape == (10, 8, 4)
    ours = model.run(np.ascontiguousarray(np.moveaxis(x.numpy(), 1, -1)))
    np.testing.assert_allclose(np.moveaxis(ours, -1, 1), network(x).detach().numpy(), rtol=1e-5, atol=1e-5)


def test_several_inputs():
    class Two(nn.Module):
        def forward(self, a, b):
            return torch.cat([a, 2 * b], 1)

    a, b = torch.randn(2, 3), torch.randn(2, 4)
    model = et.from_torch(Two(), (a, b))
    np.testing.assert_allclose(model.run(a.numpy(), b.numpy()), np.concatenate([a, 2 * b], 1), rtol=1e-6)


def test_network_is_left_as_it_was():
    network, x = made("residual")
    network.train()
    network.stem.eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    et.from_torch(network, x)
    assert network.training
    assert not network.stem.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("network", "shape", "message"),
    [
        (nn.Sequential(nn.Linear(20, 20), nn.LayerNorm(20)), FLAT, r"layer '1' \(LayerNorm.*BatchNorm"),
        (nn.LSTM(30, 4), SERIES, "lstm.*Keras LSTM"),
        (nn.AdaptiveAvgPool2d(5), IMAGE, r"\[12, 10\] is no multiple of \[5, 5\]"),
        (nn.AvgPool2d(3, padding=1, count_include_pad=False), IMAGE, "count_include_pad"),
        (nn.Conv2d(3, 3, 3, padding=1, padding_mode="reflect"), IMAGE, "mode constant"),
        (nn.Linear(20, 3).double(), FLAT, r"'weight' is torch.float64.*module.float"),
    ],
    ids=["layer_norm", "lstm", "adaptive", "average", "reflect", "double"],
)
def test_what_is_not_converted_is_named(network, shape, message):
    with pytest.raises(et.UnsupportedError, match=message):
        et.from_torch(network, torch.randn(shape))


def test_forward_that_cannot_be_traced():
    class Branching(nn.Module):
        def forward(self, x):
            return x + 1 if x.sum() > 0 else x

    with pytest.raises(et.UnsupportedError, match=r"torch\.export cannot trace Branching"):
        et.from_torch(Branching(), torch.randn(FLAT))


@pytest.mark.parametrize("example", [np.zeros((1, 20), np.float32), torch.zeros(20), torch.zeros(1, 20).double()])
def test_example_inputs_that_are_none(example):
    with pytest.raises(et.ShapeError, match=r"torch\.float32 tensor with the batch axis"):
        et.from_torch(nn.Linear(20, 3), example)


def test_module_that_is_none():
    with pytest.raises(et.UnsupportedError, match=r"takes a torch\.nn\.Module, not function"):
        et.from_torch(lambda x: x, torch.zeros(1, 2))


def test_weights_that_are_not_finite():
    network = nn.Linear(20, 3)
    network.weight.data[0, 0] = float("nan")
    with pytest.raises(et.DataError, match=r"from_torch\(Linear\).*NaN or infinity"):
        et.from_torch(network, torch.zeros(FLAT))
