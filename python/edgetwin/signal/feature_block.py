"""Edge Impulse's feature blocks by name."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from ..errors import DataError
from .blocks_audio import Mfcc, Mfe, Spectrogram
from .blocks_base import FeatureBlock, Features
from .blocks_image import Image
from .blocks_sensor import Flatten, Raw
from .blocks_spectral import SpectralAnalysis

__all__ = ["FeatureBlock", "Features", "feature_block"]

_BLOCKS: Mapping[str, type[FeatureBlock]] = {
    block.block: block for block in (Flatten, Image, Mfcc, Mfe, Raw, SpectralAnalysis, Spectrogram)
}
_VARIANTS = ("published", "device_sdk")


def feature_block(
    block: str, params: Mapping[str, Any] | None = None, rate_hz: float | None = None, *, variant: str = "published"
) -> FeatureBlock:
    """Make a feature block with Edge Impulse's own parameters.

    Parameters
    ----------
    block : str
        ``flatten``, ``image``, ``mfcc``, ``mfe``, ``raw``, ``spectral_analysis`` or ``spectrogram``.
    params : mapping, optional
        By the block's names, with ``-`` or ``_``; those left out have its defaults. ``implementation_version`` chooses
        a version. ``axes`` (names), ``sampling_freq`` and ``input_shape`` describe the input; ``block``, ``source``,
        ``output_config``, ``unstable`` and ``uint8_wrapped`` are ignored.
    rate_hz : float, optional
        Sampling rate, where ``sampling_freq`` does not tell.
    variant : str
        ``published``: the Python blocks that train models. ``device_sdk``: what is known of the vendor's own C++ code,
        to float32 rounding, where it computes something else: audio blocks cut the rate to a whole number, count
        frames in float32 (version 1 rounds the stride, too), read ``low_frequency`` 0 as 300 Hz below version 4, and
        let a filter that no bin reaches have the bin at its peak. Its log10 and its second stage of decimation are
        not known well enough and refused.

    Returns
    -------
    FeatureBlock
        `extract` and `extract_batch` compute in float32, as the device core does, to the last bit.

    Raises
    ------
    DataError : unknown block, parameter or variant, or a value out of range
    UnsupportedError : version 1 and wavelets of ``spectral_analysis``; a device variant that is not known exactly

    Warns
    -----
    UserWarning : frames of an audio block are longer than its transform, which leaves samples out

    Notes
    -----
    A constant axis has skewness 0 and kurtosis -3, as in the SciPy that the published blocks pin.
    """
    if block not in _BLOCKS:
        raise DataError(f"feature block {block!r}, accepted are {', '.join(_BLOCKS)}")
    if variant not in _VARIANTS:
        raise DataError(f"{block}: variant {variant!r}, accepted are {', '.join(_VARIANTS)}")
    made = _BLOCKS[block]({} if params is None else params, rate_hz, variant)
    if made.notice is not None:
        warnings.warn(made.notice, stacklevel=2)
    return made
