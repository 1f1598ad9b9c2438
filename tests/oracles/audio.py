"""The audio front end against the wheel, operator by operator, and synthetic speech for it."""

from __future__ import annotations

import io
import shutil
import subprocess
import wave
from collections import Counter

import numpy as np

ESPEAK = "espeak-ng"
INSTALL = "apt install espeak-ng"
RATE_HZ = 16000
FRAME, HOP = 480, 320
#: What lies outside the bins that SignalEnergy computes is whatever lay in memory; the model cuts it off.
ENERGY_BINS = slice(5, 241)
PARTLY_COMPUTED = ("signal_energy", "Cast")
WORDS = ("yes", "no", "stop", "go", "left", "right", "one two three four five", "the quick brown fox jumps over it")
VOICES = ("en", "en-us", "de", "fr", "it")


def recording(path):
    """int16 samples of a WAV file."""
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16)


def has_espeak():
    return shutil.which(ESPEAK) is not None


def _spoken(rng):
    from scipy.signal import resample_poly

    voice, speed, pitch = rng.choice(VOICES), rng.integers(110, 230), rng.integers(20, 80)
    command = [ESPEAK, "--stdout", "-v", voice, "-s", str(speed), "-p", str(pitch), str(rng.choice(WORDS))]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    with wave.open(io.BytesIO(done.stdout)) as file:
        # The header claims 2^31 bytes where the file is a pipe.
        values = np.frombuffer(file.readframes(2**24), np.int16)
        rate = file.getframerate()
    return resample_poly(values.astype(np.float64), RATE_HZ, rate)


def synthetic_speech(seconds, seed=0):
    """Words of several voices, loud to silent, in noise of several levels, with tones, clipping and pauses: int16."""
    rng = np.random.default_rng(seed)
    parts, total = [], 0
    while total < seconds * RATE_HZ:
        part = _spoken(rng) * 10 ** rng.uniform(-3, 0.6)
        part = np.concatenate((np.zeros(rng.integers(0, 8000)), part))
        kind = rng.integers(4)
        if kind:
            part = part + rng.normal(0, 10 ** rng.uniform(-1, 3.5), part.size)
        if kind == 3:
            part = part + 10 ** rng.uniform(1, 4.5) * np.sin(np.arange(part.size) * rng.uniform(0.02, 3))
        parts.append(part)
        total += part.size
    joined = np.concatenate(parts)[: int(seconds * RATE_HZ)]
    return np.clip(np.rint(joined), -32768, 32767).astype(np.int16)


def frames_of(samples):
    """(1, 480) frames, 20 ms apart."""
    return [samples[i : i + FRAME][None] for i in range(0, len(samples) - FRAME + 1, HOP)]


def differing_tensors(tflm, model, data, samples):
    """Frames in which a tensor differs from the wheel's, by the tensor's name; and our features."""
    frames = frames_of(samples)
    tensors = sorted({index for operator in model.graph.operators for index in operator.outputs})
    answer = tflm.run(data, [[frame] for frame in frames], tensors=tensors, keep_state=True)
    differing, features, state = Counter(), [], model.state()
    for frame, expected, outputs in zip(frames, answer.tensors, answer.outputs, strict=True):
        trace = model.trace(frame, state=state)
        for index in tensors:
            name = model.graph.tensors[index].name
            ours, theirs = (np.asarray(values).reshape(-1) for values in (trace.by_name[name], expected[index]))
            if name in PARTLY_COMPUTED:
                ours, theirs = ours[ENERGY_BINS], theirs[ENERGY_BINS]
            differing[name] += ours.dtype != theirs.dtype or ours.tobytes() != theirs.tobytes()
        features.append(trace.by_name[model.outputs[0].name].reshape(-1))
        differing["features"] += features[-1].tobytes() != outputs[0].tobytes()
    return {name: count for name, count in differing.items() if count}, np.array(features)
