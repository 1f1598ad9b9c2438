"""The causal gait pipeline written from its definition, with float32 numbers one by one: slow and plain."""

from __future__ import annotations

import numpy as np

f32 = np.float32


def resampled(raw, taps, up, down):
    """Output m sums taps[phase + k * up] * raw[now - k], newest first, where m * down = now * up + phase."""
    per_phase = len(taps) // up
    outputs = []
    for m in range(-(-len(raw) * up // down)):
        now, phase = divmod(m * down, up)
        total = np.zeros(raw.shape[1], f32)
        for k in range(per_phase):
            past = raw[now - k] if now >= k else np.zeros(raw.shape[1], f32)
            total = total + taps[phase + k * up] * past
        outputs.append(total)
    return np.array(outputs, f32).reshape(-1, raw.shape[1])


def filtered(samples, sections):
    """Second-order sections one after the other, each in transposed direct form II."""
    result = samples.copy()
    for b0, b1, b2, a1, a2 in sections:
        first = second = np.zeros(samples.shape[1], f32)
        for i in range(len(result)):
            x = result[i].copy()
            y = b0 * x + first
            first = (b1 * x - a1 * y) + second
            second = b2 * x - a2 * y
            result[i] = y
    return result


def strides(samples, threshold, false_contact, mean_strides, longest):
    """Return (end, length) of every stride: steps 7 to 9 with a running mean."""
    s = [f32(-value) for value in samples[:, 0]]
    events, armed = [], False
    for i in range(1, len(s) - 1):
        if s[i - 1] < s[i] > s[i + 1] and s[i + 1] > f32(threshold):
            armed = True
        elif armed and s[i - 1] > s[i] < s[i + 1] and s[i + 1] < 0:
            events.append(i)
            armed = False
    found, mean, counted, start = [], f32(0), 0, None
    for number, event in enumerate(events):
        near = number and counted and not f32(event - events[number - 1]) > f32(false_contact) * mean
        if near:
            continue
        if start is not None:
            length = event - start
            found.append((event, length))
            if length <= longest:
                counted = min(counted + 1, mean_strides)
                mean = mean + (f32(length) - mean) / f32(counted)
        start = event
    return found


def pipeline(raw, taps, sections, params):
    """Return windows, (end, length), resampled and filtered samples, from the first raw sample on."""
    ranges = np.array([params["gyroscope_range"]] * 3 + [params["accelerometer_range"]] * 3, f32)
    slower = resampled(raw / ranges, taps, params["up"], params["down"])
    smooth = filtered(slower, sections)
    found = strides(smooth, *(params[name] for name in ("threshold", "false_contact", "mean_strides", "window")))
    windows = np.zeros((len(found), params["window"], 6), f32)
    for window, (end, length) in zip(windows, found, strict=True):
        piece = smooth[end - length : end][: params["window"]]
        window[: len(piece)] = piece
    return windows, found, slower, smooth
