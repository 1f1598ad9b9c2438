"""PyTorch's networks as float32 models."""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ShapeError, UnsupportedError
from ..graph.builder import GraphBuilder
from ..graph.graph import Graph
from ..model import Model
from .frameworks import model_of, require
from .layout import Value, channels_last, identity, to_layout
from .torch_call import Lowering
from .torch_operators import OPERATORS, PASSING, UNARY
from .torch_windows import WINDOWED

__all__ = ["TracedModule", "from_torch"]

_ACCEPTED = (
    "Conv1d, Conv2d, ConvTranspose1d, ConvTranspose2d, Linear, BatchNorm, MaxPool, AvgPool, adaptive pools, ReLU, "
    "ReLU6, LeakyReLU, PReLU, ELU, GELU, SiLU, Hardswish, Hardtanh, Sigmoid, Tanh, Softmax, Dropout, Flatten, padding "
    "with constants, add, sub, mul, div, cat, mean, reshape and permute"
)
_HINTS = {
    "lstm": "a Keras LSTM through TensorFlow's converter, or Conv1d over time",
    "gru": "Conv1d over time",
    "rnn_tanh": "Conv1d over time",
    "embedding": "to embed before the model, whose inputs are float32",
    "layer_norm": "BatchNorm, which costs nothing on the board",
    "native_layer_norm": "BatchNorm, which costs nothing on the board",
    "group_norm": "BatchNorm, which costs nothing on the board",
    "native_group_norm": "BatchNorm, which costs nothing on the board",
    "hardsigmoid": "Sigmoid or Hardswish",
}


def from_torch(module: Any, example_input: Any) -> Model:
    """Convert a network of PyTorch, traced by `torch.export`.

    Channels move last, as boards hold them. An input that convolutions, pools or batch normalizations read as
    (n, channels, height, width) or (n, channels, time) becomes one of (height, width, channels) or (time, channels);
    one that `forward` itself permutes or flattens first stays as it is. An output of theirs is channels last, too.
    Nothing is transposed at run time but where the network mixes both orders: a Linear after Flatten gets its weights
    reordered.

    Parameters
    ----------
    module : torch.nn.Module
        Converted as in evaluation (`eval`); it is left in the mode it was in. Parameters of float32.
    example_input : torch.Tensor, or tuple of them
        float32, with the batch axis; only the shapes matter, and of the batch the first sample is taken.

    Returns
    -------
    Model
        float32. Outputs equal the network's to 1e-5.

    Raises
    ------
    UnsupportedError : a layer that is not converted, named with what would work; a network that cannot be traced
    ShapeError : an example input that is no float32 tensor with a batch axis
    DataError : a weight is NaN or infinite
    MissingExtraError : PyTorch is not installed

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> import edgetwin as et
    >>> from torch import nn
    >>> layers = [nn.Conv1d(6, 16, 5), nn.ReLU(), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(832, 1)]
    >>> network = nn.Sequential(*layers)
    >>> model = et.from_torch(network, torch.zeros(1, 6, 108))
    >>> model.inputs[0].shape  # time, channels
    (108, 6)
    >>> x = torch.randn(10, 6, 108)
    >>> bool(np.allclose(model.run(x.numpy().transpose(0, 2, 1).copy()), network(x).detach(), atol=1e-5))
    True
    """
    return model_of(TracedModule(module, example_input).lower().graph, f"from_torch({type(module).__name__})")


@dataclass(frozen=True)
class Lowered:
    """A traced network's graph.

    Attributes
    ----------
    graph : Graph
    values : dict of str to Value
        By the trace's name of what depends on the input.
    names : dict of str to str
        Likewise, the name of the graph's tensor.
    outputs : tuple of Value
    """

    graph: Graph
    values: dict[str, Value]
    names: dict[str, str]
    outputs: tuple[Value, ...]


class TracedModule:
    """A network as a list of operators, lowered again whenever its parameters have changed."""

    def __init__(self, module: Any, example_input: Any) -> None:
        torch = require("torch")
        if not isinstance(module, torch.nn.Module):
            raise UnsupportedError(f"from_torch takes a torch.nn.Module, not {type(module).__name__}")
        examples = example_input if isinstance(example_input, (tuple, list)) else (example_input,)
        self.module = module
        self.program = _trace(torch, module, tuple(_checked(torch, example) for example in examples))

    def lower(self) -> Lowered:
        """Return the graph with the module's present parameters."""
        torch = require("torch")
        signature = self.program.graph_signature
        state = {**dict(self.module.named_parameters(remove_duplicate=False))}
        state |= dict(self.module.named_buffers(remove_duplicate=False))
        builder = GraphBuilder()
        known: dict[str, Any] = {}
        names: dict[str, str] = {}
        outputs: tuple[Value, ...] = ()
        sources = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        for node in self.program.graph.nodes:
            if node.op == "placeholder":
                if node.name in sources:
                    known[node.name] = state[sources[node.name]].detach()
                elif node.name in signature.inputs_to_lifted_tensor_constants:
                    known[node.name] = self.program.constants[signature.inputs_to_lifted_tensor_constants[node.name]]
                else:
                    known[node.name] = _input(builder, node)
            elif node.op == "call_function":
                known[node.name] = _call(torch, builder, node, known)
            elif node.op == "output":
                outputs = _outputs(builder, [known[name] for name in signature.user_outputs])
        values = {name: value for name, value in known.items() if isinstance(value, Value)}
        graph = builder.graph(*(value.index for value in outputs))
        names = {name: builder.name(value.index) for name, value in values.items()}
        return Lowered(graph, values, names, outputs)


def _checked(torch: Any, example: Any) -> Any:
    """Return the first sample of an example input."""
    if not isinstance(example, torch.Tensor) or example.dtype != torch.float32 or example.ndim < 2 or not len(example):
        came = f"{example.dtype} {list(example.shape)}" if isinstance(example, torch.Tensor) else type(example).__name__
        raise ShapeError(f"example input: {came}, accepted is a torch.float32 tensor with the batch axis first")
    return example[:1]


def _trace(torch: Any, module: Any, examples: tuple[Any, ...]) -> Any:
    """Return the network's program, in its operators for inference and without operations in place."""
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if tensor.is_floating_point() and tensor.dtype != torch.float32:
            raise UnsupportedError(f"parameter {name!r} is {tensor.dtype}, accepted is torch.float32: module.float()")
    modes = [(each, each.training) for each in module.modules()]
    try:
        module.eval()
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("ignore")  # PyTorch's own, about itself
            return torch.export.export(module, examples).run_decompositions({})
    except (RuntimeError, TypeError, ValueError, AssertionError, NotImplementedError) as error:
        first = str(error).strip().splitlines()
        raise UnsupportedError(
            f"torch.export cannot trace {type(module).__name__}: {first[0] if first else type(error).__name__}"
        ) from error
    finally:
        for each, training in modes:
            each.training = training


def _input(builder: GraphBuilder, node: Any) -> Value:
    shape = tuple(int(size) for size in node.meta["val"].shape)
    axes = channels_last(len(shape)) if _read_by_channels(node) else identity(len(shape))
    value = Value(-1, shape, axes)
    return value.with_index(builder.input(node.name, value.stored))


def _read_by_channels(node: Any) -> bool:
    """Return whether a convolution, pool or batch normalization reads a value in the order it has."""
    for user in node.users:
        kind = _kind(user)
        if kind in WINDOWED or ((kind in PASSING or kind in UNARY) and _read_by_channels(user)):
            return True
    return False


def _kind(node: Any) -> str:
    """Return PyTorch's name of an operator, without namespace and overload."""
    return str(getattr(node.target, "_opname", node.target))


def _call(torch: Any, builder: GraphBuilder, node: Any, known: dict[str, Any]) -> Any:
    """Lower one operator; what depends on parameters only, PyTorch computes."""
    from torch import fx

    arguments = fx.node.map_arg((node.args, node.kwargs), lambda other: known[other.name])
    depends = any(isinstance(known[other.name], (Value, tuple)) for other in node.all_input_nodes)
    if not depends:
        return node.target(*arguments[0], **arguments[1])
    if node.target is operator.getitem:
        values, place = arguments[0]
        return values[place] if place < len(values) else None
    if not hasattr(node.target, "_schema"):
        raise UnsupportedError(f"{_where(node)} is not converted, accepted are {_ACCEPTED}")
    schema = node.target._schema.arguments
    named = {argument.name: argument.default_value for argument in schema if argument.has_default_value()}
    named |= {argument.name: value for argument, value in zip(schema, arguments[0], strict=False)}
    named |= arguments[1]
    named = {key: _plain(torch, value) for key, value in named.items()}
    traced = node.meta["val"]
    if isinstance(traced, torch.Tensor):
        named["traced_shape"] = tuple(int(size) for size in traced.shape)
    kind = _kind(node)
    lower = OPERATORS.get(kind)
    if lower is None:
        hint = f"what would work: {_HINTS[kind]}" if kind in _HINTS else f"accepted are {_ACCEPTED}"
        raise UnsupportedError(f"{_where(node)} is not converted; {hint}")
    result = lower(Lowering(builder, _path(node) or node.name, _where(node), named))
    if isinstance(result, Value) and isinstance(traced, torch.Tensor) and result.shape != tuple(traced.shape):
        raise ShapeError(f"{_where(node)}: converted to {list(result.shape)}, the network has {list(traced.shape)}")
    return result


def _plain(torch: Any, value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return value.detach().cpu().numpy()
    return value


def _path(node: Any) -> str:
    """Return the path of the layer that an operator comes from, "" for the network's own forward."""
    stack = list(node.meta.get("nn_module_stack", {}).values())
    return str(stack[-1][0]) if stack else ""


def _where(node: Any) -> str:
    stack = list(node.meta.get("nn_module_stack", {}).values())
    path = _path(node)
    if path:
        layer = stack[-1][1]
        name = layer.rsplit(".", 1)[-1] if isinstance(layer, str) else layer.__name__
        return f"layer {path!r} ({name}: {node.target})"
    return f"{node.name} ({node.target})"


def _outputs(builder: GraphBuilder, results: Sequence[Any]) -> tuple[Value, ...]:
    for value in results:
        if not isinstance(value, Value):
            raise UnsupportedError("an output does not depend on the model's input")
    kept = []
    for value in results:
        rank = len(value.shape)
        last = value.axes == channels_last(rank)
        kept.append(to_layout(builder, value, value.axes if last else identity(rank)))
    return tuple(kept)
