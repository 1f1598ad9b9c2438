"""What a sweep asks W&B's server itself: whose key it is, and how the runs ended. The key goes into a header alone."""

from __future__ import annotations

import base64
import http.client
import json
import netrc
import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ...errors import IntegrationError

__all__ = ["UnreachableError", "WandbServer", "find_key"]

_DEFAULT_URL = "https://api.wandb.ai"
_TIMEOUT_S = 20.0
_AGAIN = "the same command goes on from here; --offline does without W&B"
_VIEWER = "query Viewer { viewer { id entity username } }"
_RUNS = """
query SweepWithRuns($entity: String, $project: String, $sweep: String!) {
    project(name: $project, entityName: $entity) {
        sweep(sweepName: $sweep) {
            id name state config
            runs { edges { node { name state config summaryMetrics } } }
        }
    }
}
"""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key is for this server: urllib would send its header along to wherever another one points."""

    def redirect_request(self, *_: Any) -> None:
        """Follow nothing: the answer is an error."""


class UnreachableError(IntegrationError):
    """The server did not answer, or is out of order for now."""


def find_key() -> str | None:
    """Return the key that W&B's client would use: WANDB_API_KEY, or the server's entry in the netrc file."""
    given = os.environ.get("WANDB_API_KEY", "").strip()
    if given:
        return given
    host = urlsplit(_url()).hostname or ""
    named = os.environ.get("NETRC")
    for path in [Path(named)] if named else [Path.home() / ".netrc", Path.home() / "_netrc"]:
        try:
            entry = netrc.netrc(path).hosts.get(host)
        except (OSError, netrc.NetrcParseError):
            # W&B's client passes over such a file, too.
            continue
        if entry is not None and entry[2]:
            return entry[2]
    return None


def _url() -> str:
    return os.environ.get("WANDB_BASE_URL", "").strip().rstrip("/") or _DEFAULT_URL


class WandbServer:
    """A server and a key.

    Parameters
    ----------
    key : str
    """

    def __init__(self, key: str) -> None:
        self.url = _url()
        self._key = key

    def without_key(self, text: str) -> str:
        """Return a text for people and files."""
        return text.replace(self._key, "***")

    def entity(self) -> str:
        """Return whose key it is.

        Raises
        ------
        IntegrationError : no network, a key that is refused, an answer that is none
        """
        viewer = self._ask(_VIEWER, {}).get("viewer")
        if not isinstance(viewer, Mapping) or not viewer.get("entity"):
            raise self._refused("knows no user with this key")
        return str(viewer["entity"])

    def sweep(self, entity: str, project: str, sweep: str) -> dict[str, Any]:
        """Return a sweep: its state, its configuration as YAML and its runs.

        Raises
        ------
        IntegrationError : as for `entity`; a sweep that is not there
        """
        answer = self._ask(_RUNS, {"entity": entity, "project": project, "sweep": sweep})
        found = (answer.get("project") or {}).get("sweep")
        if found is None:
            raise IntegrationError(f"W&B at {self.url} has no sweep {entity}/{project}/{sweep}")
        try:
            runs = [dict(edge["node"]) for edge in found["runs"]["edges"]]
            return {"state": str(found["state"]), "config": str(found["config"]), "runs": runs}
        except (KeyError, TypeError, ValueError) as error:
            raise self._nonsense(f"a sweep without {error}") from error

    def _ask(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        secret = base64.b64encode(f"api:{self._key}".encode()).decode()
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "Authorization": f"Basic {secret}"}
        request = urllib.request.Request(f"{self.url}/graphql", body, headers)  # noqa: S310  (the user's own server)
        try:
            with urllib.request.build_opener(_NoRedirect).open(request, timeout=_TIMEOUT_S) as response:
                content = response.read()
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (401, 403):
                raise self._refused(f"refuses the key ({error.code})") from None
            raise UnreachableError(f"W&B at {self.url} is out of order ({error.code}); {_AGAIN}") from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", None) or error
            raise UnreachableError(f"cannot reach W&B at {self.url}: {reason}; {_AGAIN}") from None
        try:
            answer = json.loads(content)
            data = answer["data"]
        except (ValueError, KeyError, TypeError):
            raise self._nonsense(repr(content[:60].decode(errors="replace"))) from None
        if answer.get("errors"):
            raise self._nonsense(self.without_key(str(answer["errors"][0].get("message", answer["errors"][0]))))
        if not isinstance(data, dict):
            raise self._nonsense(repr(data))
        return data

    def _refused(self, how: str) -> IntegrationError:
        return IntegrationError(
            f"W&B at {self.url} {how}: it has expired or is another server's; a new one comes by `wandb login "
            f"--relogin` or in WANDB_API_KEY; {_AGAIN}"
        )

    def _nonsense(self, what: str) -> IntegrationError:
        return IntegrationError(f"W&B at {self.url} answered {what}, which is none to a sweep; {_AGAIN}")
