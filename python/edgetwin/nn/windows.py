"""Layers whose window slides over time or over a picture: convolutions and pools, in Keras' words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import ShapeError
from .layers import Layer, activation_stages, check_activation
from .stage import Parameter, Shape, Stage, engine_shape, pair, sizes, window

__all__ = [
    "AvgPool1D",
    "AvgPool2D",
    "Conv1D",
    "Conv2D",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "GlobalAvgPool",
    "MaxPool1D",
    "MaxPool2D",
]

_PADDINGS = ("valid", "same")
_INPUTS = {1: "(time, channels)", 2: "(height, width, channels)"}
Size = int | tuple[int, ...]


class _Windowed:
    """What convolutions and pools over `axes` axes share."""

    axes: ClassVar[int]

    def _sizes(self, key: str) -> Shape:
        return sizes(getattr(self, key), self.axes, f"{type(self).__name__}: {key}")

    def _pair(self, key: str) -> tuple[int, int]:
        return pair(self._sizes(key))

    def _check_padding(self, padding: Any) -> None:
        if not isinstance(padding, str) or padding not in _PADDINGS:
            raise self.refuse(f"padding {padding!r}, accepted are {', '.join(_PADDINGS)}")  # type: ignore[attr-defined]

    def _input(self, shape: Shape, name: str) -> Shape:
        if len(shape) != self.axes + 1:
            raise ShapeError(f"{name}: input {shape}, accepted is {_INPUTS[self.axes]}")
        return engine_shape(shape)

    def _output(self, shape: Shape) -> Shape:
        """Return the user's shape of one that the engine has."""
        return shape[1:] if self.axes == 1 else shape


@dataclass(frozen=True)
class _Conv(_Windowed, Layer):
    filters: int
    kernel_size: Size
    strides: Size = 1
    padding: str = "valid"
    dilation_rate: Size = 1
    activation: str | None = None
    use_bias: bool = True

    def check(self) -> None:
        """Raise DataError for a value that the layer cannot have."""
        self.whole("filters")
        for key in ("kernel_size", "strides", "dilation_rate"):
            self._sizes(key)
        self._check_padding(self.padding)
        check_activation(self, self.activation)

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Return weights OHWI (a height of 1 over time) and a bias."""
        image = self._input(shape, name)
        kernel, stride, dilation = (self._pair(key) for key in ("kernel_size", "strides", "dilation_rate"))
        positions, padding = window(image, kernel, stride, dilation, self.padding, name)
        taps = kernel[0] * kernel[1]
        weights = Parameter("weights", (self.filters, *kernel, image[2]), fans=(taps * image[2], taps * self.filters))
        bias = (Parameter("bias", (self.filters,)),) if self.use_bias else ()
        options = {"filters": self.filters, "kernel": kernel, "stride": stride, "dilation": dilation}
        options |= {"padding": padding, "use_bias": self.use_bias}
        output = (*positions, self.filters)
        stage = Stage("conv_2d", options, output, (weights, *bias), name, self.padding)
        return [stage, *activation_stages(self.activation, output, name)], self._output(output)


@dataclass(frozen=True)
class Conv1D(_Conv):
    """A convolution over time.

    Attributes
    ----------
    filters : int
        Output channels.
    kernel_size : int
        Taps along time.
    strides, dilation_rate : int
    padding : {"valid", "same"}
    activation : {None, "linear", "relu", "relu6", "softmax"}
    use_bias : bool
    """

    axes: ClassVar[int] = 1
    prefix: ClassVar[str] = "conv1d"


@dataclass(frozen=True)
class Conv2D(_Conv):
    """A convolution over a picture.

    Attributes
    ----------
    filters : int
        Output channels.
    kernel_size, strides, dilation_rate : int or (height, width)
    padding : {"valid", "same"}
    activation : {None, "linear", "relu", "relu6", "softmax"}
    use_bias : bool
    """

    axes: ClassVar[int] = 2
    prefix: ClassVar[str] = "conv2d"


@dataclass(frozen=True)
class _DepthwiseConv(_Windowed, Layer):
    kernel_size: Size
    strides: Size = 1
    padding: str = "valid"
    depth_multiplier: int = 1
    dilation_rate: Size = 1
    activation: str | None = None
    use_bias: bool = True

    def check(self) -> None:
        """Raise DataError for a value that the layer cannot have."""
        self.whole("depth_multiplier")
        for key in ("kernel_size", "strides", "dilation_rate"):
            self._sizes(key)
        self._check_padding(self.padding)
        check_activation(self, self.activation)

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Return weights 1HWO (a height of 1 over time) and a bias."""
        image = self._input(shape, name)
        kernel, stride, dilation = (self._pair(key) for key in ("kernel_size", "strides", "dilation_rate"))
        positions, padding = window(image, kernel, stride, dilation, self.padding, name)
        channels, taps = image[2] * self.depth_multiplier, kernel[0] * kernel[1]
        weights = Parameter("weights", (1, *kernel, channels), fans=(taps * image[2], taps * self.depth_multiplier))
        bias = (Parameter("bias", (channels,)),) if self.use_bias else ()
        options = {"multiplier": self.depth_multiplier, "kernel": kernel, "stride": stride, "dilation": dilation}
        options |= {"padding": padding, "use_bias": self.use_bias}
        output = (*positions, channels)
        stage = Stage("depthwise_conv_2d", options, output, (weights, *bias), name, self.padding)
        return [stage, *activation_stages(self.activation, output, name)], self._output(output)


@dataclass(frozen=True)
class DepthwiseConv1D(_DepthwiseConv):
    """A convolution over time of each channel by itself.

    Attributes
    ----------
    kernel_size, strides, dilation_rate : int
    padding : {"valid", "same"}
    depth_multiplier : int
        Output channels for each input channel.
    activation : {None, "linear", "relu", "relu6", "softmax"}
    use_bias : bool
    """

    axes: ClassVar[int] = 1
    prefix: ClassVar[str] = "depthwise_conv1d"


@dataclass(frozen=True)
class DepthwiseConv2D(_DepthwiseConv):
    """A convolution over a picture of each channel by itself.

    Attributes
    ----------
    kernel_size, strides, dilation_rate : int or (height, width)
    padding : {"valid", "same"}
    depth_multiplier : int
        Output channels for each input channel.
    activation : {None, "linear", "relu", "relu6", "softmax"}
    use_bias : bool
    """

    axes: ClassVar[int] = 2
    prefix: ClassVar[str] = "depthwise_conv2d"


@dataclass(frozen=True)
class _Pool(_Windowed, Layer):
    pool_size: Size = 2
    strides: Size | None = None
    padding: str = "valid"

    kind: ClassVar[str]

    def check(self) -> None:
        """Raise DataError for a value that the layer cannot have."""
        self._sizes("pool_size")
        if self.strides is not None:
            self._sizes("strides")
        self._check_padding(self.padding)

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Return fewer positions of the same channels."""
        image = self._input(shape, name)
        pool = self._pair("pool_size")
        stride = pool if self.strides is None else self._pair("strides")
        positions, padding = window(image, pool, stride, (1, 1), self.padding, name)
        output = (*positions, image[2])
        options = {"pool": pool, "stride": stride, "padding": padding}
        return [Stage(self.kind, options, output, layer=name, padding=self.padding)], self._output(output)


@dataclass(frozen=True)
class MaxPool1D(_Pool):
    """The largest of a window over time.

    Attributes
    ----------
    pool_size : int
    strides : int or None
        None for `pool_size`.
    padding : {"valid", "same"}
    """

    axes: ClassVar[int] = 1
    kind: ClassVar[str] = "max_pool_2d"
    prefix: ClassVar[str] = "max_pooling1d"


@dataclass(frozen=True)
class MaxPool2D(_Pool):
    """The largest of a window over a picture.

    Attributes
    ----------
    pool_size : int or (height, width)
    strides : int, (height, width) or None
        None for `pool_size`.
    padding : {"valid", "same"}
    """

    axes: ClassVar[int] = 2
    kind: ClassVar[str] = "max_pool_2d"
    prefix: ClassVar[str] = "max_pooling2d"


@dataclass(frozen=True)
class AvgPool1D(_Pool):
    """The mean of a window over time; padding is not counted.

    Attributes
    ----------
    pool_size : int
    strides : int or None
        None for `pool_size`.
    padding : {"valid", "same"}
    """

    axes: ClassVar[int] = 1
    kind: ClassVar[str] = "average_pool_2d"
    prefix: ClassVar[str] = "average_pooling1d"


@dataclass(frozen=True)
class AvgPool2D(_Pool):
    """The mean of a window over a picture; padding is not counted.

    Attributes
    ----------
    pool_size : int or (height, width)
    strides : int, (height, width) or None
        None for `pool_size`.
    padding : {"valid", "same"}
    """

    axes: ClassVar[int] = 2
    kind: ClassVar[str] = "average_pool_2d"
    prefix: ClassVar[str] = "average_pooling2d"


@dataclass(frozen=True)
class GlobalAvgPool(Layer):
    """The mean over time, or over a picture: one value a channel."""

    prefix: ClassVar[str] = "global_average_pooling"

    def build(self, shape: Shape, name: str) -> tuple[list[Stage], Shape]:
        """Return the channels."""
        if len(shape) == 1:
            raise ShapeError(f"{name}: input {shape}, accepted are {' and '.join(_INPUTS.values())}")
        image = engine_shape(shape)
        options = {"pool": image[:2], "stride": image[:2], "padding": ((0, 0), (0, 0))}
        pool = Stage("average_pool_2d", options, (1, 1, image[2]), layer=name, padding="global")
        return [pool, Stage("reshape", {"shape": image[2:]}, image[2:], layer=name)], image[2:]
