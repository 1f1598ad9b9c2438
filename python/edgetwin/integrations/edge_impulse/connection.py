"""The way to Edge Impulse's servers: the vendor's SDK with retries, time limits and errors that say what happened."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from ...errors import IntegrationError, MissingExtraError

__all__ = ["Connection", "RefusedSampleError", "number", "sdk"]

#: How often a request is sent again where the connection broke or the server is busy, and the first pause in s, which
#: doubles. The SDK's own ten leave a user without network in the dark for eight minutes.
RETRIES = 4
BACKOFF_S = 0.5
#: Answers that ask for another attempt.
_BUSY = (429, 502, 503, 504)
#: Seconds for a connection, and between two parts of an answer. The SDK has no such limit.
_CONNECT_S, _READ_S = 10.0, 120.0
#: Refusals of the key and of too many requests.
_ABOUT_ALL = (401, 403, 429)
_LONGEST_TEXT = 200
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def sdk() -> Any:
    """Return the vendor's SDK, imported now.

    Returns
    -------
    module

    Raises
    ------
    MissingExtraError : it is not installed
    """
    try:
        import edgeimpulse
    except ImportError as error:
        raise MissingExtraError(
            f'Edge Impulse\'s SDK does not import ({error}): pip install "edgetwin[edge-impulse]"'
        ) from error
    return edgeimpulse


class Connection:
    """Requests under one key.

    Parameters
    ----------
    api_key : str, optional
        Of the project; else `edgeimpulse.API_KEY` or the environment's EI_API_KEY.

    Raises
    ------
    MissingExtraError : the SDK is not installed
    IntegrationError : no key, or a server to which a key would travel in the clear
    """

    def __init__(self, api_key: str | None = None) -> None:
        vendor = sdk()
        key = api_key or vendor.API_KEY or os.environ.get("EI_API_KEY")
        if not key:
            raise IntegrationError(
                "no Edge Impulse key: set EI_API_KEY or give api_key (Studio: Dashboard, Keys). Without one, "
                "`Model.profile` and `edgetwin profile MODEL --target CORE@MHZ` tell edgetwin's own figures offline"
            )
        self._key: str = key
        self._ingestion: str = vendor.INGESTION_ENDPOINT
        for url in (vendor.API_ENDPOINT, self._ingestion):
            parts = urlsplit(url)
            if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
                raise IntegrationError(f"{url}: the key would travel in the clear, accepted are https and 127.0.0.1")
        self._client = self._new_client(vendor)
        self._rest = self._client.rest_client

    def _new_client(self, vendor: Any) -> Any:
        import urllib3
        from edgeimpulse_api.rest import RESTClientObject

        client = vendor.configure_generic_client(key=self._key, host=vendor.API_ENDPOINT)
        # All that is sent here may arrive twice: the same model, the same sample, the same question.
        client.configuration.retries = urllib3.Retry(
            RETRIES,
            redirect=0,
            raise_on_redirect=False,
            status_forcelist=_BUSY,
            allowed_methods=None,
            backoff_factor=BACKOFF_S,
            raise_on_status=False,
        )
        client.rest_client = RESTClientObject(client.configuration)
        return client

    def api(self, name: str) -> Any:
        """Return one of the SDK's generated interfaces: "ProjectsApi"."""
        import edgeimpulse_api

        return getattr(edgeimpulse_api, name)(self._client)

    def project(self) -> int:
        """Return the number of the key's project.

        Raises
        ------
        IntegrationError : the key has none, or as `ask`
        """
        projects = self.ask("list projects", self.api("ProjectsApi").list_projects).get("projects")
        if not isinstance(projects, list) or not projects:
            raise IntegrationError(
                "list projects: the Edge Impulse key belongs to no project, accepted is a project's key"
            )
        return int(number(projects[0], "id", "list projects"))

    def ask(self, what: str, method: Callable[..., Any], *args: Any, **options: Any) -> dict[str, Any]:
        """Call one of the SDK's methods and return the server's answer, read without the SDK's own types.

        These refuse whole answers for a latency that is not a whole number, or a new name in a list.

        Parameters
        ----------
        what : str
            For messages: "upload the model".
        method : callable
            Of an interface from `api`.
        *args, **options
            The method's.

        Returns
        -------
        dict

        Raises
        ------
        IntegrationError : no connection, a refusal, or an answer of another form
        """
        answer = self.answer(what, method, *args, **options)
        if answer.get("success") is not True:
            raise IntegrationError(f"{what}: Edge Impulse refused: {self.shown(answer.get('error'))}")
        return answer

    def answer(self, what: str, method: Callable[..., Any], *args: Any, **options: Any) -> dict[str, Any]:
        """As `ask`, for questions of which a refusal is an answer too."""
        return self._parsed(what, self.download(what, method, *args, **options))

    def download(self, what: str, method: Callable[..., Any], *args: Any, **options: Any) -> bytes:
        """As `ask`, for answers that are files: return the bytes."""
        from edgeimpulse_api.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            response = method(*args, _preload_content=False, _request_timeout=(_CONNECT_S, _READ_S), **options)
            return bytes(response.data)
        # Without the causes: they hold the server's whole answer, which may repeat the key.
        except ApiException as error:
            raise self._refused(what, error.status, error.body or error.reason) from None
        except HTTPError as error:
            raise self._cut(what, error) from None
        except UnicodeDecodeError:
            # The SDK decodes the body of a refusal.
            raise IntegrationError(f"{what}: an answer that is no text") from None

    def ingest(
        self, what: str, category: str, files: list[tuple[str, bytes, str]], headers: Mapping[str, str]
    ) -> dict[str, Any]:
        """Send one sample to the ingestion service, as the SDK's `upload_samples` does.

        That one is not called because it drops the status of an answer, and every answer where one connection breaks.

        Parameters
        ----------
        what : str
        category : str
        files : list of (file name, content, content type)
        headers : mapping
            Beside the key.

        Returns
        -------
        dict

        Raises
        ------
        RefusedSampleError : this sample is refused
        IntegrationError : no connection, a refusal of all, or an answer of another form
        """
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        try:
            response = self._rest.pool_manager.request(
                "POST",
                f"{self._ingestion.rstrip('/')}/api/{category}/files",
                fields=[("data", part) for part in files],
                headers={"x-api-key": self._key, "x-upload-source": "EDGE_IMPULSE_PYTHON_SDK", **headers},
                timeout=Timeout(connect=_CONNECT_S, read=_READ_S),
            )
        except HTTPError as error:
            raise self._cut(what, error) from None
        if response.status != 200:
            refused = self._refused(what, response.status, response.data)
            about_it = 400 <= response.status < 500 and response.status not in _ABOUT_ALL
            raise RefusedSampleError(str(refused)) if about_it else refused
        return self._parsed(what, response.data)

    @property
    def account(self) -> str:
        """16 hex digits that tell this key and server from others, and not what the key is."""
        return hashlib.sha256(f"{self._ingestion} {self._key}".encode()).hexdigest()[:16]

    def shown(self, text: object) -> str:
        """Return what a server said: one line, short, without the key."""
        raw = text.decode("utf-8", errors="replace") if isinstance(text, bytes) else "" if text is None else str(text)
        line = " ".join(raw.replace(self._key, "<key>").split())
        return line[:_LONGEST_TEXT] or "it did not say why"

    def _parsed(self, what: str, data: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(data)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise IntegrationError(f"{what}: an answer that is no JSON object: {self.shown(data)}")
        return answer

    def _refused(self, what: str, status: int, body: object) -> IntegrationError:
        if isinstance(body, (str, bytes)):
            try:
                told = json.loads(body)
            except ValueError:
                told = None
            body = told["error"] if isinstance(told, dict) and "error" in told else body
        said = self.shown(body)
        if status in (401, 403):
            return IntegrationError(
                f"{what}: Edge Impulse does not accept the key ({status}: {said}), accepted is a key of the project, "
                "not expired (Studio: Dashboard, Keys)"
            )
        return IntegrationError(f"{what}: Edge Impulse answered {status}: {said}")

    def _cut(self, what: str, error: Exception) -> IntegrationError:
        reason = getattr(error, "reason", None) or error
        return IntegrationError(
            f"{what}: no answer from {urlsplit(self._client.configuration.host).netloc} in {RETRIES + 1} attempts: "
            f"{self.shown(reason)}"
        )

    def __repr__(self) -> str:
        return f"Connection({self._client.configuration.host!r})"


class RefusedSampleError(IntegrationError):
    """The ingestion service takes others, but not this sample."""


def number(table: Mapping[str, Any], name: str, what: str) -> float:
    """Return a number of an answer.

    Raises
    ------
    IntegrationError : it is not there, or none
    """
    value = table.get(name) if isinstance(table, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise IntegrationError(f"{what}: {name} is {value!r:.40} in the answer, accepted is a number")
    return value
