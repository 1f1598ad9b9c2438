"""Requests to Edge Impulse's servers: what one recorded by a rehearsal and one of the transcript have in common."""

from __future__ import annotations


def sent(request):
    """What a recorded request and one of the transcript have in common."""
    if isinstance(request, dict):
        asked = request["request"]
        parts = [(p["name"], p["filename"], p["content_type"]) for p in asked.get("multipart", [])]
        headers = {name: text for name, text in asked["headers"].items() if name.startswith("x-")}
        return request["method"], request["path"], asked.get("query", ""), headers, parts
    parts = [(p.name, p.filename, p.content_type or "text/plain") for p in request.parts]
    return request.method, request.path, request.query, request.headers, parts


def assert_sequence(requests, calls):
    assert [sent(request) for request in requests] == [sent(call) for call in calls]
