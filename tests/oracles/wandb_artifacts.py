"""What W&B's client asks to fetch the artifacts of a run, answered for one run with one artifact."""

from __future__ import annotations

import base64
import hashlib
import re

from edgetwin.integrations.edge_impulse.loopback import Loopback, Reply, encoded

RUN = "me/gait/r1"
_DATE = "2024-01-01T00:00:00Z"


def serving(files, key):
    """Return a server whose run logged these files; close it."""

    def reply(request):
        if request.json is not None and "query" in request.json:
            found = re.search(r"query (\w+)", request.json["query"])
            return Reply(encoded({"data": _ANSWERS[found[1]](served.url)}))
        if request.path == "/manifest":
            return Reply(encoded(_manifest(files)))
        name = request.path.rsplit("/", 1)[-1]
        content = {hashlib.md5(data).hexdigest(): data for data in files.values()}.get(name)
        return Reply(b"{}" if content is None else content, 200 if request.method == "POST" or content else 404)

    served = Loopback(reply, lambda: key)
    return served


def _manifest(files):
    contents = {
        name: {
            "digest": base64.b64encode(hashlib.md5(data).digest()).decode(),
            "size": len(data),
            "birthArtifactID": "QQ==",
        }
        for name, data in files.items()
    }
    return {"version": 1, "storagePolicy": "wandb-storage-policy-v1", "storagePolicyConfig": {}, "contents": contents}


def _viewer(_):
    user = {"id": "u", "entity": "me", "username": "me", "email": "me@example.org", "flags": "{}"}
    return {"viewer": user | {"teams": {"edges": []}}}


def _run(_):
    lists = {"tags": [], "user": {"name": "me", "username": "me"}, "historyKeys": None, "historyLineCount": 0}
    texts = {"config": "{}", "systemMetrics": "{}", "summaryMetrics": "{}", "description": "", "notes": ""}
    nothing = dict.fromkeys(("sweepName", "group", "jobType", "commit"))
    names = {"id": "UnVu", "projectId": "1", "name": "r1", "displayName": "r1", "state": "finished", "readOnly": False}
    return {"project": {"run": lists | texts | nothing | names | {"createdAt": _DATE, "heartbeatAt": _DATE}}}


def _artifacts(_):
    project = {"__typename": "Project", "id": "UA==", "internalId": "UA==", "name": "gait", "entityName": "me"}
    artifact = {
        "__typename": "Artifact",
        "id": "QQ==",
        "artifactType": {"__typename": "ArtifactType", "id": "VA==", "name": "model", "createdAt": _DATE},
        "artifactSequence": {
            "__typename": "ArtifactSequence",
            "id": "Uw==",
            "name": "stride",
            "project": project | {"entity": {"name": "me"}},
        },
        "versionIndex": 0,
        "description": None,
        "metadata": "{}",
        "ttlDurationSeconds": -1,
        "ttlIsInherited": False,
        "aliases": [],
        "tags": [],
        "historyStep": None,
        "state": "COMMITTED",
        "size": 3,
        "digest": "d",
        "commitHash": "c",
        "fileCount": 1,
        "createdAt": _DATE,
        "updatedAt": None,
    }
    page = {"totalCount": 1, "pageInfo": {"endCursor": None, "hasNextPage": False}}
    return {"project": {"run": {"artifacts": page | {"edges": [{"node": artifact, "cursor": "c"}]}}}}


_ANSWERS = {
    "Viewer": _viewer,
    "GetDefaultEntity": lambda _: {"viewer": {"id": "u", "entity": "me"}},
    "Run": _run,
    "ServerFeaturesQuery": lambda _: {"serverInfo": {"features": []}},
    "RunOutputArtifacts": _artifacts,
    "FetchArtifactManifest": lambda url: {"artifact": {"currentManifest": {"file": {"directUrl": f"{url}/manifest"}}}},
}
