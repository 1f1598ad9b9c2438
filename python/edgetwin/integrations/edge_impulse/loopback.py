"""HTTP on 127.0.0.1: requests as they came, answers from a function."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from ...errors import DataError
from .multipart import Part, read_parts

__all__ = ["Loopback", "Reply", "Request", "encoded", "refusal"]

_JSON = "application/json"


@dataclass(frozen=True)
class Request:
    """A request as it came.

    Attributes
    ----------
    method, path, query : str
    headers : dict
        Those of the service, in lower case; in place of the right key stands "<key>".
    parts : tuple of Part
        Of a multipart body.
    json : object or None
        A JSON body.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    parts: tuple[Part, ...] = ()
    json: Any = None


@dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes
    ----------
    body : bytes
    status : int
    headers : dict
    """

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": _JSON})


class Loopback:
    """A server in a thread of its own, until it is closed.

    Parameters
    ----------
    reply : callable
        Gets a `Request` and returns the `Reply`, or None to break the connection.
    key : callable
        Returns the key that `Request` shows as "<key>".
    """

    def __init__(self, reply: Callable[[Request], Reply | None], key: Callable[[], str]) -> None:
        self.reply, self.key = reply, key
        loopback_ = self

        class Handler(_Handler):
            loopback = loopback_

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    loopback: Loopback
    protocol_version = "HTTP/1.1"
    #: Without this a small answer waits for the acknowledgement of its head.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _answer(self, body: bytes) -> None:
        url = urlsplit(self.path)
        kind = self.headers.get("Content-Type", "")
        headers = {name.lower(): value for name, value in self.headers.items() if name.lower().startswith("x-")}
        if headers.get("x-api-key") == self.loopback.key():
            headers["x-api-key"] = "<key>"
        try:
            parts = read_parts(kind, body) if kind.startswith("multipart/") else ()
            content = json.loads(body) if kind.startswith(_JSON) and body else None
            reply = self.loopback.reply(Request(self.command, url.path, url.query, headers, parts, content))
        except (DataError, ValueError) as error:
            reply = refusal(400, str(error))
        if reply is None:
            self.close_connection = True
            return
        # A client that waits no longer has gone.
        with contextlib.suppress(ConnectionError):
            self.send_response(reply.status)
            for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: `requests` tells."""


def refusal(status: int, error: str) -> Reply:
    """Return a refusal in the service's form."""
    return Reply(encoded({"success": False, "error": error}), status)


def encoded(body: Any) -> bytes:
    """Return a body: bytes and texts as they are, else JSON."""
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else json.dumps(body).encode()
