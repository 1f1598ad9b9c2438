"""PyTorch networks over time: recurrent, attention, causal convolutions.

Each function gives a network and the shape of its input, channels first.
"""

from __future__ import annotations

import torch
from oracles.converters_saved import listed, save_torch
from oracles.converters_torch_layers import Chain, Mean, Residual
from torch import nn
from torch.nn import functional

NETWORKS, network = listed()
save = save_torch


class CausalConv1d(nn.Module):
    """Padded on the left only."""

    def __init__(self, channels, outputs, kernel, dilation) -> None:
        super().__init__()
        self.pad = (kernel - 1) * dilation
        self.conv = nn.Conv1d(channels, outputs, kernel, dilation=dilation)

    def forward(self, x):
        return self.conv(functional.pad(x, (self.pad, 0)))


class First(nn.Module):
    """The sequence that a recurrent layer gives, without its last state."""

    def __init__(self, layer) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0]


class SelfAttention(nn.Module):
    """PyTorch's own attention, without a mask."""

    def __init__(self, size, heads) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(size, heads, batch_first=True)

    def forward(self, x):
        return self.attention(x, x, x, need_weights=False)[0]


class Last(nn.Module):
    """The last of a sequence."""

    def forward(self, x):
        return x[:, -1:].flatten(1)


@network
def lstm():
    return nn.Sequential(First(nn.LSTM(4, 6, batch_first=True)), Last(), nn.Linear(6, 3)), (1, 10, 4)


@network
def lstm_bidirectional():
    return nn.Sequential(First(nn.LSTM(4, 5, batch_first=True, bidirectional=True)), Mean(1), nn.Linear(10, 3)), (
        1,
        6,
        4,
    )


@network
def gru():
    return nn.Sequential(First(nn.GRU(4, 6, batch_first=True)), Last(), nn.Linear(6, 3)), (1, 6, 4)


@network
def gru_cells():
    """A loop over time in Python: unrolled when it is exported."""

    def forward(self, x):
        h = torch.zeros(1, 6)
        for t in range(x.shape[1]):
            h = self.cell(x[:, t], h)
        return self.head(h)

    return Chain(forward, cell=nn.GRUCell(4, 6), head=nn.Linear(6, 3)), (1, 6, 4)


@network
def attention():
    def forward(self, x):
        q, k, v = self.q(x), self.k(x), self.v(x)
        scores = torch.softmax(q @ k.transpose(1, 2) * 0.35, -1)
        return self.head((x + self.out(scores @ v)).mean(1))

    return Chain(
        forward, q=nn.Linear(4, 8), k=nn.Linear(4, 8), v=nn.Linear(4, 8), out=nn.Linear(8, 4), head=nn.Linear(4, 3)
    ), (1, 10, 4)


@network
def transformer_block():
    return nn.Sequential(
        Residual(SelfAttention(8, 2)),
        nn.LayerNorm(8),
        Residual(nn.Linear(8, 12), nn.ReLU(), nn.Linear(12, 8)),
        nn.LayerNorm(8),
        Mean(1),
        nn.Linear(8, 3),
    ), (1, 9, 8)


@network
def layer_normalization():
    return nn.Sequential(nn.Linear(6, 8), nn.LayerNorm(8), nn.ReLU(), nn.Flatten(), nn.Linear(56, 2)), (1, 7, 6)


@network
def temporal_convolutions():
    blocks = [Residual(CausalConv1d(8, 8, 3, dilation), nn.ReLU(), nn.Conv1d(8, 8, 1)) for dilation in (1, 2, 4)]
    return nn.Sequential(nn.Conv1d(4, 8, 1), *blocks, nn.ReLU(), Mean(-1), nn.Linear(8, 3)), (1, 4, 32)


@network
def pooling_heads():
    def forward(self, x):
        x = self.conv(x)
        return self.head(torch.cat([x.amax(-1), x.amin(-1), x.abs().mean(-1), x.std(-1)], 1))

    return Chain(forward, conv=nn.Conv1d(3, 6, 3), head=nn.Linear(24, 3)), (1, 3, 14)
