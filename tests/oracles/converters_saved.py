"""Lists of networks, and networks as SavedModels with weights as after training. Imported where TensorFlow is."""

from __future__ import annotations

import tempfile

import tensorflow as tf


def listed():
    """An empty dict of networks, and the decorator that adds a function to it under its name."""
    networks = {}

    def network(function):
        networks[function.__name__] = function
        return function

    return networks, network


def save_keras(build, rng, folder) -> None:
    """Save what `build` gives, a network of Keras 3."""
    import keras

    keras.utils.set_random_seed(int(rng.integers(2**31)))
    model = build()
    for weight in model.weights:
        name = weight.path.rsplit("/", 1)[-1]
        if name in ("bias", "beta", "moving_mean"):
            weight.assign(rng.normal(0, 0.3, weight.shape))
        elif name in ("gamma", "moving_variance"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif name == "alpha":
            weight.assign(rng.uniform(0.05, 0.5, weight.shape))
    # Of itself it opens the batch of every input.
    fixed = [keras.InputSpec(dtype=x.dtype, shape=x.shape) for x in model.inputs if x.shape[0] is not None]
    model.export(folder, verbose=False, input_signature=fixed or None)


def save_keras_2(build, rng, folder) -> None:
    """Save a network of Keras 2 (tf_keras), one sample a call."""
    import tf_keras

    tf_keras.utils.set_random_seed(int(rng.integers(2**31)))
    model = build()
    for weight in model.weights:
        if weight.name.endswith("bias:0"):
            weight.assign(weight + rng.normal(0, 0.3, weight.shape))
    _save_function(lambda x: model(x, training=False), model.inputs[0].shape, folder)


def save_torch(build, rng, folder) -> None:
    """Save a network of PyTorch with the shape of its input: exported to ONNX, and from there turned into Keras 2's."""
    import onnx
    import onnx2tf
    import torch
    from torch import nn

    torch.manual_seed(int(rng.integers(2**31)))
    model, shape = build()
    model.eval()
    for module in model.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            module.running_mean.normal_(0, 0.3)
            module.running_var.uniform_(0.5, 1.5)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0, 0.3)
    with tempfile.TemporaryDirectory() as exported:
        path = f"{exported}/network.onnx"
        torch.onnx.export(model, (torch.zeros(shape),), path, opset_version=17, dynamo=False, input_names=["x"])
        graph = onnx.load(path)
        for node in graph.graph.node:
            # TensorFlow takes no name that begins with a slash.
            node.name = node.name.lstrip("/")
        onnx.save(graph, path)
        made = onnx2tf.convert(
            path, output_folder_path=exported, disable_model_save=True, enable_rnn_unroll=True, non_verbose=True
        )
    _save_function(lambda x: made(x, training=False), made.inputs[0].shape, folder)


def _save_function(function, shape, folder) -> None:
    """Save `function` of one float32 tensor of `shape`, batch included, with nothing beside it."""
    signature = tf.function(function).get_concrete_function(tf.TensorSpec(shape, tf.float32, name="x"))
    kept = tf.Module()
    # The function alone does not hold them.
    kept.weights = signature.graph.variables
    tf.saved_model.save(kept, folder, signatures=signature)
