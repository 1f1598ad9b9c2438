"""Kinds of differences: each is told from where it lies and how large it is."""

from __future__ import annotations

import numpy as np
import pytest

from edgetwin.referee.kinds import likely_kind


@pytest.fixture
def ours():
    return np.clip(np.random.default_rng(0).normal(0, 50, (4, 8, 8, 3)).round(), -100, 127).astype(np.int8)


def test_rounding_mode(ours):
    theirs = ours.copy()
    theirs[:, ::3, 1:7:2, 1] += 1
    theirs[ours > 120] = ours[ours > 120]
    theirs[2, 4, 4, 0] -= 1
    assert likely_kind("conv_2d", ours, theirs).startswith("rounding mode")


def test_zero_point(ours):
    theirs = np.clip(ours.astype(int) + 4, -100, 127).astype(np.int8)
    assert likely_kind("conv_2d", ours, theirs).startswith("zero point: theirs is +4")


def test_padding(ours):
    theirs = ours.copy()
    theirs[:, 0] = (theirs[:, 0] // 2) + 9
    theirs[:, :, -1] = (theirs[:, :, -1] // 3) - 20
    assert likely_kind("conv_2d", ours, theirs).startswith("padding")
    assert likely_kind("conv_2d", ours[:, None], theirs[:, None]).startswith("padding")
    assert likely_kind("softmax", ours, theirs) == ""


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_saturation(ours, side):
    wide = np.random.default_rng(0).normal(0, 50, ours.shape).round().astype(np.int64)
    cut, wrapped = np.clip(wide, -100, 100).astype(np.int8), np.clip(wide, -128, 127).astype(np.int8)
    a, b = (cut, wrapped) if side == "ours" else (wrapped, cut)
    assert likely_kind("conv_2d", a, b).startswith("saturation")


def test_values_that_wrap_around():
    wide = np.random.default_rng(0).normal(0, 70, (2, 8, 8, 3)).round().astype(np.int64)
    assert likely_kind("add", np.clip(wide, -128, 127).astype(np.int8), wide.astype(np.int8)).startswith("saturation")


def test_stale_memory(ours):
    theirs = ours.copy()
    theirs[1:, 5, 2:6] = ours[:-1, 5, 2:6]
    assert "the sample before" in likely_kind("conv_2d", ours, theirs)
    theirs = ours.copy()
    theirs[:, 5, 2:6] = 0
    assert "zeros" in likely_kind("conv_2d", ours, theirs)


def test_what_looks_like_nothing(ours):
    theirs = ours.copy()
    theirs[:, 3, 4, 1] = 77
    theirs[:, 4, 4, 1] = -55
    assert likely_kind("conv_2d", ours, theirs) == ""
    assert likely_kind("conv_2d", ours.astype(np.float32), theirs.astype(np.float32)) == ""
