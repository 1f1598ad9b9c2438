"""A small data set in TRIPOD's layout, with the quirks of its files: an export of two feet and their reference."""

from __future__ import annotations

import numpy as np

from edgetwin.data import simulate_gait

IMU_HEADER = """Gait Up - Physilog data export
Created on: YYYY-MM-DD hh:mm:ss
Total data points: {count}

Time [{rate} hz],Gyro [{rate} hz],,,Accel [{rate} hz],,,Baro [1 hz],,Event [{rate} hz],Quaternion [{rate} hz],,,,
Time,Gyro X,Gyro Y,Gyro Z,Accel X,Accel Y,Accel Z,Pressure,Temperature,Quat W,Quat X,Quat Y,Quat Z,
[s],[deg/s],[deg/s],[deg/s],[g],[g],[g],[mBar],[degree C],[],[],[],[],
"""
OPTOGAIT_HEADER = ",#,L/R,External,Step,Split,Stride,StrideTime\\Cycle,AbsoluteValue"


def imu_text(values, rate=128):
    """An export of (time, 6) values in deg/s and g; pressure and temperature once a second."""
    lines = []
    for k, row in enumerate(values):
        sparse = "1021.882,25.1" if k % rate == 0 else ","
        cells = ",".join(f"{v:.5f}" for v in row)
        lines.append(f"{(k + 1) / rate:.5f},{cells},{sparse},0.95512,0.27613,-0.10720,-0.00090,")
    return IMU_HEADER.format(count=len(values), rate=rate) + "\n".join(lines) + "\n"


def optogait_text(right_s, left_s, stride_cm=130.0):
    """A reference whose clock is 15 s ahead; the first row of a foot tells no stride but may hold numbers."""
    steps = sorted([(s, "R") for s in right_s] + [(s, "L") for s in left_s])
    lines, before = [OPTOGAIT_HEADER, "0,External trigger,START,,,,,,"], {}
    for number, (split, side) in enumerate(steps, 1):
        stride = f"{stride_cm + number:g}" if side in before else ("2746" if side == "L" else "")
        cycle = f"{split - before[side]:.3f}" if side in before else ""
        lines.append(f"{number},{number},{side},24.273,59,{split + 15:.3f},{stride},{cycle},{number}")
        before[side] = split
    lines.append(f"{len(steps) + 1},No step,,,,,,,")
    lines.append(f"{len(steps) + 2},External trigger STOP,,177.915,,,,,")
    return "\n".join(lines) + "\n"


def write_trial(root, subject, trial, values, right_s, left_s, first_s):
    """Write one trial's files and its row of SyncInfo.csv; `values` by foot, contacts in OptoGait's own time + 15 s."""
    folder = root / subject / trial
    (folder / "IMU").mkdir(parents=True)
    (folder / "OptoGait").mkdir()
    for foot, array in values.items():
        (folder / "IMU" / f"{foot}.csv").write_text(imu_text(array))
    (folder / "OptoGait" / "optogait.csv").write_text(optogait_text(right_s, left_s))
    sync = root / "SyncInfo.csv"
    text = sync.read_text() if sync.exists() else "subject,run,ic_time\n"
    sync.write_text(text + f"{subject},{trial},{first_s}\n")


def small_tree(root, seed=5):
    """One subject, two trials, both feet, 300 samples of noise; contacts every 0.5 s from 0.25 s and 0.5 s on."""
    rng = np.random.default_rng(seed)
    for trial in ("PWS", "PWS+20"):
        values = {foot: np.round(rng.normal(0, 3, (300, 6)), 5) for foot in ("RF", "LF")}
        right_s = np.arange(1.0, 3.0, 0.5)
        write_trial(root, "Sub_AB", trial, values, right_s, right_s + 0.25, first_s=0.25)
    return root


def walking_tree(root, walkers=2, strides=25):
    """A data set of simulated walkers at their preferred speed, right foot; contacts are the true ones."""
    for recording in simulate_gait(walkers, speeds=(1.0,), strides=strides):
        truth, (subject, trial) = recording.reference, (recording.metadata[key] for key in ("subject", "trial"))
        # OptoGait's clock starts anywhere.
        right_s = truth.contact_s - truth.contact_s[0] + 5.0
        left_s = right_s[:-1] + np.diff(right_s) / 2
        write_trial(root, subject, trial, {"RF": recording.values}, right_s, left_s, round(truth.contact_s[0], 5))
    return root
