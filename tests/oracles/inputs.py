"""Inputs near real data for each shared model, then extremes and full-range noise. Seeded."""

from __future__ import annotations

import numpy as np

from .files import npz

#: Models that run in the wheel and here, and inputs of the full run: 2,000, or 300 where an invoke takes longest.
#: kwscr8 as published gives one output whatever comes in (see `models.model_bytes`), hence its variant.
MODELS = {
    "ad01_int8": 2000,
    "dtln": 2000,
    "gait_int8": 2000,
    "hello_int8": 2000,
    "kws_int8": 2000,
    "kwscr8": 2000,
    "kwscr8_small_biases": 2000,
    "micro_speech_int8": 2000,
    "person": 300,
    "resnet8_int8": 300,
}


def samples(shared, name, tensor, count, seed=0):
    """`count` inputs of an input tensor, batch axis included: 70 % near real data, the rest extreme or random."""
    rng = np.random.default_rng([seed, sum(name.encode())])
    info = np.iinfo(tensor.dtype)
    near = _NEAR[name](shared, tensor, max(1, int(count * 0.7)), rng)
    rest = count - len(near)
    random = rng.integers(info.min, info.max + 1, (rest, *tensor.shape))
    for i in range(0, rest, 4):
        random[i] = [info.min, info.max, int(tensor.quantization.zero_point[0]), rng.integers(info.min, info.max)][
            i // 4 % 4
        ]
    return np.concatenate([near, random]).clip(info.min, info.max).astype(tensor.dtype)


def _codes(real, tensor):
    scale, zero = float(tensor.quantization.scale[0]), int(tensor.quantization.zero_point[0])
    return np.rint(real / scale) + zero


def _smooth(shape, count, rng, axis=1, harmonics=6):
    """Sums of a few slow waves along `axis`, in [-1, 1]."""
    size = shape[axis]
    t = np.linspace(0, 1, size)
    result = np.zeros((count, *shape))
    moved = np.moveaxis(result, axis + 1, -1)
    for _ in range(harmonics):
        amplitude = rng.normal(0, 1, (*moved.shape[:-1], 1))
        phase = rng.uniform(0, 2 * np.pi, (*moved.shape[:-1], 1))
        frequency = rng.uniform(0.2, 8, (count, *[1] * (moved.ndim - 1)))
        moved += amplitude * np.sin(2 * np.pi * frequency * t + phase)
    return result / np.abs(result).reshape(count, -1).max(1).reshape(-1, *[1] * len(shape))


def _gait(shared, tensor, count, rng):
    real = np.concatenate([npz(shared / "golden/gait" / f"Sub_FZ_{t}_RF.npz")["strides"] for t in ("PWS", "PWS+20")])
    chosen = real[(np.arange(count) * 3) % len(real)].reshape(count, *tensor.shape)
    # One in four as recorded, the others louder or quieter and noisy: more walkers than one.
    changed = (np.arange(count) % 4 != 0).reshape(-1, 1, 1)
    noise = rng.normal(0, 0.02, chosen.shape) * changed
    return _codes(chosen * np.where(changed, rng.uniform(0.5, 1.5, (count, 1, 1)), 1) + noise, tensor)


def _spread(low, high):
    def near(shared, tensor, count, rng):
        info = np.iinfo(tensor.dtype)
        span = info.max - info.min
        wave = _smooth(tensor.shape, count, rng, axis=len(tensor.shape) - 1)
        return info.min + span * (low + (high - low) * (wave + 1) / 2) + rng.normal(0, span / 100, wave.shape)

    return near


def _pictures(shared, tensor, count, rng):
    from PIL import Image

    _, height, width, channels = tensor.shape
    if channels == 1:
        paths = sorted((shared / "datasets/tflm_examples").glob("*.bmp"))
    else:
        paths = sorted((shared / "datasets/cutlery").glob("*.jpg"))
    mode = "L" if channels == 1 else "RGB"
    images = []
    for i in range(count):
        with Image.open(paths[i % len(paths)]) as image:
            picture = image.convert(mode)
            left, top = rng.integers(0, max(picture.width // 4, 1), 2)
            if i >= len(paths):
                picture = picture.crop((left, top, picture.width, picture.height))
            images.append(np.asarray(picture.resize((width, height))).reshape(tensor.shape).astype(np.float64))
    noise = rng.normal(0, 6, (count, *tensor.shape)) * (np.arange(count) >= len(paths)).reshape(-1, 1, 1, 1, 1)
    bright = np.array(images) + noise
    if channels == 1:
        # The example hands the picture's bytes to the model as they are: 200 becomes -56.
        return bright.clip(0, 255).astype(np.uint8).view(np.int8).astype(np.float64)
    return bright - 128


def _speech(shared, tensor, count, rng):
    waves = _smooth(tensor.shape, count, rng, axis=len(tensor.shape) - 1, harmonics=10)
    return -128 + 255 * np.clip(waves + rng.normal(0, 0.1, waves.shape), 0, 1)


_NEAR = {
    "ad01_int8": _spread(0.3, 0.9),
    "dtln": _spread(0.0, 0.6),
    "gait_int8": _gait,
    "hello_int8": _spread(0.0, 1.0),
    "kws_int8": _spread(0.2, 0.9),
    "kwscr8": _spread(0.0, 1.0),
    "kwscr8_small_biases": _spread(0.0, 1.0),
    "micro_speech_int8": _speech,
    "person": _pictures,
    "resnet8_int8": _pictures,
}
