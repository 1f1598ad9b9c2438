"""Faults: what a kernel call gives that has one thing wrong. A set of inputs is run in order, on one arena."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edgetwin.graph.step import Step
from edgetwin.referee.channels import Requantizer
from edgetwin.referee.single import step_outputs

from .layers import frame, framed, sums

__all__ = ["Fault", "Framed", "Narrowed", "NotReset", "Parameters", "RunningMaximum", "Stale", "Truncated", "finds"]


@dataclass(frozen=True, eq=False)
class Fault:
    """A call and what is wrong with it.

    Attributes
    ----------
    kind : str
    step : Step
        The right call.
    detail : object
        Tells faults of one kind and call apart.
    """

    kind: str
    step: Step
    detail: object

    @property
    def key(self):
        """Two faults with the same are the same."""
        return self.kind, self.step.operator, repr(self.detail)

    def outputs(self, graph, tensors):
        """Return what the wrong call gives for samples in order, the first of which finds the arena as a right call.

        Parameters
        ----------
        graph : Graph
        tensors : mapping of int to ndarray, shape (n, ...)
            As `traced` has them: those of right calls.
        """
        raise NotImplementedError

    def right(self, tensors):
        return tensors[self.step.outputs[0]]

    def given(self, tensors):
        return [tensors[i] for i in self.step.inputs]


@dataclass(frozen=True, eq=False)
class Parameters(Fault):
    """Other parameters or constants."""

    wrong: Step

    def outputs(self, graph, tensors):
        return step_outputs(graph, self.wrong, self.given(tensors))


@dataclass(frozen=True, eq=False)
class Framed(Fault):
    """Padding that is not the zero point.

    Attributes
    ----------
    fill : int or None
        What it holds; None: what the sample before had at the edges.
    """

    fill: int | None

    def outputs(self, graph, tensors):
        (codes,) = self.given(tensors)
        return step_outputs(*self.call(graph), [self.filled(codes)])

    def filled(self, codes):
        """Return the input with its padding in it."""
        p = self.step.params
        right = framed(self.step, codes, p["input_zero_point"])
        if self.fill is not None:
            return framed(self.step, codes, self.fill)
        edges = np.pad(codes.reshape(-1, p["input_h"], p["input_w"], p["input_c"]), self.around, mode="edge")
        before = np.concatenate([right[:1], edges[:-1]])
        return np.where(self.outside[..., None], before, right)

    @property
    def around(self):
        return (0, 0), *frame(self.step), (0, 0)

    @property
    def outside(self):
        """Where padding is: (height, width) of bool."""
        p = self.step.params
        return np.pad(np.zeros((p["input_h"], p["input_w"]), bool), frame(self.step), constant_values=True)

    def call(self, graph):
        """Return the call without padding, on the larger input, and its graph."""
        p, height_width = dict(self.step.params), self.outside.shape
        p |= {"input_h": height_width[0], "input_w": height_width[1], "pad_top": 0, "pad_left": 0}
        tensors = list(graph.tensors)
        place = self.step.inputs[0]
        tensors[place] = replace(tensors[place], shape=(1, *height_width, p["input_c"]))
        return replace(graph, tensors=tuple(tensors)), replace(self.step, params=p)


@dataclass(frozen=True, eq=False)
class Narrowed(Fault):
    """Sums kept in 16 bits: they wrap, or saturate."""

    saturates: bool

    def outputs(self, graph, tensors):
        right = sums(self.step, *self.given(tensors))
        narrow = self.narrow(right)
        made = self.right(tensors).copy()
        at = np.nonzero(narrow != right)
        made.reshape(right.shape)[at] = coded(self.step, narrow[at], at[2])
        return made

    def narrow(self, right):
        """Return sums as 16 bits keep them."""
        return np.clip(right, -(2**15), 2**15 - 1) if self.saturates else right.astype(np.int16).astype(np.int64)


@dataclass(frozen=True, eq=False)
class NotReset(Fault):
    """One element's sum starts from that of the element before it, the first's from the last of the sample before."""

    element: int

    def outputs(self, graph, tensors):
        made = self.right(tensors).copy()
        right = sums(self.step, *self.given(tensors))
        flat = right.reshape(len(right), -1)
        before = flat[:, self.element - 1] if self.element else np.concatenate([[0], flat[:-1, -1]])
        channel = np.full(len(flat), self.element % right.shape[-1])
        made.reshape(len(made), -1)[:, self.element] = coded(self.step, flat[:, self.element] + before, channel)
        return made


@dataclass(frozen=True, eq=False)
class Stale(Fault):
    """A part of the output is not written.

    Attributes
    ----------
    part : ndarray of bool, shape of the output
    source : int or None
        The tensor whose bytes are still there; None: what the call made of the sample before.
    """

    part: np.ndarray
    source: int | None

    def outputs(self, graph, tensors):
        right = self.right(tensors)
        if self.source is None:
            there = np.concatenate([right[:1], right[:-1]])
        else:
            there = tensors[self.source].reshape(len(right), -1)[:, : right[0].size].reshape(right.shape)
        return np.where(self.part, there, right)


@dataclass(frozen=True, eq=False)
class RunningMaximum(Fault):
    """The maximum of one channel is not reset between windows; a sample's first starts afresh."""

    channel: int

    def outputs(self, graph, tensors):
        made = self.right(tensors).copy()
        windows = made.reshape(len(made), -1, made.shape[-1])
        windows[:, :, self.channel] = np.maximum.accumulate(windows[:, :, self.channel], axis=1)
        return made


@dataclass(frozen=True, eq=False)
class Truncated(Fault):
    """An average of whole windows that is rounded towards zero in place of to the nearest."""

    def outputs(self, graph, tensors):
        p = self.step.params
        (codes,) = self.given(tensors)
        pictures = codes.reshape(-1, p["input_h"], p["input_w"], p["channels"]).astype(np.int64)
        extents = p["pool_h"], p["pool_w"]
        windows = np.lib.stride_tricks.sliding_window_view(pictures, extents, axis=(1, 2))
        total = windows[:, :: p["stride_h"], :: p["stride_w"]].sum(axis=(4, 5))
        mean = np.sign(total) * (np.abs(total) // (extents[0] * extents[1]))
        right = self.right(tensors)
        return np.clip(mean, p["activation_min"], p["activation_max"]).reshape(right.shape).astype(right.dtype)


def coded(step, sums_, channel):
    """Return the codes of sums, which wrap at 32 bits, each of a channel."""
    return Requantizer.of(step).codes(sums_.astype(np.int32).astype(np.int64), channel)


def finds(graph, fault, tensors):
    """Return for each sample, in order, whether a fault changes the operator's output, and so its CRC-32."""
    right = fault.right(tensors)
    return (fault.outputs(graph, tensors) != right).reshape(len(right), -1).any(axis=1)
