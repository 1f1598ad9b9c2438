"""An Edge Impulse deployment, opened: the window, the feature block's parameters and the model as one impulse."""

from __future__ import annotations

import io
import os
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...errors import DataError, ModelError, ShapeError, UnsupportedError
from ...impulse import Impulse
from ...io.containers import models_within
from ...io.model_file import read_file
from ...model import Model
from ...signal.feature_block import feature_block
from .deployment_files import METADATA, VARIABLES

if TYPE_CHECKING:
    from ...signal.feature_block import FeatureBlock

__all__ = ["DeployedImpulse", "from_edge_impulse", "is_deployment"]

#: Bytes of a header: theirs have some 10 kB.
_MOST_BYTES = 2**22
_MACRO = re.compile(r'^[ \t]*#define[ \t]+EI_CLASSIFIER_(\w+)[ \t]+("(?:[^"\\]|\\.)*"|[-+.\w]+)', re.MULTILINE)
_CONFIG = re.compile(r"\bei_dsp_config_(\w+)_t\s+(ei_dsp_config_\w+)\s*=\s*\{(.*?)\}\s*;", re.DOTALL)
#: `3.0f, // float filter-cutoff`
_MEMBER = re.compile(r'^\s*(?:\(\s*char\s*\*\s*\)\s*)?("(?:[^"\\]|\\.)*"|[-+.\w]+)\s*,?\s*//\s*(.+?)\s*$')
_TYPES = ("uint32_t", "int", "float", "boolean", "bool", "select", "string")
#: Members that say how the struct lies in memory.
_LAYOUT = ("blockId", "length of axes", "named axes", "size of the named axes array")
_LABELS = re.compile(r"\bei_classifier_inferencing_categories\w*\s*\[\s*\]\s*=\s*\{(.*?)\}\s*;", re.DOTALL)
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SCALING = re.compile(r"\bEI_CLASSIFIER_IMAGE_SCALING_(\w+)")


class DeployedImpulse(Impulse):
    """An impulse as Edge Impulse deployed it; `from_edge_impulse` opens it.

    Attributes
    ----------
    labels : tuple of str
        Of the outputs; empty for a regression.
    rate_hz : float or None
        Of the samples; None for what is not sampled in time.
    sensors : tuple of str
        The axes of a window.
    project : str
        Its name; empty where the deployment does not tell.
    """

    def __init__(
        self,
        model: Model,
        block: FeatureBlock,
        window: Sequence[int],
        *,
        labels: Sequence[str],
        rate_hz: float | None,
        sensors: Sequence[str],
        project: str,
    ) -> None:
        super().__init__(model, block, window)
        self.labels = tuple(labels)
        self.rate_hz = rate_hz
        self.sensors = tuple(sensors)
        self.project = project

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "project": self.project,
            "window": list(self.window),
            "rate_hz": self.rate_hz,
            "sensors": list(self.sensors),
            "block": self.block.block,
            "parameters": dict(self.block.params),
            "labels": list(self.labels),
            "model": self.model.hash,
        }


def is_deployment(data: bytes) -> bool:
    """Whether a file is a zip with Edge Impulse's parameters in it."""
    if data[:2] != b"PK" or not zipfile.is_zipfile(io.BytesIO(data)):
        return False
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return any(name.endswith(VARIABLES) for name in archive.namelist())


def from_edge_impulse(source: str | os.PathLike[str] | bytes, *, variant: str = "published") -> DeployedImpulse:
    """Open an Edge Impulse deployment: C++ library, Arduino library, any zip with `model-parameters` and the model.

    Parameters
    ----------
    source : path or bytes
        Built with the engine "TensorFlow Lite": the EON compiler's output is code, in which no model is left.
    variant : str
        Of the feature block, see `signal.feature_block`.

    Returns
    -------
    DeployedImpulse
        `run(windows)` gives the model's own output, int8. An anomaly block beside the model is left out.

    Raises
    ------
    DataError : no such file, no deployment, or one that is damaged or does not agree with itself
    UnsupportedError : compiled by EON, several feature blocks, one that is normalized or not known here, or a model
        that is not int8

    Examples
    --------
    >>> impulse = et.from_edge_impulse("gestures-cpp-mcu-v3.zip")
    >>> impulse.window, impulse.labels
    ((125, 3), ('idle', 'snake', 'updown', 'wave'))
    >>> impulse.predict(windows)                          # (n, 125, 3) -> (n, 4) scores
    """
    name = "the deployment" if isinstance(source, bytes) else str(Path(source))
    if isinstance(source, bytes):
        data = source
    else:
        try:
            data = read_file(Path(source))
        except ModelError as error:
            raise DataError(str(error)) from None
    try:
        return _opened(data, variant)
    except UnsupportedError as error:
        raise UnsupportedError(f"{name}: {error}") from error
    except (DataError, ModelError, ShapeError) as error:
        raise DataError(f"{name}: {error}") from error


def _opened(data: bytes, variant: str) -> DeployedImpulse:
    texts = _headers(data)
    numbers = {found[1]: found[2] for found in _MACRO.finditer(texts[METADATA])}
    variables = texts[VARIABLES]
    model = _model(data)
    kind, config, params = _config(variables)
    axes = _axes(variables, config)
    sensors = _sensors(numbers, axes, kind)
    frequency = _number(numbers, "FREQUENCY")
    rate_hz = frequency if frequency > 0 and kind != "image" else None
    window = _window(numbers, kind, len(sensors))
    if kind == "image":
        scalings = set(_SCALING.findall(variables)) - {"NONE"}
        if scalings:
            raise UnsupportedError(f"pixels scaled by {', '.join(sorted(scalings))}, accepted are pixels from 0 to 1")
    else:
        params["axes"] = list(sensors)
    labels = _LABELS.search(variables)
    return DeployedImpulse(
        model,
        feature_block(kind, params, rate_hz, variant=variant),
        window,
        labels=[] if labels is None else [_unescaped(text) for text in _TEXT.findall(labels[1])],
        rate_hz=rate_hz,
        sensors=sensors,
        project=_text(numbers, "PROJECT_NAME"),
    )


def _headers(data: bytes) -> dict[str, str]:
    """Return the texts of the two headers by their path."""
    if data[:2] != b"PK":
        raise DataError("no zip archive, accepted is an Edge Impulse deployment")
    texts = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for wanted in (METADATA, VARIABLES):
                member = next((info for info in archive.infolist() if info.filename.endswith(wanted)), None)
                if member is None:
                    raise DataError(f"no {wanted} in it, accepted is an Edge Impulse deployment")
                if member.file_size > _MOST_BYTES:
                    raise DataError(f"{member.filename} has {member.file_size} bytes, accepted are {_MOST_BYTES}")
                texts[wanted] = archive.read(member).decode("utf-8", errors="replace")
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise DataError(f"the archive cannot be read: {error}") from error
    return texts


def _model(data: bytes) -> Model:
    found = list(models_within(data, "deployment.zip"))
    if not found:
        raise UnsupportedError(
            "no TFLite model in it: the EON compiler left code only; accepted is the engine TensorFlow Lite"
        )
    if len(found) > 1:
        raise UnsupportedError(f"{len(found)} models ({', '.join(name for name, _ in found)}), accepted is one")
    return Model(found[0][1])


def _config(variables: str) -> tuple[str, str, dict[str, Any]]:
    """Return the feature block's name, that of its struct, and its parameters."""
    configs = _CONFIG.findall(variables)
    if len(configs) != 1:
        kinds = ", ".join(kind for kind, _, _ in configs) or "none"
        raise UnsupportedError(f"feature blocks: {kinds}, accepted is one")
    kind, name, body = configs[0]
    if re.search(rf"&ei_data_normalization_config_{re.escape(name.removeprefix('ei_dsp_config_'))}\b", variables):
        raise UnsupportedError(
            f"feature block {kind} is followed by a normalization, accepted are features as they are"
        )
    params: dict[str, Any] = {}
    for line in body.splitlines():
        if not line.strip():
            continue
        found = _MEMBER.match(line)
        if found is None:
            raise UnsupportedError(
                f"{name}: parameter without a name: {line.strip()!r:.60}, accepted is a deployment that comments them"
            )
        first, _, rest = found[2].partition(" ")
        member = rest if first in _TYPES else found[2]
        if member not in _LAYOUT:
            params[member] = _value(found[1], name)
    if params.pop("moving_avg_num_windows", 0):
        raise UnsupportedError(f"feature block {kind} with a moving average, accepted is one of each window alone")
    params["implementation_version"] = params.pop("implementationVersion", 1)
    return kind, name, params


def _value(text: str, where: str) -> Any:
    if text[0] == '"':
        return _unescaped(text[1:-1])
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text.rstrip("f"))
    except ValueError:
        raise UnsupportedError(f"{where}: {text!r:.40} as a parameter, accepted are numbers, texts and flags") from None


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _text(numbers: Mapping[str, str], name: str) -> str:
    return _unescaped(numbers.get(name, '""')[1:-1])


def _number(numbers: Mapping[str, str], name: str) -> float:
    try:
        return float(numbers[name])
    except (KeyError, ValueError):
        raise DataError(
            f"{METADATA}: EI_CLASSIFIER_{name} is {numbers.get(name)!r:.40}, accepted is a number"
        ) from None


def _axes(variables: str, config: str) -> list[int]:
    """Return which of a sample's axes the block takes."""
    found = re.search(rf"\b{re.escape(config)}_axes\s*\[[^\]]*\]\s*=\s*\{{([^}}]*)\}}", variables)
    axes = re.findall(r"\d+", found[1]) if found else []
    if not axes:
        raise DataError(f"{VARIABLES}: no list {config}_axes")
    return [int(axis) for axis in axes]


def _sensors(numbers: Mapping[str, str], axes: Sequence[int], kind: str) -> tuple[str, ...]:
    count = int(_number(numbers, "RAW_SAMPLES_PER_FRAME"))
    told = [part.strip() for part in _text(numbers, "FUSION_AXES_STRING").split(" + ")]
    names = told if len(told) == count and all(told) else [f"axis {axis}" for axis in range(count)]
    if kind == "image":
        return tuple(names)
    if max(axes) >= count:
        raise DataError(f"{VARIABLES}: axis {max(axes)} of a block, samples have {count}")
    return tuple(names[axis] for axis in axes)


def _window(numbers: Mapping[str, str], kind: str, axes: int) -> tuple[int, ...]:
    if kind == "image":
        return int(_number(numbers, "INPUT_HEIGHT")), int(_number(numbers, "INPUT_WIDTH")), 3
    return int(_number(numbers, "RAW_SAMPLE_COUNT")), axes
