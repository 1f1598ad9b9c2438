"""The scaling of sums equals the arithmetic's definition for every sum, on the levels that this CPU has."""

from __future__ import annotations

import os
import subprocess

import pytest

import edgetwin as et

#: All 2^32 sums take half an hour of one core; the odd stride reaches every residue.
EXHAUSTIVE = os.environ.get("EDGETWIN_EXHAUSTIVE") == "1"
STRIDE = 1 if EXHAUSTIVE else 40961


@pytest.mark.skipif(et.archs() == ("scalar",), reason="this CPU has no SIMD level")
def test_every_sum(runner):
    program = runner(arm=False).with_name("exhaustive_scale")
    levels = [level for level in et.archs() if level != "scalar"]
    done = subprocess.run([program, "64", str(STRIDE), *levels], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    compared = int(done.stdout.split()[0])
    # 64 pairs, a quarter of them twice, at each level.
    assert compared >= 80 * len(levels) * (2**32 // STRIDE)
