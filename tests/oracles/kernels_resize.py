"""resize_nearest_neighbor and resize_bilinear from their definition, pixel by pixel; nothing comes from edgetwin."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from .kernels_elementwise import half_away


def _nearest(index, size, output, align_corners, half_pixel_centers):
    """The nearest pixel; TensorFlow Lite computes the position in float32."""
    ends = align_corners and output > 1
    scale = np.float32(size - ends) / np.float32(output - ends)
    position = (np.float32(index) + np.float32(0.5 if half_pixel_centers else 0)) * scale
    assert position.dtype == np.float32
    exact = Fraction(float(position))
    return min(half_away(exact) if align_corners else int(exact // 1), size - 1)


def resize_nearest_neighbor(x, *, size, align_corners=False, half_pixel_centers=False):
    """Copies of the nearest pixels."""
    rows, columns = (
        [_nearest(i, x.shape[1 + axis], size[axis], align_corners, half_pixel_centers) for i in range(size[axis])]
        for axis in range(2)
    )
    return x[:, rows][:, :, columns]


def _position(index, size, output, align_corners, half_pixel_centers):
    """Where an output lies between the first and the last pixel, in 1/1024; the distance of outputs is rounded too."""
    spans, steps = (size - 1, output - 1) if align_corners and output > 1 else (size, output)
    distance = (1024 * spans + steps // 2) // steps
    position = index * distance + (distance // 2 - 512 if half_pixel_centers else 0)
    return Fraction(min(max(position, 0), 1024 * (size - 1)), 1024)


def resize_bilinear(x, *, size, align_corners=False, half_pixel_centers=False):
    """Means of four pixels, weighted by nearness, ties away from zero."""
    out = np.empty((len(x), *size, x.shape[3]), np.int8)
    for n, i, j, c in np.ndindex(out.shape):
        y, column = (
            _position(k, x.shape[1 + axis], size[axis], align_corners, half_pixel_centers)
            for axis, k in enumerate((i, j))
        )
        total = Fraction(0)
        for dy in range(2):
            for dx in range(2):
                weight = (y % 1 if dy else 1 - y % 1) * (column % 1 if dx else 1 - column % 1)
                if weight:
                    total += weight * int(x[n, int(y) + dy, int(column) + dx, c])
        out[n, i, j, c] = half_away(total)
    return out
