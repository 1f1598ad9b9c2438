"""Model bytes by name: the shared files, and one variant that can tell inputs apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from edgetwin.io.tflite_read import read_tflite
from edgetwin.io.tflite_write import write_tflite


def model_bytes(shared, name) -> bytes:
    """The file of a shared model, or of ``kwscr8_small_biases``.

    kwscr8 is published with scrambled weights: its biases fill the int32 range, every SVDF saturates, and any input
    gives the same output in every runtime. With small biases, and logits that do not saturate, the same graph and
    weights give outputs that differ.
    """
    if name != "kwscr8_small_biases":
        return (shared / "models" / f"{name}.tflite").read_bytes()
    graph = read_tflite((shared / "models/kwscr8.tflite").read_bytes())
    rng = np.random.default_rng(8)
    tensors = []
    for tensor in graph.tensors:
        if tensor.data is not None and tensor.dtype == "int32":
            data = rng.integers(-2000, 2000, tensor.shape).astype(np.int32)
            tensors.append(replace(tensor, data=data))
        else:
            tensors.append(tensor)
    head = graph.operators[12].outputs[0]
    quantization = tensors[head].quantization
    coarser = replace(quantization, scale=quantization.scale * np.float32(16))
    tensors[head] = replace(tensors[head], quantization=coarser)
    return write_tflite(replace(graph, tensors=tuple(tensors)))
