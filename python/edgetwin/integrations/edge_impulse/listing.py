"""What Edge Impulse can estimate for and deploy to, as the key's project sees it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import DataError, IntegrationError
from ...targets import parse_target
from .connection import Connection

__all__ = ["DeploymentTarget", "ProfileDevice", "deployment_targets", "list_devices", "list_targets", "profile_devices"]

#: `cortex-m4f-80mhz`; `Nordic nRF52840 DK (Cortex-M4F 64MHz)`.
_CORE = re.compile(r"cortex-?(m\d+\+?f?)(?:[ -]+(\d+(?:\.\d+)?)\s*mhz)?", re.IGNORECASE)


@dataclass(frozen=True)
class ProfileDevice:
    """A device that Edge Impulse estimates for.

    Attributes
    ----------
    id : str
        "cortex-m4f-80mhz".
    name : str
    target : str or None
        The same as edgetwin's target, "cortex-m4f@80"; None where its core is not one that edgetwin knows.
    """

    id: str
    name: str
    target: str | None


@dataclass(frozen=True)
class DeploymentTarget:
    """What a model can be deployed to.

    Attributes
    ----------
    id : str
        "zip", "arduino", ...
    name, description : str
    engines : tuple of str
        "tflite", "tflite-eon", ...; empty where the server does not tell.
    """

    id: str
    name: str
    description: str
    engines: tuple[str, ...]


def target_of(*names: str) -> str | None:
    """Return the target that an Edge Impulse device's id or name tells, None where there is none.

    Parameters
    ----------
    *names : str

    Returns
    -------
    str or None
    """
    for name in names:
        found = _CORE.search(name)
        if found is None:
            continue
        target = f"cortex-{found[1].lower()}" + (f"@{found[2]}" if found[2] else "")
        try:
            parse_target(target)
        except DataError:
            # A core that edgetwin has no estimates for.
            continue
        return target
    return None


def list_devices(api_key: str | None = None) -> tuple[ProfileDevice, ...]:
    """Return the devices that `profile` can be asked about.

    Parameters
    ----------
    api_key : str, optional
        Else EI_API_KEY.

    Returns
    -------
    tuple of ProfileDevice

    Raises
    ------
    IntegrationError : no key, no connection or a refusal
    MissingExtraError : the SDK is not installed
    """
    connection = Connection(api_key)
    return profile_devices(connection, connection.project())


def list_targets(api_key: str | None = None) -> tuple[DeploymentTarget, ...]:
    """Return the targets that `deploy` can build for.

    Parameters
    ----------
    api_key : str, optional
        Else EI_API_KEY.

    Returns
    -------
    tuple of DeploymentTarget

    Raises
    ------
    IntegrationError : no key, no connection or a refusal
    MissingExtraError : the SDK is not installed
    """
    connection = Connection(api_key)
    return deployment_targets(connection, connection.project())


def profile_devices(connection: Connection, project: int) -> tuple[ProfileDevice, ...]:
    """Return a project's devices, as `list_devices`."""
    answer = connection.ask("list devices", connection.api("ProjectsApi").get_project_info, project)
    entries = _entries(answer, "latencyDevices", "mcu", "list devices")
    return tuple(
        ProfileDevice(entry["mcu"], name := str(entry.get("name", entry["mcu"])), target_of(entry["mcu"], name))
        for entry in entries
    )


def deployment_targets(connection: Connection, project: int) -> tuple[DeploymentTarget, ...]:
    """Return a project's deployment targets, as `list_targets`."""
    ask = connection.api("DeploymentApi").list_deployment_targets_for_project_data_sources
    answer = connection.ask("list targets", ask, project)
    return tuple(
        DeploymentTarget(
            entry["format"],
            str(entry.get("name", entry["format"])),
            str(entry.get("description", "")),
            tuple(map(str, entry.get("supportedEngines") or ())),
        )
        for entry in _entries(answer, "targets", "format", "list targets")
    )


def check_listed(what: str, asked: str, known: Iterable[str]) -> None:
    """Check an id before anything is uploaded for it.

    Raises
    ------
    DataError : it is not one of them
    """
    ids = list(known)
    if asked not in ids:
        raise DataError(f"Edge Impulse has no {what} {asked!r} for this project, accepted are {', '.join(ids)}")


def _entries(answer: Mapping[str, Any], name: str, member: str, what: str) -> list[dict[str, Any]]:
    listed = answer.get(name)
    if not isinstance(listed, list):
        raise IntegrationError(f"{what}: no list {name} in the answer")
    return [entry for entry in listed if isinstance(entry, dict) and isinstance(entry.get(member), str)]
