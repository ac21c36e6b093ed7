"""SageMaker's runtime: requests to endpoints, passed on to containers; answers and errors in the service's shapes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import aiohttp
from aiohttp import web

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.front import LostAnswer, scope
from tradewind.sandbox.aws.hosting.capture import Capture, Exchange
from tradewind.sandbox.aws.hosting.instance import Instance
from tradewind.sandbox.aws.hosting.replies import (
    BROKEN,
    LARGEST,
    LATE,
    ModelError,
    invalid,
    model_error,
    refused,
    streamed,
    too_long,
    whole,
)
from tradewind.sandbox.aws.hosting.route import Lane
from tradewind.sandbox.aws.hosting.stage import Stage
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.monitoring.monitor import Invocation, Monitor

PATH = re.compile(r"/endpoints/([^/]+)/(invocations|invocations-response-stream|async-invocations)")
OPERATIONS = {"invocations": "InvokeEndpoint", "invocations-response-stream": "InvokeEndpointWithResponseStream"}
NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")
PATIENCE = 60.0  # seconds that a container has
CONNECT = 2.0  # seconds
PASSED = ("X-Amzn-SageMaker-Custom-Attributes", "X-Amzn-SageMaker-Inference-Id", "X-Amzn-SageMaker-Session-Id")
ABSENT = {
    "X-Amzn-SageMaker-Target-Model": "multi-model endpoints (TargetModel)",
    "X-Amzn-SageMaker-Target-Container-Hostname": "multi-container endpoints (TargetContainerHostname)",
    "X-Amzn-SageMaker-Inference-Component": "inference components",
}


@dataclass(frozen=True)
class Call:
    region: str
    endpoint: str
    streamed: bool
    body: bytes
    headers: Mapping[str, str]
    began: float


class Runtime:
    """Asked for every request to the emulator; None: not mine. On the loop."""

    def __init__(
        self,
        stage: Callable[[str, str], Stage | None],
        client: Callable[[], aiohttp.ClientSession],
        knobs: Knobs,
        monitor: Monitor,
        capture: Capture,
    ) -> None:
        self._capture = capture
        self._stage = stage
        self._client = client
        self._knobs = knobs
        self._monitor = monitor

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse | None:
        found = PATH.fullmatch(request.path) if request.method == "POST" else None
        if found is None:
            return None
        region, _ = scope(request.headers.get("Authorization", ""))
        try:
            operation = OPERATIONS.get(found[2])
            if operation is None:
                raise ServiceError("UnknownOperationException", "InvokeEndpointAsync is not emulated by this sandbox")
            if self._knobs.hits("throttle", operation):
                raise ServiceError("ThrottlingException", "Rate exceeded", status=429)
            answer = await self._invoked(request, await _heard(request, region, found[1], found[2]))
            if self._knobs.hits("lose", operation):
                raise LostAnswer(operation)
            return answer
        except ServiceError as error:
            return refused(error.status, error.code, {"Message": error.message})

    async def _invoked(self, request: web.BaseRequest, call: Call) -> web.StreamResponse:
        lane = self._lane(call)
        self._monitor.entered(call.region, call.endpoint, lane.variant)
        try:
            return await self._tried(request, call, lane)
        except ModelError as error:
            return model_error(call.region, call.endpoint, error)
        finally:
            self._monitor.left(call.region, call.endpoint, lane.variant)

    def _lane(self, call: Call) -> Lane:
        stage = self._stage(call.region, call.endpoint)
        if stage is None or not stage.route.lanes:
            raise invalid(f"Endpoint {call.endpoint} of account {ACCOUNT} not found.")
        variant = call.headers.get("X-Amzn-SageMaker-Target-Variant")
        if variant and not stage.route.has(variant):
            raise invalid(f"Variant {variant} of endpoint {call.endpoint} of account {ACCOUNT} not found.")
        lane = stage.route.pick(variant or None)
        if lane is None:
            raise ServiceError("ServiceUnavailable", "No instance of the endpoint is in service.", status=503)
        return lane

    async def _tried(self, request: web.BaseRequest, call: Call, lane: Lane) -> web.StreamResponse:
        refused: Instance | None = None
        for _ in range(2):
            one = lane.fleet.pick(spare=refused)
            if one is None:
                break
            one.in_flight += 1
            try:
                return await self._passed(request, call, lane, one)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):  # not a byte was sent
                one.suspect()
                refused = one
            finally:
                one.in_flight -= 1
        raise ServiceError("ServiceUnavailable", "No instance of the endpoint accepts connections.", status=503)

    async def _passed(self, request: web.BaseRequest, call: Call, lane: Lane, one: Instance) -> web.StreamResponse:
        asked = time.monotonic()
        status = 0
        try:
            async with self._client().post(
                f"{one.address}/invocations",
                data=call.body,
                headers=_onward(call.headers),
                timeout=aiohttp.ClientTimeout(
                    total=None if call.streamed else PATIENCE, sock_connect=CONNECT, sock_read=PATIENCE
                ),
                allow_redirects=False,
                skip_auto_headers=("User-Agent", "Content-Type", "Accept", "Accept-Encoding"),
            ) as answer:
                status = answer.status
                if call.streamed and 200 <= status < 300:
                    return await streamed(request, answer, lane.variant)
                said = await whole(answer, lane.variant)
                self._capture.take(call.region, call.endpoint, lane.variant, lane.fleet.capture, _exchange(call, said))
                return said
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            status = -1  # another instance is asked: this was no invocation yet
            raise
        except TimeoutError as error:
            status = 0
            raise ModelError(0, LATE) from error
        except aiohttp.ClientError as error:
            status = 0
            raise ModelError(0, BROKEN) from error
        finally:
            if status >= 0:
                self._record(call, lane, one, status, time.monotonic() - asked)

    def _record(self, call: Call, lane: Lane, one: Instance, status: int, model: float) -> None:
        overhead = max(0.0, time.monotonic() - call.began - model)
        self._monitor.record(
            Invocation(
                call.region,
                call.endpoint,
                lane.variant,
                lane.fleet.config,
                one.name,
                status,
                model,
                overhead,
                time.time(),
            )
        )


async def _heard(request: web.BaseRequest, region: str, endpoint: str, path: str) -> Call:
    began = time.monotonic()
    if not NAME.fullmatch(endpoint) or len(endpoint) > 63:
        raise invalid(
            f"1 validation error detected: Value '{endpoint}' at 'endpointName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: ^[a-zA-Z0-9](-*[a-zA-Z0-9])*"
        )
    for name, what in ABSENT.items():
        if name in request.headers:
            raise invalid(f"This sandbox does not emulate {what}.")
    if (request.content_length or 0) > LARGEST:
        raise too_long()
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > LARGEST:
            raise too_long()
    return Call(region, endpoint, path == "invocations-response-stream", bytes(body), request.headers, began)


def _exchange(call: Call, said: web.Response) -> Exchange:
    answer = said.body if isinstance(said.body, bytes) else b""
    kind, inference = call.headers.get("Content-Type", ""), call.headers.get("X-Amzn-SageMaker-Inference-Id")
    return Exchange(call.body, kind, answer, said.headers["Content-Type"], inference)


def _onward(headers: Mapping[str, str]) -> dict[str, str]:
    found = {name: headers[name] for name in PASSED if name in headers}
    if "Content-Type" in headers:
        found["Content-Type"] = headers["Content-Type"]
    # the streamed operation names what it accepts in a header of its own
    accept = headers.get("X-Amzn-SageMaker-Accept") or headers.get("Accept")
    return {**found, "Accept": accept} if accept else found
