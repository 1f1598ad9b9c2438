"""A server on this machine that answers as Edge Impulse's do: uploads, profiles and deployments without an account."""

from __future__ import annotations

import hashlib
import math
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs

from ...impulse import Impulse
from ...model import Model
from .answers import answer, part
from .connection import sdk
from .deployment_files import deployment_zip
from .listing import target_of
from .loopback import Loopback, Reply, Request, encoded, refusal
from .rehearsed_results import StoredSample, results_page

__all__ = ["Rehearsal"]

#: The number of a job tells what it is.
_UPLOAD, _PROFILE, _BUILD, _CLASSIFY = 101, 102, 103, 104
_DEVICES = {
    "cortex-m4f-80mhz": "Cortex-M4F 80MHz",
    "cortex-m7-216mhz": "Cortex-M7 216MHz",
    "raspberry-pi-rp2040": "Raspberry Pi RP2040 (Cortex-M0+ 133MHz)",
}
_TARGETS = {"zip": "C++ library"}
_CATEGORIES = ("training", "testing", "anomaly", "split")


@dataclass
class _Fault:
    method: str
    ending: str
    reply: Reply | None
    times: int
    after: int


class Rehearsal:
    """Edge Impulse's API and ingestion service on 127.0.0.1; while it is entered, the SDK and edgetwin talk to it.

    Answers are made from the SDK's own types. What they say is edgetwin's: figures of a profile are its estimates, a
    deployment holds the uploaded model behind a raw block, results are those of a given impulse. Nothing leaves this
    machine.

    Parameters
    ----------
    polls : int
        Questions after which a job has finished.
    impulse : Impulse, optional
        What model testing computes with, of the acquisitions that were uploaded.
    labels : sequence of str, optional
        Of its outputs; a deployment knows its own.
    hop : int, optional
        Samples from one window to the next; a window's length.

    Attributes
    ----------
    key : str
        The only key that it accepts.
    requests : list of Request
        In the order in which they came.

    Raises
    ------
    MissingExtraError : the SDK is not installed

    Examples
    --------
    >>> with edge_impulse.Rehearsal():
    ...     print(edge_impulse.profile("stride.tflite", "cortex-m4f-80mhz"))
    """

    project = 42

    def __init__(
        self,
        polls: int = 2,
        *,
        impulse: Impulse | None = None,
        labels: Sequence[str] | None = None,
        hop: int | None = None,
    ) -> None:
        self.key = "ei_rehearsal"
        self.requests: list[Request] = []
        self.polls = polls
        self._impulse = impulse
        self._impulse_labels = list(labels or getattr(impulse, "labels", ()) or ["value"])
        self._hop = hop
        self._model: Model | None = None
        self._labels: list[str] = []
        self._device = ""
        self._asked: dict[int, int] = {}
        self._stored: dict[str, StoredSample] = {}
        self._faults: list[_Fault] = []
        self._lock = threading.Lock()
        self._before: tuple[Any, ...] = ()
        self._service: Loopback | None = None

    def fail(
        self,
        method: str,
        ending: str,
        *,
        status: int = 500,
        body: Any = "",
        cut: bool = False,
        times: int = 1,
        after: int = 0,
    ) -> None:
        """Answer coming requests otherwise, to see what a program makes of it.

        Parameters
        ----------
        method : str
        ending : str
            Of the path.
        status : int
        body : bytes, str, or what JSON holds
        cut : bool
            Break the connection in place of an answer.
        times : int
            How many requests; the next ones are answered as ever.
        after : int
            How many are answered as ever before.
        """
        reply = None if cut else Reply(encoded(body), status)
        with self._lock:
            self._faults.append(_Fault(method, ending, reply, times, after))

    @property
    def samples(self) -> list[tuple[str, str, str]]:
        """Category, label and file name of each sample that was uploaded."""
        return [(stored.category, stored.label, stored.name) for stored in self._stored.values()]

    def start(self) -> Rehearsal:
        """Begin, where there is no `with`: in a notebook. Returns itself."""
        vendor = sdk()
        self._service = Loopback(self.reply, lambda: self.key)
        self._before = (vendor.API_ENDPOINT, vendor.INGESTION_ENDPOINT, vendor.API_KEY)
        url = self._service.url
        vendor.API_ENDPOINT, vendor.INGESTION_ENDPOINT, vendor.API_KEY = f"{url}/v1", url, self.key
        return self

    def stop(self) -> None:
        """End; the SDK talks to whom it talked before."""
        if self._service is None:
            return
        vendor = sdk()
        vendor.API_ENDPOINT, vendor.INGESTION_ENDPOINT, vendor.API_KEY = self._before
        self._service.close()
        self._service = None

    def __enter__(self) -> Rehearsal:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def reply(self, request: Request) -> Reply | None:
        """Return the answer to a request, None to break the connection."""
        with self._lock:
            self.requests.append(request)
            for fault in self._faults:
                if not fault.times or request.method != fault.method or not request.path.endswith(fault.ending):
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                fault.times -= 1
                return fault.reply
            if request.headers.get("x-api-key") != "<key>":
                return refusal(401, "invalid API key")
            for method, pattern, route in self._routes():
                found = re.fullmatch(pattern, request.path)
                if found and method == request.method:
                    return route(request, *found.groups())
        return refusal(404, f"{request.method} {request.path} is not rehearsed")

    def _routes(self) -> tuple[tuple[str, str, Callable[..., Reply]], ...]:
        project = f"/v1/api/{self.project}"
        return (
            ("GET", "/v1/api/projects", self._projects),
            ("GET", project, self._info),
            ("GET", f"{project}/deployment/targets/data-sources", self._targets),
            ("POST", f"{project}/pretrained-model/upload", self._upload_model),
            ("POST", f"{project}/pretrained-model/profile", lambda _: self._started(_PROFILE)),
            ("GET", f"{project}/pretrained-model", self._pretrained),
            ("POST", f"{project}/pretrained-model/save", self._save),
            ("POST", f"{project}/jobs/build-ondevice-model", lambda _: self._started(_BUILD)),
            ("GET", rf"{project}/jobs/(\d+)/status", self._status),
            ("GET", rf"{project}/jobs/\d+/stdout", lambda _: _ok("LogStdoutResponse")),
            ("POST", rf"{project}/jobs/\d+/cancel", lambda _: _ok("GenericApiResponse")),
            ("GET", f"{project}/deployment/download", self._download),
            ("POST", f"{project}/jobs/classify", lambda _: self._started(_CLASSIFY)),
            ("GET", f"{project}/classify/all/result/page", self._results),
            ("POST", f"/api/({'|'.join(_CATEGORIES)})/files", self._ingest),
        )

    def _projects(self, _: Request) -> Reply:
        return _ok("ListProjectsResponse", projects=[part("Project", id=self.project, name="rehearsal")])

    def _info(self, _: Request) -> Reply:
        devices = [part("LatencyDevice", mcu=device, name=name) for device, name in _DEVICES.items()]
        return _ok(
            "ProjectInfoResponse",
            project=part("Project", id=self.project),
            latencyDevices=devices,
            acquisitionSettings=part("ProjectInfoResponseAllOfAcquisitionSettings", viewType="list"),
            deploySettings=part("ProjectInfoResponseAllOfDeploySettings", sensor="unknown"),
        )

    def _targets(self, _: Request) -> Reply:
        targets = [
            part("DeploymentTarget", format=target, name=name, uiSection="library", supportedEngines=["tflite"])
            for target, name in _TARGETS.items()
        ]
        return _ok("DeploymentTargetsResponse", targets=targets)

    def _upload_model(self, request: Request) -> Reply:
        named = {each.name: each for each in request.parts}
        try:
            self._model = Model(named["modelFile"].content)
        except (KeyError, ValueError) as error:
            return refusal(200, f"no model: {error}")
        self._device = named["device"].text if "device" in named else ""
        return self._started(_UPLOAD)

    def _started(self, job: int) -> Reply:
        self._asked[job] = 0
        return _ok("StartJobResponse", id=job)

    def _status(self, _: Request, number: str) -> Reply:
        job = int(number)
        self._asked[job] = self._asked.get(job, 0) + 1
        told = {"finished": "2024-01-01T00:00:05Z", "finishedSuccessful": True}
        return _ok("GetJobResponse", job=part("Job", id=job, **(told if self._asked[job] >= self.polls else {})))

    def _pretrained(self, _: Request) -> Reply:
        model = self._model
        if model is None:
            return refusal(200, "no model was uploaded")
        kind = "float32" if model.inputs[0].scale is None else "int8"
        profile = model.profile(target_of(self._device, _DEVICES.get(self._device, "")))
        memory = {
            "ram": profile.arena_bytes + profile.state_bytes,
            "rom": profile.flash_bytes,
            "arenaSize": profile.arena_bytes,
        }
        figures: dict[str, Any] = {"memory": {"tflite": memory}, "isSupportedOnMcu": True, "hasPerformance": True}
        if profile.latency_ms is not None:
            figures["timePerInferenceMs"] = math.ceil(profile.latency_ms)
        info = part(
            "ProfileModelInfo", variant=kind, device=self._device, tfliteFileSizeBytes=len(model.file_bytes), **figures
        )
        described = part(
            "GetPretrainedModelResponseAllOfModel",
            inputs=[_tensor(spec) for spec in model.inputs],
            outputs=[_tensor(spec) for spec in model.outputs],
            profileInfo={kind: info, "table": part("ProfileModelTable", variant=kind)},
        )
        return _ok(
            "GetPretrainedModelResponse",
            specificDeviceSelected=bool(self._device),
            availableModelTypes=[kind],
            model=described,
        )

    def _save(self, request: Request) -> Reply:
        self._labels = list((request.json or {}).get("model", {}).get("labels") or [])
        return _ok("GenericApiResponse")

    def _download(self, request: Request) -> Reply:
        if self._model is None or self._asked.get(_BUILD, 0) < self.polls:
            return refusal(200, "nothing has been built")
        engine = parse_qs(request.query).get("engine", [""])[0]
        if engine != "tflite":
            return refusal(200, f"engine {engine} is not rehearsed")
        headers = {
            "Content-Type": "application/zip",
            "Content-Disposition": "attachment; filename*=utf-8''rehearsal-v1.zip",
        }
        return Reply(deployment_zip(self._model, self._labels), headers=headers)

    def _results(self, request: Request) -> Reply:
        if self._impulse is None:
            return refusal(200, "no impulse to test")
        asked = parse_qs(request.query)
        category, first, count = asked["category"][0], int(asked["offset"][0]), int(asked["limit"][0])
        samples = [stored for stored in self._stored.values() if stored.category == category]
        hop = self._hop or self._impulse.window[0]
        return Reply(encoded(results_page(samples, self._impulse, self._impulse_labels, hop, first, count)))

    def _ingest(self, request: Request, category: str) -> Reply:
        results = []
        for sample in request.parts:
            if sample.filename == "structured_labels.labels":
                continue
            digest = hashlib.sha256(sample.content).hexdigest()
            known = digest in self._stored and "x-disallow-duplicates" in request.headers
            result: dict[str, Any] = {"success": not known, "projectId": self.project, "fileName": sample.filename}
            if known:
                result["error"] = "An item with this hash already exists"
            else:
                label = request.headers.get("x-label", "")
                number = len(self._stored) + 1
                self._stored[digest] = StoredSample(number, category, label, sample.filename or "", sample.content)
                result["sampleId"] = number
            results.append(result)
        return Reply(encoded({"success": True, "files": results}))


def _tensor(spec: Any) -> dict[str, Any]:
    return part("PretrainedModelTensor", dataType=spec.dtype.name, name=spec.name, shape=[1, *spec.shape])


def _ok(type_name: str, **content: Any) -> Reply:
    return Reply(encoded(answer(type_name, **content)))
