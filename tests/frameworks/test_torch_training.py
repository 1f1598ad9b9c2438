"""PyTorch's networks trained on exact integers: forward is the exported model's, backward goes straight through."""

from __future__ import annotations

import numpy as np
import pytest
from oracles.frameworks import framework

import edgetwin as et

torch = framework("torch")
nn = torch.nn
F = torch.nn.functional
# Networks are tiny: threads would only wait for each other.
torch.set_num_threads(1)


class Residual(nn.Module):
    """Depthwise-separable, with a sum, a joint and a flattened picture."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU6())
        self.depthwise = nn.Conv2d(8, 8, 3, padding=1, groups=8)
        self.norm = nn.BatchNorm2d(8)
        self.head = nn.Linear(16 * 16, 3)

    def forward(self, x):
        x = self.stem(x)
        y = F.relu(self.norm(self.depthwise(x)))
        x = torch.cat([F.relu(x + y), y], dim=1)
        return F.softmax(self.head(F.dropout(x, training=self.training).reshape(x.shape[0], -1)), dim=1)


def gait():
    return nn.Sequential(
        nn.Conv1d(6, 8, 5, padding=2), nn.BatchNorm1d(8), nn.ReLU(inplace=True), nn.MaxPool1d(2), nn.Conv1d(8, 4, 3),
        nn.Tanh(), nn.AvgPool1d(2), nn.Flatten(), nn.Linear(24, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2),
    )  # fmt: skip


NETWORKS = {"gait": (gait, (40, 6, 30)), "residual": (Residual, (40, 3, 8, 8))}


def made(name, **options):
    """A network, its wrapper and readings."""
    build, shape = NETWORKS[name]
    torch.manual_seed(8)
    network, x = build(), torch.randn(shape)
    for module in network.modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 2)
    return network, et.convert.torch.quantization_aware(network, x, x, **options), x


def train(wrapped, x, y, steps, rate):
    optimizer = torch.optim.Adam(wrapped.parameters(), lr=rate)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = rate * (1 - step / steps)
        optimizer.zero_grad()
        loss = F.mse_loss(wrapped(x), y)
        loss.backward()
        optimizer.step()
    return loss.item()


def readings_of(x):
    return np.ascontiguousarray(np.moveaxis(x.numpy(), 1, -1))


@pytest.mark.parametrize("options", [{}, {"weights": "int4"}, {"activations": "int16"}], ids=str)
@pytest.mark.parametrize("name", NETWORKS)
def test_exported_outputs_are_those_of_the_last_forward(name, options, tmp_path):
    """After steps that changed weights and ranges, byte for byte, the saved file's as well."""
    network, wrapped, x = made(name, **options)
    before, ranges = [each.clone() for each in network.parameters()], wrapped.ranges.clone()
    train(wrapped, x, torch.zeros_like(network.eval()(x)), 3, 1e-2)
    assert all((new != old).any() for new, old in zip(network.parameters(), before, strict=True))
    assert (wrapped.ranges != ranges).any()
    last = wrapped(x).detach().numpy()
    model = wrapped.to_model()
    model.save(tmp_path / "trained.tflite")
    for each in (model, et.load(tmp_path / "trained.tflite")):
        source, target = each.inputs[0], each.outputs[0]
        assert source.dtype == target.dtype == (np.int16 if "activations" in options else np.int8)
        codes = each.run(et.kernels.quantize(readings_of(x), source.scale, source.zero_point, dtype=source.dtype.name))
        np.testing.assert_array_equal(codes, np.round(last / target.scale) + target.zero_point)
        np.testing.assert_array_equal(each.predict(readings_of(x)), last)
    assert np.unique(codes).size > 10


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_those_of_the_float_network(name):
    """Their directions: with 16 bits the exact values lie near the float ones, but for what 8 bits make of weights."""
    network, wrapped, x = made(name, activations="int16")
    y = torch.rand_like(network.eval()(x))
    wrapped.ranges *= 1.5  # nothing saturates
    gradients = []
    for each in (wrapped, network.eval()):
        network.zero_grad()
        F.mse_loss(each(x), y).backward()
        gradients.append([parameter.grad.clone() for parameter in network.parameters()])
    for mine, theirs in zip(*gradients, strict=True):
        assert F.cosine_similarity(mine.flatten(), theirs.flatten(), dim=0) > 0.99
        assert 0.95 < mine.norm() / theirs.norm() < 1.05


def test_saturated_codes_pass_no_gradient():
    network = nn.Sequential(nn.Linear(4, 1))
    nn.init.ones_(network[0].weight)
    wrapped = et.convert.torch.quantization_aware(network, torch.zeros(1, 4), torch.rand(50, 4), momentum=1)
    x = torch.tensor([[9.0, 0.5, 0.5, 0.5], [0.1, 0.2, 0.3, 0.1]], requires_grad=True)
    wrapped(x).sum().backward()
    expected = torch.tensor([[0.0, 1, 1, 1], [1, 1, 1, 1]])
    torch.testing.assert_close(x.grad, expected)
    wrapped.ranges[1] = torch.tensor([0.0, 0.2])
    x.grad = None
    wrapped(x).sum().backward()
    assert not x.grad.any()


def test_batch_is_its_samples():
    _, wrapped, x = made("residual")
    wrapped.eval()
    together = wrapped(x)
    assert torch.equal(torch.cat([wrapped(x[i : i + 1]) for i in range(3)]), together[:3])


def test_ranges_move_in_training_only_and_are_saved():
    _, wrapped, x = made("gait", momentum=0.5)
    kept = wrapped.ranges.clone()
    wrapped.eval()
    wrapped(3 * x)
    wrapped(3 * x)
    assert torch.equal(wrapped.ranges, kept)
    wrapped.train()
    wrapped(3 * x)
    wrapped(3 * x)
    assert wrapped.ranges[0].tolist() == pytest.approx((0.5 * kept[0] + 0.5 * 3 * kept[0]).tolist(), rel=1e-5)
    other = made("gait")[1]
    other.load_state_dict(wrapped.state_dict())
    np.testing.assert_array_equal(other.to_model().run(_codes(other, x)), wrapped.to_model().run(_codes(wrapped, x)))


def _codes(wrapped, x):
    source = wrapped.to_model().inputs[0]
    return et.kernels.quantize(readings_of(x), source.scale, source.zero_point)


def test_training_recovers_what_4_bits_lose():
    """At least half of the error that quantization after training adds."""
    torch.manual_seed(1)
    x = torch.randn(256, 12)
    y = torch.sin(x[:, :4]).sum(1, keepdim=True) + x[:, 4:5] * x[:, 5:6]
    network = nn.Sequential(nn.Linear(12, 32), nn.ReLU(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 1))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    for _ in range(200):
        optimizer.zero_grad()
        loss = F.mse_loss(network(x), y)
        loss.backward()
        optimizer.step()
    after = et.quantize(et.from_torch(network, x), x.numpy(), weights="int4")
    error_after = float(np.mean((after.predict(x.numpy()) - y.numpy()) ** 2))
    wrapped = et.convert.torch.quantization_aware(network, x, x, weights="int4")
    train(wrapped, x, y, 60, 3e-3)
    error_aware = float(np.mean((wrapped.to_model().predict(x.numpy()) - y.numpy()) ** 2))
    assert error_aware - loss.item() <= 0.5 * (error_after - loss.item())


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda n, x: et.convert.torch.quantization_aware(n, x, x, momentum=2), et.QuantizationError, "momentum is 2"),
        (
            lambda n, x: et.convert.torch.quantization_aware(n, x, x.double()),
            et.DataError,
            "float64, accepted is float32",
        ),
        (lambda n, x: et.convert.torch.quantization_aware(n, x, x[:, :3]), et.ShapeError, "accepted is .'n', 6"),
        (lambda n, x: et.convert.torch.quantization_aware(n, x, x, weights="int2"), et.QuantizationError, "'int2'"),
        (lambda n, x: et.convert.torch.quantization_aware(n, x, (x, x)), et.ShapeError, "2 inputs came"),
        (
            lambda n, x: et.convert.torch.quantization_aware(nn.Sequential(n, nn.GELU()), x, x)(x),
            et.UnsupportedError,
            "gelu",
        ),
    ],
    ids=["momentum", "double", "shape", "weights", "inputs", "gelu"],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make(nn.Linear(6, 2), torch.randn(9, 6))
