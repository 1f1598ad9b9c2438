"""Edge Impulse's figures of a model beside edgetwin's own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...model import Model, load
from ...profile import Profile
from .connection import Connection
from .jobs import job_number, wait
from .listing import ProfileDevice, check_listed, profile_devices, target_of

__all__ = ["CloudProfile", "Memory", "VariantProfile", "profile"]

#: JSON name of a memory plan -> ours.
_ENGINES = {"tflite": "tflite", "eon": "eon", "eonRamOptimized": "eon_ram_optimized"}
_CLASSES = {
    "lowEndMcu": "low_end_mcu",
    "highEndMcu": "high_end_mcu",
    "highEndMcuPlusAccelerator": "high_end_mcu_plus_accelerator",
    "mpu": "mpu",
    "gpuOrMpuAccelerator": "gpu_or_mpu_accelerator",
}
#: Variants of a model, by their JSON name.
_VARIANTS = ("float32", "int8", "akida")


@dataclass(frozen=True)
class Memory:
    """Bytes that Edge Impulse estimates under one engine; None where it does not tell.

    Attributes
    ----------
    ram_bytes, rom_bytes, arena_bytes : int or None
    """

    ram_bytes: int | None
    rom_bytes: int | None
    arena_bytes: int | None


@dataclass(frozen=True)
class VariantProfile:
    """Edge Impulse's estimate of one variant of the model.

    Attributes
    ----------
    latency_ms : float or None
        Of an inference, also where it is no whole number.
    memory : mapping of str to Memory
        By engine: "tflite", "eon", "eon_ram_optimized".
    file_bytes : int or None
    supported : bool or None
        Whether the device can run it.
    reason : str
        Why not, or why there are no figures.
    """

    latency_ms: float | None
    memory: Mapping[str, Memory]
    file_bytes: int | None
    supported: bool | None
    reason: str


@dataclass(frozen=True)
class CloudProfile:
    """What Edge Impulse and edgetwin say of one model; `print` shows them beside each other.

    Attributes
    ----------
    device : str or None
        Edge Impulse's id.
    variants : mapping of str to VariantProfile
        By "float32" and "int8": those that Edge Impulse made of the model.
    classes : mapping of str to bool
        Classes of devices ("low_end_mcu", ...) and whether they can run it.
    target : str or None
        edgetwin's name of the device; None where it knows no such core.
    ours : Profile
        Its own figures, for `target`.
    """

    device: str | None
    variants: Mapping[str, VariantProfile]
    classes: Mapping[str, bool]
    target: str | None
    ours: Profile

    def as_dict(self) -> dict[str, Any]:
        """Return what JSON can hold."""
        return {
            "device": self.device,
            "variants": {name: asdict(variant) for name, variant in self.variants.items()},
            "classes": dict(self.classes),
            "target": self.target,
            "edgetwin": self.ours.as_dict(),
        }

    def rows(self) -> tuple[list[str], list[list[str]]]:
        """Return a table: the names of its columns, and its rows, a figure each."""
        names, rows = ["figure"], [["latency"], ["RAM"], ["ROM"], ["arena"]]
        for name, variant in self.variants.items():
            for engine, memory in (variant.memory or {"": Memory(None, None, None)}).items():
                names.append(f"{name} {engine}".strip())
                rows[0].append(_shown(variant.latency_ms, "ms"))
                for row, value in zip(rows[1:], (memory.ram_bytes, memory.rom_bytes, memory.arena_bytes), strict=True):
                    row.append(_shown(value, "B"))
        ours = self.ours
        names += ["edgetwin: TFLite Micro", "edgetwin: its export"]
        flash = None if ours.export_flash is None else ours.export_flash.total
        rows[0] += [_shown(ours.latency_ms, "ms"), _shown(None, "ms")]
        # All of a program's RAM is the service's figure alone.
        rows[1] += [_shown(None, "B"), _shown(None, "B")]
        rows[2] += [_shown(ours.flash_bytes, "B"), _shown(flash, "B")]
        rows[3] += [_shown(ours.arena_bytes, "B"), _shown(ours.export_arena_bytes, "B")]
        return names, rows

    def notes(self) -> list[str]:
        """Return what the figures do not tell by themselves."""
        told = [
            "edgetwin, TFLite Micro: ROM counts the weights and other constants, not the code; arena is its own plan",
        ]
        if self.ours.latency_note:
            told.append(f"edgetwin: {self.ours.latency_note}")
        if self.device is not None and self.target is None:
            told.append(f"edgetwin has no estimates for the core of {self.device}: give a target of its own")
        for name, variant in self.variants.items():
            if variant.reason:
                told.append(f"Edge Impulse, {name}: {variant.reason}")
        if self.device is None:
            runs = [name for name, supported in self.classes.items() if supported]
            told.append(f"Edge Impulse: runs on {', '.join(runs) or 'none of its classes of devices'}")
        return told

    def __str__(self) -> str:
        names, rows = self.rows()
        table = [names, *rows]
        widths = [max(len(row[column]) for row in table) for column in range(len(names))]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        return "\n".join([*lines, *self.notes()])


def profile(
    model: Model | str | os.PathLike[str] | bytes,
    device: str | None = None,
    *,
    target: str | None = None,
    api_key: str | None = None,
    timeout_s: float = 600.0,
) -> CloudProfile:
    """Let Edge Impulse estimate what a model costs, and put edgetwin's own figures beside it.

    Parameters
    ----------
    model : Model, path or bytes
        A `.tflite` file's. It becomes the project's uploaded model, in place of an earlier one.
    device : str, optional
        An id of `list_devices`; without one Edge Impulse tells which classes of devices can run the model.
    target : str, optional
        For edgetwin's figures, ``core[@MHz][:runtime]``, where the device's id does not tell.
    api_key : str, optional
        Else EI_API_KEY.
    timeout_s : float
        Seconds that each of the two jobs on the server may take.

    Returns
    -------
    CloudProfile

    Raises
    ------
    DataError : the project has no such device; nothing has been uploaded then
    ModelError : not a `.tflite` file that edgetwin reads
    IntegrationError : no key, no connection, a refusal, a job that failed or took longer
    MissingExtraError : the SDK is not installed
    """
    loaded = model if isinstance(model, Model) else load(model)
    target = target or (None if device is None else target_of(device))
    ours = loaded.profile(target)
    connection = Connection(api_key)
    project = connection.project()
    if device is not None:
        devices: Mapping[str, ProfileDevice] = {d.id: d for d in profile_devices(connection, project)}
        check_listed("device", device, devices)
        if target is None and devices[device].target is not None:
            target = devices[device].target
            ours = loaded.profile(target)
    upload_model(connection, project, loaded.file_bytes, timeout_s, device=device)
    learn = connection.api("LearnApi")
    what = "profile the model"
    job = job_number(connection.ask(what, learn.profile_pretrained_model, project), what)
    wait(connection, project, job, what, timeout_s)
    answer = connection.ask("read the profile", learn.get_pretrained_model_info, project)
    info = _table(_table(answer, "model"), "profileInfo")
    variants = {name: _variant(info[name]) for name in _VARIANTS if isinstance(info.get(name), dict)}
    table = _table(info, "table")
    classes = {ours_: bool(_table(table, theirs).get("supported")) for theirs, ours_ in _CLASSES.items()}
    return CloudProfile(device, variants, classes, target, ours)


def upload_model(
    connection: Connection,
    project: int,
    content: bytes,
    timeout_s: float,
    *,
    device: str | None = None,
    calibration: Any = None,
) -> None:
    """Make a `.tflite` file the project's uploaded model.

    Parameters
    ----------
    connection : Connection
    project : int
    content : bytes
    timeout_s : float
    device : str, optional
        To profile for.
    calibration : ndarray, optional
        Representative inputs, to quantize with.

    Raises
    ------
    IntegrationError : as `profile`
    """
    import numpy as np

    what = "upload the model"
    # The SDK sends files by their path.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model"
        path.write_bytes(content)
        data = None
        if calibration is not None:
            data = Path(folder) / "data.npy"
            np.save(data, calibration)
        answer = connection.ask(
            what,
            connection.api("LearnApi").upload_pretrained_model,
            project_id=project,
            model_file=str(path),
            model_file_name=path.name,
            model_file_type="tflite",
            representative_features=None if data is None else str(data),
            device=device,
        )
    wait(connection, project, job_number(answer, what), what, timeout_s)


def _table(parent: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = parent.get(name)
    return value if isinstance(value, dict) else {}


def _real(table: Mapping[str, Any], name: str) -> float | None:
    value = table.get(name)
    return None if isinstance(value, bool) or not isinstance(value, (int, float)) else value


def _bytes(table: Mapping[str, Any], name: str) -> int | None:
    value = _real(table, name)
    return None if value is None else round(value)


def _variant(told: Mapping[str, Any]) -> VariantProfile:
    memory = {
        ours: Memory(*(_bytes(_table(_table(told, "memory"), theirs), part) for part in ("ram", "rom", "arenaSize")))
        for theirs, ours in _ENGINES.items()
        if _table(_table(told, "memory"), theirs)
    }
    supported = told.get("isSupportedOnMcu")
    reason = told.get("mcuSupportError") or told.get("profilingError") or ""
    if not reason and told.get("hasPerformance") is False:
        reason = "no figures for this device"
    return VariantProfile(
        _real(told, "timePerInferenceMs"),
        memory,
        _bytes(told, "tfliteFileSizeBytes"),
        supported if isinstance(supported, bool) else None,
        str(reason),
    )


def _shown(value: float | None, unit: str) -> str:
    if value is None:
        return "-"
    return f"{value:,} {unit}" if isinstance(value, int) else f"{value:.3g} {unit}"
