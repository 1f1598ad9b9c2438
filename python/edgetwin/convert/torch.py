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
from ..quantization import Scheme
from .frameworks import held_by, model_of, require
from .layout import Value, channels_last, identity, to_layout
from .torch_call import Lowering
from .torch_operators import OPERATORS, PASSING, UNARY
from .torch_windows import WINDOWED

__all__ = ["TracedModule", "from_torch", "quantization_aware"]

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


def quantization_aware(
    module: Any,
    example_input: Any,
    calibration: Any,
    *,
    method: str = "min_max",
    weights: str = "int8",
    activations: str = "int8",
    momentum: float = 0.95,
) -> Any:
    """Wrap a network of PyTorch for training with the integers that a board computes.

    Forward, the wrapper makes the quantized model of the present weights and runs its exact kernels on the batch; every
    layer passes on what its codes stand for. Backward, gradients are those of the float network at these values,
    straight through the rounding, and 0 where a code saturates. `to_model` gives the model whose outputs are those of
    the last forward pass, byte for byte, as long as no step has changed the weights since.

    Meant for the last epochs, from trained weights: dropout is off and batch normalizations use the statistics that
    they have, since both are folded away on the board.

    Parameters
    ----------
    module, example_input
        As in `from_torch`. Parameters are trained in place.
    calibration : torch.Tensor or ndarray of float32, or tuple of them
        A few hundred samples as the network takes them, for the first ranges.
    method, weights, activations
        As in `edgetwin.quantize`.
    momentum : float in [0, 1]
        What a training batch leaves of an activation's range; 1 keeps the calibrated ranges.

    Returns
    -------
    torch.nn.Module
        Takes and gives what `module` does; `parameters()` are the module's, `state_dict()` holds the ranges, too;
        ``to_model()`` is the int8 `Model`, whose inputs and outputs are laid out as `from_torch` says.

    Raises
    ------
    UnsupportedError : a layer that is not converted, or cannot compute with codes
    DataError, QuantizationError : as `edgetwin.quantize`; a `momentum` out of range
    MissingExtraError : PyTorch is not installed

    Examples
    --------
    >>> import torch
    >>> import edgetwin as et
    >>> x = torch.randn(64, 20)
    >>> y = x[:, :3].sum(1, keepdim=True)
    >>> network = torch.nn.Sequential(torch.nn.Linear(20, 8), torch.nn.ReLU(), torch.nn.Linear(8, 1))
    >>> wrapped = et.convert.torch.quantization_aware(network, x, calibration=x)
    >>> optimizer = torch.optim.Adam(wrapped.parameters(), lr=1e-3)
    >>> for _ in range(3):
    ...     loss = torch.nn.functional.mse_loss(wrapped(x), y)
    ...     optimizer.zero_grad()
    ...     loss.backward()
    ...     _ = optimizer.step()
    >>> last = wrapped(x).detach().numpy()
    >>> bool((wrapped.to_model().predict(x.numpy()) == last).all())
    True
    """
    require("torch")
    from .torch_training import QuantizationAware

    scheme = Scheme(weights=weights, activations=activations)
    return QuantizationAware(TracedModule(module, example_input), calibration, method, scheme, momentum)


@dataclass(frozen=True)
class Lowered:
    """A traced network's graph.

    Attributes
    ----------
    graph : Graph
    values : dict of str to Value
        By the trace's name of what depends on the input.
    names : dict of str to str
        Likewise, the name of the graph's tensor that holds it, perhaps in another shape; what was folded or fused into
        another has none.
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

    def constants(self) -> dict[str, Any]:
        """Return the module's present parameters, buffers and constants, by the trace's names."""
        signature = self.program.graph_signature
        state = dict(self.module.named_parameters(remove_duplicate=False))
        state |= dict(self.module.named_buffers(remove_duplicate=False))
        sources = {**signature.inputs_to_parameters, **signature.inputs_to_buffers}
        # Buffers that are not saved are constants to `torch.export`.
        held = {name: self.program.constants[key] for name, key in signature.inputs_to_lifted_tensor_constants.items()}
        return held | {name: state[key] for name, key in sources.items()}

    def lower(self) -> Lowered:
        """Return the graph with the module's present parameters."""
        torch = require("torch")
        signature = self.program.graph_signature
        constants = self.constants()
        builder = GraphBuilder()
        known: dict[str, Any] = {}
        outputs: tuple[Value, ...] = ()
        for node in self.program.graph.nodes:
            if node.op == "placeholder":
                constant = constants.get(node.name)
                known[node.name] = _input(builder, node) if constant is None else constant.detach()
            elif node.op == "call_function":
                known[node.name] = _call(torch, builder, node, known)
            elif node.op == "output":
                outputs = _outputs(builder, [known[name] for name in signature.user_outputs])
        values = {name: value for name, value in known.items() if isinstance(value, Value)}
        graph = builder.graph(*(value.index for value in outputs))
        names = held_by(builder, graph, {name: value.index for name, value in values.items()})
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
