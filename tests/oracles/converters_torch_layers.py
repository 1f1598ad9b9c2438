"""PyTorch networks of convolutions and dense layers, as people build them for microcontrollers.

Each function gives a network and the shape of its input, channels first.
"""

from __future__ import annotations

import torch
from oracles.converters_saved import listed, save_torch
from torch import nn
from torch.nn import functional

NETWORKS, network = listed()
save = save_torch


class Chain(nn.Module):
    """A function of modules and x."""

    def __init__(self, function, **modules) -> None:
        super().__init__()
        self.function = function
        for name, module in modules.items():
            self.add_module(name, module)

    def forward(self, x):
        return self.function(self, x)


class Residual(nn.Module):
    """A branch added to its input."""

    def __init__(self, *branch) -> None:
        super().__init__()
        self.branch = nn.Sequential(*branch)

    def forward(self, x):
        return x + self.branch(x)


class SqueezeExcite(nn.Module):
    """Channels weighted by what all of them say."""

    def __init__(self, channels, inner) -> None:
        super().__init__()
        self.weigh = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, inner, 1),
            nn.ReLU(),
            nn.Conv2d(inner, channels, 1),
            nn.Hardsigmoid(),
        )

    def forward(self, x):
        return x * self.weigh(x)


class Mean(nn.Module):
    """The mean over one axis."""

    def __init__(self, axis) -> None:
        super().__init__()
        self.axis = axis

    def forward(self, x):
        return x.mean(self.axis)


@network
def conv1d_batch_norm():
    return nn.Sequential(
        nn.Conv1d(3, 8, 5, padding=2),
        nn.BatchNorm1d(8),
        nn.ReLU(),
        nn.MaxPool1d(2),
        nn.Conv1d(8, 12, 3, stride=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(12, 4),
    ), (1, 3, 40)


@network
def depthwise_and_separable_1d():
    return nn.Sequential(
        nn.Conv1d(4, 8, 5, padding=2, groups=4),
        nn.BatchNorm1d(8),
        nn.ReLU6(),
        nn.Conv1d(8, 8, 3, padding=1, groups=8),
        nn.Conv1d(8, 6, 1),
        nn.ReLU(),
        nn.AvgPool1d(2),
        nn.Flatten(),
        nn.Linear(90, 4),
    ), (1, 4, 30)


@network
def keyword_spotter():
    def separable(channels):
        return [
            nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
        ]

    return nn.Sequential(
        nn.Conv2d(1, 8, (5, 3), stride=(2, 1), padding=(2, 1)),
        nn.BatchNorm2d(8),
        nn.ReLU(),
        *separable(8),
        *separable(8),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 5),
        nn.Softmax(-1),
    ), (1, 1, 18, 10)


@network
def residual_2d():
    def branch(channels):
        return Residual(
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
            nn.ReLU(),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels),
        )

    return nn.Sequential(
        nn.Conv2d(4, 6, 3, padding=1),
        branch(6),
        nn.ReLU(),
        nn.Conv2d(6, 8, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        Mean((2, 3)),
        nn.Linear(8, 4),
    ), (1, 4, 12, 12)


@network
def dilated_conv2d():
    return nn.Sequential(
        nn.Conv2d(2, 6, 3, padding=2, dilation=2),
        nn.LeakyReLU(0.1),
        nn.Conv2d(6, 6, 3, groups=6, dilation=2),
        nn.Hardswish(),
        nn.Flatten(),
        nn.Linear(288, 3),
    ), (1, 2, 12, 10)


@network
def squeeze_excite():
    return nn.Sequential(
        nn.Conv2d(2, 8, 3, padding=1), nn.Hardswish(), SqueezeExcite(8, 4), Mean((2, 3)), nn.Linear(8, 4)
    ), (1, 2, 10, 8)


@network
def u_net():
    def forward(self, x):
        a = self.a(x)
        b = self.b(functional.max_pool2d(a, 2))
        c = self.c(functional.max_pool2d(b, 2))
        y = torch.cat([self.up(c), b], 1)
        y = torch.cat([self.d(functional.interpolate(y, scale_factor=2, mode="nearest")), a], 1)
        return torch.sigmoid(self.head(y))

    conv = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU())  # noqa: E731
    return Chain(
        forward,
        a=conv(2, 6),
        b=conv(6, 8),
        c=conv(8, 8),
        up=nn.ConvTranspose2d(8, 8, 2, stride=2),
        d=conv(16, 6),
        head=nn.Conv2d(12, 2, 1),
    ), (1, 2, 8, 8)


@network
def upsampling_bilinear():
    return nn.Sequential(
        nn.Conv2d(4, 6, 3, padding=1),
        nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False),
        nn.Conv2d(6, 2, 1),
        nn.Tanh(),
    ), (1, 4, 6, 6)


@network
def autoencoder_1d():
    return nn.Sequential(
        nn.Conv1d(2, 8, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv1d(8, 4, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose1d(4, 8, 4, stride=2, padding=1),
        nn.ReLU(),
        nn.ConvTranspose1d(8, 2, 4, stride=2, padding=1),
    ), (1, 2, 24)


@network
def activations_rectified():
    return nn.Sequential(
        nn.Conv1d(3, 6, 3, padding=1),
        nn.PReLU(6),
        nn.Conv1d(6, 6, 3, padding=1),
        nn.LeakyReLU(0.2),
        nn.Conv1d(6, 6, 3, padding=1),
        nn.Hardtanh(),
        Mean(-1),
        nn.Linear(6, 3),
    ), (1, 3, 16)


@network
def activation_elu():
    return nn.Sequential(nn.Conv1d(3, 6, 3, padding=1), nn.ELU(), Mean(-1), nn.Linear(6, 3)), (1, 3, 16)


@network
def activations_smooth():
    return nn.Sequential(
        nn.Linear(8, 8), nn.SiLU(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 8), nn.Sigmoid(), nn.Linear(8, 3)
    ), (1, 8)


@network
def activation_gelu():
    return nn.Sequential(nn.Linear(8, 8), nn.GELU(), nn.Linear(8, 3)), (1, 8)


@network
def dense_autoencoder():
    layers = []
    for before, after in ((40, 24), (24, 6), (6, 24)):
        layers += [nn.Linear(before, after), nn.BatchNorm1d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(24, 40)), (1, 40)


@network
def channel_shuffle():
    """Groups of channels that are interleaved, then spread over pixels."""

    def forward(self, x):
        x = self.mixed(x)
        x = x.reshape(1, 2, 4, 6, 6).transpose(1, 2).reshape(1, 8, 6, 6)
        return functional.pixel_shuffle(self.head(x), 2)

    return Chain(forward, mixed=nn.Conv2d(8, 8, 1, groups=2), head=nn.Conv2d(8, 4, 3, padding=1)), (1, 8, 6, 6)


@network
def max_pool_padded():
    """Padded with minus infinity, as PyTorch defines it."""
    return nn.Sequential(nn.Conv2d(4, 6, 3), nn.MaxPool2d(3, stride=2, padding=1), Mean((2, 3)), nn.Linear(6, 4)), (
        1,
        4,
        12,
        12,
    )
