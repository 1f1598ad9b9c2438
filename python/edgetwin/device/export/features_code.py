"""A feature block for windows of one shape as C++: its plan and tables as constants, one call of the device core."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ... import _core
from ...signal.blocks_audio import Mfcc, Mfe, Spectrogram
from ...signal.blocks_sensor import Flatten
from ...signal.blocks_spectral import SpectralAnalysis
from ...signal.window_codes import WindowCodes
from .text import c_array, float_literal, wrapped

__all__ = ["FeaturesCode", "features_code"]

_FLOAT_BYTES = 4
_FILTERS = ("kNone", "kLow", "kHigh")
_AUDIO = ("kSpectrogram", "kMfe", "kMfcc")
_FUNCTION = """\
/// Bytes of compute_features()'s scratch, which is aligned as double is.
inline constexpr int32_t kFeatureScratchBytes = {scratch};

/// window  [{window}]; features  [kFeatureCount]
inline void compute_features(const {sample}* window, void* scratch, float* features) {{
{body}}}
"""


@dataclass(frozen=True)
class FeaturesCode:
    """What a block needs.

    Attributes
    ----------
    header : str
        File in ``edgetwin/``.
    text : str
        Definitions: ``kFeatureCount``, plan, tables, ``kFeatureScratchBytes`` and ``compute_features``.
    scratch_bytes : int
    """

    header: str
    text: str
    scratch_bytes: int


def features_code(front: WindowCodes) -> FeaturesCode:
    """Return the code of a block that needs its window as a whole: any but raw and image.

    Parameters
    ----------
    front : WindowCodes
    """
    block = front.block
    if isinstance(block, Flatten):
        header, definitions, scratch, body = _flatten(block, front.window)
    elif isinstance(block, SpectralAnalysis):
        header, definitions, scratch, body = _spectral(block, front.window)
    else:
        assert isinstance(block, (Mfe, Mfcc, Spectrogram))  # noqa: S101  for the type checker: there are no others
        header, definitions, scratch, body = _audio(block, front.window[0])
    made = (
        f"/// Edge Impulse's block {block.block}, version {block.version}: features of a window.\n"
        f"inline constexpr int32_t kFeatureCount = {front.size};\n\n{definitions}\n"
    )
    sample = "int16_t" if front.samples == "int16" else "float"
    shape = ", ".join(map(str, front.window))
    made += _FUNCTION.format(scratch=scratch, window=shape, sample=sample, body=body)
    return FeaturesCode(header, made, scratch)


def _flatten(block: Flatten, window: Sequence[int]) -> tuple[str, str, int, str]:
    fields = [
        ("samples", window[0]),
        ("axes", window[1]),
        ("statistics", block.statistics),
        ("scale", np.float32(block.params["scale_axes"])),
    ]
    return (
        "features_flatten.hpp",
        f"inline constexpr edgetwin::real::FlattenParams kFeatureParams = {{\n{_fields(fields)}}};\n",
        _FLOAT_BYTES * window[0],
        "  edgetwin::real::flatten(kFeatureParams, window, static_cast<float*>(scratch), features);\n",
    )


def _spectral(block: SpectralAnalysis, window: Sequence[int]) -> tuple[str, str, int, str]:
    p = block.core_params
    stages, sections, bins, counts, scratch = _core.spectral_plan(p, window[0], window[1])
    params = [
        ("version", p["version"]),
        ("samples", window[0]),
        ("axes", window[1]),
        ("fft_length", p["fft_length"]),
        ("decimation", p["decimation"]),
        ("filter", f"edgetwin::real::SpectralFilter::{_FILTERS[p['filter']]}"),
        *((name, p[name]) for name in ("filter_order", "overlap", "logarithm", "low_frequencies")),
        ("scale", np.float32(p["scale"])),
        ("cutoff_hz", float(p["cutoff_hz"])),
        ("rate_hz", float(p["rate_hz"])),
    ]
    fields = [
        ("params", f"{{\n{_fields(params, 8)}}}"),
        ("stages", _braced(stages)),
        ("section_count", len(sections)),
        ("sections", "{" + ", ".join(_braced(row) for row in sections) + "}"),
        ("bins", _braced(bins[:2])),
        ("low_bins", _braced(bins[2:])),
        ("count", counts[0]),
        ("low_count", counts[1]),
    ]
    lines = "".join(f"    /*{name}=*/{_literal(value)},\n" for name, value in fields)
    table = f"edgetwin::real::kCosines<{p['fft_length']}>.values"
    return (
        "features_spectral.hpp",
        f"inline constexpr edgetwin::real::SpectralPlan kFeaturePlan = {{\n{lines}}};\n",
        _FLOAT_BYTES * scratch,
        f"  edgetwin::real::spectral_analysis(kFeaturePlan, {table}, window, static_cast<float*>(scratch),\n"
        "                                    features);\n",
    )


def _audio(block: Mfe | Mfcc | Spectrogram, samples: int) -> tuple[str, str, int, str]:
    p = block.core_params
    sizes, emphasis, shift, numbers, scratch = _core.audio_plan(p, samples)
    params = [
        ("block", f"edgetwin::real::AudioBlock::{_AUDIO[p['block']]}"),
        ("version", p["version"]),
        ("samples", samples),
        *((name, p[name]) for name in ("fft_length", "filters", "cepstra", "window", "shift", "wrap")),
        *((name, np.float32(p[name])) for name in ("emphasis", "noise_floor_db")),
        *((name, float(p[name])) for name in ("frame_seconds", "stride_seconds", "low_hz", "high_hz", "rate_hz")),
    ]
    fields = [
        ("params", f"{{\n{_fields(params, 8)}}}"),
        *zip(("length", "stride", "used", "frames", "columns"), sizes, strict=True),
        ("emphasis", np.float32(emphasis)),
        ("shift", shift),
        *zip(
            ("gain", "offset", "per_octave", "per_neper", "rounding", "spread"), map(np.float32, numbers), strict=True
        ),
    ]
    lines = "".join(f"    /*{name}=*/{_literal(value)},\n" for name, value in fields)
    arrays, names = [], []
    for name, values, what in zip(
        ("kMelEdges", "kMelWeights", "kCepstrum"),
        _core.audio_tables(p),
        ("bins at which the filters of the mel bank begin, peak and end", "weights of their bins", "cosines"),
        strict=True,
    ):
        names.append(name if values.size else "nullptr")
        if values.size:
            arrays.append(c_array(name, values, what)[0].replace("alignas(16) constexpr", "inline constexpr") + "\n")
    n = p["fft_length"]
    # Without frames in double their table is not linked.
    wide = f"edgetwin::real::kCosines<{n}, double>.values"
    if block.block != "mfcc" and block.version < 3:
        wide = "nullptr"
    tables = f"edgetwin::real::kCosines<{n}>.values", wide, names[0], names[2], names[1]
    return (
        "features_audio.hpp",
        f"inline constexpr edgetwin::real::AudioPlan kFeaturePlan = {{\n{lines}}};\n\n" + "".join(arrays),
        scratch,
        f"  constexpr edgetwin::real::AudioTables kTables = {{\n{wrapped(tables, 6)}}};\n"
        "  edgetwin::real::audio_features(kFeaturePlan, kTables, window, scratch, features);\n",
    )


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, np.float32):
        return float_literal(float(value))
    return repr(value) if isinstance(value, float) else str(int(value))


def _braced(values: Iterable[Any]) -> str:
    return "{" + ", ".join(_literal(value) for value in values) + "}"


def _fields(fields: Iterable[tuple[str, Any]], indent: int = 4) -> str:
    return wrapped([f"/*{name}=*/{_literal(value)}" for name, value in fields], indent)
